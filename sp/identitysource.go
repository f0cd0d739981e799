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

// SourceType names an identity source.
type SourceType string

// The identity sources (user guide, "Manage your identity source").
const (
	SourceDirectory       SourceType = "identityCenterDirectory"
	SourceExternal        SourceType = "externalIdentityProvider"
	SourceActiveDirectory SourceType = "activeDirectory"
)

// title is what the console calls it.
func (s SourceType) title() string {
	switch s {
	case SourceExternal:
		return "an external identity provider"
	case SourceActiveDirectory:
		return "Active Directory"
	default:
		return "the Identity Center directory"
	}
}

// Source describes the identity source.
type Source struct {
	Type         SourceType          `json:"type" oneOf:"identityCenterDirectory|externalIdentityProvider|activeDirectory"`
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

	Status CertificateStatus `json:"status" oneOf:"green|yellow|red"`
}

// UploadIdPMetadata makes the identity provider described by the file the
// identity source, with its certificates and no others. Users, groups and
// assignments stay, unless the source was Active Directory; they are matched by
// user name from now on (user guide, "Considerations for changing your identity
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
	before := i.sourceType()
	i.idp, i.activeDirectory = source, false
	i.mu.Unlock()
	switch before {
	case SourceExternal:
		name = updatedIdP
	case SourceActiveDirectory:
		i.deleteIdentities()
	}
	i.events.record(nil, name, event{})
}

// IdentityProviderConfig is what the console asks for where there is no metadata
// file.
type IdentityProviderConfig struct {
	SignInURL   string `json:"signInUrl" doc:"IdP sign-in URL: where AuthnRequests go."`
	Issuer      string `json:"issuer" doc:"IdP issuer URL: the entity ID."`
	Certificate string `json:"certificate" doc:"IdP certificate, PEM, at most 2,500 characters."`
}

// SetIdentityProvider makes the identity provider that was typed in the identity
// source. What a change of it keeps is told at UploadIdPMetadata. Requests go
// to it by Redirect, or as Choices.RequestBinding says.
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
	i.use(&identityProvider{entityID: cfg.Issuer, redirectURL: cfg.SignInURL, postURL: cfg.SignInURL, certs: []*x509.Certificate{cert}})
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

// UseDirectory goes back to the Identity Center directory as identity source.
// Users, groups and assignments stay, unless the source was Active Directory.
func (i *Instance) UseDirectory() { i.leaveIdentityProvider(false) }

// UseActiveDirectory makes Active Directory the identity source as far as that
// deletes all users, groups and assignments and ends automatic provisioning:
// nobody comes from it (user guide, "Considerations for changing your identity
// source").
func (i *Instance) UseActiveDirectory() { i.leaveIdentityProvider(true) }

func (i *Instance) leaveIdentityProvider(forActiveDirectory bool) {
	i.mu.Lock()
	before := i.sourceType()
	i.idp, i.activeDirectory = nil, forActiveDirectory
	after := i.sourceType()
	i.mu.Unlock()
	if before != after && (before == SourceActiveDirectory || after == SourceActiveDirectory) {
		i.deleteIdentities()
	}
	if before == SourceExternal {
		i.events.record(nil, disabledIdP, event{})
	}
}

// deleteIdentities empties the instance of users, groups, assignments and the
// connection that provisioned them.
func (i *Instance) deleteIdentities() {
	i.access.clear()
	// What another request deletes at the same moment is gone as well.
	for _, g := range i.store.Groups() {
		_ = i.store.DeleteGroup(g.ID)
	}
	for _, u := range i.store.Users() {
		_ = i.store.DeleteUser(u.ID)
	}
	for _, t := range i.store.Tokens() {
		_ = i.store.DeleteToken(t.ID)
	}
	if i.store.ProvisioningEnabled() {
		_ = i.store.DisableProvisioning()
	}
}

// Source returns the identity source.
func (i *Instance) Source() Source {
	i.mu.RLock()
	idp, kind := i.idp, i.sourceType()
	i.mu.RUnlock()
	s := Source{Type: kind, External: kind == SourceExternal}
	if idp == nil {
		return s
	}
	s.Issuer, s.SignInURL = idp.entityID, cmp.Or(idp.redirectURL, idp.postURL)
	for _, c := range idp.certs {
		s.Certificates = append(s.Certificates, i.describe(c))
	}
	return s
}

// sourceType is called under the lock.
func (i *Instance) sourceType() SourceType {
	switch {
	case i.idp != nil:
		return SourceExternal
	case i.activeDirectory:
		return SourceActiveDirectory
	default:
		return SourceDirectory
	}
}

func (i *Instance) provider() *identityProvider {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return i.idp
}
