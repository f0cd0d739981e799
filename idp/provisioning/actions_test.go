package provisioning_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// "Customize user provisioning attribute-mappings" and "How application
// provisioning works": with a target object action turned off its requests are
// not sent, in every combination. Without create, users who are there already
// are still matched; without update there are no members and managers either.
func TestTargetObjectActions(t *testing.T) {
	all := []string{provisioning.ActionsCreate, provisioning.ActionsUpdate, provisioning.ActionsDelete}
	for bits := range 8 {
		actions := []string{}
		for i, action := range all {
			if bits&(1<<i) != 0 {
				actions = append(actions, action)
			}
		}
		t.Run(fmt.Sprintf("[%s]", strings.Join(actions, " ")), func(t *testing.T) {
			may := func(action string) bool { return slices.Contains(actions, action) }
			f := newFixture(t, provisioning.Settings{
				Users:  provisioning.UserSettings{Actions: actions, Mappings: []provisioning.Mapping{userName, {Target: "active", Expression: `Not([IsSoftDeleted])`}, {Target: enterpriseURN + ":manager", Source: "manager"}}},
				Groups: provisioning.GroupSettings{Actions: actions},
			})
			f.server.put(map[string]any{"id": "old", "userName": "ann@contoso.example", "active": true})
			f.server.put(map[string]any{"id": "ops", "displayName": "Ops", "externalId": "group-Ops"})
			ann, bob := f.addUser("ann"), f.addUser("bob", func(u *directory.User) { u.Manager = "user-ann" })
			f.assign(f.addGroup("Ops", ann.ID, bob.ID).ID)
			f.assign(f.addGroup("New").ID)
			f.success()
			f.delete(ann.ID)
			f.success() // disabled
			f.check(f.PurgeUser(ann.ID))
			_, err := f.DeleteGroup("group-Ops")
			f.check(err)
			f.success()

			var want []string
			if may("create") {
				want = append(want, "POST /Groups", "POST /Users")
				if may("update") {
					want = append(want, "PATCH /Users/u1 manager")
				}
			}
			if may("update") {
				want = append(want, "PATCH /Groups/ops members", "PATCH /Users/old active")
				if may("create") {
					want = append(want, "PATCH /Users/u1 active")
				}
			}
			if may("delete") {
				want = append(want, "DELETE /Groups/ops", "DELETE /Users/old")
			}
			slices.Sort(want)
			if diff := cmp.Diff(want, writes(f.server.taken())); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
		})
	}
}

// writes reduces requests to method, path and the last part of a PATCH's first
// path, in order and each once.
func writes(requests []string) []string {
	var out []string
	for _, r := range requests {
		fields := strings.SplitN(r, " ", 3)
		if fields[0] == "GET" {
			continue
		}
		line := fields[0] + " " + fields[1]
		if fields[0] == "PATCH" {
			_, path, _ := strings.Cut(fields[2], `"path":"`)
			path, _, _ = strings.Cut(path, `"`)
			line += " " + path[strings.LastIndexByte(path, ':')+1:]
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
