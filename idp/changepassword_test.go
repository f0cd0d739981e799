package idp_test

import (
	"testing"

	"github.com/idharness/harness/idp/directory"
)

// A password that has expired is good for one thing: to enter a new one
// (AADSTS50055, learn.microsoft.com, "Microsoft Entra authentication and
// authorization error codes").
func TestExpiredPassword(t *testing.T) {
	w := newWire(t)
	if _, err := w.Directory().UpdateUser(w.ana.ID, func(u *directory.User) { u.ForceChangePassword = true }); err != nil {
		t.Fatal(err)
	}
	p := w.person()
	page := p.enterOnly(p.open(w.redirect(authnRequest(), "state")))
	config := configOf(t, string(page.Body))
	if why := refusalOf(t, string(page.Body)); config["pgid"] != "ConvergedChangePassword" || config["sErrorCode"] != "50055" || why.Code != "AADSTS50055" || why.Message != "The password is expired." {
		t.Fatalf("after the password: %v, %+v", config, why)
	}
	if len(p.b.Cookies(w.BaseURL())) != 0 {
		t.Error("an expired password opens a session")
	}
	const next = "Another-Password-7"
	for _, test := range []struct{ name, old, next, again, code, got string }{
		{"wrong current password", "guess", next, next, "AADSTS50126", "another one"},
		{"two different ones", directory.DefaultPassword, next, next + "x", "AADSTS50055", "two different ones"},
		{"the same as before", directory.DefaultPassword, directory.DefaultPassword, directory.DefaultPassword, "AADSTS50055", "the same, or none"},
	} {
		page = p.press(page, "changepassword", "Sign in", map[string]string{"oldpasswd": test.old, "newpasswd": test.next, "confirmnewpasswd": test.again})
		if why := refusalOf(t, string(page.Body)); why.Code != test.code || why.Got != test.got {
			t.Errorf("%s: %+v", test.name, why)
		}
	}
	page = p.press(page, "changepassword", "Sign in", map[string]string{"oldpasswd": directory.DefaultPassword, "newpasswd": next, "confirmnewpasswd": next})
	if page = p.stay(page, "3"); !atServiceProvider(page) {
		t.Fatalf("came to %s\n%s", page.URL, page.Text())
	}
	if _, form := w.response(); form.Get("RelayState") != "state" {
		t.Errorf("RelayState %q", form.Get("RelayState"))
	}
	if u, _ := w.Directory().User(w.ana.ID); u.Password != next || u.ForceChangePassword {
		t.Errorf("after the change: password %q, force %v", u.Password, u.ForceChangePassword)
	}
	if got := w.try(directory.DefaultPassword); got != "50126" {
		t.Errorf("the old password: %s", got)
	}
	if got := w.try(next); got != "signed in" {
		t.Errorf("the new password: %s", got)
	}
}
