package idp

import (
	"fmt"
	"net/http"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/trace"
)

// serveSAML answers at …/saml2: AuthnRequests and LogoutRequests. A non-empty
// perApp is the application id of the per-app endpoint.
func (t *Tenant) serveSAML(w http.ResponseWriter, r *http.Request, perApp string) {
	open := trace.From(r.Context())
	open.Kind("saml", "SAML message")
	m, refused := readMessage(w, r)
	if refused != nil {
		t.refuse(w, r, nil, refused)
		return
	}
	open.Kind("saml", m.root.Tag)
	if document.Is(m.root, saml.NSProtocol, "LogoutRequest") {
		t.serveLogoutRequest(w, r, m)
		return
	}
	if document.Is(m.root, saml.NSProtocol, "LogoutResponse") {
		t.pages.Render(w, http.StatusOK, "signedout.html", t.view("Signed out", nil))
		return
	}
	req, refused := parseAuthnRequest(m.root)
	if refused != nil {
		t.refuse(w, r, nil, refused)
		return
	}
	app, refused := t.target(req, perApp, document.Path(m.root)+"/Issuer")
	if refused != nil {
		t.refuse(w, r, nil, refused)
		return
	}
	open.Check("application", true, req.Issuer+" is "+app.Name())
	if req, refused = t.verifiedRequest(r, m, req, app, perApp); refused != nil {
		t.refuse(w, r, app, refused)
		return
	}
	acs, refused := app.replyURL(req.ACS, req.Issuer)
	if refused != nil {
		t.refuse(w, r, app, refused)
		return
	}
	open.Check("reply URL", true, acs)
	p := &pending{Request: req, App: app, ACS: acs, Relay: m.relayState, LoginHint: r.URL.Query().Get("login_hint")}
	session, signedIn := t.sessions.find(r)
	switch {
	case signedIn && !req.ForceAuthn:
		t.complete(w, r, p, session)
	case req.IsPassive:
		t.refuse(w, r, app, aadsts(50058, text50058, refusal.Refusal{
			Expected: "a browser that is signed in", Got: "IsPassive without a session", Where: "/AuthnRequest/@IsPassive", Fix: refusal.Request,
		}))
	default:
		t.showSignIn(w, p, p.LoginHint, nil)
	}
}

// verifiedRequest returns the request as it may be used: read anew from what was
// signed where the application requires signed requests.
func (t *Tenant) verifiedRequest(r *http.Request, m *message, req *authnRequest, app *Application, perApp string) (*authnRequest, *refusal.Refusal) {
	signed, refused := t.verifyRequest(r, m, app, perApp)
	if refused != nil || signed == m.root {
		return req, refused
	}
	return parseAuthnRequest(signed)
}

// target finds the application that a request is for. The id of the per-app
// endpoint takes the place of the Issuer, in the response too
// (learn.microsoft.com, "Configure app multi-instancing": GUIDs only).
func (t *Tenant) target(req *authnRequest, perApp, where string) (*Application, *refusal.Refusal) {
	if perApp == "" {
		return t.appByIdentifier(req.Issuer, where)
	}
	app, ok := t.appByID(perApp)
	if !ok {
		return nil, t.noSuchApp(perApp, "URL path")
	}
	req.Issuer = app.appID
	return app, nil
}

// noSuchApp refuses an application id that stands in a URL.
func (t *Tenant) noSuchApp(id, where string) *refusal.Refusal {
	return aadsts(700016, fmt.Sprintf(text700016, id, t.displayName), refusal.Refusal{
		Expected: "the application id of an enterprise application", Got: id, Where: where, Fix: refusal.Request,
	})
}
