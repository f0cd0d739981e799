package harness_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp"
)

// place is a value in a JSON document: in a list or as a member.
type place struct {
	list   []any
	object map[string]any
	index  int
	name   string
}

func (p place) set(v any) {
	if p.list != nil {
		p.list[p.index] = v
		return
	}
	p.object[p.name] = v
}

func (p place) value() any {
	if p.list != nil {
		return p.list[p.index]
	}
	return p.object[p.name]
}

// places lists every value below v.
func places(v any) []place {
	var out []place
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, place{object: v, name: name})
			out = append(out, places(v[name])...)
		}
	case []any:
		for i := range v {
			out = append(out, place{list: v, index: i})
			out = append(out, places(v[i])...)
		}
	}
	return out
}

// harm changes one value of a document.
func harm(p place, how uint8) {
	values := []any{nil, "", "x", -1.0, 0.0, 1e18, true, []any{}, map[string]any{}, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"}
	switch list, isList := p.value().([]any); {
	case int(how) < len(values):
		p.set(values[how])
	case isList && len(list) > 0 && how%3 == 0:
		p.set(append(slices.Clone(list), list[0]))
	case isList && len(list) > 0 && how%3 == 1:
		p.set(list[1:])
	case p.object != nil && how%3 == 2:
		delete(p.object, p.name)
	default:
		p.set(map[string]any{"version": 1.0})
	}
}

// FuzzRestore harms a document at two places. Whatever comes of it: it is
// restored whole, so that what is there afterwards can be restored again, or
// refused with a reason, and nothing has changed.
func FuzzRestore(f *testing.F) {
	h, err := harness.New(f.Context(), harness.Config{Start: monday})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { h.Close() })
	must := func(err error) {
		f.Helper()
		if err != nil {
			f.Fatal(err)
		}
	}
	ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa", Password: "correct horse", DirectoryRoles: []string{"Global Reader"}})
	must(h.Entra.App().Assign(h.Entra.AddGroup("admins", ana)))
	_, err = h.Entra.App().AddCertificate()
	must(err)
	must(h.Provision(f.Context()))
	must(h.Entra.FailNext(50126))
	must(h.SCIM.Fail(scimmock.Fault{Operation: "CreateUser", Status: 500}))
	_, err = h.IdentityCenter.CreateAccount(sp.Account{ID: "111122223333", Name: "Production"})
	must(err)
	_, err = h.IdentityCenter.CreatePermissionSet(sp.PermissionSet{Name: "Reader"})
	must(err)
	for _, w := range []sp.Wish{{Group: "admins", PermissionSet: "Reader", Account: "Production"}, {User: "later@contoso.example", PermissionSet: "Reader", Account: "Production"}} {
		_, err = h.IdentityCenter.Assign(w)
		must(err)
	}
	kept, err := h.Snapshot()
	must(err)
	whole, err := json.Marshal(kept)
	must(err)
	state := func(t *testing.T) string {
		s, err := h.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("what was restored cannot be written: %v", err)
		}
		return string(text)
	}
	for i := range uint32(250) {
		f.Add(i*7, uint8(i), i*i, uint8(i*5))
	}
	f.Fuzz(func(t *testing.T, at uint32, how uint8, also uint32, alsoHow uint8) {
		var document any
		if err := json.Unmarshal(whole, &document); err != nil {
			t.Fatal(err)
		}
		all := places(document)
		harm(all[int(at)%len(all)], how)
		if all = places(document); also%2 == 0 && len(all) > 0 {
			harm(all[int(also)%len(all)], alsoHow)
		}
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Restore(kept); err != nil {
			t.Fatal(err)
		}
		changeAll(t, h) // so that half a Restore shows
		before := state(t)
		var s harness.Snapshot
		err = json.Unmarshal(text, &s)
		if err == nil {
			err = h.Restore(s)
		}
		after := state(t)
		if err != nil {
			if before != after {
				t.Fatalf("refused (%v), and changed:\n%s", err, cmp.Diff(before, after))
			}
			if !strings.Contains(err.Error(), "snapshot: ") || strings.HasSuffix(err.Error(), ": ") {
				t.Errorf("an error without words: %v", err)
			}
			return
		}
		if err := json.Unmarshal([]byte(after), &s); err != nil {
			t.Fatalf("what was restored cannot be read: %v", err)
		}
		if err := h.Restore(s); err != nil {
			t.Fatalf("what was restored cannot be restored: %v", err)
		}
		if again := state(t); again != after {
			t.Errorf("what was restored comes back otherwise:\n%s", cmp.Diff(after, again))
		}
	})
}
