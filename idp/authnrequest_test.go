package idp_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/binding"
)

// The rules for AuthnRequests, in both bindings (learn.microsoft.com, "Single
// sign-on SAML protocol", AuthnRequest, and "Microsoft Entra authentication and
// authorization error codes").
func TestRefusedAuthnRequests(t *testing.T) {
	const (
		notSAML     = "The request is not a valid Saml2 protocol message."
		unsupported = "The SAML authentication request property '%s' is not supported and must not be set."
		badID       = "The value '%s' is not a valid SAML ID. The ID must not begin with a number."
		notFound    = "Application with identifier '%s' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
		formats     = "Allowed SAML authentication request's NameIDPolicy formats are: urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress, urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified, urn:oasis:names:tc:SAML:2.0:nameid-format:persistent, urn:oasis:names:tc:SAML:2.0:nameid-format:transient."
		binding     = "SAML protocol response cannot be sent via bindings other than HTTP POST. Requested binding: urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"
		issuer      = `<Issuer>https://wiki.example/saml</Issuer>`
	)
	w := newWire(t)
	for _, test := range []struct {
		name          string
		xml           string
		code, message string
		where, got    string
		fix           refusal.Side
	}{
		{"another message", strings.ReplaceAll(authnRequest(), "AuthnRequest", "ArtifactResolve"), "AADSTS75005", notSAML, "/ArtifactResolve", "samlp:ArtifactResolve", refusal.Request},
		{"another namespace", authnRequest("SAML:2.0:protocol", "SAML:1.0:protocol"), "AADSTS75005", notSAML, "/AuthnRequest", "samlp:AuthnRequest", refusal.Request},
		{"no version", authnRequest(` Version="2.0"`, ""), "AADSTS75005", notSAML, "/AuthnRequest/@Version", `Version=""`, refusal.Request},
		{"version 1.1", authnRequest(`"2.0"`, `"1.1"`), "AADSTS75005", notSAML, "/AuthnRequest/@Version", `Version="1.1"`, refusal.Request},
		{"no ID", authnRequest(` ID="_request1"`, ""), "AADSTS75005", notSAML, "/AuthnRequest/@ID", "none", refusal.Request},
		{"ID begins with a digit (dexidp/dex issue 986)", authnRequest("_request1", "1request"), "AADSTS7500529", fmt.Sprintf(badID, "1request"), "/AuthnRequest/@ID", "1request", refusal.Request},
		{"ID is base64 (SupportArticles-docs issue 763)", authnRequest("_request1", "p0/hx+dA=="), "AADSTS7500529", fmt.Sprintf(badID, "p0/hx+dA=="), "/AuthnRequest/@ID", "p0/hx+dA==", refusal.Request},
		{"no IssueInstant", authnRequest(` IssueInstant="2026-01-05T09:00:00Z"`, ""), "AADSTS75005", notSAML, "/AuthnRequest/@IssueInstant", "none", refusal.Request},
		{"no Issuer", authnRequest(issuer, ""), "AADSTS75005", notSAML, "/AuthnRequest/Issuer", "none", refusal.Request},
		{"empty Issuer", authnRequest(issuer, "<Issuer> </Issuer>"), "AADSTS75005", notSAML, "/AuthnRequest/Issuer", "none", refusal.Request},
		{"Issuer in no SAML namespace", authnRequest(issuer, `<Issuer xmlns="">https://wiki.example/saml</Issuer>`), "AADSTS75005", notSAML, "/AuthnRequest/Issuer", "none", refusal.Request},
		{"comment in the Issuer", authnRequest("wiki.example", "wiki.<!---->example"), "AADSTS75005", notSAML, "/AuthnRequest/Issuer", "a comment or an element in it", refusal.Request},
		{"unknown Issuer", authnRequest("wiki.example", "blog.example"), "AADSTS700016", fmt.Sprintf(notFound, "https://blog.example/saml"), "/AuthnRequest/Issuer", "https://blog.example/saml", refusal.Entra},
		{"Issuer with a trailing slash", authnRequest("/saml<", "/saml/<"), "AADSTS700016", fmt.Sprintf(notFound, identifier+"/"), "/AuthnRequest/Issuer", identifier + "/", refusal.Entra},
		{"Subject", authnRequest(issuer, issuer+"<Subject><NameID>ana@contoso.example</NameID></Subject>"), "AADSTS900236", fmt.Sprintf(unsupported, "Subject"), "/AuthnRequest/Subject", "a Subject", refusal.Request},
		{"Scoping with ProxyCount", authnRequest(issuer, issuer+`<samlp:Scoping ProxyCount="1"/>`), "AADSTS900236", fmt.Sprintf(unsupported, "Scoping"), "/AuthnRequest/Scoping", "a Scoping", refusal.Request},
		{"Scoping with RequesterID", authnRequest(issuer, issuer+`<samlp:Scoping><samlp:RequesterID>x</samlp:RequesterID></samlp:Scoping>`), "AADSTS900236", fmt.Sprintf(unsupported, "Scoping"), "/AuthnRequest/Scoping", "a Scoping", refusal.Request},
		{"Scoping with IDPList", authnRequest(issuer, issuer+`<samlp:Scoping><samlp:IDPList><samlp:IDPEntry ProviderID="x"/></samlp:IDPList></samlp:Scoping>`), "AADSTS900236", fmt.Sprintf(unsupported, "Scoping"), "/AuthnRequest/Scoping", "a Scoping", refusal.Request},
		{"NameIDPolicy WindowsDomainQualifiedName: only an application can choose it", authnRequest(issuer, issuer+`<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName"/>`), "AADSTS750161", formats, "/samlp:AuthnRequest/samlp:NameIDPolicy/@Format", "urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName", refusal.Request},
		{"Artifact binding (rstudio-docker-products issue 357)", authnRequest("Version", `ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact" Version`), "AADSTS750032", binding, "/AuthnRequest/@ProtocolBinding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact", refusal.Request},
		{"NameIDPolicy outside the four (azure-docs issue 65659)", authnRequest(issuer, issuer+`<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos"/>`), "AADSTS750161", formats, "/samlp:AuthnRequest/samlp:NameIDPolicy/@Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos", refusal.Request},
		{"IsPassive without a session", authnRequest("Version", `IsPassive="true" Version`), "AADSTS50058", "A silent sign-in request was sent but no user is signed in.", "/AuthnRequest/@IsPassive", "IsPassive without a session", refusal.Request},
		{"ForceAuthn and IsPassive", authnRequest("Version", `ForceAuthn="1" IsPassive="1" Version`), "AADSTS50058", "A silent sign-in request was sent but no user is signed in.", "/AuthnRequest/@IsPassive", "IsPassive together with ForceAuthn, which asks for the password", refusal.Request},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := w.in(t)
			for method, got := range map[string]answer{"Redirect": w.get(w.redirect(test.xml, "")), "POST": w.postRequest(test.xml, "")} {
				why := checkRefused(t, got, test.code, test.message)
				if why.Where != test.where || why.Got != test.got || why.Fix != test.fix {
					t.Errorf("%s: got %q at %s, fix %s\nwant %q at %s, fix %s", method, why.Got, why.Where, why.Fix, test.got, test.where, test.fix)
				}
			}
		})
	}
}

