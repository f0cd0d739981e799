package interop

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/crewjam/saml"
	"github.com/crewjam/saml/samlsp"

	"github.com/idharness/harness/scenarios"
)

// startSamlsp starts a service behind crewjam's samlsp, which keeps its sessions
// in cookies and is told by a POST to /identity-provider whom to trust. Until
// then it trusts nobody. Its name is host.
func startSamlsp(t *testing.T, host string) string {
	t.Helper()
	key, cert := newKeyPair(t)
	var current atomic.Pointer[samlsp.Middleware]
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	base.Host = net.JoinHostPort(host, base.Port())
	options := samlsp.Options{URL: *base, Key: key, Certificate: cert, SignRequest: true, CookieSameSite: http.SameSiteLaxMode}
	set := func(metadata []byte) error {
		o := options
		if metadata != nil {
			var err error
			if o.IDPMetadata, err = samlsp.ParseMetadata(metadata); err != nil {
				return err
			}
		}
		sp, err := samlsp.New(o)
		if err != nil {
			return err
		}
		sp.ServiceProvider.AuthnNameIDFormat = saml.EmailAddressNameIDFormat
		sp.OnError = func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
		}
		current.Store(sp)
		return nil
	}
	if err := set(nil); err != nil {
		t.Fatal(err)
	}
	mux.HandleFunc("/saml/", func(w http.ResponseWriter, r *http.Request) { current.Load().ServeHTTP(w, r) })
	mux.HandleFunc("POST /identity-provider", func(w http.ResponseWriter, r *http.Request) {
		metadata, err := io.ReadAll(r.Body)
		if err == nil {
			err = set(metadata)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := samlsp.AttributeFromContext(r.Context(), "http://schemas.microsoft.com/identity/claims/displayname")
		io.WriteString(w, "<title>Wiki</title><p>Hello "+name)
	})
	mux.HandleFunc("GET /private", func(w http.ResponseWriter, r *http.Request) { current.Load().RequireAccount(hello).ServeHTTP(w, r) })
	return base.String()
}

func TestTargetSamlsp(t *testing.T) {
	passes(t, "service-provider.yaml", map[string]string{"SP_URL": startSamlsp(t, "localhost")})
}

// samlsp keeps in a cookie which request it sent. Where its site is another than
// Entra's, browsers do not send a cookie with SameSite=Lax along with the POST of
// the response, and samlsp knows of no request.
func TestTargetSamlspCookie(t *testing.T) {
	fails(t, "service-provider.yaml", map[string]string{"SP_URL": startSamlsp(t, "127.0.0.1")}, scenarios.Failed,
		"cookie saml_", "was not sent with the response: SameSite=Lax on a cross-site POST from http://localhost to http://127.0.0.1")
}
