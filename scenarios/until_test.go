package scenarios

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// load reads a scenario from text, indented by tabs in the source or not.
func loadText(t *testing.T, text string, o Options) *Scenario {
	t.Helper()
	s, err := Load("s.yaml", []byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// statuses are those of a report's steps, with their titles.
func statuses(r Report) []string {
	var out []string
	for _, s := range r.Steps {
		out = append(out, s.Title+": "+s.Status.String())
	}
	return out
}

// whatFailed is all that a report says of what went wrong.
func whatFailed(r Report) string {
	text := r.Error
	for _, s := range r.Steps {
		text += strings.Join(s.Failures, "") + s.Error
	}
	return text
}

const connected = `name: n
clock: 2026-01-05T09:00:00Z
entra:
  users: [{userPrincipalName: ana@contoso.example, displayName: Ana, givenName: Ana, surname: Sousa, mail: ana@contoso.example}]
  app: {template: aws-iam-identity-center, assignments: [{user: ana@contoso.example}]}
steps:
- connectProvisioning: {}
- provision: {}
- entra: {disableUser: ana@contoso.example}
`

// Between two tries the virtual clock moves, and what falls due runs: nobody
// waits forty minutes for a cycle.
func TestUntilMovesTheVirtualClock(t *testing.T) {
	s := loadText(t, connected+`
- observe: identityCenter.users
  until: [{active: false}]
  within: 1h
  every: 10m
  expect: [{userName: ana@contoso.example}]
`, Options{})
	r := Run(t.Context(), s, Options{})
	if r.Status != Passed {
		t.Fatal(whatFailed(r))
	}
	step := r.Steps[3]
	if step.Tries != 5 || step.Expectations != 2 || step.Account[len(step.Account)-1] != "until: it held at try 5, after 40m" {
		t.Errorf("%d tries, %d expectations, %q", step.Tries, step.Expectations, step.Account)
	}
}

// advance moves the clock itself.
func TestUntilWithAdvance(t *testing.T) {
	s := loadText(t, connected+`
- advance: 25m
  until: {cycles: 1}
  within: 2h
`, Options{})
	r := Run(t.Context(), s, Options{})
	if step := r.Steps[3]; r.Status != Passed || step.Tries != 2 || step.Account[len(step.Account)-1] != "until: it held at try 2, after 50m" {
		t.Errorf("%s%d tries, %q", whatFailed(r), step.Tries, step.Account)
	}
}

// What never holds fails with the last result, and expect is not judged.
func TestUntilTimesOut(t *testing.T) {
	s := loadText(t, connected+`
- observe: identityCenter.users
  until: [{active: false}]
  within: 30m
  every: 10m
  expect: [{userName: eva@contoso.example}]
- observe: identityCenter.users
`, Options{})
	r := Run(t.Context(), s, Options{})
	const want = `observe: until did not hold within 30m; it was tried 4 times, and the last result differs as follows
  --> s.yaml:12:10
   |
12 |   until: [{active: false}]
   |          ^
$[0].active: the value differs
  --> s.yaml:12:20
   |
12 |   until: [{active: false}]
   |                    ^
   expected: false
   received: true
`
	if diff := cmp.Diff(want, whatFailed(r)); diff != "" || r.Status != Failed {
		t.Errorf("%s (-want +got):\n%s", r.Status, diff)
	}
	if got := r.Steps[3]; got.Tries != 4 || got.Status != Failed || len(got.Details) != 2 || got.Details[0].Kind != "until" || got.Details[1].Kind != "expectation" || got.Result == nil || r.Steps[4].Status != Skipped {
		t.Errorf("%+v", got)
	}
}

// A system of its own time is waited for in real time, and it may be out of
// reach at first.
func TestUntilWaitsForOtherSystems(t *testing.T) {
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch calls.Add(1) {
		case 1:
			panic(http.ErrAbortHandler) // the connection breaks
		case 2:
			http.Error(w, "not yet", http.StatusServiceUnavailable)
		default:
			fmt.Fprint(w, `{"ready": true}`)
		}
	}))
	defer server.Close()
	s := loadText(t, `name: n
clock: 2026-01-05T09:00:00Z
steps:
- http: {url: "${url}/ready"}
  until: {status: 200}
  within: 10s
  every: 1ms
  expect: {body: {ready: true}}
  save: {ready: $.body.ready}
- entra: {createUser: {userPrincipalName: ana@contoso.example, displayName: Ana, accountEnabled: "${ready}"}}
- observe: entra.users
  expect: [{createdDateTime: "2026-01-05T09:00:00Z"}]
`, Options{Vars: map[string]any{"url": server.URL}})
	r := Run(t.Context(), s, Options{})
	if r.Status != Passed || r.Steps[0].Tries != 3 {
		t.Errorf("%s, %d tries\n%s", r.Status, r.Steps[0].Tries, whatFailed(r))
	}
}

// The error of the last try is shown where no result is.
func TestUntilShowsTheLastError(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	url := server.URL
	server.Close()
	s := loadText(t, `name: n
steps:
- http: {url: "${url}"}
  until: {status: 200}
  within: 500ms
  every: 10ms
`, Options{Vars: map[string]any{"url": url}})
	r := Run(t.Context(), s, Options{})
	if got := whatFailed(r); r.Status != Failed || !strings.Contains(got, "until did not hold within 500ms; it was tried ") || !strings.Contains(got, "and the last try ended with: ") || !strings.Contains(got, "connection refused") {
		t.Errorf("%s: %s", r.Status, got)
	}
}

