package scimmock_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp/identitystore"
)

// TestAuthorization: developer guide, every operation: UnauthorizedException
// for a missing or invalid header and for a wrong tenant.
func TestAuthorization(t *testing.T) {
	const text = "Authorization failure. The authorization header is invalid or missing."
	e := run(t)
	other := run(t)
	otherStore := identitystore.New(identitystore.Config{IDs: ids.New(99)})
	foreign, err := otherStore.EnableProvisioning()
	if err != nil {
		t.Fatal(err)
	}
	for name, header := range map[string]string{
		"no header":              "",
		"no token":               "Bearer",
		"empty token":            "Bearer ",
		"wrong token":            "Bearer x",
		"token of another store": "Bearer " + foreign.Token,
		"no scheme":              e.scim.Token(),
		"basic":                  "Basic " + e.scim.Token(),
		"token twice":            "Bearer " + e.scim.Token() + " " + e.scim.Token(),
		"tab":                    "Bearer\t" + e.scim.Token(),
	} {
		t.Run(name, func(t *testing.T) {
			e.t = t
			for _, path := range []string{"/Users", "/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/Users/1", "/Bulk", "/"} {
				r := e.do("GET", path, "", "Authorization", header)
				r.refused(401, text)
				if got := r.header.Get("WWW-Authenticate"); got != "Bearer" {
					t.Errorf("%s: WWW-Authenticate %q", path, got)
				}
			}
		})
	}
	t.Run("two headers", func(t *testing.T) {
		req, err := http.NewRequest("GET", e.scim.URL()+"/Users", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header["Authorization"] = []string{"Bearer " + e.scim.Token(), "Bearer " + e.scim.Token()}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 401 {
			t.Errorf("status %d, want 401", resp.StatusCode)
		}
	})
	t.Run("scheme in another case", func(t *testing.T) {
		e.t = t
		e.do("GET", "/Users", "", "Authorization", "bearer "+e.scim.Token()).want(200)
	})
	t.Run("wrong tenant", func(t *testing.T) {
		e.t = t
		e.send("GET", strings.Replace(e.scim.URL(), e.store.TenantID(), foreign.TenantID, 1)+"/Users", "").refused(401, text)
	})
	t.Run("token deleted, expired, replaced", func(t *testing.T) {
		e := other
		e.t = t
		second, value, err := e.store.CreateToken()
		if err != nil {
			t.Fatal(err)
		}
		e.do("GET", "/Users", "", "Authorization", "Bearer "+value).want(200)
		e.get("/Users").want(200)
		if err := e.store.DeleteToken(second.ID); err != nil {
			t.Fatal(err)
		}
		e.do("GET", "/Users", "", "Authorization", "Bearer "+value).refused(401, text)
		e.clock.Advance(366 * 24 * time.Hour)
		e.get("/Users").refused(401, text)
	})
}

// TestEndpoints: developer guide, "Limitations" and "Supported API operations".
func TestEndpoints(t *testing.T) {
	e := run(t)
	u := e.person("u")
	g := e.group("g", u)
	const op = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"displayName","value":"x"}]}`
	for _, test := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/Me", "", 404},
		{"POST", "/Bulk", `{"Operations":[]}`, 404},
		{"POST", "/.search", `{}`, 404},
		{"POST", "/Users/.search", `{}`, 400}, // .search stands where an id would
		{"GET", "", "", 404},
		{"GET", "/Search", "", 404},
		{"GET", "/users", "", 404},
		{"GET", "/Users/" + u + "/groups", "", 404},
		{"GET", "/ResourceTypes/User", "", 404},
		{"GET", "/Schemas/urn:x", "", 400},
		{"PUT", "/Groups/" + g, `{"displayName":"x"}`, 400},
		{"PUT", "/Users", ana(), 400},
		{"POST", "/Users/" + u, ana(), 400},
		{"PATCH", "/Users", op, 400},
		{"DELETE", "/Users", "", 400},
		{"HEAD", "/Users/" + u, "", 400},
		{"OPTIONS", "/Users", "", 400},
		{"POST", "/Schemas", `{}`, 400},
		{"DELETE", "/ServiceProviderConfig", "", 400},
		{"GET", "/Users/no-such-id", "", 404},
		{"GET", "/Users/" + strings.ToUpper(u), "", 404},
		{"GET", "/Users/" + strings.Repeat("a", 4000), "", 404},
		{"GET", "/Users/%00", "", 404},
		{"GET", "/Users/..%2fGroups%2f" + g, "", 404},
		{"GET", "/Users/../Groups/" + g, "", 404},
		{"GET", "/Groups/" + u, "", 404},
		{"GET", "/Users/" + g, "", 404},
	} {
		t.Run(test.method+" "+test.path[:min(len(test.path), 50)], func(t *testing.T) {
			e.t = t
			r := e.do(test.method, test.path, test.body)
			if test.method == "HEAD" {
				r.want(test.status)
				return
			}
			r.refused(test.status, map[int]string{400: genericInvalid, 404: notThere}[test.status])
		})
	}
	e.t = t
	e.do("POST", "/Users/"+u, "", "X-HTTP-Method-Override", "DELETE").want(400)
	e.get("/Users/" + u).want(200)
	root := strings.TrimSuffix(e.scim.URL(), "/"+e.store.TenantID()+"/scim/v2")
	for _, path := range []string{"", "/", "/" + e.store.TenantID(), "/" + e.store.TenantID() + "/scim/v2Users", "/" + e.store.TenantID() + "/scim/v1/Users"} {
		e.send("GET", root+path, "").refused(404, notThere)
	}
}

// A base URL with a slash at its end and a path with one at its beginning make
// two (awslabs/ssosync), and some clients end paths with one.
func TestSlashes(t *testing.T) {
	e := run(t)
	id := e.person("u")
	for _, path := range []string{"//Users", "//Users/" + id, "/Users/", "/Users//" + id, "/Users/" + id + "/", "///ServiceProviderConfig"} {
		e.get(path).want(200)
	}
	e.do("POST", "//Users", ana()).want(201)
	double := strings.Replace(e.scim.URL(), "/scim/v2", "//scim//v2", 1)
	e.send("GET", double+"/Users", "").want(200)
}

// TestHeaders: developer guide, every operation's example.
func TestHeaders(t *testing.T) {
	e := run(t)
	id := e.person("u")
	seen := make(map[string]bool)
	for _, r := range []response{
		e.get("/Users/" + id), e.get("/Users"), e.get("/Users/x"), e.do("POST", "/Users", ana()), e.get("/Schemas"),
		e.do("DELETE", "/Users/"+id, ""), e.do("GET", "/Users", "", "Authorization", ""),
	} {
		if got := r.header.Get("Content-Type"); got != "application/json" {
			t.Errorf("status %d: Content-Type %q", r.status, got)
		}
		if got := r.header.Get("Date"); got != "Mon, 05 Jan 2026 09:00:00 GMT" {
			t.Errorf("status %d: Date %q is not the virtual clock's", r.status, got)
		}
		request := r.header.Get("x-amzn-RequestId")
		if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(request) || seen[request] {
			t.Errorf("status %d: x-amzn-RequestId %q", r.status, request)
		}
		seen[request] = true
		for _, absent := range []string{"Location", "ETag"} {
			if got := r.header.Get(absent); got != "" {
				t.Errorf("status %d: %s %q, which the service does not send", r.status, absent, got)
			}
		}
		if strings.HasSuffix(r.body, "\n") {
			t.Errorf("status %d: the body ends in a new line", r.status)
		}
	}
}

// TestErrorBody: the keys, their order and the time stamp of captured
// responses published by mitodl/keycloak-scim.
func TestErrorBody(t *testing.T) {
	e := run(t)
	r := e.patch("/Groups/"+e.group("g"), `{"op":"replace","path":"members","value":[]}`)
	const urn = `["urn:ietf:params:scim:api:messages:2.0:Error"]`
	want := `{"schema":` + urn + `,"schemas":` + urn + `,"detail":"Replacing group memberships is not supported.","status":"400",` +
		`"exceptionRequestId":"` + r.header.Get("x-amzn-RequestId") + `","timeStamp":"2026-01-05 09:00:00.12"}`
	if r.body != want {
		t.Errorf("error body\n got %s\nwant %s", r.body, want)
	}
	e.clock.Advance(880 * time.Millisecond)
	same(t, "timeStamp", e.get("/Users/x").json("timeStamp"), `"2026-01-05 09:00:01.0"`)
}

// Content-Type does not matter, with or without a body.
func TestContentTypes(t *testing.T) {
	e := run(t)
	for i, contentType := range []string{"application/scim+json", "application/json", "application/scim+json; charset=utf-8", "application/x-www-form-urlencoded", ""} {
		id := e.do("POST", "/Users", ana("a-1", fmt.Sprint("a", i), `"userName":"ana@`, fmt.Sprintf(`"userName":"ana%d@`, i), `"value":"ana@`, fmt.Sprintf(`"value":"ana%d@`, i)), "Content-Type", contentType).want(201).id()
		e.do("GET", "/Users/"+id, "", "Content-Type", contentType, "Accept", "text/html").want(200)
	}
}

func TestHostileBodies(t *testing.T) {
	const notJSON = "Invalid JSON from RequestBody"
	e := run(t)
	u := e.person("u")
	g := e.group("g")
	before := e.store.Snapshot()
	for _, test := range []struct {
		name, body string
		status     int
		detail     string
	}{
		{"nothing", "", 400, notJSON},
		{"not JSON", "userName=ana", 400, notJSON},
		{"XML", "<user/>", 400, notJSON},
		{"cut short", ana()[:100], 400, notJSON},
		{"two values", ana() + ana(), 400, notJSON},
		{"byte order mark", "\ufeff" + ana(), 400, notJSON},
		{"invalid UTF-8", ana("Sousa", "Sou\xffsa"), 400, notJSON},
		{"UTF-16", "\xff\xfe{\x00}\x00", 400, notJSON},
		{"half a surrogate pair", ana("Sousa", `Sou\ud800sa`), 400, notJSON},
		{"member twice", ana(`"externalId":"a-1"`, `"externalId":"a-1","externalId":"a-2"`), 400, notJSON},
		{"Operations twice", `{"Operations":[],"Operations":[{"op":"replace","path":"displayName","value":"x"}]}`, 400, notJSON},
		{"NaN", ana(`"active":true`, `"active":NaN`), 400, notJSON},
		{"deep arrays", `{"x":` + strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000) + `}`, 400, notJSON},
		{"deep objects", strings.Repeat(`{"x":`, 5_000) + "1" + strings.Repeat("}", 5_000), 400, notJSON},
		{"an array", "[" + ana() + "]", 400, genericInvalid},
		{"null", "null", 400, genericInvalid},
		{"a text", `"x"`, 400, genericInvalid},
		{"raw control character", ana("Sousa", "Sou\x01sa"), 400, notJSON},
		{"raw NUL", ana("Sousa", "Sou\x00sa"), 400, notJSON},
		{"NUL after the end", ana() + "\x00", 400, notJSON},
		{"10,000 objects within each other", strings.Repeat(`{"name":`, 10_000) + "1" + strings.Repeat("}", 10_000), 400, notJSON},
		{"a long member name twice", `{"` + strings.Repeat("n", 100_000) + `":1,"` + strings.Repeat("n", 100_000) + `":1}`, 400, notJSON},
		{"a member twice, once escaped", ana(`"externalId":"a-1"`, `"externalId":"a-1","external\u0049d":"a-2"`), 400, notJSON},
		{"2 MiB", with(ana(), `"title":"`+strings.Repeat("x", 2<<20)+`"`), 413, "Request body is too large."},
		{"more than 1 MiB", with(ana(), `"title":"`+strings.Repeat("x", 1<<20)+`"`), 413, "Request body is too large."},
	} {
		t.Run(test.name, func(t *testing.T) {
			e.t = t
			for method, paths := range map[string][]string{"POST": {"/Users", "/Groups"}, "PUT": {"/Users/" + u}, "PATCH": {"/Users/" + u, "/Groups/" + g}} {
				for _, path := range paths {
					e.do(method, path, test.body).refused(test.status, test.detail)
				}
			}
			e.unchanged(before, test.name)
			e.get("/Users/" + u).want(200)
		})
	}
	e.t = t
	e.do("POST", "/Users", with(ana(), `"x":"`+strings.Repeat("x", 1<<20-2000)+`"`)).want(201)
}

// What clients must not be able to set, they cannot.
func TestServerOwnsItsAttributes(t *testing.T) {
	e := run(t)
	own := with(ana(), `"id":"mine","meta":{"resourceType":"Admin","created":"1999-01-01T00:00:00Z","location":"http://evil.example"},"createdBy":"Manual","CreatedBy":"Manual","__proto__":{"active":false}`)
	created := e.do("POST", "/Users", own).want(201)
	replaced := e.do("PUT", "/Users/"+created.id(), own).want(200)
	for _, r := range []response{created, replaced} {
		if r.id() == "mine" || r.id() != created.id() || strings.Contains(r.body, "1999") || strings.Contains(r.body, "evil") || strings.Contains(r.body, "Admin") {
			t.Errorf("took the client's word: %s", r.body)
		}
	}
	if u, _ := e.store.User(created.id()); u.CreatedBy != identitystore.CreatedBySCIM {
		t.Errorf("created by %q, want SCIM", u.CreatedBy)
	}
	g := e.do("POST", "/Groups", `{"id":"mine","displayName":"g"}`).want(201)
	if stored, _ := e.store.Group(g.id()); g.id() == "mine" || stored.CreatedBy != identitystore.CreatedBySCIM {
		t.Errorf("group %+v", stored)
	}
}

// Two endpoints in one process do not see each other.
func TestEndpointsAreApart(t *testing.T) {
	a := run(t)
	b := scimmock.Run(t, scimmock.Config{IDs: ids.New(7)})
	a.person("u")
	if n := len(b.Store().Users()); n != 0 {
		t.Errorf("%d users in the other endpoint", n)
	}
	a.do("GET", "/Users", "", "Authorization", "Bearer "+b.Token()).want(401)
}

// Run over a store that others use takes a second token.
func TestRunOverAStore(t *testing.T) {
	store := identitystore.New(identitystore.Config{})
	access, err := store.EnableProvisioning()
	if err != nil {
		t.Fatal(err)
	}
	scim := scimmock.Run(t, scimmock.Config{Store: store})
	if scim.Token() == access.Token || len(store.Tokens()) != 2 || scim.Store() != store {
		t.Errorf("%d tokens", len(store.Tokens()))
	}
	if !strings.HasPrefix(scim.URL(), "http://127.0.0.1:") || !strings.HasSuffix(scim.URL(), "/"+store.TenantID()+"/scim/v2") {
		t.Errorf("URL %s", scim.URL())
	}
}

// What cannot start says so through the test.
func TestRunFails(t *testing.T) {
	full := identitystore.New(identitystore.Config{})
	if _, err := full.EnableProvisioning(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := full.CreateToken(); err != nil {
		t.Fatal(err)
	}
	for name, configs := range map[string][]scimmock.Config{
		"two configs":      {{}, {}},
		"no token is free": {{Store: full}},
		"nonsense profile": {{Profile: scimmock.Profile{Name: "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			fake := &tester{}
			defer fake.end()
			defer func() {
				if recover() == nil {
					t.Error("Fatalf was not called")
				}
			}()
			scimmock.Run(fake, configs...)
		})
	}
}

// What a client did wrong is in the test's log.
func TestRunLogsRefusals(t *testing.T) {
	logged := &logTester{}
	defer logged.end()
	e := &endpoint{t: t, scim: scimmock.Run(logged)}
	e.do("POST", "/Users", ana("Sousa", "")).want(400)
	logged.mu.Lock()
	defer logged.mu.Unlock()
	if !strings.Contains(logged.text, "$.name.familyName") {
		t.Errorf("log: %s", logged.text)
	}
}

type logTester struct {
	tester
	mu   sync.Mutex
	text string
}

func (l *logTester) Logf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text += fmt.Sprintf(format, args...)
}
