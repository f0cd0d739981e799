package scenarios

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// environment looks variables up in a map.
func environment(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { value, set := values[name]; return value, set }
}

// What is given from outside outranks the row, and the row the file.
func TestPrecedenceOfVariables(t *testing.T) {
	const text = `name: n
vars: {a: file, b: file, c: file, d: file, made: "${a} ${b} ${c} ${d}"}
matrix: [{b: row, c: row, d: row}]
entra: {users: [{userPrincipalName: ana@contoso.example, displayName: "${made}"}]}
steps:
- {observe: entra.users, expect: [{displayName: "file row env var"}]}
- {observe: entra.groups, save: {d: $}}
- {observe: entra.groups, expect: "${d}"}
`
	o := Options{Vars: map[string]any{"d": "var"}, Env: environment(map[string]string{"HARNESS_VAR_c": "env", "HARNESS_VAR_d": "env", "HARNESS_VAR_other": "x", "c": "x"})}
	r := Run(t.Context(), loadText(t, text, o), o)
	if r.Status != Passed {
		t.Error(whatFailed(r))
	}
}

// Text from outside is read as what the file has.
func TestVariablesFromOutsideHaveTheTypeOfTheFile(t *testing.T) {
	const text = `name: n
vars: {enabled: true, most: 3, who: [ana], account: "1"}
entra: {users: [{userPrincipalName: ana@contoso.example, displayName: "${account}", accountEnabled: "${enabled}"}]}
steps:
- {observe: entra.users, expect: {$len: {$le: "${most}"}}}
- {observe: entra.users, expect: [{accountEnabled: false, displayName: "111122223333"}]}
- {observe: entra.users, expect: [{displayName: {$not: "${who[1]}"}}]}
`
	given := map[string]any{"enabled": "false", "most": "1", "who": "[ana, ben]", "account": "111122223333"}
	if r := Run(t.Context(), loadText(t, text, Options{Vars: given}), Options{}); r.Status != Passed {
		t.Error(whatFailed(r))
	}
	env := make(map[string]string)
	for name, value := range given {
		env[envPrefix+name] = value.(string)
	}
	if r := Run(t.Context(), loadText(t, text, Options{Env: environment(env)}), Options{}); r.Status != Passed {
		t.Error(whatFailed(r))
	}
	_, err := Load("s.yaml", []byte(text), Options{Vars: map[string]any{"enabled": "perhaps", "most": "many", "who": "ana", "account": "[x"}})
	want := []string{
		`s.yaml:2: the variable "enabled" is true or false, and what is given for it does not read as that`,
		`s.yaml:2: the variable "most" is a number, and what is given for it does not read as that`,
		`s.yaml:2: the variable "who" is a list, and what is given for it does not read as that`,
	}
	if diff := cmp.Diff(want, messages(t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A variable without a value must be given.
func TestVariablesThatMustBeGiven(t *testing.T) {
	const text = "name: n\nvars: {url: null}\nsteps:\n- {observe: entra.users, expect: {$not: [{displayName: \"${url}\"}]}}\n"
	_, err := Load("s.yaml", []byte(text), Options{Env: environment(nil)})
	if err == nil {
		t.Fatal("it is accepted")
	}
	const want = `the variable "url" has no value
  --> s.yaml:2:8
   |
 2 | vars: {url: null}
   |        ^
hint: give it one: --var url=…, --vars, the environment variable HARNESS_VAR_url, or here
`
	if diff := cmp.Diff(want, err.(interface{ Detail() string }).Detail()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, o := range []Options{{Vars: map[string]any{"url": "x"}}, {Env: environment(map[string]string{"HARNESS_VAR_url": "x"})}} {
		if r := Run(t.Context(), loadText(t, text, o), o); r.Status != Passed {
			t.Error(whatFailed(r))
		}
	}
}

// What a variable gets from the environment is as secret as ${env:NAME}.
func TestVariablesFromTheEnvironmentAreMasked(t *testing.T) {
	o := Options{Env: environment(map[string]string{"HARNESS_VAR_x": "from-outside"})}
	s := loadText(t, "name: n\nvars: {x: y}\nentra: {users: [{userPrincipalName: ana@contoso.example, displayName: \"${x}\"}]}\nsteps:\n- {observe: entra.users, expect: []}\n", o)
	r := Run(t.Context(), s, o)
	if text := whatFailed(r); r.Status != Failed || strings.Contains(text, "from-outside") || !strings.Contains(text, "***") {
		t.Errorf("%s: %s", r.Status, text)
	}
}

// What a step will save is not what the file says before.
func TestSavedVariablesAreNotCheckedWithTheirOldValue(t *testing.T) {
	s := loadText(t, `name: n
vars: {who: nobody@contoso.example}
entra: {users: [{userPrincipalName: ana@contoso.example, displayName: Ana}]}
steps:
- {observe: entra.users, expect: [{userPrincipalName: {$not: "${who}"}}], save: {who: "$[0].userPrincipalName"}}
- entra: {disableUser: "${who}"}
`, Options{})
	if r := Run(t.Context(), s, Options{}); r.Status != Passed || !slices.Equal(statuses(r), []string{"observe: passed", "entra disableUser: passed"}) {
		t.Errorf("%s: %q\n%s", r.Status, statuses(r), whatFailed(r))
	}
}
