package matching

import (
	"fmt"

	"github.com/idharness/harness/internal/strictyaml"
)

// set checks that a list holds the listed elements in any order, each received
// element standing for one expected element.
func (c *comparison) set(arg *strictyaml.Node, s subject, miss func(string)) {
	got, ok := s.value.([]any)
	if !ok {
		miss(fmt.Sprintf("expected a list, received %s", kindOf(s.value)))
		return
	}
	expected := arg.Items()
	if len(got) != len(expected) && c.mode == quiet {
		c.failed = true
		return
	}
	p := pairing{fits: make([][]int, len(expected)), taken: make([]int, len(got))}
	for i, item := range expected {
		for j, value := range got {
			if c.matches(item, subject{value: value, present: true, path: s.path.element(j), at: item}) {
				p.fits[i] = append(p.fits[i], j)
			}
		}
		if c.mode == quiet && len(p.fits[i]) == 0 {
			c.failed = true
			return
		}
	}
	unmatched, free := p.solve()
	for _, i := range unmatched {
		c.missElement(set, expected[i], s, got, free)
	}
	if len(got) != len(expected) {
		c.miss(heavy, func() Miss {
			m := s.miss(arg, lengths(len(expected), len(got)))
			m.Matcher, m.Expected = set, renderMatcher(set, arg)
			if len(free) > len(unmatched) {
				extra := make([]any, len(free))
				for k, j := range free {
					extra[k] = got[j]
				}
				m.Message += "; not among the expected: " + renderValue(extra)
			}
			return m
		})
	}
}

// pairing assigns received elements to expected ones so that as many as
// possible have one: a maximum matching of a bipartite graph, found with
// augmenting paths. Taking the first that fits would go wrong where an
// expected element fits several.
type pairing struct {
	fits  [][]int // for each expected element, the received ones that match it
	taken []int   // for each received element, one more than the expected one it stands for
	seen  []int   // for each received element, the last search that came by
	round int
}

// solve returns the expected elements that are left without a received one,
// and the received elements that are left over.
func (p *pairing) solve() (unmatched, free []int) {
	p.seen = make([]int, len(p.taken))
	for i := range p.fits {
		p.round = i + 1
		if !p.place(i) {
			unmatched = append(unmatched, i)
		}
	}
	for j, holder := range p.taken {
		if holder == 0 {
			free = append(free, j)
		}
	}
	return unmatched, free
}

// place finds a received element for i, moving others if it must.
func (p *pairing) place(i int) bool {
	for _, j := range p.fits[i] {
		if p.taken[j] == 0 {
			p.taken[j] = i + 1
			return true
		}
	}
	for _, j := range p.fits[i] {
		if p.seen[j] == p.round {
			continue
		}
		p.seen[j] = p.round
		if p.place(p.taken[j] - 1) {
			p.taken[j] = i + 1
			return true
		}
	}
	return false
}

// missElement reports an expected element that no received element matches,
// and explains the nearest. candidates are the received elements to look at;
// nil means all.
func (c *comparison) missElement(name string, item *strictyaml.Node, s subject, got []any, candidates []int) {
	c.miss(heavy, func() Miss {
		m := s.miss(item, "no element matches")
		m.Matcher, m.Expected = name, renderExpectation(item)
		if len(candidates) == 0 {
			candidates = make([]int, len(got))
			for j := range got {
				candidates[j] = j
			}
		}
		j, ok := c.nearest(item, s, got, candidates)
		if !ok {
			return m
		}
		near := subject{value: got[j], present: true, path: s.path.element(j), at: item}
		m.Message += "; the nearest is " + near.path.String()
		m.Received = renderValue(got[j])
		m.Diff = c.difference(item, near)
		inner := c.with(full)
		inner.compare(item, near)
		for k, reason := range inner.misses {
			if reason.Path == near.path.String() {
				break // the difference of the whole is what Expected and Received show
			}
			if k == 3 {
				m.Message += fmt.Sprintf(" and %d more", len(inner.misses)-k)
				break
			}
			m.Message += separator(k) + reason.Path[len(near.path.String()):] + " is " + reason.Received + " instead of " + reason.Expected
		}
		return m
	})
}

func separator(k int) string {
	if k == 0 {
		return ", where "
	}
	return ", "
}

// nearest picks the candidate that differs least; none if all differ in
// everything.
func (c *comparison) nearest(item *strictyaml.Node, s subject, got []any, candidates []int) (int, bool) {
	if text, ok := item.Value().(string); ok {
		for _, j := range candidates {
			other, ok := got[j].(string)
			if _, near := strictyaml.Nearest(text, []string{other}); ok && near {
				return j, true
			}
		}
		return 0, false
	}
	if item.IsScalar() {
		return 0, false // one number is as far off as the other
	}
	best, least := 0, heavy*count(item)
	for _, j := range candidates {
		trial := c.with(counting)
		trial.compare(item, subject{value: got[j], present: true, path: s.path.element(j), at: item})
		if trial.cost < least {
			best, least = j, trial.cost
		}
	}
	return best, least < heavy*count(item)
}
