package idp

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/idharness/harness/internal/keys"
)

// Verification says whether an application takes signed requests only:
// "Verification certificates" in the portal (learn.microsoft.com, "Enforce
// signed SAML authentication requests").
type Verification struct {
	Required           bool     `json:"required,omitempty" doc:"Require verification certificates: take only AuthnRequests that one of them signed. Such an application cannot be started from My Apps."`
	Certificates       []string `json:"certificates,omitempty" doc:"The service provider's certificates, PEM or base64, in the order in which they were added."`
	AllowWeakAlgorithm bool     `json:"allowWeakAlgorithm,omitempty" doc:"Allow requests signed with RSA-SHA1."`
}

// parse reads the certificates.
func (v Verification) parse() ([]*x509.Certificate, error) {
	certs := make([]*x509.Certificate, len(v.Certificates))
	for i, text := range v.Certificates {
		cert, err := parseVerificationCertificate(text, fmt.Sprintf("verification.certificates[%d]", i))
		if err != nil {
			return nil, err
		}
		certs[i] = cert
	}
	return certs, nil
}

// parseVerificationCertificate reads one certificate as the portal takes it:
// PEM, or the base64 of its DER.
func parseVerificationCertificate(text, where string) (*x509.Certificate, error) {
	cert, err := keys.ParseCertificate([]byte(text))
	if errors.Is(err, keys.ErrNoPEM) {
		cert, err = parseBase64(text)
	}
	if err != nil {
		return nil, invalid("The certificate cannot be used for the verification of requests.", "one certificate with an RSA key, PEM or base64", err.Error(), where)
	}
	return cert, nil
}

func parseBase64(text string) (*x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil || len(der) == 0 {
		return nil, errors.New("text that is neither")
	}
	return keys.ParseDER(der)
}

// SetVerification says whether, and with which certificates, the signatures of
// requests are verified.
func (a *Application) SetVerification(v Verification) error {
	return a.Configure(func(c *ApplicationConfig) { c.Verification = v })
}
