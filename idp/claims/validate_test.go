package claims_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/idharness/harness/idp/claims"
)

// mistakes returns what Validate finds, one line each.
func mistakes(t *testing.T, c claims.Configuration) []string {
	t.Helper()
	err := c.Validate()
	if err == nil {
		return nil
	}
	var list claims.Mistakes
	if !errors.As(err, &list) {
		t.Fatalf("Validate returned %T", err)
	}
	var lines []string
	for _, m := range list {
		lines = append(lines, m.Error())
	}
	return lines
}

func TestMistakesInClaims(t *testing.T) {
	upper := claims.Transform{Function: "ToUppercase", Inputs: []string{"user.mail"}}
	for _, test := range []struct {
		name  string
		claim claims.Claim
		want  []string
	}{
		{"blank is valid", claims.Claim{Name: "Role", Namespace: awsNS}, nil},
		{"no name", claims.Claim{Source: "user.mail"}, []string{"claims[0].name: a claim needs a name"}},
		{"unknown source", claims.Claim{Name: "n", Source: "user.departement"}, []string{`claims[0].source: unknown source "user.departement"; did you mean user.department?`}},
		{"source of Microsoft's own misprint", claims.Claim{Name: "n", Source: "user.email"}, []string{`claims[0].source: unknown source "user.email"; did you mean user.mail?`}},
		{"source without its prefix", claims.Claim{Name: "n", Source: "Department"}, []string{`claims[0].source: unknown source "Department"; did you mean user.department?`}},
		{"source like nothing", claims.Claim{Name: "n", Source: "user.xxxxxxxxxxxxxxxxxxx"}, []string{`claims[0].source: unknown source "user.xxxxxxxxxxxxxxxxxxx"`}},
		{"extension without a name", claims.Claim{Name: "n", Source: "user.extension_0123"}, []string{`claims[0].source: unknown source "user.extension_0123"`}},
		{"source of the AWS gallery applications", claims.Claim{Name: "SessionDuration", Source: "user.sessionduration"}, nil},
		{"groups are no source", claims.Claim{Name: "n", Source: "user.groups"}, []string{"claims[0].source: groups are not a source of claims; configure them in groupClaims"}},
		{"source of the NameID only", claims.Claim{Name: "n", Source: "user.pairwiseid"}, []string{"claims[0].source: user.pairwiseid can only be the source of the NameID"}},
		{"constant as source", claims.Claim{Name: "n", Source: `"x"`}, []string{`claims[0].source: "x" is a constant, not an attribute; write it without quotes as value`}},
		{
			"two origins", claims.Claim{Name: "n", Source: "user.mail", Value: "x"},
			[]string{"claims[0].value: source and value are given together; give one of source, value, transform, conditions"},
		},
		{"name format", claims.Claim{Name: "n", NameFormat: "urn", Value: "x"}, []string{`claims[0].nameFormat: unknown attribute name format "urn"; it is one of unspecified, uri, basic`}},
		{
			"restricted type, \"Names and URIs of claims in the restricted claim set can't be used\"",
			claims.Claim{Name: "TenantID", Namespace: claims.MicrosoftNamespace, Value: "x"},
			[]string{"claims[0].name: http://schemas.microsoft.com/identity/claims/TenantID cannot be configured: the type is in Entra's restricted claim set; choose another name or namespace"},
		},
		{
			"restricted type written as one", claims.Claim{Name: claims.TypeGroupsLink, Value: "x"},
			[]string{"claims[0].name: http://schemas.microsoft.com/claims/groups.link cannot be configured: the type is in Entra's restricted claim set; choose another name or namespace"},
		},
		{
			"restricted without a custom signing key", claims.Claim{Name: "upn", Namespace: claims.DefaultNamespace, Source: "user.userprincipalname"},
			[]string{"claims[0].name: http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn cannot be configured: the type is in Entra's restricted claim set, unless the application has a custom signing key; choose another name or namespace"},
		},
		{
			"name identifier", claims.Claim{Name: "nameidentifier", Namespace: claims.DefaultNamespace, Source: "user.mail"},
			[]string{"claims[0].name: the name identifier is not an attribute; configure it in nameID"},
		},
		{
			"multiValued where the portal does not offer it", claims.Claim{Name: "n", Source: "user.mail", MultiValued: true},
			[]string{"claims[0].multiValued: there is no multi-valued source here; those are user.assignedroles, user.proxyaddresses and directory extensions"},
		},
		{"multiValued in a condition", claims.Claim{Name: "n", MultiValued: true, Conditions: []claims.Condition{{Source: "user.mail"}, {Source: "user.proxyaddresses"}}}, nil},
		{"removal", claims.Claim{Name: "givenname", Remove: true}, nil},
		{"removal of what is not there", claims.Claim{Name: "givenName1", Remove: true}, []string{`claims[0].name: "givenName1" is not a default claim, only those can be removed; did you mean givenname?`}},
		{
			"removal with a source", claims.Claim{Name: "name", Remove: true, Source: "user.mail"},
			[]string{"claims[0].remove: a claim that is removed has nothing but its name"},
		},
		{
			"conditions", claims.Claim{Name: "n", Conditions: []claims.Condition{
				{UserType: "guests", Source: "user.mail"}, {Groups: []string{"g"}}, {Value: "x", Transform: &upper}, {Source: "user.mial"},
			}},
			[]string{
				`claims[0].conditions[0].userType: unknown user type "guests"; it is one of any, members, allGuests, aadGuests, externalGuests`,
				"claims[0].conditions[1]: a condition needs a source, a value or a transform",
				"claims[0].conditions[2].transform: value and transform are given together; give one of source, value, transform",
				`claims[0].conditions[3].source: unknown source "user.mial"; did you mean user.mail?`,
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			wantDiff(t, mistakes(t, claims.Configuration{Claims: []claims.Claim{test.claim}}), test.want)
		})
	}
}

