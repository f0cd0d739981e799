package identitystore

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
)

// furnished is a store in which much has come and gone.
func furnished(t *testing.T) *Store {
	t.Helper()
	s, c := newStore(t)
	ids := people(t, s, 30)
	a, b := mustGroup(t, s, "a", ids[3], ids[1], ids[2]), mustGroup(t, s, "b", ids...)
	if _, err := s.UpdateGroup(b.ID, func(g *Group) error { g.Description, g.ExternalID = "everybody", "g-b"; return nil }); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Hour)
	for _, id := range ids[5:27] {
		if err := s.DeleteUser(id); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RemoveMembers(a.ID, ids[1]); err != nil {
		t.Fatal(err)
	}
	if err := s.AddMembers(a.ID, ids[1], ids[28]); err != nil {
		t.Fatal(err)
	}
	full := ana()
	full.CreatedBy = CreatedBySCIM
	full.Enterprise = &Enterprise{Department: "Tours", Manager: &Manager{Value: ids[0]}}
	mustCreate(t, s, full)
	return s
}

// seen is what can be seen of a store: every listing in its order, with the
// places at which pages begin, and what every index finds.
func seen(s *Store) map[string]any {
	saw := make(map[string]any)
	page := func(name string, get func(Page) (any, uint64)) {
		for after, n := uint64(0), 0; ; n++ {
			found, next := get(Page{After: after, Limit: 3})
			saw[fmt.Sprintf("%s, page %d", name, n)] = found
			saw[fmt.Sprintf("%s, after page %d", name, n)] = next
			if after = next; next == 0 {
				return
			}
		}
	}
	page("users", func(p Page) (any, uint64) { return s.UserPage(p) })
	page("groups", func(p Page) (any, uint64) { return s.GroupPage(p) })
	page("displayName U", func(p Page) (any, uint64) { return s.DisplayNamePage("u", p) })
	for _, g := range s.Groups() {
		page("members of "+g.DisplayName, func(p Page) (any, uint64) { return s.MemberPage(g.ID, p) })
		saw["group "+g.DisplayName], _ = s.GroupByName(g.DisplayName)
		saw["group "+g.ExternalID], _ = s.GroupByExternalID(g.ExternalID)
	}
	for _, u := range s.Users() {
		page("groups of "+u.UserName, func(p Page) (any, uint64) { return s.MembershipPage(u.ID, p) })
		saw["user "+u.UserName], _ = s.UserByName(u.UserName)
		saw["externalId "+u.ExternalID], _ = s.UserByExternalID(u.ExternalID)
		saw["e-mail "+u.PrimaryEmail()], _ = s.UserByEmail(u.PrimaryEmail())
	}
	return saw
}

// A snapshot survives being written and read, and another store that restores
// it shows the same, in the same order and with the same places for cursors.
func TestSnapshotAndRestore(t *testing.T) {
	s := furnished(t)
	want := seen(s)
	if _, ok := want["members of b, page 2"]; !ok {
		t.Fatalf("the store is too small for this test: %d users", len(s.Users()))
	}
	text, err := json.Marshal(s.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	var read Snapshot
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Snapshot(), read); diff != "" {
		t.Errorf("what was read from JSON (-want +got):\n%s", diff)
	}

	// The same seed: the ids that come next were given out in the snapshot.
	other := New(Config{ID: s.ID(), IDs: ids.New(1), Clock: clock.Frozen(start.Add(24 * time.Hour))})
	gone := mustCreate(t, other, User{UserName: "gone", DisplayName: "U", Name: Name{GivenName: "U", FamilyName: "U"}})
	if gone.ID != read.Users[0].User.ID {
		t.Fatalf("the first id of the seed is %s in one store and %s in the other: this test needs them to be alike", read.Users[0].User.ID, gone.ID)
	}
	if err := other.Restore(read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, seen(other)); diff != "" {
		t.Errorf("the restored store (-want +got):\n%s", diff)
	}
	checkInvariants(t, other)

	// It goes on as a store does.
	last := other.Users()[0]
	for i := range 10 {
		u := mustCreate(t, other, User{UserName: fmt.Sprintf("new%d", i), DisplayName: "U", Name: Name{GivenName: "U", FamilyName: "U"}})
		users, _ := other.UserPage(Page{})
		if last = users[len(users)-1]; last.ID != u.ID {
			t.Fatalf("the user created last is listed before %s", last.UserName)
		}
	}
	if got := len(other.Users()); got != len(s.Users())+10 {
		t.Errorf("%d users after ten more, want %d: an id was given out twice", got, len(s.Users())+10)
	}
	// And the snapshot is a value: what happens to one does not reach the other.
	taken := s.Snapshot()
	taken.Users[len(taken.Users)-1].User.Emails[0].Value = "changed"
	taken.Groups[0].Members[0].UserID = "changed"
	third := New(Config{})
	if err := third.Restore(read); err != nil {
		t.Fatal(err)
	}
	last = read.Users[len(read.Users)-1].User
	last.Emails[0].Type = "changed"
	if got, _ := third.User(last.ID); got.Emails[0].Type != "work" {
		t.Error("the snapshot and the store that restored it share an e-mail address")
	}
	last.Emails[0].Type = "work"
	if diff := cmp.Diff(s.Snapshot(), read); diff != "" {
		t.Errorf("the snapshot changed with the store that restored it:\n%s", diff)
	}
}

