package directory_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/strictyaml"
)

// A directory extension is one text or several, in JSON and in a scenario file.
func TestExtensionValue(t *testing.T) {
	for text, want := range map[string]directory.ExtensionValue{
		`"one"`: {"one"}, `["one","two"]`: {"one", "two"}, `[]`: {},
	} {
		var fromJSON directory.ExtensionValue
		if err := json.Unmarshal([]byte(text), &fromJSON); err != nil || !cmp.Equal(fromJSON, want) {
			t.Errorf("JSON %s: %q, %v; want %q", text, fromJSON, err, want)
		}
		if again, err := json.Marshal(fromJSON); err != nil || string(again) != text {
			t.Errorf("%q in JSON is %s, %v; want %s", fromJSON, again, err, text)
		}
		file, err := strictyaml.Parse("user.yaml", []byte("extensions: {extension_1_x: "+text+"}"))
		if err != nil {
			t.Fatal(err)
		}
		var u directory.User
		if errs := strictyaml.Decode(file.Root(), &u); len(errs) > 0 || !cmp.Equal(u.Extensions["extension_1_x"], want) {
			t.Errorf("YAML %s: %q, %v; want %q", text, u.Extensions["extension_1_x"], errs, want)
		}
	}
	for _, text := range []string{`7`, `{"a": "b"}`, `["one", 2]`} {
		var v directory.ExtensionValue
		if err := json.Unmarshal([]byte(text), &v); err == nil {
			t.Errorf("JSON %s was read as %q", text, v)
		}
	}
}
