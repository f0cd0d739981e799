package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
		{"one of many members twice", manyMembers(40, "n3"), "$.n3"},
		{"a late one of many members twice", manyMembers(60, "n50"), "$.n50"},
		{"the thirty-third member is the first", manyMembers(32, "n0"), "$.n0"},
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

// manyMembers is an object with n members and another one.
func manyMembers(n int, another string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"n%d":%d,`, i, i)
	}
	return "{" + b.String() + `"` + another + `":0}`
}

// What is read is what encoding/json reads.
func TestParseReadsAsEncodingJSON(t *testing.T) {
	for _, text := range []string{
		` { "a" : [ 1 , -2.5e+3 , true , false , null , "x" , { } , [ ] ] , "b\n\"c\\" : "\/\b\f\r\t" } `, manyMembers(100, "x"), `"\\"`, `"\\\""`, "\t[\r\n0\n]", `-0`, `[[],[[]],{"a":{}}]`,
	} {
		got, err := Parse([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(decoded(t, []byte(text)), plain(got)); diff != "" {
			t.Errorf("%s (-encoding/json +ours):\n%s", text, diff)
		}
	}
}

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}

// plain is a value as encoding/json has it.
func plain(v Value) any {
	switch v.Kind {
	case String:
		return v.Text
	case Number:
		return json.Number(v.Text)
	case Bool:
		return v.True
	case Array:
		list := []any{}
		for _, item := range v.Items {
			list = append(list, plain(item))
		}
		return list
	case Object:
		object := map[string]any{}
		for _, m := range v.Members {
			object[m.Name] = plain(m.Value)
		}
		return object
	}
	return nil
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
	for _, seed := range []string{`{"a":[1,"x",null,true]}`, `{"a":1,"a":2}`, `{"b\n\"c\\":"\/"}`, ` [ -0.5e-1 , { } ] `, `"\ud800"`, `[[[`, "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := Parse(text)
		if err == nil && !json.Valid(text) {
			t.Fatalf("%q was taken for JSON", text)
		}
		if err == nil {
			if diff := cmp.Diff(decoded(t, text), plain(v)); diff != "" {
				t.Errorf("%q (-encoding/json +ours):\n%s", text, diff)
			}
		}
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%q: %v is not an *Error", text, err)
		}
	})
}
