package sp_test

import (
	"testing"
	"time"
)

// TestNewDurationIsForNewSessions: user guide, "Configure the session duration".
func TestNewDurationIsForNewSessions(t *testing.T) {
	w := newWorld(t)
	w.wantPortal(w.signIn(ana), ana)
	if err := w.center.SetSessionDuration(15 * time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := w.center.SessionDuration(); got != 15*time.Minute {
		t.Errorf("duration %s", got)
	}
	w.clock.Advance(7 * time.Hour)
	w.wantPortal(w.get(w.center.PortalURL()), ana)
	w.freshBrowser()
	w.wantPortal(w.signIn(ana), ana)
	w.clock.Advance(15*time.Minute - time.Second)
	w.wantPortal(w.get(w.center.PortalURL()), ana)
	w.clock.Advance(time.Second)
	w.wantNoSession("after 15 minutes")
	for _, d := range []time.Duration{15*time.Minute - 1, 90*24*time.Hour + 1, 0, -time.Hour} {
		wantRefusal(t, w.center.SetSessionDuration(d), "ValidationException", d.String())
	}
	if err := w.center.SetSessionDuration(90 * 24 * time.Hour); err != nil {
		t.Error(err)
	}
}

// TestAdministratorEndsSessions: user guide, "View and end active sessions for
// your workforce users".
func TestAdministratorEndsSessions(t *testing.T) {
	w := newWorld(t)
	bob := w.addUser("bob@contoso.example")
	began := w.clock.Now()
	w.wantPortal(w.signIn(ana), ana)
	w.freshBrowser()
	w.clock.Advance(time.Minute)
	w.wantPortal(w.signIn(bob.UserName), bob.UserName)
	open := w.center.PortalSessions()
	if len(open) != 2 || open[1].UserName != bob.UserName || !open[0].Started.Equal(began) || open[0].Expires.Sub(open[0].Started) != 8*time.Hour {
		t.Fatalf("open sessions %+v", open)
	}
	ended, err := w.center.EndPortalSessions(bob.UserName)
	if err != nil || len(ended) != 1 || ended[0].UserName != bob.UserName || ended[0].UserID != bob.ID || ended[0].ID == "" {
		t.Fatalf("ended %+v, %v", ended, err)
	}
	w.wantNoSession("after an administrator ended it")
	if open := w.center.PortalSessions(); len(open) != 1 || open[0].UserName != ana {
		t.Errorf("open sessions %+v", open)
	}
	if ended, err := w.center.EndPortalSessions(bob.UserName); err != nil || len(ended) != 0 {
		t.Errorf("ended again: %+v, %v", ended, err)
	}
	// Whoever is on the way to the portal does not arrive there either.
	w.freshBrowser()
	request, relayState := w.startAtPortal()
	landing := w.post(w.entra.signed(w.center, bob.UserName, request.SelectAttrValue("ID", "")), relayState)
	if _, err := w.center.EndPortalSessions(bob.UserName); err != nil {
		t.Fatal(err)
	}
	w.get(landing.header.Get("Location"))
	w.wantNoSession("after it was ended on the way")
	w.clock.Advance(9 * time.Hour)
	if open := w.center.PortalSessions(); len(open) != 0 {
		t.Errorf("open after their end: %+v", open)
	}
	_, err = w.center.EndPortalSessions("nobody@contoso.example")
	wantRefusal(t, err, "ResourceNotFoundException", "nobody@contoso.example")
}
