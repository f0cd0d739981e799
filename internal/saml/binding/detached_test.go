package binding

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/keys"
)

func newSigner(t testing.TB, n int) (*rsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := keys.Process.Get(n)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	cert, err := keys.SelfSigned(key, "sp.contoso.example", start, start.AddDate(3, 0, 0), ids.New(uint64(n)))
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

// signOctets signs as a sender does that has nothing to do with this package.
func signOctets(t testing.TB, key *rsa.PrivateKey, hash crypto.Hash, octets string) string {
	t.Helper()
	var sum []byte
	switch hash {
	case crypto.SHA1:
		s := sha1.Sum([]byte(octets))
		sum = s[:]
	case crypto.SHA256:
		s := sha256.Sum256([]byte(octets))
		sum = s[:]
	case crypto.SHA384:
		s := sha512.Sum384([]byte(octets))
		sum = s[:]
	case crypto.SHA512:
		s := sha512.Sum512([]byte(octets))
		sum = s[:]
	}
	value, err := rsa.SignPKCS1v15(rand.Reader, key, hash, sum)
	if err != nil {
		t.Fatal(err)
	}
	return "Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(value))
}

const (
	escaped256 = "SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256"
	escaped384 = "SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha384"
	escaped512 = "SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha512"
	escaped1   = "SigAlg=http%3A%2F%2Fwww.w3.org%2F2000%2F09%2Fxmldsig%23rsa-sha1"
)

// The rules of saml-bindings-2.0-os, section 3.4.4.1.
func TestVerifyRedirectAccepts(t *testing.T) {
	key, cert := newSigner(t, 0)
	_, other := newSigner(t, 1)
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecCert := &x509.Certificate{PublicKey: ecKey.Public()}
	sign := func(octets string) string { return octets + "&" + signOctets(t, key, crypto.SHA256, octets) }
	const request, relay = "SAMLRequest=fVLB%2Bw%3D%3D", "RelayState=a%2Bb"
	all := request + "&" + relay + "&" + escaped256
	signature := signOctets(t, key, crypto.SHA256, all)
	for _, test := range []struct {
		name, query string
		certs       []*x509.Certificate
		allowSHA1   bool
	}{
		{"SAMLRequest, RelayState and SigAlg in this order", sign(all), []*x509.Certificate{cert}, false},
		{"a SAMLResponse alike", sign("SAMLResponse=fVLB%2Bw%3D%3D&" + escaped256), []*x509.Certificate{cert}, false},
		{"an absent RelayState is left out", sign(request + "&" + escaped256), []*x509.Certificate{cert}, false},
		{"an empty RelayState is left out", sign(request+"&"+escaped256) + "&RelayState=", []*x509.Certificate{cert}, false},
		{"an empty RelayState that the sender signed", sign(request + "&RelayState=&" + escaped256), []*x509.Certificate{cert}, false},
		{"the order in the query is free", signature + "&" + escaped256 + "&" + relay + "&" + request, []*x509.Certificate{cert}, false},
		{"other parameters are not signed", "tenant=1&" + all + "&lc=1033&" + signature + "&x&y=%ZZ", []*x509.Certificate{cert}, false},
		{"lower-case escapes, as .NET writes them", sign("SAMLRequest=fVLB%2bw%3d%3d&RelayState=a%2bb&SigAlg=http%3a%2f%2fwww.w3.org%2f2001%2f04%2fxmldsig-more%23rsa-sha256"), []*x509.Certificate{cert}, false},
		{"only the necessary escapes", sign("SAMLRequest=fVLB%2Bw==&RelayState=https://sp.contoso.example/?a=b&SigAlg=http://www.w3.org/2001/04/xmldsig-more%23rsa-sha256"), []*x509.Certificate{cert}, false},
		{"more escapes than necessary", sign("SAMLRequest=%66VLB%2Bw%3D%3D&RelayState=%61&" + escaped256), []*x509.Certificate{cert}, false},
		{"a space as +", sign(request + "&RelayState=a+b&" + escaped256), []*x509.Certificate{cert}, false},
		{"a space as %20", sign(request + "&RelayState=a%20b&" + escaped256), []*x509.Certificate{cert}, false},
		{"line breaks in the base64 of the signature", strings.Replace(sign(all), "&Signature=", "&Signature=%0D%0A", 1), []*x509.Certificate{cert}, false},
		{"any of several certificates", sign(all), []*x509.Certificate{ecCert, other, cert}, false},
		{"RSA-SHA384", request + "&" + escaped384 + "&" + signOctets(t, key, crypto.SHA384, request+"&"+escaped384), []*x509.Certificate{cert}, false},
		{"RSA-SHA512", request + "&" + escaped512 + "&" + signOctets(t, key, crypto.SHA512, request+"&"+escaped512), []*x509.Certificate{cert}, false},
		{"RSA-SHA1 if weak algorithms are allowed", request + "&" + escaped1 + "&" + signOctets(t, key, crypto.SHA1, request+"&"+escaped1), []*x509.Certificate{cert}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := VerifyRedirect(test.query, test.certs, test.allowSHA1); err != nil {
				t.Errorf("VerifyRedirect(%s) = %v", test.query, err)
			}
		})
	}
}

