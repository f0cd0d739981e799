package interop

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/browser"
)

// What mod_auth_mellon is told. The cookie is Secure, which browsers grant plain
// HTTP on a loopback address: mellon's cookie test is SameSite=None, which they
// refuse without.
const mellonDirectives = `
LoadModule authn_core_module ` + apacheModules + `/mod_authn_core.so
LoadModule authz_core_module ` + apacheModules + `/mod_authz_core.so
LoadModule authz_user_module ` + apacheModules + `/mod_authz_user.so
LoadModule include_module ` + apacheModules + `/mod_include.so
LoadModule auth_mellon_module ` + apacheModules + `/mod_auth_mellon.so
MellonLockFile mellon.lock
ForceType "text/html; charset=utf-8"
<Location />
	MellonEnable info
	MellonSecureCookie On
	MellonIdPMetadataFile idp.xml
	MellonSPPrivateKeyFile sp.key
	MellonSPCertFile sp.pem
	MellonDefaultLoginPath /private/page.html
	MellonSetEnv surname ` + claims.TypeSurname + `
	MellonSetEnv department department
	MellonSetEnv objectid ` + claims.TypeObjectID + `
	MellonSetEnv groups ` + claims.TypeGroups + `
</Location>
<Location /private>
	AuthType Mellon
	MellonEnable auth
	Require valid-user
	Options +Includes
	SetOutputFilter INCLUDES
</Location>
`

// The page that mellon protects says what it was told of the user.
const mellonPage = `<title>Wiki</title>
<p id="user"><!--#echo var="REMOTE_USER" --></p>
<p id="nameid"><!--#echo var="MELLON_NAME_ID" --></p>
<p id="surname"><!--#echo var="MELLON_surname" --></p>
<p id="department"><!--#echo var="MELLON_department" --></p>
<p id="objectid"><!--#echo var="MELLON_objectid" --></p>
<p id="groups"><!--#echo var="MELLON_groups_0" --> <!--#echo var="MELLON_groups_1" --></p>
`

// startMellon starts Apache with mod_auth_mellon, which trusts app's federation
// metadata, and uploads the metadata that mellon publishes to app. Both go over
// HTTP as they are. Mellon writes its metadata itself unless it is given some.
func startMellon(t *testing.T, app *idp.Application, metadata func(url string, cert *x509.Certificate) string) *apache {
	t.Helper()
	program := needApache(t, "mod_auth_mellon.so")
	root := worldReadable(t)
	publish(t, filepath.Join(root, "site/bye.html"), "<title>Goodbye</title>")
	publish(t, filepath.Join(root, "site/private/page.html"), mellonPage)
	key, cert := newKeyPair(t)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "sp.key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	write(t, filepath.Join(root, "sp.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})))
	publish(t, filepath.Join(root, "idp.xml"), get(t, app.MetadataURL()))
	site := startApache(t, program, root, func(url string) string {
		if metadata == nil {
			return mellonDirectives
		}
		publish(t, filepath.Join(root, "sp.xml"), metadata(url, cert))
		return mellonDirectives + "<Location />\n\tMellonSPMetadataFile sp.xml\n</Location>\n"
	}, "/mellon/metadata")
	if err := app.UploadMetadata([]byte(get(t, site.url+"/mellon/metadata"))); err != nil {
		t.Fatal(err)
	}
	return site
}

// shows compares what mellon's page says with what it should.
func shows(t *testing.T, page *browser.Page, want map[string]string) {
	t.Helper()
	for id, text := range want {
		if got, _ := page.Find(id); got != text {
			t.Errorf("mellon was told %s = %q, want %q", id, got, text)
		}
	}
}

// refused expects mellon's error page, and the reason in Apache's log.
func refused(t *testing.T, site *apache, page *browser.Page, reason string) {
	t.Helper()
	expect(t, page, site.url+"/mellon/postResponse", http.StatusBadRequest)
	if log := site.newErrors(); !strings.Contains(log, reason) {
		t.Errorf("Apache's log does not give %q as the reason:\n%s", reason, log)
	}
}

// mod_auth_mellon verifies what is signed through xmlsec, by way of lasso.
func TestMellonAcceptsEverySigningOption(t *testing.T) {
	everySigning(t, func(t *testing.T, signing idp.Signing) {
		tenant, app, ana := newWiki(t)
		staff, admins := tenant.AddGroup("staff", ana), tenant.AddGroup("wiki-admins", ana)
		site := startMellon(t, app, nil)
		if err := app.SetSigning(signing); err != nil {
			t.Fatal(err)
		}
		if err := app.SetClaims([]claims.Claim{{Name: "department", Source: "user.department"}}); err != nil {
			t.Fatal(err)
		}
		if err := app.SetGroupClaims(claims.GroupClaims{Emit: "security"}); err != nil {
			t.Fatal(err)
		}

		v := newVisitor(t)
		page := v.open(site.url + "/private/page.html")
		expect(t, page, site.url+"/private/page.html", http.StatusOK)
		shows(t, page, map[string]string{
			"surname": "Sousa Núñez", "objectid": ana.ID,
			"department": "R&amp;D &lt;Platform&gt;", // mellon hands values on as the XML that they are
		})
		text, _ := page.Find("groups")
		if groups := strings.Fields(text); len(groups) != 2 || !slices.Contains(groups, staff.ID) || !slices.Contains(groups, admins.ID) {
			t.Errorf("mellon was told groups %q, want %s and %s", groups, staff.ID, admins.ID)
		}

		// Whatever was signed, a change of it is noticed.
		forger := newVisitor(t)
		forger.alter = func(xml string) string { return strings.Replace(xml, "Sousa", "Souza", 1) }
		refused(t, site, forger.open(site.url+"/private/page.html"), "Failed to verify signature")
	})
}

