package provisioning_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
)

const customURN = "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User"

const patchPrefix = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`

// extended maps custom attributes with the types that the attribute list gives
// them.
func extended(attributes []provisioning.Attribute, mappings ...provisioning.Mapping) provisioning.Settings {
	s := users(mappings...)
	s.Users.Attributes = attributes
	return s
}

// "Customize user provisioning attribute-mappings", editing the list of
// supported attributes: a custom attribute has its type on the wire. Texts of
// the legacy PATCH are texts whatever their type ("Known issues with SCIM 2.0
// protocol compliance").
func TestTypedAttributes(t *testing.T) {
	for _, compliant := range []bool{false, true} {
		s := extended([]provisioning.Attribute{
			{Name: customURN + ":Contractor", Type: provisioning.TypeBoolean},
			{Name: customURN + ":Floor", Type: provisioning.TypeInteger},
			{Name: customURN + ":Since", Type: provisioning.TypeDateTime},
		},
			provisioning.Mapping{Target: customURN + ":Contractor", Expression: `Switch([companyName], "False", "Fabrikam", "True")`},
			provisioning.Mapping{Target: customURN + ":Floor", Source: "physicalDeliveryOfficeName"},
			provisioning.Mapping{Target: customURN + ":Since", Source: "extensionAttribute1"},
		)
		s.Compliant = compliant
		f := newFixture(t, s)
		ann := f.addUser("ann", func(u *directory.User) {
			u.OfficeLocation, u.ExtensionAttributes = "7", map[string]string{"extensionAttribute1": "2026-01-05T09:00:00Z"}
		})
		f.assign(ann.ID)
		f.success()
		if post := f.server.taken()[2]; !contains(post, `"`+customURN+`":{"Contractor":false,"Floor":7,"Since":"2026-01-05T09:00:00Z"}`) {
			t.Errorf("created with %s", post)
		}
		f.set(ann.ID, func(u *directory.User) { u.OfficeLocation, u.CompanyName = "8", "Fabrikam" })
		f.success()
		want := `{"op":"Replace","path":"` + customURN + `:Contractor","value":"True"},{"op":"Replace","path":"` + customURN + `:Floor","value":"8"}`
		if compliant {
			want = `{"op":"replace","value":{"` + customURN + `:Contractor":true,"` + customURN + `:Floor":8}}`
		}
		f.want(probe, "GET /Users/u1", "PATCH /Users/u1 "+patchPrefix+want+"]}")
		f.set(ann.ID, func(u *directory.User) { u.City = "Lisboa" })
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Skipped: 1}})
		// What is no integer fails the object.
		f.set(ann.ID, func(u *directory.User) { u.OfficeLocation = "8b" })
		f.cycle()
		if e := f.entry("ann@contoso.example"); e.Error == nil || !contains(e.Error.Reason, "an integer is needed") {
			t.Errorf("logged %+v", e.Error)
		}
	}
}

// An attribute that the list calls required must have a value or a default
// (Microsoft Graph, attributeDefinition, required).
func TestRequiredAttribute(t *testing.T) {
	attributes := []provisioning.Attribute{{Name: "title", Required: true}}
	f := newFixture(t, extended(attributes, provisioning.Mapping{Target: "title", Source: "jobTitle"}))
	f.assign(f.addUser("ann").ID)
	f.cycle()
	if e := f.entry("ann@contoso.example"); e.Error == nil || e.Error.Code != "MandatoryFieldsMissing" || !contains(e.Error.Reason, "title") {
		t.Errorf("logged %+v", e.Error)
	}
	f.want(probe, `GET /Users?filter=userName eq "ann@contoso.example"`)
	f.check(f.job.Configure(extended(attributes, provisioning.Mapping{Target: "title", Source: "jobTitle", Default: "none yet"})))
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 1}})
}

// Exact case makes a difference in case a change, immutable attributes are
// written on creation only, and what can only be written is sent whenever the
// user is looked at, because the target does not show it.
func TestAttributeProperties(t *testing.T) {
	f := newFixture(t, extended([]provisioning.Attribute{
		{Name: "title", CaseExact: true},
		{Name: "active", CaseExact: true}, // a boolean has no case
		{Name: "nickName", Mutability: provisioning.MutabilityImmutable},
		{Name: customURN + ":Pin", Mutability: provisioning.MutabilityWriteOnly},
	},
		provisioning.Mapping{Target: "title", Source: "jobTitle"},
		provisioning.Mapping{Target: "displayName", Source: "displayName"},
		provisioning.Mapping{Target: "nickName", Source: "city"},
		provisioning.Mapping{Target: "active", Constant: "true"},
		provisioning.Mapping{Target: customURN + ":Pin", Source: "employeeId"},
	))
	ann := f.addUser("ann", func(u *directory.User) { u.JobTitle, u.City, u.EmployeeID = "lead", "Lisboa", "0042" })
	f.assign(ann.ID)
	f.success()
	f.server.mu.Lock()
	delete(f.server.users["u1"], customURN)
	f.server.mu.Unlock()
	f.server.taken()
	f.set(ann.ID, func(u *directory.User) { u.JobTitle, u.DisplayName, u.City = "Lead", "ANN", "Porto" })
	f.success()
	f.want(probe, "GET /Users/u1", "PATCH /Users/u1 "+patchPrefix+`{"op":"Replace","path":"title","value":"Lead"},{"op":"Add","path":"`+customURN+`:Pin","value":"0042"}]}`)
}

// Microsoft Graph's flowType and flowBehavior: when an attribute flows to an
// object that is there already.
func TestFlow(t *testing.T) {
	f := newFixture(t, users(
		provisioning.Mapping{Target: "title", Source: "jobTitle", Apply: provisioning.ApplyAttributeAddOnly},
		provisioning.Mapping{Target: "nickName", Source: "city", Apply: provisioning.ApplyMultiValueAddOnly},
		provisioning.Mapping{Target: "locale", Source: "state", Apply: provisioning.ApplyValueAddOnly},
		provisioning.Mapping{Target: "timezone", Source: "country", FlowBehavior: provisioning.FlowAlways},
	))
	ann := f.addUser("ann", func(u *directory.User) { u.City, u.State, u.Country = "Lisboa", "pt", "PT" })
	f.assign(ann.ID)
	f.success()
	f.server.taken()
	change := func(title, want string) {
		t.Helper()
		f.set(ann.ID, func(u *directory.User) { u.JobTitle, u.City, u.State = title, title, title })
		f.success()
		f.want(probe, "GET /Users/u1", "PATCH /Users/u1 "+patchPrefix+want+`,{"op":"Replace","path":"timezone","value":"PT"}]}`)
	}
	change("Lead", `{"op":"Add","path":"title","value":"Lead"},{"op":"Replace","path":"locale","value":"Lead"}`)
	change("Head", `{"op":"Replace","path":"locale","value":"Head"}`)
}

// Gallery applications may have custom attributes with several values; a custom
// application may not ("Customize user provisioning attribute-mappings").
func TestSeveralValues(t *testing.T) {
	const aliases = customURN + ":Aliases"
	for _, test := range []struct {
		apply, replace string
		compliant      bool
	}{
		{"", `{"op":"Replace","path":"` + aliases + `","value":[{"value":"b"},{"value":"c"}]}`, false},
		{"", `{"op":"replace","path":"` + aliases + `","value":["b","c"]}`, true},
		{provisioning.ApplyValueAddOnly, `{"op":"Add","path":"` + aliases + `","value":[{"value":"c"}]}`, false},
		{provisioning.ApplyMultiValueAddOnly, `{"op":"add","path":"` + aliases + `","value":["c"]}`, true},
	} {
		s := extended([]provisioning.Attribute{{Name: aliases, MultiValued: true}}, provisioning.Mapping{Target: aliases, Source: "otherMails", Apply: test.apply})
		s.Compliant = test.compliant
		f := newFixture(t, s)
		ann := f.addUser("ann", func(u *directory.User) { u.OtherMails = []string{"a", "b"} })
		f.assign(ann.ID)
		f.success()
		if post := f.server.taken()[2]; !contains(post, `"`+customURN+`":{"Aliases":["a","b"]}`) {
			t.Errorf("created with %s", post)
		}
		f.set(ann.ID, func(u *directory.User) { u.OtherMails = []string{"B", "A"} }) // neither order nor case is a change
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Skipped: 1}})
		f.server.taken()
		f.set(ann.ID, func(u *directory.User) { u.OtherMails = []string{"b", "c"} })
		f.success()
		f.want(probe, "GET /Users/u1", "PATCH /Users/u1 "+patchPrefix+test.replace+"]}")
		if test.apply == "" { // as the target has them now, be it as objects
			f.set(ann.ID, func(u *directory.User) { u.City = "Lisboa" })
			f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Skipped: 1}})
		}
	}
	for _, test := range []struct {
		mapping provisioning.Mapping
		before  []string
		after   []string
		want    string // the operation's op and value; empty: nothing is sent
	}{
		{provisioning.Mapping{Source: "otherMails"}, nil, []string{"a"}, `"op":"Add","path":"` + aliases + `","value":[{"value":"a"}]`},
		{provisioning.Mapping{Source: "otherMails"}, []string{"a", "b"}, []string{"b"}, `"op":"Replace","path":"` + aliases + `","value":[{"value":"b"}]`},
		{provisioning.Mapping{Source: "otherMails", Apply: provisioning.ApplyValueAddOnly}, []string{"a", "b"}, []string{"b"}, ""},
		{provisioning.Mapping{Source: "otherMails", Apply: provisioning.ApplyAttributeAddOnly}, []string{"a"}, []string{"b"}, ""},
		{provisioning.Mapping{Source: "otherMails", FlowBehavior: provisioning.FlowAlways}, []string{"a"}, []string{"a"}, `"op":"Replace","path":"` + aliases + `","value":[{"value":"a"}]`},
		{provisioning.Mapping{Default: "a"}, []string{}, []string{}, ""}, // type None: what is there stays
	} {
		test.mapping.Target = aliases
		f := newFixture(t, extended([]provisioning.Attribute{{Name: aliases, MultiValued: true}}, test.mapping))
		ann := f.addUser("ann", func(u *directory.User) { u.OtherMails = test.before })
		f.assign(ann.ID)
		f.success()
		f.server.mu.Lock()
		if test.mapping.Default != "" {
			f.server.users["u1"][customURN] = map[string]any{"Aliases": []any{"z"}}
		}
		f.server.mu.Unlock()
		f.server.taken()
		f.set(ann.ID, func(u *directory.User) { u.OtherMails, u.City = test.after, "Lisboa" })
		f.success()
		if test.want == "" {
			f.want(probe, "GET /Users/u1")
		} else {
			f.want(probe, "GET /Users/u1", "PATCH /Users/u1 "+patchPrefix+"{"+test.want+"}]}")
		}
	}
	c, source := clock.Frozen(start), ids.New(1)
	job, err := provisioning.NewJob(provisioning.Config{Source: &tenant{Directory: directory.New(c, source, "")}, Clock: c, IDs: source, Template: provisioning.TemplateCustom})
	if err != nil {
		t.Fatal(err)
	}
	var mistake *provisioning.SettingsError
	if err := job.Configure(extended([]provisioning.Attribute{{Name: aliases, MultiValued: true}})); !errors.As(err, &mistake) || mistake.Path != "users.attributes[0].multiValued" {
		t.Errorf("a custom application takes several values: %v", err)
	}
	listed := []provisioning.Attribute{{Name: aliases}, {Name: enterpriseURN + ":manager", Type: provisioning.TypeReference}}
	if err := job.Configure(extended(listed, provisioning.Mapping{Target: enterpriseURN + ":manager", Source: "manager"})); err != nil {
		t.Errorf("a text and the manager are refused: %v", err)
	}
}

// The list of attributes is part of the configuration: changing it starts an
// initial cycle, and it survives JSON.
func TestAttributeListIsPartOfTheSettings(t *testing.T) {
	f := newFixture(t, users(provisioning.Mapping{Target: customURN + ":Floor", Constant: "7"}))
	f.assign(f.addUser("ann").ID)
	f.success()
	s := f.job.Settings()
	s.Users.Attributes = []provisioning.Attribute{{Name: customURN + ":Floor", Type: provisioning.TypeInteger}}
	text, err := json.Marshal(s)
	f.check(err)
	var again provisioning.Settings
	f.check(json.Unmarshal(text, &again))
	f.check(f.job.Configure(again))
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Skipped: 1}})
	f.job.Settings().Users.Attributes[0].Type = "broken"
	if got := f.job.Settings().Users.Attributes[0].Type; got != provisioning.TypeInteger {
		t.Errorf("changing the returned settings changed the job: %s", got)
	}
}

// Restoring the default mappings sets mappings, attributes and filters back and
// has everybody evaluated again, even where nothing was changed.
func TestRestoreDefaultMappings(t *testing.T) {
	s := extended([]provisioning.Attribute{{Name: "title", Required: true}}, provisioning.Mapping{Target: "title", Constant: "x"})
	s.AccidentalDeletionThreshold = 7
	s.Users.Filters = [][]provisioning.Clause{{{Attribute: "city", Operator: "IS NULL"}}}
	f := newFixture(t, s)
	f.assign(f.addUser("ann").ID)
	f.success()
	for range 2 {
		f.check(f.job.RestoreDefaultMappings())
		got := f.job.Settings()
		if len(got.Users.Mappings) != len(provisioning.DefaultUserMappings(provisioning.TemplateAWS)) || got.Users.Filters != nil || got.Users.Attributes != nil || got.AccidentalDeletionThreshold != 7 {
			t.Errorf("settings %+v", got)
		}
		if s := f.success(); s.Cycle != provisioning.CycleInitial {
			t.Errorf("the next cycle is %s", s.Cycle)
		}
	}
	// During a cycle too: the one after it is an initial one.
	f.server.setFault(func(http.ResponseWriter, *http.Request, []byte) bool {
		f.server.fault = nil
		f.check(f.job.RestoreDefaultMappings())
		return false
	})
	f.success()
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Skipped: 1}})
	// And it ends a quarantine.
	f.server.setToken("another")
	f.cycle()
	if _, in := f.job.Quarantine(); !in {
		t.Error("no quarantine")
	}
	f.check(f.job.RestoreDefaultMappings())
	if _, in := f.job.Quarantine(); in {
		t.Error("the quarantine goes on")
	}
}
