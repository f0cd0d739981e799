package interop

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/idharness/harness/idp/directory"
)

// seed creates an account at a server, as somebody did before Entra came.
func (s scimServer) seed(t *testing.T, user map[string]any) {
	t.Helper()
	user["schemas"] = []string{"urn:ietf:params:scim:schemas:core:2.0:User"}
	body, err := json.Marshal(user)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.tenantURL+"/Users", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/scim+json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("seed %v: status %d", user, resp.StatusCode)
	}
}

// codeOfConflict is the code of the provisioning log for a status 409.
const codeOfConflict = "EntryConflict"

// liveAtServer lets everything happen that provisioning knows of, and compares
// after each event. docs/scim-servers.md tells of the deviations.
func liveAtServer(t *testing.T, server scimServer, dialect string, listed []deviations) {
	w := newSCIMWalk(t, server, dialect, listed)
	dir := w.entra.Directory()
	server.seed(t, map[string]any{"userName": "cara@contoso.example", "displayName": "Cara", "title": "Temp", "active": true,
		"emails": []any{map[string]any{"type": "work", "value": "cara@contoso.example"}}, "addresses": []any{map[string]any{"type": "work", "locality": "Faro"}}})
	server.seed(t, map[string]any{"userName": "eve@contoso.example", "active": true})
	w.strangers = server.store(t).facts(t, w.names)
	delete(w.strangers, "cara")

	ana, ben, cara, dan := w.user("ana", "Sousa", "Lead"), w.user("ben", "Okafor", "Engineer"), w.user("cara", "Lindt", "Writer"), w.user("dan", "Roth", "Editor")
	for _, id := range []string{ana.ID, ben.ID, cara.ID, dan.ID} {
		w.managed[id] = true
	}
	w.matched[cara.ID] = true
	w.change(ben.ID, func(u *directory.User) { u.Manager, u.BusinessPhone = ana.ID, "+351 21 000 0001" })
	platform := w.entra.AddGroup("Platform", ana, ben)
	w.check(w.app.Assign(ana, cara, dan, platform))
	w.compare("initial cycle", w.wanted())
	w.compare("nothing", w.wanted())

	w.change(ben.ID, func(u *directory.User) {
		u.JobTitle, u.Department, u.BusinessPhone, u.City = "Architect", "Cloud", "+351 21 000 0000", "Porto"
	})
	w.compare("attributes changed", w.wanted())
	w.change(ben.ID, func(u *directory.User) { u.Mail = "ben@contoso.example" })
	w.compare("mail changed", w.wanted())
	w.change(ben.ID, func(u *directory.User) { u.UserPrincipalName = "benjamin@contoso.example" })
	w.compare("userName changed", w.wanted())
	w.change(ben.ID, func(u *directory.User) { u.Manager = cara.ID })
	w.compare("manager changed", w.wanted())

	_, err := dir.SetEnabled(ana.ID, false)
	w.check(err)
	w.compare("disabled", w.wanted())
	_, err = dir.SetEnabled(ana.ID, true)
	w.check(err)
	w.compare("enabled", w.wanted())

	w.check(dir.AddMembers(platform.ID, cara.ID))
	w.compare("member added", w.wanted())
	w.check(dir.RemoveMembers(platform.ID, ana.ID))
	w.compare("member removed", w.wanted())
	_, err = dir.UpdateGroup(platform.ID, func(g *directory.Group) { g.DisplayName = "Engineering" })
	w.check(err)
	w.compare("group renamed", w.wanted())

	w.check(w.app.Unassign(dan))
	w.compare("unassigned", w.wanted(dan.ID))
	w.check(w.app.Assign(dan))
	w.compare("assigned again", w.wanted())

	// The server has that name already, in an account which is nobody's here.
	kept := w.wanted()
	w.change(dan.ID, func(u *directory.User) { u.UserPrincipalName = "eve@contoso.example" })
	w.compare("renamed to a taken name", kept, "log: update eve@contoso.example: "+codeOfConflict+", status 409")
	w.change(dan.ID, func(u *directory.User) { u.UserPrincipalName = "dan@contoso.example" })
	w.compare("renamed back", w.wanted())

	_, err = dir.DeleteUser(cara.ID)
	w.check(err)
	w.lingering = "cara"
	w.compare("deleted softly", w.wanted())
	w.check(dir.PurgeUser(cara.ID))
	delete(w.managed, cara.ID)
	w.lingering = ""
	w.compare("purged", w.wanted())
	_, err = dir.DeleteGroup(platform.ID)
	w.check(err)
	w.compare("group deleted", w.wanted(ben.ID)) // whom only the group had assigned

	w.change(ana.ID, func(u *directory.User) { u.BusinessPhone = "+351 21 000 0003" })
	w.compare("value added to a list", w.wanted(ben.ID))

	w.refusedToken(t)
	w.end()
}

// refusedToken checks that a token which the server refuses puts the job into
// quarantine under the server's status.
func (w *scimWalk) refusedToken(t *testing.T) {
	t.Helper()
	job := w.app.Provisioning()
	w.check(job.SetTarget(w.server.tenantURL, "another token"))
	s, err := job.RunCycle(t.Context())
	w.check(err)
	if s.Quarantine == nil || s.Quarantine.Error.Status != http.StatusUnauthorized {
		t.Errorf("a wrong token ended in %+v, quarantine %+v", s, s.Quarantine)
	}
}