// learn.microsoft.com, "Claims customization using a policy": not restricted with
// a custom signing key.
func TestCustomSigningKeyUnlocksTypes(t *testing.T) {
	for _, name := range []string{claims.DefaultNamespace + "/upn", claims.TypeRole, claims.WSIdentity2008 + "/primarysid"} {
		c := claims.Configuration{Claims: []claims.Claim{{Name: name, Value: "x"}}, CustomSigningKey: true}
		wantDiff(t, mistakes(t, c), []string(nil))
		wantDiff(t, values(attributes(t, c, ana()), name), []string{"x"})
	}
	c := claims.Configuration{Claims: []claims.Claim{{Name: claims.TypeGroups, Value: "x"}}, CustomSigningKey: true}
	if c.Validate() == nil {
		t.Error("groups is restricted in any case")
	}
}

func TestMistakesInTransformations(t *testing.T) {
	deep := &claims.Transform{Function: "ToUppercase", Inputs: []string{"user.mail"}, Then: &claims.Transform{Function: "ToLowercase", Then: &claims.Transform{Function: "ToUppercase"}}}
	regex := func(pattern, replacement string, inputs ...string) *claims.Transform {
		return &claims.Transform{Function: "RegexReplace", Inputs: append([]string{"user.mail"}, inputs...), Regex: pattern, Replacement: replacement}
	}
	for _, test := range []struct {
		name      string
		transform *claims.Transform
		want      []string
	}{
		{"unknown function", &claims.Transform{Function: "ToUpercase", Inputs: []string{"user.mail"}}, []string{`function: unknown function "ToUpercase"; did you mean ToUppercase?`}},
		{"no function", &claims.Transform{}, []string{"function: a transformation needs a function"}},
		{"unknown function that follows", &claims.Transform{Function: "ToUppercase", Inputs: []string{"user.mail"}, Then: &claims.Transform{Function: "Jion"}}, []string{`then.function: unknown function "Jion"; did you mean Join?`}},
		{"\"a maximum of two transformations\"", deep, []string{"then.then: a claim can have 2 transformations at most"}},
		{"no input", &claims.Transform{Function: "ToUppercase"}, []string{"inputs: ToUppercase takes 1 input here, not 0"}},
		{"too few inputs", &claims.Transform{Function: "Join", Inputs: []string{"user.mail"}}, []string{"inputs: Join takes 2 inputs here, not 1"}},
		{
			"the first input of the second is the first's output", &claims.Transform{Function: "ToUppercase", Inputs: []string{"user.mail"}, Then: &claims.Transform{Function: "ToLowercase", Inputs: []string{"user.mail"}}},
			[]string{"then.inputs: ToLowercase takes 0 inputs here, not 1; the output of the transformation before is the first input, which is not counted"},
		},
		{"unknown input", &claims.Transform{Function: "Join", Inputs: []string{"user.mail", "contoso"}}, []string{`inputs[1]: unknown source "contoso"; a constant is written in double quotes: "contoso"`}},
		{"parameter is missing", &claims.Transform{Function: "Contains", Inputs: []string{"user.mail"}, Value: "x"}, []string{"output: Contains needs output"}},
		{"parameter of another function", &claims.Transform{Function: "ToLowercase", Inputs: []string{"user.mail"}, Separator: "."}, []string{"separator: ToLowercase has no separator; leave it out"}},
		{"output", &claims.Transform{Function: "IfEmpty", Inputs: []string{"user.mail"}, Output: "user.nail", OutputIfNoMatch: `x"`}, []string{
			`output: unknown source "user.nail"; did you mean user.mail?`, `outputIfNoMatch: unknown source "x\""; a constant is written in double quotes: "x"`,
		}},
		{"negative numbers", &claims.Transform{Function: "Substring", Inputs: []string{"user.mail"}, StartIndex: ptr(-1), Length: ptr(-2)}, []string{
			"startIndex: -1 is negative; characters are counted from 0", "length: -2 is negative; leave it out to take the rest",
		}},
		{"start index 0 is given", &claims.Transform{Function: "Substring", Inputs: []string{"user.mail"}, StartIndex: ptr(0)}, nil},
		{"RegexReplace without an expression", regex("", "x"), []string{"regex: RegexReplace needs regex"}},
		{"expression that does not compile", regex("(a", "x"), []string{"regex: missing closing ) in `(a`"}},
		{"everything that .NET has", regex(`(?ix-s)(?<o>a)(?=b)(?<!b)(?>a)(?<-o>x)(?(o)y)\k<o>[a-z-[aeiou]]`, "{o}{0}"), nil},
		{"reference to a group that is not there", regex(`a\1`, "x"), []string{"regex: reference to undefined group number 1 in `a\\1`"}},
		{"not .NET", regex(`(?P<x>a)`, "x"), []string{"regex: unrecognized grouping construct: (?P in `(?P<x>a)`"}},
		{"unknown escape", regex(`\é`, "x"), []string{"regex: unrecognized escape sequence \\é in `\\é`"}},
		{"trailing backslash", regex(`a\`, "x"), []string{"regex: illegal \\ at end of pattern in `a\\`"}},
		{"expression that is too long", regex(strings.Repeat("a", 8193), "x"), []string{"regex: the expression is longer than 8192 bytes"}},
		{
			"\"The source for the groups into the replacement pattern isn't found\"", regex(`(?'domain'.*)`, "{domian}"),
			[]string{"replacement: {domian} is neither a group of regex nor a further input; did you mean domain?"},
		},
		{
			"\"Unused input parameters found\"", regex(`(?'a'.*)`, "{a}", "user.country"),
			[]string{"inputs[1]: the replacement does not use user.country; write {country} in it or leave the input out"},
		},
		{
			"\"Input parameters with duplicate user attributes aren't allowed\"", regex(`a`, "{country}", "user.country", "user.Country"),
			[]string{"inputs[2]: input user.Country is given twice"},
		},
		{"constants have no name", regex(`a`, "x", `"y"`), []string{"inputs[1]: further inputs of RegexReplace are attributes; write the constant in replacement"}},
		{"\"Up to five more parameters are supported\"", regex(`a`, "x", "user.mail", "user.city", "user.country", "user.state", "user.surname", "user.givenname"), []string{"inputs: RegexReplace takes 1 to 6 inputs here, not 7"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want []string
			for _, line := range test.want {
				want = append(want, "claims[0].transform."+line)
			}
			wantDiff(t, mistakes(t, claims.Configuration{Claims: []claims.Claim{{Name: "n", Transform: test.transform}}}), want)
		})
	}
}

func TestMistakesInNameID(t *testing.T) {
	const offered = "take user.mail, user.userprincipalname, user.localuserprincipalname, user.objectid, user.employeeid, user.onpremisessamaccountname, " +
		"user.telephonenumber, user.othermail, an extension attribute or user.pairwiseid"
	for _, test := range []struct {
		name   string
		nameID claims.NameID
		want   []string
	}{
		{"source that Entra does not offer", claims.NameID{Source: "user.displayname"}, []string{"nameID.source: Entra does not offer user.displayname as the source of the NameID; " + offered}},
		{"unknown format", claims.NameID{Format: "email"}, []string{`nameID.format: unknown NameID format "email"; it is one of default, persistent, emailAddress, unspecified, windowsDomainQualifiedName`}},
		{"transient by request only", claims.NameID{Format: "transient"}, []string{"nameID.format: transient cannot be configured; only a request can ask for it, in its NameIDPolicy"}},
		{"two origins", claims.NameID{Source: "user.mail", Value: "x"}, []string{"nameID.value: source and value are given together; give one of source, value, transform, conditions"}},
		{"transformation", claims.NameID{Transform: &claims.Transform{Function: "Joyn"}}, []string{`nameID.transform.function: unknown function "Joyn"; did you mean Join?`}},
		{"condition", claims.NameID{Conditions: []claims.Condition{{Source: "user.city"}}}, []string{"nameID.conditions[0].source: Entra does not offer user.city as the source of the NameID; " + offered}},
	} {
		t.Run(test.name, func(t *testing.T) {
			wantDiff(t, mistakes(t, claims.Configuration{NameID: test.nameID}), test.want)
		})
	}
}

func TestMistakesInGroupClaims(t *testing.T) {
	for _, test := range []struct {
		name   string
		groups claims.GroupClaims
		want   []string
	}{
		{"emit is missing", claims.GroupClaims{Value: "objectId"}, []string{"emit: it does not say which groups; it is one of none, security, all, assigned, roles"}},
		{"unknown emit", claims.GroupClaims{Emit: "securty"}, []string{`emit: unknown selection of groups "securty"; did you mean security?`}},
		{"unknown value", claims.GroupClaims{Emit: "all", Value: "samAcountName"}, []string{`value: unknown group value "samAcountName"; did you mean samAccountName?`}},
		{"display names of assigned groups only", claims.GroupClaims{Emit: "all", Value: "cloudDisplayName"}, []string{"value: a display name is not unique, so Entra writes it of groups assigned to the application only; set emit to assigned"}},
		{"display names beside, of assigned groups only", claims.GroupClaims{Emit: "all", Value: "samAccountName", CloudDisplayNames: true}, []string{"cloudDisplayNames: a display name is not unique, so Entra writes it of groups assigned to the application only; set emit to assigned"}},
		{"display names beside object ids", claims.GroupClaims{Emit: "assigned", CloudDisplayNames: true}, []string{"cloudDisplayNames: it adds to a value that only synchronized groups have; for display names alone, set value to cloudDisplayName"}},
		{"filter", claims.GroupClaims{Emit: "all", Filter: &claims.GroupFilter{MatchOn: "name", Type: "regex"}}, []string{
			`filter.matchOn: unknown property of a group "name"; it is one of displayName, samAccountName`,
			`filter.type: unknown filter "regex"; it is one of prefix, suffix, contains`, "filter.value: a filter needs a value",
		}},
		{"name and asRoles", claims.GroupClaims{Emit: "all", Name: "g", AsRoles: true}, []string{"name: groups emitted as roles have the role claim's name; leave out name or asRoles"}},
		{"namespace alone", claims.GroupClaims{Emit: "all", Namespace: "urn:g"}, []string{"namespace: a namespace without a name; give the claim a name as well"}},
		{"restricted name", claims.GroupClaims{Emit: "all", Name: "groups", Namespace: claims.WSIdentity2008}, []string{"name: " + claims.TypeGroups + " cannot be configured: the type is in Entra's restricted claim set; choose another name or namespace"}},
		{"name of a claim", claims.GroupClaims{Emit: "all", Name: "taken"}, []string{"name: one of the claims has the same type"}},
		{"transformation of the restricted claim", claims.GroupClaims{Emit: "all", Transform: &claims.GroupTransform{Regex: "a"}}, []string{"transform: the type of the group claim is restricted and cannot be transformed; give the claim a name of its own"}},
		{"transformation", claims.GroupClaims{Emit: "all", Name: "g", Transform: &claims.GroupTransform{Replacement: "{x}"}}, []string{
			"transform.replacement: {x} is neither a group of regex nor a further input", "transform.regex: a transformation needs a regular expression",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want []string
			for _, line := range test.want {
				want = append(want, "groupClaims."+line)
			}
			c := claims.Configuration{GroupClaims: test.groups, Claims: []claims.Claim{{Name: "taken", Value: "x"}}}
			wantDiff(t, mistakes(t, c), want)
		})
	}
}

func TestClaimsConfiguredTwice(t *testing.T) {
	c := claims.Configuration{Claims: []claims.Claim{
		{Name: "Role", Namespace: awsNS, Value: "x"}, {Name: "name", Remove: true},
		{Name: awsNS + "/role", Value: "x"}, {Name: "name", Namespace: claims.DefaultNamespace, Value: "x"},
	}}
	wantDiff(t, mistakes(t, c), []string{
		"claims[2].name: the claim https://aws.amazon.com/SAML/Attributes/role is configured twice, first as claims[0]",
		"claims[3].name: the claim http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name is configured twice, first as claims[1]",
	})
}

// "You can select up to 50 unique groups across all claims for a given
// application."
func TestGroupsOfConditionsAreCounted(t *testing.T) {
	groups := make([]string, 50)
	for i := range groups {
		groups[i] = fmt.Sprintf("group-%d", i)
	}
	c := claims.Configuration{
		Claims: []claims.Claim{{Name: "n", Conditions: []claims.Condition{{Groups: groups, Value: "x"}}}},
		NameID: claims.NameID{Conditions: []claims.Condition{{Groups: []string{"GROUP-7"}, Value: "x"}}},
	}
	wantDiff(t, mistakes(t, c), []string(nil))
	c.NameID.Conditions[0].Groups = append(c.NameID.Conditions[0].Groups, "one too many")
	wantDiff(t, mistakes(t, c), []string{"nameID.conditions[0].groups[1]: the conditions of an application can name 50 different groups"})
}

func TestAllMistakesAreReported(t *testing.T) {
	c := claims.Configuration{
		Claims:      []claims.Claim{{Name: "a", Source: "user.x"}, {Source: "user.mail"}},
		NameID:      claims.NameID{Format: "transient"},
		GroupClaims: claims.GroupClaims{Emit: "some"},
	}
	err := c.Validate()
	var paths []string
	var list claims.Mistakes
	if errors.As(err, &list) {
		for _, m := range list {
			paths = append(paths, m.Path)
		}
	}
	wantDiff(t, paths, []string{"claims[0].source", "claims[1].name", "nameID.format", "groupClaims.emit"})
	var one *claims.Mistake
	if !errors.As(err, &one) || one.Path != "claims[0].source" {
		t.Errorf("errors.As found %v", one)
	}
}
