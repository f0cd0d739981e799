package claims_test

import (
	"fmt"
	"testing"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
)

// The rules of this file are those of learn.microsoft.com, "Configure group
// claims for applications by using Microsoft Entra ID".

var no = false

// member is ana in a synchronized group, a cloud group, a distribution list, and
// in a parent through the cloud group. The cloud and the synchronized group are
// assigned to the application.
func member() claims.Subject {
	s := ana()
	synced := directory.Group{
		ID: "synced", DisplayName: "AD Engineers", OnPremisesSamAccountName: "engineers",
		OnPremisesDomainName: "ad.contoso.example", OnPremisesNetBiosName: "CONTOSO", OnPremisesSecurityIdentifier: "S-1-5-21-2",
	}
	cloud := directory.Group{ID: "cloud", DisplayName: "aws-admins"}
	list := directory.Group{ID: "list", DisplayName: "all-hands", SecurityEnabled: &no}
	s.DirectGroups = []directory.Group{synced, cloud, list}
	s.Groups = append(s.DirectGroups, directory.Group{ID: "parent", DisplayName: "aws-everybody"})
	s.AssignedGroups = []directory.Group{synced, cloud}
	s.DirectoryRoles = []directory.Role{{ID: "role", TemplateID: directory.GlobalAdministrator}}
	s.Roles = []string{"admin"}
	return s
}

func TestWhichGroupsAreEmitted(t *testing.T) {
	for _, test := range []struct {
		rule, emit string
		want       []string
	}{
		{"nothing unless configured", "", nil},
		{"none", "none", nil},
		{"security groups, nested ones included", "security", []string{"synced", "cloud", "parent", "role"}},
		{"all groups with distribution lists", "all", []string{"synced", "cloud", "list", "parent", "role"}},
		{"groups assigned to the application", "assigned", []string{"synced", "cloud"}},
		{"directory roles are no groups", "roles", nil},
	} {
		t.Run(test.rule, func(t *testing.T) {
			got := attributes(t, claims.Configuration{GroupClaims: claims.GroupClaims{Emit: test.emit}}, member())
			wantDiff(t, values(got, claims.TypeGroups), test.want)
			wantDiff(t, values(got, claims.TypeRole), []string{"admin"})
			wids := values(got, claims.TypeWids)
			if test.emit == "roles" {
				wantDiff(t, wids, []string{"62e90394-69f5-4237-9190-012177145e10"})
			} else if len(wids) > 0 {
				t.Errorf("wids = %v", wids)
			}
		})
	}
}

func TestWhatIsEmittedOfAGroup(t *testing.T) {
	for _, test := range []struct {
		value string
		names bool
		want  []string
	}{
		{"", false, []string{"synced", "cloud"}},
		{"objectId", false, []string{"synced", "cloud"}},
		{"samAccountName", false, []string{"engineers"}},
		{"netbiosDomainAndSamAccountName", false, []string{`CONTOSO\engineers`}},
		{"dnsDomainAndSamAccountName", false, []string{`ad.contoso.example\engineers`}},
		{"onPremisesSecurityIdentifier", false, []string{"S-1-5-21-2"}},
		{"cloudDisplayName", false, []string{"aws-admins"}},
		{"samAccountName", true, []string{"engineers", "aws-admins"}},
	} {
		t.Run(fmt.Sprint(test.value, test.names), func(t *testing.T) {
			c := claims.Configuration{GroupClaims: claims.GroupClaims{Emit: "assigned", Value: test.value, CloudDisplayNames: test.names}}
			wantDiff(t, values(attributes(t, c, member()), claims.TypeGroups), test.want)
		})
	}
}

// Roles are emitted by their object id, so not where another value was chosen.
func TestRolesHaveNoOtherValue(t *testing.T) {
	c := claims.Configuration{GroupClaims: claims.GroupClaims{Emit: "security", Value: "samAccountName"}}
	wantDiff(t, values(attributes(t, c, member()), claims.TypeGroups), []string{"engineers"})
}

func TestQualifiedNameNeedsADomain(t *testing.T) {
	s := member()
	s.AssignedGroups = []directory.Group{{ID: "g", DisplayName: "n", OnPremisesSamAccountName: "engineers"}}
	c := claims.Configuration{GroupClaims: claims.GroupClaims{Emit: "assigned", Value: "dnsDomainAndSamAccountName"}}
	wantDiff(t, values(attributes(t, c, s), claims.TypeGroups), []string(nil))
}

// "Group filtering does not apply to Microsoft Entra roles": the role stays.
func TestGroupFilters(t *testing.T) {
	for _, test := range []struct {
		filter claims.GroupFilter
		want   []string
	}{
		{claims.GroupFilter{MatchOn: "displayName", Type: "prefix", Value: "aws-"}, []string{"cloud", "parent", "role"}},
		{claims.GroupFilter{MatchOn: "displayName", Type: "suffix", Value: "admins"}, []string{"cloud", "role"}},
		{claims.GroupFilter{MatchOn: "displayName", Type: "contains", Value: "s-e"}, []string{"parent", "role"}},
		{claims.GroupFilter{MatchOn: "samAccountName", Type: "contains", Value: "gin"}, []string{"synced", "role"}},
	} {
		t.Run(fmt.Sprint(test.filter), func(t *testing.T) {
			c := claims.Configuration{GroupClaims: claims.GroupClaims{Emit: "all", Filter: &test.filter}}
			wantDiff(t, values(attributes(t, c, member()), claims.TypeGroups), test.want)
		})
	}
}

