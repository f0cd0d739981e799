package matching

import (
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
)

// Miss is an expectation that was not met.
type Miss struct {
	Pos        strictyaml.Position // of the expectation
	SourceLine string              // the line of the file at Pos
	Path       string              // of the received value, such as $.users[0].active
	Matcher    string              // such as $gt; empty for plain values
	Message    string              // the difference in a few words
	Expected   string
	Received   string
	Diff       string // line by line, for lists, maps and longer texts; may be empty
}

// String gives the miss in one line.
func (m Miss) String() string {
	return m.Pos.String() + ": " + m.headline() + ": expected " + m.Expected + ", received " + m.Received
}

func (m Miss) headline() string { return m.Path + ": " + m.Message }

// Detail gives the miss with its place in the file, what was expected, what
// was received and their difference. It ends in a newline.
func (m Miss) Detail() string {
	var b strings.Builder
	b.WriteString(m.headline() + "\n" + strictyaml.Snippet(m.Pos, m.SourceLine))
	b.WriteString("   expected: " + m.Expected + "\n")
	b.WriteString("   received: " + m.Received + "\n")
	if m.Diff != "" {
		b.WriteString("   difference (- expected, + received):\n")
		for line := range strings.Lines(m.Diff) {
			b.WriteString("   " + line)
		}
	}
	return b.String()
}

// Match compares a received value with an expectation and returns every miss.
// What is received may be any Go value that encoding/json can write. An
// expectation that Check refuses, or that holds a variable without a value,
// matches nothing.
func Match(expect *strictyaml.Node, got any) []Miss {
	if expect == nil {
		return nil
	}
	value, err := strictyaml.Plain(got)
	if err != nil {
		return []Miss{{
			Pos: expect.Pos(), SourceLine: expect.SourceLine(), Path: "$", Message: "what was received cannot be compared",
			Expected: renderExpectation(expect), Received: err.Error(),
		}}
	}
	if errs := Check(expect); len(errs) > 0 {
		misses := make([]Miss, len(errs))
		for i, e := range errs {
			misses[i] = Miss{
				Pos: e.Pos, SourceLine: e.SourceLine, Path: "$", Message: "the expectation is not valid: " + e.Message,
				Expected: "a valid expectation", Received: renderValue(value),
			}
		}
		return misses
	}
	c := newComparison(full)
	c.compare(expect, subject{at: expect, value: value, present: true})
	return c.misses
}
