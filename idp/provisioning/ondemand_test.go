package provisioning_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/idp/provisioning/expression"
	"github.com/idharness/harness/internal/refusal"
)

// On-demand provisioning always has the legacy form ("Known issues with SCIM
// 2.0 protocol compliance": the flag does not work with it), leaves the
// watermark alone and is no cycle.
func TestOnDemand(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Compliant: true})
	f.assign(f.addUser("ann").ID)
	f.assign(f.addUser("bob").ID)
	s, err := f.job.OnDemand(context.Background(), "user-ann")
	f.check(err)
	f.wantCounts(s, counts{Cycle: provisioning.CycleOnDemand, Users: provisioning.UserCounts{Created: 1}})
	f.set("user-ann", func(u *directory.User) { u.DisplayName, u.GivenName = "Ann", "Anna" })
	f.server.taken()
	s, err = f.job.OnDemand(context.Background(), "user-ann")
	f.check(err)
	f.wantCounts(s, counts{Cycle: provisioning.CycleOnDemand, Users: provisioning.UserCounts{Updated: 1}})
	f.want(probe, "GET /Users/u1",
		`PATCH /Users/u1 {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"name.givenName","value":"Anna"},{"op":"Replace","path":"name.formatted","value":"Anna Sousa"}]}`)
	if f.job.Cycles() != 0 {
		t.Error("on-demand provisioning was counted as a cycle")
	}
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 1, Skipped: 1}})
}

// An unassigned user is disabled; one who was never provisioned is skipped with
// the conditions that it fails.
func TestOnDemandScope(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.addUser("nobody")
	f.assign(f.addUser("ann").ID)
	f.success()
	f.unassign("user-ann")
	s, err := f.job.OnDemand(context.Background(), "user-ann", "user-nobody")
	f.check(err)
	f.wantLog(s, "disable success ann@contoso.example", "other skipped nobody@contoso.example NotEffectivelyEntitled")
	e := f.entry("nobody@contoso.example")
	if details := e.Steps[1].Details; details["IsActive"] != "True" || details["Assigned"] != "False" || details["IsInProvisioningScope"] != "True" {
		t.Errorf("scoping step %+v", e.Steps)
	}
}

// One group with up to five of its members ("On-demand provisioning in
// Microsoft Entra ID", known limitations).
func TestOnDemandGroup(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	var ids []string
	for i := range 6 {
		ids = append(ids, f.addUser(fmt.Sprintf("u%d", i)).ID)
	}
	f.assign(f.addGroup("Ops", ids...).ID)
	_, err := f.job.OnDemand(context.Background(), "group-Ops")
	if r, ok := refusal.From(err); !ok || r.Expected != "up to 5 members" {
		t.Errorf("six members: %v", err)
	}
	s, err := f.job.OnDemand(context.Background(), "group-Ops", ids[0], ids[5])
	f.check(err)
	f.wantCounts(s, counts{Cycle: provisioning.CycleOnDemand, Users: provisioning.UserCounts{Created: 2}, Groups: provisioning.GroupCounts{Created: 1}, Members: provisioning.MemberCounts{Added: 2}})
	if diff := cmp.Diff([]string{"u0@contoso.example", "u5@contoso.example"}, f.server.members("Ops")); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	f.check(f.RemoveMembers("group-Ops", ids[0], ids[1], ids[2]))
	s, err = f.job.OnDemand(context.Background(), "group-Ops", ids[0])
	f.check(err)
	f.wantCounts(s, counts{Cycle: provisioning.CycleOnDemand, Users: provisioning.UserCounts{Disabled: 1}, Groups: provisioning.GroupCounts{Updated: 1}, Members: provisioning.MemberCounts{Removed: 1}})
	s, err = f.job.OnDemand(context.Background(), "group-Ops") // three members are left
	f.check(err)
	if s.Users.Created != 2 || s.Members.Added != 2 {
		t.Errorf("the group alone: %+v", s)
	}
}

func TestOnDemandRefusals(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	var ids []string
	for i := range 6 {
		ids = append(ids, f.addUser(fmt.Sprintf("u%d", i)).ID)
	}
	f.addUser("off")
	f.enable("user-off", false)
	f.addUser("gone")
	f.delete("user-gone")
	f.addGroup("one")
	f.addGroup("two")
	for _, test := range []struct {
		ids   []string
		words string
	}{
		{nil, "expected users, or a group"},
		{[]string{"nobody"}, "object id"},
		{ids, "up to 5 users"},
		{[]string{"user-off"}, "disabled or deleted"},
		{[]string{"user-gone"}, "disabled or deleted"},
		{[]string{"group-one", "group-two"}, "one group"},
	} {
		_, err := f.job.OnDemand(context.Background(), test.ids...)
		if _, ok := refusal.From(err); !ok || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%v: %v, want … %s …", test.ids, err, test.words)
		}
	}
	if requests := f.server.taken(); len(requests) != 0 {
		t.Errorf("refused requests reached the target: %v", requests)
	}
	f.server.setToken("another")
	s, err := f.job.OnDemand(context.Background(), ids[0])
	if r, ok := refusal.From(err); !ok || r.Where != "Secret Token" || s.Status != provisioning.SummaryFailed {
		t.Errorf("wrong token: %+v, %v", s, err)
	}
	if _, quarantined := f.job.Quarantine(); quarantined {
		t.Error("on-demand provisioning put the job into quarantine")
	}
}

// "On-demand provisioning of roles isn't supported." A failure is told and not
// retried by the next cycle on its own account.
func TestOnDemandLimits(t *testing.T) {
	f := newFixture(t, provisioning.Settings{Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{
		userName, {Target: "roles", Expression: `AppRoleAssignmentsComplex([appRoleAssignments])`},
	}}})
	f.assign(f.addUser("ann").ID)
	f.roles["user-ann"] = []expression.Role{{ID: "1", Value: "Admin", DisplayName: "Admin"}}
	f.server.setFault(answer("POST", "/Users", 400, ""))
	s, err := f.job.OnDemand(context.Background(), "user-ann")
	f.check(err)
	if s.Status != provisioning.SummaryFailed || s.Users.Failed != 1 || len(f.job.Escrows()) != 0 {
		t.Errorf("summary %+v, escrows %+v", s, f.job.Escrows())
	}
	if e := f.entry("ann@contoso.example"); contains(e.Error.Reason, "will be retried") {
		t.Errorf("reason %s", e.Error.Reason)
	}
	f.server.setFault(nil)
	f.server.taken()
	_, err = f.job.OnDemand(context.Background(), "user-ann")
	f.check(err)
	if requests := f.server.taken(); !contains(requests[2], `"roles":[]`) {
		t.Errorf("roles on demand: %s", requests[2])
	}
}
