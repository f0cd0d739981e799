package idp_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
)

// Every function of the portal's page "Manage transformation", in one assertion
// (learn.microsoft.com, "Customize SAML token claims", and its examples; "Claims
// customization using a policy", ExtractMailPrefix).
func TestTransformationsAtTheWire(t *testing.T) {
	at := func(n int) *int { return &n }
	of := func(function string, t claims.Transform) claims.Transform {
		t.Function = function
		if t.Inputs == nil {
			t.Inputs = []string{"user.department"}
		}
		return t
	}
	// department is Finance_BSimon_US42, employeeid 1234x, mail ana@contoso.example.
	tests := []struct {
		transform claims.Transform
		multi     bool
		want      []string
	}{
		{transform: of("ExtractMailPrefix", claims.Transform{Inputs: []string{"user.mail"}}), want: []string{"ana"}},
		{transform: of("ExtractMailPrefix", claims.Transform{}), want: []string{"Finance_BSimon_US42"}},
		{transform: of("Join", claims.Transform{Inputs: []string{"user.mail", "user.country"}, Separator: "/"}), want: []string{"ana@contoso.example/PT"}},
		{transform: of("Join", claims.Transform{Inputs: []string{"user.country", `"x"`}}), want: []string{"PTx"}},
		{transform: of("ToLowercase", claims.Transform{}), want: []string{"finance_bsimon_us42"}},
		{transform: of("ToUppercase()", claims.Transform{}), want: []string{"FINANCE_BSIMON_US42"}},
		{transform: of("Contains", claims.Transform{Value: "BSimon", Output: "user.mail"}), want: []string{"ana@contoso.example"}},
		{transform: of("Contains", claims.Transform{Value: "bsimon", Output: "user.mail"})},
		{transform: of("StartWith", claims.Transform{Value: "US", Output: "user.mail", OutputIfNoMatch: `"no"`}), want: []string{"no"}},
		{transform: of("EndWith", claims.Transform{Value: "US42", Output: `"yes"`}), want: []string{"yes"}},
		{transform: of("ExtractAfter", claims.Transform{Value: "Finance_"}), want: []string{"BSimon_US42"}},
		{transform: of("ExtractBefore", claims.Transform{Value: "_US"}), want: []string{"Finance_BSimon"}},
		{transform: of("ExtractBetween", claims.Transform{Value: "Finance_", Value2: "_US"}), want: []string{"BSimon"}},
		{transform: of("ExtractAlphaPrefix", claims.Transform{}), want: []string{"Finance"}},
		{transform: of("ExtractAlphaSuffix", claims.Transform{Inputs: []string{"user.employeeid"}}), want: []string{"x"}},
		{transform: of("ExtractNumericPrefix", claims.Transform{Inputs: []string{"user.employeeid"}}), want: []string{"1234"}},
		{transform: of("ExtractNumericSuffix", claims.Transform{}), want: []string{"42"}},
		{transform: of("IfEmpty", claims.Transform{Inputs: []string{"user.city"}, Output: `"none"`}), want: []string{"none"}},
		{transform: of("IfEmpty", claims.Transform{Output: `"none"`, OutputIfNoMatch: "user.country"}), want: []string{"PT"}},
		{transform: of("IfNotEmpty", claims.Transform{Output: "user.country"}), want: []string{"PT"}},
		{transform: of("IfNotEmpty", claims.Transform{Inputs: []string{"user.city"}, Output: "user.country"})},
		{transform: of("Substring", claims.Transform{StartIndex: at(8), Length: at(6)}), want: []string{"BSimon"}},
		{transform: of("Substring", claims.Transform{StartIndex: at(15)}), want: []string{"US42"}},
		{transform: of("RegexReplace", claims.Transform{
			Inputs: []string{"user.mail", "user.country"}, Regex: `(?'user'^[^@]+)@(?<host>\w+)(?=\.)\.example$`, Replacement: "{host}:{user}-{country}",
		}), want: []string{"contoso:ana-PT"}},
		{transform: of("RegexReplace", claims.Transform{Regex: "nosuch", Replacement: "x"}), want: []string{"Finance_BSimon_US42"}},
		{transform: of("RegexReplace", claims.Transform{Regex: "nosuch", Replacement: "x", OutputIfNoMatch: "user.country"}), want: []string{"PT"}},
		{transform: of("ExtractBetween", claims.Transform{Value: "Finance_", Value2: "_US", Then: &claims.Transform{Function: "ToLowercase"}}), want: []string{"bsimon"}},
		{transform: of("ExtractAfter", claims.Transform{Inputs: []string{"user.proxyaddresses"}, Value: ":"}), want: []string{"ana@contoso.example"}},
		{transform: of("ExtractAfter", claims.Transform{Inputs: []string{"user.proxyaddresses"}, Value: ":"}), multi: true, want: []string{"ana@contoso.example", "as@contoso.example"}},
	}
	w := newWire(t)
	var configured []claims.Claim
	for i := range tests {
		configured = append(configured, claims.Claim{Name: fmt.Sprintf("claim%d", i), Transform: &tests[i].transform, MultiValued: tests[i].multi})
	}
	xml := attributesAfter(t, w, func(u *directory.User) {
		u.Department, u.EmployeeID, u.Country = "Finance_BSimon_US42", "1234x", "PT"
		u.ProxyAddresses = []string{"SMTP:ana@contoso.example", "smtp:as@contoso.example"}
	}, func(c *idp.ApplicationConfig) { c.Claims = configured })
	var tried []string
	for i, test := range tests {
		if got := valuesOf(t, xml, configured[i].Name); !slices.Equal(got, test.want) {
			t.Errorf("%s %+v: %q, want %q", test.transform.Function, test.transform, got, test.want)
		}
		tried = append(tried, test.transform.Function)
	}
	for _, function := range claims.Functions() {
		if !slices.Contains(tried, function) && !slices.Contains(tried, function+"()") {
			t.Errorf("%s is not tried", function)
		}
	}
}

