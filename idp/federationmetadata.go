package idp

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/signature"
	"github.com/idharness/harness/internal/trace"
)

const (
	nsFed        = "http://docs.oasis-open.org/wsfed/federation/200706"
	nsAuth       = "http://docs.oasis-open.org/wsfed/authorization/200706"
	nsAddressing = "http://www.w3.org/2005/08/addressing"
	nsXSI        = "http://www.w3.org/2001/XMLSchema-instance"
)

// claimsOffered lists the claim types in the order of the real document.
var claimsOffered = [...]struct{ uri, name, description string }{
	{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "Name", "The name of the subject."},
	{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier", "Subject", "An identifier that stays the same for one subject at one service."},
	{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "Given Name", "First name of the user."},
	{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "Surname", "Last name of the user."},
	{"http://schemas.microsoft.com/identity/claims/displayname", "Display Name", "Display name of the user."},
	{"http://schemas.microsoft.com/identity/claims/nickname", "Nick Name", "Nick name of the user."},
	{"http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationinstant", "Authentication Instant", "When the user signed in, in UTC."},
	{"http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationmethod", "Authentication Method", "How the user signed in."},
	{"http://schemas.microsoft.com/identity/claims/objectidentifier", "ObjectIdentifier", "Object id of the user in the directory."},
	{"http://schemas.microsoft.com/identity/claims/tenantid", "TenantId", "Id of the tenant that issued the token."},
	{"http://schemas.microsoft.com/identity/claims/identityprovider", "IdentityProvider", "Who authenticated the user."},
	{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "Email", "E-mail address of the user."},
	{"http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", "Groups", "Groups of the user."},
	{"http://schemas.microsoft.com/identity/claims/accesstoken", "External Access Token", "Access token from another identity provider."},
	{"http://schemas.microsoft.com/ws/2008/06/identity/claims/expiration", "External Access Token Expiration", "When that access token expires, in UTC."},
	{"http://schemas.microsoft.com/identity/claims/openid2_id", "External OpenID 2.0 Identifier", "OpenID 2.0 identifier from another identity provider."},
	{"http://schemas.microsoft.com/claims/groups.link", "GroupsOverageClaim", "Sent when the user has more groups than fit."},
	{"http://schemas.microsoft.com/ws/2008/06/identity/claims/role", "Role Claim", "App roles that the user or a group of the user is assigned to."},
	{"http://schemas.microsoft.com/ws/2008/06/identity/claims/wids", "RoleTemplate Id Claim", "Template ids of the user's directory roles."},
}

// FederationMetadata returns the application's federation metadata: its own
// signing certificates, active and inactive, signed by the active one.
func (a *Application) FederationMetadata() ([]byte, error) {
	a.tenant.mu.RLock()
	certs := append([]*certificate(nil), a.certs...)
	a.tenant.mu.RUnlock()
	return a.tenant.federationMetadata(a.tenant.ID(), a.issuer(), certs, a.signer())
}

// tenantMetadata is the document without ?appid=: it bears the tenant's own
// certificate, which signs no application's assertions. Uploading it instead
// of the application's is a classic mistake. The segment is the tenant's id, or
// common: then the entityID is a template, braces and all (learn.microsoft.com,
// "Federation metadata").
func (t *Tenant) tenantMetadata(segment string) ([]byte, error) {
	t.mu.Lock()
	if t.stsCert == nil {
		cert, err := t.newCertificate(stsSubject, t.lastNotAfter())
		if err != nil {
			t.mu.Unlock()
			return nil, err
		}
		t.stsCert = cert
	}
	cert := t.stsCert
	t.mu.Unlock()
	issuer := t.Issuer()
	if segment == commonTenant {
		issuer = "https://sts.windows.net/{tenant}/"
	}
	return t.federationMetadata(segment, issuer, []*certificate{cert}, cert)
}

// federationMetadata writes the document whose endpoints have segment in the
// tenant's place.
func (t *Tenant) federationMetadata(segment, issuer string, certs []*certificate, signer *certificate) ([]byte, error) {
	base := t.BaseURL() + "/" + segment
	doc := etree.NewDocument()
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	doc.CreateProcInst("xml", `version="1.0" encoding="utf-8"`)
	entity := doc.CreateElement("EntityDescriptor")
	entity.CreateAttr("xmlns", saml.NSMetadata)
	entity.CreateAttr("ID", "_"+t.ids.UUID())
	entity.CreateAttr("entityID", issuer)

	wsfed := base + "/wsfed"
	sts := roleDescriptor(entity, "fed:SecurityTokenServiceType", certs)
	offered := sts.CreateElement("fed:ClaimTypesOffered")
	for _, c := range claimsOffered {
		e := offered.CreateElement("auth:ClaimType")
		e.CreateAttr("xmlns:auth", nsAuth)
		e.CreateAttr("Uri", c.uri)
		e.CreateElement("auth:DisplayName").SetText(c.name)
		e.CreateElement("auth:Description").SetText(c.description)
	}
	endpointReference(sts, "fed:SecurityTokenServiceEndpoint", wsfed)
	endpointReference(sts, "fed:PassiveRequestorEndpoint", wsfed)

	service := roleDescriptor(entity, "fed:ApplicationServiceType", certs)
	endpointReference(service, "fed:TargetScopes", issuer)
	endpointReference(service, "fed:ApplicationServiceEndpoint", wsfed)
	endpointReference(service, "fed:PassiveRequestorEndpoint", wsfed)

	role := entity.CreateElement("IDPSSODescriptor")
	role.CreateAttr("protocolSupportEnumeration", saml.NSProtocol)
	keyDescriptors(role, certs)
	for _, e := range []struct{ name, binding string }{
		{"SingleLogoutService", saml.BindingRedirect},
		{"SingleSignOnService", saml.BindingRedirect},
		{"SingleSignOnService", saml.BindingPOST},
	} {
		endpoint := role.CreateElement(e.name)
		endpoint.CreateAttr("Binding", e.binding)
		endpoint.CreateAttr("Location", base+"/saml2")
	}
	if err := signature.Sign(entity, 0, signer.key, signer.cert, signature.SHA256); err != nil {
		return nil, fmt.Errorf("sign federation metadata: %w", err)
	}
	data, err := doc.WriteToBytes()
	if err != nil {
		return nil, fmt.Errorf("write federation metadata: %w", err)
	}
	return data, nil
}

func roleDescriptor(entity *etree.Element, kind string, certs []*certificate) *etree.Element {
	role := entity.CreateElement("RoleDescriptor")
	role.CreateAttr("xmlns:xsi", nsXSI)
	role.CreateAttr("xmlns:fed", nsFed)
	role.CreateAttr("xsi:type", kind)
	role.CreateAttr("protocolSupportEnumeration", nsFed)
	keyDescriptors(role, certs)
	return role
}

func keyDescriptors(role *etree.Element, certs []*certificate) {
	for _, c := range certs {
		key := role.CreateElement("KeyDescriptor")
		key.CreateAttr("use", "signing")
		info := key.CreateElement("KeyInfo")
		info.CreateAttr("xmlns", saml.NSSignature)
		info.CreateElement("X509Data").CreateElement("X509Certificate").SetText(base64.StdEncoding.EncodeToString(c.cert.Raw))
	}
}

func endpointReference(role *etree.Element, name, address string) {
	ref := role.CreateElement(name).CreateElement("wsa:EndpointReference")
	ref.CreateAttr("xmlns:wsa", nsAddressing)
	ref.CreateElement("wsa:Address").SetText(address)
}

// serveMetadata answers with an application's document, the tenant's or, for
// common, the one whose entityID is a template.
func (t *Tenant) serveMetadata(w http.ResponseWriter, r *http.Request, tenant string) {
	trace.From(r.Context()).Kind("saml", "federation metadata")
	var data []byte
	var err error
	switch appID := r.URL.Query().Get("appid"); {
	case appID != "":
		app, ok := t.appByID(appID)
		if !ok {
			t.refuse(w, r, nil, t.noSuchApp(appID, "query parameter appid"))
			return
		}
		data, err = app.FederationMetadata()
	case strings.EqualFold(tenant, commonTenant):
		data, err = t.tenantMetadata(commonTenant)
	default:
		data, err = t.tenantMetadata(t.ID())
	}
	if err != nil {
		t.internalError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Write(data)
}
