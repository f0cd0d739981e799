package sp_test

import (
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/idharness/harness/internal/saml/metadata"
)

// TestMetadataHasTheBytesOfTheConsoleDownload: the layout of a metadata file
// that the console gave out, with this instance's addresses.
func TestMetadataHasTheBytesOfTheConsoleDownload(t *testing.T) {
	w := newWorld(t)
	p := w.get(w.center.MetadataURL())
	want := `<?xml version="1.0" encoding="UTF-8"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://eu-west-1.signin.aws.amazon.com/platform/saml/d-9067729b3d">` +
		`<md:SPSSODescriptor AuthnRequestsSigned="false" WantAssertionsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
		`<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>` +
		`<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="` + w.center.ACSURL() + `" index="0" isDefault="true"/>` +
		`</md:SPSSODescriptor></md:EntityDescriptor>`
	if p.status != http.StatusOK || p.body != want {
		t.Errorf("status %d\n got %s\nwant %s", p.status, p.body, want)
	}
	if got := p.header.Get("Content-Type"); got != "application/samlmetadata+xml" {
		t.Errorf("Content-Type = %q (saml-metadata-2.0-os, appendix A)", got)
	}
	if got := string(w.center.Metadata()); got != p.body {
		t.Errorf("Metadata() = %s, want what is served", got)
	}
	if _, err := metadata.ParseServiceProvider([]byte(p.body)); err != nil {
		t.Errorf("the metadata does not parse: %v", err)
	}
}

func TestMetadataOfAnotherStoreIsNotFound(t *testing.T) {
	w := newWorld(t)
	if p := w.get(strings.Replace(w.center.MetadataURL(), "d-9067729b3d", "d-0000000000", 1)); p.status != http.StatusNotFound {
		t.Errorf("status %d, want 404", p.status)
	}
}

// TestAddressesHaveTheShapesOfTheService: ACS URLs of newer instances end in
// the region and a hyphen in hex and a UUID; the entity ID stays the same
// whatever the address.
func TestAddressesHaveTheShapesOfTheService(t *testing.T) {
	w := newWorld(t)
	if err := w.center.SetBaseURL("https://sso.contoso.example"); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ got, shape string }{
		"entity id":    {w.center.EntityID(), `^https://eu-west-1\.signin\.aws\.amazon\.com/platform/saml/d-9067729b3d$`},
		"ACS":          {w.center.ACSURL(), `^https://sso\.contoso\.example/platform/saml/acs/` + hex.EncodeToString([]byte("eu-west-1-")) + `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`},
		"metadata":     {w.center.MetadataURL(), `^https://sso\.contoso\.example/platform/saml/metadata/d-9067729b3d$`},
		"portal":       {w.center.PortalURL(), `^https://sso\.contoso\.example/start$`},
		"SCIM":         {w.center.SCIMURL(), `^https://sso\.contoso\.example/[0-9a-z]{3}[0-9a-f-]{36}/scim/v2$`},
		"instance ARN": {w.center.ARN(), `^arn:aws:sso:::instance/ssoins-[0-9a-f]{16}$`},
	} {
		if !regexp.MustCompile(test.shape).MatchString(test.got) {
			t.Errorf("%s: %q does not match %s", name, test.got, test.shape)
		}
	}
	if !strings.Contains(string(w.center.Metadata()), `Location="https://sso.contoso.example/platform/saml/acs/`) {
		t.Errorf("the metadata does not follow the base URL: %s", w.center.Metadata())
	}
}
