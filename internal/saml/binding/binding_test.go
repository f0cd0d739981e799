package binding

import (
	"bytes"
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestRedirectRoundTrip(t *testing.T) {
	message := []byte(`<samlp:AuthnRequest ID="aws_1"/>`)
	target, err := RedirectURL("http://localhost:8400/t/saml2?x=1", "SAMLRequest", message, "a+b/c=?&")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	got, err := Inflate(q.Get("SAMLRequest"))
	if err != nil || !bytes.Equal(got, message) {
		t.Errorf("Inflate = %q, %v; want %q", got, err, message)
	}
	if q.Get("RelayState") != "a+b/c=?&" || q.Get("x") != "1" {
		t.Errorf("query = %v, want RelayState and x kept", q)
	}
}

func TestHostileEncodings(t *testing.T) {
	bomb, err := Deflate(make([]byte, MaxMessage+1))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, in string
		want     error
	}{
		{"empty", "", ErrBase64},
		{"not base64", "%%%", ErrBase64},
		{"not deflated", EncodePOST([]byte("<a/>")), ErrDeflate},
		{"expands past the limit", bomb, ErrTooLong},
		{"too long before decoding", strings.Repeat("A", 2*MaxMessage), ErrTooLong},
	} {
		if _, err := Inflate(test.in); !errors.Is(err, test.want) {
			t.Errorf("%s: Inflate = %v, want %v", test.name, err, test.want)
		}
	}
}

func TestPOSTIgnoresLineBreaks(t *testing.T) {
	got, err := DecodePOST("PGEv\r\nPg==")
	if err != nil || string(got) != "<a/>" {
		t.Errorf("DecodePOST = %q, %v", got, err)
	}
}
