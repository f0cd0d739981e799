package idp

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/trace"
)

// serveLogoutRequest signs out for an application. The NameID is not compared
// (learn.microsoft.com, "Single Sign-Out SAML protocol", note on NameID), unless
// the tenant chose so.
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
	if refused == nil {
		refused = t.logoutRefused(r, app, m.root)
	}
	if refused != nil {
		t.refuse(w, r, app, refused)
		return
	}
	t.beginSignOut(w, r, &signOut{App: app, RequestID: id, Relay: m.relayState})
}

// logoutRefused judges a LogoutRequest against the browser's sessions.
func (t *Tenant) logoutRefused(r *http.Request, app *Application, root *etree.Element) *refusal.Refusal {
	choices, path := t.Choices(), document.Path(root)
	if refused := t.logoutExpired(root, choices); refused != nil {
		return refused
	}
	accounts := t.sessions.accounts(r)
	if len(accounts) == 0 {
		return nil // there is nothing to end, and nothing wrong with that
	}
	if !slices.ContainsFunc(accounts, func(s session) bool { return t.takesPart(s, app) }) {
		return aadsts(50068, text50068, refusal.Refusal{
			Expected: "an application that got a response in this browser's session", Got: app.Name() + ", which got none", Where: path + "/Issuer", Fix: refusal.Request,
			Hint: "sign in at the application first, in the same browser",
		})
	}
	var indexes []string
	for _, e := range document.Children(root, saml.NSProtocol, "SessionIndex") {
		text, _ := document.Text(e)
		indexes = append(indexes, text)
	}
	if len(indexes) > 0 && !slices.ContainsFunc(indexes, func(index string) bool {
		return slices.ContainsFunc(accounts, func(s session) bool { return t.knownIndex(s, index) })
	}) {
		return aadsts(50070, text50070, refusal.Refusal{
			Expected: "the SessionIndex of a response in this browser's session, or none", Got: fmt.Sprintf("%q", indexes), Where: path + "/SessionIndex", Fix: refusal.Request,
		})
	}
	if choices.MatchLogoutNameID {
		return t.logoutNameIDRefused(app, root, accounts)
	}
	return nil
}

func (t *Tenant) takesPart(s session, app *Application) bool {
	return slices.ContainsFunc(t.sessions.participants(s.ID), func(p participant) bool { return p.AppID == app.appID })
}

// logoutExpired refuses a LogoutRequest after its NotOnOrAfter.
func (t *Tenant) logoutExpired(root *etree.Element, choices Choices) *refusal.Refusal {
	end := document.Attr(root, "NotOnOrAfter")
	if end == "" || choices.IgnoreLogoutExpiry {
		return nil
	}
	now, where := t.clock.Now(), document.Path(root)+"/@NotOnOrAfter"
	at, err := time.Parse(time.RFC3339, end)
	if err != nil {
		return notSAML("an xs:dateTime with a time zone", end, where)
	}
	if now.Before(at) {
		return nil
	}
	return aadsts(50071, text50071, refusal.Refusal{
		Expected: "a time after " + saml.FormatTime(now), Got: end, Where: where, Fix: refusal.Request, Hint: "compare the clocks of both sides",
	})
}

// logoutNameIDRefused compares the NameID with those that the application got in
// the session, for tenants that choose so.
func (t *Tenant) logoutNameIDRefused(app *Application, root *etree.Element, accounts []session) *refusal.Refusal {
	text, _ := document.Text(document.Child(root, saml.NSAssertion, "NameID"))
	for _, s := range accounts {
		if slices.ContainsFunc(t.sessions.participants(s.ID), func(p participant) bool {
			return p.AppID == app.appID && slices.Contains(p.NameIDs, text)
		}) {
			return nil
		}
	}
	return aadsts(50070, text50070, refusal.Refusal{
		Expected: "the NameID of a response in this browser's session", Got: text, Where: document.Path(root) + "/NameID", Fix: refusal.Request,
	})
}

// serveLogoutResponse takes an application's answer to a LogoutRequest of ours
// and tells the next one. Whatever its status, the sign-out goes on.
func (t *Tenant) serveLogoutResponse(w http.ResponseWriter, r *http.Request, m *message) {
	o, ok := t.signOuts.take(document.Attr(m.root, "InResponseTo"))
	if !ok { // the answer of a frame, or of nobody whom we asked
		t.pages.Render(w, http.StatusOK, "signedout.html", t.view("Signed out", nil))
		return
	}
	code := document.Attr(document.Child(document.Child(m.root, saml.NSProtocol, "Status"), saml.NSProtocol, "StatusCode"), "Value")
	trace.From(r.Context()).Check("LogoutResponse", code == saml.StatusSuccess, code)
	t.tellNext(w, r, o)
}

// logoutRequestTo makes the LogoutRequest by which an application learns of a
// sign-out, and the address that carries it. Its NameID is the pairwise id
// without a Format, whatever the application's NameID is (azure-docs issues
// 29978 and 41409).
func (t *Tenant) logoutRequestTo(r *http.Request, app *Application, o *signOut) (id, location string, err error) {
	id = "_" + t.ids.UUID()
	doc := etree.NewDocument()
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	root := t.logoutMessage(doc, "LogoutRequest", id, "")
	name := root.CreateElement("NameID")
	name.CreateAttr("xmlns", saml.NSAssertion)
	name.SetText(app.claimsConfiguration().PairwiseID(claims.Subject{TenantID: t.ID(), AppID: app.appID, User: directory.User{ID: o.user}}))
	for _, index := range o.indexes[app.appID] {
		root.CreateElement("samlp:SessionIndex").SetText(index)
	}
	data, err := doc.WriteToBytes()
	if err != nil {
		return "", "", fmt.Errorf("write LogoutRequest to %s: %w", app.Name(), err)
	}
	trace.From(r.Context()).Decode("SAMLRequest", string(data))
	location, err = t.logoutLocation(app, app.settings().LogoutURL, "SAMLRequest", data, "")
	if err != nil {
		return "", "", fmt.Errorf("send LogoutRequest to %s: %w", app.Name(), err)
	}
	return id, location, nil
}

// logoutMessage begins a logout message of Entra's.
func (t *Tenant) logoutMessage(doc *etree.Document, name, id, inResponseTo string) *etree.Element {
	root := doc.CreateElement("samlp:" + name)
	root.CreateAttr("ID", id)
	root.CreateAttr("Version", "2.0")
	root.CreateAttr("IssueInstant", saml.FormatTime(t.clock.Now()))
	if inResponseTo != "" {
		root.CreateAttr("InResponseTo", inResponseTo)
	}
	root.CreateAttr("xmlns:samlp", saml.NSProtocol)
	issuer := root.CreateElement("Issuer")
	issuer.CreateAttr("xmlns", saml.NSAssertion)
	issuer.SetText(t.Issuer())
	if t.Choices().LogoutIssuer == LogoutIssuerLogin {
		issuer.SetText("https://login.microsoftonline.com/" + t.ID() + "/")
	}
	return root
}

func (t *Tenant) logoutResponse(requestID string) ([]byte, error) {
	doc := etree.NewDocument()
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	response := t.logoutMessage(doc, "LogoutResponse", "_"+t.ids.UUID(), requestID)
	response.CreateElement("samlp:Status").CreateElement("samlp:StatusCode").CreateAttr("Value", saml.StatusSuccess)
	data, err := doc.WriteToBytes()
	if err != nil {
		return nil, fmt.Errorf("write logout response: %w", err)
	}
	return data, nil
}
