package provisioning_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// The enterprise extension comes before custom ones, whatever the order of the
// mappings; the work e-mail address alone is primary; a mapping of primary
// decides itself.
func TestUserBodyParts(t *testing.T) {
	const tail = `"meta":{"resourceType":"User"},"roles":[]`
	tests := []struct {
		mappings []provisioning.Mapping
		want     string
	}{
		{
			[]provisioning.Mapping{
				{Target: customURN + ":Tag", Constant: "a"}, {Target: "urn:ietf:params:scim:schemas:extension:Other:2.0:User:Tag", Constant: "b"}, {Target: customURN + ":Mark", Constant: "c"},
				{Target: enterpriseURN + ":division", Constant: "d"}, {Target: enterpriseURN + ":costCenter", Constant: "e"},
			},
			tail + `,"` + enterpriseURN + `":{"costCenter":"e","division":"d"},"` + customURN + `":{"Tag":"a","Mark":"c"},"urn:ietf:params:scim:schemas:extension:Other:2.0:User":{"Tag":"b"}}`,
		},
		{
			[]provisioning.Mapping{{Target: `emails[type eq "home"].value`, Constant: "h"}, {Target: `emails[type eq "work"].value`, Constant: "w"}},
			`"emails":[{"type":"home","value":"h"},{"primary":true,"type":"work","value":"w"}],` + tail + `}`,
		},
		{
			[]provisioning.Mapping{{Target: `emails[type eq "work"].value`, Constant: "w"}, {Target: `emails[type eq "work"].primary`, Constant: "false"}},
			`"emails":[{"primary":false,"type":"work","value":"w"}],` + tail + `}`,
		},
	}
	for _, test := range tests {
		f := newFixture(t, users(test.mappings...))
		f.assign(f.addUser("ann").ID)
		f.success()
		want := `POST /Users {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + enterpriseURN + `"],"userName":"ann@contoso.example",` + test.want
		if diff := cmp.Diff(want, f.server.taken()[2]); diff != "" {
			t.Errorf("created (-want +got):\n%s", diff)
		}
	}
}

// An extension's attribute that is called like one of the core schema is an
// attribute of the extension.
func TestExtensionAttributesLikeCoreOnes(t *testing.T) {
	f := newFixture(t, users(provisioning.Mapping{Target: customURN + ":roles", Constant: "r"}, provisioning.Mapping{Target: customURN + ":active", Constant: "sometimes"}))
	f.assign(f.addUser("ann").ID)
	f.success()
	if post := f.server.taken()[2]; !contains(post, `"roles":[],"`+customURN+`":{"roles":"r","active":"sometimes"}}`) {
		t.Errorf("created with %s", post)
	}
	f.set("user-ann", func(u *directory.User) { u.City = "Lisboa" })
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Skipped: 1}})
}

// Entries of lists are read by their type, names and types in any case, and a
// null is no value.
func TestReadingResources(t *testing.T) {
	f := newFixture(t, users(
		provisioning.Mapping{Target: `emails[type eq "work"].value`, Source: "mail"},
		provisioning.Mapping{Target: `emails[type eq "other"].value`, Source: "city"},
		provisioning.Mapping{Target: "title", Source: "jobTitle"},
		provisioning.Mapping{Target: "displayName", Source: "displayName"},
		provisioning.Mapping{Target: enterpriseURN + ":manager", Source: "manager"},
	))
	f.server.put(map[string]any{
		"id": "u1", "userName": "ann@contoso.example", "title": nil, "DISPLAYNAME": "ann",
		"emails":      []any{"odd", map[string]any{"type": "home", "value": "home@contoso.example"}, map[string]any{"value": "untyped"}, map[string]any{"Type": "Work", "value": "ann@contoso.example"}},
		enterpriseURN: map[string]any{"manager": nil},
	})
	f.assign(f.addUser("ann", func(u *directory.User) { u.Mail, u.JobTitle = "ann@contoso.example", "Lead" }).ID)
	f.success()
	f.want(probe, `GET /Users?filter=userName eq "ann@contoso.example"`, "PATCH /Users/u1 "+patchPrefix+`{"op":"Add","path":"title","value":"Lead"}]}`)
}

// What is not mapped or has no value is no key of a new group; extensions come
// last.
func TestGroupBodyParts(t *testing.T) {
	const custom = "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:Group"
	no := false
	f := newFixture(t, provisioning.Settings{GroupExtraSchema: &no, Groups: provisioning.GroupSettings{Mappings: []provisioning.Mapping{
		{Target: custom + ":About", Source: "description"}, {Target: custom + ":Mark", Constant: "m"},
		{Target: "displayName", Source: "displayName", Match: 1}, {Target: "externalId", Source: "mailNickname"},
	}}})
	for _, g := range []directory.Group{{DisplayName: "A", Description: "all"}, {DisplayName: "B"}} {
		created, err := f.CreateGroup(g)
		f.check(err)
		f.assign(created.ID)
	}
	f.success()
	requests := f.server.taken()
	const head = `POST /Groups {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"`
	want := []string{
		head + `A","meta":{"resourceType":"Group"},"` + custom + `":{"About":"all","Mark":"m"}}`,
		head + `B","meta":{"resourceType":"Group"},"` + custom + `":{"Mark":"m"}}`,
	}
	if diff := cmp.Diff(want, []string{requests[2], requests[4]}); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
}

// A boolean is True or False in a legacy PATCH however the mapping spells it.
func TestBooleanSpelling(t *testing.T) {
	f := newFixture(t, users(provisioning.Mapping{Target: "active", Expression: `ToLower([companyName])`}))
	ann := f.addUser("ann", func(u *directory.User) { u.CompanyName = "TRUE" })
	f.assign(ann.ID)
	f.success()
	f.server.taken()
	f.set(ann.ID, func(u *directory.User) { u.CompanyName = "FALSE" })
	f.success()
	f.want(probe, "GET /Users/u1", "PATCH /Users/u1 "+patchPrefix+`{"op":"Replace","path":"active","value":"False"}]}`)
}
