// Package wiki is a service provider whose people sign in at Microsoft Entra ID;
// its tests have Entra in a container.
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

// Config says where the wiki is and who signs its people in.
type Config struct {
	Root        string                 // its own base URL
	Entra       *saml.EntityDescriptor // federation metadata
	Key         *rsa.PrivateKey
	Certificate *x509.Certificate
}

// New returns the wiki. Its entity id is the root URL, its ACS /saml/acs.
func New(cfg Config) (http.Handler, error) {
	root, err := url.Parse(cfg.Root)
	if err != nil {
		return nil, fmt.Errorf("root URL: %w", err)
	}
	signIn, err := samlsp.New(samlsp.Options{URL: *root, Key: cfg.Key, Certificate: cfg.Certificate, IDPMetadata: cfg.Entra, EntityID: cfg.Root})
	if err != nil {
		return nil, fmt.Errorf("service provider: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/saml/", signIn)
	mux.Handle("/", signIn.RequireAccount(http.HandlerFunc(greet)))
	return mux, nil
}

func greet(w http.ResponseWriter, r *http.Request) {
	name := samlsp.AttributeFromContext(r.Context(), "http://schemas.microsoft.com/identity/claims/displayname")
	fmt.Fprintf(w, "<!DOCTYPE html><title>Wiki</title><p>Hello, %s", html.EscapeString(name))
}
