package matching_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/scenarios/matching"
)

// TestEveryLeafCanFail: whatever met an expectation misses it once any of its
// leaves is flipped.
func TestEveryLeafCanFail(t *testing.T) {
	for _, test := range matched {
		t.Run(test.name, func(t *testing.T) {
			expect, got := expectation(t, test.expect), received(t, test.got)
			flips := matching.Flip(expect)
			for _, flip := range flips {
				if flip.Node == nil {
					if flip.Skip == "" {
						t.Errorf("%s is skipped without a reason", flip.Path)
					}
					continue
				}
				if errs := matching.Check(flip.Node); len(errs) > 0 {
					t.Errorf("%s, where %s, is not valid: %v", flip.Path, flip.Change, errs)
				}
				if misses := matching.Match(flip.Node, got); len(misses) == 0 {
					t.Errorf("%s, where %s, still matches: %v", flip.Path, flip.Change, flip.Node.Any())
				}
			}
			if count := matching.Count(expect); len(flips) < count {
				t.Errorf("%d flips of %d expectations", len(flips), count)
			}
			for _, miss := range matching.Match(expect, got) {
				t.Errorf("the original changed: %v", miss)
			}
		})
	}
}

func TestFlip(t *testing.T) {
	tests := []struct {
		expect string
		want   []string // path, change or reason, then the whole expectation as JSON
	}{
		{`{a: x, b: {c: 1}}`, []string{
			`$.a: "x" became "x (flipped)": {"a":"x (flipped)","b":{"c":1}}`,
			`$.b.c: 1 became 2: {"a":"x","b":{"c":2}}`}},
		{`[true, 1.5, null, 9223372036854775807, 1e300]`, []string{
			`$[0]: true became false: [false,1.5,null,9223372036854775807,1e+300]`,
			`$[1]: 1.5 became 2.5: [true,2.5,null,9223372036854775807,1e+300]`,
			`$[2]: null became anything but null: [true,1.5,{"$not":null},9223372036854775807,1e+300]`,
			`$[3]: 9223372036854775807 became 9223372036854775806: [true,1.5,null,9223372036854775806,1e+300]`,
			`$[4]: 1e+300 became -1e+300: [true,1.5,null,9223372036854775807,-1e+300]`,
			`$: one element was added: [true,1.5,null,9223372036854775807,1e+300,{"$any":true}]`}},
		{`{$contains: [{active: false, n: {$gt: 1}}]}`, []string{
			`$.$contains[0].active: false became "(flipped)": {"$contains":[{"active":"(flipped)","n":{"$gt":1}}]}`,
			`$.$contains[0].n.$gt: more than 1 became an impossible value: {"$contains":[{"active":false,"n":"(flipped)"}]}`}},
		{`{$contains: part}`, []string{
			`$.$contains: "part" became "(flipped)": {"$contains":"(flipped)"}`}},
		{`{$set: [1]}`, []string{
			`$.$set[0]: 1 became "(flipped)": {"$set":["(flipped)"]}`,
			`$.$set: one element was added: {"$set":[1,{"$any":true}]}`}},
		{`{a: {$any: true}}`, []string{
			`$.a.$any: anything became no such key: {"a":{"$exists":false}}`}},
		{`[{$any: true}]`, []string{
			`$[0].$any: $any matches whatever stands there`,
			`$: one element was added: [{"$any":true},{"$any":true}]`}},
		{`{$exists: false, $not: {a: 1}}`, []string{
			`$.$exists: no such key became such a key: {"$exists":true,"$not":{"a":1}}`,
			`$.$not: anything but {a: 1} became anything but anything but {a: 1}: {"$exists":false,"$not":{"$not":{"a":1}}}`}},
		{`{$ge: 40m, $lt: 2}`, []string{
			`$.$ge: at least 40m became less than 40m: {"$lt":2}`, // the map has $lt twice; JSON shows the last
			`$.$lt: less than 2 became at least 2: {"$ge":2}`}},
		{`{$len: {$le: 2}, $matches: a}`, []string{
			`$.$len.$le: at most 2 became more than 2: {"$len":{"$gt":2},"$matches":"a"}`,
			`$.$matches: the regular expression became one that matches nothing: {"$len":{"$le":2},"$matches":"[^\\x00-\\x{10FFFF}]"}`}},
		{`{}`, []string{
			`$: an empty map asks for nothing but a map`}},
	}
	for _, test := range tests {
		t.Run(test.expect, func(t *testing.T) {
			var got []string
			for _, flip := range matching.Flip(expectation(t, test.expect)) {
				line := flip.Path + ": " + flip.Change + flip.Skip
				if flip.Node != nil {
					text, err := json.Marshal(flip.Node.Any())
					if err != nil {
						t.Fatal(err)
					}
					line += fmt.Sprintf(": %s", text)
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if flips := matching.Flip(nil); flips != nil {
		t.Errorf("no expectation: %v", flips)
	}
}
