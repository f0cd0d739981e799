package scimmock_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	why "github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/scimmock"
)

// alone sends a request on a connection of its own; the error is the client's.
func (e *endpoint) alone(method, path, body string) (*http.Response, []byte, error) {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), method, e.scim.URL()+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+e.scim.Token())
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, text, err
}

const anaBody = `{"userName":"ana@contoso.example","displayName":"Ana Sousa","name":{"givenName":"Ana","familyName":"Sousa"}}`

func (e *endpoint) fail(f scimmock.Fault) {
	e.t.Helper()
	if err := e.scim.Fail(f); err != nil {
		e.t.Fatal(err)
	}
}

// A fault refuses the n-th request that it matches, and the requests before and
// after it go through.
func TestFaultMeetsTheNthRequest(t *testing.T) {
	e := run(t)
	e.fail(scimmock.Fault{Operation: "ListUsers", After: 2, Times: 2, Status: 503, RetryAfter: 7 * time.Second})
	var statuses []int
	for range 6 {
		resp, body, err := e.alone("GET", "/Users", "")
		if err != nil {
			t.Fatal(err)
		}
		statuses = append(statuses, resp.StatusCode)
		if resp.StatusCode == 503 {
			var answer struct{ Detail, Status string }
			if err := json.Unmarshal(body, &answer); err != nil || answer.Status != "503" || answer.Detail != "Service Unavailable" || resp.Header.Get("Retry-After") != "7" {
				t.Errorf("%v: %s, Retry-After %q", err, body, resp.Header.Get("Retry-After"))
			}
		}
		if resp, _, err := e.alone("GET", "/Groups", ""); err != nil || resp.StatusCode != 200 {
			t.Errorf("another operation: %v, %v", resp, err)
		}
	}
	if diff := cmp.Diff([]int{200, 200, 503, 503, 200, 200}, statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if got := e.scim.Faults(); len(got) != 1 || got[0].Passed != 2 || got[0].Met != 2 {
		t.Errorf("faults %+v", got)
	}
	found := 0
	for _, exchange := range e.scim.Exchanges() {
		for _, note := range exchange.Notes {
			if note == "a fault that was armed meets this request: status 503" {
				found++
			}
		}
	}
	if found != 2 {
		t.Errorf("%d notes in the trace, want 2", found)
	}
}

func TestFaultsMatch(t *testing.T) {
	body := "nobody home"
	for name, test := range map[string]struct {
		fault scimmock.Fault
		met   []string
	}{
		"operation":             {scimmock.Fault{Operation: "CreateUser"}, []string{"POST /Users ana", "POST /Users bob"}},
		"method":                {scimmock.Fault{Method: "get"}, []string{"GET /Users", "GET /Groups", "GET /Users?filter=userName+eq+%22ana%40contoso.example%22"}},
		"path":                  {scimmock.Fault{Path: "/Groups"}, []string{"GET /Groups", "POST /Groups ana"}},
		"text of body":          {scimmock.Fault{Contains: "bob@contoso.example"}, []string{"POST /Users bob"}},
		"text of body or query": {scimmock.Fault{Contains: "ana@contoso.example"}, []string{"POST /Users ana", "POST /Groups ana", "GET /Users?filter=userName+eq+%22ana%40contoso.example%22"}},
		"all of them":           {scimmock.Fault{Operation: "CreateUser", Method: "POST", Path: "/Users", Contains: "ana@"}, []string{"POST /Users ana"}},
		"whatever":              {scimmock.Fault{}, []string{"POST /Users ana", "POST /Users bob", "GET /Users", "GET /Groups", "POST /Groups ana", "GET /Users?filter=userName+eq+%22ana%40contoso.example%22"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := runQuiet(t, scimmock.AWS())
			test.fault.Status, test.fault.Body, test.fault.Times = 418, &body, -1
			e.fail(test.fault)
			var met []string
			for _, request := range []string{"POST /Users ana", "POST /Users bob", "GET /Users", "GET /Groups", "POST /Groups ana", "GET /Users?filter=userName+eq+%22ana%40contoso.example%22"} {
				parts := strings.Fields(request)
				sent := ""
				if len(parts) > 2 {
					sent = strings.ReplaceAll(anaBody, "ana@", parts[2]+"@")
				}
				resp, got, err := e.alone(parts[0], parts[1], sent)
				if err != nil {
					t.Fatal(err)
				}
				if resp.StatusCode == 418 {
					met = append(met, request)
					if string(got) != body {
						t.Errorf("%s: body %q", request, got)
					}
				}
			}
			// The order of the requests, not that of the table.
			if diff := cmp.Diff(len(test.met), len(met)); diff != "" {
				t.Errorf("met %q, want %q", met, test.met)
			}
			for _, want := range test.met {
				if !strings.Contains(strings.Join(met, "\n"), want) {
					t.Errorf("did not meet %s", want)
				}
			}
		})
	}
}

// A connection that breaks before the request leaves no effect, and one that
// breaks after it does; so does an answer that ends in the middle. A client
// cannot tell the two apart: it must find out.
func TestBrokenConnections(t *testing.T) {
	for name, test := range map[string]struct {
		fault  scimmock.Fault
		exists bool
	}{
		"before":         {scimmock.Fault{Drop: scimmock.DropBefore}, false},
		"after":          {scimmock.Fault{Drop: scimmock.DropAfter}, true},
		"half an answer": {scimmock.Fault{HalfBody: true}, true},
		"refused":        {scimmock.Fault{Status: 500}, false},
	} {
		t.Run(name, func(t *testing.T) {
			e := run(t)
			test.fault.Operation = "CreateUser"
			e.fail(test.fault)
			resp, body, err := e.alone("POST", "/Users", anaBody)
			if test.fault.Status == 500 {
				if err != nil || resp.StatusCode != 500 {
					t.Errorf("%v, %v", resp, err)
				}
			} else if err == nil {
				t.Errorf("an answer came: %d %s", resp.StatusCode, body)
			}
			if name == "half an answer" {
				if resp == nil || resp.StatusCode != 201 || !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.HasPrefix(body, []byte(`{"id":"`)) || bytes.HasSuffix(body, []byte("}")) {
					t.Errorf("%v: %v %q", err, resp, body)
				}
			}
			if _, exists := e.store.UserByName("ana@contoso.example"); exists != test.exists {
				t.Errorf("the user exists: %v, want %v", exists, test.exists)
			}
			// The next one goes through.
			want := 201
			if test.exists {
				want = 409
			}
			if resp, _, err := e.alone("POST", "/Users", anaBody); err != nil || resp.StatusCode != want {
				t.Errorf("the next request: %v, %v; want %d", resp, err, want)
			}
		})
	}
}

// Latency holds back the answer and ends with the client's patience.
func TestLatency(t *testing.T) {
	e := run(t)
	e.fail(scimmock.Fault{Latency: 50 * time.Millisecond, Times: 1})
	began := time.Now()
	if resp, _, err := e.alone("GET", "/Users", ""); err != nil || resp.StatusCode != 200 || time.Since(began) < 50*time.Millisecond {
		t.Errorf("after %s: %v, %v", time.Since(began), resp, err)
	}
	e.fail(scimmock.Fault{Latency: time.Minute, Operation: "CreateUser"})
	req, err := http.NewRequestWithContext(t.Context(), "POST", e.scim.URL()+"/Users", strings.NewReader(anaBody))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+e.scim.Token())
	client := &http.Client{Timeout: 20 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}}
	if _, err := client.Do(req); err == nil {
		t.Error("an answer came before its time")
	}
}

