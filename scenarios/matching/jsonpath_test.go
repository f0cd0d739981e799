package matching_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/scenarios/matching"
)

const picked = `{
	"outcome": "signedIn", "none": null,
	"attributes": {"https://example.com/a": ["x"], "it's": 1, "a\"b": 2},
	"users": [
		{"id": 1, "userName": "ana", "active": true, "name": {"givenName": "Ana"}, "emails": [{"value": "a@x"}]},
		{"id": 2, "userName": "ben", "active": false, "emails": []},
		{"id": 3, "userName": "eva", "active": true, "note": null, "emails": [{"value": "e@x"}, {"value": "e@y"}]}
	]
}`

func TestPathPicks(t *testing.T) {
	var value any
	if err := json.Unmarshal([]byte(picked), &value); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ path, want string }{
		{`$.outcome`, `"signedIn"`},
		{`outcome`, `"signedIn"`},
		{`.outcome`, `"signedIn"`},
		{`$.none`, `null`},
		{`$["outcome"]`, `"signedIn"`},
		{`$['outcome']`, `"signedIn"`},
		{`$.attributes["https://example.com/a"][0]`, `"x"`},
		{`$.attributes["it's"]`, `1`},
		{`$.attributes['it\'s']`, `1`},
		{`$.attributes["a\"b"]`, `2`},
		{`users[0].id`, `1`},
		{`$.users[-1].userName`, `"eva"`},
		{`$.users[-3].userName`, `"ana"`},
		{`$.users[*].id`, `[1,2,3]`},
		{`$.users[*].emails[*].value`, `[["a@x"],[],["e@x","e@y"]]`},
		{`$.users[?@.userName == "ben"].id`, `2`},
		{`$.users[?@.userName=='ben'].id`, `2`},
		{`$.users[?(@.userName == 'ben')].id`, `2`},
		{`$.users[?@.id == 3].userName`, `"eva"`},
		{`$.users[?@.id==2.0].userName`, `"ben"`},
		{`$.users[?@.active == false].id`, `2`},
		{`$.users[?@.name].id`, `1`},
		{`$.users[?@.note == null].id`, `3`},
		{`$.users[?@.active == true && @.userName != "ana"].id`, `3`},
		{`$.users[?@.emails[-1].value == "e@y"].id`, `3`},
		{`$.users[?@.name.givenName=="Ana"]["userName"]`, `"ana"`},
	} {
		p, err := matching.ParsePath(test.path)
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		got, err := p.Pick(value)
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		text, err := json.Marshal(got)
		if err != nil || string(text) != test.want || p.String() != test.path {
			t.Errorf("%s gives %s, want %s (%v)", p, text, test.want, err)
		}
	}
	for _, whole := range []string{"$", ""} {
		p, err := matching.ParsePath(whole)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Pick(value); err != nil || len(got.(map[string]any)) != 4 {
			t.Errorf("%q gives %v, %v", whole, got, err)
		}
	}
}

func TestPathPicksNothing(t *testing.T) {
	var value any
	if err := json.Unmarshal([]byte(picked), &value); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ path, want string }{
		{`$.outcom`, `$ has no "outcom"; did you mean outcome?`},
		{`$.users[0].phone`, `$.users[0] has no "phone"; it has active, emails, id, name, userName`},
		{`$.outcome.x`, `$.outcome is text, so that there is no "x" in it`},
		{`$.none.x`, `$.none is null, so that there is no "x" in it`},
		{`$.users.id`, `$.users is a list, so that there is no "id" in it`},
		{`$.attributes[0]`, `$.attributes is a map, so that there is no [0] in it`},
		{`$.attributes[*]`, `$.attributes is a map, so that there is no [*] in it`},
		{`$.users[3]`, `$.users has 3 elements, so that there is no [3]`},
		{`$.users[-4]`, `$.users has 3 elements, so that there is no [-4]`},
		{`$.users[*].name`, `$.users[1] has no "name"; it has active, emails, id, userName`},
		{`$.users[?@.active == true].id`, `[?@.active == true] holds for 2 of the 3 elements of $.users; it must for one`},
		{`$.users[?@.id == "1"].id`, `[?@.id == "1"] holds for 0 of the 3 elements of $.users; it must for one`},
	} {
		p, err := matching.ParsePath(test.path)
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		if got, err := p.Pick(value); err == nil || err.Error() != test.want {
			t.Errorf("%s gives %v, %v, want %s", p, got, err, test.want)
		}
	}
}

func TestPathsThatAreNone(t *testing.T) {
	var got []string
	for _, path := range []string{
		`$x`, `$.`, `$..a`, `$.a.`, `$[`, `$[0`, `$["a]`, `$[a]`, `$[]`, `$[1.5]`, `$.a[?]`, `$.a[?@.b == ]`, `$.a[?@.b == x]`, `$.a[?@.b = 1]`,
		`$.a[?(@.b == 1]`, `$.a[?@.b == "c]`, `$.a[?@.b && ]`, `$.a]`, `$.a[0]b`, `a[`, `$.a[?@.b == 1`,
	} {
		_, err := matching.ParsePath(path)
		var mistake *matching.PathError
		if !errors.As(err, &mistake) {
			t.Errorf("%s is a path: %v", path, err)
			continue
		}
		got = append(got, fmt.Sprintf("%s %d: %s", path, mistake.Offset, mistake.Message))
	}
	const brackets = `in brackets stands a number, *, a quoted name or a filter such as ?@.id == "7"; got `
	want := []string{
		`$x 1: a path goes on with .name or with [, not with "x"`,
		`$. 2: a name is missing after the dot`,
		`$..a 2: a name is missing after the dot`,
		`$.a. 4: a name is missing after the dot`,
		`$[ 1: the bracket is never closed`,
		`$[0 1: the bracket is never closed`,
		`$["a] 2: the quote is never closed`,
		`$[a] 2: ` + brackets + `a`,
		`$[] 2: ` + brackets,
		`$[1.5] 2: ` + brackets + `1.5`,
		`$.a[?] 5: a filter begins with @, which is the element`,
		`$.a[?@.b == ] 12: a filter compares with text in quotes, a number, true, false or null; got ""`,
		`$.a[?@.b == x] 12: a filter compares with text in quotes, a number, true, false or null; got "x"`,
		`$.a[?@.b = 1] 3: the bracket is never closed`,
		`$.a[?(@.b == 1] 14: the parenthesis is never closed`,
		`$.a[?@.b == "c] 12: the quote is never closed`,
		`$.a[?@.b && ] 12: a filter begins with @, which is the element`,
		`$.a] 3: a path goes on with .name or with [, not with "]"`,
		`$.a[0]b 6: a path goes on with .name or with [, not with "b"`,
		`a[ 1: the bracket is never closed`,
		`$.a[?@.b == 1 3: the bracket is never closed`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzPath(f *testing.F) {
	f.Add(`$.users[?@.userName == "ben" && @.id != 2].emails[*]["value"]`)
	var value any
	if err := json.Unmarshal([]byte(picked), &value); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := matching.ParsePath(text)
		var mistake *matching.PathError
		if err != nil && (!errors.As(err, &mistake) || mistake.Message == "" || mistake.Offset < 0 || mistake.Offset > len(text)) {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil {
			return
		}
		if _, err := p.Pick(value); err != nil && err.Error() == "" {
			t.Errorf("%q picks nothing and does not say why", text)
		}
	})
}
