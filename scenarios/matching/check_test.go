package matching_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

func TestCheck(t *testing.T) {
	tests := []struct{ expect, want string }{
		{`{$contain: [a]}`, `1:2: unknown matcher "$contain"; did you mean "$contains"?`},
		{`{$regexp: a}`, `1:2: unknown matcher "$regexp"; matchers are $contains, $set, $matches, $exists, $any, $not, $gt, $ge, $lt, $le, $len`},
		{`{$: a}`, `1:2: unknown matcher "$"; matchers are $contains, $set, $matches, $exists, $any, $not, $gt, $ge, $lt, $le, $len`},
		{`{a: 1, $len: 2, b: 3}`, "1:2: the key \"a\" cannot stand beside a matcher\n1:17: the key \"b\" cannot stand beside a matcher"},
		{`{$$a: 1, $len: 2}`, `1:2: the key "$$a" cannot stand beside a matcher`},
		{`[{x: [{$matches: "(a"}]}]`, `1:18: $matches cannot read the regular expression: missing closing ): "(a"`},
		{`{$matches: [a]}`, `1:12: $matches takes a regular expression, not a list`},
		{`{$matches: 5}`, `1:12: $matches takes a regular expression, not a number`},
		{`{$contains: []}`, `1:13: $contains with an empty list asks for nothing`},
		{`{$contains: }`, `1:13: $contains takes a list, not null`},
		{`{$contains: [{$foo: 1}]}`, `1:15: unknown matcher "$foo"; matchers are $contains, $set, $matches, $exists, $any, $not, $gt, $ge, $lt, $le, $len`},
		{`{$set: a}`, `1:8: $set takes a list, not text`},
		{`{$set: [{$matches: "["}]}`, `1:20: $matches cannot read the regular expression: missing closing ]: "["`},
		{`{$exists: yes}`, `1:11: $exists takes true or false, not text`},
		{`{$any: false}`, `1:8: $any takes nothing but true, not true or false`},
		{`{$any: {a: 1}}`, `1:8: $any takes nothing but true, not a map`},
		{`{$not: {$gt: []}}`, `1:14: $gt takes a number, a duration or a time, not a list`},
		{`{$gt: "5"}`, `1:7: $gt takes a number, a duration such as 40m or a time such as 2026-01-05T09:00:00Z, not "5"`},
		{`{$le: 2026-01-05}`, `1:7: $le takes a number, a duration such as 40m or a time such as 2026-01-05T09:00:00Z, not "2026-01-05"`},
		{`{$len: two}`, `1:8: $len takes a whole number or a matcher, not text`},
		{`{$len: 1.5}`, `1:8: $len takes a whole number or a matcher, not a number`},
		{`{$len: -1}`, `1:8: no length is -1`},
		{`{$len: {$gt: x}}`, `1:14: $gt takes a number, a duration such as 40m or a time such as 2026-01-05T09:00:00Z, not "x"`},
		{`{$len: {a: 1}}`, `1:8: $len takes a whole number or a matcher, not a map`},
		{`[.nan, {$gt: -.inf}]`, "1:2: no value is ever received as .nan\n1:14: no value is ever received as -.inf"},
	}
	for _, test := range tests {
		t.Run(test.expect, func(t *testing.T) {
			errs := matching.Check(expectation(t, test.expect))
			if diff := cmp.Diff(test.want, strings.ReplaceAll(errs.Error(), "e.yaml:", "")); diff != "" {
				t.Error(diff)
			}
			if misses := matching.Match(expectation(t, test.expect), nil); len(misses) != len(errs) {
				t.Errorf("Match found %v", misses)
			}
		})
	}
	for _, test := range matched {
		if errs := matching.Check(expectation(t, test.expect)); len(errs) > 0 {
			t.Errorf("%s: %v", test.name, errs)
		}
	}
	if errs := matching.Check(nil); errs != nil {
		t.Errorf("no expectation: %v", errs)
	}
}

// TestCheckLeavesVariablesForLater: their values decide whether they are
// valid, both before Interpolate and after one that knows no value.
func TestCheckLeavesVariablesForLater(t *testing.T) {
	raw := expectation(t, `{a: {$matches: "${x}"}, b: {$len: "${x}"}, "${x}": 1, c: {$contains: "${x}"}, d: {$gt: 40m}, e: {"${x}": 1, $len: 1}}`)
	unresolved, errs := raw.Interpolate(func(string, strictyaml.Position) (any, bool, error) { return nil, false, nil })
	if errs = strictyaml.Join(errs, matching.Check(unresolved)); len(errs) > 0 {
		t.Error(errs)
	}
	resolved, _ := raw.Interpolate(func(string, strictyaml.Position) (any, bool, error) { return "(", true, nil })
	if errs := matching.Check(resolved); len(errs) != 3 {
		t.Errorf("with values: %v", errs)
	}
}

func TestCount(t *testing.T) {
	tests := []struct {
		expect string
		want   int
	}{
		{`null`, 0},
		{`{}`, 0},
		{`{a: {b: {}}}`, 0},
		{`{$any: true}`, 0},
		{`{$any: true, $len: 1}`, 1},
		{`x`, 1},
		{`[]`, 1},
		{`[{}]`, 1},
		{`[1, 2]`, 2},
		{`{a: null, b: 1, c: [x, {d: 1, e: 2}]}`, 5},
		{`{a: {$any: true}}`, 1},
		{`{$contains: [a, {b: 1, c: 2}]}`, 3},
		{`{$contains: a}`, 1},
		{`{$contains: [{}]}`, 1},
		{`{$set: []}`, 1},
		{`{$set: [1, 2]}`, 2},
		{`{$len: {$gt: 1, $lt: 3}, $not: {a: 1, b: 2}}`, 2},
		{`{$gt: 1, $lt: 2}`, 2},
	}
	for _, test := range tests {
		if got := matching.Count(expectation(t, test.expect)); got != test.want {
			t.Errorf("Count(%s) = %d, want %d", test.expect, got, test.want)
		}
	}
	if got := matching.Count(nil); got != 0 {
		t.Errorf("no expectation counts as %d", got)
	}
}
