package provisioning_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// answer makes a fault that answers requests of a method and path part.
func answer(method, part string, status int, body string, header ...string) func(http.ResponseWriter, *http.Request, []byte) bool {
	return func(w http.ResponseWriter, r *http.Request, sent []byte) bool {
		if r.Method != method || !strings.Contains(r.URL.String()+string(sent), part) {
			return false
		}
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
		return true
	}
}

const scimErrorBody = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","detail":%q}`

// Every wrong answer fails the user at hand under the error code that "How to
// analyze the Microsoft Entra provisioning logs" gives it, and nobody else; the
// next cycle tries again.
func TestWrongAnswers(t *testing.T) {
	list := func(resources string) string {
		return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":1,"Resources":[` + resources + `]}`
	}
	tests := []struct {
		name   string
		method string
		part   string
		status int
		body   string
		code   string
		words  string
	}{
		{"a page for a list", "GET", "ann%40", 200, "<html><body>Welcome</body></html>", "SystemForCrossDomainIdentityManagementServiceIncompatible", "not a JSON object"},
		{"an error with status 200", "GET", "ann%40", 200, fmt.Sprintf(scimErrorBody, "no"), "SystemForCrossDomainIdentityManagementServiceIncompatible", "the body an error"},
		{"a resource for a list", "GET", "ann%40", 200, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1"}`, "SystemForCrossDomainIdentityManagementServiceIncompatible", "not a ListResponse"},
		{"a list of something else", "GET", "ann%40", 200, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resources":{}}`, "SystemForCrossDomainIdentityManagementServiceIncompatible", "Resources is not a list"},
		{"a match without id", "GET", "ann%40", 200, list(`{"userName":"ann@contoso.example"}`), "SystemForCrossDomainIdentityManagementServiceIncompatible", "no id"},
		{"two matches", "GET", "ann%40", 200, list(`{"id":"1"},{"id":"2"}`), "DuplicateTargetEntries", "2 objects"},
		{"a match of somebody else", "GET", "ann%40", 200, list(`{"id":"1","userName":"zoe@contoso.example"}`), "SystemForCrossDomainIdentityManagementServiceIncompatible", "another userName"},
		{"a manager as text", "GET", "ann%40", 200, list(`{"id":"1","userName":"ann@contoso.example","` + enterpriseURN + `":{"manager":"boss"}}`), "SystemForCrossDomainIdentityManagementServiceIncompatible", "text as manager"},
		{"no list but 404", "GET", "ann%40", 404, fmt.Sprintf(scimErrorBody, "not found"), "SystemForCrossDomainIdentityManagementServiceIncompatible", "StatusCode: NotFound"},
		{"a redirect", "POST", "ann@", 302, "", "SystemForCrossDomainIdentityManagementServiceIncompatible", "StatusCode: Found"},
		{"a page for a user", "POST", "ann@", 201, "<html>", "SystemForCrossDomainIdentityManagementServiceIncompatible", "not a JSON object"},
		{"two documents", "POST", "ann@", 201, `{"id":"1"} {"id":"2"}`, "SystemForCrossDomainIdentityManagementServiceIncompatible", "something follows"},
		{"a user without id", "POST", "ann@", 201, `{"userName":"ann@contoso.example"}`, "SystemForCrossDomainIdentityManagementServiceIncompatible", "no id"},
		{"an id that is no text", "POST", "ann@", 201, `{"id":7}`, "SystemForCrossDomainIdentityManagementServiceIncompatible", "no id"},
		{"status 400", "POST", "ann@", 400, fmt.Sprintf(scimErrorBody, "Request is unparsable, syntactically incorrect, or violates schema."), "UnprocessableEntity", `StatusCode: BadRequest Message: Processing of the HTTP request resulted in an exception. Please see the HTTP response returned by the 'Response' property of this exception for details. Web Response: {"schemas"`},
		{"a required attribute", "POST", "ann@", 400, fmt.Sprintf(scimErrorBody, "Value null at 'name.familyName' failed to satisfy constraint: Member must not be null"), "MandatoryFieldsMissing", "familyName"},
		{"an unknown attribute", "POST", "ann@", 400, `{"scimType":"invalidPath","detail":"x"}`, "SchemaAttributeNotFound", ""},
		{"not unique", "POST", "ann@", 400, `{"scimType":"uniqueness","detail":"x"}`, "EntryConflict", ""},
		{"status 403", "POST", "ann@", 403, "", "InsufficientRights", "Forbidden"},
		{"status 405", "POST", "ann@", 405, "", "MethodNotAllowed", "MethodNotAllowed"},
		{"status 409", "POST", "ann@", 409, "", "EntryConflict", "Conflict"},
		{"status 422", "POST", "ann@", 422, "", "UnprocessableEntity", "UnprocessableEntity"},
		{"status 429", "POST", "ann@", 429, "", "TooManyRequests", "TooManyRequests"},
		{"status 500", "POST", "ann@", 500, "oops", "InternalServerError", "Web Response: oops."},
		{"status 501", "POST", "ann@", 501, "", "NotImplemented", "NotImplemented"},
		{"status 504", "POST", "ann@", 504, "", "Timeout", "GatewayTimeout"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, provisioning.Settings{})
			f.assign(f.addUser("ann").ID)
			f.assign(f.addUser("bob").ID)
			f.server.setFault(answer(test.method, test.part, test.status, test.body))
			s := f.cycle()
			f.wantCounts(s, counts{Status: provisioning.SummaryFailed, Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 1, Failed: 1}})
			e := f.entry("ann@contoso.example")
			if e.Status != provisioning.StatusFailure || e.Error == nil || e.Error.Code != test.code || !strings.Contains(e.Error.Reason, test.words) {
				t.Errorf("logged %s %+v\nwant %s … %s …", e.Status, e.Error, test.code, test.words)
			}
			if want := "This operation was retried 0 times. It will be retried again after this date: 2026-01-05T09:40:00.0000000Z UTC"; e.Error != nil && !strings.HasSuffix(e.Error.Reason, want) {
				t.Errorf("reason %s\nends not with %s", e.Error.Reason, want)
			}
			f.server.setFault(nil)
			f.clock.Advance(40 * time.Minute)
			f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1}})
			if len(f.job.Escrows()) != 0 {
				t.Errorf("escrows %+v after success", f.job.Escrows())
			}
		})
	}
}

