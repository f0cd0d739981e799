package provisioning_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// Every count is there although it is zero, so that expectations can name it.
func TestSummaryJSON(t *testing.T) {
	got := mustJSON(provisioning.Summary{Status: "success", Cycle: "initial"})
	want := `{"status":"success","cycle":"initial","users":{"created":0,"updated":0,"disabled":0,"deleted":0,"skipped":0,"failed":0},` +
		`"groups":{"created":0,"updated":0,"deleted":0,"skipped":0,"failed":0},"members":{"added":0,"removed":0},"requests":0,`
	if !strings.HasPrefix(got, want) {
		t.Errorf("summary %s\nwant %s…", got, want)
	}
}

// The number of requests is what went over the wire, probe included.
func TestSummaryCountsRequests(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID).ID)
	s := f.success()
	if sent := f.server.taken(); s.Requests != len(sent) {
		t.Errorf("%d requests counted, %d sent", s.Requests, len(sent))
	}
}

// The log entry of a new user: what Microsoft Graph's provisioningObjectSummary
// tells, in the steps of the service.
func TestLogEntry(t *testing.T) {
	f := newFixture(t, users(provisioning.Mapping{Target: "active", Expression: `Switch([IsSoftDeleted], , "False", "True", "True", "False")`}))
	f.assign(f.addUser("ann").ID)
	s := f.success()
	e := f.entry("ann@contoso.example")
	if e.ID == "" || e.ChangeID == "" || e.CycleID != s.CycleID || !e.Time.Equal(start) || e.Initiator != "Azure AD Provisioning Service" {
		t.Errorf("entry %+v", e)
	}
	e.ID, e.ChangeID, e.CycleID = "", "", ""
	want := provisioning.LogEntry{
		Time: start, Action: "create", Status: "success", Kind: directory.KindUser, Source: "ann@contoso.example", SourceID: "user-ann", Target: "u1",
		Modified: []provisioning.Modified{{Name: "userName", New: "ann@contoso.example"}, {Name: "active", New: "True"}},
		Steps: []provisioning.Step{
			{Name: "EntryImport", Type: "import", Status: "success", Details: map[string]string{"objectId": "user-ann", "userPrincipalName": "ann@contoso.example"}, Time: start},
			{Name: "EntrySynchronizationScoping", Type: "scoping", Status: "success", Details: map[string]string{"IsActive": "True", "Assigned": "True", "IsInProvisioningScope": "True"}, Time: start},
			{Name: "EntrySynchronizationAdd", Type: "matching", Status: "success", Description: "No object of the target matches.", Time: start},
			{Name: "EntryExportAdd", Type: "export", Status: "success", Time: start},
		},
		Initiator: "Azure AD Provisioning Service",
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
	var plain map[string]any
	f.check(json.Unmarshal([]byte(mustJSON(e)), &plain))
	for _, name := range []string{"action", "status", "source", "target", "modified", "steps", "time", "cycleId"} {
		if _, ok := plain[name]; !ok {
			t.Errorf("%s is missing in the JSON", name)
		}
	}
	if _, ok := plain["error"]; ok {
		t.Error("a success has an error in the JSON")
	}
}

// References are entries of their own: action update, the member or manager as
// the only property.
func TestLogOfReferences(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	ann := f.addUser("ann", func(u *directory.User) { u.Manager = "user-bob" })
	f.assign(f.addGroup("Ops", ann.ID, f.addUser("bob").ID).ID)
	f.success()
	e := f.entry("Ops")
	if diff := cmp.Diff([]provisioning.Modified{{Name: "members", New: "u1"}, {Name: "members", New: "u2"}}, e.Modified); diff != "" || e.Action != "update" {
		t.Errorf("members logged as %s (-want +got):\n%s", e.Action, diff)
	}
	e = f.entry("ann@contoso.example")
	if diff := cmp.Diff([]provisioning.Modified{{Name: enterpriseURN + ":manager", New: "u2"}}, e.Modified); diff != "" || e.Action != "update" {
		t.Errorf("manager logged as %s (-want +got):\n%s", e.Action, diff)
	}
	f.check(f.RemoveMembers("group-Ops", "user-bob"))
	f.success()
	if diff := cmp.Diff([]provisioning.Modified{{Name: "members", Old: "u2"}}, f.entry("Ops").Modified); diff != "" {
		t.Errorf("removal (-want +got):\n%s", diff)
	}
}