// What a request may say, and what is not looked at.
func TestAcceptedAuthnRequests(t *testing.T) {
	const issuer = `<Issuer>https://wiki.example/saml</Issuer>`
	w := newWire(t)
	for _, test := range []struct{ name, xml string }{
		{"the least", authnRequest()},
		{"application id as Issuer", authnRequest(identifier, w.app.AppID())},
		{"spn: and application id as Issuer", authnRequest(identifier, "spn:"+w.app.AppID())},
		{"white space around the Issuer", authnRequest(identifier, "\n  "+identifier+"\n")},
		{"odd default namespace, as aws-azure-login sends it", `<samlp:AuthnRequest xmlns="urn:oasis:names:tc:SAML:2.0:metadata" ID="id5" Version="2.0" IssueInstant="2026-01-05T09:00:00.000Z" IsPassive="false" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">` +
			`<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://wiki.example/saml</Issuer><samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"/></samlp:AuthnRequest>`},
		{"IssueInstant of another year: its value is not used", authnRequest("2026-01-05", "1999-01-05")},
		{"Destination elsewhere: not compared", authnRequest("Version", `Destination="https://elsewhere.example/" Version`)},
		{"Consent, ProviderName and indexes: not looked at", authnRequest("Version", `Consent="urn:x" ProviderName="Wiki" AssertionConsumerServiceIndex="99" AttributeConsumingServiceIndex="1" Version`)},
		{"Conditions: not looked at", authnRequest(issuer, issuer+`<Conditions NotOnOrAfter="1999-01-05T09:00:00Z"/>`)},
		{"empty Scoping", authnRequest(issuer, issuer+`<samlp:Scoping/>`)},
		{"POST as ProtocolBinding", authnRequest("Version", `ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Version`)},
		{"AllowCreate: not looked at", authnRequest(issuer, issuer+`<samlp:NameIDPolicy AllowCreate="false"/>`)},
		{"a signature that nobody asked for: not verified", authnRequest(issuer, issuer+`<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>`)},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := w.in(t)
			for method, got := range map[string]answer{"Redirect": w.get(w.redirect(test.xml, "")), "POST": w.postRequest(test.xml, "")} {
				if got.status != http.StatusOK || configOf(t, got.body)["pgid"] != "ConvergedSignIn" {
					t.Errorf("%s: status %d, want the sign-in page\n%s", method, got.status, got.body)
				}
			}
		})
	}
}