// The same for updates and deletes of objects that are linked.
func TestWrongAnswersToUpdates(t *testing.T) {
	tests := []struct {
		name, method string
		status       int
		body, code   string
	}{
		{"a page for a user", "GET", 200, "<html>", "SystemForCrossDomainIdentityManagementServiceIncompatible"},
		{"a user without id", "GET", 200, `{"userName":"ann@contoso.example"}`, "SystemForCrossDomainIdentityManagementServiceIncompatible"},
		{"status 500 on reading", "GET", 500, "", "InternalServerError"},
		{"a page for an update", "PATCH", 200, "<html>", "SystemForCrossDomainIdentityManagementServiceIncompatible"},
		{"null for an update", "PATCH", 200, "null", "SystemForCrossDomainIdentityManagementServiceIncompatible"},
		{"more than an object for an update", "PATCH", 200, `{"id":"u1"} {}`, "SystemForCrossDomainIdentityManagementServiceIncompatible"},
		{"an error with status 200", "PATCH", 200, fmt.Sprintf(scimErrorBody, "no"), "SystemForCrossDomainIdentityManagementServiceIncompatible"},
		{"status 409", "PATCH", 409, "", "EntryConflict"},
		{"status 404", "PATCH", 404, "", "InvalidAnchor"},
		{"status 500 on deleting", "DELETE", 500, "", "InternalServerError"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, provisioning.Settings{})
			f.assign(f.addUser("ann").ID)
			f.success()
			f.server.setFault(answer(test.method, "/Users/u1", test.status, test.body))
			if test.method == "DELETE" {
				f.delete("user-ann")
				f.success()
				f.check(f.PurgeUser("user-ann"))
			} else {
				f.set("user-ann", func(u *directory.User) { u.DisplayName = "new" })
			}
			s := f.cycle()
			f.wantCounts(s, counts{Status: provisioning.SummaryFailed, Users: provisioning.UserCounts{Failed: 1}})
			if e := f.entry("ann@contoso.example"); e.Error == nil || e.Error.Code != test.code {
				t.Errorf("logged %+v, want %s", e.Error, test.code)
			}
			f.server.setFault(nil)
			s = f.success()
			if s.Users.Updated+s.Users.Deleted != 1 {
				t.Errorf("retry: %+v", s.Users)
			}
		})
	}
}

