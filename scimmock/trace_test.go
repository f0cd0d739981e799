package scimmock_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp/identitystore"
)

// TestExplanations: every refusal says in the trace what was expected, what
// came and where, beside the service's own text.
func TestExplanations(t *testing.T) {
	e := run(t)
	u := e.user(ana())
	for _, test := range []struct {
		name string
		do   func() response
		kind string
		rule string
		says []string
	}{
		{"wrong type", func() response { return e.do("POST", "/Users", ana(`"active":true`, `"active":"yes"`)) }, "CreateUser", "schema",
			[]string{"ValidationException", genericInvalid, "true or false", `"yes"`, "$.active"}},
		{"missing attribute", func() response { return e.do("POST", "/Users", `{"userName":"u","displayName":"U"}`) }, "CreateUser", "schema",
			[]string{"2 validation errors detected", "required", "$.name.familyName"}},
		{"bad character", func() response { return e.do("POST", "/Users", ana("Sousa", `Sou\u0007sa`)) }, "CreateUser", "schema",
			[]string{"U+0007 at byte 3", "$.name.familyName"}},
		{"enterprise attribute", func() response {
			return e.do("POST", "/Users", with(ana(), `"`+enterprise+`":{"department":""}`))
		}, "CreateUser", "schema", []string{`$["` + enterprise + `"].department`, "null"}},
		{"duplicate", func() response { return e.do("POST", "/Users", ana()) }, "CreateUser", "uniqueness",
			[]string{"ConflictException", duplicate, "$.userName", "ana@contoso.example", u, "Duplicate UserName"}},
		{"member twice", func() response { return e.do("POST", "/Users", `{"a":{"b":1,"b":2}}`) }, "CreateUser", "json",
			[]string{"$.a.b", "twice", "byte 12"}},
		{"unknown id", func() response { return e.get("/Users/nobody") }, "GetUser", "existence", []string{"ResourceNotFoundException", "nobody"}},
		{"bad filter", func() response { return e.find("Users", `userName xx "a"`) }, "ListUsers", "filter", []string{badFilter, "an operator", "byte 9", "^"}},
		{"unsupported filter", func() response { return e.find("Users", `title eq "a"`) }, "ListUsers", "filter", []string{"userName, externalId", "got title"}},
		{"several attributes", func() response { return e.patch("/Users/"+u, `{"op":"replace","value":{"title":"a","locale":"b"}}`) }, "PatchUser", "patch",
			[]string{severalOps, "2: title, locale", "$.Operations[0].value", "one operation with a path for each"}},
		{"wrong case", func() response { return e.patch("/Users/"+u, `{"op":"replace","value":{"Title":"a"}}`) }, "PatchUser", "patch",
			[]string{"expected title", "got Title", "$.Operations[0].value.Title", "exactly"}},
		{"bad path", func() response {
			return e.patch("/Users/"+u, `{"op":"replace","path":"emails[type eq \"work\"","value":"a"}`)
		}, "PatchUser", "patch",
			[]string{"byte 21 of the path", "$.Operations[0].path", "^"}},
		{"unsupported method", func() response { return e.do("PUT", "/Groups/x", "{}") }, "PUT /" + e.store.TenantID() + "/scim/v2/Groups/x", "operation",
			[]string{"GET, PATCH, DELETE", "got PUT"}},
		{"wrong token", func() response { return e.do("GET", "/Users", "", "Authorization", "Bearer wrong-token") }, "ListUsers", "authorization",
			[]string{"UnauthorizedException", "not one of this identity store", "generate an access token"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.do()
			exchanges := e.scim.Exchanges()
			last := exchanges[len(exchanges)-1]
			if last.Protocol != "scim" || last.Kind != test.kind || last.To != "scim" {
				t.Errorf("exchange %s %s to %s, want scim %s", last.Protocol, last.Kind, last.To, test.kind)
			}
			var failed []string
			for _, check := range last.Checks {
				if !check.Pass {
					failed = append(failed, check.Name)
				}
			}
			if diff := cmp.Diff([]string{test.rule}, failed); diff != "" {
				t.Errorf("failed checks (-want +got):\n%s", diff)
			}
			notes := strings.Join(last.Notes, "\n")
			for _, text := range test.says {
				if !strings.Contains(notes, text) {
					t.Errorf("the notes do not say %q:\n%s", text, notes)
				}
			}
		})
	}
}

func TestPasswordsAreNotExplained(t *testing.T) {
	e := run(t)
	e.do("POST", "/Users", with(ana(), `"password":"correct horse battery"`)).refused(400, genericInvalid)
	all, err := json.Marshal(e.scim.Exchanges())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(all, []byte("correct horse")) {
		t.Errorf("the password is in the trace: %s", all)
	}
}

