package document

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseKeepsOrderPathsAndNulls(t *testing.T) {
	got, err := Parse([]byte(`{"b":[{"value":"é\u00e9\n"},null],"a":1e3,"urn:x:2.0:User":{"c":true}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Value{Kind: Object, Path: "$", Members: []Member{
		{"b", Value{Kind: Array, Path: "$.b", Items: []Value{
			{Kind: Object, Path: "$.b[0]", Members: []Member{{"value", Value{Kind: String, Path: "$.b[0].value", Text: "éé\n"}}}},
			{Kind: Null, Path: "$.b[1]"},
		}}},
		{"a", Value{Kind: Number, Path: "$.a", Text: "1e3"}},
		{"urn:x:2.0:User", Value{Kind: Object, Path: `$["urn:x:2.0:User"]`, Members: []Member{
			{"c", Value{Kind: Bool, Path: `$["urn:x:2.0:User"].c`, True: true}},
		}}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("value (-want +got):\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, test := range []struct{ name, text, path string }{
		{"nothing", ``, ""},
		{"spaces", " \n", ""},
		{"half a document", `{"a":`, ""},
		{"two documents", `{} {}`, ""},
		{"something after", `{}x`, ""},
		{"byte order mark", "\ufeff{}", ""},
		{"single quotes", `{'a':1}`, ""},
		{"trailing comma", `{"a":1,}`, ""},
		{"comment", `{/* a */}`, ""},
		{"NaN", `{"a":NaN}`, ""},
		{"leading zero", `{"a":01}`, ""},
		{"raw control character", "{\"a\":\"\x01\"}", ""},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", ""},
		{"UTF-16", "{\x00}\x00", ""},
		{"half of a surrogate pair", `{"a":"x\ud83d"}`, "$.a"},
		{"half of a surrogate pair in a name", `{"\udead":1}`, "$"},
		{"member twice", `{"a":[{"b":1,"c":2,"b":3}]}`, "$.a[0].b"},
		{"deep arrays", strings.Repeat("[", 25) + strings.Repeat("]", 25), ""},
		{"very deep objects", strings.Repeat(`{"a":`, 100_000), ""},
	} {
		_, err := Parse([]byte(test.text))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v, want an *Error", test.name, err)
			continue
		}
		if e.Path != test.path || e.Expected == "" || e.Got == "" || e.Offset < 0 || e.Offset > int64(len(test.text)) {
			t.Errorf("%s: %+v, want path %q", test.name, e, test.path)
		}
	}
}

func TestParseTakes(t *testing.T) {
	for _, text := range []string{
		`null`, `"x"`, ` [ ] `, `{"a":"\ud83d\ude00"}`, `{"a":"\ufffd"}`, "{\"a\":\"\ufffd\"}", `{"a":1,"A":2}`, `{"":1}`,
		strings.Repeat("[", 24) + strings.Repeat("]", 24),
	} {
		if _, err := Parse([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"x",null,true]}`, `{"a":1,"a":2}`, `"\ud800"`, `[[[`, "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := Parse(text)
		if err == nil && !json.Valid(text) {
			t.Errorf("%q was taken for JSON", text)
		}
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%q: %v is not an *Error", text, err)
		}
	})
}