// A PATCH may be answered with 200 and the user, or 200 and nothing.
func TestPatchAnswers(t *testing.T) {
	for _, body := range []string{"", "\n", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"u1"}`} {
		f := newFixture(t, provisioning.Settings{})
		f.assign(f.addUser("ann").ID)
		f.success()
		f.server.setFault(answer("PATCH", "/Users/u1", 200, body))
		f.set("user-ann", func(u *directory.User) { u.DisplayName = "new" })
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Updated: 1}})
	}
}

// A POST whose answer was lost makes no duplicate: the user is matched before
// it would be created again.
func TestLostAnswerMakesNoDuplicate(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.server.mu.Lock()
	f.server.after = func(r *http.Request) bool { return r.Method == http.MethodPost }
	f.server.mu.Unlock()
	s := f.cycle()
	if e := f.entry("ann@contoso.example"); s.Users.Failed != 1 || e.Error.Code != "WebExceptionProtocolError" {
		t.Errorf("dropped connection: %+v, %+v", s.Users, e.Error)
	}
	f.server.mu.Lock()
	f.server.after = nil
	f.server.mu.Unlock()
	f.server.taken()
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Skipped: 1}})
	f.want(probe, `GET /Users?filter=userName eq "ann@contoso.example"`)
	if len(f.server.users) != 1 || len(f.job.Links()) != 1 {
		t.Errorf("%d users in the target, links %+v", len(f.server.users), f.job.Links())
	}
}

// A target that is silent for too long is a Timeout.
func TestTimeout(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	release := make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-release })
	server := newHandlerServer(t, slow)
	t.Cleanup(func() { close(release) })
	job, err := provisioning.NewJob(provisioning.Config{Source: f.tenant, Clock: f.clock, IDs: newIDs(), Client: &http.Client{Timeout: 50 * time.Millisecond}})
	f.check(err)
	f.check(job.SetTarget(server, testToken))
	s, err := job.RunCycle(context.Background())
	f.check(err)
	if s.Quarantine == nil || s.Quarantine.Error.Code != "Timeout" {
		t.Errorf("summary %+v", s)
	}
}

// An answer without end is cut off.
func TestEndlessAnswer(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.server.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method != http.MethodPost {
			return false
		}
		w.WriteHeader(http.StatusCreated)
		block := []byte(strings.Repeat(" ", 1<<20))
		for range 64 {
			if _, err := w.Write(block); err != nil {
				return true
			}
		}
		return true
	})
	f.cycle()
	if e := f.entry("ann@contoso.example"); e.Error == nil || !contains(e.Error.Reason, "longer than") {
		t.Errorf("logged %+v", e.Error)
	}
}

// Members in the answer to a request that excludes them break the client ("How
// to analyze the Microsoft Entra provisioning logs").
func TestGroupWithMembers(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID).ID)
	f.success()
	f.server.setFault(answer("GET", "/Groups/g2", 200, `{"id":"g2","displayName":"Ops","members":[{"value":"u1"}]}`))
	_, err := f.UpdateGroup("group-Ops", func(g *directory.Group) { g.DisplayName = "Operations" })
	f.check(err)
	f.wantLog(f.cycle(), "update failure Operations SystemForCrossDomainIdentityManagementMultipleEntriesInResponse")
	f.server.setFault(answer("GET", "/Groups/g2", 200, `{"id":"g2","displayName":"Ops","members":[]}`)) // as AWS answers
	f.wantCounts(f.success(), counts{Groups: provisioning.GroupCounts{Updated: 1}})
}

// A matching value with a quotation mark cannot be asked for ("Known issues",
// special characters on joining properties).
func TestSpecialCharacterInMatchingValue(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addGroup(`The "Ops"`).ID)
	s := f.cycle()
	f.want(probe)
	if s.Groups.Failed != 1 {
		t.Errorf("summary %+v", s.Groups)
	}
}

// The first retry comes with the next cycle; then 6, 12 and 24 hours after the
// first failure, then daily, until 28 days have passed ("Application
// provisioning in quarantine status", retry duration).
func TestRetryBackOff(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.server.setFault(answer("POST", "/Users", 400, fmt.Sprintf(scimErrorBody, "no")))
	f.check(f.job.Start(context.Background()))
	var tries []time.Duration
	for f.clock.RunDue(); f.clock.Now().Sub(start) < 30*24*time.Hour; f.clock.Advance(40 * time.Minute) {
		if s, _ := f.job.LastCycle(); s.Users.Failed == 1 {
			tries = append(tries, f.clock.Now().Sub(start))
		}
	}
	if _, ok := f.job.NextCycle(); !ok || f.job.State() != provisioning.StateActive {
		t.Errorf("giving up one user stopped the job: %s", f.job.State())
	}
	f.job.Stop()
	hours := func(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }
	want := []time.Duration{0, 40 * time.Minute, hours(6), hours(12), hours(24), hours(48)}
	if len(tries) < len(want) {
		t.Fatalf("tries %v", tries)
	}
	if diff := cmp.Diff(want, tries[:len(want)]); diff != "" {
		t.Errorf("tries after the first (-want +got):\n%s", diff)
	}
	if last := tries[len(tries)-1]; last != hours(28*24) {
		t.Errorf("the last try came after %v, want 28 days", last)
	}
	if len(f.job.Escrows()) != 0 {
		t.Errorf("escrows %+v after 28 days", f.job.Escrows())
	}
}

// Errors that pass by themselves are retried in every cycle; a change of the
// user brings it up at once.
func TestTransientRetries(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	f.server.setFault(answer("POST", "/Users", 500, ""))
	for range 4 {
		if s := f.cycle(); s.Users.Failed != 1 {
			t.Errorf("no retry in cycle %d", f.job.Cycles())
		}
		f.clock.Advance(40 * time.Minute)
	}
	f.server.setFault(answer("POST", "/Users", 400, ""))
	f.cycle()
	f.clock.Advance(40 * time.Minute)
	if s := f.cycle(); s.Users.Failed != 0 {
		t.Error("a lasting error was retried in every cycle")
	}
	f.server.setFault(nil)
	f.set("user-ann", func(u *directory.User) { u.City = "Lisboa" })
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1}})
}

// A pause that the target asks for is kept in virtual time; nothing waits.
func TestRetryAfter(t *testing.T) {
	for _, header := range []string{"7200", "Mon, 05 Jan 2026 11:00:00 GMT"} {
		f := newFixture(t, provisioning.Settings{})
		f.assign(f.addUser("ann").ID)
		f.server.setFault(answer("POST", "/Users", 429, "", "Retry-After", header))
		f.cycle()
		f.server.setFault(nil)
		f.clock.Advance(40 * time.Minute)
		f.wantCounts(f.success(), counts{})
		f.clock.Advance(80 * time.Minute)
		f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1}})
	}
}

// When a member could not be created, its membership follows once it is: the
// group is remembered. The same goes for a manager.
func TestReferencesToFailedUsers(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	ann := f.addUser("ann", func(u *directory.User) { u.Manager = "user-bob" })
	f.assign(f.addGroup("Ops", ann.ID, f.addUser("bob").ID).ID)
	f.server.setFault(answer("POST", "bob@", 500, ""))
	f.wantCounts(f.cycle(), counts{
		Status: provisioning.SummaryFailed, Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 1, Failed: 1}, Groups: provisioning.GroupCounts{Created: 1}, Members: provisioning.MemberCounts{Added: 1},
	})
	f.server.setFault(nil)
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1, Updated: 1}, Groups: provisioning.GroupCounts{Updated: 1}, Members: provisioning.MemberCounts{Added: 1}})
	if got := f.server.members("Ops"); len(got) != 2 {
		t.Errorf("members %v", got)
	}
	f.wantCounts(f.success(), counts{})
}

// A reference that the target refuses fails beside the object, which stays.
func TestRefusedReferences(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	ann := f.addUser("ann", func(u *directory.User) { u.Manager = "user-bob" })
	f.assign(f.addGroup("Ops", ann.ID, f.addUser("bob").ID).ID)
	f.server.setFault(answer("PATCH", "", 400, fmt.Sprintf(scimErrorBody, "no")))
	s := f.cycle()
	f.wantCounts(s, counts{
		Status: provisioning.SummaryFailed, Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Created: 2, Failed: 1}, Groups: provisioning.GroupCounts{Created: 1, Failed: 1},
	})
	f.wantLog(s,
		"create success ann@contoso.example", "create success bob@contoso.example", "create success Ops",
		"update failure ann@contoso.example UnprocessableEntity", "update failure Ops UnprocessableEntity")
	f.server.setFault(nil)
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Updated: 1}, Groups: provisioning.GroupCounts{Updated: 1}, Members: provisioning.MemberCounts{Added: 2}})
}

// A group that vanishes between two requests is looked at as a whole in the
// next cycle.
func TestGroupVanishesMidway(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addGroup("Ops", f.addUser("ann").ID).ID)
	f.success()
	f.check(f.AddMembers("group-Ops", f.addUser("bob").ID))
	f.server.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method == http.MethodPatch {
			delete(f.server.groups, "g2") // the server is locked here
		}
		return false
	})
	f.wantCounts(f.cycle(), counts{Status: provisioning.SummaryFailed, Users: provisioning.UserCounts{Created: 1}, Groups: provisioning.GroupCounts{Failed: 1}})
	f.server.setFault(nil)
	f.wantCounts(f.success(), counts{Groups: provisioning.GroupCounts{Created: 1}, Members: provisioning.MemberCounts{Added: 2}})
}

// What waits for a retry is forgotten when its object leaves or is gone.
func TestEscrowsEnd(t *testing.T) {
	t.Run("manager of a user who left", func(t *testing.T) {
		f := newFixture(t, provisioning.Settings{})
		f.assign(f.addUser("ann", func(u *directory.User) { u.Manager = "user-bob" }).ID)
		f.assign(f.addUser("bob").ID)
		f.server.setFault(answer("PATCH", "manager", 400, ""))
		f.cycle()
		if escrows := f.job.Escrows(); len(escrows) != 1 || !escrows[0].Reference || escrows[0].Code != "UnprocessableEntity" {
			t.Errorf("escrows %+v", escrows)
		}
		f.server.setFault(nil)
		f.unassign("user-ann")
		f.success()
		if escrows := f.job.Escrows(); len(escrows) != 0 {
			t.Errorf("escrows %+v", escrows)
		}
	})
	for _, full := range []bool{false, true} {
		f := newFixture(t, provisioning.Settings{})
		f.assign(f.addUser("ann").ID)
		f.server.setFault(answer("POST", "/Users", 400, ""))
		f.cycle()
		f.delete("user-ann")
		f.check(f.PurgeUser("user-ann"))
		if full {
			f.check(f.job.Restart(context.Background(), provisioning.ResetWatermark))
		}
		f.success()
		if escrows := f.job.Escrows(); len(escrows) != 0 {
			t.Errorf("full cycle %v: escrows %+v of a user who is gone", full, escrows)
		}
	}
}

// Settings that change during a cycle take effect with the next one, which is
// an initial one if they concern mappings.
func TestConfigureDuringACycle(t *testing.T) {
	f := newFixture(t, users())
	f.assign(f.addUser("ann").ID)
	f.server.setFault(func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method == http.MethodPost {
			f.check(f.job.Configure(users(provisioning.Mapping{Target: "displayName", Source: "displayName"})))
		}
		return false
	})
	f.success()
	if u := f.server.user("ann@contoso.example"); u["displayName"] != nil {
		t.Errorf("created with the new mappings: %v", u)
	}
	f.wantCounts(f.success(), counts{Cycle: provisioning.CycleInitial, Users: provisioning.UserCounts{Updated: 1}})
}
