package scenarios

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite schema.json")

// The committed schema is what the parser reads.
func TestSchemaIsCurrent(t *testing.T) {
	got, err := JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("schema.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("schema.json is not what the language is: run make update (-committed +generated):\n%s", diff)
	}
}

// Every shipped scenario names the schema, so that editors help at once.
func TestShippedScenariosNameTheSchema(t *testing.T) {
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	examples, err := filepath.Glob("../examples/targets/*.yaml")
	if err != nil || len(examples) == 0 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	files = append(files, examples...)
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if want := "# yaml-language-server: $schema=" + SchemaURL + "\n"; !strings.HasPrefix(string(data), want) {
			t.Errorf("%s does not begin with %s", name, want)
		}
	}
}

// Editors show what verbs are for.
func TestVerbsAreDescribed(t *testing.T) {
	for verb := range verbs {
		if verbDocs[verb] == "" {
			t.Errorf("verbDocs has nothing for %s", verb)
		}
	}
}

// What a type that reads itself accepts is found out, not written down.
func TestSchemaProbes(t *testing.T) {
	g := &schemaMaker{definitions: make(map[string]any), names: make(map[reflect.Type]string)}
	text, variable := map[string]any{"type": "string"}, refTo("variable")
	for _, test := range []struct {
		like any
		want map[string]any
	}{
		{userRef{}, text},
		{empty{}, anyOf(map[string]any{"type": "object", "maxProperties": 0}, map[string]any{"type": "null"})},
		{activateCertificate{}, anyOf(text, refTo("activateCertificate"))},
		{awsEndSessions{}, text},
		{awsSetSessionDuration{}, anyOf(map[string]any{"type": "string", "pattern": durationPattern}, variable)},
		{awsSetChoices{}, anyOf(refTo("sp.Choices"), variable)},
	} {
		if diff := cmp.Diff(test.want, g.custom(reflect.ValueOf(test.like))); diff != "" {
			t.Errorf("%T (-want +got):\n%s", test.like, diff)
		}
	}
	g.custom(reflect.ValueOf(userConfig{}))
	user, _ := g.definitions["userConfig"].(map[string]any)
	if diff := cmp.Diff([]any{"userPrincipalName"}, user["required"]); diff != "" {
		t.Errorf("required keys of a user (-want +got):\n%s", diff)
	}
	g.argument(&entraUpdateUser{})
	update, _ := g.definitions["entraUpdateUser"].(map[string]any)
	properties, _ := update["properties"].(map[string]any)
	if set, _ := properties["set"].(map[string]any); !strings.Contains(fmt.Sprint(set), "department") {
		t.Errorf("set of updateUser: %v", set)
	}
}
