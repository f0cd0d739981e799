package matching

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/idharness/harness/internal/strictyaml"
)

// The matchers.
const (
	contains = "$contains"
	set      = "$set"
	matches  = "$matches"
	exists   = "$exists"
	anything = "$any"
	not      = "$not"
	greater  = "$gt"
	atLeast  = "$ge"
	less     = "$lt"
	atMost   = "$le"
	length   = "$len"
)

// names lists the matchers as messages do.
func names() []string {
	return []string{contains, set, matches, exists, anything, not, greater, atLeast, less, atMost, length}
}

// matcher checks a value against one matcher.
func (c *comparison) matcher(name string, arg *strictyaml.Node, s subject) {
	weight := 0
	if c.mode == counting {
		weight = heavy * countMatcher(name, arg)
	}
	miss := func(message string) {
		c.miss(weight, func() Miss {
			m := s.miss(arg, message)
			m.Matcher, m.Expected = name, renderMatcher(name, arg)
			return m
		})
	}
	switch {
	case c.settled():
	case arg.Unresolved():
		miss("the expectation holds a variable that has no value")
	case name == exists:
		if s.present != (arg.Value() == true) {
			miss("there is such a key")
		}
	case name == not && (s.present || speaksOfAbsence(arg)):
		if c.matches(arg, s) {
			miss("it matches what it must not match")
		}
	case !s.present:
		miss("")
	case name == anything:
	case name == contains:
		c.contains(arg, s, miss)
	case name == set:
		c.set(arg, s, miss)
	case name == matches:
		c.expression(arg, s, miss)
	case name == length:
		c.length(arg, s, miss)
	default:
		c.order(name, arg, s, miss)
	}
}

// speaksOfAbsence reports whether an expectation has an answer for a value
// that is absent. All others, even under $not, need a value: otherwise a
// misspelt key would satisfy them.
func speaksOfAbsence(n *strictyaml.Node) bool {
	for _, pair := range n.Pairs() {
		name := pair.Key.Text()
		if name == exists || name == not && speaksOfAbsence(pair.Value) {
			return true
		}
	}
	return n.Kind() == strictyaml.Null
}

// contains checks that every listed element is matched by some element of a
// list, or is a part of a text.
func (c *comparison) contains(arg *strictyaml.Node, s subject, miss func(string)) {
	switch got := s.value.(type) {
	case string:
		for _, part := range listed(arg) {
			if text, ok := part.Value().(string); !ok || !strings.Contains(got, text) {
				c.miss(heavy, func() Miss {
					m := s.miss(part, "the text lacks a part")
					m.Matcher, m.Expected = contains, renderMatcher(contains, part)
					return m
				})
			}
		}
	case []any:
		for _, item := range listed(arg) {
			found := false
			for i := 0; i < len(got) && !found; i++ {
				found = c.matches(item, subject{value: got[i], present: true, path: s.path.element(i), at: item})
			}
			if !found {
				c.missElement(contains, item, s, got, nil)
			}
		}
	default:
		miss(fmt.Sprintf("expected a list or text, received %s", kindOf(got)))
	}
}

// listed returns the elements of a $contains; a single one needs no list.
func listed(arg *strictyaml.Node) []*strictyaml.Node {
	if arg.Kind() == strictyaml.List {
		return arg.Items()
	}
	return []*strictyaml.Node{arg}
}

func (c *comparison) expression(arg *strictyaml.Node, s subject, miss func(string)) {
	got, ok := s.value.(string)
	if !ok {
		miss(fmt.Sprintf("expected text, received %s", kindOf(s.value)))
		return
	}
	expression, ok := c.expressions[arg]
	if !ok {
		var err error
		if expression, err = regexp.Compile(arg.Text()); err != nil {
			miss("the regular expression is not valid")
			return
		}
		c.expressions[arg] = expression
	}
	if !expression.MatchString(got) {
		miss("the regular expression matches nowhere")
	}
}

func (c *comparison) length(arg *strictyaml.Node, s subject, miss func(string)) {
	var n int
	switch got := s.value.(type) {
	case string:
		n = utf8.RuneCountInString(got)
	case []any:
		n = len(got)
	case map[string]any:
		n = len(got)
	default:
		miss(fmt.Sprintf("expected a list, a map or text, received %s", kindOf(got)))
		return
	}
	if !c.matches(arg, subject{value: n, present: true, path: s.path, at: arg}) {
		miss(fmt.Sprintf("the length is %d", n))
	}
}
