package provisioning_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/provisioning"
)

// "Check the status of user provisioning": the count of what is in the connector
// data store goes down neither with a disabled nor with a deleted user, and is
// taken anew once the store was reset.
func TestCountOfTheDataStore(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	want := func(when string, users int) {
		t.Helper()
		entries := []provisioning.EntryCount{}
		if users > 0 {
			entries = append(entries, provisioning.EntryCount{Key: "User to urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", Value: users})
		}
		if diff := cmp.Diff(entries, f.job.Status().Status.SynchronizedEntryCountByType); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	for _, name := range []string{"ann", "bob", "cem"} {
		f.assign(f.addUser(name).ID)
	}
	want("before the first cycle", 0)
	f.success()
	want("three users", 3)
	f.unassign("user-ann")
	f.success()
	want("one of them disabled", 3)
	f.delete("user-bob")
	f.check(f.PurgeUser("user-bob"))
	f.success()
	if f.server.user("bob@contoso.example") != nil {
		t.Error("the user was not deleted")
	}
	want("one of them deleted", 3)
	f.check(f.job.Unlink(t.Context(), "user-ann"))
	want("one link removed", 2)
	f.check(f.job.Restart(t.Context(), provisioning.ResetFull))
	want("reset", 0)
	f.success()
	want("counted anew", 1)
}
