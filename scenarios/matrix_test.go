package scenarios

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const matrixFile = `name: Sign-in
vars: {domain: contoso.example, upn: "${user}@${domain}", enabled: true}
matrix:
- {user: ana}
- {user: ben, enabled: false, name: somebody who left}
entra:
  users: [{userPrincipalName: "${upn}", displayName: "${user}", accountEnabled: "${enabled}"}]
steps:
- observe: entra.users
  expect: [{userPrincipalName: "${upn}", accountEnabled: "${enabled}"}]
`

// Every row is a scenario of its own; its values outrank the file's, and vars
// may be made of them.
func TestMatrix(t *testing.T) {
	loaded, err := load("m.yaml", []byte(matrixFile), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []any
	for _, s := range loaded {
		r := Run(t.Context(), s, Options{})
		if r.Status != Passed {
			t.Errorf("%s: %s", r.Name, whatFailed(r))
		}
		user := r.Steps[0].Result.([]any)[0].(map[string]any)
		got = append(got, r.Name, r.Row, user["userPrincipalName"], user["accountEnabled"])
	}
	want := []any{"Sign-in [user=ana]", "user=ana", "ana@contoso.example", true, "Sign-in [somebody who left]", "somebody who left", "ben@contoso.example", false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is given from outside outranks a row.
func TestMatrixAndVariablesFromOutside(t *testing.T) {
	o := Options{Vars: map[string]any{"user": "eva"}}
	loaded, err := load("m.yaml", []byte(matrixFile), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range loaded {
		if got := s.doc.Entra.Users[0].UserPrincipalName; got != "eva@contoso.example" {
			t.Errorf("%s: %s", s.Name, got)
		}
	}
}

// A secret that a row takes from the environment does not become its name.
func TestMatrixRowIsNamedAsWritten(t *testing.T) {
	const text = "name: n\nmatrix: [{key: '${env:KEY}'}]\nentra: {users: [{userPrincipalName: ana@contoso.example, displayName: '${key}'}]}\nsteps: [{observe: entra.users, expect: [{displayName: secret-of-the-row}]}]\n"
	s := loadText(t, text, Options{Env: func(string) (string, bool) { return "secret-of-the-row", true }})
	if r := Run(t.Context(), s, Options{}); r.Name != "n [key=${env:KEY}]" || r.Status != Passed {
		t.Errorf("%s: %s %s", r.Name, r.Status, whatFailed(r))
	}
}

// One scenario is one scenario.
func TestLoadOfAMatrix(t *testing.T) {
	const want = "read scenario m.yaml: its matrix makes 2 scenarios of it, not one"
	if _, err := Load("m.yaml", []byte(matrixFile), Options{}); err == nil || err.Error() != want {
		t.Errorf("Load: %v", err)
	}
}

// A row without a name whose value is no scalar is named by that value as JSON.
func TestMatrixRowOfAMap(t *testing.T) {
	loaded, err := load("m.yaml", []byte(`name: n
matrix: [{want: {$len: 0}}, {want: []}]
steps:
- observe: entra.users
  expect: "${want}"
`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range loaded {
		got = append(got, s.Row)
	}
	if diff := cmp.Diff([]string{`want={"$len":0}`, "want=[]"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
