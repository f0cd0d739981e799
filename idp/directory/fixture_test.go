package directory_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/refusal"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// fixture is a directory at a frozen time whose errors end the test.
type fixture struct {
	*directory.Directory
	t     *testing.T
	clock *clock.Clock
}

func newFixture(t *testing.T) *fixture {
	c := clock.Frozen(start)
	return &fixture{directory.New(c, ids.New(1), "contoso.example"), t, c}
}

func (f *fixture) user(name string) directory.User {
	f.t.Helper()
	u, err := f.CreateUser(directory.User{ID: "user-" + name, UserPrincipalName: name + "@contoso.example"})
	f.check(err)
	return u
}

func (f *fixture) group(name string, members ...string) directory.Group {
	f.t.Helper()
	g, err := f.CreateGroup(directory.Group{ID: "group-" + name, DisplayName: name})
	f.check(err)
	f.check(f.AddMembers(g.ID, members...))
	return g
}

func (f *fixture) check(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// refused checks that err is a refusal with this message.
func (f *fixture) refused(what string, err error, message string) {
	f.t.Helper()
	why, ok := refusal.From(err)
	if !ok || why.Message != message || why.Expected == "" || why.Fix != refusal.Entra {
		f.t.Errorf("%s: %v, want %q", what, err, message)
	}
}

func (f *fixture) same(what string, want, got any) {
	f.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (f *fixture) names(users []directory.User) (names []string) {
	for _, u := range users {
		names = append(names, u.UserPrincipalName)
	}
	return names
}

func (f *fixture) memberIDs(group string) (ids []string) {
	for _, m := range f.Members(group) {
		ids = append(ids, string(m.Kind)+" "+m.ID)
	}
	return ids
}

func notFound(ref string) string {
	return "Resource '" + ref + "' does not exist or one of its queried reference-property objects are not present."
}