// Every attribute is in a snapshot's JSON, also those that are added to User
// and Group after this test was written.
func TestSnapshotHasEveryAttribute(t *testing.T) {
	var record UserRecord
	fill(t, reflect.ValueOf(&record).Elem(), "u")
	group := GroupRecord{Members: []MemberRecord{}}
	fill(t, reflect.ValueOf(&group.Group).Elem(), "g")
	var gotUser UserRecord
	var gotGroup GroupRecord
	if err := json.Unmarshal(must(json.Marshal(record)), &gotUser); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(must(json.Marshal(group)), &gotGroup); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(record, gotUser); diff != "" {
		t.Errorf("user (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(group, gotGroup); diff != "" {
		t.Errorf("group (-want +got):\n%s", diff)
	}
}

// fill gives every part of v a value that is not zero.
func fill(t *testing.T, v reflect.Value, text string) {
	t.Helper()
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(start))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), text+"."+v.Type().Field(i).Name)
		}
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanUint():
		v.SetUint(7)
	case v.CanInt():
		v.SetInt(7)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0), text+"0")
		fill(t, v.Index(1), text+"1")
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), text)
	default:
		t.Fatalf("%s: this test cannot fill a %s", text, v.Type())
	}
}

// A snapshot that breaks a rule changes nothing, and the error says where.
func TestRestoreIsAllOrNothing(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Snapshot)
		want   string
	}{
		{"another version", func(s *Snapshot) { s.Version = 2 }, "version is 2: this program reads version 1"},
		{"no version", func(s *Snapshot) { s.Version = 0 }, "version is 0"},
		{"a user without id", func(s *Snapshot) { s.Users[1].User.ID = "" }, "users[1] (u1@contoso.example): there is no id"},
		{"an id twice", func(s *Snapshot) { s.Users[1].User.ID = s.Users[0].User.ID }, "is there twice"},
		{"a group with a user's id", func(s *Snapshot) { s.Groups[0].Group.ID = s.Users[0].User.ID }, "groups[0] (a): the id"},
		{"a userName twice", func(s *Snapshot) { s.Users[1].User.UserName = strings.ToUpper(s.Users[0].User.UserName) }, "users[1] (U0@CONTOSO.EXAMPLE): Duplicate UserName"},
		{"an externalId twice", func(s *Snapshot) { s.Users[0].User.ExternalID = "a-1" }, "Duplicate ExternalId"},
		{"an e-mail address twice", func(s *Snapshot) {
			s.Users[0].User.Emails = []Email{{Value: "ANA@contoso.example", Primary: true}}
		}, "Duplicate Email"},
		{"a user who breaks a rule", func(s *Snapshot) { s.Users[2].User.Name.FamilyName = "" }, "users[2] (u2@contoso.example): 1 validation errors"},
		{"a displayName twice", func(s *Snapshot) { s.Groups[1].Group.DisplayName = "A" }, "groups[1] (A): Duplicate GroupDisplayName"},
		{"a group without name", func(s *Snapshot) { s.Groups[1].Group.DisplayName = "" }, "groups[1] (): 1 validation errors"},
		{"a user created by nobody", func(s *Snapshot) { s.Users[0].User.CreatedBy = "" }, `createdBy is "", want "SCIM" or "Manual"`},
		{"a user created never", func(s *Snapshot) { s.Users[0].User.Created = time.Time{} }, "it was created 0001-01-01T00:00:00Z"},
		{"a group modified before it was created", func(s *Snapshot) { s.Groups[0].Group.LastModified = start.Add(-time.Second) }, "groups[0] (a): it was created"},
		{"a serial twice", func(s *Snapshot) { s.Users[1].Serial = s.Users[0].Serial }, "users[1] (u1@contoso.example): serial 1 is not one of 1 to"},
		{"a serial of a member twice", func(s *Snapshot) { s.Groups[0].Members[0].Serial = s.Users[0].Serial }, "groups[0] (a).members[0]: serial 1"},
		{"a serial above the last", func(s *Snapshot) { s.Serial = 3 }, "is not one of 1 to 3"},
		{"no serial", func(s *Snapshot) { s.Users[0].Serial = 0 }, "serial 0"},
		{"a member who does not exist", func(s *Snapshot) { s.Groups[0].Members[1].UserID = "nobody" }, "groups[0] (a).members[1]: USER not found."},
		{"a member twice", func(s *Snapshot) { s.Groups[0].Members[1].UserID = s.Groups[0].Members[0].UserID }, "is a member twice"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := furnished(t)
			before, snapshot := seen(s), s.Snapshot()
			var events []Event
			s.Subscribe(func(e Event) { events = append(events, e) })
			test.change(&snapshot)
			err := s.Restore(snapshot)
			if err == nil || !strings.HasPrefix(err.Error(), "restore snapshot: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v\nwant one with %q", err, test.want)
			}
			if diff := cmp.Diff(before, seen(s)); diff != "" {
				t.Errorf("the store changed (-before +after):\n%s", diff)
			}
			if len(events) > 0 {
				t.Errorf("events %v", events)
			}
		})
	}
	for name, text := range map[string]string{
		"a date that is none": `{"users":[{"resource":{"meta":{"created":"yesterday"}}}]}`,
		"a user of text":      `{"users":["ana"]}`,
		"a group of text":     `{"groups":[{"resource":"a"}]}`,
	} {
		if err := json.Unmarshal([]byte(text), new(Snapshot)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

// Subscribers learn what a restore changed, and of nothing else.
func TestRestoreTellsSubscribers(t *testing.T) {
	s := furnished(t)
	snapshot := s.Snapshot()
	ana, _ := s.UserByName("ana@contoso.example")
	bo, _ := s.UserByName("u0@contoso.example")
	a, _ := s.GroupByName("a")
	b, _ := s.GroupByName("b")
	for _, err := range []error{
		s.DeleteUser(ana.ID),
		s.RemoveMembers(a.ID, s.Members(a.ID)[0]),
		s.DeleteGroup(b.ID),
		second(s.UpdateUser(bo.ID, func(u *User) error { u.Title = "x"; return nil })),
		second(s.UpdateGroup(a.ID, func(g *Group) error { g.ExternalID = "x"; return nil })),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	late, c := mustCreate(t, s, User{UserName: "late", DisplayName: "U", Name: Name{GivenName: "U", FamilyName: "U"}}), mustGroup(t, s, "c")
	var events []Event
	s.Subscribe(func(e Event) { events = append(events, e) })
	if err := s.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	want := []Event{
		{UserDeleted, late.ID}, {UserUpdated, bo.ID}, {UserCreated, ana.ID},
		{GroupDeleted, c.ID}, {GroupUpdated, a.ID}, {MembersChanged, a.ID}, {GroupCreated, b.ID}, {MembersChanged, b.ID},
	}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	events = nil
	if err := s.Restore(snapshot); err != nil || len(events) > 0 {
		t.Errorf("the same again: error %v, events %v", err, events)
	}
}

func second[T any](_ T, err error) error { return err }
