package sp

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/saml/metadata"
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

	Status CertificateStatus `json:"status"`
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
		if location != "" && !isWebURL(location) {
			return badMetadata("a sign-in URL that begins with https:// or http://", location, "metadata file, SingleSignOnService/@Location", "")
		}
	}
	i.use(source)
	return nil
}

// use makes an identity provider the identity source.
func (i *Instance) use(source *identityProvider) {
	name := createdIdP
	i.mu.Lock()
	if i.idp != nil {
		name = updatedIdP
	}
	i.idp = source
	i.mu.Unlock()
	i.events.record(nil, name, event{})
}

// IdentityProviderConfig is what the console asks for where there is no metadata
// file.
type IdentityProviderConfig struct {
	SignInURL   string `json:"signInUrl" doc:"IdP sign-in URL: where AuthnRequests go, by Redirect."`
	Issuer      string `json:"issuer" doc:"IdP issuer URL: the entity ID."`
	Certificate string `json:"certificate" doc:"IdP certificate, PEM, at most 2,500 characters."`
}

// SetIdentityProvider makes the identity provider that was typed in the identity
// source. What a change of it keeps is told at UploadIdPMetadata.
func (i *Instance) SetIdentityProvider(cfg IdentityProviderConfig) error {
	if !isWebURL(cfg.SignInURL) {
		return badSetting("a sign-in URL that begins with https:// or http://", cfg.SignInURL, "IdP sign-in URL")
	}
	if strings.TrimSpace(cfg.Issuer) == "" || strings.ContainsAny(cfg.Issuer, " \t\r\n") {
		return badSetting("the entity ID of the identity provider", strconv.Quote(cfg.Issuer), "IdP issuer URL")
	}
	cert, err := parseCertificate([]byte(cfg.Certificate))
	if err != nil {
		return err
	}
	i.use(&identityProvider{entityID: cfg.Issuer, redirectURL: cfg.SignInURL, certs: []*x509.Certificate{cert}})
	return nil
}

func badSetting(expected, got, where string) error {
	return &refusal.Refusal{
		Code: "InvalidIdentityProvider", Message: "The identity provider settings are not valid.", Expected: expected, Got: cmp.Or(got, "nothing"), Where: where, Fix: refusal.Request,
	}
}

// isWebURL reports whether a browser can be sent there: javascript: and its like
// must not get in.
func isWebURL(location string) bool {
	u, err := url.Parse(location)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func badMetadata(expected, got, where, hint string) error {
	return &refusal.Refusal{
		Code: "InvalidIdPMetadata", Message: "The metadata file is not valid.", Expected: expected, Got: got, Where: where, Fix: refusal.Request, Hint: hint,
	}
}

// UseActiveDirectory changes the identity source to Active Directory, which the
// mock does not imitate, but for what the change costs: users, groups and
// assignments are deleted (user guide, "Considerations for changing your
// identity source").
func (i *Instance) UseActiveDirectory() error {
	i.UseDirectory()
	for _, u := range i.store.Users() {
		if err := i.store.DeleteUser(u.ID); err != nil {
			return fmt.Errorf("change to Active Directory: %w", err)
		}
	}
	for _, g := range i.store.Groups() {
		if err := i.store.DeleteGroup(g.ID); err != nil {
			return fmt.Errorf("change to Active Directory: %w", err)
		}
	}
	i.access.clear()
	return nil
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
		s.Certificates = append(s.Certificates, i.describe(c))
	}
	return s
}

func (i *Instance) provider() *identityProvider {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return i.idp
}
