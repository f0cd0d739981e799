package idp_test

import (
	"net/url"
	"testing"

	"github.com/idharness/harness/idp/directory"
)

// The ticket of one page of a sign-in does not open a later one: whoever posts
// it there is asked for what is still missing.
func TestTicketsDoNotSkipSteps(t *testing.T) {
	w := newWire(t)
	base := w.BaseURL() + "/" + w.ID()
	ticketOf := func(page answer) url.Values {
		config := configOf(t, page.body)
		ticket := config["sFT"].(string)
		return url.Values{"ctx": {ticket}, "flowToken": {ticket}, "LoginOptions": {"1"}, "phone": {"approve"}, "sosid": {"x"},
			"oldpasswd": {directory.DefaultPassword}, "newpasswd": {"Another-Password-7"}, "confirmnewpasswd": {"Another-Password-7"}}
	}
	signInPage := func() answer { return w.get(w.redirect(authnRequest(), "")) }
	afterPassword := func() answer {
		config := configOf(t, signInPage().body)
		return w.post(w.BaseURL()+config["urlPost"].(string), credentials(w, config))
	}
	// Before the password.
	for _, target := range []string{w.BaseURL() + "/kmsi", base + "/SAS/ProcessAuth", base + "/changepassword", base + "/proofup"} {
		got := w.post(target, ticketOf(signInPage()))
		checkRefused(t, got, "AADSTS50089", "Authentication failed due to flow token expired.")
		if got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: a cookie", target)
		}
	}
	if got := w.post(base+"/reprocess", ticketOf(signInPage())); configOf(t, got.body)["pgid"] != "ConvergedSignIn" {
		t.Errorf("an account that is not signed in: %s", got.body)
	}
	checkRefused(t, w.get(base+"/resume?ctx="+url.QueryEscape(ticketOf(signInPage()).Get("ctx"))), "AADSTS50089", "Authentication failed due to flow token expired.")
	// Before the second factor, and before the new password.
	w.withMFA(directory.MFAEnforced)
	if got := w.post(w.BaseURL()+"/kmsi", ticketOf(afterPassword())); configOf(t, got.body)["pgid"] != "ConvergedTFA" {
		t.Errorf("the second factor is skipped:\n%s", got.body)
	}
	w.withMFA("")
	if _, err := w.Directory().UpdateUser(w.ana.ID, func(u *directory.User) { u.ForceChangePassword = true }); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{w.BaseURL() + "/kmsi", base + "/SAS/ProcessAuth"} {
		if got := w.post(target, ticketOf(afterPassword())); configOf(t, got.body)["pgid"] != "ConvergedChangePassword" {
			t.Errorf("%s: the new password is skipped:\n%s", target, got.body)
		}
	}
	if w.sp.last() != nil {
		t.Error("the service provider got something")
	}
}
