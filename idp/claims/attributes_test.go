package claims_test

import (
	"testing"
	"time"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
)

// The order is that of assertions that Entra issued in 2021 to 2025.
func TestDefaultAttributesAndTheirOrder(t *testing.T) {
	s := ana()
	s.Roles = []string{"admin", "reader"}
	s.Groups = []directory.Group{{ID: "g1", DisplayName: "aws-admins"}}
	s.AuthnMethods = []string{claims.MethodPassword, claims.MethodMultipleAuthn}
	c := claims.Configuration{
		GroupClaims: claims.GroupClaims{Emit: "security"},
		Claims:      []claims.Claim{{Name: "Second", Value: "2"}, {Name: "First", Value: "1"}},
	}
	wantDiff(t, attributes(t, c, s), []claims.Attribute{
		{Name: "http://schemas.microsoft.com/identity/claims/tenantid", Values: []string{tenantID}},
		{Name: "http://schemas.microsoft.com/identity/claims/objectidentifier", Values: []string{anaID}},
		{Name: "http://schemas.microsoft.com/identity/claims/displayname", Values: []string{"Ana Sousa"}},
		{Name: "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", Values: []string{"g1"}},
		{Name: "http://schemas.microsoft.com/identity/claims/identityprovider", Values: []string{"https://sts.windows.net/" + tenantID + "/"}},
		{Name: "http://schemas.microsoft.com/claims/authnmethodsreferences", Values: []string{
			"http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password", "http://schemas.microsoft.com/claims/multipleauthn",
		}},
		{Name: "http://schemas.microsoft.com/ws/2008/06/identity/claims/role", Values: []string{"admin", "reader"}},
		{Name: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", Values: []string{"Ana"}},
		{Name: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", Values: []string{"Sousa"}},
		{Name: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", Values: []string{"ana.sousa@contoso.example"}},
		{Name: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", Values: []string{"Ana@contoso.example"}},
		{Name: "Second", Values: []string{"2"}},
		{Name: "First", Values: []string{"1"}},
	})
}

// Assertions of users without names and mail have no such attributes, not empty
// ones. Roles without a value (User, msiam_access) are not emitted either.
func TestClaimsWithoutValueAreLeftOut(t *testing.T) {
	s := claims.Subject{
		User:     directory.User{ID: anaID, UserPrincipalName: "svc@contoso.example"},
		TenantID: tenantID, Roles: []string{""},
	}
	c := claims.Configuration{Claims: []claims.Claim{
		{Name: "Department", Source: "user.department"},
		{Name: "Role", Namespace: awsNS}, // left blank, as the AWS guide shows it
	}}
	var names []string
	for _, a := range attributes(t, c, s) {
		names = append(names, a.Name)
	}
	wantDiff(t, names, []string{claims.TypeTenantID, claims.TypeObjectID, claims.TypeIdentityProvider, claims.TypeName})
}

// Guests of other Entra tenants have the issuer of their own, personal accounts
// live.com (assertions of both kinds).
func TestIdentityProviderOfGuests(t *testing.T) {
	own := "https://sts.windows.net/" + tenantID + "/"
	for issuer, want := range map[string]string{
		"99999999-0000-4000-8000-00000000000A": "https://sts.windows.net/99999999-0000-4000-8000-00000000000a/",
		"MicrosoftAccount":                     "live.com",
		"ExternalAzureAD":                      own,
		"google.com":                           "google.com",
	} {
		s := ana()
		s.User.Identities = []directory.Identity{{SignInType: "federated", Issuer: issuer}}
		wantDiff(t, values(attributes(t, claims.Configuration{}, s), claims.TypeIdentityProvider), []string{want})
	}
	wantDiff(t, values(attributes(t, claims.Configuration{}, ana()), claims.TypeIdentityProvider), []string{own})
}

// "You can omit or modify basic claims" (learn.microsoft.com, "Claims
// customization using a policy"). An edited claim keeps its place.
func TestDefaultClaimsCanBeEditedAndRemoved(t *testing.T) {
	c := claims.Configuration{Claims: []claims.Claim{
		{Name: "extra", Value: "x"},
		{Name: "emailaddress", Namespace: claims.DefaultNamespace, Source: "user.userprincipalname"},
		{Name: "givenname", Remove: true},
		{Name: "surname", Namespace: claims.DefaultNamespace, Remove: true},
		{Name: "name", Namespace: claims.DefaultNamespace}, // blank
	}}
	got := attributes(t, c, ana())[5:]
	wantDiff(t, got, []claims.Attribute{
		{Name: claims.TypeEmailAddress, Values: []string{"Ana@contoso.example"}},
		{Name: "extra", Values: []string{"x"}},
	})
}

// "If set to False, claims in the basic claim set aren't in the tokens, unless
// they're individually added."
func TestBasicClaimSetCanBeLeftOut(t *testing.T) {
	c := claims.Configuration{
		IncludeBasicClaimSet: new(false),
		Claims:               []claims.Claim{{Name: "extra", Value: "x"}, {Name: "name", Namespace: claims.DefaultNamespace, Source: "user.mail"}},
	}
	wantDiff(t, attributes(t, c, ana())[5:], []claims.Attribute{
		{Name: claims.TypeName, Values: []string{"ana.sousa@contoso.example"}},
		{Name: "extra", Values: []string{"x"}},
	})
	c.IncludeBasicClaimSet = new(true)
	if got := attributes(t, c, ana())[5:]; len(got) != 5 {
		t.Errorf("with the basic claim set: %v", got)
	}
}

// learn.microsoft.com, "Customize SAML token claims", include attribute name
// format: with restricted, core and optional claims.
func TestNameFormatOfClaimsThatNobodyConfigured(t *testing.T) {
	c := claims.Configuration{IncludeNameFormat: true, Claims: []claims.Claim{
		{Name: "extra", Value: "x"}, {Name: "name", Namespace: claims.DefaultNamespace, Source: "user.mail", NameFormat: "basic"},
	}}
	for _, a := range attributes(t, c, ana()) {
		want := claims.AttrNameURI
		switch a.Name {
		case "extra":
			want = ""
		case claims.TypeName:
			want = claims.AttrNameBasic
		}
		if a.NameFormat != want {
			t.Errorf("%s has the format %q, want %q", a.Name, a.NameFormat, want)
		}
	}
}

// The short name in another namespace, or in none, is another claim.
func TestSameNameElsewhereIsAnotherClaim(t *testing.T) {
	got := attributes(t, claims.Configuration{Claims: []claims.Claim{{Name: "givenname", Value: "x"}}}, ana())
	wantDiff(t, values(got, claims.TypeGivenName), []string{"Ana"})
	wantDiff(t, values(got, "givenname"), []string{"x"})
}

// displayname is in the core claim set but not in the restricted one.
func TestDisplayNameCanBeReplaced(t *testing.T) {
	c := claims.Configuration{Claims: []claims.Claim{{Name: "displayname", Namespace: claims.MicrosoftNamespace, Source: "user.jobtitle"}}}
	got := attributes(t, c, ana())
	wantDiff(t, got[2], claims.Attribute{Name: claims.TypeDisplayName, Values: []string{"Engineer"}})
	if len(got) != 9 {
		t.Errorf("%d attributes, want 9: displayname is emitted once", len(got))
	}
}

func TestNameFormatIsWritten(t *testing.T) {
	for given, want := range map[string]string{
		"": "", "uri": claims.AttrNameURI, "Basic": claims.AttrNameBasic, claims.AttrNameUnspecified: claims.AttrNameUnspecified,
	} {
		c := claims.Configuration{Claims: []claims.Claim{{Name: "n", NameFormat: given, Value: "v"}}}
		got := attributes(t, c, ana())
		wantDiff(t, got[len(got)-1], claims.Attribute{Name: "n", NameFormat: want, Values: []string{"v"}})
	}
}

// learn.microsoft.com, "Claims customization using a policy": valid ID values per
// source.
func TestEverySourceHasItsValue(t *testing.T) {
	s := ana()
	s.User.Created = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	s.User.LastPasswordChange = s.User.Created.AddDate(0, 1, 0)
	s.Roles = []string{"admin"}
	want := map[string]string{
		"user.surname": "Sousa", "user.givenname": "Ana", "user.displayname": "Ana Sousa", "user.objectid": anaID,
		"user.mail": "ana.sousa@contoso.example", "user.userprincipalname": "Ana@contoso.example", "user.department": "Platform",
		"user.onpremisessamaccountname": "asousa", "user.netbiosname": "CONTOSO", "user.dnsdomainname": "ad.contoso.example",
		"user.onpremisesecurityidentifier": "S-1-5-21-1", "user.companyname": "Contoso", "user.streetaddress": "Rua Augusta 1",
		"user.postalcode": "1100-048", "user.preferredlanguage": "pt-PT", "user.mailnickname": "ana",
		"user.extensionattribute1": "one", "user.extensionattribute15": "fifteen", "user.othermail": "ana@home.example",
		"user.country": "PT", "user.city": "Lisbon", "user.state": "Lisboa", "user.jobtitle": "Engineer", "user.employeeid": "123_Sousa",
		"user.facsimiletelephonenumber": "+351 21 000 001", "user.assignedroles": "admin", "user.accountenabled": "true",
		"user.createddatetime": "2026-01-05T09:00:00Z", "user.mobilephone": "+351 91 000 000", "user.officelocation": "Lisbon 4",
		"user.onpremisesdomainname": "ad.contoso.example", "user.onpremisesimmutableid": "aW1tdXRhYmxl",
		"user.proxyaddresses": "SMTP:ana@contoso.example", "user.usertype": "Member", "user.telephonenumber": "+351 21 000 000",
		"user.onpremisesuserprincipalname": "asousa@ad.contoso.example", "user.onpremisessyncenabled": "true", "user.creationtype": "Invitation",
		"user.consentprovidedforminor": "Granted", "user.preferreddatalocation": "EUR", "user.lastpasswordchangedatetime": "2026-02-05T09:00:00Z",
		"user.sessionduration":    "900",
		"application.displayname": "AWS", "resource.objectid": s.AppObjectID, "audience.tags": "HideApp", "company.tenantcountry": "PT",
		"user.extension_0123456789abcdef0123456789abcdef_costCenter": "CC-7",
		"User.Mail": "ana.sousa@contoso.example", // names are not case-sensitive
	}
	for source, value := range want {
		wantDiff(t, claimed(t, claims.Claim{Source: source}, s), []string{value})
	}
	for _, name := range claims.Sources() {
		if name == "user.pairwiseid" {
			continue // of the NameID only
		}
		if _, err := (claims.Configuration{Claims: []claims.Claim{{Name: "n", Source: name}}}).Attributes(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The same page: one value is emitted of othermail and tags; assigned roles are
// all emitted, each as its own AttributeValue (AWS single-account tutorial).
func TestMultiValuedSources(t *testing.T) {
	s := ana()
	s.Roles = []string{
		"arn:aws:iam::111122223333:role/admin,arn:aws:iam::111122223333:saml-provider/entra",
		"arn:aws:iam::111122223333:role/reader,arn:aws:iam::111122223333:saml-provider/entra",
	}
	wantDiff(t, claimed(t, claims.Claim{Source: "user.assignedroles"}, s), s.Roles)
	wantDiff(t, claimed(t, claims.Claim{Source: "user.proxyaddresses"}, s), s.User.ProxyAddresses[:1])
	wantDiff(t, claimed(t, claims.Claim{Source: "user.proxyaddresses", MultiValued: true}, s), s.User.ProxyAddresses)
	wantDiff(t, claimed(t, claims.Claim{Source: "application.tags"}, s), []string{"HideApp"})

	// "Multi-valued extension attributes that have been synced" are the sources of
	// several values; a transformation still takes the first.
	teams := "user.extension_0123456789abcdef0123456789abcdef_teams"
	wantDiff(t, claimed(t, claims.Claim{Source: teams}, s), []string{"red", "blue"})
	upper := claims.Transform{Function: "ToUppercase", Inputs: []string{teams}}
	wantDiff(t, claimed(t, claims.Claim{Transform: &upper}, s), []string{"RED"})
	wantDiff(t, claimed(t, claims.Claim{Transform: &upper, MultiValued: true}, s), []string{"RED", "BLUE"})
}

// learn.microsoft.com, "Microsoft Entra authentication and authorization error
// codes", AADSTS501241. A transformation of an attribute that the user does not
// have fails the sign-in, not only the claim.
func TestTransformationWithoutInputRefusesTheSignIn(t *testing.T) {
	s := ana()
	s.User.EmployeeID, s.User.Country = "", ""
	for name, test := range map[string]struct {
		transform claims.Transform
		message   string
	}{
		"first input": {
			claims.Transform{Function: "ToUppercase", Inputs: []string{"user.employeeid"}},
			"Mandatory Input 'sourceClaim' missing from transformation ID 'urn:aws/EmployeeID'.",
		},
		"second input of Join": {
			claims.Transform{Function: "Join", Inputs: []string{"user.mail", "user.country"}},
			"Mandatory Input 'string2' missing from transformation ID 'urn:aws/EmployeeID'.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := claims.Configuration{Claims: []claims.Claim{
				{Name: "Department", Source: "user.department"},
				{Name: "EmployeeID", Namespace: "urn:aws", Transform: &test.transform},
			}}
			_, err := c.Attributes(s)
			wantRefusal(t, err, "AADSTS501241", test.message, "claims[1].transform")
		})
	}
}

func TestAttributesOfAnInvalidConfiguration(t *testing.T) {
	c := claims.Configuration{Claims: []claims.Claim{{Name: "n", Source: "user.email"}}}
	if _, err := c.Attributes(ana()); err == nil {
		t.Error("Attributes of an invalid configuration gave no error")
	}
	if _, err := c.NameIDFor(ana(), "", "", nil); err == nil {
		t.Error("NameIDFor of an invalid configuration gave no error")
	}
}
