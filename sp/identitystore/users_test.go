package identitystore

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func newStore(t *testing.T) (*Store, *clock.Clock) {
	t.Helper()
	c := clock.Frozen(start)
	return New(Config{ID: "d-9067729b3d", Region: "eu-west-1", Clock: c, IDs: ids.New(1)}), c
}

func ana() User {
	return User{
		UserName: "ana@contoso.example", ExternalID: "a-1", DisplayName: "Ana Sousa", Active: true,
		Name:   Name{GivenName: "Ana", FamilyName: "Sousa"},
		Emails: []Email{{Value: "ana@contoso.example", Type: "work", Primary: true}},
	}
}

func mustCreate(t *testing.T, s *Store, u User) User {
	t.Helper()
	created, err := s.CreateUser(u)
	if err != nil {
		t.Fatalf("create user %s: %v", u.UserName, err)
	}
	return created
}

// TestIDsHaveTheNewerShape: Identity Store API reference, CreateUser, UserId,
// and the examples of the developer guide, ListUsers.
func TestIDsHaveTheNewerShape(t *testing.T) {
	s, _ := newStore(t)
	shape := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-70[0-9a-f]{2}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	u := mustCreate(t, s, ana())
	g, err := s.CreateGroup(Group{DisplayName: "aws-admins"})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{u.ID, g.ID} {
		if !shape.MatchString(id) {
			t.Errorf("id %q does not match %s", id, shape)
		}
	}
	if id := New(Config{}).ID(); !regexp.MustCompile(`^d-[0-9a-f]{10}$`).MatchString(id) {
		t.Errorf("identity store id %q", id)
	}
}

func TestUserIsFoundByWhatIsUnique(t *testing.T) {
	s, _ := newStore(t)
	want := mustCreate(t, s, ana())
	for name, find := range map[string]func() (User, bool){
		"id":                 func() (User, bool) { return s.User(want.ID) },
		"userName":           func() (User, bool) { return s.UserByName("ana@contoso.example") },
		"userName, any case": func() (User, bool) { return s.UserByName("ANA@Contoso.Example") },
		"externalId":         func() (User, bool) { return s.UserByExternalID("a-1") },
		"e-mail":             func() (User, bool) { return s.UserByEmail("ana@contoso.example") },
		"e-mail, any case":   func() (User, bool) { return s.UserByEmail("Ana@contoso.example") },
	} {
		got, ok := find()
		if !ok {
			t.Errorf("by %s: not found", name)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", name, diff)
		}
	}
	if _, ok := s.UserByExternalID("A-1"); ok {
		t.Error("externalId is case-exact, yet another case was found (RFC 7643 section 3.1)")
	}
	if _, ok := s.UserByName(""); ok {
		t.Error("found a user without a name")
	}
}

// TestUniqueness: user guide, "Troubleshooting IAM Identity Center issues":
// userName, primary e-mail address and externalId must be unique.
func TestUniqueness(t *testing.T) {
	for _, test := range []struct {
		name      string
		change    func(*User)
		attribute string // "" means no conflict
	}{
		{"nothing in common", func(u *User) {}, ""},
		{"userName", func(u *User) { u.UserName = "ana@contoso.example" }, "userName"},
		{"userName in another case", func(u *User) { u.UserName = "ANA@contoso.example" }, "userName"},
		{"e-mail", func(u *User) { u.Emails = []Email{{Value: "ana@contoso.example", Primary: true}} }, "emails.value"},
		{"e-mail in another case", func(u *User) { u.Emails = []Email{{Value: "Ana@Contoso.example", Primary: true}} }, "emails.value"},
		{"externalId", func(u *User) { u.ExternalID = "a-1" }, "externalId"},
		{"externalId in another case", func(u *User) { u.ExternalID = "A-1" }, ""},
		{"display name", func(u *User) { u.DisplayName = "Ana Sousa" }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, _ := newStore(t)
			mustCreate(t, s, ana())
			other := User{UserName: "bo@contoso.example", DisplayName: "Bo", Name: Name{GivenName: "Bo", FamilyName: "Ek"}}
			changed := other
			test.change(&changed)
			_, created := s.CreateUser(changed)
			checkConflict(t, "create", created, test.attribute)

			if test.attribute == "" {
				return
			}
			b := mustCreate(t, s, other)
			_, updated := s.UpdateUser(b.ID, func(u *User) error { test.change(u); return nil })
			checkConflict(t, "update", updated, test.attribute)
			if got, _ := s.User(b.ID); !cmp.Equal(got, b) {
				t.Errorf("a refused update changed the user:\n%s", cmp.Diff(b, got))
			}
		})
	}
}

