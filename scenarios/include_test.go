package scenarios

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/strictyaml"
)

// inFolder writes files into a new folder, and reads the scenario s.yaml there.
func inFolder(t *testing.T, files map[string]string, o Options) (*Scenario, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return LoadFile(filepath.Join(dir, "s.yaml"), o)
}

// messages are those of mistakes, with the names of files alone.
func messages(t *testing.T, err error) []string {
	t.Helper()
	var errs strictyaml.Errors
	if !errors.As(err, &errs) {
		t.Fatalf("no mistakes but %v", err)
	}
	var out []string
	for _, e := range errs {
		out = append(out, fmt.Sprintf("%s:%d: %s", filepath.Base(e.Pos.File), e.Pos.Line, e.Message))
	}
	return out
}

// The steps of an included file take the place of the include, with their own
// places in reports, and see only what they are given.
func TestInclude(t *testing.T) {
	s, err := inFolder(t, map[string]string{
		"s.yaml": `name: n
steps:
- observe: entra.users
  expect: []
  save: {none: $}
- include: {file: shared/_create.yaml, vars: {user: ana, before: "${none}"}}
- observe: entra.users
  expect: [{displayName: ana, id: "${made.id}"}]
- include: {file: shared/_create.yaml, vars: {user: ben, before: "${users}", department: Sales}}
- observe: entra.users
  expect: {$contains: [{displayName: ben, department: Sales, id: "${made.id}"}]}
`,
		"shared/_create.yaml": `name: Somebody is created
vars: {user: null, before: null, department: Platform, upn: "${user}@contoso.example"}
steps:
- observe: entra.users
  expect: "${before}"
- entra: {createUser: {userPrincipalName: "${upn}", displayName: "${user}", department: "${department}"}}
  expect: {userPrincipalName: "${upn}"}
  save: {made: $}
- include: {file: _look.yaml, vars: {who: "${made.displayName}"}}
`,
		"shared/_look.yaml": `vars: {who: null}
steps:
- name: There is ${who}
  observe: entra.users
  expect: {$contains: [{displayName: "${who}", department: {$any: true}}]}
  save: {users: $}
`,
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := Run(t.Context(), s, Options{})
	if r.Status != Passed {
		t.Fatal(whatFailed(r))
	}
	var got []string
	for _, step := range r.Steps {
		places := []string{fmt.Sprintf("%s:%d", filepath.Base(step.Place.File), step.Place.Line)}
		for _, at := range step.IncludedAt {
			places = append(places, filepath.Base(at))
		}
		got = append(got, fmt.Sprint(step.Number, " ", step.Verb, " ", strings.Join(places, " from ")))
	}
	want := []string{
		"1 observe s.yaml:3",
		"2 observe _create.yaml:4 from s.yaml:6:3",
		"3 entra _create.yaml:6 from s.yaml:6:3",
		"4 observe _look.yaml:3 from s.yaml:6:3 from _create.yaml:9:3",
		"5 observe s.yaml:7",
		"6 observe _create.yaml:4 from s.yaml:9:3",
		"7 entra _create.yaml:6 from s.yaml:9:3",
		"8 observe _look.yaml:3 from s.yaml:9:3 from _create.yaml:9:3",
		"9 observe s.yaml:10",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	var files []string
	for _, path := range s.Files() {
		files = append(files, filepath.Base(path))
	}
	if diff := cmp.Diff([]string{"s.yaml", "_create.yaml", "_look.yaml"}, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if account := r.Steps[3].Account; len(account) == 0 || !strings.HasPrefix(account[0], "included at ") || !strings.Contains(account[0], "s.yaml:6:3, from there at ") {
		t.Errorf("account: %q", account)
	}
}

// The variables of the scenario are not those of an included file, which could
// not be read by itself otherwise.
func TestIncludedFilesSeeTheirOwnVariables(t *testing.T) {
	_, err := inFolder(t, map[string]string{
		"s.yaml":  "name: n\nvars: {user: ana}\nsteps:\n- include: _a.yaml\n- include: _b.yaml\n",
		"_a.yaml": "steps:\n- observe: entra.users\n  expect: [{displayName: \"${user}\"}]\n",
		"_b.yaml": "vars: {usr: x}\nsteps:\n- observe: entra.users\n  expect: [{displayName: \"${user}\", mail: \"${mail}\"}]\n",
	}, Options{Vars: map[string]any{"mail": "x"}})
	want := []string{
		`_a.yaml:3: unknown variable "user": the included file has no vars`,
		`_b.yaml:4: unknown variable "user"; did you mean "usr"?`,
		`_b.yaml:4: unknown variable "mail"; the included file has usr`,
	}
	if diff := cmp.Diff(want, messages(t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An include in finally sees what was saved, and one whose variables have no
// value fails without keeping the others from running.
func TestIncludeInFinally(t *testing.T) {
	s, err := inFolder(t, map[string]string{
		"s.yaml": `name: n
entra: {users: [{userPrincipalName: ana@contoso.example, displayName: Ana}]}
steps:
- observe: entra.users
  expect: [{displayName: Ben}]
- observe: entra.groups
  save: {groups: $}
finally:
- include: {file: _a.yaml, vars: {want: "${groups}"}}
- include: {file: _a.yaml, vars: {want: [{displayName: Ana}]}}
`,
		"_a.yaml": "vars: {want: null}\nsteps:\n- {observe: entra.users, expect: \"${want}\"}\n",
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := Run(t.Context(), s, Options{})
	if diff := cmp.Diff([]string{"observe: failed", "observe: skipped", "observe: error", "observe: passed"}, statuses(r)); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, whatFailed(r))
	}
	if got := r.Steps[2].Error; !strings.Contains(got, `unknown variable "groups"`) || !strings.Contains(got, "s.yaml:9:") {
		t.Errorf("the step without a value says %s", got)
	}
}

// What is given to an included file under a name that says so is secret.
func TestSecretsOfIncludesAreMasked(t *testing.T) {
	s, err := inFolder(t, map[string]string{
		"s.yaml":  "name: n\nsteps:\n- include: {file: _a.yaml, vars: {password: s3cret-enough}}\n",
		"_a.yaml": "vars: {password: null}\nsteps:\n- entra: {createUser: {userPrincipalName: ana@contoso.example, displayName: \"${password}\"}}\n  expect: {displayName: x}\n",
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := Run(t.Context(), s, Options{})
	if text := whatFailed(r) + fmt.Sprint(r.Steps); r.Status != Failed || strings.Contains(text, "s3cret-enough") || !strings.Contains(text, "***") {
		t.Errorf("%s: %s", r.Status, text)
	}
}

// Files that include each other without end are refused, and so is what would
// unfold to a scenario that nobody could run.
func TestIncludeIsBounded(t *testing.T) {
	deep := map[string]string{"s.yaml": "name: n\nsteps:\n- include: _0.yaml\n- {observe: entra.users, expect: []}\n"}
	for i := range maxIncludes + 1 {
		deep[fmt.Sprintf("_%d.yaml", i)] = fmt.Sprintf("steps:\n- include: _%d.yaml\n", i+1)
	}
	_, err := inFolder(t, deep, Options{})
	if diff := cmp.Diff([]string{"_19.yaml:2: more than 20 files include each other"}, messages(t, err)); diff != "" {
		t.Errorf("deep (-want +got):\n%s", diff)
	}
	wide := map[string]string{
		"s.yaml":   "name: n\nsteps:\n- include: _0.yaml\n- {observe: entra.users, expect: []}\n",
		"_15.yaml": "steps:\n- {observe: entra.users, expect: []}\n",
	}
	for i := range 15 {
		wide[fmt.Sprintf("_%d.yaml", i)] = strings.Replace("steps:\n- include: N\n- include: N\n", "N", fmt.Sprintf("_%d.yaml", i+1), 2)
	}
	_, err = inFolder(t, wide, Options{})
	if got := messages(t, err); len(got) != 1 || !strings.HasSuffix(got[0], ": the scenario has more than 10000 steps with those of included files") {
		t.Errorf("wide: %q", got)
	}
}

// What includes are for is not run by itself when a folder is.
func TestFindLeavesOutWhatIsThereToBeIncluded(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.yaml", "_b.yaml", ".c.yaml"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("name: n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Find(dir)
	if diff := cmp.Diff([]string{filepath.Join(dir, "a.yaml")}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// Tags beside an include are those of all its steps.
func TestTagsOfAnInclude(t *testing.T) {
	s, err := inFolder(t, map[string]string{
		"s.yaml":  "name: n\nsteps:\n- {include: _a.yaml, tags: [slow]}\n- {observe: entra.users, expect: []}\n",
		"_a.yaml": "steps:\n- {observe: entra.groups, expect: []}\n- {observe: entra.groups, expect: [], tags: [other]}\n",
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for expression, want := range map[string][]string{
		"slow":  {"observe: passed", "observe: passed", "observe: passed"},
		"!slow": {"observe: skipped", "observe: skipped", "observe: passed"},
	} {
		tags, err := ParseTags(expression)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, statuses(Run(t.Context(), s, Options{Tags: tags}))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", expression, diff)
		}
	}
}
