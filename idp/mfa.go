package idp

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/trace"
)

// The ways to prove a second factor, by the names that Entra's pages use (client
// code of saml2aws).
const (
	proofNotification = "PhoneAppNotification"
	proofCode         = "PhoneAppOTP"
	proofSMS          = "OneWaySMS"
)

// oneTimeCode is the code of every user's phone. The page says so, as it does
// with the default password: there is nothing to protect.
const oneTimeCode = "246810"

// phone is the second factor of a sign-in under way.
type phone struct {
	Method   string // that was begun; empty before BeginAuth
	Session  string
	Entropy  int // the number to match
	Approved bool
}

// mfaReason says what demands a second factor of the user for the application,
// or nothing.
func (t *Tenant) mfaReason(app *Application, user directory.User) string {
	switch user.PerUserMFAState {
	case directory.MFAEnabled, directory.MFAEnforced:
		return "per-user multifactor authentication is " + user.PerUserMFAState + " for " + user.UserPrincipalName
	}
	if p, found := t.policy(app, user, GrantMFA); found {
		return "the Conditional Access policy " + p.DisplayName + " requires multifactor authentication"
	}
	return ""
}

// askForMFA asks for a second factor, or for its registration, or refuses where
// nobody can be asked.
func (t *Tenant) askForMFA(w http.ResponseWriter, r *http.Request, p *pending, user directory.User) {
	unregistered := user.PerUserMFAState == directory.MFAEnabled
	why := refusal.Refusal{
		Expected: "a sign-in with a second factor", Got: "one with a password, and IsPassive, so that nobody can be asked",
		Where: "/AuthnRequest/@IsPassive", Fix: refusal.Request, Hint: t.mfaReason(p.App, user),
	}
	resource := t.DisplayName()
	if p.App != nil {
		resource = p.App.Name()
	}
	switch {
	case p.Request != nil && p.Request.IsPassive && unregistered:
		t.refuseRequest(w, r, p, aadsts(50079, fmt.Sprintf(text50079, resource), why))
	case p.Request != nil && p.Request.IsPassive:
		t.refuseRequest(w, r, p, aadsts(50076, fmt.Sprintf(text50076, resource), why))
	case unregistered:
		t.showProofUp(w, p, user)
	default:
		t.showMFA(w, p, user, nil)
	}
}

// mfaPage is what the page for the second factor shows.
type mfaPage struct {
	Action, Ticket, Login, Code, Error string
	Why                                string
}

// showMFA shows the page that asks for the second factor. A person's phone is
// on the page too; tools use BeginAuth and EndAuth instead.
func (t *Tenant) showMFA(w http.ResponseWriter, p *pending, user directory.User, refused *refusal.Refusal) {
	p.Phone = phone{}
	ticket := t.sessions.hold(p)
	page := mfaPage{
		Action: t.tenantURL("SAS/ProcessAuth"), Ticket: ticket, Login: user.UserPrincipalName, Code: oneTimeCode,
		Why: t.mfaReason(p.App, user),
	}
	config := t.pageConfig("ConvergedTFA", ticket)
	config["arrUserProofs"] = userProofs(user)
	config["oPerAuthPollingInterval"] = map[string]float64{proofNotification: 1}
	config["urlBeginAuth"], config["urlEndAuth"] = t.tenantURL("SAS/BeginAuth"), t.tenantURL("SAS/EndAuth")
	config["urlPost"], config["sPOST_Username"] = page.Action, user.UserPrincipalName
	config["sErrorCode"], config["sErrTxt"] = "50074", ""
	if refused != nil {
		page.Error = refused.Message
		config["sErrorCode"], config["sErrTxt"] = "500121", refused.Message
	}
	t.showPage(w, "mfa.html", page, config, refused)
}

// userProofs lists how a user can prove a second factor.
func userProofs(user directory.User) []map[string]any {
	proofs := []map[string]any{
		{"authMethodId": proofNotification, "data": proofNotification, "display": "", "isDefault": true, "isLocationAware": false},
		{"authMethodId": proofCode, "data": proofCode, "display": "", "isDefault": false, "isLocationAware": false},
	}
	if number := user.MobilePhone; len(number) >= 2 {
		proofs = append(proofs, map[string]any{
			"authMethodId": proofSMS, "data": proofSMS, "display": "+XX XXXXXXXX" + number[len(number)-2:], "isDefault": false, "isLocationAware": false,
		})
	}
	return proofs
}

// sasRequest and sasAnswer are the bodies of BeginAuth and EndAuth.
type sasRequest struct {
	AuthMethodID       string `json:"AuthMethodId"`
	Method             string `json:"Method"`
	Ctx                string `json:"Ctx"`
	FlowToken          string `json:"FlowToken"`
	SessionID          string `json:"SessionId"`
	AdditionalAuthData string `json:"AdditionalAuthData"`
}

type sasAnswer struct {
	Success       bool    `json:"Success"`
	ResultValue   string  `json:"ResultValue"`
	Message       *string `json:"Message"`
	AuthMethodID  string  `json:"AuthMethodId"`
	ErrCode       int     `json:"ErrCode"`
	Retry         bool    `json:"Retry"`
	FlowToken     string  `json:"FlowToken"`
	Ctx           string  `json:"Ctx"`
	SessionID     string  `json:"SessionId"`
	CorrelationID string  `json:"CorrelationId"`
	Timestamp     string  `json:"Timestamp"`
	Entropy       int     `json:"Entropy"`
}

