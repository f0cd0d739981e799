package idp_test

import (
	"encoding/base64"
	"html"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/refusal"
)

// spMetadata is the metadata of a service provider.
func spMetadata(entityID, acs, slo string) []byte {
	e := html.EscapeString
	xml := `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="` + e(entityID) + `"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">`
	if slo != "" {
		xml += `<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="` + e(slo) + `"/>`
	}
	return []byte(xml + `<AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="` + e(acs) + `" index="0"/>` +
		`<AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://new.example/acs/default" index="1" isDefault="true"/>` +
		`<AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact" Location="https://new.example/acs/artifact" index="2"/>` +
		`</SPSSODescriptor></EntityDescriptor>`)
}

// "Upload metadata file" fills in Identifier, Reply URL and Logout Url.
func TestUploadMetadata(t *testing.T) {
	w := newWire(t)
	if err := w.app.UploadMetadata(spMetadata("https://new.example/saml", "https://new.example/acs", w.sp.URL+"/slo2")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"https://new.example/saml"}, w.app.Identifiers()); diff != "" {
		t.Errorf("identifiers (-want +got):\n%s", diff)
	}
	// The default one first; Entra answers by POST only.
	if diff := cmp.Diff([]string{"https://new.example/acs/default", "https://new.example/acs"}, w.app.ReplyURLs()); diff != "" {
		t.Errorf("reply URLs (-want +got):\n%s", diff)
	}
	got := w.get(w.redirect(logoutRequest(identifier, "https://new.example/saml"), ""))
	if location := got.header.Get("Location"); !strings.HasPrefix(location, w.sp.URL+"/slo2?SAMLResponse=") {
		t.Errorf("the LogoutResponse goes to %q", location)
	}
}

// What the file says of keys and of logout by POST is left alone: certificates
// that verify requests or encrypt assertions are uploaded by themselves, and
// Entra's logout messages go by Redirect.
func TestUploadMetadataLeavesAlone(t *testing.T) {
	w := newWire(t)
	const logoutURL = "https://wiki.example/slo"
	if err := w.app.Configure(func(c *idp.ApplicationConfig) {
		c.LogoutURL, c.SignOnURL, c.RelayState = logoutURL, "https://wiki.example/", "start"
	}); err != nil {
		t.Fatal(err)
	}
	want := w.app.Config()
	want.Identifiers, want.ReplyURLs = []string{"https://new.example/saml"}, []string{"https://new.example/acs/default", "https://new.example/acs"}
	cert := base64.StdEncoding.EncodeToString(w.app.Certificates()[0].X509.Raw)
	xml := string(spMetadata("https://new.example/saml", "https://new.example/acs", "https://new.example/slo"))
	xml = strings.Replace(xml, `<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"`, `<KeyDescriptor><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>`+cert+
		`</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"`, 1)
	xml = strings.Replace(xml, "<SPSSODescriptor ", `<SPSSODescriptor AuthnRequestsSigned="true" `, 1)
	if !strings.Contains(xml, cert) || !strings.Contains(xml, "AuthnRequestsSigned") {
		t.Fatal("the file lacks what the test is about")
	}
	if err := w.app.UploadMetadata([]byte(xml)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, w.app.Config()); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestUploadMetadataRefuses(t *testing.T) {
	w := newWire(t)
	w.create(idp.ApplicationConfig{Name: "Blog", Identifiers: []string{"https://blog.example/saml"}})
	good := string(spMetadata("https://new.example/saml", "https://new.example/acs", ""))
	for _, test := range []struct{ name, xml, message, got string }{
		{"no XML", "hello", "The metadata file could not be read.", "text outside the root element"},
		{"DTD", "<!DOCTYPE x>" + good, "The metadata file could not be read.", "document type declarations are refused"},
		{"an identity provider's", strings.ReplaceAll(good, "SPSSODescriptor", "IDPSSODescriptor"), "The metadata file could not be read.", "there is no SPSSODescriptor"},
		{"no POST binding", strings.ReplaceAll(good, "HTTP-POST", "HTTP-Artifact"), "The metadata file could not be read.", "none"},
		{"an identifier of another application", strings.Replace(good, "https://new.example/saml", "https://blog.example/saml", 1), "Another object with the same value for property identifierUris already exists.", "https://blog.example/saml (of Blog)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			why, ok := refusal.From(w.app.UploadMetadata([]byte(test.xml)))
			if !ok || why.Message != test.message || !strings.Contains(why.Got, test.got) {
				t.Errorf("refused with %v, want %q and %q", why, test.message, test.got)
			}
			if got := w.app.Identifiers(); len(got) != 1 || got[0] != identifier {
				t.Errorf("identifiers are now %q", got)
			}
		})
	}
}