func TestFaultsAreCheckedAndCleared(t *testing.T) {
	e := run(t)
	body := ""
	for _, test := range []struct {
		fault scimmock.Fault
		where string
	}{
		{scimmock.Fault{}, "fault"},
		{scimmock.Fault{Status: 500, HalfBody: true}, "fault"},
		{scimmock.Fault{Status: 99}, "status"},
		{scimmock.Fault{Status: 600}, "status"},
		{scimmock.Fault{Operation: "PutGroup", Status: 500}, "operation"},
		{scimmock.Fault{Drop: "during"}, "drop"},
		{scimmock.Fault{HalfBody: true, Body: &body}, "status"},
		{scimmock.Fault{Drop: scimmock.DropAfter, RetryAfter: time.Second}, "status"},
		{scimmock.Fault{Status: 429, RetryAfter: 1500 * time.Millisecond}, "retryAfter"},
		{scimmock.Fault{Latency: 61 * time.Second}, "latency"},
		{scimmock.Fault{Latency: -1}, "latency"},
		{scimmock.Fault{Status: 500, After: -1}, "after"},
	} {
		err := e.scim.Fail(test.fault)
		if r, ok := why.From(err); !ok || r.Where != test.where || r.Expected == "" {
			t.Errorf("%+v: %v, want a refusal at %s", test.fault, err, test.where)
		}
	}
	if n := len(e.scim.Faults()); n != 0 {
		t.Errorf("%d faults after refusals", n)
	}
	e.fail(scimmock.Fault{Status: 500, Times: -1})
	for range 3 {
		if resp, _, err := e.alone("GET", "/Users", ""); err != nil || resp.StatusCode != 500 {
			t.Errorf("%v, %v", resp, err)
		}
	}
	if ended := e.scim.ClearFaults(); len(ended) != 1 || ended[0].Met != 3 {
		t.Errorf("cleared %+v", ended)
	}
	if resp, _, err := e.alone("GET", "/Users", ""); err != nil || resp.StatusCode != 200 {
		t.Errorf("after clearing: %v, %v", resp, err)
	}
}

