package strictyaml_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/strictyaml"
)

func TestParseJSONReadsWhatYAMLDoesNot(t *testing.T) {
	text := "{\n\t\"a\": [1, 2.5, true, null, \"\\ud83d\\ude00\\/\\u2028\"],\n\t\"${b}\": {\"" + strings.Repeat("k", 2000) + "\": \"yes\"}\n}\n"
	file, err := strictyaml.ParseJSON("body", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"a":    []any{1, 2.5, true, nil, "\U0001F600/\u2028"},
		"${b}": map[string]any{strings.Repeat("k", 2000): "yes"},
	}
	if diff := cmp.Diff(any(want), file.Root().Any()); diff != "" {
		t.Error(diff)
	}
}

func TestParseJSONPointsAtMistakes(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "body:1:1: the JSON text ends too early, at byte 0"},
		{"cut off", `{"a": [1,`, "body:1:10: the JSON text ends too early, at byte 9"},
		{"a key without quotes", "{\n  a: 1}", "body:2:3: no JSON at byte 4"},
		{"a comma too many", `{"a": 1,}`, "body:1:9: no JSON at byte 8"},
		{"two values", `{} {}`, "body:1:4: no JSON at byte 3: invalid character '{' after top-level value"},
		{"a closing brace too many", `{}}`, "body:1:3: no JSON at byte 2"},
		{"a repeated member", "{\"a\": 1,\n \"a\": 2}", `body:2:2: the key "a" is given twice`},
		{"a number out of range", `{"a": 1e999}`, "body:1:7: the number 1e999 is out of range"},
		{"bytes that are no text", "{\"a\": \"\xff\"}", "body:1:8: this byte is not UTF-8"},
		{"too deep", strings.Repeat("[", 101) + strings.Repeat("]", 101), "body:1:101: nested more than 100 deep"},
		{"YAML", "a: 1", "body:1:1: no JSON at byte 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file, err := strictyaml.ParseJSON("body", []byte(test.text))
			if err == nil || file != nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestParseJSONDecodesWithPositions(t *testing.T) {
	file, err := strictyaml.ParseJSON("body", []byte("{\"name\": \"x\",\n  \"colour\": \"red\"}"))
	if err != nil {
		t.Fatal(err)
	}
	var into struct {
		Name  string `json:"name"`
		Color string `json:"color"`
	}
	errs := strictyaml.Decode(file.Root(), &into)
	if want := `body:2:3: unknown key "colour"; did you mean "color"?`; len(errs) != 1 || errs[0].Error() != want {
		t.Errorf("got %v, want %s", errs, want)
	}
}

func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,{"b":null}]}`, "[", `"\ud83d"`, "{\"a\":1}\n,", "\xff", "1e9", `{"":0}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := strictyaml.ParseJSON("body", []byte(text))
		if (file == nil) == (err == nil) {
			t.Fatalf("file %v, error %v", file, err)
		}
		if file != nil {
			file.Root().Any()
		}
	})
}
