package matching

import (
	"math"
	"slices"

	"github.com/idharness/harness/internal/strictyaml"
)

// Flipped is an expectation with one leaf made wrong. What met the expectation
// before must miss it now; if it does not, that leaf can never fail.
type Flipped struct {
	Path   string              // of the leaf, such as $.users[0].name or $.code.$matches
	Pos    strictyaml.Position // of the leaf
	Change string              // what was made wrong
	Node   *strictyaml.Node    // the whole expectation; nil if the leaf is skipped
	Skip   string              // why the leaf cannot be made wrong
}

// Flip returns a copy of an expectation for each of its leaves, with just that
// leaf made wrong.
func Flip(expect *strictyaml.Node) []Flipped {
	var f flipper
	if expect != nil {
		f.walk(expect, place{put: func(n *strictyaml.Node) *strictyaml.Node { return n }})
	}
	return f.all
}

// impossible is no value of any scenario.
const impossible = "(flipped)"

// never is a regular expression that matches no text.
const never = `[^\x00-\x{10FFFF}]`

// place is where a part of an expectation stands.
type place struct {
	path *path
	put  func(*strictyaml.Node) *strictyaml.Node // the whole expectation with another node here
	// loose is set below $set and $contains, where another element could meet
	// a merely different expectation: there a leaf is made impossible.
	loose bool
	inMap bool // the value of a key, which can be absent
}

type flipper struct{ all []Flipped }

func (f *flipper) flip(leaf *strictyaml.Node, at place, change string, with *strictyaml.Node) {
	f.all = append(f.all, Flipped{Path: at.path.String(), Pos: leaf.Pos(), Change: change, Node: at.put(with)})
}

func (f *flipper) skip(leaf *strictyaml.Node, at place, why string) {
	f.all = append(f.all, Flipped{Path: at.path.String(), Pos: leaf.Pos(), Skip: why})
}

func (f *flipper) walk(n *strictyaml.Node, at place) {
	switch {
	case n.Unresolved():
		f.skip(n, at, "it holds a variable that has no value")
	case isMatcher(n):
		for i := range n.Pairs() {
			f.matcher(n, i, at)
		}
	case n.Kind() == strictyaml.Map:
		if len(n.Pairs()) == 0 {
			f.skip(n, at, "an empty map asks for nothing but a map")
		}
		for i, pair := range n.Pairs() {
			f.walk(pair.Value, place{
				path:  at.path.child(literalKey(pair.Key.Text())),
				put:   func(value *strictyaml.Node) *strictyaml.Node { return at.put(withPair(n, i, pair.Key, value)) },
				loose: at.loose, inMap: true,
			})
		}
	case n.Kind() == strictyaml.List:
		f.items(n, at)
		f.longer(n, at)
	default:
		with := flipScalar(n, at.loose)
		f.flip(n, at, renderExpectation(n)+" became "+renderExpectation(with), with)
	}
}

// items flips the leaves within the elements of a list.
func (f *flipper) items(n *strictyaml.Node, at place) {
	for i, item := range n.Items() {
		f.walk(item, place{
			path: at.path.element(i),
			put: func(value *strictyaml.Node) *strictyaml.Node {
				items := slices.Clone(n.Items())
				items[i] = value
				return at.put(n.WithItems(items))
			},
			loose: at.loose,
		})
	}
}

// longer flips the length of a list.
func (f *flipper) longer(n *strictyaml.Node, at place) {
	more := append(slices.Clone(n.Items()), matcherNode(n, anything, n.WithValue(true)))
	f.flip(n, at, "one element was added", n.WithItems(more))
}

// matcher flips the i-th matcher of a map of matchers.
func (f *flipper) matcher(n *strictyaml.Node, i int, at place) {
	pair := n.Pairs()[i]
	name, arg := pair.Key.Text(), pair.Value
	inner := place{
		path:  at.path.child(name),
		put:   func(value *strictyaml.Node) *strictyaml.Node { return at.put(withPair(n, i, pair.Key, value)) },
		loose: at.loose,
	}
	opposite := map[string]string{greater: atMost, atMost: greater, less: atLeast, atLeast: less}
	swap := func(other string, value *strictyaml.Node) {
		made := withPair(n, i, pair.Key.WithValue(other), value)
		f.all = append(f.all, Flipped{
			Path: inner.path.String(), Pos: arg.Pos(), Node: at.put(made),
			Change: renderMatcher(name, arg) + " became " + renderMatcher(other, value),
		})
	}
	switch {
	case arg.Unresolved():
		f.skip(arg, inner, "it holds a variable that has no value")
	case name == contains || name == set:
		inner.loose = true
		if arg.Kind() == strictyaml.List {
			f.items(arg, inner)
		} else {
			f.walk(arg, inner)
		}
		if name == set {
			f.longer(arg, inner)
		}
	case name == matches:
		f.flip(arg, inner, "the regular expression became one that matches nothing", arg.WithValue(never))
	case name == anything && (at.loose || !at.inMap):
		f.skip(arg, inner, "$any matches whatever stands there")
	case name == anything:
		swap(exists, arg.WithValue(false))
	case name == length && isMatcher(arg) && !at.loose:
		f.walk(arg, inner)
	case at.loose:
		f.flip(arg, place{path: inner.path, put: at.put}, renderMatcher(name, arg)+" became an impossible value", n.WithValue(impossible))
	case name == exists, name == length:
		swap(name, flipScalar(arg, false))
	case name == not:
		swap(not, matcherNode(arg, not, arg))
	default:
		swap(opposite[name], arg)
	}
}

// withPair returns a map with another pair in the i-th place.
func withPair(n *strictyaml.Node, i int, key, value *strictyaml.Node) *strictyaml.Node {
	pairs := slices.Clone(n.Pairs())
	pairs[i] = strictyaml.Pair{Key: key, Value: value}
	return n.WithPairs(pairs)
}

// matcherNode returns {name: arg} at n's position.
func matcherNode(n *strictyaml.Node, name string, arg *strictyaml.Node) *strictyaml.Node {
	return n.WithPairs([]strictyaml.Pair{{Key: n.WithValue(name), Value: arg}})
}

// flipScalar returns another value, of the same type where that will do.
func flipScalar(n *strictyaml.Node, loose bool) *strictyaml.Node {
	if loose {
		return n.WithValue(impossible)
	}
	switch value := n.Value().(type) {
	case bool:
		return n.WithValue(!value)
	case int:
		if value == math.MaxInt {
			return n.WithValue(value - 1)
		}
		return n.WithValue(value + 1)
	case float64:
		if value+1 == value {
			return n.WithValue(-value)
		}
		return n.WithValue(value + 1)
	case string:
		return n.WithValue(value + " " + impossible)
	default:
		return matcherNode(n, not, n)
	}
}
