package identitystore

import "sort"

// sequence is a set of ids that keeps the order in which they were added.
// Looking up takes constant time, finding the place after a serial number
// logarithmic time. The zero value is empty; a nil sequence can be read.
type sequence struct {
	at    map[string]uint64 // id -> serial
	order []place           // by serial; removed ones stay, without an id, until there are too many
	dead  int
}

type place struct {
	serial uint64
	id     string
}

func (q *sequence) has(id string) bool {
	if q == nil {
		return false
	}
	_, ok := q.at[id]
	return ok
}

func (q *sequence) len() int {
	if q == nil {
		return 0
	}
	return len(q.at)
}

// add appends an id under a serial above all earlier ones.
func (q *sequence) add(id string, serial uint64) bool {
	if q.has(id) {
		return false
	}
	if q.at == nil {
		q.at = make(map[string]uint64)
	}
	q.at[id] = serial
	q.order = append(q.order, place{serial, id})
	return true
}

func (q *sequence) remove(id string) bool {
	if !q.has(id) {
		return false
	}
	q.order[q.after(q.at[id]-1)].id = ""
	delete(q.at, id)
	q.dead++
	if q.dead > 16 && q.dead > len(q.order)/2 {
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

// all returns every id in order.
func (q *sequence) all() []string {
	ids, _ := q.page(Page{})
	return ids
}
