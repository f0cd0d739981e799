package provisioning_test

import (
	"flag"
	"net/http"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

var update = flag.Bool("update", false, "rewrite the golden files of testdata")

var guid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// Entries in the form of Microsoft Graph's provisioningObjectSummary ("List
// provisioningObjectSummary"): members, steps and texts as in its samples.
func TestObjectSummary(t *testing.T) {
	mappings := []provisioning.Mapping{
		{Target: "displayName", Source: "displayName"},
		{Target: "active", Expression: `Switch([IsSoftDeleted], , "False", "True", "True", "False")`},
		{Target: enterpriseURN + ":manager", Source: "manager"},
	}
	for _, test := range []struct {
		name, source string
		run          func(f *fixture)
	}{
		{"create", "ann@contoso.example", func(f *fixture) { f.success() }},
		{"update", "ann@contoso.example", func(f *fixture) {
			f.success()
			f.set("user-ann", func(u *directory.User) { u.DisplayName = "Ann Sousa" })
			f.success()
		}},
		{"disable", "ann@contoso.example", func(f *fixture) {
			f.success()
			f.enable("user-ann", false)
			f.success()
		}},
		{"delete", "ann@contoso.example", func(f *fixture) {
			f.success()
			f.delete("user-ann")
			f.check(f.PurgeUser("user-ann"))
			f.success()
		}},
		{"skip-notentitled", "out@contoso.example", func(f *fixture) { f.success() }},
		{"skip-redundant", "ann@contoso.example", func(f *fixture) {
			f.success()
			f.set("user-ann", func(u *directory.User) { u.Department = "unmapped" })
			f.success()
		}},
		{"failure", "ann@contoso.example", func(f *fixture) {
			f.server.setFault(answer("POST", "/Users", 409, aws("Duplicate UserName")))
			f.cycle()
		}},
		{"stageddelete", "ann@contoso.example", func(f *fixture) {
			f.success()
			s := f.job.Settings()
			s.AccidentalDeletionThreshold = 1
			f.check(f.job.Configure(s))
			f.enable("user-ann", false)
			f.enable("user-bob", false)
			f.cycle()
		}},
		{"members", "Ops", func(f *fixture) { f.success() }},
		{"manager", "ann@contoso.example", func(f *fixture) {
			f.set("user-ann", func(u *directory.User) { u.Manager = "user-bob" })
			f.success()
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, users(mappings...))
			f.addUser("out")
			f.assign(f.addGroup("Ops", f.addUser("ann").ID, f.addUser("bob").ID).ID)
			test.run(f)
			var found *provisioning.ObjectSummary
			for _, s := range f.job.ObjectSummaries() {
				if s.SourceIdentity.DisplayName == test.source {
					found = &s
				}
			}
			if found == nil {
				t.Fatalf("no entry about %s", test.source)
			}
			wantGolden(t, filepath.Join("objectsummary", test.name+".json"), found)
		})
	}
}

// durationInMilliseconds is how long the action took, by the job's clock.
func TestObjectSummaryDuration(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.server.setFault(func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method == http.MethodPost {
			f.clock.Advance(3236 * time.Millisecond)
		}
		return false
	})
	f.success()
	for _, s := range f.job.ObjectSummaries() {
		if s.SourceIdentity.ID == "user-ann" && (s.DurationInMilliseconds != 3236 || !s.ActivityDateTime.Equal(start)) {
			t.Errorf("%s took %d ms", s.ActivityDateTime, s.DurationInMilliseconds)
		}
	}
	if e := f.entry("ann@contoso.example"); e.Milliseconds != 3236 {
		t.Errorf("entry %+v", e)
	}
}
