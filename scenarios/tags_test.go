package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Every expression is compared with Go's own operators, for all sets of tags.
func TestTagExpressions(t *testing.T) {
	for text, want := range map[string]func(a, b, c bool) bool{
		"a":                        func(a, _, _ bool) bool { return a },
		" a\t":                     func(a, _, _ bool) bool { return a },
		"!a":                       func(a, _, _ bool) bool { return !a },
		"not not a":                func(a, _, _ bool) bool { return a },
		"a && b":                   func(a, b, _ bool) bool { return a && b },
		"a AND b":                  func(a, b, _ bool) bool { return a && b },
		"a&&!b":                    func(a, b, _ bool) bool { return a && !b },
		"a || b && c":              func(a, b, c bool) bool { return a || b && c },
		"a && b || c":              func(a, b, c bool) bool { return a && b || c },
		"a, b and c":               func(a, b, c bool) bool { return a || b && c },
		"a,b,c":                    func(a, b, c bool) bool { return a || b || c },
		"(a or b) and c":           func(a, b, c bool) bool { return (a || b) && c },
		"!a && b":                  func(a, b, _ bool) bool { return !a && b },
		"!(a && b) || !c":          func(a, b, c bool) bool { return !(a && b) || !c },
		"not a or b":               func(a, b, _ bool) bool { return !a || b },
		"((a)) && (!(b) || ((c)))": func(a, b, c bool) bool { return a && (!b || c) },
		`'a' && "b"`:               func(a, b, _ bool) bool { return a && b },
	} {
		e, err := ParseTags(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for set := range 8 {
			has := [3]bool{set&1 != 0, set&2 != 0, set&4 != 0}
			tags := []string{"other"}
			for i, name := range []string{"a", "b", "c"} {
				if has[i] {
					tags = append(tags, name)
				}
			}
			if got, want := e.Match(tags...), want(has[0], has[1], has[2]); got != want {
				t.Errorf("%s of %v: %v, want %v", text, tags, got, want)
			}
		}
	}
	for text, tag := range map[string]string{`"not"`: "not", `'two words'`: "two words", "sign-in:π": "sign-in:π", "@smoke": "@smoke", `"a && b"`: "a && b"} {
		e, err := ParseTags(text)
		if err != nil || !e.Match(tag) || e.Match("a", "b") {
			t.Errorf("%s does not find %q alone: %v", text, tag, err)
		}
	}
}

func TestTagMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":           "column 1: expected a tag, got the end",
		"a &&":       "column 5: expected a tag, got the end\n  a &&\n      ^",
		"a & b":      "column 3: expected &&, got one &",
		"a |b":       "column 3: expected ||, got one |",
		"a b":        "column 3: expected && or || before b\n  a b\n    ^",
		"a !b":       "column 3: expected && or || before !",
		"(a || b":    "column 1: this parenthesis is never closed",
		"(a b)":      "column 4: expected &&, || or ) before b",
		"a)":         "column 2: expected && or || before )",
		"()":         "column 2: expected a tag, got )",
		"ä && or":    "column 6: expected a tag, got or\n  ä && or\n       ^",
		"!":          "column 2: expected a tag, got the end",
		"a,,b":       "column 3: expected a tag, got ,",
		`a && "b`:    `column 6: the quote " is never closed`,
		"a || ''":    "column 6: a tag is never empty",
		"a\nb\x1b[m": "column 3: expected && or || before b\x1b[m\n  a b [m\n    ^",
	} {
		e, err := ParseTags(text)
		var mistake *TagMistake
		if !errors.As(err, &mistake) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, %v, want %q", text, e, err, want)
		}
	}
}

