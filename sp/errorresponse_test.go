package sp_test

import (
	"strings"
	"testing"

	"github.com/idharness/harness/internal/refusal"
)

// TestErrorResponseIsQuoted: what the identity provider says of its failure is
// what a reader wants to see, not that an assertion is missing.
func TestErrorResponseIsQuoted(t *testing.T) {
	w := newWorld(t)
	response := w.entra.response(w.center, ana, "")
	remove("Assertion")(response)
	set("Status/StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:Responder")(response)
	element(at(response, "Status"), "samlp:StatusMessage", "AADSTS50105")
	why := w.wantRefused(w.post(write(t, response), ""), refusal.Refusal{Code: "StatusNotSuccess", Message: unexpected, Got: "AADSTS50105", Where: "/Response/Status", Fix: refusal.Entra})
	if !strings.Contains(why.Got, "status:Responder") {
		t.Errorf("got %q", why.Got)
	}
}

// TestNoAssertion: a response of status Success without any assertion.
func TestNoAssertion(t *testing.T) {
	w := newWorld(t)
	response := w.entra.response(w.center, ana, "")
	remove("Assertion")(response)
	w.wantRefused(w.post(write(t, response), ""), refusal.Refusal{Code: "AssertionCount", Message: unexpected, Got: "0", Where: "/Response", Fix: refusal.Entra})
}
