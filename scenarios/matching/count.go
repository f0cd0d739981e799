package matching

import "github.com/idharness/harness/internal/strictyaml"

// Count returns how many expectations there are: scalars, matchers and empty
// lists. A scenario with none proves nothing. An empty map, an expectation
// left empty and {$any: true} for the whole count as none.
func Count(expect *strictyaml.Node) int {
	switch {
	case expect == nil:
		return 0
	case expect.Kind() == strictyaml.Null && !expect.Unresolved():
		return 0
	case isMatcher(expect):
		total := 0
		for _, pair := range expect.Pairs() {
			if pair.Key.Text() != anything {
				total += countMatcher(pair.Key.Text(), pair.Value)
			}
		}
		return total
	default:
		return count(expect)
	}
}

func count(n *strictyaml.Node) int {
	total := 0
	switch {
	case isMatcher(n):
		for _, pair := range n.Pairs() {
			total += countMatcher(pair.Key.Text(), pair.Value)
		}
	case n.Kind() == strictyaml.Map:
		for _, pair := range n.Pairs() {
			total += count(pair.Value)
		}
	case n.Kind() == strictyaml.List:
		for _, item := range n.Items() {
			total += count(item)
		}
		total = max(1, total) // its length
	default:
		total = 1
	}
	return total
}

func countMatcher(name string, arg *strictyaml.Node) int {
	if name == contains || name == set {
		return max(1, count(arg))
	}
	return 1
}
