// Package wiki is a small service whose users sign in with SAML by
// crewjam/saml's samlsp: the software under test in this example.
package wiki

import (
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"html"
	"net/http"
	"net/url"

	"github.com/crewjam/saml"
	"github.com/crewjam/saml/samlsp"
)

// The claim of Entra that holds the name to greet.
const displayName = "http://schemas.microsoft.com/identity/claims/displayname"

// Config says where the service is and whom it trusts.
type Config struct {
	URL              url.URL // where browsers reach it
	Key              *rsa.PrivateKey
	Certificate      *x509.Certificate
	IdentityProvider *saml.EntityDescriptor // Entra's federation metadata
}

// New returns the service.
func New(cfg Config) (http.Handler, error) {
	sp, err := samlsp.New(samlsp.Options{
		URL: cfg.URL, Key: cfg.Key, Certificate: cfg.Certificate, IDPMetadata: cfg.IdentityProvider,
		SignRequest: true, CookieSameSite: http.SameSiteLaxMode,
	})
	if err != nil {
		return nil, fmt.Errorf("set up sign-in: %w", err)
	}
	sp.ServiceProvider.AuthnNameIDFormat = saml.EmailAddressNameIDFormat
	mux := http.NewServeMux()
	mux.Handle("/saml/", sp)
	mux.Handle("GET /private", sp.RequireAccount(http.HandlerFunc(hello)))
	return mux, nil
}

func hello(w http.ResponseWriter, r *http.Request) {
	name := samlsp.AttributeFromContext(r.Context(), displayName)
	fmt.Fprintf(w, "<title>Wiki</title><p>Hello %s", html.EscapeString(name))
}
