package idp

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
)

// requestedContexts reads the class references of RequestedAuthnContext.
func requestedContexts(root *etree.Element) []string {
	var out []string
	requested := document.Child(root, saml.NSProtocol, "RequestedAuthnContext")
	for _, e := range document.Children(requested, saml.NSAssertion, "AuthnContextClassRef") {
		text, _ := document.Text(e)
		out = append(out, strings.Trim(text, " \t\r\n"))
	}
	return out
}

// contextMismatch refuses a request whose RequestedAuthnContext a sign-in with
// a password does not meet (learn.microsoft.com, "Error code AADSTS75011").
// PasswordProtectedTransport is not on Microsoft's list but works in practice
// (azure-docs issue 20550).
func contextMismatch(req *authnRequest, app string) *refusal.Refusal {
	if req == nil || len(req.Contexts) == 0 {
		return nil
	}
	names := make([]string, len(req.Contexts))
	for i, ref := range req.Contexts {
		switch ref {
		case saml.ACPassword, saml.ACPasswordProtected, saml.ACUnspecified:
			return nil
		}
		names[i] = contextName(ref)
	}
	return aadsts(75011, fmt.Sprintf(text75011, contextName(saml.ACPassword), strings.Join(names, ", "), app), refusal.Refusal{
		Expected: "a RequestedAuthnContext that a sign-in with a password meets, or none", Got: strings.Join(req.Contexts, ", "),
		Where: "/AuthnRequest/RequestedAuthnContext", Fix: refusal.Request, Hint: "leave RequestedAuthnContext out of the request, as most service providers can be told to",
	})
}

// contextName is how the error text names a class reference: the last part, with
// the two forms of its own that have been seen.
func contextName(ref string) string {
	switch ref {
	case saml.ACPasswordProtected:
		return "Password, ProtectedTransport"
	case saml.WindowsAuthenticated:
		return "WindowsIntegrated"
	}
	return ref[strings.LastIndex(ref, ":")+1:]
}
