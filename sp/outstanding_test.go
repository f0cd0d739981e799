package sp_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/binding"
)

const inResponseTo = "/Response/Assertion/Subject/SubjectConfirmation/SubjectConfirmationData/@InResponseTo"

// TestInResponseToNamesAnOutstandingRequest: a request is answered once, in
// time, and by the identity provider to which it went (saml-profiles-2.0-os,
// section 4.1.4.3; CVE-2026-9098, CVE-2026-49284). The event's text has been
// seen in CloudTrail.
func TestInResponseToNamesAnOutstandingRequest(t *testing.T) {
	for _, test := range []struct {
		name, hint string
		// spoil gets a request that is outstanding and returns the id to answer.
		spoil func(w *world, id, relayState string) string
	}{
		{"unknown", "no request with this id is known here", func(*world, string, string) string { return "aws_made-up" }},
		{"answered twice", "has been answered already", func(w *world, id, relayState string) string {
			w.wantPortal(w.follow(w.post(w.entra.signed(w.center, ana, id), relayState)), ana)
			w.freshBrowser()
			return id
		}},
		{"expired", "older than 15m0s", func(w *world, id, _ string) string {
			w.clock.Advance(15*time.Minute + time.Second)
			return id
		}},
		{"sent to another identity provider", "this request went to https://other.example/", func(w *world, _, _ string) string {
			trusted := w.entra.metadata()
			if err := w.center.UploadIdPMetadata([]byte(strings.Replace(trusted, entraIssuer, "https://other.example/", 1))); err != nil {
				w.t.Fatal(err)
			}
			request, _ := w.startAtPortal()
			if err := w.center.UploadIdPMetadata([]byte(trusted)); err != nil {
				w.t.Fatal(err)
			}
			return request.SelectAttrValue("ID", "")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			request, relayState := w.startAtPortal()
			id := test.spoil(w, request.SelectAttrValue("ID", ""), relayState)
			why := w.wantRefused(w.post(w.entra.signed(w.center, ana, id), relayState), refusal.Refusal{Code: "InResponseTo", Message: unexpected, Got: id, Where: inResponseTo, Fix: refusal.Request})
			if !strings.Contains(why.Hint, test.hint) {
				t.Errorf("hint %q, want it to say %q", why.Hint, test.hint)
			}
			if got, want := w.lastEvent().ErrorMessage, "Not a valid response for the provided request id: "+id; got != want {
				t.Errorf("errorMessage = %q, want %q", got, want)
			}
		})
	}
}

// TestRequestIsOutstandingForFifteenMinutes: AWS publishes no number.
func TestRequestIsOutstandingForFifteenMinutes(t *testing.T) {
	w := newWorld(t)
	request, relayState := w.startAtPortal()
	w.clock.Advance(15 * time.Minute)
	w.startAtPortal() // others come and go
	w.wantPortal(w.follow(w.post(w.entra.signed(w.center, ana, request.SelectAttrValue("ID", "")), relayState)), ana)
}

// TestForgedResponseDoesNotUseUpTheRequest: else a stranger could keep people
// out.
func TestForgedResponseDoesNotUseUpTheRequest(t *testing.T) {
	w := newWorld(t)
	request, relayState := w.startAtPortal()
	id := request.SelectAttrValue("ID", "")
	forged := newEntra(t, w.clock, 1).signed(w.center, ana, id)
	w.wantRefused(w.post(forged, relayState), refusal.Refusal{Code: "UntrustedCertificate", Message: notYou, Where: "/Response/Assertion/Signature", Fix: refusal.IdentityCenter})
	w.wantPortal(w.follow(w.post(w.entra.signed(w.center, ana, id), relayState)), ana)
}

// TestRelayStateComesBack: the responder must place the exact data that it
// received (saml-bindings-2.0-os, section 3.5.3).
func TestRelayStateComesBack(t *testing.T) {
	for name, relayState := range map[string]string{"none": "", "another": "x", "one that goes on": "sent+x"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			request, sent := w.startAtPortal()
			got := strings.Replace(relayState, "sent", sent, 1)
			p := w.post(w.entra.signed(w.center, ana, request.SelectAttrValue("ID", "")), got)
			if got == "" {
				got = "none"
			}
			w.wantRefused(p, refusal.Refusal{Code: "RelayState", Message: unexpected, Got: got, Where: "form field RelayState", Fix: refusal.Entra})
		})
	}
}

// TestReplayIsRefused: the same assertion opens one session, also when it comes
// twice at the same moment (saml-profiles-2.0-os, section 4.1.4.5;
// CVE-2026-45720).
func TestReplayIsRefused(t *testing.T) {
	w := newWorld(t)
	response := w.entra.signed(w.center, ana, "")
	w.wantPortal(w.follow(w.post(response, "")), ana)
	id := at(parse(t, response).Root(), "Assertion").SelectAttrValue("ID", "")
	want := refusal.Refusal{Code: "Replay", Message: unexpected, Got: id + " again", Where: "/Response/Assertion/@ID", Fix: refusal.Request}
	w.freshBrowser()
	w.wantRefused(w.post(response, ""), want)
	// As long as the assertion itself is good: an hour and the skew.
	w.clock.Advance(63*time.Minute - time.Second)
	w.post(w.entra.signed(w.center, "bob@contoso.example", ""), "")
	w.wantRefused(w.post(response, ""), want)
	w.clock.Advance(time.Second)
	w.wantRefused(w.post(response, ""), refusal.Refusal{Code: "Expired", Message: notYou, Where: "/Response/Assertion/Subject", Fix: refusal.Entra})
}

func TestReplayAtTheSameMomentOpensOneSession(t *testing.T) {
	w := newWorld(t)
	form := url.Values{"SAMLResponse": {binding.EncodePOST([]byte(w.entra.signed(w.center, ana, "")))}}
	statuses := make([]int, 8)
	var wg sync.WaitGroup
	for n := range statuses {
		wg.Go(func() {
			resp, err := w.client.PostForm(w.center.ACSURL(), form)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			statuses[n] = resp.StatusCode
		})
	}
	wg.Wait()
	slices.Sort(statuses)
	if want := append([]int{http.StatusFound}, slices.Repeat([]int{http.StatusBadRequest}, 7)...); !slices.Equal(statuses, want) {
		t.Errorf("statuses %v, want %v", statuses, want)
	}
}
