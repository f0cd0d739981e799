package idp

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/trace"
)

// ErrorDelivery says which errors reach the service provider as a SAML response
// instead of the browser as a page.
type ErrorDelivery string

// What reaches the service provider.
const (
	DeliverNone      ErrorDelivery = "none"      // every error is a page
	DeliverNoPassive ErrorDelivery = "noPassive" // only the failure of IsPassive
	DeliverAll       ErrorDelivery = "all"       // whatever goes wrong once the ACS is known
)

// refuseRequest refuses a sign-in that is under way: with the error page or,
// where the tenant chose so and a service provider asked, with a SAML response.
func (t *Tenant) refuseRequest(w http.ResponseWriter, r *http.Request, p *pending, why *refusal.Refusal) {
	delivery := t.Choices().SAMLErrors
	deliver := delivery == DeliverAll || delivery == DeliverNoPassive && why.Code == "AADSTS50058"
	if p.Request == nil || p.ACS == "" || !deliver {
		t.refuse(w, r, p.App, why)
		return
	}
	open := trace.From(r.Context())
	open.Refused("accepted", why.Error(), why)
	requestID := t.requestID()
	xml, err := t.errorResponse(p.Request.ID, requestID, why)
	if err != nil {
		t.internalError(w, r, err)
		return
	}
	open.Decode("SAMLResponse", string(xml))
	t.postToServiceProvider(w, requestID, p.ACS, binding.EncodePOST(xml), p.Relay)
}

// errorResponse writes the one error response that Microsoft documents
// (learn.microsoft.com, "Single sign-on SAML protocol", Status, a sample of
// 2013): no Destination, no signature, nested status codes, and a message that
// ends with the ids by which support finds the request.
func (t *Tenant) errorResponse(inResponseTo, traceID string, why *refusal.Refusal) ([]byte, error) {
	now := t.clock.Now()
	doc := etree.NewDocument()
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	response := doc.CreateElement("samlp:Response")
	response.CreateAttr("ID", "_"+t.ids.UUID())
	response.CreateAttr("Version", "2.0")
	response.CreateAttr("IssueInstant", saml.FormatTime(now))
	response.CreateAttr("InResponseTo", inResponseTo)
	response.CreateAttr("xmlns:samlp", saml.NSProtocol)
	issuer := response.CreateElement("Issuer")
	issuer.CreateAttr("xmlns", saml.NSAssertion)
	issuer.SetText(t.Issuer())
	status := response.CreateElement("samlp:Status")
	outer, inner := statusOf(why)
	code := status.CreateElement("samlp:StatusCode")
	code.CreateAttr("Value", saml.StatusPrefix+outer)
	code.CreateElement("samlp:StatusCode").CreateAttr("Value", saml.StatusPrefix+inner)
	status.CreateElement("samlp:StatusMessage").SetText(statusMessage(traceID, now, why))
	xml, err := doc.WriteToBytes()
	if err != nil {
		return nil, fmt.Errorf("write error response: %w", err)
	}
	return xml, nil
}

// statusMessage words a refusal as the sample does: AADSTS75006 around the code
// itself, then the ids.
func statusMessage(traceID string, now time.Time, why *refusal.Refusal) string {
	message := why.Code + ": " + why.Message
	if why.Code != "AADSTS75006" {
		message = "AADSTS75006: " + text75006 + " " + message
	}
	return strings.Join([]string{message, "Trace ID: " + traceID, "Timestamp: " + now.UTC().Format("2006-01-02 15:04:05Z")}, "\n")
}

// statusOf chooses the status codes (saml-core-2.0-os, section 3.2.2.2). Only
// Requester with RequestUnsupported is in the sample; UnsupportedBinding was seen
// of Entra's predecessor (aerialship/SamlSPBundle issue 24).
func statusOf(why *refusal.Refusal) (outer, inner string) {
	switch why.Code {
	case "AADSTS50058":
		return "Responder", "NoPassive"
	case "AADSTS75011":
		return "Responder", "NoAuthnContext"
	case "AADSTS750161":
		return "Requester", "InvalidNameIDPolicy"
	case "AADSTS750032":
		return "Requester", "UnsupportedBinding"
	case "AADSTS75008", "AADSTS76026":
		return "Requester", "RequestDenied"
	}
	if why.Fix != refusal.Request {
		return "Responder", "RequestDenied"
	}
	return "Requester", "RequestUnsupported"
}
