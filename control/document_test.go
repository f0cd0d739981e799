package control

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/idharness/harness/internal/strictyaml"
)

var update = flag.Bool("update", false, "rewrite docs/openapi.json")

// TestDocumentIsCommitted: docs/openapi.json is what /openapi.json serves.
func TestDocumentIsCommitted(t *testing.T) {
	const path = "../docs/openapi.json"
	want, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the routes say; make update writes it", path)
	}
}

// TestRoutesAreDocumented: every route has what the document says of it, and
// its example is one that the route would read.
func TestRoutesAreDocumented(t *testing.T) {
	s := newServer(Config{})
	ids := make(map[string]bool)
	known := make(map[string]bool)
	for _, tag := range tags {
		known[tag.name] = true
	}
	for i := range s.routes {
		r := &s.routes[i]
		name := r.method + " " + r.path
		if ids[r.id] || !regexp.MustCompile(`^[a-z][A-Za-z]+$`).MatchString(r.id) {
			t.Errorf("%s: operationId %q is no name, or that of two routes", name, r.id)
		}
		ids[r.id] = true
		if len(r.summary) < 10 || r.summary[len(r.summary)-1] != '.' {
			t.Errorf("%s: summary %q is no sentence", name, r.summary)
		}
		if !known[r.tag] {
			t.Errorf("%s: tag %q has no description", name, r.tag)
		}
		for _, p := range parametersOf(r.path) {
			if pathParameters[p].doc == "" || pathParameters[p].example == "" {
				t.Errorf("%s: nothing is said of the parameter %s", name, p)
			}
		}
		for _, p := range r.query {
			if p.doc == "" || p.example == "" {
				t.Errorf("%s: nothing is said of the parameter %s", name, p.name)
			}
		}
		if (r.takes == nil) != (r.example == "") || r.takes != nil && !json.Valid([]byte(r.example)) {
			t.Errorf("%s: example %q", name, r.example)
		}
	}
}

// Every kind of problem has a title, and a place in the documentation.
func TestProblemsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/control.md")
	if err != nil {
		t.Fatal(err)
	}
	for kind := range titles {
		if !bytes.Contains(text, []byte("\n### "+kind+"\n")) {
			t.Errorf("docs/control.md has no section ### %s", kind)
		}
	}
	for _, e := range []error{badRequest("x", "", ""), absent("user", "x", nil), badBody(strictyaml.Errors{{}}), unreached{os.ErrClosed}, os.ErrClosed} {
		if p := problemOf(e); titles[p.Kind] == "" || p.Status < 400 {
			t.Errorf("%v: %+v", e, p)
		}
	}
}

// TestParametersAreUsed: nothing is described that no route has.
func TestParametersAreUsed(t *testing.T) {
	var used []string
	for _, r := range newServer(Config{}).routes {
		used = append(used, parametersOf(r.path)...)
	}
	for name := range pathParameters {
		if !slices.Contains(used, name) {
			t.Errorf("no route has the parameter %s", name)
		}
	}
}
