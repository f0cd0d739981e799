package sp_test

import (
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/sp"
)

// TestTimeWindow: an assertion holds from NotBefore to just before NotOnOrAfter
// (saml-core-2.0-os, section 2.5.1.2), give or take the skew, for which AWS
// publishes no number. The page then says what the user guide says of device
// clocks.
func TestTimeWindow(t *testing.T) {
	const conditions, data = "Assertion/Conditions", "Assertion/Subject/SubjectConfirmation/SubjectConfirmationData"
	for _, side := range []struct {
		path, name, code string
	}{
		{conditions, "NotBefore", "NotYetValid"},
		{conditions, "NotOnOrAfter", "Expired"},
		{data, "NotOnOrAfter", "Expired"},
	} {
		for _, skew := range []time.Duration{0, time.Minute, -1} { // 0: the default of three minutes; below: none
			allowed := skew
			switch skew {
			case 0:
				allowed = 3 * time.Minute
			case -1:
				allowed = 0
			}
			good, bad := start.Add(allowed), start.Add(allowed+time.Millisecond)
			if side.name == "NotOnOrAfter" {
				good, bad = start.Add(-allowed+time.Millisecond), start.Add(-allowed)
			}
			t.Run(side.path+"/"+side.name+" "+allowed.String(), func(t *testing.T) {
				w := newWorld(t, func(c *sp.Config) { c.Choices.ClockSkew = skew })
				w.wantPortal(w.signIn(ana, set(side.path, side.name, saml.FormatTime(good))), ana)
				w.freshBrowser()
				w.wantRefused(w.signIn(ana, set(side.path, side.name, saml.FormatTime(bad))),
					refusal.Refusal{Code: side.code, Message: notYou, Got: saml.FormatTime(bad), Where: "/Response/" + side.path + "/@" + side.name, Fix: refusal.Entra})
			})
		}
	}
}

// TestTimeWindowByTheClock: the same response, looked at from both sides of its
// window.
func TestTimeWindowByTheClock(t *testing.T) {
	w := newWorld(t)
	early := w.entra.signed(w.center, ana, "", set("Assertion/Conditions", "NotBefore", saml.FormatTime(start.Add(10*time.Minute))))
	w.wantRefused(w.post(early, ""), refusal.Refusal{Code: "NotYetValid", Message: notYou, Where: "/Response/Assertion/Conditions/@NotBefore", Fix: refusal.Entra})
	w.clock.Advance(7 * time.Minute)
	w.wantPortal(w.follow(w.post(early, "")), ana) // the refused attempt did not use it up

	late := w.entra.signed(w.center, ana, "")
	w.freshBrowser()
	w.clock.Advance(64 * time.Minute)
	w.wantRefused(w.post(late, ""), refusal.Refusal{Code: "Expired", Message: notYou, Where: "/Response/Assertion/Subject/SubjectConfirmation", Fix: refusal.Entra})
}

// TestTimesThatAreNone are refused, not skipped.
func TestTimesThatAreNone(t *testing.T) {
	for _, test := range []struct {
		name, code string
		edit       func(*etree.Element)
	}{
		{"Conditions NotBefore", "NotYetValid", set("Assertion/Conditions", "NotBefore", "yesterday")},
		{"Conditions NotOnOrAfter", "Expired", set("Assertion/Conditions", "NotOnOrAfter", "tomorrow")},
		{"confirmation NotOnOrAfter", "Expired", set("Assertion/Subject/SubjectConfirmation/SubjectConfirmationData", "NotOnOrAfter", "0")},
		{"SessionNotOnOrAfter", "Expired", set("Assertion/AuthnStatement", "SessionNotOnOrAfter", "later")},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.wantRefused(w.signIn(ana, test.edit), refusal.Refusal{Code: test.code, Message: notYou, Where: "/Response/Assertion/", Fix: refusal.Entra})
		})
	}
}
