package scimmock_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/scimmock"
)

// TestKnobs asks each question twice: of the default profile, and of the
// profile with one field changed. docs/fidelity.md has the sources.
func TestKnobs(t *testing.T) {
	type answer struct {
		status int
		text   string // in the body
	}
	const unknownID = "00000000-0000-7000-0000-000000000000"
	create := func(members string) func(*endpoint) response {
		return func(e *endpoint) response { return e.do("POST", "/Users", with(ana(), members)) }
	}
	for _, test := range []struct {
		name    string
		change  func(*scimmock.Profile)
		ask     func(*endpoint) response
		before  answer
		changed answer
	}{
		{"PutUserStatus", func(p *scimmock.Profile) { p.PutUserStatus = 201 },
			func(e *endpoint) response { return e.do("PUT", "/Users/"+e.user(ana()), ana()) }, answer{200, "Sousa"}, answer{201, "Sousa"}},
		{"PageSize", func(p *scimmock.Profile) { p.PageSize = 1 },
			func(e *endpoint) response { e.person("a"); e.person("b"); return e.get("/Users") }, answer{200, `"totalResults":2`}, answer{200, `"totalResults":1`}},
		{"GenericDetails", func(p *scimmock.Profile) { p.GenericDetails = true },
			func(e *endpoint) response { return e.find("Users", "x") }, answer{400, badFilter}, answer{400, genericInvalid}},
		{"SpecificConflicts", func(p *scimmock.Profile) { p.SpecificConflicts = true },
			func(e *endpoint) response {
				e.group("g")
				return e.do("POST", "/Groups", `{"displayName":"G"}`)
			}, answer{409, duplicate}, answer{409, "Duplicate GroupDisplayName"}},
		{"ErrorSchemas", func(p *scimmock.Profile) { p.ErrorSchemas = scimmock.ErrorSchemasSingular },
			func(e *endpoint) response { return e.find("Users", "x") }, answer{400, `"],"schemas":["`}, answer{400, `{"schema":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":`}},
		{"ErrorSchemas, plural", func(p *scimmock.Profile) { p.ErrorSchemas = scimmock.ErrorSchemasPlural },
			func(e *endpoint) response { return e.find("Users", "x") }, answer{400, `"],"schemas":["`}, answer{400, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":`}},
		{"IgnoreUnsupported", func(p *scimmock.Profile) { p.IgnoreUnsupported = true }, create(`"ims":[{"value":"x"}]`), answer{400, genericInvalid}, answer{201, `"userName"`}},
		{"RefuseUnknown", func(p *scimmock.Profile) { p.RefuseUnknown = true }, create(`"profileURL":"x"`), answer{201, `"userName"`}, answer{400, genericInvalid}},
		{"RefuseUnknown in name", func(p *scimmock.Profile) { p.RefuseUnknown = true },
			func(e *endpoint) response { return e.do("POST", "/Users", ana(`"familyName"`, `"x":1,"familyName"`)) }, answer{201, `"userName"`}, answer{400, genericInvalid}},
		{"RefuseRoles", func(p *scimmock.Profile) { p.RefuseRoles = true }, create(`"roles":[{"value":"r"}]`), answer{201, `"roles"`}, answer{400, genericInvalid}},
		{"PatchRoles", func(p *scimmock.Profile) { p.PatchRoles = true },
			func(e *endpoint) response {
				return e.patch("/Users/"+e.user(ana()), `{"op":"add","path":"roles","value":[{"value":"r"}]}`)
			}, answer{400, genericInvalid}, answer{200, `"roles":[{"value":"r"}]`}},
		{"SecondaryEmail", func(p *scimmock.Profile) { p.SecondaryEmail = true },
			func(e *endpoint) response { return e.do("POST", "/Users", ana(`,"primary":true`, ``)) }, answer{400, genericInvalid}, answer{201, `"emails":[{"value":"ana@contoso.example","type":"work"}]`}},
		{"ActiveByDefault", func(p *scimmock.Profile) { p.ActiveByDefault = true },
			func(e *endpoint) response { return e.do("POST", "/Users", ana(`"active":true,`, ``)) }, answer{201, `"active":false`}, answer{201, `"active":true`}},
		{"MalformedID", func(p *scimmock.Profile) { p.MalformedID = 400 },
			func(e *endpoint) response { return e.get("/Users/no-such-id") }, answer{404, notThere}, answer{400, genericInvalid}},
		{"MalformedID, but a good one", func(p *scimmock.Profile) { p.MalformedID = 400 },
			func(e *endpoint) response { return e.get("/Groups/9067729b3d-" + unknownID) }, answer{404, notThere}, answer{404, notThere}},
		{"UnsupportedEndpoint", func(p *scimmock.Profile) { p.UnsupportedEndpoint = 400 },
			func(e *endpoint) response { return e.get("/Me") }, answer{404, notThere}, answer{400, genericInvalid}},
		{"UnsupportedMethod", func(p *scimmock.Profile) { p.UnsupportedMethod = 405 },
			func(e *endpoint) response { return e.do("DELETE", "/Users", "") }, answer{400, genericInvalid}, answer{405, "The method is not supported by the endpoint."}},
		{"UnsupportedMethod leaves PutGroup", func(p *scimmock.Profile) { p.UnsupportedMethod = 405 },
			func(e *endpoint) response { return e.do("PUT", "/Groups/"+e.group("g"), `{"displayName":"x"}`) }, answer{400, genericInvalid}, answer{400, genericInvalid}},
		{"PutGroup", func(p *scimmock.Profile) { p.PutGroup = 404 },
			func(e *endpoint) response { return e.do("PUT", "/Groups/"+e.group("g"), `{"displayName":"x"}`) }, answer{400, genericInvalid}, answer{404, notThere}},
		{"UnknownSchema", func(p *scimmock.Profile) { p.UnknownSchema = 404 },
			func(e *endpoint) response { return e.get("/Schemas/urn:x") }, answer{400, genericInvalid}, answer{404, notThere}},
		{"CreateUnknownMember", func(p *scimmock.Profile) { p.CreateUnknownMember = 404 },
			func(e *endpoint) response {
				return e.do("POST", "/Groups", `{"displayName":"g","members":`+refs(unknownID)+`}`)
			}, answer{400, genericInvalid}, answer{404, notThere}},
		{"PatchUnknownMember", func(p *scimmock.Profile) { p.PatchUnknownMember = 400 },
			func(e *endpoint) response {
				return e.patch("/Groups/"+e.group("g"), `{"op":"add","path":"members","value":`+refs(unknownID)+`}`)
			}, answer{404, notThere}, answer{400, genericInvalid}},
		{"PatchUnknownMember, but the group", func(p *scimmock.Profile) { p.PatchUnknownMember = 400 },
			func(e *endpoint) response {
				return e.patch("/Groups/"+unknownID, `{"op":"replace","path":"displayName","value":"x"}`)
			}, answer{404, notThere}, answer{404, notThere}},
		{"RenameConflict", func(p *scimmock.Profile) { p.RenameConflict = 400 },
			func(e *endpoint) response {
				e.group("a")
				return e.patch("/Groups/"+e.group("b"), `{"op":"replace","path":"displayName","value":"a"}`)
			}, answer{409, duplicate}, answer{400, genericInvalid}},
		{"CountRange", func(p *scimmock.Profile) { p.CountRange = scimmock.CountRefused },
			func(e *endpoint) response { return e.get("/Users?count=1000") }, answer{200, `"totalResults":0`}, answer{400, genericInvalid}},
		{"CountRange, with a cursor", func(p *scimmock.Profile) { p.CountRange = scimmock.CountClamped },
			func(e *endpoint) response { return e.get("/Users?cursor&count=1000") }, answer{400, genericInvalid}, answer{200, `"itemsPerPage":0`}},
		{"RefuseParameters", func(p *scimmock.Profile) { p.RefuseParameters = true },
			func(e *endpoint) response { return e.get("/Users?startIndex=2") }, answer{200, `"startIndex":1`}, answer{400, genericInvalid}},
		{"RefuseParameters of a group", func(p *scimmock.Profile) { p.RefuseParameters = true },
			func(e *endpoint) response { return e.get("/Groups/" + e.group("g") + "?excludedAttributes=members") }, answer{200, `"members":[]`}, answer{400, genericInvalid}},
		{"ItemsPerPageAsked", func(p *scimmock.Profile) { p.ItemsPerPageAsked = true },
			func(e *endpoint) response { e.person("a"); return e.get("/Users?cursor&count=7") }, answer{200, `"itemsPerPage":1,`}, answer{200, `"itemsPerPage":7,`}},
		{"GroupMembers", func(p *scimmock.Profile) { p.GroupMembers = scimmock.GroupMembersOmitted },
			func(e *endpoint) response { return e.get("/Groups/" + e.group("g")) }, answer{200, `"displayName":"g","members":[]}`}, answer{200, `"displayName":"g"}`}},
		{"RemoveAllMembers", func(p *scimmock.Profile) { p.RemoveAllMembers = true },
			func(e *endpoint) response {
				return e.patch("/Groups/"+e.group("g", e.person("u")), `{"op":"remove","path":"members"}`)
			}, answer{400, genericInvalid}, answer{204, ""}},
		{"Forbidden", func(p *scimmock.Profile) { p.Rules.Forbidden = "<>;:%" },
			func(e *endpoint) response { return e.do("POST", "/Users", ana(`"a-1"`, `"a:1"`)) }, answer{201, `"a:1"`}, answer{400, "Value at 'externalId' failed to satisfy constraint"}},
		{"Forbidden, but profileUrl", func(p *scimmock.Profile) { p.Rules.Forbidden = "<>;:%" }, create(`"profileUrl":"https://contoso.example/"`), answer{201, "https"}, answer{201, "https"}},
		{"UserNameSpaces", func(p *scimmock.Profile) { p.Rules.UserNameSpaces = true },
			func(e *endpoint) response {
				return e.do("POST", "/Users", ana(`"userName":"ana@`, `"userName":"ana sousa@`))
			}, answer{400, "Value at 'userName'"}, answer{201, "ana sousa@"}},
		{"ManagerExists", func(p *scimmock.Profile) { p.Rules.ManagerExists = true }, create(`"` + enterprise + `":{"manager":{"value":"` + unknownID + `"}}`), answer{201, unknownID}, answer{400, "USER not found."}},
		{"ManagerExists on PATCH", func(p *scimmock.Profile) { p.Rules.ManagerExists = true },
			func(e *endpoint) response {
				return e.patch("/Users/"+e.user(ana()), `{"op":"add","path":"`+enterprise+`:manager","value":"`+unknownID+`"}`)
			}, answer{200, unknownID}, answer{400, "USER not found."}},
		{"CaseExact", func(p *scimmock.Profile) { p.Rules.CaseExact = true },
			func(e *endpoint) response {
				e.user(ana())
				return e.do("POST", "/Users", ana(`"a-1"`, `"a-2"`, `"userName":"ana@`, `"userName":"Ana@`, `"value":"ana@`, `"value":"Ana@`))
			}, answer{409, duplicate}, answer{201, "Ana@"}},
		{"CaseExact in filters", func(p *scimmock.Profile) { p.Rules.CaseExact = true },
			func(e *endpoint) response { e.group("g"); return e.find("Groups", `displayName eq "G"`) }, answer{200, `"totalResults":1`}, answer{200, `"totalResults":0`}},
		{"OldListText", func(p *scimmock.Profile) { p.Rules.OldListText = true }, create(`"phoneNumbers":[{"value":"1"},{"value":"2"}]`),
			answer{400, "List attribute phoneNumbers exceeds allowed limit of 1"}, answer{400, "Currently list attributes only allow single item"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			changed := scimmock.AWS()
			test.change(&changed)
			if cmp.Equal(changed, scimmock.AWS()) {
				t.Fatal("the profile was not changed")
			}
			for _, side := range []struct {
				profile scimmock.Profile
				want    answer
			}{{scimmock.AWS(), test.before}, {changed, test.changed}} {
				e := run(t, side.profile)
				r := test.ask(e).want(side.want.status)
				if !strings.Contains(r.body, side.want.text) {
					t.Errorf("%+v: body %s\nwant in it %s", side.profile, r.body, side.want.text)
				}
			}
		})
	}
}

// TestReplaceMembersIn2024: what lichti/aws-iam-scim-problem observed.
func TestReplaceMembersIn2024(t *testing.T) {
	for _, test := range []struct {
		name, operation string
		status          int
		want            []string
	}{
		{"ids", `{"op":"replace","path":"members","value":BO}`, 204, []string{"bo"}},
		{"the same ids and another", `{"op":"replace","path":"members","value":BOTH}`, 204, []string{"ana", "bo"}},
		{"an empty list", `{"op":"replace","path":"members","value":[]}`, 204, []string{"ana"}},
		{"no value", `{"op":"replace","path":"members"}`, 204, []string{"ana"}},
		{"an empty id", `{"op":"replace","path":"members","value":[{"value":""}]}`, 400, []string{}},
		{"remove without a value", `{"op":"remove","path":"members"}`, 204, []string{}},
		{"remove an empty list", `{"op":"remove","path":"members","value":[]}`, 204, []string{}},
		{"no value for a name", `{"op":"replace","path":"displayName"}`, 400, []string{"ana"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t, scimmock.AWSLegacy())
			ana, bo := e.person("ana"), e.person("bo")
			group := e.group("g", ana)
			r := e.patch("/Groups/"+group, strings.NewReplacer("BOTH", refs(ana, bo), "BO", refs(bo)).Replace(test.operation))
			if r.want(test.status); test.status == 400 {
				r.refused(400, genericInvalid)
			}
			if got := e.members(group); !slices.Equal(got, test.want) {
				t.Errorf("members %q, want %q", got, test.want)
			}
		})
	}
}

// A profile with a value that makes no sense is refused.
func TestProfileIsChecked(t *testing.T) {
	for name, change := range map[string]func(*scimmock.Profile){
		"PageSize":     func(p *scimmock.Profile) { p.PageSize = 0 },
		"MalformedID":  func(p *scimmock.Profile) { p.MalformedID = 418 },
		"PutGroup":     func(p *scimmock.Profile) { p.PutGroup = 0 },
		"ErrorSchemas": func(p *scimmock.Profile) { p.ErrorSchemas = "" },
		"CountRange":   func(p *scimmock.Profile) { p.CountRange = "x" },
	} {
		p := scimmock.AWS()
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		change(&p)
		if err := p.Check(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNamed(t *testing.T) {
	for _, name := range []string{"aws", "aws-legacy", "rfc"} {
		if p, ok := scimmock.Named(name); !ok || p.Name != name || p.Check() != nil {
			t.Errorf("%s: %+v, %v", name, p, ok)
		}
	}
	if _, ok := scimmock.Named("other"); ok {
		t.Error("a profile other was found")
	}
}