// "The number of groups emitted in a token is limited to 150 for SAML
// assertions"; filters work for users of up to 1000 groups. The link is that of
// "SAML token claims reference".
func TestGroupOverage(t *testing.T) {
	link := []string{"https://graph.windows.net/" + tenantID + "/users/" + anaID + "/getMemberObjects"}
	prefix := &claims.GroupFilter{MatchOn: "displayName", Type: "prefix", Value: "aws-1"}
	in := func(n int) claims.Subject {
		s := ana()
		s.Roles = []string{"admin"}
		s.Groups = numbered(n, func(i int) directory.Group { return directory.Group{DisplayName: fmt.Sprintf("aws-%d", i)} })
		return s
	}
	for _, test := range []struct {
		rule   string
		groups int
		claim  claims.GroupClaims
		count  int // of groups; -1 for the link
		name   string
	}{
		{"150 groups fit", 150, claims.GroupClaims{Emit: "security"}, 150, claims.TypeGroups},
		{"151 do not", 151, claims.GroupClaims{Emit: "security"}, -1, claims.TypeGroups},
		{"nor under another name", 151, claims.GroupClaims{Emit: "security", Name: "memberOf"}, -1, "memberOf"},
		{"nor as roles", 151, claims.GroupClaims{Emit: "security", AsRoles: true}, -1, claims.TypeRole},
		{"a filter reduces the number", 200, claims.GroupClaims{Emit: "security", Filter: prefix}, 111, claims.TypeGroups},
		{"a filter works with 1000 groups", 1000, claims.GroupClaims{Emit: "security", Filter: prefix}, 111, claims.TypeGroups},
		{"and not with more", 1001, claims.GroupClaims{Emit: "security", Filter: prefix}, -1, claims.TypeGroups},
		{"groups that have no value do not count", 200, claims.GroupClaims{Emit: "security", Value: "samAccountName"}, 0, claims.TypeGroups},
	} {
		t.Run(test.rule, func(t *testing.T) {
			got := attributes(t, claims.Configuration{GroupClaims: test.claim}, in(test.groups))
			want := []string(nil)
			if test.count < 0 {
				want = link
			}
			wantDiff(t, values(got, claims.TypeGroupsLink), want)
			if n := len(values(got, test.name)); n != max(test.count, 0) {
				t.Errorf("%d groups, want %d", n, max(test.count, 0))
			}
		})
	}
}

// "If you use the option to emit group data as roles, only groups will appear in
// the role claim."
func TestGroupsAsRoles(t *testing.T) {
	got := attributes(t, claims.Configuration{GroupClaims: claims.GroupClaims{Emit: "assigned", AsRoles: true}}, member())
	wantDiff(t, values(got, claims.TypeRole), []string{"synced", "cloud"})
	wantDiff(t, values(got, claims.TypeGroups), []string(nil))

	got = attributes(t, claims.Configuration{GroupClaims: claims.GroupClaims{Emit: "none", AsRoles: true}}, member())
	wantDiff(t, values(got, claims.TypeRole), []string{"admin"})
}

func TestGroupClaimName(t *testing.T) {
	got := attributes(t, claims.Configuration{GroupClaims: claims.GroupClaims{Emit: "assigned", Name: "groups", Namespace: "urn:app"}}, member())
	wantDiff(t, got[3], claims.Attribute{Name: "urn:app/groups", Values: []string{"synced", "cloud"}})
	wantDiff(t, values(got, claims.TypeGroups), []string(nil))
}

// Group transformation: values that do not match are not emitted; if none does,
// the original claim is.
func TestGroupTransformation(t *testing.T) {
	claim := claims.GroupClaims{
		Emit: "assigned", Value: "cloudDisplayName", Name: "aws-groups",
		Transform: &claims.GroupTransform{Regex: `^aws-(?'name'.*)$`, Replacement: "{name}"},
	}
	s := member()
	s.AssignedGroups = append(s.AssignedGroups, directory.Group{ID: "other", DisplayName: "other"})
	got := attributes(t, claims.Configuration{GroupClaims: claim}, s)
	wantDiff(t, values(got, "aws-groups"), []string{"admins"})
	wantDiff(t, values(got, claims.TypeGroups), []string(nil))

	claim.Transform = &claims.GroupTransform{Regex: `^gcp-`, Replacement: "x"}
	got = attributes(t, claims.Configuration{GroupClaims: claim}, s)
	wantDiff(t, values(got, "aws-groups"), []string(nil))
	wantDiff(t, values(got, claims.TypeGroups), []string{"aws-admins", "other"})
}
