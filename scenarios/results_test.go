package scenarios

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

// shaped returns a function for Options.received that compares what an action
// really results in with what is known of its result beforehand: a key that is
// not known would be refused by lint.
func shaped(t *testing.T) func(action, any) {
	return func(a action, result any) {
		data, err := json.Marshal(result)
		if err != nil {
			t.Errorf("%T: %v", a, err)
			return
		}
		file, err := strictyaml.Parse("result", data)
		if err != nil {
			t.Errorf("%T: %v", a, err)
			return
		}
		if errs := matching.CheckShape(file.Root(), resultBeside(a, file.Root())); len(errs) > 0 {
			t.Errorf("%T results in what lint takes for impossible:\n%s", a, errs.Error())
		}
	}
}

// Of every result something is known.
func TestResultsAreKnown(t *testing.T) {
	check := func(what string, s matching.Shape) {
		if s.String() == "" {
			t.Errorf("nothing is known of the result of %s", what)
		}
	}
	for verb, make := range verbs {
		switch a := make().(type) {
		case *admin:
			for name, make := range a.side {
				check(verb+" "+name, resultOf(make()))
			}
		case *include: // replaced by the steps of a file
		case *observe, *fault: // below
		default:
			check(verb, resultOf(a))
		}
	}
	for _, at := range []string{"scim", "entra.signIn"} {
		check("fault at "+at, resultOf(&fault{At: at}))
	}
	for name, o := range observations {
		check("observe "+name, o.shape)
	}
}

// The reference names every key of every result.
func TestResultsAreDocumented(t *testing.T) {
	const path = "../docs/scenarios.md"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- results: written by make update -->\n", "<!-- end of results -->\n"
	head, rest, ok := strings.Cut(string(data), begin)
	documented, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s lacks %q or %q", path, begin, end)
	}
	want := resultList()
	if *update {
		if err := os.WriteFile(path, []byte(head+begin+want+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(documented, want); diff != "" {
		t.Errorf("%s is not what results are: run make update (-documented +real):\n%s", path, diff)
	}
}

// The overview of the verbs speaks of no key that a verb's result does not have.
func TestVerbTable(t *testing.T) {
	data, err := os.ReadFile("../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	word := regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)
	seen := 0
	_, steps, _ := strings.Cut(string(data), "## Steps\n")
	for line := range strings.Lines(steps) {
		cells := strings.Split(strings.TrimSpace(strings.ReplaceAll(line, `\|`, "\x00")), "|")
		if len(cells) != 5 {
			continue
		}
		make, isVerb := verbs[strings.Trim(cells[1], " `")]
		if !isVerb {
			continue
		}
		known := word.FindAllString(resultOf(make()).String(), -1)
		switch make().(type) {
		case *observe, *admin: // they depend on what is observed and done
			continue
		case *fault:
			known = word.FindAllString(resultOf(&fault{At: "entra.signIn"}).String()+resultOf(&fault{At: "scim"}).String(), -1)
		}
		seen++
		for _, code := range regexp.MustCompile("`{[^`]*`").FindAllString(cells[3], -1) {
			code = regexp.MustCompile(`\([^)]*\)`).ReplaceAllString(code, "")
			for _, name := range word.FindAllString(code, -1) {
				if !slices.Contains(known, name) {
					t.Errorf("the row of %s speaks of %q, which its result never has; it has %s", cells[1], name, known)
				}
			}
		}
	}
	if seen < 8 {
		t.Errorf("%d verbs have rows", seen)
	}
}

// resultList is the part of docs/scenarios.md that names every key of every
// result.
func resultList() string {
	var order []string
	of := make(map[string][]string)
	add := func(what string, s matching.Shape) {
		form, name := s.String(), "`"+what+"`"
		if elem, ok := s.Elem(); ok && s.IsList() && of[elem.String()] != nil {
			form, name = elem.String(), name+" (a list)"
		}
		if of[form] == nil {
			order = append(order, form)
		}
		of[form] = append(of[form], name)
	}
	for _, verb := range slices.Sorted(maps.Keys(verbs)) {
		switch a := verbs[verb]().(type) {
		case *admin:
			for _, name := range slices.Sorted(maps.Keys(a.side)) {
				add(verb+" "+name, resultOf(&admin{side: a.side, name: name, action: a.side[name]()}))
			}
		case *observe:
			for _, name := range slices.Sorted(maps.Keys(observations)) {
				add(verb+" "+name, observations[name].shape)
			}
		case *fault:
			add("fault at entra.signIn", resultOf(&fault{At: "entra.signIn"}))
			add("fault at scim", resultOf(&fault{At: "scim"}))
		default:
			add(verb, resultOf(a))
		}
	}
	add("entra …` and `identityCenter …` when refused", shape[refusedAction]())
	var b strings.Builder
	for _, form := range order {
		fmt.Fprintf(&b, "- %s: `%s`\n", strings.Join(of[form], ", "), form)
	}
	return b.String()
}
