package claims_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

const (
	tenantID = "11111111-2222-3333-4444-555555555555"
	anaID    = "aaaaaaaa-0000-4000-8000-000000000001"
	appID    = "bbbbbbbb-0000-4000-8000-000000000002"
	awsNS    = "https://aws.amazon.com/SAML/Attributes"
)

// ana is a subject with something in every property.
func ana() claims.Subject {
	return claims.Subject{
		User: directory.User{
			ID: anaID, UserPrincipalName: "Ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa",
			Mail: "ana.sousa@contoso.example", MailNickname: "ana", Department: "Platform", JobTitle: "Engineer", CompanyName: "Contoso",
			EmployeeID: "123_Sousa", OfficeLocation: "Lisbon 4", StreetAddress: "Rua Augusta 1", City: "Lisbon", State: "Lisboa",
			PostalCode: "1100-048", Country: "PT", BusinessPhone: "+351 21 000 000", MobilePhone: "+351 91 000 000", FaxNumber: "+351 21 000 001",
			PreferredLanguage: "pt-PT", UserType: "Member",
			OnPremisesSamAccountName: "asousa", OnPremisesDomainName: "ad.contoso.example", OnPremisesNetBiosName: "CONTOSO",
			OnPremisesSecurityIdentifier: "S-1-5-21-1", OnPremisesImmutableID: "aW1tdXRhYmxl",
			OnPremisesUserPrincipalName: "asousa@ad.contoso.example", OnPremisesSyncEnabled: new(true),
			CreationType: "Invitation", ConsentProvidedForMinor: "Granted", PreferredDataLocation: "EUR",
			OtherMails:          []string{"ana@home.example", "ana@second.example"},
			ProxyAddresses:      []string{"SMTP:ana@contoso.example", "smtp:a.sousa@contoso.example"},
			ExtensionAttributes: map[string]string{"extensionAttribute1": "one", "extensionAttribute15": "fifteen"},
			Extensions: map[string]directory.ExtensionValue{
				"extension_0123456789abcdef0123456789abcdef_costCenter": {"CC-7"}, "extension_0123456789abcdef0123456789abcdef_teams": {"red", "blue"},
			},
		},
		TenantID: tenantID, Domain: "contoso.example", AppID: appID, AppObjectID: "cccccccc-0000-4000-8000-000000000003", AppName: "AWS",
		AppTags: []string{"HideApp", "Second"}, Company: claims.Company{TenantCountry: "PT"},
		SessionDuration: "900",
		AuthnMethods:    []string{claims.MethodPassword},
	}
}

// attributes evaluates the configuration or fails the test.
func attributes(t *testing.T, c claims.Configuration, s claims.Subject) []claims.Attribute {
	t.Helper()
	got, err := c.Attributes(s)
	if err != nil {
		t.Fatalf("Attributes: %v", err)
	}
	return got
}

// values returns the values of one attribute, nil if it is absent.
func values(list []claims.Attribute, name string) []string {
	for _, a := range list {
		if a.Name == name {
			return a.Values
		}
	}
	return nil
}

// claimed evaluates a single claim.
func claimed(t *testing.T, claim claims.Claim, s claims.Subject) []string {
	t.Helper()
	claim.Name, claim.Namespace = "Claim", "urn:test"
	return values(attributes(t, claims.Configuration{Claims: []claims.Claim{claim}}, s), "urn:test/Claim")
}

func wantRefusal(t *testing.T, err error, code, message, where string) {
	t.Helper()
	r, ok := refusal.From(err)
	if !ok {
		t.Fatalf("error is no refusal: %v", err)
	}
	if r.Code != code || r.Message != message || r.Where != where {
		t.Errorf("refusal = %s %q at %s, want %s %q at %s", r.Code, r.Message, r.Where, code, message, where)
	}
	if r.Expected == "" || r.Got == "" || r.Fix == "" {
		t.Errorf("the refusal does not explain itself: %+v", r)
	}
}

func wantDiff(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
}

func ptr(n int) *int { return &n }

// numbered makes n groups.
func numbered(n int, each func(i int) directory.Group) []directory.Group {
	list := make([]directory.Group, n)
	for i := range list {
		list[i] = each(i)
		list[i].ID = fmt.Sprintf("group-%d", i)
	}
	return list
}
