package binding

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1"   // for crypto.SHA1
	_ "crypto/sha256" // for crypto.SHA256
	_ "crypto/sha512" // for crypto.SHA384 and crypto.SHA512
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Signature algorithms of the Redirect binding, as SigAlg names them
// (xmldsig-core, RFC 6931).
const (
	SigAlgRSASHA1   = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
	SigAlgRSASHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	SigAlgRSASHA384 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"
	SigAlgRSASHA512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
)

// Reason says which rule a detached signature breaks.
type Reason string

// The reasons for which a detached signature is refused.
const (
	Missing   Reason = "missing"   // there is no signature, or nothing to sign
	BadMethod Reason = "algorithm" // an algorithm that is not allowed
	Untrusted Reason = "untrusted" // no trusted certificate made it over these octets
	Malformed Reason = "malformed" // the query can be read in two ways, or not at all
)

// Error says why a detached signature was refused.
type Error struct {
	Reason   Reason
	Expected string
	Got      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("redirect signature refused (%s): expected %s, got %s", e.Reason, e.Expected, e.Got)
}

// SignRedirect appends SigAlg and Signature to a Redirect URL made by
// RedirectURL. Other parameters of the endpoint's address are not signed. An
// empty algorithm is SigAlgRSASHA256.
func SignRedirect(target string, key *rsa.PrivateKey, algorithm string) (string, error) {
	if algorithm == "" {
		algorithm = SigAlgRSASHA256
	}
	hash, ok := hashOf(algorithm, true)
	if !ok {
		return "", fmt.Errorf("sign redirect: unknown algorithm %q", algorithm)
	}
	if key == nil {
		return "", errors.New("sign redirect: there is no key")
	}
	address, err := url.Parse(target)
	if err != nil {
		return "", fmt.Errorf("sign redirect: %w", err)
	}
	query, err := readQuery(address.RawQuery)
	if err != nil {
		return "", fmt.Errorf("sign redirect: %w", err)
	}
	for _, name := range []string{"SigAlg", "Signature"} {
		if _, signed := query[name]; signed {
			return "", fmt.Errorf("sign redirect: there is a %s already", name)
		}
	}
	message, err := query.message()
	if err != nil {
		return "", fmt.Errorf("sign redirect: %w", err)
	}
	query["SigAlg"] = parameter{raw: url.QueryEscape(algorithm), value: algorithm}
	value, err := rsa.SignPKCS1v15(rand.Reader, key, hash, digest(hash, query.signed(message, query["RelayState"].value != "")))
	if err != nil {
		return "", fmt.Errorf("sign redirect: %w", err)
	}
	address.RawQuery += "&SigAlg=" + query["SigAlg"].raw + "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(value))
	return address.String(), nil
}

// VerifyRedirect checks the detached signature of the Redirect binding
// (saml-bindings-2.0-os, section 3.4.4.1) with the key of any of certs. Every
// refusal is an *Error. The validity of the certificates is not looked at.
//
// What was signed is SAMLRequest or SAMLResponse, RelayState if there is one,
// and SigAlg, in this order, wherever they stand in the query, and in the
// octets in which they came: escaping is not canonical, so unescaping and
// escaping them anew would refuse good signatures. Everything else in the
// query is not signed. A query in which one of these parameters comes twice is
// refused, since its reader could take the one that was not verified.
func VerifyRedirect(rawQuery string, certs []*x509.Certificate, allowSHA1 bool) error {
	query, err := readQuery(rawQuery)
	if err != nil {
		return err
	}
	message, err := query.message()
	if err != nil {
		return err
	}
	for _, name := range []string{"SigAlg", "Signature"} {
		if query[name].value == "" {
			return &Error{Missing, "the parameter " + name, "none"}
		}
	}
	hash, ok := hashOf(query["SigAlg"].value, allowSHA1)
	if !ok {
		expected := "RSA with SHA-256 or better"
		if allowSHA1 {
			expected = "RSA with SHA-1 or better"
		}
		return &Error{BadMethod, expected, query["SigAlg"].value}
	}
	value, err := base64.StdEncoding.DecodeString(query["Signature"].value)
	if err != nil {
		got := err.Error()
		if strings.Contains(query["Signature"].value, " ") {
			got = "white space, as of a + that is not escaped as %2B"
		}
		return &Error{Malformed, "a Signature in base64", got}
	}
	if len(certs) == 0 {
		return &Error{Untrusted, "a trusted certificate", "none is configured"}
	}
	sums := [][]byte{digest(hash, query.signed(message, query["RelayState"].value != ""))}
	if relayState, sent := query["RelayState"]; sent && relayState.value == "" {
		// An empty RelayState is as good as none and should not have been
		// signed, but some senders sign what they send.
		sums = append(sums, digest(hash, query.signed(message, true)))
	}
	for _, cert := range certs {
		public, isRSA := cert.PublicKey.(*rsa.PublicKey)
		if !isRSA {
			continue
		}
		for _, sum := range sums {
			if rsa.VerifyPKCS1v15(public, hash, sum, value) == nil {
				return nil
			}
		}
	}
	return &Error{
		Untrusted, fmt.Sprintf("a signature by one of %d trusted certificates over the parameters as they came", len(certs)),
		"one that none of these keys made over them",
	}
}

