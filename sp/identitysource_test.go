package sp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/signature"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

// TestUploadIdPMetadataRefuses: the file holds an entity ID, a certificate and
// a SingleSignOnService, in at most 75,000 characters (user guide, "SAML profile
// support"). A refused file leaves the identity source as it was.
func TestUploadIdPMetadataRefuses(t *testing.T) {
	w := newWorld(t)
	good := w.entra.metadata()
	cut := func(from, to string) string {
		before, rest, ok := strings.Cut(good, from)
		_, after, ok2 := strings.Cut(rest, to)
		if !ok || !ok2 {
			t.Fatalf("%s … %s is not in the metadata", from, to)
		}
		return before + after
	}
	padded := func(n int, with string) string {
		return good + "<!--" + strings.Repeat(with, n-len([]rune(good))-len("<!---->")) + "-->"
	}
	if err := w.center.UploadIdPMetadata([]byte(padded(sp.MaxIdPMetadata, "é"))); err != nil {
		t.Errorf("75,000 characters of more bytes: %v", err)
	}
	before := w.center.Source()
	events := len(w.center.Events())
	for _, test := range []struct{ name, file, got, where string }{
		{"empty", "", "there is no root element", "metadata file, line 1, position 1"},
		{"not XML", "hello", "text outside the root element", "metadata file, line 1, position 1"},
		{"broken in the second line", "<EntityDescriptor>\n  <a></b>", "element <a> closed by </b>", "metadata file, line 2, position"},
		{"document type (XXE)", "<!DOCTYPE x>" + good, "document type declarations are refused", "metadata file, line 1"},
		{"75,001 characters", padded(75_001, "x"), "75001", "metadata file"},
		{"a service provider's", string(w.center.Metadata()), "no IDPSSODescriptor", "metadata file, /EntityDescriptor"},
		{"an HTML page", "<html></html>", "the document is no SAML metadata", "metadata file, /html"},
		{"no entity ID", strings.Replace(good, entraIssuer, "", 1), "no entityID", "metadata file, /EntityDescriptor"},
		{"no certificate", cut("<KeyDescriptor", "</KeyDescriptor>"), "no signing certificate", "metadata file, /EntityDescriptor/IDPSSODescriptor"},
		{"an encryption certificate only", strings.Replace(good, `use="signing"`, `use="encryption"`, 1), "no signing certificate", "metadata file, /EntityDescriptor/IDPSSODescriptor"},
		{"a certificate that is none", strings.Replace(good, "<X509Certificate>MII", "<X509Certificate>AAA", 1), "does not parse", "metadata file, /EntityDescriptor/IDPSSODescriptor/KeyDescriptor"},
		{"no SingleSignOnService", strings.ReplaceAll(good, "SingleSignOnService", "SingleLogoutService"), "no SingleSignOnService", "metadata file, /EntityDescriptor/IDPSSODescriptor"},
		{"other bindings only", strings.ReplaceAll(strings.ReplaceAll(good, saml.BindingRedirect, "urn:a"), saml.BindingPOST, "urn:b"), "other bindings only", "metadata file, SingleSignOnService"},
		{"a script as sign-in URL (CVE-2023-45683)", strings.ReplaceAll(good, entraSSO, "javascript:alert(1)"), "javascript:alert(1)", "metadata file, SingleSignOnService/@Location"},
		{"a sign-in URL without host", strings.ReplaceAll(good, entraSSO, "/saml2"), "/saml2", "metadata file, SingleSignOnService/@Location"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := w.center.UploadIdPMetadata([]byte(test.file))
			why, ok := refusal.From(err)
			if !ok || why.Code != "InvalidIdPMetadata" || why.Fix != refusal.Request || !strings.Contains(why.Got, test.got) || !strings.HasPrefix(why.Where, test.where) {
				t.Errorf("got %v\nwant it to say %q at %q", err, test.got, test.where)
			}
		})
	}
	if diff := cmp.Diff(before, w.center.Source()); diff != "" {
		t.Errorf("a refused file changed the identity source (-before +after):\n%s", diff)
	}
	if n := len(w.center.Events()); n != events {
		t.Errorf("%d events, want %d", n, events)
	}
}