// The path of the per-app endpoint takes the place of the Issuer, in the
// request and in the response; only GUIDs are accepted (learn.microsoft.com,
// "Configure app multi-instancing").
func TestPerAppEndpoint(t *testing.T) {
	w := newWire(t)
	other := w.create(idp.ApplicationConfig{Name: "Wiki 2", ReplyURLs: []string{w.sp.URL + "/second"}})
	w.assign(other, w.ana)
	at := func(id string) string {
		return strings.Replace(w.redirect(authnRequest(), ""), "/saml2?", "/saml2/"+url.PathEscape(id)+"?", 1)
	}
	for _, id := range []string{other.AppID(), strings.ToUpper(other.AppID())} {
		w.person().signIn(at(id))
		xml, _ := w.response()
		if got, want := find(t, xml, "//Audience"), "spn:"+other.AppID(); got != want {
			t.Errorf("Audience = %s, want %s", got, want)
		}
		if got := w.sp.last().URL.Path; got != "/second" {
			t.Errorf("the response went to %s", got)
		}
	}
	why := checkRefused(t, w.get(at("wiki")), "AADSTS700016", "Application with identifier 'wiki' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.")
	if why.Where != "URL path" {
		t.Errorf("Where = %q", why.Where)
	}
}

// A tenant answers to its GUID, its verified domain and common, in any case.
func TestTenantInThePath(t *testing.T) {
	w := newWire(t)
	if err := w.app.Configure(func(c *idp.ApplicationConfig) { c.SignInAudience = idp.AudienceMultipleOrgs }); err != nil {
		t.Fatal(err)
	}
	query := strings.TrimPrefix(w.redirect(authnRequest(), ""), w.LoginURL())
	for _, tenant := range []string{tenantID, strings.ToUpper(tenantID), "contoso.example", "Contoso.Example", "common", "COMMON"} {
		for _, rest := range []string{"/saml2", "/SAML2"} {
			if got := w.get(w.BaseURL() + "/" + tenant + rest + query); got.status != http.StatusOK {
				t.Errorf("%s%s: status %d", tenant, rest, got.status)
			}
		}
	}
	why := checkRefused(t, w.get(w.BaseURL()+"/Fabrikam.example/saml2"+query), "AADSTS90002",
		"Tenant 'Fabrikam.example' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.")
	if want := tenantID + " or contoso.example"; why.Expected != want || why.Where != "URL path" {
		t.Errorf("expected %q at %q, want %q at the URL path", why.Expected, why.Where, want)
	}
	for _, path := range []string{"/" + tenantID + "/unknown", "/" + tenantID + "/saml2/a/b", "/unknown"} {
		if got := w.get(w.BaseURL() + path); got.status != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, got.status)
		}
	}
	if got := w.do(http.MethodPut, w.LoginURL(), "", ""); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "GET, POST" {
		t.Errorf("PUT: status %d, Allow %q", got.status, got.header.Get("Allow"))
	}
}

// What comes as SAMLResponse must be a response, and of those only the answer to
// a LogoutRequest is of use here (learn.microsoft.com, "AADSTS7500514 - A
// supported type of SAML response was not found").
func TestParameterNames(t *testing.T) {
	const noResponse = "A supported type of SAML response was not found. The supported response types are 'Response' (in XML namespace 'urn:oasis:names:tc:SAML:2.0:protocol') or 'Assertion' (in XML namespace 'urn:oasis:names:tc:SAML:2.0:assertion')."
	w := newWire(t)
	message := func(name string) string {
		return `<samlp:` + name + ` xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r" Version="2.0" IssueInstant="2026-01-05T09:00:00Z"/>`
	}
	send := func(xml string) answer {
		return w.post(w.LoginURL(), url.Values{"SAMLResponse": {binding.EncodePOST([]byte(xml))}})
	}
	for _, xml := range []string{message("Response"), `<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>`} {
		if why := checkRefused(t, send(xml), "AADSTS75005", "The request is not a valid Saml2 protocol message."); !strings.Contains(xml, why.Got) {
			t.Errorf("Got = %q", why.Got)
		}
	}
	for _, xml := range []string{authnRequest(), message("LogoutRequest"), message("ArtifactResponse"), `<Assertion xmlns="urn:oasis:names:tc:SAML:1.0:assertion"/>`} {
		if why := checkRefused(t, send(xml), "AADSTS7500514", noResponse); !strings.Contains(xml, why.Got) {
			t.Errorf("Got = %q", why.Got)
		}
	}
	if got := send(message("LogoutResponse")); got.status != http.StatusOK {
		t.Errorf("LogoutResponse: status %d", got.status)
	}
}

// An application for one tenant cannot be used at /common (learn.microsoft.com,
// "Microsoft Entra authentication and authorization error codes", AADSTS50194).
func TestCommonEndpoint(t *testing.T) {
	w := newWire(t)
	common := strings.Replace(w.redirect(authnRequest(), ""), tenantID, "common", 1)
	why := checkRefused(t, w.get(common), "AADSTS50194", "Application '"+w.app.AppID()+"'(Wiki) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such applications created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.")
	if why.Where != "URL path" || !strings.Contains(why.Expected, w.LoginURL()) {
		t.Errorf("explained by %+v", why)
	}
	if err := w.app.Configure(func(c *idp.ApplicationConfig) { c.SignInAudience = "Everybody" }); err == nil {
		t.Error("an audience that does not exist was taken")
	}
	if err := w.app.Configure(func(c *idp.ApplicationConfig) { c.SignInAudience = idp.AudienceMultipleOrgs }); err != nil {
		t.Fatal(err)
	}
	asksToSignIn(t, w.get(common))
}
