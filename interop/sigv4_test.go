package interop

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/idharness/harness/internal/sigv4"
)

// Our signatures are those of the AWS SDK.
func TestSigV4AsTheSDK(t *testing.T) {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		method, url, body, token string
		header                   map[string]string
	}{
		"JSON":             {http.MethodPost, "https://identitystore.eu-west-1.amazonaws.com/", `{"IdentityStoreId":"d-1"}`, "", map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSIdentityStore.ListUsers"}},
		"temporary":        {http.MethodPost, "https://sts.amazonaws.com", "Action=GetCallerIdentity&Version=2011-06-15", "a/session+token==", map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}},
		"query":            {http.MethodGet, "http://127.0.0.1:8500/a%20b/c?b=2&a=x%20y&a=%7E%2B&empty=", "", "", nil},
		"spaces in header": {http.MethodPost, "https://sso.eu-west-1.amazonaws.com/", "{}", "", map[string]string{"X-Amz-Target": "  Two   words "}},
	} {
		t.Run(name, func(t *testing.T) {
			var signed [2]http.Header
			for i := range signed {
				r, err := http.NewRequestWithContext(t.Context(), test.method, test.url, strings.NewReader(test.body))
				if err != nil {
					t.Fatal(err)
				}
				r.ContentLength = 0 // the SDK signs Content-Length, which AWS does not ask for
				for name, value := range test.header {
					r.Header.Set(name, value)
				}
				if i == 0 {
					sigv4.Sign(r, []byte(test.body), sigv4.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: test.token}, "eu-west-1", "sso", now)
				} else {
					sum := sha256.Sum256([]byte(test.body))
					if err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: test.token}, r, hex.EncodeToString(sum[:]), "sso", "eu-west-1", now); err != nil {
						t.Fatal(err)
					}
				}
				signed[i] = r.Header
			}
			if ours, theirs := signed[0].Get("Authorization"), signed[1].Get("Authorization"); ours != theirs || ours == "" {
				t.Errorf("ours    %s\ntheirs  %s", ours, theirs)
			}
		})
	}
}
