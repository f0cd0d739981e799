package claims_test

import (
	"testing"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
)

// britta is the guest of learn.microsoft.com, "Customize SAML token claims", emit
// claims based on conditions: from another Entra tenant.
func britta() claims.Subject {
	s := ana()
	s.User.UserType = "Guest"
	s.User.Identities = []directory.Identity{{SignInType: "federated", Issuer: "99999999-0000-4000-8000-000000000000"}}
	s.User.Mail = "britta@fabrikam.example"
	s.User.OtherMails = []string{"britta@other.example"}
	s.User.ExtensionAttributes = map[string]string{"extensionAttribute1": "ext1"}
	return s
}

func TestConditionsLastMatchWins(t *testing.T) {
	extension := &claims.Transform{Function: "IfNotEmpty", Inputs: []string{"user.extensionattribute1"}, Output: "user.extensionattribute1"}
	other := &claims.Transform{Function: "ToLowercase", Inputs: []string{"user.othermail"}}
	first := []claims.Condition{
		{UserType: "members", Source: "user.userprincipalname"},
		{UserType: "allGuests", Source: "user.extensionattribute1"},
		{UserType: "aadGuests", Source: "user.mail"},
	}
	second := []claims.Condition{
		{UserType: "allGuests", Transform: extension},
		{UserType: "aadGuests", Transform: other},
		{UserType: "aadGuests", Source: "user.mail"},
	}
	without := britta()
	without.User.OtherMails = nil
	wrong := britta()
	wrong.User.OtherMails, wrong.User.ExtensionAttributes = nil, nil
	external := britta()
	external.User.Identities = []directory.Identity{{Issuer: directory.IssuerMicrosoftAccount}}
	tests := []struct {
		name       string
		subject    claims.Subject
		conditions []claims.Condition
		want       []string
	}{
		{"first example: of two attributes that match, the lower", britta(), first, []string{"britta@fabrikam.example"}},
		{"an external guest matches the upper only", external, first, []string{"ext1"}},
		{"an external guest", external, append(first[:3:3], claims.Condition{UserType: "externalGuests", Value: "outside"}), []string{"outside"}},
		{"an Entra guest is no external one", britta(), append(first[:3:3], claims.Condition{UserType: "externalGuests", Value: "outside"}), []string{"britta@fabrikam.example"}},
		{"a member", ana(), first, []string{"Ana@contoso.example"}},
		{"second example: transformations come after attributes wherever they stand", britta(), second, []string{"britta@other.example"}},
		{"third example: an entry without a value is ignored", without, second, []string{"ext1"}},
		{"the attribute remains if no transformation has a value", wrong, second, []string{"britta@fabrikam.example"}},
		{"nobody matches", ana(), second, nil},
		{"any is everybody, and constants count as attributes", ana(), []claims.Condition{{Source: "user.mail"}, {UserType: "Any", Value: "x"}}, []string{"x"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantDiff(t, claimed(t, claims.Claim{Conditions: test.conditions}, test.subject), test.want)
		})
	}
}

func TestConditionsOnGroups(t *testing.T) {
	s := ana()
	s.Groups = []directory.Group{{ID: "id-of-admins", DisplayName: "aws-admins"}, {ID: "parent", DisplayName: "everybody"}}
	s.DirectGroups = []directory.Group{{ID: "id-of-admins", DisplayName: "aws-admins"}}
	for _, test := range []struct {
		name string
		condition
		want []string
	}{
		{"by name", condition{"", []string{"aws-admins"}}, []string{"x"}},
		{"by object id", condition{"", []string{"ID-of-admins"}}, []string{"x"}},
		{"one of several", condition{"", []string{"nobody", "aws-admins"}}, []string{"x"}},
		{"through another group", condition{"", []string{"everybody"}}, []string{"x"}},
		{"not a member", condition{"", []string{"nobody"}}, nil},
		{"member of the group, but not of the user type", condition{"allGuests", []string{"aws-admins"}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			claim := claims.Claim{Conditions: []claims.Condition{{UserType: test.userType, Groups: test.groups, Value: "x"}}}
			wantDiff(t, claimed(t, claim, s), test.want)
		})
	}
}

type condition struct {
	userType string
	groups   []string
}
