package idp_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/browser"
)

const oneTimeCode = "246810" // the page says so

// withMFA puts Ana's per-user multifactor authentication in a state.
func (w *wire) withMFA(state string) {
	w.t.Helper()
	if _, err := w.Directory().UpdateUser(w.ana.ID, func(u *directory.User) { u.PerUserMFAState = state }); err != nil {
		w.t.Fatal(err)
	}
}

func (p person) press(page *browser.Page, form, button string, set map[string]string) *browser.Page {
	p.w.t.Helper()
	f, ok := page.Form(form)
	if !ok {
		p.w.t.Fatalf("%s has no form %s:\n%s", page.URL, form, page.Text())
	}
	next, err := p.b.Press(p.w.t.Context(), f, button, set)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return next
}

// A second factor adds multipleauthn to authnmethodsreferences; the context
// class stays Password (captures of saml2aws and GLPI's phpsaml).
func TestSecondFactor(t *testing.T) {
	for name, prove := range map[string]func(person, *browser.Page) *browser.Page{
		"approved on the phone": func(p person, page *browser.Page) *browser.Page { return p.press(page, "phone", "approve", nil) },
		"code": func(p person, page *browser.Page) *browser.Page {
			return p.press(page, "mfa", "Verify", map[string]string{"otc": oneTimeCode})
		},
		"second try": func(p person, page *browser.Page) *browser.Page {
			page = p.press(page, "mfa", "Verify", map[string]string{"otc": "000000"})
			if why := refusalOf(p.w.t, string(page.Body)); why.Code != "AADSTS500121" || why.Got != "another code" {
				p.w.t.Errorf("a wrong code is refused with %+v", why)
			}
			page = p.press(page, "phone", "deny", nil)
			if why := refusalOf(p.w.t, string(page.Body)); why.Code != "AADSTS500121" || why.Got != "a refusal on the phone" {
				p.w.t.Errorf("a refusal on the phone is refused with %+v", why)
			}
			return p.press(page, "phone", "approve", nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t)
			w.withMFA(directory.MFAEnforced)
			p := w.person()
			page := p.enterOnly(p.open(w.redirect(authnRequest(), "state")))
			if configOf(t, string(page.Body))["pgid"] != "ConvergedTFA" {
				t.Fatalf("after the password: %s\n%s", page.URL, page.Text())
			}
			if page = p.stay(prove(p, page), "3"); !atServiceProvider(page) {
				t.Fatalf("came to %s\n%s", page.URL, page.Text())
			}
			xml, form := w.response()
			want := []string{"http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password", "http://schemas.microsoft.com/claims/multipleauthn"}
			if diff := cmp.Diff(want, valuesOf(t, xml, "http://schemas.microsoft.com/claims/authnmethodsreferences")); diff != "" {
				t.Errorf("authnmethodsreferences (-want +got):\n%s", diff)
			}
			if class := find(t, xml, "//AuthnContextClassRef"); class != "urn:oasis:names:tc:SAML:2.0:ac:classes:Password" {
				t.Errorf("AuthnContextClassRef %s", class)
			}
			if form.Get("RelayState") != "state" {
				t.Errorf("RelayState %q", form.Get("RelayState"))
			}
			w.sp.forget()
			if page := p.open(w.redirect(authnRequest(), "")); !atServiceProvider(page) {
				t.Errorf("the session asks for the factor again: %s", page.URL)
			}
		})
	}
}

// A session without the factor is asked for it when the demand is new, and its
// AuthnInstant stays.
func TestSecondFactorIsAskedOfASession(t *testing.T) {
	w := newWire(t)
	p := w.person()
	p.signIn(w.redirect(authnRequest(), ""))
	w.withMFA(directory.MFAEnforced)
	w.clock.Advance(60_000_000_000)
	passive := p.open(w.redirect(authnRequest("Version", `IsPassive="true" Version`), ""))
	checkRefused(t, answer{passive.Status, passive.Header, string(passive.Body)}, "AADSTS50076",
		"Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access 'Wiki'.")
	page := p.press(p.open(w.redirect(authnRequest(), "")), "phone", "approve", nil)
	if !atServiceProvider(page) {
		t.Fatalf("came to %s", page.URL)
	}
	xml, _ := w.response()
	if got, _ := attr(t, xml, "//AuthnStatement", "AuthnInstant"); got != "2026-01-05T09:00:00.000Z" {
		t.Errorf("AuthnInstant %s", got)
	}
	if !slices.Contains(valuesOf(t, xml, "http://schemas.microsoft.com/claims/authnmethodsreferences"), "http://schemas.microsoft.com/claims/multipleauthn") {
		t.Error("no multipleauthn")
	}
	if again := p.open(w.redirect(authnRequest("Version", `IsPassive="true" Version`), "")); !atServiceProvider(again) {
		t.Errorf("the session forgot the factor: %s", again.URL)
	}
}

