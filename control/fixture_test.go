package control_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/control"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// fixture is an API over two mocks, on a loopback address.
type fixture struct {
	t      *testing.T
	url    string
	entra  *idp.Tenant
	center *sp.Instance
	scim   *scimmock.Server
	clock  *clock.Clock
	trace  *trace.Recorder
	api    *control.Server
	token  string
}

func newFixture(t *testing.T, change ...func(*control.Config)) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: clock.Frozen(start)}
	f.trace = trace.NewRecorder(f.clock)
	source := ids.New(1)
	var err error
	if f.entra, err = idp.New(idp.Config{BaseURL: "http://localhost:8400", Clock: f.clock, IDs: source, Trace: f.trace}); err != nil {
		t.Fatal(err)
	}
	if f.center, err = sp.New(sp.Config{BaseURL: "http://127.0.0.1:8500", Clock: f.clock, IDs: source, Trace: f.trace}); err != nil {
		t.Fatal(err)
	}
	if f.scim, err = scimmock.New(scimmock.Config{Store: f.center.Store(), Profile: scimmock.AWS(), Clock: f.clock, IDs: source, Trace: f.trace}); err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	close(ready)
	cfg := control.Config{Entra: f.entra, IdentityCenter: f.center, SCIM: f.scim, Clock: f.clock, Trace: f.trace, Ready: ready}
	for _, c := range change {
		c(&cfg)
	}
	f.token = cfg.Token
	if f.api, err = control.New(cfg); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(f.api.Handler())
	t.Cleanup(func() {
		f.api.Close()
		server.Close()
	})
	f.url = server.URL
	return f
}

// user adds a user to the tenant.
func (f *fixture) user(name string) directory.User {
	f.t.Helper()
	u, err := f.entra.CreateUser(directory.User{UserPrincipalName: name, GivenName: "Ana", Surname: "Sousa"})
	if err != nil {
		f.t.Fatal(err)
	}
	return u
}

// answer is what the API said.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	text   string
}

// send makes a request. A header is name and value.
func (f *fixture) send(method, path, body string, header ...string) answer {
	f.t.Helper()
	req, err := http.NewRequest(method, f.url+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if f.token != "" {
		req.Header.Set("Authorization", "Bearer "+f.token)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{f.t, resp.StatusCode, resp.Header, string(text)}
}

// want ends the test unless the status is the one that is wanted.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.text)
	}
	return a
}

// as reads the answer.
func as[T any](a answer) T {
	a.t.Helper()
	var v T
	if err := json.NewDecoder(bytes.NewReader([]byte(a.text))).Decode(&v); err != nil {
		a.t.Fatalf("%v in %s", err, a.text)
	}
	return v
}

// problem is the part of a problem document that tests look at.
type problem struct {
	Type, Title, Detail, Code, Expected, Got, Where, Fix, Hint string
	Status                                                     int
	Errors                                                     []struct {
		Detail, Hint string
		Line, Column int
	}
}

// problem reads a problem document.
func (a answer) problem(status int) problem {
	a.t.Helper()
	a.want(status)
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		a.t.Errorf("Content-Type %s", got)
	}
	p := as[problem](a)
	if p.Status != status || p.Title == "" || p.Detail == "" || !strings.HasPrefix(p.Type, "https://") {
		a.t.Errorf("not a whole problem document: %s", a.text)
	}
	return p
}
