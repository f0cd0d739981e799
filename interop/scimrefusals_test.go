package interop

import (
	"testing"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// Entra writes a manager as a bare string where RFC 7643, section 4.3, has a
// complex value. In that form, which is a knob, strict servers take it.
func TestStrictServersTakeTheManagerAsAnObject(t *testing.T) {
	for name, start := range map[string]func(*testing.T) scimServer{
		"elimity": startElimity,
		"scimmy":  func(t *testing.T) scimServer { return startSCIM(t, "scimmy", "scimmy-routers") },
	} {
		for _, dialect := range []string{"legacy", "compliant"} {
			t.Run(name+" "+dialect, func(t *testing.T) {
				t.Parallel()
				w := newSCIMWalk(t, start(t), dialect, nil)
				w.check(w.app.Provisioning().Configure(provisioning.Settings{ManagerValueForm: provisioning.ManagerObject}))
				ana, ben := w.user("ana", "Sousa", "Lead"), w.user("ben", "Okafor", "Engineer")
				w.managed[ana.ID], w.managed[ben.ID] = true, true
				w.change(ben.ID, func(u *directory.User) { u.Manager = ana.ID })
				w.check(w.app.Assign(ana, ben))
				w.compare("initial cycle", w.wanted())
			})
		}
	}
}

// elimity-com/scim leaves excludedAttributes to the store. Where that pays no
// heed to it, the group of which Entra asks all but its members comes with them,
// and is updated no more.
func TestElimityWithoutExcludedAttributes(t *testing.T) {
	for _, dialect := range []string{"legacy", "compliant"} {
		t.Run(dialect, func(t *testing.T) {
			const code = "SystemForCrossDomainIdentityManagementMultipleEntriesInResponse"
			w := newSCIMWalk(t, startWholeElimity(t), dialect, []deviations{
				{"group renamed", "", []string{
					`Platform has: displayName "Platform"`,
					`Platform lacks: displayName "Engineering"`,
					`log: update Engineering: ` + code + `, status 0`,
				}},
			})
			ana := w.user("ana", "Sousa", "Lead")
			w.managed[ana.ID] = true
			platform := w.entra.AddGroup("Platform", ana)
			w.check(w.app.Assign(platform))
			w.compare("initial cycle", w.wanted())
			_, err := w.entra.Directory().UpdateGroup(platform.ID, func(g *directory.Group) { g.DisplayName = "Engineering" })
			w.check(err)
			w.compare("group renamed", w.wanted())
			w.end()
		})
	}
}