// Who signs out in another tab while the factor is asked for signs in anew.
func TestSessionEndsWhileTheFactorIsAskedFor(t *testing.T) {
	w := newWire(t)
	p := w.person()
	p.signIn(w.redirect(authnRequest(), ""))
	w.withMFA(directory.MFAEnforced)
	page := p.open(w.redirect(authnRequest(), ""))
	p.open(w.BaseURL() + "/" + tenantID + "/logout")
	if page = p.press(page, "phone", "approve", nil); !asksForPassword(page) {
		t.Errorf("came to %s\n%s", page.URL, page.Text())
	}
}

// A user for whom the factor is only enabled registers it first, and is enforced
// from then on (learn.microsoft.com, "Enable per-user Microsoft Entra multifactor
// authentication").
func TestSecondFactorIsRegistered(t *testing.T) {
	w := newWire(t)
	w.withMFA(directory.MFAEnabled)
	p := w.person()
	page := p.enterOnly(p.open(w.redirect(authnRequest(), "")))
	config := configOf(t, string(page.Body))
	if config["pgid"] != "ConvergedProofUpRedirect" || config["urlSkipMfaRegistration"] != nil || config["sErrorCode"] != "50072" {
		t.Fatalf("$Config %v", config)
	}
	page = p.submit(page, "proofup")
	if page = p.stay(p.press(page, "phone", "approve", nil), "3"); !atServiceProvider(page) {
		t.Fatalf("came to %s", page.URL)
	}
	if u, _ := w.Directory().User(w.ana.ID); u.PerUserMFAState != directory.MFAEnforced {
		t.Errorf("perUserMfaState %q", u.PerUserMFAState)
	}

	w.withMFA(directory.MFAEnabled)
	other := w.person()
	other.signedInBefore(w)
	passive := other.open(w.redirect(authnRequest("Version", `IsPassive="true" Version`), ""))
	checkRefused(t, answer{passive.Status, passive.Header, string(passive.Body)}, "AADSTS50079",
		"Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access 'Wiki'.")
}

// signedInBefore signs Ana in while nothing but the password is asked for.
func (p person) signedInBefore(w *wire) {
	w.t.Helper()
	state := ""
	if _, err := w.Directory().UpdateUser(w.ana.ID, func(u *directory.User) { state, u.PerUserMFAState = u.PerUserMFAState, "" }); err != nil {
		w.t.Fatal(err)
	}
	p.signIn(w.redirect(authnRequest(), ""))
	w.withMFA(state)
}

// Where the tenant allows it, the registration is put off: tools follow
// urlSkipMfaRegistration (client code of saml2aws).
func TestRegistrationIsPutOff(t *testing.T) {
	w := newWire(t)
	w.withMFA(directory.MFAEnabled)
	w.Choose(func(c *idp.Choices) { c.SkipMFARegistration = true })
	p := w.person()
	page := p.enterOnly(p.open(w.redirect(authnRequest(), "")))
	config := configOf(t, string(page.Body))
	if config["sErrorCode"] != "" {
		t.Errorf("sErrorCode %v, at which tools give up", config["sErrorCode"])
	}
	skip, _ := config["urlSkipMfaRegistration"].(string)
	if page = p.stay(p.open(skip), "3"); !atServiceProvider(page) {
		t.Fatalf("came to %s\n%s", page.URL, page.Text())
	}
	if xml, _ := w.response(); len(valuesOf(t, xml, "http://schemas.microsoft.com/claims/authnmethodsreferences")) != 1 {
		t.Error("a factor that was put off counts as proved")
	}
	checkRefused(t, w.get(skip), "AADSTS50089", "Authentication failed due to flow token expired.")
}

// sas calls BeginAuth or EndAuth as command-line tools do.
func (w *wire) sas(target any, ask map[string]string) map[string]any {
	w.t.Helper()
	body, err := json.Marshal(ask)
	if err != nil {
		w.t.Fatal(err)
	}
	got := w.do(http.MethodPost, target.(string), "application/json", string(body))
	var reply map[string]any
	if err := json.Unmarshal([]byte(got.body), &reply); err != nil {
		w.t.Fatalf("status %d, %v: %s", got.status, err, got.body)
	}
	return reply
}

