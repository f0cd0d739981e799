package sp

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/trace"
)

// noExternalIdP refuses what needs an external identity provider while the
// identity source is another.
func noExternalIdP(source SourceType) *refusal.Refusal {
	return &refusal.Refusal{
		Code: "NoExternalIdP", Message: textNoIdP, Expected: "an external identity provider as identity source", Got: source.title(),
		Where: "Settings > Identity source", Fix: refusal.IdentityCenter, Hint: "change the identity source and upload the identity provider's metadata",
	}
}

// sendToIdP sends the browser to the identity provider with an AuthnRequest, by
// the Redirect binding where the metadata offers it, else by POST.
func (i *Instance) sendToIdP(w http.ResponseWriter, r *http.Request) { i.sendToIdPAndBack(w, r, "") }

// sendToIdPAndBack is sendToIdP for another page of the portal than its first,
// to which the browser comes back.
func (i *Instance) sendToIdPAndBack(w http.ResponseWriter, r *http.Request, next string) {
	idp := i.provider()
	if idp == nil {
		i.refuse(w, r, noExternalIdP(i.Source().Type))
		return
	}
	id, relayState := "aws_"+i.ids.Token(43), i.ids.Token(64) // saml-bindings-2.0-os, section 3.4.3: at most 80 bytes
	i.requests.add(id, idp.entityID, relayState, next)

	if idp.redirectURL == "" || i.Choices().RequestBinding == BindingPOST && idp.postURL != "" {
		message := i.authnRequest(id, idp.postURL, i.acsFor(r))
		trace.From(r.Context()).Decode("SAMLRequest", string(message))
		i.pages.Render(w, http.StatusOK, "redirecting.html", i.view("Redirecting", redirectingPage{idp.postURL, binding.EncodePOST(message), relayState}))
		return
	}
	message := i.authnRequest(id, idp.redirectURL, i.acsFor(r))
	trace.From(r.Context()).Decode("SAMLRequest", string(message))
	location, err := binding.RedirectURL(idp.redirectURL, "SAMLRequest", message, relayState)
	if err != nil {
		i.internalError(w, r, fmt.Errorf("send AuthnRequest: %w", err))
		return
	}
	w.Header().Set("Cache-Control", "no-cache, no-store") // saml-bindings-2.0-os, section 3.4.5.1
	http.Redirect(w, r, location, http.StatusFound)
}

// redirectingPage is the form that carries an AuthnRequest by the POST binding.
type redirectingPage struct{ Action, SAMLRequest, RelayState string }

// authnRequest writes the request. It is unsigned and its id begins with aws_,
// as seen in CloudTrail; that NameIDPolicy and the ACS URL are in it follows
// from how other identity providers fail.
func (i *Instance) authnRequest(id, destination, acs string) []byte {
	var b bytes.Buffer
	b.WriteString(`<samlp:AuthnRequest xmlns:samlp="` + saml.NSProtocol + `" ID="` + id + `" Version="2.0" IssueInstant="` + saml.FormatTime(i.clock.Now()) + `" Destination="`)
	escape(&b, destination)
	b.WriteString(`" ProtocolBinding="` + saml.BindingPOST + `" AssertionConsumerServiceURL="`)
	escape(&b, acs)
	b.WriteString(`"><saml:Issuer xmlns:saml="` + saml.NSAssertion + `">`)
	escape(&b, i.EntityID())
	b.WriteString(`</saml:Issuer><samlp:NameIDPolicy Format="` + saml.NameIDEmailAddress + `"/></samlp:AuthnRequest>`)
	return b.Bytes()
}
