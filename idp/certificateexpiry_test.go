package idp_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/refusal"
)

// Entra writes 60, 30 and 7 days before the active certificate expires, to at
// most five addresses (learn.microsoft.com, "Manage certificates for federated
// single sign-on").
func TestExpiryNotices(t *testing.T) {
	const day = 24 * time.Hour
	w := newWire(t)
	people := []string{"ana@contoso.example", "ops@contoso.example"}
	if err := w.app.Configure(func(c *idp.ApplicationConfig) { c.NotificationEmailAddresses = people }); err != nil {
		t.Fatal(err)
	}
	c := w.app.Certificates()[0]
	w.clock.Advance(c.NotAfter.Sub(start) - 60*day - time.Second)
	if n := w.Notifications(); len(n) != 0 {
		t.Fatalf("too early: %+v", n)
	}
	for i, days := range []time.Duration{60, 30, 7} {
		var names []string
		for _, fired := range w.clock.Advance(c.NotAfter.Add(-days * day).Sub(w.clock.Now())) {
			names = append(names, fired.Name)
		}
		notices := w.Notifications()
		if len(notices) != i+1 || !slices.Contains(names, idp.ExpiryNoticeTimer) {
			t.Fatalf("%d days before: %+v, timers %v", days, notices, names)
		}
		n := notices[i]
		if !slices.Equal(n.To, people) || n.Thumbprint != c.Thumbprint || n.Application != "Wiki" || !n.Time.Equal(c.NotAfter.Add(-days*day)) {
			t.Errorf("%d days before: %+v", days, n)
		}
	}
	var names []string
	for _, fired := range w.clock.Advance(8 * day) {
		names = append(names, fired.Name)
	}
	if !slices.Contains(names, idp.ExpiryTimer) || len(w.Notifications()) != 3 {
		t.Errorf("at the end: timers %v, %d notices", names, len(w.Notifications()))
	}
}

// Nobody is written to where no address is, nor about a certificate that is
// inactive or deleted by then.
func TestNoExpiryNotice(t *testing.T) {
	w := newWire(t)
	silent := w.create(idp.ApplicationConfig{Name: "Silent"})
	first := w.app.Certificates()[0]
	if err := w.app.Configure(func(c *idp.ApplicationConfig) { c.NotificationEmailAddresses = []string{"ops@contoso.example"} }); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(year)
	next, err := w.app.AddCertificate()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.app.ActivateCertificate(next.Thumbprint); err != nil {
		t.Fatal(err)
	}
	third, err := w.app.AddCertificate()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.app.DeleteCertificate(third.Thumbprint); err != nil {
		t.Fatal(err)
	}
	var ends []time.Time
	for _, fired := range w.clock.Advance(5 * year) {
		if fired.Name == idp.ExpiryTimer {
			ends = append(ends, fired.At)
		}
	}
	for _, n := range w.Notifications() {
		if n.Thumbprint != next.Thumbprint {
			t.Errorf("a notice about another than the active certificate: %+v", n)
		}
	}
	if n := len(w.Notifications()); n != 3 {
		t.Errorf("%d notices, want the active certificate's three", n)
	}
	// Each that is left ends, a second after its last one.
	want := []time.Time{first.NotAfter.Add(time.Second), silent.Certificates()[0].NotAfter.Add(time.Second), next.NotAfter.Add(time.Second)}
	if !slices.EqualFunc(ends, want, time.Time.Equal) {
		t.Errorf("certificates ended at %v, want %v", ends, want)
	}
}

func TestNotificationAddresses(t *testing.T) {
	w := newWire(t)
	for _, list := range [][]string{{"nobody"}, {"Ana <ana@contoso.example>"}, {"a@b.example", "b@b.example", "c@b.example", "d@b.example", "e@b.example", "f@b.example"}} {
		var why *refusal.Refusal
		err := w.app.Configure(func(c *idp.ApplicationConfig) { c.NotificationEmailAddresses = list })
		if !errors.As(err, &why) {
			t.Errorf("%v: %v", list, err)
		}
	}
}
