package resource_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/idharness/harness/scimmock/document"
	"github.com/idharness/harness/scimmock/filter"
	"github.com/idharness/harness/scimmock/resource"
)

const alice = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"alice","name":{"givenName":"Alice"},"active":true,
	"emails":[{"value":"a@contoso.example","type":"work","primary":true},{"value":"b@contoso.example"}],
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D","manager":{"value":"m"}}}`

func read(t *testing.T, text string) resource.Object {
	t.Helper()
	v, err := document.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o, err := resource.Reader{Type: resource.User(), Note: func(string, ...any) {}}.Decode(v)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// FuzzPatch: whatever the operations are, what they leave is a resource that
// can be written and read again as the same, with at most one primary value of
// each attribute.
func FuzzPatch(f *testing.F) {
	for _, operations := range []string{
		`{"op":"add","path":"emails","value":[{"value":"c","primary":true}]}`,
		`{"op":"replace","path":"emails[type eq \"work\"].value","value":"c"}`,
		`{"op":"remove","path":"emails[value pr].primary"}`,
		`{"op":"add","path":"phoneNumbers[type eq \"work\" and primary eq true].value","value":"1"}`,
		`{"op":"replace","value":{"name.givenName":"Al","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager":"x"}}`,
		`{"op":"remove","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value"}`,
		`{"op":"replace","path":"emails.type","value":null},{"op":"remove","path":"name"}`,
		`{"op":"add","path":"addresses","value":{"locality":"Lisbon"}}`,
		`{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User","value":{"title":"x"}}`,
		`{"op":"remove","path":"urn:ietf:params:scim:schemas:core:2.0:User"}`,
	} {
		f.Add(operations)
	}
	f.Fuzz(func(t *testing.T, operations string) {
		body, err := document.Parse([]byte(`{"Operations":[` + operations + `]}`))
		if err != nil {
			return
		}
		o := read(t, alice)
		p := resource.Patcher{Reader: resource.Reader{Type: resource.User(), Note: func(string, ...any) {}}, CreateFiltered: true}
		if p.Patch(o, body) != nil {
			return
		}
		written, err := resource.User().Marshal(o)
		if err != nil || !json.Valid(written) {
			t.Fatalf("%s: %v", written, err)
		}
		if again := read(t, string(written)); !reflect.DeepEqual(again, o) {
			t.Errorf("written and read again: %v, not %v", again, o)
		}
	})
}

// FuzzMatch: a filter that is taken selects, and what not(…) of it selects, are
// the two halves of everything.
func FuzzMatch(f *testing.F) {
	for _, text := range []string{
		`userName eq "alice"`, `emails[type eq "work"].value sw "a"`, `not (title pr) and emails co "@"`, `meta.created gt "2026-01-01T00:00:00Z"`,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "m"`, `active ne "True" or name.givenName le "b"`, `emails eq null`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		user := resource.User()
		e, err := filter.Parse(text, user.URNs()...)
		if err != nil || resource.CheckFilter(e, user) != nil {
			return
		}
		o := read(t, alice)
		if user.Match(o, e) == user.Match(o, &filter.Not{Expr: e}) {
			t.Errorf("%s and not (%s) agree", text, text)
		}
		user.Match(resource.Object{}, e) // nothing to compare with
	})
}
