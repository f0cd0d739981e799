package provisioning_test

import (
	"errors"
	"testing"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// "Known issues for provisioning", SCIM multi-valued addresses, emails and phone
// numbers: the page says since March 2026 that other types than work are
// skipped, against the default tables and other pages.
func TestWorkTypesOnly(t *testing.T) {
	mappings := []provisioning.Mapping{
		{Target: `emails[type eq "work"].value`, Constant: "w"}, {Target: `emails[type eq "home"].value`, Constant: "h"},
		{Target: `addresses[type eq "work"].locality`, Source: "city"}, {Target: `addresses[type eq "home"].locality`, Constant: "Porto"},
		{Target: `phoneNumbers[type eq "work"].value`, Constant: "1"}, {Target: `phoneNumbers[type eq "mobile"].value`, Constant: "2"},
		{Target: `ims[type eq "home"].value`, Constant: "i"}, // the page speaks of three attributes
	}
	for only, want := range map[bool]string{
		true: `"addresses":[{"type":"work","locality":"Lisboa"}],"emails":[{"primary":true,"type":"work","value":"w"}],` +
			`"ims":[{"type":"home","value":"i"}],`,
		false: `"addresses":[{"type":"work","locality":"Lisboa"},{"type":"home","locality":"Porto"}],` +
			`"emails":[{"primary":true,"type":"work","value":"w"},{"type":"home","value":"h"}],"ims":[{"type":"home","value":"i"}],`,
	} {
		s := users(mappings...)
		s.WorkTypesOnly = only
		f := newFixture(t, s)
		f.assign(f.addUser("ann", func(u *directory.User) { u.City = "Lisboa" }).ID)
		f.success()
		post := f.server.taken()[2]
		phones := `"phoneNumbers":[{"type":"work","value":"1"}]`
		if !only {
			phones = `"phoneNumbers":[{"type":"work","value":"1"},{"type":"mobile","value":"2"}]`
		}
		if !contains(post, want) || !contains(post, phones) {
			t.Errorf("only work types %v: created with %s\nwant %s and %s", only, post, want, phones)
		}
		f.set("user-ann", func(u *directory.User) { u.City = "Faro" })
		f.success()
		f.want(probe, "GET /Users/u1", "PATCH /Users/u1 "+patchPrefix+`{"op":"Replace","path":"addresses[type eq \"work\"].locality","value":"Faro"}]}`)
	}
}

// What is left out cannot be matched by, and the choice counts as another table.
func TestWorkTypesOnlySettings(t *testing.T) {
	s := users(provisioning.Mapping{Target: `emails[type eq "home"].value`, Source: "mail", Match: 2})
	f := newFixture(t, s)
	f.assign(f.addUser("ann").ID)
	f.success()
	s.WorkTypesOnly = true
	var mistake *provisioning.SettingsError
	if err := f.job.Configure(s); !errors.As(err, &mistake) || mistake.Path != "users.mappings[1].match" {
		t.Errorf("matching by an attribute that is left out: %v", err)
	}
	s = users(provisioning.Mapping{Target: `emails[type eq "home"].value`, Source: "mail"})
	f.check(f.job.Configure(s))
	f.success()
	s.WorkTypesOnly = true
	f.check(f.job.Configure(s))
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Skipped: 1}})
}
