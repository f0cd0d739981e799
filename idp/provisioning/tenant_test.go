package provisioning_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/idp/provisioning/expression"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// tenant is a Source: a directory and the assignments of one application.
type tenant struct {
	*directory.Directory
	assigned map[string]bool
	roles    map[string][]expression.Role
	changes  []directory.Change // directory changes and assignments in one sequence
	seen     uint64             // of the directory's own sequence

	scans       int // calls of Users and Groups
	memberScans int // calls of Members
}

func (s *tenant) Users() []directory.User   { s.scans++; return s.Directory.Users() }
func (s *tenant) Groups() []directory.Group { s.scans++; return s.Directory.Groups() }

func (s *tenant) Members(group string) []directory.Member {
	s.memberScans++
	return s.Directory.Members(group)
}

func (s *tenant) Assigned(id string) bool                  { return s.assigned[id] }
func (s *tenant) AppRoles(userID string) []expression.Role { return s.roles[userID] }

func (s *tenant) Changes(since uint64) ([]directory.Change, uint64) {
	s.merge()
	latest := uint64(len(s.changes))
	if since >= latest {
		return nil, latest
	}
	seen := make(map[string]bool)
	var out []directory.Change
	for _, c := range s.changes[since:] {
		if !seen[c.ID] {
			seen[c.ID] = true
			out = append(out, c)
		}
	}
	return out, latest
}

func (s *tenant) merge() {
	changes, latest := s.Directory.Changes(s.seen)
	s.seen = latest
	for _, c := range changes {
		s.add(c.Kind, c.ID)
	}
}

func (s *tenant) add(kind directory.Kind, id string) {
	s.changes = append(s.changes, directory.Change{Seq: uint64(len(s.changes)) + 1, Kind: kind, ID: id})
}

// fixture is a tenant, a SCIM server and a job between them.
type fixture struct {
	testing.TB
	*tenant
	server *scimServer
	job    *provisioning.Job
	clock  *clock.Clock
}

func newFixture(t testing.TB, settings provisioning.Settings) *fixture {
	t.Helper()
	c := clock.Frozen(start)
	source := ids.New(1)
	f := &fixture{
		TB: t, clock: c, server: newSCIMServer(t),
		tenant: &tenant{
			Directory: directory.New(c, source, "contoso.example"),
			assigned:  make(map[string]bool), roles: make(map[string][]expression.Role),
		},
	}
	job, err := provisioning.NewJob(provisioning.Config{
		Source: f.tenant, Clock: c, IDs: source, TenantID: "6babcaad-604b-40ac-a9d7-9fd97c0b779f", Domain: "contoso.example",
		ApplicationID: "8adf8e6e-67b2-4cf2-a259-e3dc5476c621", ApplicationName: "AWS IAM Identity Center", Template: provisioning.TemplateAWS,
	})
	if err != nil {
		t.Fatal(err)
	}
	f.job = job
	if err := job.SetTarget(f.server.tenantURL(), testToken); err != nil {
		t.Fatal(err)
	}
	if err := job.Configure(settings); err != nil {
		t.Fatal(err)
	}
	return f
}

// addUser makes a user with the names that its short name stands for.
func (f *fixture) addUser(name string, edit ...func(*directory.User)) directory.User {
	f.Helper()
	u := directory.User{
		ID: "user-" + name, UserPrincipalName: name + "@contoso.example", DisplayName: name, GivenName: name, Surname: "Sousa", MailNickname: name,
	}
	for _, e := range edit {
		e(&u)
	}
	created, err := f.CreateUser(u)
	if err != nil {
		f.Fatal(err)
	}
	return created
}

func (f *fixture) addGroup(name string, members ...string) directory.Group {
	f.Helper()
	g, err := f.CreateGroup(directory.Group{ID: "group-" + name, DisplayName: name})
	if err != nil {
		f.Fatal(err)
	}
	f.check(f.AddMembers(g.ID, members...))
	return g
}

func (f *fixture) assign(id string)   { f.assignment(id, true) }
func (f *fixture) unassign(id string) { f.assignment(id, false) }

// assignment tells of the object and, for a group, of its members.
func (f *fixture) assignment(id string, on bool) {
	f.Helper()
	f.merge()
	f.assigned[id] = on
	if _, ok := f.Group(id); !ok {
		f.add(directory.KindUser, id)
		return
	}
	f.add(directory.KindGroup, id)
	for _, m := range f.Members(id) {
		f.add(m.Kind, m.ID)
	}
}

func (f *fixture) set(id string, edit func(*directory.User)) {
	f.Helper()
	_, err := f.UpdateUser(id, edit)
	f.check(err)
}

func (f *fixture) enable(id string, enabled bool) {
	f.Helper()
	_, err := f.SetEnabled(id, enabled)
	f.check(err)
}

func (f *fixture) delete(id string) {
	f.Helper()
	_, err := f.DeleteUser(id)
	f.check(err)
}

func (f *fixture) check(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// cycle runs a cycle that must not fail, and returns its summary.
func (f *fixture) cycle() provisioning.Summary {
	f.Helper()
	s, err := f.job.RunCycle(context.Background())
	if err != nil {
		f.Fatal(err)
	}
	return s
}

// success runs a cycle in which nothing may fail.
func (f *fixture) success() provisioning.Summary {
	f.Helper()
	s := f.cycle()
	if err := s.Err(); err != nil {
		f.Fatal(err)
	}
	return s
}

// want compares the requests since the last call, probes included.
func (f *fixture) want(requests ...string) {
	f.Helper()
	if diff := cmp.Diff(requests, unescape(f.TB, f.server.taken())); diff != "" {
		f.Errorf("requests (-want +got):\n%s", diff)
	}
}

const probe = `GET /Users?filter=userName eq "<guid>"`

// counts reduces a summary to what most tests look at.
type counts struct {
	Status, Cycle string
	Users         provisioning.UserCounts
	Groups        provisioning.GroupCounts
	Members       provisioning.MemberCounts
}

func (f *fixture) wantCounts(s provisioning.Summary, want counts) {
	f.Helper()
	if want.Status == "" {
		want.Status = provisioning.SummarySuccess
	}
	if want.Cycle == "" {
		want.Cycle = provisioning.CycleIncremental
	}
	if diff := cmp.Diff(want, counts{s.Status, s.Cycle, s.Users, s.Groups, s.Members}); diff != "" {
		f.Errorf("summary (-want +got):\n%s", diff)
	}
}

// logged returns "action status source code" for the entries of a cycle.
func (f *fixture) logged(s provisioning.Summary) []string {
	var out []string
	for _, e := range f.job.Log() {
		if e.CycleID != s.CycleID {
			continue
		}
		line := fmt.Sprintf("%s %s %s", e.Action, e.Status, e.Source)
		if e.Error != nil {
			line += " " + e.Error.Code
		}
		out = append(out, line)
	}
	return out
}

func (f *fixture) wantLog(s provisioning.Summary, want ...string) {
	f.Helper()
	if diff := cmp.Diff(want, f.logged(s)); diff != "" {
		f.Errorf("log (-want +got):\n%s", diff)
	}
}

// entry finds the last log entry about an object.
func (f *fixture) entry(source string) provisioning.LogEntry {
	f.Helper()
	log := f.job.Log()
	for _, e := range slices.Backward(log) {
		if e.Source == source {
			return e
		}
	}
	f.Fatalf("no log entry about %s", source)
	return provisioning.LogEntry{}
}

func contains(text, part string) bool { return strings.Contains(text, part) }
