package matching

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
)

// mode is how much a comparison finds out.
type mode int

const (
	full     mode = iota // every miss, explained
	counting             // how far off it is
	quiet                // whether there is a miss
)

// comparison walks an expectation and a received value together.
type comparison struct {
	mode        mode
	misses      []Miss
	cost        int // counting: how far off
	failed      bool
	expressions map[*strictyaml.Node]*regexp.Regexp
}

func newComparison(m mode) *comparison {
	return &comparison{mode: m, expressions: map[*strictyaml.Node]*regexp.Regexp{}}
}

// with starts a comparison of another mode.
func (c *comparison) with(m mode) *comparison {
	return &comparison{mode: m, expressions: c.expressions}
}

// matches reports whether a value meets an expectation.
func (c *comparison) matches(expect *strictyaml.Node, s subject) bool {
	trial := c.with(quiet)
	trial.compare(expect, s)
	return !trial.failed
}

// subject is a received value, or its absence.
type subject struct {
	value    any
	present  bool
	path     *path
	at       *strictyaml.Node // where to point in the file when it is wrong
	siblings map[string]any   // the map that lacks it, if it is absent
}

// settled reports whether going on can tell nothing new.
func (c *comparison) settled() bool { return c.mode == quiet && c.failed }

// Weights of a miss, for finding the element nearest to an expected one: texts
// tell elements apart better than numbers and booleans do.
const (
	light = 2
	heavy = 3
)

// scalarWeight is the weight of a scalar that differs.
func scalarWeight(expect *strictyaml.Node) int {
	if expect.Kind() == strictyaml.String {
		return heavy
	}
	return light
}

// weight is the weight of missing everything in an expectation.
func (c *comparison) weight(expect *strictyaml.Node) int {
	if c.mode != counting {
		return 0
	}
	return heavy * count(expect)
}

// miss notes that something differs; explain is called if somebody will read
// the explanation.
func (c *comparison) miss(weight int, explain func() Miss) {
	c.failed = true
	c.cost += weight
	if c.mode == full {
		c.misses = append(c.misses, explain())
	}
}

// explain fills a Miss of a plain expectation.
func (c *comparison) explain(expect *strictyaml.Node, s subject, message string) Miss {
	m := s.miss(s.at, message)
	m.Expected = renderExpectation(expect)
	if !s.present {
		return m
	}
	m.Diff = c.difference(expect, s)
	wanted, isText := expect.Value().(string)
	if got, ok := s.value.(string); ok && isText {
		m.Expected, m.Received = renderTexts(wanted, got)
	}
	return m
}

// miss fills in what a Miss says about the received value, and its place in
// the file. An absent value needs no message.
func (s subject) miss(at *strictyaml.Node, message string) Miss {
	m := Miss{Pos: at.Pos(), SourceLine: at.SourceLine(), Path: s.path.String(), Message: message, Received: "nothing"}
	if s.present {
		m.Received = renderValue(s.value)
		return m
	}
	m.Message = "there is no such key"
	if near, ok := strictyaml.Nearest(s.path.lastKey(), slices.Sorted(maps.Keys(s.siblings))); ok {
		m.Message += fmt.Sprintf("; did you mean %q?", near)
	}
	return m
}

// compare checks one value against one expectation.
func (c *comparison) compare(expect *strictyaml.Node, s subject) {
	switch {
	case c.settled():
	case expect.Unresolved():
		c.miss(c.weight(expect), func() Miss { return c.explain(expect, s, "the expectation holds a variable that has no value") })
	case isMatcher(expect):
		for _, pair := range expect.Pairs() {
			c.matcher(pair.Key.Text(), pair.Value, s)
		}
	case !s.present && expect.Kind() != strictyaml.Null:
		c.miss(c.weight(expect), func() Miss { return c.explain(expect, s, "") })
	case expect.Kind() == strictyaml.Map:
		c.compareMap(expect, s)
	case expect.Kind() == strictyaml.List:
		c.compareList(expect, s)
	case !equalScalars(expect.Value(), s.value):
		c.miss(scalarWeight(expect), func() Miss { return c.explain(expect, s, differing(expect, s.value)) })
	}
}

func (c *comparison) compareMap(expect *strictyaml.Node, s subject) {
	got, ok := s.value.(map[string]any)
	if !ok {
		c.miss(c.weight(expect), func() Miss { return c.explain(expect, s, differing(expect, s.value)) })
		return
	}
	for _, pair := range expect.Pairs() {
		if c.settled() {
			return
		}
		key := literalKey(pair.Key.Text())
		value, present := got[key]
		child := subject{value: value, present: present, path: s.path.child(key), at: pair.PointAt()}
		if !present {
			child.siblings = got
		}
		c.compare(pair.Value, child)
	}
}

func (c *comparison) compareList(expect *strictyaml.Node, s subject) {
	got, ok := s.value.([]any)
	if !ok {
		c.miss(c.weight(expect), func() Miss { return c.explain(expect, s, differing(expect, s.value)) })
		return
	}
	if len(got) != len(expect.Items()) {
		c.miss(heavy, func() Miss { return c.explain(expect, s, lengths(len(expect.Items()), len(got))) })
		return
	}
	for i, item := range expect.Items() {
		c.compare(item, subject{value: got[i], present: true, path: s.path.element(i), at: item})
	}
}

// lengths says that two lists differ in length.
func lengths(expected, received int) string {
	return fmt.Sprintf("%s expected, %d received", elements(expected), received)
}

func elements(n int) string {
	if n == 1 {
		return "1 element"
	}
	return fmt.Sprintf("%d elements", n)
}

// differing says how a value differs from a plain expectation.
func differing(expect *strictyaml.Node, value any) string {
	wanted, got := expect.Kind(), kindOf(value)
	if wanted == strictyaml.Float {
		wanted = strictyaml.Int
	}
	if wanted == got {
		return "the value differs"
	}
	return fmt.Sprintf("expected %s, received %s", wanted, got)
}

// kindOf names the type of a plain value; every number is an Int.
func kindOf(value any) strictyaml.Kind {
	switch value.(type) {
	case nil:
		return strictyaml.Null
	case bool:
		return strictyaml.Bool
	case string:
		return strictyaml.String
	case []any:
		return strictyaml.List
	case map[string]any:
		return strictyaml.Map
	default:
		return strictyaml.Int
	}
}

// isMatcher reports whether a map is made of matchers.
func isMatcher(n *strictyaml.Node) bool {
	return len(n.Pairs()) > 0 && isMatcherKey(n.Pairs()[0].Key)
}

// isMatcherKey tells $contains from ${variable} and from $$ref.
func isMatcherKey(key *strictyaml.Node) bool {
	text := key.Text()
	return strings.HasPrefix(text, "$") && !strings.HasPrefix(text, "$$") && !strings.HasPrefix(text, "${")
}

// literalKey undoes the doubling of a leading $.
func literalKey(text string) string {
	if strings.HasPrefix(text, "$$") {
		return text[1:]
	}
	return text
}
