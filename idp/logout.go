package idp

import (
	"fmt"
	"net/http"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/trace"
)

// serveLogoutRequest ends the browser's session and answers at the
// application's logout URL by redirect. The NameID is not compared
// (learn.microsoft.com, "Single Sign-Out SAML protocol", note on NameID).
func (t *Tenant) serveLogoutRequest(w http.ResponseWriter, r *http.Request, m *message) {
	if r.Method == http.MethodPost {
		t.refuse(w, r, nil, aadsts(50061, text50061, refusal.Refusal{
			Expected: "a LogoutRequest by the Redirect binding, the only one in the metadata", Got: "one by the POST binding", Where: document.Path(m.root), Fix: refusal.Request,
		}))
		return
	}
	id, issuer, refused := checkEnvelope(m.root)
	if refused != nil {
		t.refuse(w, r, nil, refused)
		return
	}
	app, refused := t.appByIdentifier(issuer, document.Path(m.root)+"/Issuer")
	if refused != nil {
		t.refuse(w, r, nil, refused)
		return
	}
	if s, ok := t.sessions.find(r); ok {
		t.sessions.end(w, s.ID)
		trace.From(r.Context()).Check("session", true, "ended")
	}
	target := app.settings().LogoutURL
	if target == "" {
		// Without a registered logout URL the user stays on Entra's page.
		t.pages.Render(w, http.StatusOK, "signedout.html", t.view("Signed out", nil))
		return
	}
	answer, err := t.logoutResponse(id)
	if err != nil {
		t.internalError(w, r, err)
		return
	}
	trace.From(r.Context()).Decode("SAMLResponse", string(answer))
	signer := app.signer()
	if signer == nil {
		t.internalError(w, r, fmt.Errorf("answer at the logout URL of %s: there is no certificate", app.Name()))
		return
	}
	location, err := signedRedirect(target, "SAMLResponse", answer, m.relayState, signer)
	if err != nil {
		t.internalError(w, r, fmt.Errorf("answer at the logout URL of %s: %w", app.Name(), err))
		return
	}
	http.Redirect(w, r, location, http.StatusFound)
}

func (t *Tenant) logoutResponse(requestID string) ([]byte, error) {
	doc := etree.NewDocument()
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	response := doc.CreateElement("samlp:LogoutResponse")
	response.CreateAttr("ID", "_"+t.ids.UUID())
	response.CreateAttr("Version", "2.0")
	response.CreateAttr("IssueInstant", saml.FormatTime(t.clock.Now()))
	response.CreateAttr("InResponseTo", requestID)
	response.CreateAttr("xmlns:samlp", saml.NSProtocol)
	issuer := response.CreateElement("Issuer")
	issuer.CreateAttr("xmlns", saml.NSAssertion)
	issuer.SetText(t.Issuer())
	response.CreateElement("samlp:Status").CreateElement("samlp:StatusCode").CreateAttr("Value", saml.StatusSuccess)
	data, err := doc.WriteToBytes()
	if err != nil {
		return nil, fmt.Errorf("write logout response: %w", err)
	}
	return data, nil
}

// serveSignOutPage ends the session from Entra's own pages.
func (t *Tenant) serveSignOutPage(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "sign-out")
	if s, ok := t.sessions.find(r); ok {
		t.sessions.end(w, s.ID)
	}
	t.pages.Render(w, http.StatusOK, "signedout.html", t.view("Signed out", nil))
}
