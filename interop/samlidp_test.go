package interop

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/crewjam/saml"
	"github.com/crewjam/saml/samlidp"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/idharness/harness/internal/browser"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

// emailSessions sets up crewjam's identity provider as AWS asks for: NameIDs in
// the format emailAddress, where it would send transient ones by itself.
type emailSessions struct{ saml.SessionProvider }

func (e emailSessions) GetSession(w http.ResponseWriter, r *http.Request, req *saml.IdpAuthnRequest) *saml.Session {
	s := e.SessionProvider.GetSession(w, r, req)
	if s != nil {
		s.NameIDFormat = string(saml.EmailAddressNameIDFormat)
	}
	return s
}

// newSamlidp starts crewjam's samlidp, which knows Ana and trusts the metadata of
// the instance, and makes it the identity source.
func newSamlidp(t *testing.T, center *sp.Instance, configure func(*samlidp.Server)) {
	t.Helper()
	key, cert := newKeyPair(t)
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	base, err := url.Parse(strings.Replace(server.URL, "127.0.0.1", "localhost", 1)) // another site than the instance's
	if err != nil {
		t.Fatal(err)
	}
	idp, err := samlidp.New(samlidp.Options{URL: *base, Key: key, Certificate: cert, Store: &samlidp.MemoryStore{}, Logger: log.New(io.Discard, "", 0)})
	if err != nil {
		t.Fatal(err)
	}
	configure(idp)
	handler = idp
	put := func(path, body string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, base.String()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode >= 300 {
			t.Fatalf("PUT %s: %s", path, resp.Status)
		}
	}
	user, err := json.Marshal(map[string]string{"name": "ana", "password": "correct horse", "email": "ana@contoso.example", "common_name": "Ana Sousa"})
	if err != nil {
		t.Fatal(err)
	}
	put("/users/ana", string(user))
	put("/services/aws", get(t, center.MetadataURL()))
	if err := center.UploadIdPMetadata([]byte(get(t, base.String()+"/metadata"))); err != nil {
		t.Fatalf("crewjam's metadata are refused: %v", err)
	}
}

// An identity provider of another implementation signs people in at the ACS when
// it is set up as AWS demands, and is refused with the reason when it is not.
func TestSamlidpSignsInAtIdentityCenter(t *testing.T) {
	for name, test := range map[string]struct {
		configure func(*samlidp.Server)
		refused   string
	}{
		"as AWS demands": {func(s *samlidp.Server) {
			s.IDP.SignatureMethod, s.IDP.SessionProvider = dsig.RSASHA256SignatureMethod, emailSessions{s}
		}, ""},
		"transient NameIDs, as it comes": {func(s *samlidp.Server) { s.IDP.SignatureMethod = dsig.RSASHA256SignatureMethod }, "NameIDFormat"},
		"SHA-1": {func(s *samlidp.Server) {
			s.IDP.SignatureMethod, s.IDP.SessionProvider = dsig.RSASHA1SignatureMethod, emailSessions{s}
		}, "SignatureAlgorithm"},
	} {
		t.Run(name, func(t *testing.T) {
			center := sp.Run(t)
			_, err := center.CreateUser(identitystore.User{UserName: "ana@contoso.example", DisplayName: "Ana Sousa", Name: identitystore.Name{GivenName: "Ana", FamilyName: "Sousa"}})
			if err != nil {
				t.Fatal(err)
			}
			newSamlidp(t, center, test.configure)
			b := browser.New(browser.Config{IgnoreRedirectChain: true})
			t.Cleanup(b.Close)
			page, err := b.Open(t.Context(), center.PortalURL())
			if err != nil {
				t.Fatal(err)
			}
			for _, form := range page.Forms() {
				if _, ok := form.Value("password"); ok {
					if _, err := b.Submit(t.Context(), form, map[string]string{"user": "ana", "password": "correct horse"}); err != nil {
						t.Fatal(err)
					}
				}
			}
			// samlidp forgets the request at its login form; the second one finds the session.
			if page, err = b.Open(t.Context(), center.PortalURL()); err != nil {
				t.Fatal(err)
			}
			if test.refused == "" {
				expect(t, page, center.PortalURL(), http.StatusOK)
				if !strings.Contains(page.Text(), "ana@contoso.example") {
					t.Errorf("the portal shows\n%s", page.Text())
				}
				return
			}
			if page.Status != http.StatusBadRequest || !strings.Contains(page.Text(), test.refused) {
				t.Errorf("status %d at %s, want a refusal with %s\n%s", page.Status, page.URL, test.refused, page.Text())
			}
		})
	}
}
