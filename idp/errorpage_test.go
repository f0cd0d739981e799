package idp_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
)

// The error page has the troubleshooting lines that people copy into tickets,
// and the $Config keys that programs read (learn.microsoft.com/answers question
// 1820956; Versent/saml2aws, pkg/provider/aad).
func TestErrorPage(t *testing.T) {
	const message = "AADSTS75005: The request is not a valid Saml2 protocol message."
	w := newWire(t)
	w.clock.Advance(1500 * time.Millisecond)
	got := w.get(w.redirect(authnRequest(`"2.0"`, `"3.0"`), ""))
	checkRefused(t, got, "AADSTS75005", strings.TrimPrefix(message, "AADSTS75005: "))
	requestID := got.header.Get("x-ms-request-id")
	if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{10}00$`).MatchString(requestID) {
		t.Errorf("x-ms-request-id: %q", requestID)
	}
	config := configOf(t, got.body)
	correlation := fmt.Sprint(config["correlationId"])
	if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(correlation) || correlation == requestID {
		t.Errorf("correlationId: %q", correlation)
	}
	for key, want := range map[string]string{
		"pgid": "ConvergedError", "sErrorCode": "75005", "iErrorCode": "75005", "strMainMessage": "Sorry, but we’re having trouble signing you in.",
		"strServiceExceptionMessage": message, "sErrTxt": message, "sessionId": requestID,
	} {
		if config[key] != want {
			t.Errorf("$Config.%s = %v, want %s", key, config[key], want)
		}
	}
	page := w.person().open(w.redirect(authnRequest(`"2.0"`, `"3.0"`), ""))
	text, config := page.Text(), configOf(t, string(page.Body))
	for _, want := range []string{
		"Sign in Sorry, but we’re having trouble signing you in. " + message,
		"Troubleshooting details If you contact your administrator, send this info to them.",
		fmt.Sprintf("Request Id: %s Correlation Id: %s Timestamp: 2026-01-05T09:00:01Z Message: %s", config["sessionId"], config["correlationId"], message),
		`Expected Version="2.0"`, `Got Version="3.0"`, "Where /AuthnRequest/@Version", "Fix on the side of request",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	if shown, _ := page.Find("service_exception_message"); shown != message {
		t.Errorf("#service_exception_message says %q", shown)
	}
	if page.Title() != "Sign in to your account" || page.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("title %q, Content-Type %q", page.Title(), page.Header.Get("Content-Type"))
	}
	if again := w.get(w.redirect(authnRequest(`"2.0"`, `"3.0"`), "")); again.header.Get("x-ms-request-id") == requestID {
		t.Error("two requests have one id")
	}
}

// What a stranger sends is shown and never run.
func TestErrorPageEscapes(t *testing.T) {
	w := newWire(t)
	for _, evil := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'-alert(1)-'`, `</script><script>alert(1)//`, `]]>//<![CDATA[`, "\u2028alert(1)\u2029", `${7*7}{{7*7}}`, `&lt;b&gt;`, `--><b>`,
	} {
		escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", ">", "&gt;").Replace(evil)
		for name, target := range map[string]string{
			"Issuer":    w.redirect(authnRequest(identifier, escaped), ""),
			"ID":        w.redirect(authnRequest("_request1", escaped), ""),
			"reply URL": w.redirect(authnRequest("Version", `AssertionConsumerServiceURL="`+escaped+`" Version`), ""),
			"binding":   w.redirect(authnRequest("Version", `ProtocolBinding="`+escaped+`" Version`), ""),
			"format":    w.redirect(authnRequest("<Issuer>", `<samlp:NameIDPolicy Format="`+escaped+`"/><Issuer>`), ""),
			"appid":     w.MetadataURL(evil),
		} {
			page := w.person().open(target)
			why := refusalOf(t, string(page.Body))
			shown, _ := page.Find("service_exception_message")
			if want := strings.Join(strings.Fields(why.Code+": "+why.Message), " "); shown != want {
				t.Errorf("%s %q: shows %q, want %q", name, evil, shown, want)
			}
			if why.Got != evil && !strings.Contains(why.Got, evil) {
				t.Errorf("%s %q: got %q", name, evil, why.Got)
			}
			config := configOf(t, string(page.Body))
			if want := why.Code + ": " + why.Message; config["strServiceExceptionMessage"] != want {
				t.Errorf("%s %q: $Config says %v", name, evil, config["strServiceExceptionMessage"])
			}
			// Three scripts of our own, $Config, the refusal and the page's, and no other.
			if n := strings.Count(string(page.Body), "<script"); n != 3 && asksForPassword(page) || n != 2 && !asksForPassword(page) {
				t.Errorf("%s %q: %d script elements\n%s", name, evil, n, page.Body)
			}
			for _, forbidden := range []string{"<img", "<b>", "onerror=alert(1)>"} {
				if strings.Contains(string(page.Body), forbidden) {
					t.Errorf("%s %q: the page contains %s", name, evil, forbidden)
				}
			}
		}
	}
}

// Names that an administrator chose are shown as they are, too.
func TestPagesEscapeNames(t *testing.T) {
	w := newWire(t)
	const name = `</b><script>alert(1)</script>`
	app := w.create(idp.ApplicationConfig{Name: name, Identifiers: []string{"urn:evil"}, ReplyURLs: []string{w.sp.acs()}})
	target := w.redirect(authnRequest(identifier, "urn:evil"), "")
	page := w.person().open(target)
	if !strings.Contains(page.Text(), "to continue to "+name) || strings.Count(string(page.Body), "<script") != 2 {
		t.Errorf("sign-in page:\n%s", page.Body)
	}
	refused := w.person().signIn(target)
	if why := refusalOf(t, string(refused.Body)); why.Code != "AADSTS50105" || !strings.Contains(refused.Text(), name) || strings.Count(string(refused.Body), "<script") != 2 {
		t.Errorf("error page:\n%s", refused.Body)
	}
	w.assign(app, w.ana)
	ana := w.person()
	if _, ok := w.tiles(ana.signIn(w.MyAppsURL()))[name]; !ok {
		t.Error("My Apps does not show the name")
	}
}