func TestVerifyRedirectRefuses(t *testing.T) {
	key, cert := newSigner(t, 0)
	otherKey, _ := newSigner(t, 1)
	certs := []*x509.Certificate{cert}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(octets string) string { return octets + "&" + signOctets(t, key, crypto.SHA256, octets) }
	const request, relay = "SAMLRequest=fVLB%2Bw%3D%3D", "RelayState=a%2Bb"
	const unsigned = request + "&" + relay + "&" + escaped256
	good := sign(unsigned)
	swap := func(old, new string) string {
		t.Helper()
		changed := strings.Replace(good, old, new, 1)
		if changed == good {
			t.Fatalf("%q is not in %s", old, good)
		}
		return changed
	}
	if err := VerifyRedirect(good, certs, false); err != nil {
		t.Fatalf("before any change: %v", err)
	}
	for _, test := range []struct {
		name, query string
		certs       []*x509.Certificate
		want        Reason
		says        string
	}{
		{"nothing", "", certs, Missing, "a SAMLRequest or a SAMLResponse"},
		{"no message", sign(relay + "&" + escaped256), certs, Missing, "a SAMLRequest or a SAMLResponse"},
		{"empty message", sign("SAMLRequest=&" + escaped256), certs, Missing, "a SAMLRequest or a SAMLResponse"},
		{"unsigned request", request + "&" + relay, certs, Missing, "SigAlg"},
		{"signature taken off", unsigned, certs, Missing, "Signature"},
		{"empty signature", unsigned + "&Signature=", certs, Missing, "Signature"},
		{"SigAlg taken off", swap("&"+escaped256, ""), certs, Missing, "SigAlg"},

		{"RSA-SHA1", request + "&" + escaped1 + "&" + signOctets(t, key, crypto.SHA1, request+"&"+escaped1), certs, BadMethod, SigAlgRSASHA1},
		{"unknown algorithm", swap("rsa-sha256", "hmac-sha256"), certs, BadMethod, "hmac-sha256"},
		{"algorithm in other case", swap("rsa-sha256", "RSA-SHA256"), certs, BadMethod, "RSA-SHA256"},

		{"no certificate is trusted", good, nil, Untrusted, "none is configured"},
		{"key of somebody else", request + "&" + escaped256 + "&" + signOctets(t, otherKey, crypto.SHA256, request+"&"+escaped256), certs, Untrusted, "none of these keys"},
		{"no certificate has an RSA key", good, []*x509.Certificate{{PublicKey: ecKey.Public()}}, Untrusted, "none of these keys"},
		{"message changed", swap("fVLB", "fVLC"), certs, Untrusted, "none of these keys"},
		{"message relabelled as a response", swap("SAMLRequest", "SAMLResponse"), certs, Untrusted, "none of these keys"},
		{"RelayState changed", swap("a%2Bb", "c"), certs, Untrusted, "none of these keys"},
		{"RelayState taken off", swap("&"+relay, ""), certs, Untrusted, "none of these keys"},
		{"RelayState emptied", swap(relay, "RelayState="), certs, Untrusted, "none of these keys"},
		{"RelayState added", sign(request+"&"+escaped256) + "&" + relay, certs, Untrusted, "none of these keys"},
		{"algorithm changed to another that is allowed", swap("rsa-sha256", "rsa-sha512"), certs, Untrusted, "none of these keys"},
		{"escaped anew with the same meaning", swap("%2B", "%2b"), certs, Untrusted, "none of these keys"},
		{"signed in another order", request + "&" + escaped256 + "&" + relay + "&" + signOctets(t, key, crypto.SHA256, request+"&"+escaped256+"&"+relay), certs, Untrusted, "none of these keys"},
		{"the whole query signed, not its three parameters", "x=1&" + request + "&" + escaped256 + "&" + signOctets(t, key, crypto.SHA256, "x=1&"+request+"&"+escaped256), certs, Untrusted, "none of these keys"},
		{"unescaped values signed", request + "&" + escaped256 + "&" + signOctets(t, key, crypto.SHA256, "SAMLRequest=fVLB+w==&SigAlg="+SigAlgRSASHA256), certs, Untrusted, "none of these keys"},
		{"signature of another length", unsigned + "&Signature=AAAA", certs, Untrusted, "none of these keys"},

		{"a second SAMLRequest in front", "SAMLRequest=evil&" + good, certs, Malformed, "one SAMLRequest"},
		{"a second SAMLRequest behind", good + "&SAMLRequest=evil", certs, Malformed, "one SAMLRequest"},
		{"the same SAMLRequest twice", request + "&" + good, certs, Malformed, "one SAMLRequest"},
		{"a second SAMLRequest under an escaped name", "%53AMLRequest=evil&" + good, certs, Malformed, "the name SAMLRequest"},
		{"a second RelayState", good + "&RelayState=evil", certs, Malformed, "one RelayState"},
		{"a second SigAlg", good + "&" + escaped1, certs, Malformed, "one SigAlg"},
		{"a second Signature", good + "&Signature=AAAA", certs, Malformed, "one Signature"},
		{"SAMLRequest and SAMLResponse", good + "&SAMLResponse=evil", certs, Malformed, "both"},
		{"an empty SAMLRequest and a SAMLResponse", sign("SAMLResponse=fVLB&"+escaped256) + "&SAMLRequest", certs, Malformed, "both"},
		{"a semicolon, which some servers split at", "x;SAMLRequest=evil&" + good, certs, Malformed, "semicolon"},
		{"a wrong escape in the message", swap("%2B", "%2"), certs, Malformed, "an escaped SAMLRequest"},
		{"a wrong escape in a name", good + "&%ZZ=1", certs, Malformed, "parameter names"},
		{"Signature not base64", unsigned + "&Signature=%25%25", certs, Malformed, "base64"},
		{"Signature with a + not escaped", unsigned + "&Signature=AA+A", certs, Malformed, "%2B"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := VerifyRedirect(test.query, test.certs, false)
			var refused *Error
			if !errors.As(err, &refused) {
				t.Fatalf("VerifyRedirect(%s) = %v, want an *Error", test.query, err)
			}
			if refused.Reason != test.want || !strings.Contains(err.Error(), test.says) {
				t.Errorf("VerifyRedirect = %v, want reason %s and %q", err, test.want, test.says)
			}
		})
	}
}

