package identitystore

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// A sequence behaves like a sorted list of pairs, whatever is added and
// removed, short or long.
func TestSequence(t *testing.T) {
	for _, names := range []int{3, 12, 40, 400} {
		r := rand.New(rand.NewPCG(1, uint64(names)))
		var q sequence
		var model []place
		serial := uint64(0)
		old := make(map[string]uint64) // serials under which ids were there before
		for range 4000 {
			id := fmt.Sprint(r.IntN(names))
			i := slices.IndexFunc(model, func(p place) bool { return p.id == id })
			if r.IntN(2) == 0 {
				if q.remove(id) != (i >= 0) {
					t.Fatalf("%d names: remove(%s) says %v", names, id, i < 0)
				}
				if i >= 0 {
					old[id] = model[i].serial
					model = slices.Delete(model, i, i+1)
				}
			} else {
				serial++
				at := serial
				if before, ok := old[id]; ok && r.IntN(2) == 0 {
					at = before // it comes back to its old place
				}
				if q.add(id, at) != (i < 0) {
					t.Fatalf("%d names: add(%s) says %v", names, id, i >= 0)
				}
				if i < 0 {
					model = append(model, place{at, id})
					slices.SortFunc(model, func(a, b place) int { return int(a.serial) - int(b.serial) })
				}
			}
			if q.len() != len(model) {
				t.Fatalf("%d names: length %d, want %d", names, q.len(), len(model))
			}
			if got := slices.Collect(q.places()); !slices.Equal(got, model) {
				t.Fatalf("%d names: %v, want %v", names, got, model)
			}
			if got, ok := q.serial(id); ok != slices.Contains(model, place{got, id}) {
				t.Fatalf("%d names: serial(%s) = %d, %v", names, id, got, ok)
			}
			after := uint64(r.IntN(int(serial) + 2))
			page, next := q.page(Page{After: after, Limit: 2})
			var want []string
			for _, p := range model {
				if p.serial > after && len(want) < 2 {
					want = append(want, p.id)
				}
			}
			if !slices.Equal(page, want) || (next == 0) != (len(model) == 0 || len(page) < 2 || page[1] == model[len(model)-1].id) {
				t.Fatalf("%d names: page after %d is %v, next %d; want %v", names, after, page, next, want)
			}
		}
		if len(q.order) > 2*len(model)+2*shortest {
			t.Errorf("%d names: %d places for %d ids: removed ones are not dropped", names, len(q.order), len(model))
		}
	}
}