// A refusal that nobody speaks of fails the step even where until holds.
func TestUntilDoesNotHideARefusal(t *testing.T) {
	text := `name: n
entra: {users: [{userPrincipalName: ana@contoso.example, displayName: Ana}], app: {template: aws-iam-identity-center}}
steps:
- exchangeMetadata: {}
- signIn: {user: ana@contoso.example}
  until: {%s}
`
	r := Run(t.Context(), loadText(t, fmt.Sprintf(text, "code: AADSTS50105"), Options{}), Options{})
	if r.Status != Failed || !strings.Contains(whatFailed(r), "did not succeed") {
		t.Errorf("%s: %s", r.Status, whatFailed(r))
	}
	r = Run(t.Context(), loadText(t, fmt.Sprintf(text, "outcome: refused"), Options{}), Options{})
	if r.Status != Passed {
		t.Errorf("%s: %s", r.Status, whatFailed(r))
	}
}

// hanging is a server that does not answer before it is closed.
func hanging(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/fast" {
			io.WriteString(w, "ok")
			return
		}
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestTimeoutOfAStep(t *testing.T) {
	s := loadText(t, `name: n
steps:
- name: It hangs
  http: {url: "${url}/slow"}
  timeout: 50ms
- observe: entra.users
  expect: []
finally:
- http: {url: "${url}/fast"}
  expect: {body: ok}
`, Options{Vars: map[string]any{"url": hanging(t)}})
	r := Run(t.Context(), s, Options{})
	const want = `It hangs (http): the step took longer than its timeout of 50ms
  --> s.yaml:5:12
   |
 5 |   timeout: 50ms
   |            ^
`
	if diff := cmp.Diff(want, whatFailed(r)); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"It hangs (http): error", "observe: skipped", "http: passed"}, statuses(r)); diff != "" || r.Status != Errored {
		t.Errorf("%s (-want +got):\n%s", r.Status, diff)
	}
}

// until ends with the step's timeout too, and then it is an error: nobody knows
// what would have come.
func TestTimeoutOfUntil(t *testing.T) {
	s := loadText(t, `name: n
steps:
- http: {url: "${url}/fast"}
  until: {body: never}
  within: 10s
  every: 1ms
  timeout: 50ms
`, Options{Vars: map[string]any{"url": hanging(t)}})
	r := Run(t.Context(), s, Options{})
	if got := whatFailed(r); r.Status != Errored || !strings.HasPrefix(got, "http: the step took longer than its timeout of 50ms\n") {
		t.Errorf("%s: %s", r.Status, got)
	}
}

func TestTimeoutOfTheScenario(t *testing.T) {
	s := loadText(t, `name: n
timeout: 50ms
steps:
- http: {url: "${url}/slow"}
- observe: entra.users
  expect: []
finally:
- http: {url: "${url}/fast"}
  expect: {body: ok}
`, Options{Vars: map[string]any{"url": hanging(t)}})
	r := Run(t.Context(), s, Options{})
	const want = `http: the scenario took longer than its timeout of 50ms
  --> s.yaml:4:3
   |
 4 | - http: {url: "${url}/slow"}
   |   ^
hint: the timeout stands at s.yaml:2:10
`
	if diff := cmp.Diff(want, whatFailed(r)); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"http: error", "observe: skipped", "http: passed"}, statuses(r)); diff != "" || r.Status != Errored {
		t.Errorf("%s (-want +got):\n%s", r.Status, diff)
	}
}

// Whoever interrupts a run still gets what finally is for.
func TestFinallyRunsAfterAnInterruption(t *testing.T) {
	s := loadText(t, `name: n
steps:
- http: {url: "${url}/slow"}
- observe: entra.users
  expect: []
finally:
- http: {url: "${url}/fast"}
  expect: {body: no}
- http: {url: "${url}/fast"}
  expect: {body: ok}
`, Options{Vars: map[string]any{"url": hanging(t)}})
	ctx, interrupt := context.WithCancel(t.Context())
	r := Run(ctx, s, Options{OnStepStart: func(_ *Scenario, step StepReport) {
		if step.Number == 1 {
			time.AfterFunc(10*time.Millisecond, interrupt)
		}
	}})
	if diff := cmp.Diff([]string{"http: error", "observe: skipped", "http: failed", "http: passed"}, statuses(r)); diff != "" || r.Status != Errored {
		t.Errorf("%s (-want +got):\n%s", r.Status, diff)
	}
	if got := r.Steps[0].Error; !strings.HasPrefix(got, "http: interrupted: context canceled\n") {
		t.Errorf("the interrupted step says %s", got)
	}
}

// A target has a time of its own, which the virtual clock cannot move.
func TestUntilWaitsForTargets(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/scim/Users" && asked.Add(1) < 4 {
			http.Error(w, "{}", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, "{}")
	}))
	defer server.Close()
	s := loadText(t, `name: n
clock: 2026-01-05T09:00:00Z
targets: {scim: {url: "${url}/scim", token: t}}
steps:
- scim: {path: /Users}
  until: {status: 200}
  within: 10s
  every: 1ms
- entra: {createUser: {userPrincipalName: ana@contoso.example, displayName: Ana}}
- observe: entra.users
  expect: [{createdDateTime: "2026-01-05T09:00:00Z"}]
`, Options{Vars: map[string]any{"url": server.URL}})
	r := Run(t.Context(), s, Options{})
	if r.Status != Passed || r.Steps[0].Tries != 4 {
		t.Errorf("%s, %d tries\n%s", r.Status, r.Steps[0].Tries, whatFailed(r))
	}
}
