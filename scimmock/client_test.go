package scimmock_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp/identitystore"
)

const (
	genericInvalid = "Request is unparsable, syntactically incorrect, or violates schema."
	badFilter      = "Invalid Filter format"
	duplicate      = "Refused to create a new, duplicate resource."
	notThere       = "Specified resource (e.g., User) or endpoint does not exist."

	enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 120_000_000, time.UTC)

// endpoint is a running endpoint and what a client knows of it.
type endpoint struct {
	t     *testing.T
	scim  *scimmock.Server
	store *identitystore.Store
	clock *clock.Clock
}

func run(t *testing.T, profile ...scimmock.Profile) *endpoint {
	t.Helper()
	c := clock.Frozen(start)
	cfg := scimmock.Config{Clock: c, IDs: ids.New(1)}
	if len(profile) > 0 {
		cfg.Profile = profile[0]
	}
	scim := scimmock.Run(t, cfg)
	return &endpoint{t, scim, scim.Store(), c}
}

// runQuiet runs an endpoint that logs nothing, for tests with many refusals.
func runQuiet(t *testing.T, profile scimmock.Profile) *endpoint {
	t.Helper()
	c := clock.Frozen(start)
	scim := scimmock.Run(t, scimmock.Config{Clock: c, IDs: ids.New(1), Profile: profile, Logger: slog.New(slog.DiscardHandler)})
	return &endpoint{t, scim, scim.Store(), c}
}

// unchanged checks that the store is as it was before a request.
func (e *endpoint) unchanged(before identitystore.Snapshot, request string) {
	e.t.Helper()
	after := e.store.Snapshot()
	if !reflect.DeepEqual(before, after) {
		e.t.Fatalf("%s changed something (-before +after):\n%s", request, cmp.Diff(before, after))
	}
}

// response is what came back.
type response struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

func (e *endpoint) do(method, path, body string, header ...string) response {
	e.t.Helper()
	return e.send(method, e.scim.URL()+path, body, header...)
}

func (e *endpoint) send(method, target, body string, header ...string) response {
	e.t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, target, r)
	if err != nil {
		e.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+e.scim.Token())
	req.Header.Set("Content-Type", "application/scim+json")
	for i := 0; i < len(header); i += 2 {
		req.Header[header[i]] = []string{header[i+1]}
		if header[i+1] == "" {
			delete(req.Header, header[i])
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // redirects show
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return response{e.t, resp.StatusCode, resp.Header, string(got)}
}

func (e *endpoint) get(path string) response { e.t.Helper(); return e.do("GET", path, "") }

// find lists with a filter.
func (e *endpoint) find(resource, filter string) response {
	e.t.Helper()
	return e.get("/" + resource + "?filter=" + url.QueryEscape(filter))
}

func (e *endpoint) patch(path, operations string) response {
	e.t.Helper()
	return e.do("PATCH", path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`+operations+`]}`)
}

// want checks the status.
func (r response) want(status int) response {
	r.t.Helper()
	if r.status != status {
		r.t.Errorf("status %d, want %d; body %s", r.status, status, r.body)
	}
	return r
}

// refused checks status and text of an error, and that the body is one.
func (r response) refused(status int, detail string) {
	r.t.Helper()
	r.want(status)
	var e struct {
		Schema, Schemas []string
		Detail, Status  string
	}
	if err := json.Unmarshal([]byte(r.body), &e); err != nil {
		r.t.Errorf("error body %q: %v", r.body, err)
		return
	}
	urn := []string{"urn:ietf:params:scim:api:messages:2.0:Error"}
	if !cmp.Equal(e.Schema, urn) || !cmp.Equal(e.Schemas, urn) || e.Status != fmt.Sprint(status) || e.Detail != detail {
		r.t.Errorf("error body %s\nwant status %d, detail %q", r.body, status, detail)
	}
}

// json decodes the body, or one value of it by keys.
func (r response) json(keys ...any) any {
	r.t.Helper()
	var v any
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		r.t.Fatalf("body %q: %v", r.body, err)
	}
	for _, key := range keys {
		switch k := key.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[k]
		case int:
			l, _ := v.([]any)
			if k >= len(l) {
				return nil
			}
			v = l[k]
		}
	}
	return v
}

func (r response) id() string { r.t.Helper(); id, _ := r.json("id").(string); return id }

// names lists one attribute of the resources of a listing.
func (r response) names(attribute string) []string {
	r.t.Helper()
	names := []string{}
	list, _ := r.want(200).json("Resources").([]any)
	for _, one := range list {
		m, _ := one.(map[string]any)
		names = append(names, fmt.Sprint(m[attribute]))
	}
	return names
}

// same checks that a value, as JSON, is the wanted one.
func same(t *testing.T, what string, got any, want string) {
	t.Helper()
	var w any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("%s: %v", want, err)
	}
	if diff := cmp.Diff(w, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// ana is a complete user; each change is a pair of a text and its replacement.
func ana(changes ...string) string {
	body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],` +
		`"externalId":"a-1","userName":"ana@contoso.example","name":{"familyName":"Sousa","givenName":"Ana"},"displayName":"Ana Sousa","active":true,` +
		`"emails":[{"value":"ana@contoso.example","type":"work","primary":true}]}`
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(body, changes[i]) {
			panic("test: no " + changes[i])
		}
		body = strings.Replace(body, changes[i], changes[i+1], 1)
	}
	return body
}

// with adds members to a JSON object.
func with(body, members string) string { return strings.TrimSuffix(body, "}") + "," + members + "}" }

func (e *endpoint) user(body string) string {
	e.t.Helper()
	return e.do("POST", "/Users", body).want(201).id()
}

func (e *endpoint) person(name string) string {
	e.t.Helper()
	return e.user(fmt.Sprintf(`{"userName":%q,"displayName":%q,"name":{"familyName":"F","givenName":"G"},"active":true}`, name, name))
}

func (e *endpoint) group(name string, members ...string) string {
	e.t.Helper()
	return e.do("POST", "/Groups", fmt.Sprintf(`{"displayName":%q,"members":%s}`, name, refs(members...))).want(201).id()
}

func refs(ids ...string) string {
	list := []map[string]string{}
	for _, id := range ids {
		list = append(list, map[string]string{"value": id})
	}
	var b bytes.Buffer
	json.NewEncoder(&b).Encode(list)
	return strings.TrimSpace(b.String())
}

func (e *endpoint) members(group string) []string {
	names := []string{}
	for _, id := range e.store.Members(group) {
		u, _ := e.store.User(id)
		names = append(names, u.UserName)
	}
	return names
}
