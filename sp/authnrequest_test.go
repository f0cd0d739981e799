package sp_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/browser"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/web"
)

const saml2Redirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"

// TestAuthnRequest: unsigned, an id that begins with aws_ (both seen), the
// entity ID as Issuer, the ACS URL, e-mail NameIDs, and nothing that asks for
// more.
func TestAuthnRequest(t *testing.T) {
	w := newWorld(t)
	p := w.get(w.center.PortalURL())
	target, err := url.Parse(p.header.Get("Location"))
	if p.status != http.StatusFound || err != nil {
		t.Fatalf("status %d, Location %q", p.status, p.header.Get("Location"))
	}
	query := target.Query()
	target.RawQuery = ""
	if target.String() != entraSSO {
		t.Errorf("the browser is sent to %s, want %s", target, entraSSO)
	}
	for name := range query {
		if name != "SAMLRequest" && name != "RelayState" {
			t.Errorf("query parameter %s: requests are not signed", name)
		}
	}
	if relayState := query.Get("RelayState"); relayState == "" || len(relayState) > 80 {
		t.Errorf("RelayState %q, want 1 to 80 bytes (saml-bindings-2.0-os, section 3.4.3)", relayState)
	}
	if got := p.header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
		t.Errorf("Cache-Control = %q (saml-bindings-2.0-os, section 3.4.5.1)", got)
	}
	xml, err := binding.Inflate(query.Get("SAMLRequest"))
	if err != nil {
		t.Fatal(err)
	}
	id := parse(t, string(xml)).Root().SelectAttrValue("ID", "")
	if !regexp.MustCompile(`^aws_[A-Za-z0-9_-]{43}$`).MatchString(id) {
		t.Errorf("ID = %q, want aws_ and an opaque token", id)
	}
	want := `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="` + id + `" Version="2.0" IssueInstant="2026-01-05T09:00:00.000Z" Destination="` + entraSSO + `"` +
		` ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" AssertionConsumerServiceURL="` + w.center.ACSURL() + `">` +
		`<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">` + w.center.EntityID() + `</saml:Issuer>` +
		`<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"/></samlp:AuthnRequest>`
	if diff := cmp.Diff(want, string(xml)); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if again, _ := w.startAtPortal(); again.SelectAttrValue("ID", "") == id {
		t.Error("two requests have one ID")
	}
	exchange := w.trace.Exchanges()[0]
	if len(exchange.Decoded) != 1 || exchange.Decoded[0].Name != "SAMLRequest" || exchange.Decoded[0].Text != string(xml) {
		t.Errorf("the trace decodes %+v, want the request", exchange.Decoded)
	}
}

// TestRedirectKeepsTheQueryOfTheSignInURL: an identity provider may put
// parameters of its own into the Location.
func TestRedirectKeepsTheQueryOfTheSignInURL(t *testing.T) {
	w := newWorld(t)
	if err := w.center.UploadIdPMetadata([]byte(strings.ReplaceAll(w.entra.metadata(), entraSSO, entraSSO+"?feature=a%2Fb"))); err != nil {
		t.Fatal(err)
	}
	if location := w.get(w.center.PortalURL()).header.Get("Location"); !strings.HasPrefix(location, entraSSO+"?feature=a%2Fb&SAMLRequest=") {
		t.Errorf("Location = %s", location)
	}
}

// TestPOSTBindingWhereTheMetadataHasNoRedirect: the form submits itself in a
// browser and carries the request and RelayState (saml-bindings-2.0-os, section
// 3.5).
func TestPOSTBindingWhereTheMetadataHasNoRedirect(t *testing.T) {
	var form url.Values
	idp := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.ParseForm() == nil && r.Method == http.MethodPost {
			form = r.PostForm
		}
	}))
	t.Cleanup(idp.Close)
	w := newWorld(t)
	postOnly := strings.ReplaceAll(w.entra.metadata(), saml2Redirect, "urn:example:other")
	if err := w.center.UploadIdPMetadata([]byte(strings.ReplaceAll(postOnly, entraSSO, idp.URL+"/saml2"))); err != nil {
		t.Fatal(err)
	}
	b := browser.New(browser.Config{Clock: w.clock})
	t.Cleanup(b.Close)
	if _, err := b.Open(t.Context(), w.center.PortalURL()); err != nil {
		t.Fatal(err)
	}
	xml, err := binding.DecodePOST(form.Get("SAMLRequest"))
	if err != nil {
		t.Fatalf("the identity provider received %v: %v", form, err)
	}
	request := parse(t, string(xml)).Root()
	if got := request.SelectAttrValue("Destination", ""); got != idp.URL+"/saml2" {
		t.Errorf("Destination = %q", got)
	}
	if request.FindElement(".//Signature") != nil {
		t.Error("the request is signed")
	}
	// The response must carry this RelayState back.
	xmlResponse := w.entra.signed(w.center, ana, request.SelectAttrValue("ID", ""))
	w.wantPortal(w.follow(w.post(xmlResponse, form.Get("RelayState"))), ana)
}

// TestNoExternalIdP: with the Identity Center directory as identity source
// nobody is sent anywhere, and a response is refused.
func TestNoExternalIdP(t *testing.T) {
	w := newWorld(t)
	w.center.UseDirectory()
	if w.center.Source().External {
		t.Error("the identity source is still external")
	}
	want := refusal.Refusal{Code: "NoExternalIdP", Message: "Something doesn't compute", Got: "the Identity Center directory", Where: "Settings > Identity source", Fix: refusal.IdentityCenter}
	w.wantRefused(w.post(w.entra.signed(w.center, ana, ""), ""), want)
	p := w.get(w.center.PortalURL())
	if why, ok := script[refusal.Refusal](t, p, web.RefusalID); p.status != http.StatusBadRequest || !ok || why.Code != want.Code {
		t.Errorf("portal: status %d, %+v", p.status, why)
	}
}