// In a legacy profile the response hides the reason and the trace has it.
func TestTraceKnowsMoreThanTheResponse(t *testing.T) {
	e := run(t, scimmock.AWSLegacy())
	e.do("POST", "/Users", with(ana(), `"phoneNumbers":[{"value":"1"},{"value":"2"}]`)).refused(400, genericInvalid)
	exchanges := e.scim.Exchanges()
	if notes := strings.Join(exchanges[len(exchanges)-1].Notes, "\n"); !strings.Contains(notes, "Currently list attributes only allow single item") {
		t.Errorf("notes: %s", notes)
	}
}

func TestNotesAboutWhatWasIgnored(t *testing.T) {
	e := run(t)
	g := e.group("g")
	for name, test := range map[string]struct {
		do   func()
		says string
	}{
		"misspelt attribute": {func() { e.do("POST", "/Users", with(ana(), `"profileURL":"x"`)) }, "did you mean profileUrl"},
		"unknown attribute":  {func() { e.do("POST", "/Groups", `{"displayName":"h","description":"x"}`) }, "$.description was ignored"},
		"startIndex":         {func() { e.get("/Users?startIndex=3") }, "startIndex was ignored"},
		"excludedAttributes": {func() { e.get("/Groups/" + g + "?excludedAttributes=members") }, "excludedAttributes was ignored"},
		"another id in a PUT": {func() {
			e.do("PUT", "/Users/"+e.person("p"), with(ana("ana@", "p@", "ana@", "p@", "a-1", "p"), `"id":"x"`))
		}, "$.id was ignored"},
		"cut list": {func() {
			e.get("/Users?count=1")
		}, "use the parameter cursor"},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(e.scim.Exchanges())
			e.person("x" + name[:1] + strings.ReplaceAll(name, " ", ""))
			e.person("y" + name[:1] + strings.ReplaceAll(name, " ", ""))
			test.do()
			var notes []string
			for _, x := range e.scim.Exchanges()[before:] {
				notes = append(notes, x.Notes...)
			}
			if all := strings.Join(notes, "\n"); !strings.Contains(all, test.says) {
				t.Errorf("the notes do not say %q: %s", test.says, all)
			}
		})
	}
}

// Successful exchanges show what was checked; tokens show nowhere.
func TestTraceOfSuccess(t *testing.T) {
	e := run(t)
	e.user(ana())
	second, value, err := e.store.CreateToken()
	if err != nil {
		t.Fatal(err)
	}
	e.do("GET", "/Users", "", "Authorization", "Bearer "+value).want(200)
	if err := e.store.DeleteToken(second.ID); err != nil {
		t.Fatal(err)
	}
	x := e.scim.Exchanges()[0]
	var rules []string
	for _, check := range x.Checks {
		if !check.Pass {
			t.Errorf("check %s failed: %s", check.Name, check.Detail)
		}
		rules = append(rules, check.Name)
	}
	if diff := cmp.Diff([]string{"authorization", "operation", "json", "schema", "uniqueness"}, rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	all, err := json.Marshal(e.scim.Exchanges())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{e.scim.Token(), value} {
		if bytes.Contains(all, []byte(secret)) {
			t.Error("a token is in the trace")
		}
	}
}

// Mounted within a recorded listener, the endpoint adds to that exchange
// instead of making its own.
func TestEmbedded(t *testing.T) {
	store := identitystore.New(identitystore.Config{})
	access, err := store.EnableProvisioning()
	if err != nil {
		t.Fatal(err)
	}
	recorder := trace.NewRecorder(fixed{})
	var log bytes.Buffer
	scim, err := scimmock.New(scimmock.Config{Store: store, Trace: recorder, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if scim.URL() != "" || scim.Token() != "" {
		t.Error("an endpoint that does not listen has a URL or token")
	}
	server := httptest.NewServer(recorder.Middleware("identityCenter", scim.Handler()))
	defer server.Close()
	req, err := http.NewRequest("GET", server.URL+"/"+access.TenantID+"/scim/v2/Users/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+access.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	server.Close()
	exchanges := recorder.Exchanges()
	if len(exchanges) != 1 || exchanges[0].To != "identityCenter" || exchanges[0].Kind != "GetUser" || len(exchanges[0].Notes) != 1 {
		t.Errorf("exchanges %+v", exchanges)
	}
	if !strings.Contains(log.String(), "scim: refused") || strings.Contains(log.String(), access.Token) {
		t.Errorf("log: %s", log.String())
	}
}

type fixed struct{}

func (fixed) Now() time.Time { return start }