func checkConflict(t *testing.T, doing string, err error, attribute string) {
	t.Helper()
	var e *Error
	switch {
	case attribute == "" && err != nil:
		t.Errorf("%s: %v, want no error", doing, err)
	case attribute != "" && (!errors.As(err, &e) || e.Kind != Conflict || e.Attribute != attribute):
		t.Errorf("%s: %#v, want a conflict about %s", doing, err, attribute)
	}
}

// What strings.EqualFold takes for equal is found, whatever the alphabet.
func TestNamesCompareInAnyCase(t *testing.T) {
	for _, pair := range [][2]string{{"ana", "ANA"}, {"kim", "\u212aim"}, {"ÄRGER", "ärger"}, {"σοφός", "ΣΟΦΌΣ"}, {"иван", "ИВАН"}, {"ſam", "SAM"}} {
		if !strings.EqualFold(pair[0], pair[1]) {
			t.Fatalf("%q and %q are not equal", pair[0], pair[1])
		}
		s, _ := newStore(t)
		u := ana()
		u.UserName = pair[0]
		mustCreate(t, s, u)
		if _, ok := s.UserByName(pair[1]); !ok {
			t.Errorf("%q does not find %q", pair[1], pair[0])
		}
	}
}

// A value is free again once its user has another one or is gone.
func TestValuesAreFreedAgain(t *testing.T) {
	s, _ := newStore(t)
	a := mustCreate(t, s, ana())
	if _, err := s.UpdateUser(a.ID, func(u *User) error {
		u.UserName, u.ExternalID, u.Emails[0].Value = "ana.sousa@contoso.example", "a-2", "ana.sousa@contoso.example"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	second := mustCreate(t, s, ana())
	if err := s.DeleteUser(second.ID); err != nil {
		t.Fatal(err)
	}
	third := mustCreate(t, s, ana())
	if third.ID == second.ID {
		t.Error("a user made again has the id of the one deleted")
	}
}

// TestRules: user guide, "Logging IAM Identity Center SCIM API calls with
// CloudTrail" for the texts, Identity Store API reference for the limits.
func TestRules(t *testing.T) {
	for _, test := range []struct {
		name      string
		change    func(*User)
		attribute string // "" means accepted
		message   string // part of it
	}{
		{"no userName", func(u *User) { u.UserName = "" }, "userName", "1 validation errors detected: Value null at 'userName' failed to satisfy constraint: Member must not be null"},
		{"no displayName", func(u *User) { u.DisplayName = "" }, "displayName", "Value null at 'displayName'"},
		{"no familyName, no givenName", func(u *User) { u.Name = Name{Formatted: "Ana Sousa"} }, "name.familyName", "2 validation errors detected: Value null at 'name.familyName' failed to satisfy constraint: Member must not be null; Value null at 'name.givenName'"},
		{"userName of 128", func(u *User) { u.UserName = strings.Repeat("ä", 128) }, "", ""},
		{"userName of 129", func(u *User) { u.UserName = strings.Repeat("ä", 129) }, "userName", "Member must have length less than or equal to 128"},
		{"userName with a space", func(u *User) { u.UserName = "ana sousa" }, "userName", `Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+`},
		{"userName of symbols", func(u *User) { u.UserName = `ana+<>;:%"#EXT#@contoso.example` }, "", ""},
		{"reserved userName", func(u *User) { u.UserName = "Administrator" }, "userName", "reserved"},
		{"reserved userName in another case", func(u *User) { u.UserName = "awsadministrators" }, "userName", "reserved"},
		{"externalId of 257", func(u *User) { u.ExternalID = strings.Repeat("x", 257) }, "externalId", "less than or equal to 256"},
		{"externalId with a space", func(u *User) { u.ExternalID = "a 1" }, "externalId", "regular expression pattern"},
		{"no externalId, no e-mail", func(u *User) { u.ExternalID, u.Emails = "", nil }, "", ""},
		{"displayName of 1025", func(u *User) { u.DisplayName = strings.Repeat("x", 1025) }, "displayName", "less than or equal to 1024"},
		{"accents, line ends, all kinds of spaces", func(u *User) { u.DisplayName = "Ána\u0301\tSou\u00a0sa\u3000日本\r\n€½" }, "", ""},
		{"control character", func(u *User) { u.Name.FamilyName = "Sou\u0007sa" }, "name.familyName", `[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`},
		{"zero-width joiner", func(u *User) { u.Title = "a\u200db" }, "title", "regular expression pattern"},
		{"invalid UTF-8", func(u *User) { u.NickName = "a\xff" }, "nickName", "regular expression pattern"},
		{"two e-mails", func(u *User) { u.Emails = append(u.Emails, Email{Value: "x@contoso.example"}) }, "emails", "List attribute emails exceeds allowed limit of 1"},
		{"two phone numbers", func(u *User) { u.PhoneNumbers = []PhoneNumber{{Value: "1"}, {Value: "2"}} }, "phoneNumbers", "List attribute phoneNumbers exceeds allowed limit of 1"},
		{"two addresses", func(u *User) { u.Addresses = []Address{{Type: "work"}, {Type: "home"}} }, "addresses", "List attribute addresses exceeds allowed limit of 1"},
		{"two roles", func(u *User) { u.Roles = []Role{{Value: "1"}, {Value: "2"}} }, "roles", "List attribute roles exceeds allowed limit of 1"},
		{"long postal code", func(u *User) { u.Addresses = []Address{{PostalCode: strings.Repeat("1", 1025)}} }, "addresses.postalCode", "addresses.postalCode"},
		{"control character in manager", func(u *User) { u.Enterprise = &Enterprise{Manager: &Manager{Value: "\x00"}} }, EnterpriseURN + ".manager.value", EnterpriseURN + ".manager.value"},
		{"unknown manager", func(u *User) { u.Enterprise = &Enterprise{Manager: &Manager{Value: "nobody"}} }, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, _ := newStore(t)
			u := ana()
			test.change(&u)
			_, err := s.CreateUser(u)
			if test.attribute == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || e.Kind != Invalid || e.Attribute != test.attribute || e.Expected == "" {
				t.Fatalf("got %#v, want an explained Invalid about %s", err, test.attribute)
			}
			if !strings.Contains(e.Message, test.message) {
				t.Errorf("message %q, want it to contain %q", e.Message, test.message)
			}
		})
	}
}

func TestUpdateUser(t *testing.T) {
	s, c := newStore(t)
	a := mustCreate(t, s, ana())
	if a.CreatedBy != CreatedManually || !a.Created.Equal(start) || !a.LastModified.Equal(start) {
		t.Errorf("created %v by %s, modified %v", a.Created, a.CreatedBy, a.LastModified)
	}

	c.Advance(time.Hour)
	same, err := s.UpdateUser(a.ID, func(u *User) error { u.Roles, u.Enterprise = []Role{}, &Enterprise{}; return nil })
	if err != nil || !cmp.Equal(same, a) {
		t.Errorf("a change of nothing gave %v:\n%s", err, cmp.Diff(a, same))
	}

	b, err := s.UpdateUser(a.ID, func(u *User) error {
		u.ID, u.Created, u.CreatedBy = "mine", time.Time{}, "me"
		u.Title = "Engineer"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := a.clone()
	want.Title, want.LastModified = "Engineer", start.Add(time.Hour)
	if diff := cmp.Diff(want, b); diff != "" {
		t.Errorf("updated user (-want +got):\n%s", diff)
	}

	boom := errors.New("boom")
	if _, err := s.UpdateUser(a.ID, func(u *User) error { u.Title = "lost"; return boom }); !errors.Is(err, boom) {
		t.Errorf("the error of the change was lost: %v", err)
	}
	if got, _ := s.User(a.ID); got.Title != "Engineer" {
		t.Errorf("a failed change was stored: title %q", got.Title)
	}
	var e *Error
	if _, err := s.UpdateUser("nobody", func(*User) error { return nil }); !errors.As(err, &e) || e.Kind != NotFound {
		t.Errorf("update of an unknown user: %v", err)
	}
	if err := s.DeleteUser("nobody"); !errors.As(err, &e) || e.Kind != NotFound {
		t.Errorf("delete of an unknown user: %v", err)
	}
}

// Users are values: what a caller does with one does not reach the store.
func TestUsersAreCopies(t *testing.T) {
	s, _ := newStore(t)
	given := ana()
	given.Enterprise = &Enterprise{Manager: &Manager{Value: "m"}}
	a := mustCreate(t, s, given)
	given.Emails[0].Value, given.Enterprise.Manager.Value = "changed", "changed"
	got, _ := s.User(a.ID)
	got.Emails[0].Value, got.Enterprise.Manager.Value = "changed", "changed"
	listed := s.Users()
	listed[0].Emails[0].Value, listed[0].Enterprise.Manager.Value = "changed", "changed"
	a.Resource().Emails[0].Value = "changed"
	a.Resource().Enterprise.Manager.Value = "changed"
	if _, err := s.UpdateUser(a.ID, func(u *User) error {
		u.Emails[0].Value, u.Enterprise.Manager.Value = "changed", "changed"
		return errors.New("stop")
	}); err == nil {
		t.Error("no error")
	}
	if got, _ := s.User(a.ID); got.Emails[0].Value != "ana@contoso.example" || got.Enterprise.Manager.Value != "m" {
		t.Errorf("the stored user changed: %+v %+v", got.Emails, got.Enterprise.Manager)
	}
}

func TestListsAndPages(t *testing.T) {
	s, _ := newStore(t)
	var created []string
	for i := range 25 {
		u := mustCreate(t, s, User{UserName: fmt.Sprintf("u%02d", (i*7)%25), DisplayName: "U", Name: Name{GivenName: "U", FamilyName: "U"}})
		created = append(created, u.UserName)
	}
	for i, u := range s.Users() {
		if want := fmt.Sprintf("u%02d", i); u.UserName != want {
			t.Fatalf("Users()[%d] is %s, want %s: not sorted by userName", i, u.UserName, want)
		}
	}

	var paged []string
	var after uint64
	for pages := 1; ; pages++ {
		users, next := s.UserPage(Page{After: after, Limit: 10})
		for _, u := range users {
			paged = append(paged, u.UserName)
		}
		if pages == 1 { // a page stays in place while users before and after it come and go
			first, _ := s.UserByName(created[0])
			last, _ := s.UserByName(created[24])
			for _, id := range []string{first.ID, last.ID} {
				if err := s.DeleteUser(id); err != nil {
					t.Fatal(err)
				}
			}
		}
		if next == 0 {
			if pages != 3 {
				t.Errorf("%d pages, want 3", pages)
			}
			break
		}
		after = next
	}
	if diff := cmp.Diff(created[:24], paged); diff != "" {
		t.Errorf("paged users in order of creation (-want +got):\n%s", diff)
	}

	if users, next := s.UserPage(Page{Limit: 23}); len(users) != 23 || next != 0 {
		t.Errorf("a full last page: %d users, next %d; want 23 and 0", len(users), next)
	}
}

// Users are found by displayName, which several may have, in order of creation
// and whatever their case; a new name moves a user, and none stays behind.
func TestDisplayNames(t *testing.T) {
	s, _ := newStore(t)
	ids := people(t, s, 40) // all of them U
	find := func(name string) []string {
		var found []string
		for after := uint64(0); ; {
			users, next := s.DisplayNamePage(name, Page{After: after, Limit: 7})
			for _, u := range users {
				found = append(found, u.ID)
			}
			if after = next; next == 0 {
				return found
			}
		}
	}
	want := func(name string, ids ...string) {
		t.Helper()
		if diff := cmp.Diff(ids, find(name)); diff != "" {
			t.Errorf("users named %s (-want +got):\n%s", name, diff)
		}
	}
	rename := func(id, name string) {
		t.Helper()
		if _, err := s.UpdateUser(id, func(u *User) error { u.DisplayName = name; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	want("u", ids...)
	rename(ids[20], "Ärger")
	rename(ids[2], "ÄRGER")
	want("ärger", ids[2], ids[20])
	rename(ids[2], "u") // back to its place
	rename(ids[3], "U") // which it has
	if err := s.DeleteUser(ids[39]); err != nil {
		t.Fatal(err)
	}
	want("U", append(append([]string{}, ids[:20]...), ids[21:39]...)...)
	rename(ids[20], "V")
	want("ärger")
	if n := len(s.byUser.byDisplayName); n != 2 {
		t.Errorf("the index has %d names, want U and V", n)
	}
}
