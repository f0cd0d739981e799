package idp

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"

	"github.com/idharness/harness/internal/saml/binding"
)

// signedRedirect makes the address by which Entra hands a message to a service
// provider in the Redirect binding: signed, with Signature before SigAlg and
// with lower-case percent-escapes, as service providers report (php-saml issues
// 243 and 433, pysaml2 issue 957). The signature is over the octets as they are
// sent, in the order that saml-bindings-2.0-os, section 3.4.4.1 prescribes:
// whoever escapes them anew before verifying fails here as there.
func signedRedirect(endpoint, parameter string, message []byte, relayState string, signer *certificate) (string, error) {
	target, err := url.Parse(endpoint)
	if err != nil {
		return "", fmt.Errorf("parse endpoint: %w", err)
	}
	packed, err := binding.Deflate(message)
	if err != nil {
		return "", err
	}
	carried := parameter + "=" + lowerEscape(packed)
	if relayState != "" {
		carried += "&RelayState=" + lowerEscape(relayState)
	}
	algorithm := "SigAlg=" + lowerEscape(binding.SigAlgRSASHA256)
	digest := sha256.Sum256([]byte(carried + "&" + algorithm))
	value, err := rsa.SignPKCS1v15(rand.Reader, signer.key, crypto.SHA256, digest[:])
	if err != nil {
		return "", fmt.Errorf("sign redirect: %w", err)
	}
	query := carried + "&Signature=" + lowerEscape(base64.StdEncoding.EncodeToString(value)) + "&" + algorithm
	if target.RawQuery != "" {
		query = target.RawQuery + "&" + query
	}
	target.RawQuery = query
	return target.String(), nil
}

// lowerEscape escapes a query value with lower-case hexadecimal digits.
func lowerEscape(s string) string {
	escaped := []byte(url.QueryEscape(s))
	for i := 0; i+2 < len(escaped); i++ {
		if escaped[i] == '%' {
			copy(escaped[i:], strings.ToLower(string(escaped[i:i+3])))
			i += 2
		}
	}
	return string(escaped)
}
