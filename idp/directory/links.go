package directory

import (
	"iter"
	"slices"
)

// smallLinks is the size up to which a search beats an index: most users are
// members of a few groups only.
const smallLinks = 16

// links is a set of ids that keeps the order of insertion. Adding, removing and
// looking up take constant time on average, so that a group may have a hundred
// thousand members.
type links struct {
	ids   []string       // in order of insertion; empty where one was removed
	index map[string]int // place in ids; nil while the set is small
	holes int
}

func (l *links) find(id string) int {
	if l.index == nil {
		return slices.Index(l.ids, id)
	}
	if i, ok := l.index[id]; ok {
		return i
	}
	return -1
}

func (l *links) len() int { return len(l.ids) - l.holes }

// add reports whether id is new to the set.
func (l *links) add(id string) bool {
	if l.find(id) >= 0 {
		return false
	}
	l.ids = append(l.ids, id)
	switch {
	case l.index != nil:
		l.index[id] = len(l.ids) - 1
	case len(l.ids) > smallLinks:
		l.compact()
	}
	return true
}

// remove reports whether id was in the set.
func (l *links) remove(id string) bool {
	i := l.find(id)
	if i < 0 {
		return false
	}
	delete(l.index, id)
	l.ids[i] = ""
	l.holes++
	if l.holes > smallLinks && l.holes > len(l.ids)/2 {
		l.compact()
	}
	return true
}

// compact closes the holes and makes the index anew if the set is large.
func (l *links) compact() {
	l.ids, l.holes, l.index = slices.AppendSeq(make([]string, 0, l.len()), l.all()), 0, nil
	if len(l.ids) <= smallLinks {
		return
	}
	l.index = make(map[string]int, len(l.ids))
	for i, id := range l.ids {
		l.index[id] = i
	}
}

// all yields the ids in order of insertion. A nil set is empty.
func (l *links) all() iter.Seq[string] {
	return func(yield func(string) bool) {
		if l == nil {
			return
		}
		for _, id := range l.ids {
			if id != "" && !yield(id) {
				return
			}
		}
	}
}
