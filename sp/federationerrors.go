package sp

import (
	"net/http"

	"github.com/idharness/harness/internal/refusal"
)

// FederationError is what STS makes of a refused SAML response.
type FederationError struct {
	Status  int
	Service string
	Code    string
	Message string
}

const (
	serviceSTS      = "AWSSecurityTokenService"
	serviceManifest = "AWSOpenIdDiscoveryService"

	textInvalidSAML = "Your request included an invalid SAML response. To logout, click here."
)

// FederationErrorOf tells a refusal of a SAML response in the words and codes of
// STS (IAM user guide, "Troubleshoot SAML federation with IAM"; STS API
// reference, AssumeRoleWithSAML, Errors). What is not among them is an invalid
// response.
func FederationErrorOf(why *refusal.Refusal) FederationError {
	sts := func(code, message string) FederationError {
		return FederationError{http.StatusBadRequest, serviceSTS, code, message}
	}
	switch why.Code {
	case "AssertionNotSigned", "InvalidSignature", "UntrustedCertificate", "CertificateExpired", "SignatureMismatch", "SignatureAlgorithm", "SignatureStructure":
		return sts("InvalidIdentityToken", "Response signature invalid")
	case "WrongIssuer":
		return FederationError{http.StatusBadRequest, serviceManifest, "AuthSamlInvalidSamlResponseException", "Issuer not present in specified provider"}
	case "ProviderUnknown":
		return FederationError{http.StatusBadRequest, serviceManifest, "AuthSamlManifestNotFoundException", why.Message}
	case "WrongAudience":
		return sts("InvalidIdentityToken", "Response does not contain the required audience.")
	case "NotRedeemed", "Expired", "NotYetValid":
		return sts("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
	case "RoleSessionNameMissing":
		return sts("InvalidIdentityToken", "RoleSessionName is required in AuthnResponse")
	case "RoleSessionNamePattern":
		return sts("InvalidIdentityToken", "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
	case "SourceIdentityPattern":
		return sts("InvalidIdentityToken", `Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"`)
	case "DurationExceedsMaximum":
		return sts("ValidationError", why.Message)
	case "NotAuthorized", "NameIDMissing":
		return FederationError{http.StatusForbidden, serviceSTS, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML"}
	}
	return sts("InvalidIdentityToken", textInvalidSAML)
}
