package matching_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

func expectation(t testing.TB, text string) *strictyaml.Node {
	t.Helper()
	file, err := strictyaml.Parse("e.yaml", []byte(text))
	if err != nil {
		t.Fatalf("parsing %q: %v", text, err)
	}
	return file.Root()
}

func received(t testing.TB, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("reading %s: %v", text, err)
	}
	return value
}

// matched are expectations with what meets them. TestFlip shows that each of
// their leaves can fail.
var matched = []struct{ name, expect, got string }{
	{"subset of a map", `{a: 1}`, `{"a": 1, "b": 2}`},
	{"empty map", `{}`, `{"b": 2}`},
	{"nested maps", `{a: {b: {c: x}}}`, `{"a": {"b": {"c": "x", "d": 1}}, "e": 1}`},
	{"list", `[1, x, true]`, `[1, "x", true]`},
	{"empty list", `{a: []}`, `{"a": []}`},
	{"list of maps", `[{a: 1}, {}]`, `[{"a": 1, "b": 2}, {"c": 3}]`},
	{"int and float", `{a: 1, b: 1.0, c: 0.5}`, `{"a": 1.0, "b": 1, "c": 0.5}`},
	{"text", `{a: "1", b: ""}`, `{"a": "1", "b": ""}`},
	{"booleans", `{a: true, b: false}`, `{"a": true, "b": false}`},
	{"null is null", `{a: null}`, `{"a": null}`},
	{"null is absent", `{a: null}`, `{}`},
	{"null in a list", `[null]`, `[null]`},
	{"key with dots and slashes", `{"https://aws.amazon.com/SAML/Attributes/RoleSessionName": [ana]}`, `{"https://aws.amazon.com/SAML/Attributes/RoleSessionName": ["ana"]}`},
	{"key with a dollar", `{$$ref: x, $$: y}`, `{"$ref": "x", "$": "y"}`},
	{"contains in a list", `{$contains: [b, {n: 2}]}`, `["a", "b", {"n": 1}, {"n": 2, "m": 3}]`},
	{"contains one element twice", `{$contains: [{n: 1}, {m: 2}]}`, `[{"n": 1, "m": 2}]`},
	{"contains booleans", `{$contains: [{active: false}]}`, `[{"active": true}, {"active": false}]`},
	{"contains what exists", `{$contains: [{mail: {$exists: true}}, {mail: {$exists: false}}, {mail: null}]}`, `[{"mail": "x"}, {}]`},
	{"contains a part", `{$contains: AADSTS50057}`, `"AADSTS50057: The user account is disabled."`},
	{"contains parts", `{$contains: [account, disabled]}`, `"The user account is disabled."`},
	{"contains a single element", `{$contains: {a: 1}}`, `[{"a": 1}]`},
	{"contains lists", `{$contains: [[1, 2]]}`, `[[1, 2], [1]]`},
	{"set", `{$set: [c, a, b]}`, `["a", "b", "c"]`},
	{"set of nothing", `{$set: []}`, `[]`},
	// Taking the first that fits would give the only 1 to $any.
	{"set needs the right assignment", `{$set: [{$any: true}, 1]}`, `[1, 2]`},
	{"set needs a chain of changes", `{$set: [{$le: 3}, {$le: 2}, {$le: 1}]}`, `[1, 2, 3]`},
	{"set of maps", `{$set: [{a: 1}, {a: 1, b: 2}]}`, `[{"a": 1, "b": 2}, {"a": 1, "b": 3}]`},
	{"set in a set", `{$set: [{$set: [1, 2]}, {$set: [3]}]}`, `[[3], [2, 1]]`},
	{"set with repetitions", `{$set: [a, b, a]}`, `["a", "a", "b"]`},
	{"matches", `{$matches: "^AADSTS\\d+"}`, `"AADSTS50057: disabled"`},
	{"matches somewhere", `{a: {$matches: b+}}`, `{"a": "abba"}`},
	{"exists", `{a: {$exists: true}, b: {$exists: false}}`, `{"a": null}`},
	{"any", `{a: {$any: true}}`, `{"a": null}`},
	{"any in a list", `[{$any: true}, 2]`, `[1, 2]`},
	{"not", `{a: {$not: x}}`, `{"a": "y"}`},
	{"not null", `{a: {$not: null}}`, `{"a": 1}`},
	{"not a map", `{a: {$not: {b: 1}}}`, `{"a": {"b": 2}}`},
	{"not a matcher", `{$not: {$contains: [x]}}`, `["y"]`},
	{"not existing", `{a: {$not: {$exists: true}}}`, `{}`},
	{"not not existing", `{a: {$not: {$not: {$exists: true}}}}`, `{"a": 1}`},
	{"numbers", `{a: {$gt: 1}, b: {$ge: 2}, c: {$lt: 0.5}, d: {$le: -1}}`, `{"a": 1.5, "b": 2, "c": 0, "d": -1}`},
	{"between", `{$gt: 1, $lt: 3}`, `2`},
	{"durations", `{a: {$gt: 40m}, b: {$le: 90d}}`, `{"a": "1h", "b": "2160h"}`},
	{"times", `{a: {$ge: "2026-01-05T09:00:00Z"}, b: {$lt: "2026-01-05T09:00:00Z"}}`, `{"a": "2026-01-05T10:00:00.000+01:00", "b": "2026-01-05T08:59:59.999Z"}`},
	{"lengths", `{a: {$len: 2}, b: {$len: 3}, c: {$len: 1}, d: {$len: 0}}`, `{"a": [1, 2], "b": "aé名", "c": {"x": 1}, "d": []}`},
	{"length with a matcher", `{$len: {$ge: 1, $lt: 3}}`, `[1, 2]`},
	{"length in a set", `{$set: [{$len: {$gt: 1}}, {$len: 1}]}`, `["a", "ab"]`},
	{"several matchers", `{$contains: [a], $len: 2, $not: {$contains: [c]}}`, `["a", "b"]`},
	{"aliases", `{a: &x {b: 1}, c: *x}`, `{"a": {"b": 1}, "c": {"b": 1}}`},
}

