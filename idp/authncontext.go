package idp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness/idp/claims"
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

// checkComparison: the comparison must be exact, which is also what none means
// (learn.microsoft.com, "Single sign-on SAML protocol", RequestedAuthnContext;
// saml-core-2.0-os, section 3.3.2.2.1). The text has the value as .NET writes
// the member of an enumeration (centreon/centreon issue 5166).
func checkComparison(root *etree.Element) *refusal.Refusal {
	requested := document.Child(root, saml.NSProtocol, "RequestedAuthnContext")
	comparison := document.Attr(requested, "Comparison")
	if comparison == "" || comparison == "exact" {
		return nil
	}
	shown := comparison
	switch comparison {
	case "minimum", "maximum", "better":
		shown = strings.ToUpper(comparison[:1]) + comparison[1:]
	}
	return aadsts(900235, fmt.Sprintf(text900235, shown), refusal.Refusal{
		Expected: `Comparison="exact", or none`, Got: fmt.Sprintf("Comparison=%q", comparison), Where: document.Path(requested) + "/@Comparison", Fix: refusal.Request,
	})
}

// methodFlag is a way to sign in, as the text of AADSTS75011 names it.
type methodFlag string

// The names, in the order in which they stand in the texts that people have
// met, such as 'X509, MultiFactor, X509Device' (OpenCTI-Platform/opencti issue
// 7607) and 'MultiFactor, Fido, X509Device' (grokability/snipe-it issue 17375).
const (
	flagPassword          methodFlag = "Password"
	flagProtected         methodFlag = "ProtectedTransport"
	flagWindowsIntegrated methodFlag = "WindowsIntegrated"
	flagX509              methodFlag = "X509"
	flagMultiFactor       methodFlag = "MultiFactor"
	flagOneTimePasscode   methodFlag = "OneTimePasscode"
	flagFido              methodFlag = "Fido"
	flagX509Device        methodFlag = "X509Device"
)

// flagOrder ranks a flag in the texts.
func flagOrder(f methodFlag) int {
	return slices.Index([]methodFlag{flagPassword, flagProtected, flagWindowsIntegrated, flagX509, flagMultiFactor, flagOneTimePasscode, flagFido, flagX509Device}, f)
}

// Methods that authnmethodsreferences has no published value for; sessions hold
// them beside those of package claims.
const (
	methodFido            = "fido"
	methodX509Device      = "x509device"
	methodOneTimePasscode = "onetimepasscode"
)

// methodFlags names the methods by which a session was begun.
func methodFlags(methods []string) []methodFlag {
	var flags []methodFlag
	for _, method := range methods {
		switch method {
		case claims.MethodPassword, claims.MethodPasswordProtectedTransport:
			flags = append(flags, flagPassword)
		case claims.MethodWindows:
			flags = append(flags, flagWindowsIntegrated)
		case claims.MethodX509:
			flags = append(flags, flagX509)
		case claims.MethodMultipleAuthn:
			flags = append(flags, flagMultiFactor)
		case methodOneTimePasscode:
			flags = append(flags, flagOneTimePasscode)
		case methodFido:
			flags = append(flags, flagFido)
		case methodX509Device:
			flags = append(flags, flagX509Device)
		}
	}
	slices.SortFunc(flags, func(a, b methodFlag) int { return flagOrder(a) - flagOrder(b) })
	return slices.Compact(flags)
}

// contextMismatch refuses a request whose RequestedAuthnContext the session's
// methods (values of authnmethodsreferences) do not meet: it takes one of the
// class references (learn.microsoft.com, "Error code AADSTS75011"). A second
// factor does no harm: who asks for a password gets one with it
// (derricksmith/phpsaml issue 27).
func contextMismatch(req *authnRequest, app string, methods []string) *refusal.Refusal {
	if req == nil || len(req.Contexts) == 0 {
		return nil
	}
	actual := methodFlags(methods)
	names := make([]string, len(req.Contexts))
	for i, ref := range req.Contexts {
		if meetsContext(ref, actual) {
			return nil
		}
		names[i] = contextName(ref)
	}
	return aadsts(75011, fmt.Sprintf(text75011, joinFlags(actual), strings.Join(names, ", "), app), refusal.Refusal{
		Expected: "a RequestedAuthnContext that a sign-in by " + joinFlags(actual) + " meets, or none", Got: strings.Join(req.Contexts, ", "),
		Where: "/AuthnRequest/RequestedAuthnContext", Fix: refusal.Request,
		Hint: `leave RequestedAuthnContext out of the request, as most service providers can be told to, or send ForceAuthn="true" with it`,
	})
}

// meetsContext reports whether a session has what a class reference asks for.
// Of the references on Microsoft's list, those for which no way to sign in is
// known (Kerberos, PGP, SecureRemotePassword, XMLDSig, SPKI, Smartcard,
// SmartcardPKI, TLSClient) are never met. PasswordProtectedTransport is not on
// the list but works in practice (azure-docs issue 20550).
func meetsContext(ref string, actual []methodFlag) bool {
	switch ref {
	case saml.ACPassword, saml.ACPasswordProtected:
		return slices.Contains(actual, flagPassword)
	case saml.WindowsAuthenticated:
		return slices.Contains(actual, flagWindowsIntegrated)
	case saml.ACX509:
		return slices.Contains(actual, flagX509) // derricksmith/phpsaml issue 27
	case claims.MethodMultipleAuthn:
		return slices.Contains(actual, flagMultiFactor)
	}
	// Microsoft's list writes Unspecified, the standard unspecified.
	return strings.EqualFold(ref, saml.ACUnspecified)
}

// contextName is how the error text names a class reference: the last part, with
// the two forms of its own that have been seen.
func contextName(ref string) string {
	switch ref {
	case saml.ACPasswordProtected:
		return joinFlags([]methodFlag{flagPassword, flagProtected})
	case saml.WindowsAuthenticated:
		return string(flagWindowsIntegrated)
	case claims.MethodMultipleAuthn:
		return string(flagMultiFactor)
	}
	return ref[strings.LastIndex(ref, ":")+1:]
}

func joinFlags(flags []methodFlag) string {
	names := make([]string, len(flags))
	for i, f := range flags {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}
