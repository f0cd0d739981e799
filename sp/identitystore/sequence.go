package identitystore

import (
	"iter"
	"slices"
	"sort"
)

// sequence is a set of ids in the order of their serial numbers. Looking up
// takes constant time, finding the place after a serial number logarithmic
// time. The zero value is empty; a nil sequence can be read.
type sequence struct {
	at    map[string]uint64 // id -> serial; nil while the sequence is short
	order []place           // by serial; removed ones stay, without an id, until there are too many
	dead  int
}

type place struct {
	serial uint64
	id     string
}

// shortest is how many places a sequence has before it gets a map. Most users
// are in a few groups, and for these a map would take ten times the memory.
const shortest = 16

func (q *sequence) has(id string) bool {
	_, ok := q.serial(id)
	return ok
}

// serial returns the serial number of an id.
func (q *sequence) serial(id string) (uint64, bool) {
	if q == nil {
		return 0, false
	}
	if q.at != nil {
		serial, ok := q.at[id]
		return serial, ok
	}
	for _, p := range q.order {
		if p.id == id && id != "" {
			return p.serial, true
		}
	}
	return 0, false
}

func (q *sequence) len() int {
	if q == nil {
		return 0
	}
	return len(q.order) - q.dead
}

// add puts an id in its place, which mostly is the end. Serial numbers of one
// sequence must differ.
func (q *sequence) add(id string, serial uint64) bool {
	if q.has(id) {
		return false
	}
	if q.at == nil && len(q.order) >= shortest {
		q.at = make(map[string]uint64, 2*shortest)
		for _, p := range q.order {
			if p.id != "" {
				q.at[p.id] = p.serial
			}
		}
	}
	if q.at != nil {
		q.at[id] = serial
	}
	i := q.after(serial - 1)
	if i < len(q.order) && q.order[i].serial == serial { // it left and comes back
		q.order[i].id = id
		q.dead--
		return true
	}
	q.order = slices.Insert(q.order, i, place{serial, id})
	return true
}

func (q *sequence) remove(id string) bool {
	serial, ok := q.serial(id)
	if !ok {
		return false
	}
	q.order[q.after(serial-1)].id = ""
	delete(q.at, id)
	q.dead++
	if q.dead > shortest && q.dead > len(q.order)/2 {
		q.compact()
	}
	return true
}

func (q *sequence) compact() {
	kept := q.order[:0]
	for _, p := range q.order {
		if p.id != "" {
			kept = append(kept, p)
		}
	}
	clear(q.order[len(kept):])
	q.order, q.dead = kept, 0
}

// after returns the index of the first place whose serial is above serial.
func (q *sequence) after(serial uint64) int {
	return sort.Search(len(q.order), func(i int) bool { return q.order[i].serial > serial })
}

// page returns the ids of a page and, if there are more, the serial to go on
// after; otherwise zero.
func (q *sequence) page(p Page) (ids []string, next uint64) {
	if q == nil {
		return nil, 0
	}
	for i := q.after(p.After); i < len(q.order); i++ {
		if q.order[i].id == "" {
			continue
		}
		if p.Limit > 0 && len(ids) == p.Limit {
			return ids, next
		}
		ids = append(ids, q.order[i].id)
		next = q.order[i].serial
	}
	return ids, 0
}

// places goes through the places in order.
func (q *sequence) places() iter.Seq[place] {
	return func(yield func(place) bool) {
		if q == nil {
			return
		}
		for _, p := range q.order {
			if p.id != "" && !yield(p) {
				return
			}
		}
	}
}

// all returns every id in order.
func (q *sequence) all() []string {
	ids, _ := q.page(Page{})
	return ids
}