func TestMatch(t *testing.T) {
	for _, test := range matched {
		t.Run(test.name, func(t *testing.T) {
			for _, miss := range matching.Match(expectation(t, test.expect), received(t, test.got)) {
				t.Error(miss)
			}
		})
	}
}

func TestMisses(t *testing.T) {
	tests := []struct {
		name, expect, got string
		want              []string
	}{
		{"number", `{a: 1}`, `{"a": 2}`, []string{
			`1:5: $.a: the value differs: expected 1, received 2`}},
		{"text is not a number", `{a: "1"}`, `{"a": 1}`, []string{
			`1:5: $.a: expected text, received a number: expected "1", received 1`}},
		{"number is not text", `{a: 1}`, `{"a": "1"}`, []string{
			`1:5: $.a: expected a number, received text: expected 1, received "1"`}},
		{"boolean is not text", `{a: true}`, `{"a": "true"}`, []string{
			`1:5: $.a: expected true or false, received text: expected true, received "true"`}},
		{"zero is not false", `{a: false}`, `{"a": 0}`, []string{
			`1:5: $.a: expected true or false, received a number: expected false, received 0`}},
		{"text is exact", `{a: Ana}`, `{"a": "ana"}`, []string{
			`1:5: $.a: the value differs: expected "Ana", received "ana"`}},
		{"empty text is not null", `{a: null}`, `{"a": ""}`, []string{
			`1:5: $.a: expected null, received text: expected null, received ""`}},
		{"null is not empty text", `{a: ""}`, `{"a": null}`, []string{
			`1:5: $.a: expected text, received null: expected "", received null`}},
		{"float64 cannot tell these apart", `9007199254740993`, `9007199254740992`, []string{
			`1:1: $: the value differs: expected 9007199254740993, received 9007199254740992`}},
		{"scalar for a map", `{a: {b: 1}}`, `{"a": [1]}`, []string{
			`1:5: $.a: expected a map, received a list: expected {b: 1}, received [1]`}},
		{"scalar for a list", `{a: [1]}`, `{"a": 1}`, []string{
			`1:5: $.a: expected a list, received a number: expected [1], received 1`}},
		{"map for a scalar", `{a: x}`, `{"a": {"b": [null, true]}}`, []string{
			`1:5: $.a: expected text, received a map: expected "x", received {b: [null, true]}`}},
		{"long text", `{a: "` + strings.Repeat("é", 300) + `x"}`, `{"a": "` + strings.Repeat("é", 300) + `y"}`, []string{
			`1:5: $.a: the value differs: expected …"` + strings.Repeat("é", 20) + `x", received …"` + strings.Repeat("é", 20) + `y"`}},
		{"absent", `{a: 1}`, `{}`, []string{
			`1:5: $.a: there is no such key: expected 1, received nothing`}},
		{"misspelt", `{usrName: x}`, `{"userName": "x", "id": 1}`, []string{
			`1:11: $.usrName: there is no such key; did you mean "userName"?: expected "x", received nothing`}},
		{"several together", `{a: 1, b: {c: 2, d: x}, e: [1, 2]}`, `{"a": 2, "b": {"d": "y"}, "e": [3, 4]}`, []string{
			`1:5: $.a: the value differs: expected 1, received 2`,
			`1:15: $.b.c: there is no such key: expected 2, received nothing`,
			`1:21: $.b.d: the value differs: expected "x", received "y"`,
			`1:29: $.e[0]: the value differs: expected 1, received 3`,
			`1:32: $.e[1]: the value differs: expected 2, received 4`}},
		{"at the key of a block", "a:\n  b: 1\n", `{"a": 5}`, []string{
			`1:1: $.a: expected a map, received a number: expected {b: 1}, received 5`}},
		{"length", `{a: [1, 2]}`, `{"a": [1, 2, 3]}`, []string{
			`1:5: $.a: 2 elements expected, 3 received: expected [1, 2], received [1, 2, 3]`}},
		{"length of one", `[1]`, `[]`, []string{
			`1:1: $: 1 element expected, 0 received: expected [1], received []`}},
		{"key with slashes", `{"https://example.com/a.b": [{x y: 1}]}`, `{"https://example.com/a.b": [{"x y": 2}]}`, []string{
			`1:36: $["https://example.com/a.b"][0]["x y"]: the value differs: expected 1, received 2`}},
		{"key with a dollar", `{$$ref: x}`, `{"$$ref": "x"}`, []string{
			`1:9: $.$ref: there is no such key; did you mean "$$ref"?: expected "x", received nothing`}},

		{"contains", `{groups: {$contains: [aws-admins, staff]}}`, `{"groups": ["aws-admin", "staff"]}`, []string{
			`1:23: $.groups: no element matches; the nearest is $.groups[0]: expected "aws-admins", received "aws-admin"`}},
		{"contains nothing near", `{$contains: [x, 7]}`, `["a-b", 8]`, []string{
			`1:14: $: no element matches: expected "x", received ["a-b", 8]`,
			`1:17: $: no element matches: expected 7, received ["a-b", 8]`}},
		{"contains a map", `{$contains: [{userName: ana, active: false}]}`, `[{"userName": "bob", "active": false}, {"userName": "ana", "active": true, "id": 7}]`, []string{
			`1:14: $: no element matches; the nearest is $[1], where .active is true instead of false: expected {userName: "ana", active: false}, received {active: true, id: 7, userName: "ana"}`}},
		{"contains with many differences", `{$contains: [{k: x, a: 1, b: 2, c: 3, d: {e: 4}}]}`, `[{"k": "x", "a": 0, "b": 0, "c": 0}]`, []string{
			`1:14: $: no element matches; the nearest is $[0], where .a is 0 instead of 1, .b is 0 instead of 2, .c is 0 instead of 3 and 1 more: expected {k: "x", a: 1, b: 2, c: 3, d: {e: 4}}, received {a: 0, b: 0, c: 0, k: "x"}`}},
		{"contains in nothing", `{$contains: [x]}`, `[]`, []string{
			`1:14: $: no element matches: expected "x", received []`}},
		{"contains a part", `{$contains: [disabled, locked]}`, `"account is disabled"`, []string{
			`1:24: $: the text lacks a part: expected something that contains "locked", received "account is disabled"`}},
		{"contains a number in text", `{$contains: 5}`, `"50"`, []string{
			`1:13: $: the text lacks a part: expected something that contains 5, received "50"`}},
		{"contains in a map", `{$contains: [a]}`, `{"a": 1}`, []string{
			`1:13: $: expected a list or text, received a map: expected something that contains ["a"], received {a: 1}`}},
		{"contains in what is absent", `{a: {$contains: [a]}}`, `{"b": 1}`, []string{
			`1:17: $.a: there is no such key: expected something that contains ["a"], received nothing`}},

		{"set", `{$set: [{n: ana, a: 1}, {n: bob, a: 1}]}`, `[{"n": "bob", "a": 2}, {"n": "ana", "a": 1}]`, []string{
			`1:25: $: no element matches; the nearest is $[0], where .a is 2 instead of 1: expected {n: "bob", a: 1}, received {a: 2, n: "bob"}`}},
		{"set is one to one", `{$set: [1, 1]}`, `[1, 2]`, []string{
			`1:12: $: no element matches: expected 1, received [1, 2]`}},
		{"set with more received", `{$set: [b, a]}`, `["a", "x", "b", "y"]`, []string{
			`1:8: $: 2 elements expected, 4 received; not among the expected: ["x", "y"]: expected in any order ["b", "a"], received ["a", "x", "b", "y"]`}},
		{"set with fewer received", `{$set: [a, b, c]}`, `["c"]`, []string{
			`1:9: $: no element matches: expected "a", received ["c"]`,
			`1:12: $: no element matches: expected "b", received ["c"]`,
			`1:8: $: 3 elements expected, 1 received: expected in any order ["a", "b", "c"], received ["c"]`}},
		{"set in a set", `{$set: [{$set: [1, 2]}, 5]}`, `[[1, 3], 5]`, []string{
			`1:9: $: no element matches; the nearest is $[0]: expected in any order [1, 2], received [1, 3]`}},
		{"set of text", `{$set: [a]}`, `"a"`, []string{
			`1:8: $: expected a list, received text: expected in any order ["a"], received "a"`}},

		{"matches", `{$matches: "^a$"}`, `"ab"`, []string{
			`1:12: $: the regular expression matches nowhere: expected text matching "^a$", received "ab"`}},
		{"matches text only", `{$matches: "5"}`, `5`, []string{
			`1:12: $: expected text, received a number: expected text matching "5", received 5`}},
		{"exists", `{a: {$exists: true}, b: {$exists: false}}`, `{"b": null}`, []string{
			`1:15: $.a: there is no such key: expected such a key, received nothing`,
			`1:35: $.b: there is such a key: expected no such key, received null`}},
		{"any is not absent", `{a: {$any: true}}`, `{}`, []string{
			`1:12: $.a: there is no such key: expected anything, received nothing`}},
		{"not", `{a: {$not: {b: {$gt: 1}}}}`, `{"a": {"b": 2}}`, []string{
			`1:12: $.a: it matches what it must not match: expected anything but {b: more than 1}, received {b: 2}`}},
		// A misspelt key must not satisfy $not.
		{"not needs a value", `{nmae: {$not: x}, b: {$not: {$contains: [x]}}}`, `{"name": "y"}`, []string{
			`1:15: $.nmae: there is no such key; did you mean "name"?: expected anything but "x", received nothing`,
			`1:29: $.b: there is no such key: expected anything but something that contains ["x"], received nothing`}},
		{"not null", `{a: {$not: null}, b: {$not: null}}`, `{"a": null}`, []string{
			`1:12: $.a: it matches what it must not match: expected anything but null, received null`,
			`1:29: $.b: there is no such key: expected anything but null, received nothing`}},
		{"numbers", `{a: {$gt: 1}, b: {$ge: 1}, c: {$lt: 1}, d: {$le: 1}}`, `{"a": 1, "b": 0.9, "c": 1, "d": 1.1}`, []string{
			`1:11: $.a: it is too small: expected more than 1, received 1`,
			`1:24: $.b: it is too small: expected at least 1, received 0.9`,
			`1:37: $.c: it is too large: expected less than 1, received 1`,
			`1:50: $.d: it is too large: expected at most 1, received 1.1`}},
		{"not numbers", `[{$gt: 1}, {$gt: 1}, {$gt: 1}]`, `["2", null, [2]]`, []string{
			`1:8: $[0]: it is not a number: expected more than 1, received "2"`,
			`1:18: $[1]: it is not a number: expected more than 1, received null`,
			`1:28: $[2]: it is not a number: expected more than 1, received [2]`}},
		{"durations", `[{$gt: 40m}, {$lt: 1d}, {$gt: 1m}]`, `["40m", "25h", 120]`, []string{
			`1:8: $[0]: it is too short: expected more than 40m, received "40m"`,
			`1:20: $[1]: it is too long: expected less than 1d, received "25h"`,
			`1:31: $[2]: it is not a duration: expected more than 1m, received 120`}},
		{"times", `[{$gt: "2026-01-05T09:00:00Z"}, {$le: "2026-01-05T09:00:00Z"}, {$le: "2026-01-05T09:00:00Z"}]`, `["2026-01-05T10:00:00+01:00", "2027-01-01T00:00:00Z", "soon"]`, []string{
			`1:8: $[0]: it is too early: expected after 2026-01-05T09:00:00Z, received "2026-01-05T10:00:00+01:00"`,
			`1:39: $[1]: it is too late: expected not after 2026-01-05T09:00:00Z, received "2027-01-01T00:00:00Z"`,
			`1:70: $[2]: it is not a time: expected not after 2026-01-05T09:00:00Z, received "soon"`}},
		{"length", `{a: {$len: 2}, b: {$len: {$gt: 1, $lt: 5}}, c: {$len: 1}}`, `{"a": [1], "b": "x", "c": 7}`, []string{
			`1:12: $.a: the length is 1: expected the length 2, received [1]`,
			`1:26: $.b: the length is 1: expected the length more than 1 and less than 5, received "x"`,
			`1:55: $.c: expected a list, a map or text, received a number: expected the length 1, received 7`}},
		{"several matchers", `{$len: 1, $contains: [c]}`, `["a", "b"]`, []string{
			`1:8: $: the length is 2: expected the length 1, received ["a", "b"]`,
			`1:23: $: no element matches: expected "c", received ["a", "b"]`}},

		{"not valid", `{a: {$contain: [x]}, b: 1}`, `{"a": ["x"], "b": 2}`, []string{
			`1:6: $: the expectation is not valid: unknown matcher "$contain"; did you mean "$contains"?: expected a valid expectation, received {a: ["x"], b: 2}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, miss := range matching.Match(expectation(t, test.expect), received(t, test.got)) {
				got = append(got, strings.TrimPrefix(miss.String(), "e.yaml:"))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMatchTakesGoValues(t *testing.T) {
	type result struct {
		Status  string         `json:"status"`
		Created int            `json:"created"`
		At      time.Time      `json:"at"`
		Groups  []string       `json:"groups"`
		Extra   map[string]int `json:"extra"`
	}
	got := result{"success", 1, time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), []string{"aws-admins"}, map[string]int{"x": 1}}
	expect := expectation(t, `{status: success, created: 1, at: "2026-01-05T09:00:00Z", groups: [aws-admins], extra: {x: 1}}`)
	for _, miss := range matching.Match(expect, &got) {
		t.Error(miss)
	}
	if misses := matching.Match(expect, make(chan int)); len(misses) != 1 || misses[0].Message != "what was received cannot be compared" {
		t.Errorf("got %v", misses)
	}
	if misses := matching.Match(nil, got); misses != nil {
		t.Errorf("no expectation: %v", misses)
	}
}

// TestMatchRefusesVariablesWithoutAValue: they must not match by being absent.
func TestMatchRefusesVariablesWithoutAValue(t *testing.T) {
	unresolved, errs := expectation(t, `{a: "${later}", b: {$not: "${later}"}, c: {$contains: ["${later}"]}}`).Interpolate(
		func(string, strictyaml.Position) (any, bool, error) { return nil, false, nil })
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	misses := matching.Match(unresolved, map[string]any{"a": "${later}", "b": "x", "c": []any{"${later}"}})
	if len(misses) != 3 {
		t.Errorf("got %v", misses)
	}
}

// TestMatchIsBounded: sets within sets, none of which match.
func TestMatchIsBounded(t *testing.T) {
	expect, got := "x", any("y")
	for range 9 {
		expect = fmt.Sprintf("{$set: [%s, %s]}", expect, expect)
		got = []any{got, got}
	}
	if misses := matching.Match(expectation(t, expect), got); len(misses) == 0 {
		t.Error("it matched")
	}
}