// Where the registration is not what is asked for, nobody gets past the second
// factor by putting it off: not who has registered one, nor whom a Conditional
// Access policy asks.
func TestOnlyARegistrationIsPutOff(t *testing.T) {
	for name, test := range map[string]struct {
		state  string
		policy bool
		pgid   string
	}{
		"registered":                             {directory.MFAEnforced, false, "ConvergedTFA"},
		"asked for by a policy":                  {"", true, "ConvergedTFA"},
		"not registered and asked for by policy": {directory.MFAEnabled, true, "ConvergedProofUpRedirect"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t)
			w.withMFA(test.state)
			if test.policy {
				if err := w.SetConditionalAccess(idp.ConditionalAccessPolicy{DisplayName: "Everybody proves two factors", Grant: idp.GrantMFA}); err != nil {
					t.Fatal(err)
				}
			}
			w.Choose(func(c *idp.Choices) { c.SkipMFARegistration = true })
			p := w.person()
			page := p.enterOnly(p.open(w.redirect(authnRequest(), "")))
			config := configOf(t, string(page.Body))
			if config["pgid"] != test.pgid || config["urlSkipMfaRegistration"] != nil {
				t.Fatalf("$Config %v", config)
			}
			resumed := p.open(w.BaseURL() + "/" + tenantID + "/resume?ctx=" + config["sFT"].(string))
			checkRefused(t, answer{resumed.Status, resumed.Header, string(resumed.Body)}, "AADSTS50089", "Authentication failed due to flow token expired.")
		})
	}
}

// The page that registers a second factor does nothing for whom it was not shown.
func TestOnlyWhoIsAskedRegisters(t *testing.T) {
	t.Run("switched off meanwhile", func(t *testing.T) {
		w := newWire(t)
		w.withMFA(directory.MFAEnabled)
		p := w.person()
		page := p.enterOnly(p.open(w.redirect(authnRequest(), "")))
		w.withMFA(directory.MFADisabled)
		if page = p.stay(p.submit(page, "proofup"), "3"); !atServiceProvider(page) {
			t.Errorf("came to %s", page.URL)
		}
		if u, _ := w.Directory().User(w.ana.ID); u.PerUserMFAState != directory.MFADisabled {
			t.Errorf("perUserMfaState %q", u.PerUserMFAState)
		}
	})
	t.Run("a factor before its registration", func(t *testing.T) {
		w := newWire(t)
		w.withMFA(directory.MFAEnabled)
		p := w.person()
		config := configOf(t, string(p.enterOnly(p.open(w.redirect(authnRequest(), ""))).Body))
		got := w.post(w.BaseURL()+"/"+tenantID+"/SAS/ProcessAuth", url.Values{"flowToken": {config["sFT"].(string)}, "phone": {"approve"}})
		if pgid := configOf(t, got.body)["pgid"]; pgid != "ConvergedProofUpRedirect" {
			t.Errorf("came to %v", pgid)
		}
	})
	w := newWire(t)
	p := w.person()
	page := p.enterOnly(p.open(w.redirect(authnRequest(), "")))
	ticket, _ := configOf(t, string(page.Body))["sFT"].(string)
	w.post(w.BaseURL()+"/"+tenantID+"/proofup", url.Values{"flowToken": {ticket}})
	if u, _ := w.Directory().User(w.ana.ID); u.PerUserMFAState == directory.MFAEnforced {
		t.Errorf("perUserMfaState %q", u.PerUserMFAState)
	}
}

