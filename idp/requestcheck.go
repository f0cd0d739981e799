package idp

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

// checkRequest judges what a request asks for, once it is known who asks.
func (t *Tenant) checkRequest(r *http.Request, root *etree.Element, req *authnRequest) *refusal.Refusal {
	choices := t.Choices()
	if choices.CheckDestination {
		if refused := t.checkDestination(r, root); refused != nil {
			return refused
		}
	}
	if choices.RequestMaxAge > 0 {
		if refused := checkAge(root, t.clock.Now(), choices.RequestMaxAge); refused != nil {
			return refused
		}
	}
	if refused := checkProperties(root); refused != nil {
		return refused
	}
	if choices.RefuseSPNameQualifier && req.SPQualifier != "" {
		return aadsts(75006, text75006+" "+text90011, refusal.Refusal{
			Expected: "a NameIDPolicy without SPNameQualifier", Got: fmt.Sprintf("SPNameQualifier=%q", req.SPQualifier), Where: "/AuthnRequest/NameIDPolicy/@SPNameQualifier", Fix: refusal.Request,
		})
	}
	return nil
}

// checkProperties judges elements and attributes by the rules of
// learn.microsoft.com, "Single sign-on SAML protocol".
func checkProperties(root *etree.Element) *refusal.Refusal {
	if subject := document.Child(root, saml.NSAssertion, "Subject"); subject != nil {
		return unsupported("Subject", subject, "no Subject; send login_hint in the query instead")
	}
	if scoping := document.Child(root, saml.NSProtocol, "Scoping"); scoping != nil && (len(scoping.ChildElements()) > 0 || document.Attr(scoping, "ProxyCount") != "") {
		return unsupported("Scoping", scoping, "no Scoping, or an empty one")
	}
	if refused := checkComparison(root); refused != nil {
		return refused
	}
	if b := document.Attr(root, "ProtocolBinding"); b != "" && b != saml.BindingPOST {
		return aadsts(750032, fmt.Sprintf(text750032, b), refusal.Refusal{
			Expected: saml.BindingPOST, Got: b, Where: document.Path(root) + "/@ProtocolBinding", Fix: refusal.Request,
		})
	}
	if policy := document.Child(root, saml.NSProtocol, "NameIDPolicy"); policy != nil {
		if err := claims.CheckRequestedFormat(document.Attr(policy, "Format")); err != nil {
			if why, ok := refusal.From(err); ok {
				return why
			}
			return notSAML("a NameIDPolicy", err.Error(), document.Path(policy))
		}
	}
	return nil
}

// checkDestination compares Destination, if there is one, with the addresses of
// the endpoint; default ports can be left out. Microsoft's page says that
// Destination is ignored, a report by somebody at Microsoft that it is not
// (MicrosoftDocs/entra-docs pull request 679, from where the text is).
func (t *Tenant) checkDestination(r *http.Request, root *etree.Element) *refusal.Refusal {
	destination := document.Attr(root, "Destination")
	if destination == "" {
		return nil
	}
	expected := []string{t.LoginURL()}
	accepted := append(slices.Clone(expected), t.BaseURL()+"/"+t.Domain()+"/saml2", t.BaseURL()+"/"+commonTenant+"/saml2", t.BaseURL()+r.URL.Path)
	for _, u := range accepted {
		if withoutPort(u) == withoutPort(destination) {
			return nil
		}
	}
	return aadsts(75008, fmt.Sprintf(text75008, destination, strings.Join(expected, ", ")), refusal.Refusal{
		Expected: strings.Join(accepted[:3], " or "), Got: destination, Where: document.Path(root) + "/@Destination", Fix: refusal.Request,
	})
}

// withoutPort writes a URL in lower case and without its default port.
func withoutPort(u string) string {
	scheme, host, rest, ok := splitURL(strings.ToLower(u))
	if !ok {
		return u
	}
	switch scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return scheme + "://" + host + rest
}

// checkAge refuses a request that was issued longer ago than a tenant allows
// (learn.microsoft.com, "Microsoft Entra authentication and authorization error
// codes", AADSTS76026; how long that is, is not published).
func checkAge(root *etree.Element, now time.Time, limit time.Duration) *refusal.Refusal {
	text, where := document.Attr(root, "IssueInstant"), document.Path(root)+"/@IssueInstant"
	issued, err := saml.ParseTime(text)
	if err != nil {
		return notSAML("an IssueInstant such as "+saml.FormatTime(now), text, where)
	}
	if now.Sub(issued) <= limit {
		return nil
	}
	return aadsts(76026, text76026, refusal.Refusal{
		Expected: "an IssueInstant not before " + saml.FormatTime(now.Add(-limit)), Got: text, Where: where, Fix: refusal.Request,
		Hint: "set the clock of the service provider, and let it make a request when it sends it",
	})
}
