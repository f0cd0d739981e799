package idp

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/trace"
)

// complete answers the request of somebody who is signed in: with My Apps, or
// with a response to the service provider.
func (t *Tenant) complete(w http.ResponseWriter, r *http.Request, p *pending, user directory.User, s session) {
	if p.App == nil {
		http.Redirect(w, r, t.MyAppsURL(), http.StatusFound)
		return
	}
	if refused := contextMismatch(p.Request, p.App.Name(), s.Methods); refused != nil {
		t.refuseRequest(w, r, p, refused)
		return
	}
	got, refused, err := t.issue(r, p, user, s)
	if err != nil {
		t.internalError(w, r, err)
		return
	}
	if refused != nil {
		t.refuseRequest(w, r, p, refused)
		return
	}
	t.sessions.joined(s.ID, p.App.appID, got)
	open := trace.From(r.Context())
	open.Decode("SAMLResponse", string(got.xml))
	// The Assertion bears the id of the request that issued it.
	t.postToServiceProvider(w, strings.TrimPrefix(got.assertionID, "_"), p.ACS, binding.EncodePOST(got.xml), p.Relay)
}

// issued is a response for a service provider, and what a LogoutRequest may
// repeat of it.
type issued struct {
	xml         []byte
	assertionID string // the SessionIndex too
	nameID      string
}

// issue decides whether the user may use the application and, if so, makes the
// signed response.
func (t *Tenant) issue(r *http.Request, p *pending, user directory.User, s session) (got issued, refused *refusal.Refusal, err error) {
	app, open := p.App, trace.From(r.Context())
	granted, refused := t.mayUse(app, user)
	if refused != nil {
		open.Refused("assignment", refused.Explanation(), refused)
		return issued{}, refused, nil
	}
	open.Check("assignment", true, fmt.Sprintf("assigned=%v required=%v", granted.assigned, app.settings().assignmentIsRequired()))

	subject := app.subject(user, granted, s.Methods)
	configuration := app.claimsConfiguration()
	facts := assertionFacts{Issuer: app.issuer(), ACS: p.ACS, AuthnInstant: s.AuthnInstant, ContextClass: saml.ACPassword}
	format, qualifier, identifier := "", "", ""
	if p.Request != nil {
		facts.RequestID, identifier = p.Request.ID, p.Request.Issuer
		format, qualifier = p.Request.NameIDFormat, p.Request.SPQualifier
	} else if identifiers := app.Identifiers(); len(identifiers) > 0 {
		identifier = identifiers[0]
	} else {
		identifier = app.appID
	}
	facts.Audience = configuration.Audience(audience(identifier))
	if facts.NameID, err = configuration.NameIDFor(subject, format, qualifier, t.ids.Bytes); err != nil {
		if r, ok := refusal.From(err); ok {
			return issued{}, r, nil
		}
		return issued{}, nil, fmt.Errorf("make NameID: %w", err)
	}
	if facts.Attributes, err = configuration.Attributes(subject); err != nil {
		if r, ok := refusal.From(err); ok {
			return issued{}, r, nil
		}
		return issued{}, nil, fmt.Errorf("make claims: %w", err)
	}
	xml, assertionID, err := app.buildResponse(facts)
	return issued{xml, assertionID, facts.NameID.Value}, nil, err
}

func (t *Tenant) groups(ids []string) []directory.Group {
	out := make([]directory.Group, 0, len(ids))
	for _, id := range ids {
		if g, ok := t.directory.Group(id); ok {
			out = append(out, g)
		}
	}
	return out
}
