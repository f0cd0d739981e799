package matching

import (
	"github.com/idharness/harness/internal/strictyaml"
)

// checkTogether finds matchers that cannot hold side by side, and those beside
// which another one says nothing.
func checkTogether(n *strictyaml.Node, fail func(*strictyaml.Error)) {
	pairs := n.Pairs()
	if absent := n.Get(exists); absent != nil && absent.Value() == false && len(pairs) > 1 {
		fail(absent.Errorf("%s: false contradicts the matchers beside it, which need a value", exists))
		return
	}
	low, high := limitOf(n, greater, atLeast), limitOf(n, less, atMost)
	if low == nil || high == nil {
		return
	}
	order, ok := compareLimits(low.Value.Value(), high.Value.Value())
	switch open := low.Key.Text() == greater || high.Key.Text() == less; {
	case !ok:
		fail(high.Value.Errorf("nothing is %s %s and %s %s: they are of different types", low.Key.Text(), low.Value.Text(), high.Key.Text(), high.Value.Text()))
	case order > 0, order == 0 && open:
		fail(high.Value.Errorf("nothing is both %s %s and %s %s", low.Key.Text(), low.Value.Text(), high.Key.Text(), high.Value.Text()))
	}
}

// limitOf returns the first of two matchers that is given, with a value that is
// known.
func limitOf(n *strictyaml.Node, names ...string) *strictyaml.Pair {
	for _, name := range names {
		for _, pair := range n.Pairs() {
			if pair.Key.Text() == name && pair.Value.IsScalar() && !pair.Value.Unresolved() {
				return &pair
			}
		}
	}
	return nil
}

// compareLimits compares two numbers, times or durations. It reports false if
// they are not of one type.
func compareLimits(a, b any) (int, bool) {
	if order, ok := compareNumbers(a, b); ok {
		return order, true
	}
	text, isText := b.(string)
	if !isText {
		return 0, false
	}
	order, _, ok := compareTexts(a, text)
	return order, ok
}
