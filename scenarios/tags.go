package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/idharness/harness/internal/strictyaml"
)

// TagExpression says which scenarios and steps are wanted, by their tags. It is
// made of tags, && (and), || (or a comma, or), ! (not) and parentheses; !
// binds tightest and || loosest. A tag that is none of these words and holds
// none of their signs needs no quotes.
type TagExpression struct {
	text  string
	names []string // of the tags in it
	holds func(tags []string) bool
}

// TagMistake is a mistake in a [TagExpression].
type TagMistake struct {
	Expression string
	Column     int // in characters, from 1
	Message    string
}

// Error says what is wrong and shows where, in three lines.
func (m *TagMistake) Error() string {
	shown := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, m.Expression)
	return fmt.Sprintf("column %d: %s\n  %s\n  %s^", m.Column, m.Message, shown, strings.Repeat(" ", m.Column-1))
}

// ParseTags reads an expression such as login && !slow. Its errors are
// [TagMistake].
func ParseTags(text string) (*TagExpression, error) {
	p := &tagParser{text: []rune(text)}
	if err := p.next(); err != nil {
		return nil, err
	}
	holds, err := p.disjunction()
	if err == nil && p.token != tagEnd {
		err = p.errorf("expected && or || before %s", p.got())
	}
	if err != nil {
		return nil, err
	}
	return &TagExpression{text: text, names: p.names, holds: holds}, nil
}

// String is the expression as it was written.
func (e *TagExpression) String() string { return e.text }

// Match reports whether the expression holds for what has these tags. It holds
// for everything where e is nil.
func (e *TagExpression) Match(tags ...string) bool { return e == nil || e.holds(tags) }

// takesStep reports whether a step of a scenario is wanted. One without tags of
// its own is.
func (e *TagExpression) takesStep(s *Scenario, st *step) bool {
	return len(st.Tags) == 0 || e.Match(slices.Concat(s.Tags, st.Tags)...)
}

// takes reports whether a scenario is wanted: the expression holds for its tags,
// or for its tags with those of one of its steps. One of which no expectation
// would be left is not.
func (e *TagExpression) takes(s *Scenario) bool {
	if e == nil {
		return true
	}
	wanted, expects := e.Match(s.Tags...), false
	for _, st := range slices.Concat(s.steps, s.final) {
		if e.takesStep(s, st) {
			wanted = wanted || len(st.Tags) > 0
			expects = expects || st.expectations() > 0
		}
	}
	return wanted && expects
}

// Select returns the scenarios that are wanted, in their order. That none is,
// is an error, which names the tags there are.
func (e *TagExpression) Select(list []*Scenario) ([]*Scenario, error) {
	var out []*Scenario
	for _, s := range list {
		if e.takes(s) {
			out = append(out, s)
		}
	}
	if len(out) > 0 || e == nil {
		return out, nil
	}
	known := tagsOf(list)
	if len(known) == 0 {
		return nil, fmt.Errorf("tags %s choose no scenario: none has tags", e)
	}
	hint := ""
	for _, name := range e.names {
		if near, ok := strictyaml.Nearest(name, known); ok && near != name && !slices.Contains(known, name) {
			hint = fmt.Sprintf("; did you mean %s instead of %s?", near, name)
		}
	}
	return nil, fmt.Errorf("tags %s choose no scenario of %d; there are the tags %s%s", e, len(list), strings.Join(known, ", "), hint)
}

// tagsOf lists the tags of scenarios and their steps.
func tagsOf(list []*Scenario) []string {
	var known []string
	for _, s := range list {
		known = append(known, s.Tags...)
		for _, st := range slices.Concat(s.steps, s.final) {
			known = append(known, st.Tags...)
		}
	}
	slices.Sort(known)
	return slices.Compact(known)
}