// TestThrottling: user guide, "IAM Identity Center quotas": 25 writes and 40 reads
// a second for each API, and memberships for themselves.
func TestThrottling(t *testing.T) {
	profile := scimmock.AWS()
	profile.Throttle, profile.ThrottleRetryAfter = true, 1
	e := runQuiet(t, profile)
	counts := func(n int, method, path, body string) (taken int) {
		t.Helper()
		for i := range n {
			resp, text, err := e.alone(method, path, strings.ReplaceAll(body, "%d", fmt.Sprint(i, e.clock.Now().UnixNano())))
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode == 429 {
				var answer struct{ Detail, Status string }
				if err := json.Unmarshal(text, &answer); err != nil || answer.Detail != "Rate exceeded" || answer.Status != "429" || resp.Header.Get("Retry-After") != "1" {
					t.Errorf("%v: %s %q", err, text, resp.Header)
				}
				continue
			}
			taken++
		}
		return taken
	}
	if got := counts(45, "GET", "/Users", ""); got != 40 {
		t.Errorf("%d reads in a second, want 40", got)
	}
	if got := counts(45, "GET", "/Groups", ""); got != 40 {
		t.Errorf("%d reads of another operation, want 40", got)
	}
	const group = `{"displayName":"group %d"}`
	if got := counts(30, "POST", "/Groups", group); got != 25 {
		t.Errorf("%d writes in a second, want 25", got)
	}
	e.clock.Advance(200 * time.Millisecond)
	if got := counts(30, "POST", "/Groups", group); got != 5 {
		t.Errorf("%d writes after a fifth of a second, want 5", got)
	}
	e.clock.Advance(time.Hour)
	if got := counts(30, "POST", "/Groups", group); got != 25 {
		t.Errorf("%d writes after an hour, want 25", got)
	}

	// Memberships: 25 changes, however many requests they come in.
	e.clock.Advance(time.Hour)
	var members []string
	for range 20 {
		resp := e.do("POST", "/Users", strings.ReplaceAll(anaBody, "ana@", fmt.Sprintf("u%d@", len(members))))
		var made struct{ ID string }
		if err := json.Unmarshal([]byte(resp.body), &made); err != nil {
			t.Fatal(err)
		}
		members = append(members, `{"value":"`+made.ID+`"}`)
	}
	all := strings.Join(members, ",")
	resp, text, err := e.alone("POST", "/Groups", `{"displayName":"everybody","members":[`+all+`]}`)
	if err != nil || resp.StatusCode != 201 {
		t.Fatalf("%v, %v: %s", resp, err, text)
	}
	var made struct{ ID string }
	if err := json.Unmarshal(text, &made); err != nil {
		t.Fatal(err)
	}
	patch := func(list string) int {
		t.Helper()
		resp, _, err := e.alone("PATCH", "/Groups/"+made.ID, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members","value":[`+list+`]}]}`)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode
	}
	if got := patch(strings.Join(members[:6], ",")); got != 429 {
		t.Errorf("six changes more: %d, want 429", got)
	}
	if got := patch(strings.Join(members[:5], ",")); got != 204 {
		t.Errorf("five changes more: %d, want 204", got)
	}
	if n := len(e.store.Members(made.ID)); n != 15 {
		t.Errorf("%d members, want 15", n)
	}

	// By itself the endpoint does not throttle.
	free := runQuiet(t, scimmock.AWS())
	for range 60 {
		if resp, _, err := free.alone("GET", "/Users", ""); err != nil || resp.StatusCode != 200 {
			t.Fatalf("%v, %v", resp, err)
		}
	}
}

func TestFaultsAreLogged(t *testing.T) {
	var log bytes.Buffer
	scim := scimmock.Run(t, scimmock.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err := scim.Fail(scimmock.Fault{Status: 429, RetryAfter: time.Second, Contains: "ana@contoso.example"}); err != nil {
		t.Fatal(err)
	}
	e := &endpoint{t: t, scim: scim}
	if resp, _, err := e.alone("POST", "/Users", anaBody); err != nil || resp.StatusCode != 429 {
		t.Fatalf("%v, %v", resp, err)
	}
	if line := log.String(); !strings.Contains(line, `msg="scim: fault" method=POST`) || !strings.Contains(line, `fault="status 429"`) || strings.Contains(line, "ana@") {
		t.Errorf("the log says %s", line)
	}
}

// The operations of the profile can be met, also those that AWS has not.
func TestFaultsOfAProfile(t *testing.T) {
	e := runQuiet(t, scimmock.RFC())
	e.fail(scimmock.Fault{Operation: "PutGroup", Status: 503})
	resp, body, err := e.alone("PUT", "/Groups/x", `{"displayName":"finance"}`)
	var answer struct{ Detail, Status string }
	if err != nil || resp.StatusCode != 503 || json.Unmarshal(body, &answer) != nil || answer.Status != "503" || answer.Detail == "" || bytes.Contains(body, []byte("exceptionRequestId")) {
		t.Errorf("%v, %v: %s", resp, err, body)
	}
}
