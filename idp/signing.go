package idp

import (
	"cmp"
	"slices"

	"github.com/idharness/harness/internal/saml/signature"
)

// SigningOption says which parts of a response are signed.
type SigningOption string

// The signing options of the SAML Certificates card
// (learn.microsoft.com, "Advanced certificate signing options").
const (
	SignAssertion SigningOption = "assertion"
	SignResponse  SigningOption = "response"
	SignBoth      SigningOption = "both"
)

// Signing is how responses are signed.
type Signing struct {
	Option    SigningOption       `json:"option,omitempty" oneOf:"assertion|response|both" doc:"Which part is signed. Default: assertion."`
	Algorithm signature.Algorithm `json:"algorithm,omitempty" oneOf:"sha256|sha1" doc:"Digest and signature algorithm. Default: sha256."`
}

// orDefault fills in what was left out.
func (s Signing) orDefault() Signing {
	return Signing{cmp.Or(s.Option, SignAssertion), cmp.Or(s.Algorithm, signature.SHA256)}
}

func (s Signing) validate() error {
	s = s.orDefault()
	if !slices.Contains([]SigningOption{SignAssertion, SignResponse, SignBoth}, s.Option) {
		return invalid("There is no such signing option.", "assertion, response or both", string(s.Option), "signing.option")
	}
	if s.Algorithm != signature.SHA256 && s.Algorithm != signature.SHA1 {
		return invalid("There is no such signing algorithm.", "sha256 or sha1", string(s.Algorithm), "signing.algorithm")
	}
	return nil
}
