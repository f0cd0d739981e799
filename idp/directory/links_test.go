package directory

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
)

// links does what a plain list does, whatever happens in which order.
func TestLinksBehaveLikeAList(t *testing.T) {
	for _, population := range []int{1, smallLinks - 1, smallLinks, smallLinks + 1, 3 * smallLinks, 300} {
		rng := rand.New(rand.NewPCG(1, uint64(population)))
		var set links
		var list []string
		for step := range 5_000 {
			id := fmt.Sprintf("id-%d", rng.IntN(population))
			listed := slices.Index(list, id)
			// Seasons in which sets grow and seasons in which they shrink.
			if growing := step/500%2 == 0; rng.IntN(4) > 0 == growing {
				if got := set.add(id); got != (listed < 0) {
					t.Fatalf("population %d, step %d: add(%s) = %v", population, step, id, got)
				}
				if listed < 0 {
					list = append(list, id)
				}
			} else {
				if got := set.remove(id); got != (listed >= 0) {
					t.Fatalf("population %d, step %d: remove(%s) = %v", population, step, id, got)
				}
				if listed >= 0 {
					list = slices.Delete(list, listed, listed+1)
				}
			}
			if set.len() != len(list) {
				t.Fatalf("population %d, step %d: len() = %d, want %d", population, step, set.len(), len(list))
			}
			if step%50 == 0 {
				if diff := cmp.Diff(list, slices.Collect(set.all())); diff != "" && len(list) > 0 {
					t.Fatalf("population %d, step %d (-want +got):\n%s", population, step, diff)
				}
			}
			if len(set.ids) > 2*set.len()+2*smallLinks+2 {
				t.Fatalf("population %d, step %d: %d places for %d ids", population, step, len(set.ids), set.len())
			}
		}
	}
}

func TestLinksStopEarly(t *testing.T) {
	var none *links
	for id := range none.all() {
		t.Errorf("a nil set holds %s", id)
	}
	set := &links{}
	for _, id := range []string{"a", "b", "c"} {
		set.add(id)
	}
	var got []string
	for id := range set.all() {
		got = append(got, id)
		if id == "b" {
			break
		}
	}
	if diff := cmp.Diff([]string{"a", "b"}, got); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

const large = 100_000

func largeGroup(tb testing.TB) (d *Directory, users []string) {
	tb.Helper()
	d = New(clock.Frozen(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)), ids.New(1), "contoso.example")
	if _, err := d.CreateGroup(Group{ID: "everybody", DisplayName: "everybody"}); err != nil {
		tb.Fatal(err)
	}
	users = make([]string, large)
	for i := range users {
		users[i] = fmt.Sprintf("user-%d", i)
		if _, err := d.CreateUser(User{ID: users[i], UserPrincipalName: users[i] + "@contoso.example"}); err != nil {
			tb.Fatal(err)
		}
	}
	return d, users
}

// A group of 100,000 members is filled and emptied one by one. With sets that
// search through their members this takes minutes; the limit leaves room for a
// slow machine under the race detector.
func TestLargeGroup(t *testing.T) {
	const limit = 30 * time.Second
	d, users := largeGroup(t)
	began := time.Now()
	for _, id := range users {
		if err := d.AddMembers("everybody", id); err != nil {
			t.Fatal(err)
		}
	}
	if got := d.Members("everybody"); len(got) != large || got[0].ID != users[0] || got[large-1].ID != users[large-1] {
		t.Fatalf("%d members", len(got))
	}
	for i, id := range users {
		if i%2 == 0 {
			if err := d.RemoveMembers("everybody", id); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := d.Members("everybody"); len(got) != large/2 || got[0].ID != users[1] || got[large/2-1].ID != users[large-1] {
		t.Fatalf("%d members, want every other one in order", len(got))
	}
	if groups := d.DirectGroups(users[0]); len(groups) != 0 {
		t.Errorf("who left is still in %v", groups)
	}
	if groups := d.DirectGroups(users[1]); len(groups) != 1 {
		t.Errorf("who stayed is in %v", groups)
	}
	if took := time.Since(began); took > limit {
		t.Errorf("took %s, more than %s", took, limit)
	}
}

// What one membership costs in a group of 100,000.
func BenchmarkMembership(b *testing.B) {
	d, users := largeGroup(b)
	if err := d.AddMembers("everybody", users...); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := d.RemoveMembers("everybody", users[large/2]); err != nil {
			b.Fatal(err)
		}
		if err := d.AddMembers("everybody", users[large/2]); err != nil {
			b.Fatal(err)
		}
	}
}