// serveBeginAuth starts a second factor: a number to match for the phone, a
// code to enter for the rest.
func (t *Tenant) serveBeginAuth(w http.ResponseWriter, r *http.Request) {
	t.serveSAS(w, r, "BeginAuth", func(ask sasRequest, p *pending, answer *sasAnswer) {
		user, _ := t.directory.User(p.UserID)
		known := slices.ContainsFunc(userProofs(user), func(proof map[string]any) bool { return proof["authMethodId"] == ask.AuthMethodID })
		if !known {
			answer.fail("AuthenticationMethodNotSupported", 500121, "the user has no method "+ask.AuthMethodID)
			return
		}
		p.Phone = phone{Method: ask.AuthMethodID, Session: t.ids.UUID()}
		if ask.AuthMethodID == proofNotification {
			p.Phone.Entropy = 10 + int(t.ids.Bytes(1)[0])%90
		}
		answer.Success, answer.ResultValue = true, "Success"
	})
}

// serveEndAuth tells whether the second factor was proved. A phone approves at
// once, unless the tenant's choices say that its owner refuses or does not look.
func (t *Tenant) serveEndAuth(w http.ResponseWriter, r *http.Request) {
	answers := t.Choices().PhoneAnswers
	t.serveSAS(w, r, "EndAuth", func(ask sasRequest, p *pending, answer *sasAnswer) {
		switch {
		case p.Phone.Method == "" || p.Phone.Method != ask.AuthMethodID || p.Phone.Session != ask.SessionID:
			answer.fail("InvalidSession", 500121, "BeginAuth began no such method")
		case p.Phone.Method != proofNotification && isCode(ask.AdditionalAuthData):
			p.Phone.Approved, answer.Success, answer.ResultValue = true, true, "Success"
		case p.Phone.Method != proofNotification:
			answer.fail("OathCodeIncorrect", 500121, "not the code that the page names")
		case answers == PhoneDenies:
			answer.fail("PhoneAppDenied", 500121, "the phone's owner refused")
		case answers == PhoneIgnores:
			answer.ResultValue, answer.Retry = "AuthenticationPending", true
		default:
			p.Phone.Approved, answer.Success, answer.ResultValue = true, true, "Success"
		}
	})
}

func isCode(entered string) bool {
	return subtle.ConstantTimeCompare([]byte(entered), []byte(oneTimeCode)) == 1
}

func (a *sasAnswer) fail(result string, code int, message string) {
	a.ResultValue, a.ErrCode, a.Message = result, code, &message
}

// serveSAS answers one of the two calls in JSON.
func (t *Tenant) serveSAS(w http.ResponseWriter, r *http.Request, method string, answer func(sasRequest, *pending, *sasAnswer)) {
	trace.From(r.Context()).Kind("http", method)
	var ask sasRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxForm)).Decode(&ask); err != nil {
		http.Error(w, "expected a JSON object: "+err.Error(), http.StatusBadRequest)
		return
	}
	reply := sasAnswer{
		AuthMethodID: ask.AuthMethodID, Ctx: ask.Ctx, FlowToken: ask.FlowToken,
		CorrelationID: t.ids.UUID(), Timestamp: t.clock.Now().Format(time.RFC3339),
	}
	found := ask.Method == method && t.sessions.look(ask.FlowToken, func(p *pending) {
		answer(ask, p, &reply)
		reply.SessionID, reply.Entropy = p.Phone.Session, p.Phone.Entropy
	})
	if !found {
		reply.fail("FlowTokenExpired", 50089, text50089)
	}
	trace.From(r.Context()).Check(method, reply.Success || reply.Retry, reply.ResultValue)
	writeJSON(w, reply)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, no-cache")
	json.NewEncoder(w).Encode(v)
}

// serveProcessAuth takes the page for the second factor: after EndAuth, with a
// code, or with what the phone on the page was told.
func (t *Tenant) serveProcessAuth(w http.ResponseWriter, r *http.Request) {
	open := trace.From(r.Context())
	open.Kind("saml", "second factor")
	p, ok := t.takePending(w, r, "flowToken")
	if !ok {
		return
	}
	user, refused := t.userOf(p)
	if refused != nil {
		t.refuseRequest(w, r, p, refused)
		return
	}
	if user.PerUserMFAState == directory.MFAEnabled { // nobody proves what is not registered
		t.proceed(w, r, p)
		return
	}
	got := "neither"
	switch {
	case p.Phone.Approved, r.PostForm.Get("phone") == "approve", isCode(r.PostForm.Get("otc")):
		open.Check("second factor", true, user.UserPrincipalName)
		p.Methods = append(slices.Clone(p.Methods), claims.MethodMultipleAuthn)
		t.proceed(w, r, p)
		return
	case r.PostForm.Get("phone") == "deny":
		got = "a refusal on the phone"
	case r.PostForm.Get("otc") != "":
		got = "another code"
	}
	refused = aadsts(500121, text500121, refusal.Refusal{
		Expected: "an approval on the phone, or the code that the page names", Got: got, Where: "page for the second factor", Fix: refusal.Request,
	})
	open.Refused("second factor", refused.Explanation(), refused)
	t.showMFA(w, p, user, refused)
}