func TestSourceDescribesTheIdentityProvider(t *testing.T) {
	w := newWorld(t)
	want := sp.Source{
		Type: sp.SourceExternal, External: true, Issuer: entraIssuer, SignInURL: entraSSO,
		Certificates: []sp.SourceCertificate{{Thumbprint: signature.Thumbprint(w.entra.cert.Raw), NotBefore: start, NotAfter: start.AddDate(3, 0, 0), Status: sp.CertificateGreen}},
	}
	if diff := cmp.Diff(want, w.center.Source(), cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
	postOnly := strings.ReplaceAll(w.entra.metadata(), saml2Redirect, "urn:example:other")
	if err := w.center.UploadIdPMetadata([]byte(postOnly)); err != nil {
		t.Fatal(err)
	}
	if got := w.center.Source().SignInURL; got != entraSSO {
		t.Errorf("sign-in URL of the POST binding = %q, want %q", got, entraSSO)
	}
	w.center.UseDirectory()
	if diff := cmp.Diff(sp.Source{Type: sp.SourceDirectory}, w.center.Source()); diff != "" {
		t.Errorf("source after UseDirectory (-want +got):\n%s", diff)
	}
}

// TestChangingTheIdentityProviderKeepsWhoMayDoWhat: user guide, "Considerations
// for changing your identity source".
func TestChangingTheIdentityProviderKeepsWhoMayDoWhat(t *testing.T) {
	w := newWorld(t)
	if _, err := w.center.CreateGroup(identitystore.Group{DisplayName: "aws-admins"}, ana); err != nil {
		t.Fatal(err)
	}
	assign(t, w, sp.Wish{Group: "aws-admins"})
	w.center.UseDirectory()
	next := newEntra(t, w.clock, 1)
	const issuer = "https://idp.contoso.example/"
	if err := w.center.UploadIdPMetadata([]byte(strings.Replace(next.metadata(), entraIssuer, issuer, 1))); err != nil {
		t.Fatal(err)
	}
	p := w.follow(w.post(next.signed(w.center, ana, "", setText("Issuer", issuer), setText("Assertion/Issuer", issuer)), ""))
	if got := w.wantPortal(p, ana); len(got.Accounts) != 1 {
		t.Errorf("accounts %+v, want the one that was assigned before", got.Accounts)
	}
	w.wantRefused(w.post(w.entra.signed(w.center, ana, ""), ""), refusal.Refusal{Code: "WrongIssuer", Message: notYou, Got: entraIssuer, Where: "/Response/Issuer", Fix: refusal.IdentityCenter})
}

// TestActiveDirectoryKeepsNobody: a change to or from Active Directory deletes
// users, groups and assignments (user guide, "Considerations for changing your
// identity source").
func TestActiveDirectoryKeepsNobody(t *testing.T) {
	w := newWorld(t)
	if _, err := w.center.CreateGroup(identitystore.Group{DisplayName: "aws-admins"}, ana); err != nil {
		t.Fatal(err)
	}
	assign(t, w, sp.Wish{Group: "aws-admins"})
	if _, err := w.center.Store().EnableProvisioning(); err != nil {
		t.Fatal(err)
	}
	w.center.UseActiveDirectory()
	if store := w.center.Store(); len(store.Users()) != 0 || len(store.Groups()) != 0 || len(w.center.Assignments()) != 0 || store.ProvisioningEnabled() {
		t.Errorf("left: users %v, groups %v, assignments %v, provisioning %v", store.Users(), store.Groups(), w.center.Assignments(), store.ProvisioningEnabled())
	}
	if got := w.center.Source(); got.Type != sp.SourceActiveDirectory || got.External {
		t.Errorf("source %+v", got)
	}
	_, err := w.center.CreateUser(identitystore.User{UserName: ana, DisplayName: ana, Name: identitystore.Name{GivenName: "Ana", FamilyName: "Sousa"}})
	if why, ok := refusal.From(err); !ok || why.Code != "ManagedByActiveDirectory" {
		t.Errorf("a user added by hand: %v", err)
	}
	w.wantRefused(w.post(w.entra.signed(w.center, ana, ""), ""), refusal.Refusal{Code: "NoExternalIdP", Message: "Something doesn't compute", Got: "Active Directory", Where: "Settings > Identity source", Fix: refusal.IdentityCenter})
	if err := w.center.UploadIdPMetadata([]byte(w.entra.metadata())); err != nil {
		t.Fatal(err)
	}
	w.addUser(ana)
	w.wantPortal(w.signIn(ana), ana)
	w.center.UseDirectory()
	if n := len(w.center.Store().Users()); n != 1 {
		t.Errorf("%d users after the change to the directory, want 1", n)
	}
}
