package idp_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
)

// attributesAfter changes Ana and Wiki, signs Ana in and gives the response.
func attributesAfter(t *testing.T, w *wire, user func(*directory.User), app func(*idp.ApplicationConfig)) []byte {
	t.Helper()
	if _, err := w.Directory().UpdateUser(w.ana.ID, user); err != nil {
		t.Fatal(err)
	}
	if err := w.app.Configure(app); err != nil {
		t.Fatal(err)
	}
	if page := w.person().signIn(w.redirect(authnRequest(), "")); !atServiceProvider(page) {
		t.Fatalf("came to %s\n%s", page.URL, page.Text())
	}
	xml, _ := w.response()
	return xml
}

// identityprovider says where a guest comes from: the issuer of the home tenant,
// or live.com for a personal account (captures of assertions).
func TestGuestsHomeTenant(t *testing.T) {
	const home = "99999999-8888-4777-8666-555555555555"
	for issuer, want := range map[string]string{
		"":                               "https://sts.windows.net/" + tenantID + "/",
		home:                             "https://sts.windows.net/" + home + "/",
		directory.IssuerMicrosoftAccount: "live.com",
		"google.com":                     "google.com",
	} {
		w := newWire(t)
		xml := attributesAfter(t, w, func(u *directory.User) {
			if issuer != "" {
				u.UserType, u.Identities = "Guest", []directory.Identity{{Issuer: issuer}}
			}
		}, func(*idp.ApplicationConfig) {})
		if got := valuesOf(t, xml, "http://schemas.microsoft.com/identity/claims/identityprovider"); !slices.Equal(got, []string{want}) {
			t.Errorf("issuer %q: identityprovider %v, want %s", issuer, got, want)
		}
	}
}

// user.userprincipalname of a guest from another Entra tenant is the name of that
// tenant, which is made from the long one; guests from elsewhere keep the long one,
// and user.localuserprincipalname is always it (learn.microsoft.com, "B2B
// collaboration user claims mapping").
func TestGuestsPrincipalName(t *testing.T) {
	const (
		long   = "eva_lind_fabrikam.example#EXT#@contoso.example"
		home   = "eva_lind@fabrikam.example"
		tenant = "99999999-8888-4777-8666-555555555555"
	)
	for _, test := range []struct{ name, userType, issuer, principal, want string }{
		{"another tenant", "Guest", tenant, long, home},
		{"a guest of whom nothing else is known", "Guest", "", long, home},
		{"personal account", "Guest", directory.IssuerMicrosoftAccount, long, long},
		{"another provider", "Guest", "google.com", long, long},
		{"a member with such a name", "Member", tenant, long, long},
		{"a guest whose name is as it was", "Guest", tenant, "eva@contoso.example", "eva@contoso.example"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWire(t)
			w.ana.UserPrincipalName = test.principal
			xml := attributesAfter(t, w, func(u *directory.User) {
				u.UserPrincipalName, u.UserType = test.principal, test.userType
				if test.issuer != "" {
					u.Identities = []directory.Identity{{Issuer: test.issuer}}
				}
			}, func(c *idp.ApplicationConfig) {
				c.Claims = []claims.Claim{{Name: "local", Source: "user.localuserprincipalname"}}
			})
			if got := valuesOf(t, xml, claims.TypeName); !slices.Equal(got, []string{test.want}) {
				t.Errorf("name %v, want %s", got, test.want)
			}
			if !bytes.Contains(xml, []byte(">"+test.want+"</NameID>")) {
				t.Errorf("NameID is not %s:\n%s", test.want, xml)
			}
			if got := valuesOf(t, xml, "local"); !slices.Equal(got, []string{test.principal}) {
				t.Errorf("local %v, want %s", got, test.principal)
			}
		})
	}
}

// Entra roles go into wids by their template ids, which are the same everywhere
// (learn.microsoft.com, "Configure group claims for applications").
func TestDirectoryRolesAreEmitted(t *testing.T) {
	const globalAdministrator = "62e90394-69f5-4237-9190-012177145e10"
	w := newWire(t)
	xml := attributesAfter(t, w, func(u *directory.User) { u.DirectoryRoles = []string{"Global Administrator"} },
		func(c *idp.ApplicationConfig) { c.GroupClaims.Emit = "roles" })
	if got := valuesOf(t, xml, "http://schemas.microsoft.com/ws/2008/06/identity/claims/wids"); !slices.Equal(got, []string{globalAdministrator}) {
		t.Errorf("wids %v", got)
	}
}

// user.sessionduration has a value in Amazon's gallery applications (tutorial
// "AWS Single-Account Access"; seen as 900).
func TestSessionDurationOfAmazonsApplications(t *testing.T) {
	claim := []claims.Claim{{Name: "SessionDuration", Namespace: "https://aws.amazon.com/SAML/Attributes", Source: "user.sessionduration"}}
	for template, want := range map[idp.Template][]string{idp.TemplateAWSIdentityCenter: {"900"}, idp.TemplateCustomSAML: nil} {
		w := newWire(t)
		w.app = w.create(idp.ApplicationConfig{Name: "Other", Template: template, Identifiers: []string{"urn:other"}, ReplyURLs: []string{w.sp.acs()}, Claims: claim})
		w.assign(w.app, w.ana)
		w.person().signIn(w.redirect(authnRequest(identifier, "urn:other"), ""))
		xml, _ := w.response()
		if got := valuesOf(t, xml, "https://aws.amazon.com/SAML/Attributes/SessionDuration"); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", template, got, want)
		}
	}
}

// The organization's country, and the default claims left out as a policy can
// (learn.microsoft.com, "Claims customization using a policy").
func TestOrganizationAndBasicClaims(t *testing.T) {
	w := newWire(t)
	w.Tenant = idp.Run(t, idp.Config{TenantID: tenantID, Clock: w.clock, CountryLetterCode: "PT"})
	w.ana = w.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa"})
	w.app = w.create(idp.ApplicationConfig{Name: "Wiki", Identifiers: []string{identifier}, ReplyURLs: []string{w.sp.acs()}})
	w.assign(w.app, w.ana)
	off := false
	xml := attributesAfter(t, w, func(*directory.User) {}, func(c *idp.ApplicationConfig) {
		c.IncludeBasicClaimSet = &off
		c.Claims = []claims.Claim{{Name: "country", Source: "company.tenantcountry"}}
	})
	if got := valuesOf(t, xml, "country"); !slices.Equal(got, []string{"PT"}) {
		t.Errorf("country %v", got)
	}
	if got := valuesOf(t, xml, "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname"); got != nil {
		t.Errorf("givenname %v, want none", got)
	}
}