// hashOf returns the hash of an RSA signature algorithm that is allowed.
func hashOf(algorithm string, allowSHA1 bool) (crypto.Hash, bool) {
	switch algorithm {
	case SigAlgRSASHA1:
		return crypto.SHA1, allowSHA1
	case SigAlgRSASHA256:
		return crypto.SHA256, true
	case SigAlgRSASHA384:
		return crypto.SHA384, true
	case SigAlgRSASHA512:
		return crypto.SHA512, true
	}
	return 0, false
}

func digest(hash crypto.Hash, text string) []byte {
	h := hash.New()
	h.Write([]byte(text))
	return h.Sum(nil)
}

// parameter is a query parameter as it came and as it is meant.
type parameter struct{ raw, value string }

// redirectQuery holds the parameters of the Redirect binding by name.
type redirectQuery map[string]parameter

// readQuery finds the parameters of the Redirect binding, and refuses a query
// in which two readers could find different ones.
func readQuery(rawQuery string) (redirectQuery, error) {
	if strings.Contains(rawQuery, ";") {
		// Some servers split at it, Go drops the parameter.
		return nil, &Error{Malformed, "parameters separated by &", "a semicolon"}
	}
	query := make(redirectQuery)
	for pair := range strings.SplitSeq(rawQuery, "&") {
		rawName, raw, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return nil, &Error{Malformed, "escaped parameter names", err.Error()}
		}
		switch name {
		case "SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature":
		default:
			continue
		}
		if name != rawName {
			// The name is part of what is signed, and the signer wrote it plainly.
			return nil, &Error{Malformed, "the name " + name, rawName}
		}
		if _, twice := query[name]; twice {
			return nil, &Error{Malformed, "one " + name, "two"}
		}
		value, err := url.QueryUnescape(raw)
		if err != nil {
			return nil, &Error{Malformed, "an escaped " + name, err.Error()}
		}
		query[name] = parameter{raw, value}
	}
	return query, nil
}

// message returns the name of the parameter that carries the message.
func (q redirectQuery) message() (string, error) {
	name := "SAMLRequest"
	_, request := q[name]
	_, response := q["SAMLResponse"]
	if request && response {
		return "", &Error{Malformed, "either a SAMLRequest or a SAMLResponse", "both"}
	}
	if response {
		name = "SAMLResponse"
	}
	if q[name].value == "" {
		return "", &Error{Missing, "a SAMLRequest or a SAMLResponse", "none"}
	}
	return name, nil
}

// signed joins the octets that a signature covers.
func (q redirectQuery) signed(message string, relayState bool) string {
	text := message + "=" + q[message].raw
	if relayState {
		text += "&RelayState=" + q["RelayState"].raw
	}
	return text + "&SigAlg=" + q["SigAlg"].raw
}