// What an expression makes of another one's text: it has mistakes with a place
// in it, or negating it negates it.
func FuzzTagExpressions(f *testing.F) {
	for _, seed := range []string{"a && !b", "(a or b), not c", "((", "'a' \"b", "&", "!!a || a", "aé & \x00"} {
		f.Add(seed, "a b")
	}
	f.Fuzz(func(t *testing.T, text, words string) {
		tags := strings.Fields(words)
		e, err := ParseTags(text)
		var mistake *TagMistake
		if err != nil {
			if !errors.As(err, &mistake) || mistake.Column < 1 || mistake.Column > len([]rune(text))+1 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for of, want := range map[string]bool{"!(%[1]s)": !e.Match(tags...), "((%[1]s))": e.Match(tags...), "(%[1]s) && (%[1]s)": e.Match(tags...), "(%[1]s) || !(%[1]s)": true} {
			other, err := ParseTags(fmt.Sprintf(of, text))
			if err != nil || other.Match(tags...) != want {
				t.Fatalf("%s of %q with tags %q: not %v, %v", of, text, tags, want, err)
			}
		}
	})
}

const tagged = `name: Tagged
tags: [login]
steps:
  - {observe: entra.users, expect: []}
  - {observe: entra.groups, expect: [], tags: [slow], save: {groups: $}}
finally:
  - {observe: entra.users, expect: [], tags: [clean]}
`

func TestStepsAreChosenByTheirTags(t *testing.T) {
	for expression, want := range map[string][]Status{
		"":                  {Passed, Passed, Passed},
		"login":             {Passed, Passed, Passed},
		"!slow":             {Passed, Skipped, Passed},
		"login && slow":     {Passed, Passed, Skipped},
		"!clean && !slow":   {Passed, Skipped, Skipped},
		"clean":             {Passed, Skipped, Passed},
		"!login":            nil,
		"other":             nil,
		"other || !login":   nil,
		"other, login, !bc": {Passed, Passed, Passed},
	} {
		s, err := Load("s.yaml", []byte(tagged), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var e *TagExpression
		if expression != "" {
			if e, err = ParseTags(expression); err != nil {
				t.Fatal(err)
			}
		}
		list, err := e.Select([]*Scenario{s})
		if want == nil {
			if err == nil || len(list) > 0 || err.Error() != fmt.Sprintf("tags %s choose no scenario of 1; there are the tags clean, login, slow", expression) {
				t.Errorf("%s: %d scenarios, %v", expression, len(list), err)
			}
			continue
		}
		if err != nil || len(list) != 1 {
			t.Errorf("%s: %d scenarios, %v", expression, len(list), err)
			continue
		}
		report := Run(t.Context(), s, Options{Tags: e})
		var got []Status
		for _, step := range report.Steps {
			got = append(got, step.Status)
			if left := step.Status == Skipped; left != (step.Reason == "not chosen by the tags "+expression) {
				t.Errorf("%s: step %d is %s because of %q", expression, step.Number, step.Status, step.Reason)
			}
		}
		if !slices.Equal(got, want) || report.Status != Passed {
			t.Errorf("%s: %s, steps %v, want %v", expression, report.Status, got, want)
		}
	}
}

// A scenario that could not fail with the steps that are left is not chosen, and
// what a step that is left out would have saved is missed by name.
func TestWhatTagsLeaveOut(t *testing.T) {
	load := func(text string) *Scenario {
		s, err := Load("s.yaml", []byte(text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	expression := func(text string) *TagExpression {
		e, err := ParseTags(text)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	hollow := load("name: n\ntags: [login]\nsteps:\n- {observe: entra.users}\n- {observe: entra.users, expect: [], tags: [slow]}\n")
	if list, err := expression("!slow").Select([]*Scenario{hollow, load(tagged)}); err != nil || len(list) != 1 || list[0] == hollow {
		t.Errorf("%d scenarios, %v", len(list), err)
	}
	if _, err := expression("lgoin && !slow").Select([]*Scenario{hollow}); err == nil || !strings.HasSuffix(err.Error(), "there are the tags login, slow; did you mean login instead of lgoin?") {
		t.Error(err)
	}
	if _, err := expression("a").Select([]*Scenario{load("name: n\nsteps: [{observe: entra.users, expect: []}]\n")}); err == nil || err.Error() != "tags a choose no scenario: none has tags" {
		t.Error(err)
	}
	user := load("name: n\nsteps:\n- {observe: entra.users, save: {all: $}, tags: [slow]}\n- {observe: entra.users, expect: '${all}'}\n")
	report := Run(t.Context(), user, Options{Tags: expression("!slow")})
	if want := `there is no variable "all": the step that saves it, on line 3, is not chosen by its tags`; report.Status != Errored || !strings.Contains(report.Steps[1].Error, want) {
		t.Errorf("%s, %q", report.Status, report.Steps[1].Error)
	}
	_, err := Load("s.yaml", []byte("name: n\nsteps:\n- {observe: entra.users, expect: [], save: {all: $}}\n- {observe: entra.users, tags: ['${all}']}\n"), Options{})
	if err == nil || !strings.Contains(err.Error(), "s.yaml:4:32: tags cannot use what a step saves") {
		t.Error(err)
	}
}
