package idp_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
)

// try enters a password for Ana and gives the code that the page then has.
func (w *wire) try(password string) string {
	w.t.Helper()
	config := configOf(w.t, w.get(w.redirect(authnRequest(), "")).body)
	form := credentials(w, config)
	form.Set("passwd", password)
	config = configOf(w.t, w.post(w.BaseURL()+config["urlPost"].(string), form).body)
	if config["pgid"] == "KmsiInterrupt" {
		return "signed in"
	}
	return config["sErrorCode"].(string)
}

// Ten failed attempts lock an account for a minute, whatever the password is
// then; each further one locks it again, for longer (learn.microsoft.com,
// "Protect user accounts from attacks with Microsoft Entra smart lockout").
func TestSmartLockout(t *testing.T) {
	w := newWire(t)
	for i := range 10 {
		if got := w.try(fmt.Sprintf("guess-%d", i)); got != "50126" {
			t.Fatalf("attempt %d: %s", i+1, got)
		}
	}
	if got := w.try(directory.DefaultPassword); got != "50053" {
		t.Errorf("the right password of a locked account: %s", got)
	}
	w.clock.Advance(time.Minute - time.Second)
	if got := w.try(directory.DefaultPassword); got != "50053" {
		t.Errorf("before the minute is over: %s", got)
	}
	w.clock.Advance(time.Second)
	if got := w.try("guess-11"); got != "50126" {
		t.Errorf("after the minute: %s", got)
	}
	w.clock.Advance(time.Minute)
	if got := w.try(directory.DefaultPassword); got != "50053" {
		t.Errorf("the second lock is no longer than the first: %s", got)
	}
	w.clock.Advance(time.Minute)
	if got := w.try(directory.DefaultPassword); got != "signed in" {
		t.Errorf("after the second lock: %s", got)
	}
	// The right password ends the count.
	for i := range 9 {
		w.try(fmt.Sprintf("again-%d", i))
	}
	if got := w.try(directory.DefaultPassword); got != "signed in" {
		t.Errorf("after nine further attempts: %s", got)
	}
}

// A password that was among the last three wrong ones does not count again (the
// same page).
func TestSmartLockoutKnowsRepeatedPasswords(t *testing.T) {
	w := newWire(t)
	for i := range 30 {
		w.try(fmt.Sprintf("guess-%d", i%3))
	}
	if got := w.try(directory.DefaultPassword); got != "signed in" {
		t.Errorf("three passwords, over and over: %s", got)
	}
}

func TestSmartLockoutSettings(t *testing.T) {
	w := newWire(t)
	w.Choose(func(c *idp.Choices) { c.LockoutThreshold, c.LockoutDuration = 2, time.Hour })
	w.try("one")
	w.try("two")
	w.clock.Advance(time.Hour - time.Second)
	page := w.person()
	got := page.enter(page.open(w.redirect(authnRequest(), "")), w.ana.UserPrincipalName, directory.DefaultPassword)
	why := refusalOf(t, string(got.Body))
	if why.Code != "AADSTS50053" || why.Message != "The account is locked, you've tried to sign in too many times with an incorrect user ID or password." || why.Expected != "an attempt after 2026-01-05T10:00:00Z" {
		t.Errorf("refused with %+v", why)
	}
	if shown, _ := got.Find("passwordError"); shown != "Your account is temporarily locked to prevent unauthorized use. Try again later, and if you still have trouble, contact your admin." {
		t.Errorf("the page shows %q", shown)
	}
	w.clock.Advance(time.Second)
	if got := w.try(directory.DefaultPassword); got != "signed in" {
		t.Errorf("after an hour: %s", got)
	}
}
