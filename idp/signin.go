package idp

import (
	"cmp"
	"fmt"
	"net/http"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/trace"
)

// serveSAML answers at …/saml2: AuthnRequests and LogoutRequests. tenant is what
// the path calls the tenant; a non-empty perApp is the application id of the
// per-app endpoint.
func (t *Tenant) serveSAML(w http.ResponseWriter, r *http.Request, tenant, perApp string) {
	open := trace.From(r.Context())
	open.Kind("saml", "SAML message")
	m, refused := readMessage(w, r)
	if refused != nil {
		t.refuse(w, r, nil, refused)
		return
	}
	open.Kind("saml", m.root.Tag)
	switch {
	case document.Is(m.root, saml.NSProtocol, "LogoutResponse"):
		t.serveLogoutResponse(w, r, m)
	case m.parameter == "SAMLResponse":
		t.refuse(w, r, nil, refuseResponse(m.root))
	case document.Is(m.root, saml.NSProtocol, "LogoutRequest"):
		t.serveLogoutRequest(w, r, m)
	default:
		t.serveAuthnRequest(w, r, m, tenant, perApp)
	}
}

// serveAuthnRequest begins a sign-in that a service provider asks for, or goes
// on with the session that there is.
func (t *Tenant) serveAuthnRequest(w http.ResponseWriter, r *http.Request, m *message, tenant, perApp string) {
	open := trace.From(r.Context())
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
	if refused := app.refuseCommon(tenant); refused != nil {
		t.refuse(w, r, app, refused)
		return
	}
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
	if app.isLaunch(req.ID) {
		p.Request, p.Relay = nil, app.settings().RelayState
	}
	if refused := t.checkRequest(r, m.root, req); refused != nil {
		t.refuseRequest(w, r, p, refused)
		return
	}
	if fault := t.faults.take(requestFaults); fault != nil {
		t.refuseRequest(w, r, p, t.fault(fault, app, ""))
		return
	}
	t.begin(w, r, p)
}

// verifiedRequest returns the request as it may be used: read anew from what was
// signed where the application requires signed requests.
func (t *Tenant) verifiedRequest(r *http.Request, m *message, req *authnRequest, app *Application, perApp string) (*authnRequest, *refusal.Refusal) {
	if app.isLaunch(req.ID) {
		return req, app.refuseLaunch()
	}
	signed, refused := t.verifyRequest(r, m, app, perApp)
	if refused != nil || signed == m.root {
		return req, refused
	}
	m.root = signed
	return parseAuthnRequest(signed)
}

// refuseResponse refuses what came as SAMLResponse and answers no LogoutRequest:
// users of other identity providers do not sign in here.
func refuseResponse(root *etree.Element) *refusal.Refusal {
	path := document.Path(root)
	if document.Is(root, saml.NSProtocol, "Response") || document.Is(root, saml.NSAssertion, "Assertion") {
		return notSAML("a LogoutResponse: the tenant has no federated domain", root.FullTag(), path)
	}
	return aadsts(7500514, text7500514, refusal.Refusal{
		Expected: "a response in the parameter SAMLResponse", Got: root.FullTag(), Where: path, Fix: refusal.Request, Hint: "requests come in the parameter SAMLRequest",
	})
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
	return aadsts(700016, fmt.Sprintf(text700016, id, t.DisplayName()), refusal.Refusal{
		Expected: "the application id of an enterprise application", Got: cmp.Or(id, "none"), Where: where, Fix: refusal.Request,
	})
}
