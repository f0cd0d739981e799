package sp

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/metadata"
	"github.com/idharness/harness/internal/saml/signature"
)

// MaxIdPMetadata is the limit on an uploaded metadata file in characters (user
// guide, "SAML profile support": 75,000).
const MaxIdPMetadata = 75_000

// identityProvider is the external identity provider that is trusted.
type identityProvider struct {
	entityID    string
	redirectURL string // empty if it offers no Redirect binding
	postURL     string
	certs       []*x509.Certificate
}

// Source describes the identity source.
type Source struct {
	External     bool                `json:"external"`
	Issuer       string              `json:"issuer,omitempty"`
	SignInURL    string              `json:"signInURL,omitempty"`
	Certificates []SourceCertificate `json:"certificates,omitempty"`
}

// SourceCertificate is a certificate of the external identity provider.
type SourceCertificate struct {
	Thumbprint string    `json:"thumbprint"`
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
}

// UploadIdPMetadata makes the identity provider described by the file the
// identity source. Users, groups and assignments stay; they are matched by user
// name from now on (user guide, "Considerations for changing your identity
// source").
func (i *Instance) UploadIdPMetadata(data []byte) error {
	if n := utf8.RuneCount(data); n > MaxIdPMetadata {
		return badMetadata(fmt.Sprintf("at most %d characters", MaxIdPMetadata), fmt.Sprintf("%d", n), "metadata file", "remove what sign-in does not need, such as descriptors of other roles")
	}
	parsed, err := metadata.ParseIdentityProvider(data)
	if err != nil {
		where := "metadata file"
		var at *document.Error
		var lacks *metadata.Error
		switch {
		case errors.As(err, &at):
			where = fmt.Sprintf("metadata file, line %d, position %d", at.Line, at.Column)
		case errors.As(err, &lacks):
			where = "metadata file, " + lacks.Where
		}
		return badMetadata("SAML 2.0 metadata with an entityID, a signing certificate and a SingleSignOnService", err.Error(), where, "download the federation metadata XML of the application")
	}
	source := &identityProvider{entityID: parsed.EntityID, certs: parsed.SigningCerts}
	source.redirectURL, _ = metadata.Location(parsed.SSO, saml.BindingRedirect)
	source.postURL, _ = metadata.Location(parsed.SSO, saml.BindingPOST)
	if source.redirectURL == "" && source.postURL == "" {
		return badMetadata("a SingleSignOnService with the HTTP-Redirect or HTTP-POST binding", "other bindings only", "metadata file, SingleSignOnService", "")
	}
	for _, location := range []string{source.redirectURL, source.postURL} {
		// The browser is sent there: javascript: and its like must not get in.
		if u, err := url.Parse(location); location != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
			return badMetadata("a sign-in URL that begins with https:// or http://", location, "metadata file, SingleSignOnService/@Location", "")
		}
	}
	name := createdIdP
	i.mu.Lock()
	if i.idp != nil {
		name = updatedIdP
	}
	i.idp = source
	i.mu.Unlock()
	i.events.record(nil, name, event{})
	return nil
}

func badMetadata(expected, got, where, hint string) error {
	return &refusal.Refusal{
		Code: "InvalidIdPMetadata", Message: "The metadata file is not valid.", Expected: expected, Got: got, Where: where, Fix: refusal.Request, Hint: hint,
	}
}

// UseDirectory goes back to the Identity Center directory as identity source.
// Users, groups and assignments stay.
func (i *Instance) UseDirectory() {
	i.mu.Lock()
	external := i.idp != nil
	i.idp = nil
	i.mu.Unlock()
	if external {
		i.events.record(nil, disabledIdP, event{})
	}
}

// Source returns the identity source.
func (i *Instance) Source() Source {
	idp := i.provider()
	if idp == nil {
		return Source{}
	}
	s := Source{External: true, Issuer: idp.entityID, SignInURL: idp.redirectURL}
	if s.SignInURL == "" {
		s.SignInURL = idp.postURL
	}
	for _, c := range idp.certs {
		s.Certificates = append(s.Certificates, SourceCertificate{signature.Thumbprint(c.Raw), c.NotBefore, c.NotAfter})
	}
	return s
}

func (i *Instance) provider() *identityProvider {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return i.idp
}
