package idp_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/refusal"
)

// FailNext meets one sign-in each, in the order in which it was called, and the
// next goes on as usual.
func TestFailNext(t *testing.T) {
	w := newWire(t)
	p := w.person()
	for _, arm := range []struct {
		code    int
		message string
	}{{53000, ""}, {50020, ""}, {90099, "made up for a test"}} {
		var message []string
		if arm.message != "" {
			message = []string{arm.message}
		}
		if err := w.FailNext(arm.code, message...); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []struct{ code, message string }{
		{"AADSTS53000", "Device is not in required device state: compliant."},
		{"AADSTS50020", "and cannot access the application 'https://wiki.example/saml'(Wiki) in that tenant."},
		{"AADSTS90099", "made up for a test"},
	} {
		page := asAnswer(p.open(w.redirect(authnRequest(), "")))
		why := refusalOf(t, page.body)
		if page.status != 400 || why.Code != want.code || !strings.Contains(why.Message, want.message) || strings.ContainsAny(why.Message, "{}") {
			t.Errorf("status %d, %+v, want %s", page.status, why, want.code)
		}
	}
	if page := p.signIn(w.redirect(authnRequest(), "")); !atServiceProvider(page) {
		t.Errorf("the next sign-in came to %s", page.URL)
	}
}

// Codes about name and password come on the sign-in page.
func TestFailNextOnTheSignInPage(t *testing.T) {
	w := newWire(t)
	if err := w.FailNext(50053); err != nil {
		t.Fatal(err)
	}
	if got := w.try("Harness-2026!"); got != "50053" {
		t.Errorf("first: %s", got)
	}
	if got := w.try("Harness-2026!"); got != "signed in" {
		t.Errorf("then: %s", got)
	}
	if err := w.FailNext(50126); err != nil {
		t.Fatal(err)
	}
	w.ClearFaults()
	if got := w.try("Harness-2026!"); got != "signed in" {
		t.Errorf("after ClearFaults: %s", got)
	}
}

func TestFailNextKnowsItsCodes(t *testing.T) {
	tenant := newWire(t)
	var why *refusal.Refusal
	if err := tenant.FailNext(12345); !errors.As(err, &why) || why.Got != "AADSTS12345" {
		t.Errorf("an unknown code: %v", err)
	}
	for _, code := range idp.FaultCodes() {
		if err := tenant.FailNext(code); err != nil {
			t.Errorf("%d: %v", code, err)
		}
	}
	p := tenant.person()
	for range idp.FaultCodes() {
		page := p.open(tenant.app.UserAccessURL())
		if form, ok := page.Form("signin"); ok {
			page = p.enter(form.Page(), tenant.ana.UserPrincipalName, tenant.ana.Password)
		}
		if why := refusalOf(t, string(page.Body)); why.Message == "" || strings.ContainsAny(why.Message, "{}%") {
			t.Errorf("%s: %q", why.Code, why.Message)
		}
	}
}
