package scimmock_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp/identitystore"
)

// target is an endpoint without a network, with one full user and a group, to
// which it can go back.
type target struct {
	t           *testing.T
	rfc         bool
	handler     http.Handler
	store       *identitystore.Store
	base, token string
	user, group string
	original    identitystore.Snapshot
}

// targets are an endpoint as AWS runs it and one by the RFCs.
func targets(tb testing.TB) []*target {
	return []*target{newTarget(tb, scimmock.AWS()), newTarget(tb, scimmock.RFC())}
}

func newTarget(tb testing.TB, profile scimmock.Profile) *target {
	tb.Helper()
	c := clock.Frozen(start)
	store := identitystore.New(identitystore.Config{Clock: c, IDs: ids.New(1), Rules: profile.Rules})
	access, err := store.EnableProvisioning()
	if err != nil {
		tb.Fatal(err)
	}
	scim, err := scimmock.New(scimmock.Config{Store: store, Clock: c, IDs: ids.New(2), Profile: profile})
	if err != nil {
		tb.Fatal(err)
	}
	x := &target{rfc: profile.Name == "rfc", handler: scim.Handler(), store: store, base: "/" + access.TenantID + "/scim/v2", token: access.Token}
	created := x.serve("POST", "/Users", full())
	x.user, _ = created["id"].(string)
	g, err := store.CreateGroup(identitystore.Group{DisplayName: "g"}, x.user)
	if err != nil {
		tb.Fatal(err)
	}
	x.group, x.original = g.ID, store.Snapshot()
	return x
}

// serve answers a request; under "status" is the status.
func (x *target) serve(method, path, body string) object {
	req := httptest.NewRequest(method, x.base+"/", strings.NewReader(body))
	req.URL.Path = x.base + path
	if before, query, ok := strings.Cut(path, "?"); ok {
		req.URL.Path, req.URL.RawQuery = x.base+before, query
	}
	req.Header.Set("Authorization", "Bearer "+x.token)
	w := httptest.NewRecorder()
	x.handler.ServeHTTP(w, req)
	answer := object{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			answer["broken"] = w.Body.String()
		}
	}
	if _, isError := answer["status"].(string); isError {
		answer["text"] = answer["status"]
	}
	answer["status"] = w.Code
	return answer
}

// check checks what must hold after any change: a refusal changes nothing and
// says why; what was accepted can be read back, and put back it changes
// nothing.
func (x *target) check(answer object, method, body string, statuses ...int) {
	x.t.Helper()
	status, _ := answer["status"].(int)
	if answer["broken"] != nil || !utf8.ValidString(encode(answer)) {
		x.t.Fatalf("%s %q: body %v", method, body, answer)
	}
	if !slices.Contains(statuses, status) {
		x.t.Fatalf("%s %q: status %d, want one of %v: %v", method, body, status, statuses, answer)
	}
	if status >= 400 {
		if answer["text"] != strconv.Itoa(status) || answer["detail"] == "" {
			x.t.Errorf("%s %q: error body %v", method, body, answer)
		}
		if after := x.store.Snapshot(); !reflect.DeepEqual(x.original, after) {
			x.t.Fatalf("%s %q was refused and changed something (-before +after):\n%s", method, body, cmp.Diff(x.original, after))
		}
		return
	}
	defer func() {
		if err := x.store.Restore(x.original); err != nil {
			x.t.Fatal(err)
		}
	}()
	id, has := answer["id"].(string)
	if !has {
		return
	}
	path := "/Users/" + id
	if answer["userName"] == nil {
		path = "/Groups/" + id
	}
	delete(answer, "status")
	read := x.serve("GET", path, "")
	delete(read, "status")
	if !x.rfc && answer["userName"] == nil {
		answer["members"] = []any{} // which are never told, and shown as none
	}
	if diff := cmp.Diff(answer, read); diff != "" {
		x.t.Fatalf("%s %q: read back (-answer +read):\n%s", method, body, diff)
	}
	if !x.rfc && answer["userName"] == nil {
		return // there is no PUT of groups
	}
	before := x.store.Snapshot()
	again := x.serve("PUT", path, encode(read))
	if after := x.store.Snapshot(); again["status"] != 200 || !reflect.DeepEqual(before, after) {
		x.t.Fatalf("%s %q: put back as %s: %v\n%s", method, body, encode(read), again, cmp.Diff(before, after))
	}
}

// addExamples adds the request bodies of the examples in testdata whose names
// match as seeds.
func addExamples(f *testing.F, pattern string) {
	f.Helper()
	files, err := filepath.Glob("testdata/" + pattern + ".http")
	if err != nil || len(files) == 0 {
		f.Fatalf("examples %s: %v, %v", pattern, files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		request, _, _ := strings.Cut(string(text), "\nHTTP ")
		_, body, _ := strings.Cut(request, "\n\n")
		f.Add([]byte(body))
	}
}

func FuzzUserBody(f *testing.F) {
	addExamples(f, "*_user*")
	for _, body := range []string{
		full(), ana(), `{}`, `[]`, `null`, ana(`"active":true`, `"active":"False"`), ana("Sousa", ""), ana(`"externalId":"a-1"`, `"externalId":null`),
		with(ana(), `"roles":[{"value":"r","primary":"true"}],"password":"x"`), with(ana(), `"`+enterprise+`":{"manager":[{"value":"m"}]}`),
	} {
		f.Add([]byte(strings.NewReplacer("ana@", "bo@", "a-1", "b-1").Replace(body)))
	}
	both := targets(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, x := range both {
			x.t = t
			x.check(x.serve("POST", "/Users", string(body)), "POST", string(body), 201, 400, 409, 413)
			x.check(x.serve("PUT", "/Users/"+x.user, string(body)), "PUT", string(body), 200, 400, 409, 413)
		}
	})
}

