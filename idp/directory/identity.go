package directory

import "regexp"

// Identity is one place where a user can sign in, with the property names of
// Graph's objectIdentity.
type Identity struct {
	SignInType string `json:"signInType,omitempty"` // federated for a guest

	// Issuer is, for a guest of another Entra tenant, that tenant's id (Graph shows
	// a domain, from which the id does not follow) or ExternalAzureAD where it does
	// not matter; MicrosoftAccount for a personal account; else the domain or the
	// name of the provider, such as google.com or mail.
	Issuer string `json:"issuer"`

	IssuerAssignedID string `json:"issuerAssignedId,omitempty"`
}

// Values of Identity.Issuer that the portal shows for guests
// (learn.microsoft.com, "Properties of a Microsoft Entra B2B collaboration
// user").
const (
	IssuerExternalAzureAD  = "ExternalAzureAD"
	IssuerMicrosoftAccount = "MicrosoftAccount"
)

// Tenant returns the id of the Entra tenant that the issuer names, or nothing.
func (i Identity) Tenant() string {
	if isGUID(i.Issuer) {
		return i.Issuer
	}
	return ""
}

var guid = regexp.MustCompile(`^[[:xdigit:]]{8}-(?:[[:xdigit:]]{4}-){3}[[:xdigit:]]{12}$`)

func isGUID(s string) bool { return guid.MatchString(s) }
