package idp

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
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
	refuse := func(got string) error {
		return invalid("The certificate cannot be used for the verification of requests.", "one certificate with an RSA key, PEM or base64", got, where)
	}
	var der []byte
	if block, rest := pem.Decode([]byte(text)); block != nil {
		if block.Type != "CERTIFICATE" { // above all no private key: that one stays with the service provider
			return nil, refuse("a PEM block " + block.Type)
		}
		if strings.TrimSpace(string(rest)) != "" {
			return nil, refuse("something after the certificate")
		}
		der = block.Bytes
	} else {
		decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil || len(decoded) == 0 {
			return nil, refuse("text that is neither")
		}
		der = decoded
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, refuse(err.Error())
	}
	if _, ok := cert.PublicKey.(*rsa.PublicKey); !ok {
		return nil, refuse(fmt.Sprintf("a key %T", cert.PublicKey))
	}
	return cert, nil
}

// SetVerification says whether, and with which certificates, the signatures of
// requests are verified.
func (a *Application) SetVerification(v Verification) error {
	return a.Configure(func(c *ApplicationConfig) { c.Verification = v })
}