func FuzzGroupBody(f *testing.F) {
	addExamples(f, "create_group*")
	for _, body := range []string{`{"displayName":"h"}`, `{"displayName":"G"}`, `{"displayName":"h","externalId":"x","members":[]}`, `{"displayName":"h","members":[{"value":"nobody"}]}`, `{"displayName":null}`} {
		f.Add([]byte(body))
	}
	both := targets(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, x := range both {
			x.t = t
			x.check(x.serve("POST", "/Groups", string(body)), "POST", string(body), 201, 400, 409, 413)
			x.check(x.serve("PUT", "/Groups/"+x.group, string(body)), "PUT", string(body), 200, 400, 409, 413)
		}
	})
}

// patch sends a PATCH request to the user and to the group.
func (x *target) patch(t *testing.T, body string) {
	x.t = t
	x.check(x.serve("PATCH", "/Users/"+x.user, body), "PATCH user", body, 200, 400, 409, 413)
	x.check(x.serve("PATCH", "/Groups/"+x.group, body), "PATCH group", body, 200, 204, 400, 404, 409, 413)
}

// FuzzPatchBody sends whole PATCH requests.
func FuzzPatchBody(f *testing.F) {
	addExamples(f, "patch_*")
	for _, operations := range []string{
		`{"op":"replace","path":"active","value":"false"}`, `{"op":"Add","value":{"title":"T"}}`, `{"op":"remove","path":"emails"}`, `{"op":"add","path":"members","value":[{"value":"nobody"}]}`,
		`{"op":"remove","path":"members[value eq \"x\"]"}`, `{"op":"replace","path":"emails[type eq \"work\"].value","value":"x@contoso.example"}`, `{"op":"replace","path":"userName","value":"x"},{"op":"replace","path":"userName","value":"y"}`,
	} {
		f.Add([]byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`))
	}
	both := targets(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, x := range both {
			x.patch(t, string(body))
		}
	})
}

// FuzzPatchPath sends well-formed operations with any path and any value.
func FuzzPatchPath(f *testing.F) {
	for _, seed := range [][2]string{
		{"displayName", `"x"`}, {"name.givenName", `"x"`}, {"name", `{"givenName":"x"}`}, {"active", `false`}, {`emails[type eq "work"].value`, `"x@contoso.example"`}, {`addresses[type eq "work"]`, `{"country":"PT"}`},
		{enterprise + ":department", `"x"`}, {enterprise + ":manager.value", `"x"`}, {enterprise, `{"department":"x"}`}, {"enterprise.manager", `{"value":"x"}`}, {`phoneNumbers[type eq "mobile"].value`, `"1"`},
		{"members", `[{"value":"x"}]`}, {`members[value eq "x"]`, `null`}, {"roles", `[]`}, {"phoneNumbers.primary", `true`}, {`emails[primary eq true].type`, `"home"`}, {"", `{"title":"T"}`}, {"urn:x:y", `1`}, {"[", `""`},
	} {
		for verb := range uint8(3) {
			f.Add(verb, seed[0], []byte(seed[1]))
		}
	}
	both := targets(f)
	f.Fuzz(func(t *testing.T, verb uint8, path string, value []byte) {
		op := object{"op": []string{"add", "replace", "remove"}[verb%3], "path": path}
		if len(value) > 0 {
			if !json.Valid(value) {
				return
			}
			op["value"] = json.RawMessage(value)
		}
		body := encode(object{"Operations": []any{op}})
		for _, x := range both {
			x.patch(t, body)
		}
	})
}

// FuzzListQuery sends any query to the listings.
func FuzzListQuery(f *testing.F) {
	for _, query := range []string{"", "cursor", "count=1&cursor=", "filter=userName+eq+%22ana%40contoso.example%22", "filter=id+eq+%22x%22+and+manager+eq+%22m%22", "filter=displayName%20eq%20%22g%22", "filter=members.value+eq+%22x%22", "startIndex=1&count=1000", "cursor=AAAA", "filter=a[b+pr]", ";&=%zz"} {
		f.Add(query)
	}
	both := targets(f)
	f.Fuzz(func(t *testing.T, query string) {
		for _, x := range both {
			x.t = t
			for _, resource := range []string{"/Users", "/Groups"} {
				answer := x.serve("GET", resource+"?"+query, "")
				if answer["status"] != 200 {
					x.check(answer, "GET", query, 400, 404)
					continue
				}
				list, ok := answer["Resources"].([]any)
				items, said := answer["itemsPerPage"].(float64)
				if !ok && !x.rfc || said && int(items) != len(list) || len(list) > 1 {
					t.Errorf("%s?%s: %v", resource, query, answer)
				}
			}
		}
	})
}
