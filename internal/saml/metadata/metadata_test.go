package metadata

import (
	"fmt"
	"strings"
	"testing"

	"github.com/idharness/harness/internal/saml"
)

// The layout of the file that the Identity Center console offers for download.
const awsSP = `<?xml version="1.0" encoding="UTF-8"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://eu-west-1.signin.aws.amazon.com/platform/saml/d-1234567890"><md:SPSSODescriptor AuthnRequestsSigned="false" WantAssertionsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat><md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://eu-west-1.signin.aws/acs/2" index="1"/><md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://eu-west-1.signin.aws.amazon.com/acs/1" index="0" isDefault="true"/></md:SPSSODescriptor></md:EntityDescriptor>`

func TestServiceProviderDefaultACSComesFirst(t *testing.T) {
	sp, err := ParseServiceProvider([]byte(awsSP))
	if err != nil {
		t.Fatal(err)
	}
	if sp.EntityID != "https://eu-west-1.signin.aws.amazon.com/platform/saml/d-1234567890" {
		t.Errorf("EntityID = %q", sp.EntityID)
	}
	if len(sp.ACS) != 2 || sp.ACS[0].Location != "https://eu-west-1.signin.aws.amazon.com/acs/1" {
		t.Errorf("ACS = %+v, want the default first", sp.ACS)
	}
	if len(sp.NameIDFormats) != 1 || sp.NameIDFormats[0] != saml.NameIDEmailAddress {
		t.Errorf("NameIDFormats = %v", sp.NameIDFormats)
	}
	if location, ok := Location(sp.ACS, saml.BindingPOST); !ok || location != sp.ACS[0].Location {
		t.Errorf("Location = %q, %v", location, ok)
	}
}

// Without one that says so, the default is the first that does not say no
// (saml-metadata-2.0-os, section 2.2.3); the index does not count.
func TestServiceProviderDefaultACS(t *testing.T) {
	for attributes, want := range map[[3]string]string{
		{``, ``, ``}:                               "abc",
		{`isDefault="false"`, ``, ``}:              "bca",
		{`isDefault="false"`, `isDefault="0"`, ``}: "cab",
		{`isDefault="false"`, `isDefault="false"`, `isDefault="false"`}: "abc",
		{``, `isDefault="false"`, `isDefault="true"`}:                   "cab",
		{`isDefault="0"`, `isDefault="1"`, ``}:                          "bca",
	} {
		xml := `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="urn:sp"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">`
		for i, attribute := range attributes {
			xml += fmt.Sprintf(`<AssertionConsumerService Binding="%s" Location="%c" index="%d" %s/>`, saml.BindingPOST, 'a'+i, 9-i, attribute)
		}
		sp, err := ParseServiceProvider([]byte(xml + `</SPSSODescriptor></EntityDescriptor>`))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, acs := range sp.ACS {
			got += acs.Location
		}
		if got != want {
			t.Errorf("%q: order %s, want %s", attributes, got, want)
		}
	}
}

func TestFaultyMetadata(t *testing.T) {
	idp := func(role string) string {
		return `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sts.windows.net/t/">` + role + `</EntityDescriptor>`
	}
	sso := `<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="http://localhost/saml2"/>`
	key := func(cert string) string {
		return `<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` + cert + `</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`
	}
	for _, test := range []struct{ name, in, want string }{
		{"not XML", "{}", "line 1, position 1"},
		{"HTML", "<html></html>", "the root element is html, not EntityDescriptor"},
		{"no entityID", `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>`, "there is no entityID"},
		{"a service provider's", awsSP, "there is no IDPSSODescriptor at /EntityDescriptor"},
		{"no sign-in address", idp(`<IDPSSODescriptor/>`), "there is no SingleSignOnService"},
		{"no certificate", idp(`<IDPSSODescriptor>` + sso + `</IDPSSODescriptor>`), "there is no signing certificate"},
		{"certificate not base64", idp(`<IDPSSODescriptor>` + key("!!") + sso + `</IDPSSODescriptor>`), "not base64"},
		{"certificate not DER", idp(`<IDPSSODescriptor>` + key("AAAA") + sso + `</IDPSSODescriptor>`), "does not parse"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseIdentityProvider([]byte(test.in))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ParseIdentityProvider = %v, want it to say %q", err, test.want)
			}
		})
	}
}