// A signed redirect, followed by a browser, arrives with the signature whole.
func TestSignedRedirectOverHTTP(t *testing.T) {
	key, cert := newSigner(t, 0)
	verified := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := VerifyRedirect(r.URL.RawQuery, []*x509.Certificate{cert}, true)
		if got := r.URL.Query().Get("tenant"); err == nil && got != "contoso" {
			err = errors.New("the endpoint's own parameter is " + got)
		}
		verified <- err
	}))
	defer server.Close()
	for _, algorithm := range []string{"", SigAlgRSASHA1, SigAlgRSASHA256, SigAlgRSASHA384, SigAlgRSASHA512} {
		for _, parameter := range []string{"SAMLRequest", "SAMLResponse"} {
			for _, relayState := range []string{"", "https://sp.contoso.example/?a=b&c=d+e f;g#ü"} {
				target, err := RedirectURL(server.URL+"/saml2?tenant=contoso#top", parameter, []byte("<a/>"), relayState)
				if err != nil {
					t.Fatal(err)
				}
				target, err = SignRedirect(target, key, algorithm)
				if err != nil {
					t.Fatal(err)
				}
				response, err := server.Client().Get(target)
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				if err := <-verified; err != nil {
					t.Errorf("%s by %q with RelayState %q: %v", parameter, algorithm, relayState, err)
				}
			}
		}
	}
}

func TestSignRedirectRefuses(t *testing.T) {
	key, _ := newSigner(t, 0)
	const address = "https://login.example/saml2"
	for _, test := range []struct {
		name, target string
		key          *rsa.PrivateKey
		algorithm    string
		want         string
	}{
		{"no message", address, key, "", "a SAMLRequest or a SAMLResponse"},
		{"no key", address + "?SAMLRequest=AAAA", nil, "", "there is no key"},
		{"unknown algorithm", address + "?SAMLRequest=AAAA", key, "rsa-sha256", `unknown algorithm "rsa-sha256"`},
		{"not a URL", "https://login.example/%ZZ?SAMLRequest=AAAA", key, "", "invalid URL escape"},
		{"signed already", address + "?SAMLRequest=AAAA&Signature=", key, "", "a Signature already"},
		{"SigAlg in the endpoint's address", address + "?SigAlg=x&SAMLRequest=AAAA", key, "", "a SigAlg already"},
		{"SAMLRequest in the endpoint's address", address + "?SAMLRequest=x&SAMLRequest=AAAA", key, "", "one SAMLRequest, got two"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := SignRedirect(test.target, test.key, test.algorithm)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("SignRedirect = %q, %v; want an error that says %q", got, err, test.want)
			}
		})
	}
}

func FuzzVerifyRedirect(f *testing.F) {
	key, cert := newSigner(f, 0)
	f.Add("SAMLRequest=AAAA&"+escaped256, true)
	f.Add("SAMLRequest=AAAA&RelayState=&"+escaped256+"&Signature=AAAA", false)
	f.Add("%53AMLRequest=;&=&&Signature", false)
	f.Fuzz(func(t *testing.T, query string, signs bool) {
		if signs {
			query += "&" + signOctets(t, key, crypto.SHA256, query)
		}
		err := VerifyRedirect(query, []*x509.Certificate{cert}, true)
		if err != nil {
			var refused *Error
			if !errors.As(err, &refused) {
				t.Errorf("VerifyRedirect(%q) = %v, want an *Error", query, err)
			}
			return
		}
		// There is no second message or RelayState for a handler to read.
		read, parseErr := url.ParseQuery(query)
		if len(read["SAMLRequest"])+len(read["SAMLResponse"]) != 1 || len(read["RelayState"]) > 1 {
			t.Errorf("%q verifies, and reads as %v (%v)", query, read, parseErr)
		}
	})
}