// Attributes first, then transformations, the last match wins and an entry
// without a value does not count (learn.microsoft.com, "Customize SAML token
// claims", emit claims based on conditions): for a guest of another Entra tenant,
// a guest of elsewhere and a member.
func TestConditionsAtTheWire(t *testing.T) {
	guestMail := &claims.Transform{Function: "ExtractMailPrefix", Inputs: []string{"user.mail"}}
	configured := []claims.Claim{
		{Name: "first", Conditions: []claims.Condition{
			{UserType: "allGuests", Source: "user.extensionattribute1"}, {UserType: "aadGuests", Source: "user.mail"},
		}},
		{Name: "second", Conditions: []claims.Condition{
			{UserType: "allGuests", Transform: guestMail}, {UserType: "aadGuests", Source: "user.mail"}, {UserType: "any", Source: "user.userprincipalname"},
		}},
		{Name: "third", Conditions: []claims.Condition{
			{UserType: "any", Source: "user.city"}, {UserType: "externalGuests", Source: "user.extensionattribute2"}, {UserType: "members", Source: "user.extensionattribute1"},
		}},
		{Name: "staff", Conditions: []claims.Condition{{Groups: []string{"Staff"}, Value: "yes"}, {UserType: "members", Groups: []string{"Nobody"}, Value: "no"}}},
	}
	const mail, upn = "britta@fabrikam.example", "ana@contoso.example"
	for _, test := range []struct {
		user, issuer string
		want         [4]string
	}{
		{"Guest", "99999999-8888-4777-8666-555555555555", [4]string{mail, "britta", "Lisbon", "yes"}},
		{"Guest", directory.IssuerMicrosoftAccount, [4]string{"ext", "britta", "Lisbon", "yes"}},
		{"Member", "", [4]string{"", upn, "ext", "yes"}},
	} {
		w := newWire(t)
		w.AddGroup("Everybody", w.AddGroup("Staff", w.ana)) // Staff is a member of Everybody
		w.AddGroup("Nobody")
		xml := attributesAfter(t, w, func(u *directory.User) {
			u.UserType, u.Mail, u.City, u.ExtensionAttributes = test.user, mail, "Lisbon", map[string]string{"extensionAttribute1": "ext"}
			if test.issuer != "" {
				u.Identities = []directory.Identity{{Issuer: test.issuer}}
			}
		}, func(c *idp.ApplicationConfig) { c.Claims = configured })
		var got [4]string
		for i, claim := range configured {
			if values := valuesOf(t, xml, claim.Name); len(values) > 0 {
				got[i] = values[0]
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s of %q (-want +got):\n%s", test.user, test.issuer, diff)
		}
	}
}

// inGroups makes Ana a member of so many groups and selects security groups.
func (w *wire) inGroups(n int) {
	w.t.Helper()
	for i := range n {
		w.AddGroup(fmt.Sprintf("group-%d", i), w.ana)
	}
	if err := w.app.SetGroupClaims(claims.GroupClaims{Emit: "security"}); err != nil {
		w.t.Fatal(err)
	}
}

const groupsLink = "https://graph.windows.net/%s/users/%s/getMemberObjects"

// 150 groups fit; of more there is a link, or nothing, as two pages have it
// (learn.microsoft.com, "SAML token claims reference", "Configure group claims
// for applications").
func TestGroupOverageAtTheWire(t *testing.T) {
	w := newWire(t)
	ana := w.person()
	ana.signIn(w.MyAppsURL())
	emitted := func() (groups, link []string) {
		ana.open(w.redirect(authnRequest(), ""))
		xml, _ := w.response()
		return valuesOf(t, xml, claims.TypeGroups), valuesOf(t, xml, claims.TypeGroupsLink)
	}
	w.inGroups(150)
	if groups, link := emitted(); len(groups) != 150 || link != nil {
		t.Errorf("150 groups: %d, and %v", len(groups), link)
	}
	w.AddGroup("one more", w.ana)
	if groups, link := emitted(); groups != nil || !slices.Equal(link, []string{fmt.Sprintf(groupsLink, tenantID, w.ana.ID)}) {
		t.Errorf("151 groups: %d, and %v", len(groups), link)
	}
	w.Choose(func(c *idp.Choices) { c.OmitGroupOverage = true })
	if groups, link := emitted(); groups != nil || link != nil {
		t.Errorf("151 groups, to be omitted: %d, and %v", len(groups), link)
	}
}

// The group claim has its place after displayname, or after all others.
func TestPlaceOfGroups(t *testing.T) {
	w := newWire(t)
	w.inGroups(1)
	ana := w.person()
	ana.signIn(w.MyAppsURL())
	for _, last := range []bool{false, true} {
		w.Choose(func(c *idp.Choices) { c.GroupsLast = last })
		ana.open(w.redirect(authnRequest(), ""))
		xml, _ := w.response()
		var names []string
		for _, e := range parse(t, xml).FindElements("//Attribute") {
			names = append(names, e.SelectAttrValue("Name", ""))
		}
		want := 3
		if last {
			want = len(names) - 1
		}
		if got := slices.Index(names, claims.TypeGroups); got != want || len(names) != 10 {
			t.Errorf("last %v: groups are at %d of %q, want %d", last, got, names, want)
		}
	}
}

// Whether a request for persistent or unspecified gets the configured value or
// the pairwise id: two pages disagree (learn.microsoft.com, "Customize SAML token
// claims", and "Single sign-on SAML protocol", NameIDPolicy).
func TestPairwiseOnRequest(t *testing.T) {
	w := newWire(t)
	if err := w.app.SetNameID(claims.NameID{Source: "user.mail"}); err != nil {
		t.Fatal(err)
	}
	ana := w.person()
	ana.signIn(w.MyAppsURL())
	nameID := func(format string) (value, got string) {
		ana.open(w.redirect(authnRequest("</Issuer>", `</Issuer><samlp:NameIDPolicy Format="`+format+`"/>`), ""))
		xml, _ := w.response()
		got, _ = attr(t, xml, "//NameID", "Format")
		return find(t, xml, "//NameID"), got
	}
	const mail = "ana@contoso.example"
	pairwise := ""
	for _, test := range []struct {
		chosen           bool
		requested, value string // an empty value is the pairwise id
		format           string
	}{
		{false, claims.FormatPersistent, mail, claims.FormatPersistent},
		{false, claims.FormatUnspecified, mail, claims.FormatUnspecified},
		{true, claims.FormatPersistent, "", claims.FormatPersistent},
		{true, claims.FormatUnspecified, "", claims.FormatPersistent},
		{true, claims.FormatEmailAddress, mail, claims.FormatEmailAddress},
	} {
		w.Choose(func(c *idp.Choices) { c.PairwiseOnRequest = test.chosen })
		value, format := nameID(test.requested)
		if test.value == "" {
			if len(value) != 43 || pairwise != "" && value != pairwise {
				t.Errorf("%s: %q is no pairwise id, or not that of before, %q", test.requested, value, pairwise)
			}
			pairwise = value
		} else if value != test.value {
			t.Errorf("%s: %q, want %q", test.requested, value, test.value)
		}
		if format != test.format {
			t.Errorf("%s: format %s, want %s", test.requested, format, test.format)
		}
	}
}

// What is written of which groups (learn.microsoft.com, "Configure group claims
// for applications").
func TestGroupClaimsAtTheWire(t *testing.T) {
	w := newWire(t)
	no := false
	group := func(g directory.Group, members ...string) directory.Group {
		g, err := w.Directory().CreateGroup(g)
		if err == nil && len(members) > 0 {
			err = w.Directory().AddMembers(g.ID, members...)
		}
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	synced := group(directory.Group{
		DisplayName: "AD Engineers", OnPremisesSamAccountName: "engineers", OnPremisesDomainName: "ad.contoso.example",
		OnPremisesNetBiosName: "CONTOSO", OnPremisesSecurityIdentifier: "S-1-5-21-2",
	}, w.ana.ID)
	cloud := group(directory.Group{DisplayName: "aws-admins"}, w.ana.ID)
	list := group(directory.Group{DisplayName: "all-hands", SecurityEnabled: &no}, w.ana.ID)
	parent := group(directory.Group{DisplayName: "aws-everybody"}, cloud.ID)
	w.assign(w.app, synced, cloud, parent)
	w.declare("reader")
	if err := w.app.AssignRole(w.ana, "reader"); err != nil {
		t.Fatal(err)
	}
	ana := w.person()
	ana.signIn(w.MyAppsURL())
	const groups, role, own = claims.TypeGroups, claims.TypeRole, "urn:teams/team"
	for _, test := range []struct {
		rule  string
		given claims.GroupClaims
		want  map[string][]string // of groups, role and own
	}{
		{"none", claims.GroupClaims{}, map[string][]string{role: {"reader"}}},
		{"security groups, nested ones too", claims.GroupClaims{Emit: "security"}, map[string][]string{groups: {synced.ID, cloud.ID, parent.ID}, role: {"reader"}}},
		{"all", claims.GroupClaims{Emit: "all"}, map[string][]string{groups: {synced.ID, cloud.ID, list.ID, parent.ID}, role: {"reader"}}},
		{"assigned, direct membership only", claims.GroupClaims{Emit: "assigned"}, map[string][]string{groups: {synced.ID, cloud.ID}, role: {"reader"}}},
		{"sAMAccountName, of synchronized groups only", claims.GroupClaims{Emit: "security", Value: "samAccountName"}, map[string][]string{groups: {"engineers"}, role: {"reader"}}},
		{"after the NetBIOS domain", claims.GroupClaims{Emit: "security", Value: "netbiosDomainAndSamAccountName"}, map[string][]string{groups: {`CONTOSO\engineers`}, role: {"reader"}}},
		{"after the DNS domain", claims.GroupClaims{Emit: "security", Value: "dnsDomainAndSamAccountName"}, map[string][]string{groups: {`ad.contoso.example\engineers`}, role: {"reader"}}},
		{"SID", claims.GroupClaims{Emit: "security", Value: "onPremisesSecurityIdentifier"}, map[string][]string{groups: {"S-1-5-21-2"}, role: {"reader"}}},
		{"cloud display name", claims.GroupClaims{Emit: "assigned", Value: "cloudDisplayName"}, map[string][]string{groups: {"aws-admins"}, role: {"reader"}}},
		{"both kinds", claims.GroupClaims{Emit: "assigned", Value: "samAccountName", CloudDisplayNames: true}, map[string][]string{groups: {"engineers", "aws-admins"}, role: {"reader"}}},
		{"filter", claims.GroupClaims{Emit: "all", Filter: &claims.GroupFilter{MatchOn: "displayName", Type: "prefix", Value: "aws-"}}, map[string][]string{groups: {cloud.ID, parent.ID}, role: {"reader"}}},
		{"name", claims.GroupClaims{Emit: "assigned", Name: "team", Namespace: "urn:teams"}, map[string][]string{own: {synced.ID, cloud.ID}, role: {"reader"}}},
		{"as roles", claims.GroupClaims{Emit: "assigned", Value: "cloudDisplayName", AsRoles: true}, map[string][]string{role: {"aws-admins"}}},
		{"transformation", claims.GroupClaims{
			Emit: "assigned", Value: "samAccountName", CloudDisplayNames: true, Name: "team", Namespace: "urn:teams",
			Transform: &claims.GroupTransform{Regex: `^aws-(?'team'\w+)$`, Replacement: "{team}"},
		}, map[string][]string{own: {"admins"}, role: {"reader"}}},
		{"transformation that nothing matches", claims.GroupClaims{
			Emit: "assigned", Value: "samAccountName", CloudDisplayNames: true, Name: "team", Namespace: "urn:teams",
			Transform: &claims.GroupTransform{Regex: "^gcp-", Replacement: "x"},
		}, map[string][]string{groups: {"engineers", "aws-admins"}, role: {"reader"}}},
	} {
		t.Run(test.rule, func(t *testing.T) {
			w, ana := w.in(t), person{w.in(t), ana.b}
			if err := w.app.SetGroupClaims(test.given); err != nil {
				t.Fatal(err)
			}
			ana.open(w.redirect(authnRequest(), ""))
			xml, _ := w.response()
			got := map[string][]string{}
			for _, name := range []string{groups, role, own} {
				if values := valuesOf(t, xml, name); values != nil {
					slices.Sort(values)
					got[name] = values
				}
			}
			for _, values := range test.want {
				slices.Sort(values)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}