// The two calls and the form by which tools prove the factor (client code of
// saml2aws).
func TestSecondFactorOfTools(t *testing.T) {
	w := newWire(t)
	w.withMFA(directory.MFAEnforced)
	if _, err := w.Directory().UpdateUser(w.ana.ID, func(u *directory.User) { u.MobilePhone = "+351 555 01 42" }); err != nil {
		t.Fatal(err)
	}
	asked := func() map[string]any {
		config := configOf(t, w.get(w.redirect(authnRequest(), "")).body)
		return configOf(t, w.post(w.BaseURL()+config["urlPost"].(string), credentials(w, config)).body)
	}
	begin := func(config map[string]any, method string) (ask map[string]string, reply map[string]any) {
		ask = map[string]string{"AuthMethodId": method, "Method": "BeginAuth", "Ctx": config["sCtx"].(string), "FlowToken": config["sFT"].(string)}
		reply = w.sas(config["urlBeginAuth"], ask)
		session, _ := reply["SessionId"].(string)
		ask["Method"], ask["SessionId"] = "EndAuth", session
		return ask, reply
	}
	config := asked()
	var methods []string
	for _, proof := range config["arrUserProofs"].([]any) {
		methods = append(methods, proof.(map[string]any)["authMethodId"].(string))
	}
	if !slices.Equal(methods, []string{"PhoneAppNotification", "PhoneAppOTP", "OneWaySMS"}) {
		t.Errorf("arrUserProofs %v", methods)
	}

	for _, test := range []struct {
		name, method, code string
		phone              idp.PhoneAnswer
		success, retry     bool
		result             string
	}{
		{name: "notification", method: "PhoneAppNotification", success: true, result: "Success"},
		{name: "refused on the phone", method: "PhoneAppNotification", phone: idp.PhoneDenies, result: "PhoneAppDenied"},
		{name: "nobody looks at the phone", method: "PhoneAppNotification", phone: idp.PhoneIgnores, retry: true, result: "AuthenticationPending"},
		{name: "code", method: "PhoneAppOTP", code: oneTimeCode, success: true, result: "Success"},
		{name: "SMS", method: "OneWaySMS", code: oneTimeCode, success: true, result: "Success"},
		{name: "wrong code", method: "OneWaySMS", code: "111111", result: "OathCodeIncorrect"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := w.in(t)
			w.Choose(func(c *idp.Choices) { c.PhoneAnswers = test.phone })
			config := asked()
			ask, reply := begin(config, test.method)
			if reply["Success"] != true || (reply["Entropy"].(float64) != 0) != (test.method == "PhoneAppNotification") {
				t.Fatalf("BeginAuth: %v", reply)
			}
			ask["AdditionalAuthData"] = test.code
			reply = w.sas(config["urlEndAuth"], ask)
			if reply["Success"] != test.success || reply["Retry"] != test.retry || reply["ResultValue"] != test.result {
				t.Errorf("EndAuth: %v", reply)
			}
			got := w.post(config["urlPost"].(string), url.Values{"flowToken": {reply["FlowToken"].(string)}, "request": {reply["Ctx"].(string)}, "login": {config["sPOST_Username"].(string)}})
			if test.success {
				w.posted(w.notStaying(got))
			} else if after := configOf(t, got.body); after["pgid"] != "ConvergedTFA" || after["sErrorCode"] != "500121" {
				t.Errorf("ProcessAuth without a proof: %v", after)
			}
		})
	}

	ask, reply := begin(config, "TwoWayVoiceMobile")
	if reply["Success"] != false || reply["ErrCode"] == 0.0 {
		t.Errorf("a method that the user does not have: %v", reply)
	}
	other, _ := begin(asked(), "PhoneAppOTP")
	other["AdditionalAuthData"], other["SessionId"] = oneTimeCode, "of another call"
	if reply := w.sas(config["urlEndAuth"], other); reply["Success"] != false || reply["ResultValue"] != "InvalidSession" {
		t.Errorf("a session that BeginAuth did not name: %v", reply)
	}
	other, _ = begin(asked(), "PhoneAppOTP")
	other["AuthMethodId"] = "PhoneAppNotification" // which would be approved at once
	if reply := w.sas(config["urlEndAuth"], other); reply["Success"] != false || reply["ResultValue"] != "InvalidSession" {
		t.Errorf("another method than BeginAuth's: %v", reply)
	}
	ask["FlowToken"] = "made up"
	if reply := w.sas(config["urlEndAuth"], ask); reply["Success"] != false || reply["ResultValue"] != "FlowTokenExpired" {
		t.Errorf("another flow token: %v", reply)
	}
	for _, body := range []string{"", "null", "[1]", `{"FlowToken": 1}`, strings.Repeat("[", 100_000)} {
		if got := w.do(http.MethodPost, config["urlEndAuth"].(string), "application/json", body); got.status >= 500 {
			t.Errorf("body %.20q: status %d", body, got.status)
		}
	}
}

// The harness's own sign-in and the page's forms agree on what GetCredentialType
// says (client code of saml2aws).
func TestGetCredentialType(t *testing.T) {
	w := newWire(t)
	config := configOf(t, w.get(w.redirect(authnRequest(), "")).body)
	for name, exists := range map[string]float64{"ana@contoso.example": 0, "ANA@contoso.example ": 0, "nobody@contoso.example": 1, w.ana.ID: 1} {
		reply := w.sas(config["urlGetCredentialType"], map[string]string{"username": name, "flowToken": config["sFT"].(string)})
		credential, _ := reply["Credentials"].(map[string]any)
		if reply["IfExistsResult"] != exists || credential["PrefCredential"] != 1.0 || credential["HasPassword"] != true || reply["FlowToken"] != config["sFT"] {
			t.Errorf("%q: %v", name, reply)
		}
	}
	if got := w.do(http.MethodPost, config["urlGetCredentialType"].(string), "application/json", "nonsense"); got.status != http.StatusBadRequest {
		t.Errorf("status %d for no JSON", got.status)
	}
}
