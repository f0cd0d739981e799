package scenarios

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The paths of save reach elements from the end and by what they are, and a
// regular expression finds what stands in a text. All is there in finally.
func TestSave(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/form" {
			fmt.Fprint(w, `<form><input name="csrf" value="x7-42"/></form>`)
			return
		}
		fmt.Fprintf(w, `{"asked": %q}`, r.URL.RawQuery)
	}))
	defer server.Close()
	s := loadText(t, `name: n
entra:
  users:
  - {userPrincipalName: ana@contoso.example, displayName: Ana}
  - {userPrincipalName: ben@contoso.example, displayName: Ben}
steps:
- observe: entra.users
  expect: [{displayName: Ana}, {displayName: Ben}]
  save: {ben: "$[?@.displayName == 'Ben']", last: "$[-1].userPrincipalName", names: "$[*].displayName", all: $}
- http: {url: "${url}/form"}
  save: {token: {path: $.body, matches: 'name="csrf" value="([^"]+)"'}, whole: {path: $.body, matches: 'x7-\d+'}, kind: '$.headers["content-type"]'}
- entra: {deleteUser: "${ben.userPrincipalName}"}
- observe: entra.users
  expect: [{displayName: "${names[0]}"}]
finally:
- http: {url: "${url}/?${token}-${whole}-${last}"}
  expect: {body: {asked: "x7-42-x7-42-ben@contoso.example"}}
- observe: entra.users
  expect: {$not: "${all}"}
`, Options{Vars: map[string]any{"url": server.URL}})
	if r := Run(t.Context(), s, Options{}); r.Status != Passed {
		t.Error(whatFailed(r))
	}
}

// What is not there to be saved is an error at its path, unless the step did not
// pass anyway.
func TestSaveOfWhatIsNotThere(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"id": 7}`) }))
	defer server.Close()
	const text = `name: n
steps:
- http: {url: "${url}"}
  expect: {status: %d}
  save:
    ident: $.body.idd
    id: $.body.id
    found: {path: $.body.id, matches: x}
    page: {path: "$.headers.content-length", matches: "[a-z]+"}
finally:
- http: {url: "${url}?${id}"}
  expect: {body: {id: "${id}"}}
`
	r := Run(t.Context(), loadText(t, fmt.Sprintf(text, 200), Options{Vars: map[string]any{"url": server.URL}}), Options{})
	const want = `save found: $.body.id is no text that x could match
  --> s.yaml:8:19
   |
 8 |     found: {path: $.body.id, matches: x}
   |                   ^

save ident: $.body has no "idd"; did you mean id?
  --> s.yaml:6:12
   |
 6 |     ident: $.body.idd
   |            ^

save page: nothing at $.headers.content-length matches [a-z]+
  --> s.yaml:9:18
   |
 9 |     page: {path: "$.headers.content-length", matches: "[a-z]+"}
   |                  ^
`
	if diff := cmp.Diff(want, whatFailed(r)); diff != "" || r.Status != Errored {
		t.Errorf("%s (-want +got):\n%s", r.Status, diff)
	}
	if r.Steps[1].Status != Passed {
		t.Errorf("what could be saved is not there in finally: %s", r.Steps[1].Error)
	}
	r = Run(t.Context(), loadText(t, fmt.Sprintf(text, 201), Options{Vars: map[string]any{"url": server.URL}}), Options{})
	if r.Status != Failed || r.Steps[0].Error != "" {
		t.Errorf("a step that failed is %s: %s", r.Status, r.Steps[0].Error)
	}
}