// mellon asks for the NameID format that its metadata names, which is transient
// where mellon writes the metadata itself (learn.microsoft.com, "Single sign-on
// SAML protocol", NameIDPolicy).
func TestMellonGetsTheNameIDThatItAsksFor(t *testing.T) {
	for _, test := range []struct {
		format               string
		configured, everSame bool // the configured value; the same at every sign-in
	}{
		{claims.FormatEmailAddress, true, true},
		{claims.FormatUnspecified, true, true},
		{claims.FormatPersistent, false, true},
		{claims.FormatTransient, false, false},
	} {
		t.Run(test.format[strings.LastIndex(test.format, ":")+1:], func(t *testing.T) {
			_, app, _ := newWiki(t)
			metadata := func(url string, cert *x509.Certificate) string { return mellonMetadata(url, test.format, cert) }
			if test.format == claims.FormatTransient {
				metadata = nil
			}
			site := startMellon(t, app, metadata)
			var ids [2]string
			for i := range ids {
				v := newVisitor(t)
				page := v.open(site.url + "/private/page.html")
				expect(t, page, site.url+"/private/page.html", http.StatusOK)
				ids[i], _ = page.Find("nameid")
				shows(t, page, map[string]string{"user": ids[i]})
				if want := `<NameID Format="` + test.format + `">` + ids[i] + `</NameID>`; !strings.Contains(v.response, want) {
					t.Errorf("the response has no %s:\n%s", want, v.response)
				}
			}
			if (ids[0] == "ana@contoso.example") != test.configured || (ids[0] == ids[1]) != test.everSame {
				t.Errorf("two sign-ins gave %q; configured value: want %v, the same twice: want %v", ids, test.configured, test.everSame)
			}
		})
	}
}

// mellonMetadata is what mellon_create_metadata writes, and a NameID format.
func mellonMetadata(url, format string, cert *x509.Certificate) string {
	key := `<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>` + base64.StdEncoding.EncodeToString(cert.Raw) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`
	return `<EntityDescriptor entityID="urn:contoso:wiki" xmlns="urn:oasis:names:tc:SAML:2.0:metadata">
  <SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" AuthnRequestsSigned="true">
    <KeyDescriptor use="encryption">` + key + `</KeyDescriptor>
    <KeyDescriptor use="signing">` + key + `</KeyDescriptor>
    <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="` + url + `/mellon/logout"/>
    <NameIDFormat>` + format + `</NameIDFormat>
    <AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="` + url + `/mellon/postResponse" index="0"/>
  </SPSSODescriptor>
</EntityDescriptor>
`
}

func TestMellonAcceptsIdPInitiatedSignIn(t *testing.T) {
	tenant, app, _ := newWiki(t)
	site := startMellon(t, app, nil)
	for name, start := range map[string]func(*visitor) *browser.Page{
		"User access URL": func(v *visitor) *browser.Page { return v.open(app.UserAccessURL()) },
		"My Apps":         func(v *visitor) *browser.Page { return v.click(v.open(tenant.MyAppsURL()), "Wiki") },
	} {
		t.Run(name, func(t *testing.T) {
			page := start(newVisitor(t))
			expect(t, page, site.url+"/private/page.html", http.StatusOK) // MellonDefaultLoginPath
			shows(t, page, map[string]string{"user": "ana@contoso.example", "nameid": "ana@contoso.example"})
		})
	}
}

func TestMellonRefusesAnotherTenantsKey(t *testing.T) {
	tenant, app, _ := newWiki(t)
	site := startMellon(t, app, nil)
	expect(t, newVisitor(t).open(app.UserAccessURL()), site.url+"/private/page.html", http.StatusOK)

	impostor := newImpostor(t, tenant, app)
	for _, option := range []idp.SigningOption{idp.SignAssertion, idp.SignResponse, idp.SignBoth} {
		t.Run(string(option), func(t *testing.T) {
			if err := impostor.SetSigning(idp.Signing{Option: option}); err != nil {
				t.Fatal(err)
			}
			refused(t, site, newVisitor(t).open(impostor.UserAccessURL()), "Failed to verify signature")
		})
	}
}

func TestMellonRefusesAnotherAudience(t *testing.T) {
	_, app, _ := newWiki(t)
	site := startMellon(t, app, nil)
	describe(t, app, "https://files.contoso.example/", app.ReplyURLs()[0])
	refused(t, site, newVisitor(t).open(app.UserAccessURL()), "Invalid Audience in Conditions. Should be '"+site.url+"/mellon/metadata', but was 'https://files.contoso.example/'")
}
