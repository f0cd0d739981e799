package provisioning_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/provisioning"
)

// Which activity stands in the audit logs for what is done to a job ("Check the
// status of user provisioning", audit logs; "Microsoft Entra audit log
// categories and activities", Account provisioning).
func TestAuditLog(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	seen := len(f.job.AuditLog())
	expect := func(what string, activities ...string) {
		t.Helper()
		var got []string
		for _, e := range f.job.AuditLog()[seen:] {
			got = append(got, e.Activity)
			if !e.Time.Equal(f.clock.Now()) || e.Category != "ProvisioningManagement" || e.Service != "Account Provisioning" {
				t.Errorf("%s: %+v", what, e)
			}
		}
		seen += len(got)
		if diff := cmp.Diff(activities, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	ctx := context.Background()
	f.clock.Advance(time.Minute)
	f.check(f.job.SetTarget(f.server.tenantURL(), testToken))
	expect("credentials", "Update provisioning setting or credentials")
	s := f.job.Settings()
	f.check(f.job.Configure(s))
	expect("nothing changed")
	s.NotificationEmail = "admins@contoso.example"
	f.check(f.job.Configure(s))
	expect("notification email", "Update provisioning setting or credentials")
	s.Scope = provisioning.ScopeAll
	f.check(f.job.Configure(s))
	expect("sync all", "Update provisioning setting or credentials")
	s.Users.Filters = [][]provisioning.Clause{{{Attribute: "displayName", Operator: "IS NOT NULL"}}}
	f.check(f.job.Configure(s))
	expect("scoping filter", "Update attribute mappings or scope")
	f.job.Stop()
	expect("stop of a job that was not started")
	f.check(f.job.Start(ctx))
	f.check(f.job.Start(ctx))
	expect("start", "Enable/start provisioning configuration")
	f.check(f.job.Restart(ctx, 0))
	expect("restart", "Enable/restart provisioning configuration")
	f.job.Stop()
	expect("stop", "Disable/pause provisioning configuration")
	f.success()
	expect("a cycle")
	f.server.setToken("another")
	f.cycle()
	f.cycle() // still in quarantine
	expect("quarantine", "Quarantine")
}
