package scimmock_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/scimmock"
)

// scimProblem checks the body of an error in RFC 7644 section 3.12: nothing of
// AWS's, status as a text, and the scimType.
func (r response) scimProblem(status int, scimType string) {
	r.t.Helper()
	r.want(status)
	m, _ := r.json().(map[string]any)
	for _, key := range []string{"schema", "exceptionRequestId", "timeStamp"} {
		if _, ok := m[key]; ok {
			r.t.Errorf("error body has %s: %s", key, r.body)
		}
	}
	got, _ := m["scimType"].(string)
	if got != scimType || m["status"] != fmt.Sprint(status) || m["detail"] == "" {
		r.t.Errorf("error body %s\nwant status %d, scimType %q", r.body, status, scimType)
	}
}

// people are the three of the tables: Alice has work and home addresses, a
// title and the extension; Bob is not active; Carol has no e-mail address.
func people(e *endpoint) (alice, bob, carol string) {
	e.t.Helper()
	alice = e.user(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + enterprise + `"],"userName":"Alice@contoso.example","externalId":"Ext-A","displayName":"Alice","name":{"familyName":"Adams","givenName":"Alice"},"title":"Engineer","active":true,
		"emails":[{"value":"alice@contoso.example","type":"work","primary":true},{"value":"alice@home.example","type":"home"}],
		"` + enterprise + `":{"department":"R&D","employeeNumber":"7"}}`)
	bob = e.user(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bob","displayName":"say \"hi\" \\ é","active":false,"emails":[{"value":"bob] and [x@contoso.example","type":"home","display":"Bob"}]}`)
	carol = e.user(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"carol","active":true}`)
	return alice, bob, carol
}

// TestStandardFilters: RFC 7644 section 3.4.2.2. Each row says whom the filter
// finds, or the scimType. aws is what the profile of AWS answers to it.
func TestStandardFilters(t *testing.T) {
	e := run(t, scimmock.RFC())
	alice, bob, _ := people(e)
	group := e.group("staff", alice, bob)
	aws := run(t)
	const a, b, c = "Alice@contoso.example", "bob", "carol"
	for _, test := range []struct {
		name, filter string
		want         []string
		scimType     string
		aws          int
	}{
		{"value case-insensitive", `userName eq "ALICE@contoso.example"`, []string{a}, "", 200},
		{"USERNAME EQ", `USERNAME EQ "bob"`, []string{b}, "", 200},
		{"Eq mixed case", `userName Eq "bob"`, []string{b}, "", 200},
		{"quote and backslash in value", `displayName eq "say \"hi\" \\ é"`, []string{b}, "", 400},
		{"u00e9 in value", `displayName co "\u00e9"`, []string{b}, "", 400},
		{"value containing ] and", `emails.value eq "bob] and [x@contoso.example"`, []string{b}, "", 400},
		{"brackets", `emails[type eq "work" and value co "alice"]`, []string{a}, "", 400},
		{"terms must hit one element", `emails[type eq "work" and value co "home.example"]`, nil, "", 400},
		{"any element", `emails.type eq "work" and emails.value co "home.example"`, []string{a}, "", 400},
		{"emails.value eq", `emails.value eq "alice@home.example"`, []string{a}, "", 400},
		{"emails eq, implied value", `emails eq "alice@home.example"`, []string{a}, "", 400},
		{"sub-attribute after brackets", `emails[type eq "work"].value eq "alice@contoso.example"`, []string{a}, "", 400},
		{"the same of another element", `emails[type eq "work"].value eq "alice@home.example"`, nil, "", 400},
		{"active eq true", `active eq true`, []string{a, c}, "", 400},
		{"active eq false", `active eq false`, []string{b}, "", 400},
		{"active eq a text", `active eq "true"`, []string{a, c}, "", 400},
		{"active eq True", `active eq True`, nil, "invalidFilter", 400},
		{"pr", `title pr`, []string{a}, "", 400},
		{"not", `not (title pr)`, []string{b, c}, "", 400},
		{"not without a blank", `not(title pr)`, []string{b, c}, "", 400},
		{"sw case-insensitive", `userName sw "ALI"`, []string{a}, "", 400},
		{"co case-insensitive", `userName co "ARO"`, []string{c}, "", 400},
		{"ew", `userName ew "ob"`, []string{b}, "", 400},
		{"externalId case-exact", `externalId eq "ext-a"`, nil, "", 200},
		{"externalId case-exact, without an index", `externalId sw "ext"`, nil, "", 400},
		{"externalId, without an index", `externalId sw "Ext"`, []string{a}, "", 400},
		{"externalId", `externalId eq "Ext-A"`, []string{a}, "", 200},
		{"id eq", `id eq "` + bob + `"`, []string{b}, "", 200},
		{"and before or", `userName eq "carol" or userName eq "bob" and active eq true`, []string{c}, "", 400},
		{"parentheses", `(userName eq "carol" or userName eq "bob") and active eq true`, []string{c}, "", 400},
		{"parentheses count", `(userName eq "carol" or userName eq "bob") and active eq false`, []string{b}, "", 400},
		{"core URN prefix", `urn:ietf:params:scim:schemas:core:2.0:User:userName eq "bob"`, []string{b}, "", 200},
		{"extension URN eq", enterprise + `:department eq "r&d"`, []string{a}, "", 400},
		{"extension URN pr", enterprise + `:employeeNumber pr`, []string{a}, "", 400},
		{"meta.resourceType", `meta.resourceType eq "User"`, []string{a, b, c}, "", 400},
		{"meta.lastModified gt", `meta.lastModified gt "2025-12-31T00:00:00+02:00"`, []string{a, b, c}, "", 400},
		{"meta.lastModified lt", `meta.lastModified lt "2025-12-31T00:00:00Z"`, nil, "", 400},
		{"meta.lastModified of no date", `meta.lastModified gt "x"`, nil, "invalidFilter", 400},
		{"ne on absent attribute", `title ne "x"`, []string{a, b, c}, "", 400},
		{"gt on boolean", `active gt true`, nil, "invalidFilter", 400},
		{"co on boolean", `active co "t"`, nil, "invalidFilter", 400},
		{"ge on text", `userName ge "bob"`, []string{b, c}, "", 400},
		{"unknown operator", `userName xx "bob"`, nil, "invalidFilter", 400},
		{"missing value", `userName eq`, nil, "invalidFilter", 400},
		{"open quote", `userName eq "bob`, nil, "invalidFilter", 400},
		{"open parenthesis", `(userName eq "bob"`, nil, "invalidFilter", 400},
		{"dangling and", `userName eq "bob" and`, nil, "invalidFilter", 400},
		{"unknown attribute", `shoeSize eq "7"`, nil, "invalidFilter", 400},
		{"unknown sub-attribute", `emails[shoeSize eq "7"]`, nil, "invalidFilter", 400},
		{"complex without sub-attribute", `name eq "Alice"`, nil, "invalidFilter", 400},
		{"password", `password eq "x"`, nil, "invalidFilter", 400},
		{"number for text", `userName eq 7`, nil, "invalidFilter", 400},
		{"eq null", `title eq null`, []string{b, c}, "", 400},
		{"ne null", `title ne null`, []string{a}, "", 400},
		{"2000 nested parentheses", strings.Repeat("(", 2000) + `title pr` + strings.Repeat(")", 2000), nil, "invalidFilter", 400},
		{"groups.value", `groups.value eq "` + group + `"`, []string{a, b}, "", 200},
		{"groups.display", `groups.display eq "staff" and active eq true`, []string{a}, "", 400},
		{"empty filter", ``, nil, "invalidFilter", 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			e.t, aws.t = t, t
			r := e.find("Users", test.filter)
			if test.scimType != "" {
				r.scimProblem(400, test.scimType)
			} else if got := r.names("userName"); !slices.Equal(got, append([]string{}, test.want...)) {
				t.Errorf("found %q, want %q", got, test.want)
			} else if r.json("totalResults") != float64(len(got)) {
				t.Errorf("totalResults: %s", r.body)
			}
			if r := aws.find("Users", test.filter); test.aws == 400 {
				r.refused(400, badFilter)
			} else {
				r.want(200)
			}
		})
	}
	e.t = t
	empty := e.group("empty")
	if got := e.find("Groups", `members.value eq "`+alice+`"`).names("id"); !slices.Equal(got, []string{group}) {
		t.Errorf("groups by member: %q, want that of Alice alone, not %s", got, empty)
	}
	if got := e.find("Groups", `members pr`).names("displayName"); !slices.Equal(got, []string{"staff"}) {
		t.Errorf("groups with members: %q", got)
	}
}

// TestStandardPatch: RFC 7644 section 3.5.2, on Alice. want is a part of the
// user afterwards, at the key.
func TestStandardPatch(t *testing.T) {
	const two = `[{"primary":true,"type":"work","value":"alice@contoso.example"},{"type":"home","value":"alice@home.example"}]`
	for _, test := range []struct {
		name, operations, scimType string
		key, want                  string
	}{
		{"Replace active False", `{"op":"Replace","path":"active","value":"False"}`, "", "active", `false`},
		{"capital Add", `{"op":"Add","path":"nickName","value":"Al"}`, "", "nickName", `"Al"`},
		{"filtered replace, present", `{"op":"replace","path":"emails[type eq \"work\"].value","value":"a@b.example"}`, "", "emails", `[{"primary":true,"type":"work","value":"a@b.example"},{"type":"home","value":"alice@home.example"}]`},
		{"filtered add, absent", `{"op":"add","path":"phoneNumbers[type eq \"work\"].value","value":"1"}`, "", "phoneNumbers", `[{"type":"work","value":"1"}]`},
		{"filtered replace, no match", `{"op":"replace","path":"phoneNumbers[type eq \"work\"].value","value":"1"}`, "noTarget", "phoneNumbers", `null`},
		{"filtered remove, no match", `{"op":"remove","path":"phoneNumbers[type eq \"work\"]"}`, "", "phoneNumbers", `null`},
		{"dotted keys without path", `{"op":"replace","value":{"name.givenName":"Al","title":"Lead"}}`, "", "name", `{"familyName":"Adams","givenName":"Al"}`},
		{"URN key without path", `{"op":"add","value":{"` + enterprise + `:department":"Ops"}}`, "", enterprise, `{"department":"Ops","employeeNumber":"7"}`},
		{"URN object without path", `{"op":"add","value":{"` + enterprise + `":{"department":"Ops"}}}`, "", enterprise, `{"department":"Ops","employeeNumber":"7"}`},
		{"URN path", `{"op":"replace","path":"` + enterprise + `:department","value":"Ops"}`, "", enterprise, `{"department":"Ops","employeeNumber":"7"}`},
		{"URN alone", `{"op":"remove","path":"` + enterprise + `"}`, "", enterprise, `null`},
		{"core URN path", `{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":"Lead"}`, "", "title", `"Lead"`},
		{"remove without path", `{"op":"remove"}`, "noTarget", "title", `"Engineer"`},
		{"replace complex keeps sub-attributes", `{"op":"replace","path":"name","value":{"givenName":"Al"}}`, "", "name", `{"familyName":"Adams","givenName":"Al"}`},
		{"null clears a sub-attribute", `{"op":"replace","path":"name","value":{"givenName":null}}`, "", "name", `{"familyName":"Adams"}`},
		{"add equal value", `{"op":"add","path":"emails","value":[{"value":"alice@home.example","type":"home"}]}`, "", "emails", two},
		{"second primary", `{"op":"add","path":"emails","value":[{"value":"n@b.example","primary":true}]}`, "", "emails", `[{"type":"work","value":"alice@contoso.example"},{"type":"home","value":"alice@home.example"},{"primary":true,"value":"n@b.example"}]`},
		{"second primary by path", `{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}`, "", "emails", `[{"type":"work","value":"alice@contoso.example"},{"primary":true,"type":"home","value":"alice@home.example"}]`},
		{"two primaries", `{"op":"replace","path":"emails","value":[{"value":"1","primary":true},{"value":"2","primary":true}]}`, "invalidValue", "emails", two},
		{"atomic on later bad operation", `{"op":"replace","path":"title","value":"Lead"},{"op":"replace","path":"shoeSize","value":"7"}`, "invalidPath", "title", `"Engineer"`},
		{"path in other case", `{"op":"replace","path":"NAME.GIVENNAME","value":"Al"}`, "", "name", `{"familyName":"Adams","givenName":"Al"}`},
		{"value null", `{"op":"replace","path":"title","value":null}`, "", "title", `null`},
		{"two adds into one address", `{"op":"add","path":"addresses[type eq \"work\"].locality","value":"Lisbon"},{"op":"add","path":"addresses[type eq \"work\"].country","value":"PT"}`, "", "addresses", `[{"country":"PT","locality":"Lisbon","type":"work"}]`},
		{"remove required userName", `{"op":"remove","path":"userName"}`, "mutability", "userName", `"Alice@contoso.example"`},
		{"empty userName", `{"op":"replace","path":"userName","value":""}`, "invalidValue", "userName", `"Alice@contoso.example"`},
		{"unknown op", `{"op":"move","path":"title","value":"x"}`, "invalidSyntax", "title", `"Engineer"`},
		{"unknown attribute", `{"op":"add","path":"shoeSize","value":"7"}`, "invalidPath", "title", `"Engineer"`},
		{"unknown attribute without path", `{"op":"add","value":{"shoeSize":"7"}}`, "invalidPath", "title", `"Engineer"`},
		{"broken path", `{"op":"add","path":"emails[type eq","value":"7"}`, "invalidPath", "emails", two},
		{"brackets after a single value", `{"op":"add","path":"name[givenName eq \"x\"]","value":"7"}`, "invalidPath", "emails", two},
		{"empty Operations", ``, "invalidSyntax", "title", `"Engineer"`},
		{"add without value", `{"op":"add","path":"title"}`, "invalidValue", "title", `"Engineer"`},
		{"read-only id", `{"op":"replace","path":"id","value":"x"}`, "mutability", "title", `"Engineer"`},
		{"read-only groups", `{"op":"add","path":"groups","value":[{"value":"x"}]}`, "mutability", "groups", `null`},
		{"read-only without path is passed over", `{"op":"replace","value":{"id":"x","title":"Lead"}}`, "", "title", `"Lead"`},
		{"any filter in a path", `{"op":"remove","path":"emails[not (type eq \"work\") or value sw \"zzz\"]"}`, "", "emails", `[{"primary":true,"type":"work","value":"alice@contoso.example"}]`},
		{"quoted boolean in a path", `{"op":"replace","path":"emails[primary eq \"True\"].value","value":"x@b.example"}`, "", "emails", `[{"primary":true,"type":"work","value":"x@b.example"},{"type":"home","value":"alice@home.example"}]`},
		{"all matches are replaced", `{"op":"replace","path":"emails[value co \"alice\"].type","value":"other"}`, "", "emails", `[{"primary":true,"type":"other","value":"alice@contoso.example"},{"type":"other","value":"alice@home.example"}]`},
		{"remove without filter", `{"op":"remove","path":"emails"}`, "", "emails", `null`},
		{"remove with filter", `{"op":"remove","path":"emails[type eq \"home\"]"}`, "", "emails", `[{"primary":true,"type":"work","value":"alice@contoso.example"}]`},
		{"remove the last value", `{"op":"remove","path":"emails[value co \"alice\"]"}`, "", "emails", `null`},
		{"remove of nothing", `{"op":"remove","path":"nickName"}`, "", "nickName", `null`},
		{"replace absent is add", `{"op":"replace","path":"nickName","value":"Al"}`, "", "nickName", `"Al"`},
		{"one object for an array", `{"op":"add","path":"roles","value":{"value":"r","display":"R"}}`, "", "roles", `[{"display":"R","value":"r"}]`},
		{"manager as text", `{"op":"add","path":"` + enterprise + `:manager","value":"BOB"}`, "", enterprise, `{"department":"R&D","employeeNumber":"7","manager":{"value":"BOB","$ref":"URL/Users/BOB"}}`},
		{"manager empty", `{"op":"add","path":"` + enterprise + `:manager","value":"BOB"},{"op":"replace","path":"` + enterprise + `:manager","value":""}`, "", enterprise, `{"department":"R&D","employeeNumber":"7"}`},
		{"wrong type", `{"op":"replace","path":"title","value":7}`, "invalidValue", "title", `"Engineer"`},
		{"ims", `{"op":"add","path":"ims","value":[{"value":"al","type":"xmpp"}]}`, "", "ims", `[{"type":"xmpp","value":"al"}]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t, scimmock.RFC())
			alice, bob, _ := people(e)
			fill := strings.NewReplacer("BOB", bob, "URL", e.scim.URL()).Replace
			r := e.patch("/Users/"+alice, fill(test.operations))
			if test.scimType != "" {
				r.scimProblem(400, test.scimType)
			} else {
				r.want(200)
			}
			same(t, test.key, e.get("/Users/"+alice).json(test.key), fill(test.want))
			aws := run(t)
			manager := aws.person("m")
			one := aws.user(ana(`"active":true`, `"title":"Engineer","active":true`))
			r = aws.patch("/Users/"+one, strings.ReplaceAll(test.operations, "BOB", manager))
			if want, ok := refusedByAWS()[test.name]; ok {
				r.refused(400, want)
			} else {
				r.want(200)
			}
		})
	}
	t.Run("no change leaves lastModified", func(t *testing.T) {
		e := run(t, scimmock.RFC())
		alice, _, _ := people(e)
		e.clock.Advance(time.Hour)
		e.patch("/Users/"+alice, `{"op":"add","path":"emails","value":[{"value":"alice@home.example","type":"home"}]},{"op":"replace","path":"title","value":"Engineer"}`).want(200)
		same(t, "lastModified", e.get("/Users/"+alice).json("meta", "lastModified"), `"2026-01-05T09:00:00Z"`)
	})
	t.Run("CreateFiltered", func(t *testing.T) {
		p := scimmock.RFC()
		p.CreateFiltered = true
		e := run(t, p)
		alice, _, _ := people(e)
		r := e.patch("/Users/"+alice, `{"op":"replace","path":"phoneNumbers[type eq \"work\"].value","value":"1"}`).want(200)
		same(t, "phoneNumbers", r.json("phoneNumbers"), `[{"type":"work","value":"1"}]`)
		e.patch("/Users/"+alice, `{"op":"replace","path":"phoneNumbers[type ne \"work\"].value","value":"1"}`).scimProblem(400, "noTarget")
	})
}

// TestStandardPatchGroup: the same for members.
func TestStandardPatchGroup(t *testing.T) {
	for _, test := range []struct {
		name, operations, scimType string
		want                       []string
	}{
		{"members by filter", `{"op":"remove","path":"members[value eq \"ALICE\"]"}`, "", []string{"bob"}},
		{"Remove members and value list", `{"op":"Remove","path":"members","value":[{"value":"ALICE"}]}`, "", []string{"bob"}},
		{"remove members without value", `{"op":"remove","path":"members"}`, "", []string{}},
		{"add member twice", `{"op":"add","path":"members","value":[{"value":"ALICE"},{"value":"CAROL"}]}`, "", []string{"Alice@contoso.example", "bob", "carol"}},
		{"replace members", `{"op":"replace","path":"members","value":[{"value":"CAROL"},{"value":"bob"}]}`, "invalidValue", []string{"Alice@contoso.example", "bob"}},
		{"replace members by those who exist", `{"op":"replace","path":"members","value":[{"value":"CAROL"}]}`, "", []string{"carol"}},
		{"null ref, the oldest form of Entra", `{"op":"Add","path":"members","value":[{"$ref":null,"value":"CAROL"}]}`, "", []string{"Alice@contoso.example", "bob", "carol"}},
		{"immutable id", `{"op":"replace","path":"members[value eq \"ALICE\"].value","value":"CAROL"}`, "mutability", []string{"Alice@contoso.example", "bob"}},
		{"required displayName", `{"op":"remove","path":"displayName"}`, "mutability", []string{"Alice@contoso.example", "bob"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t, scimmock.RFC())
			alice, bob, carol := people(e)
			group := e.group("g", alice, bob)
			r := e.patch("/Groups/"+group, strings.NewReplacer("ALICE", alice, "CAROL", carol).Replace(test.operations))
			if test.scimType != "" {
				r.scimProblem(400, test.scimType)
			} else {
				r.want(200)
			}
			if got := e.members(group); !slices.Equal(got, test.want) {
				t.Errorf("members %q, want %q", got, test.want)
			}
		})
	}
}

// TestStandardProtocol: RFC 7644 sections 3.3 to 3.12, RFC 7643 sections 2 to 7.
func TestStandardProtocol(t *testing.T) {
	e := run(t, scimmock.RFC())
	alice, bob, _ := people(e)
	r := e.do("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"mine","USERNAME":"dora","Password":"correct horse","meta":{"created":"x"},
		"photos":[{"value":"https://contoso.example/d.png","type":"photo"}],"entitlements":[{"value":"e","primary":true}],"x509Certificates":[{"value":"AAEC"}],"roles":[]}`).want(201)
	location := e.scim.URL() + "/Users/" + r.id()
	if got := r.header.Get("Location"); got != location || r.json("meta", "location") != location {
		t.Errorf("Location %q, body %s", got, r.body)
	}
	if got := r.header.Get("Content-Type"); got != "application/scim+json" {
		t.Errorf("Content-Type %q", got)
	}
	if r.header.Get("x-amzn-RequestId") != "" || r.header.Get("ETag") != "" {
		t.Errorf("header %v", r.header)
	}
	if got, want := strings.NewReplacer(location, "LOCATION", r.id(), "ID").Replace(r.body), `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"ID","userName":"dora","active":true,`+
		`"photos":[{"value":"https://contoso.example/d.png","type":"photo"}],"entitlements":[{"value":"e","primary":true}],"x509Certificates":[{"value":"AAEC"}],`+
		`"meta":{"resourceType":"User","created":"2026-01-05T09:00:00Z","lastModified":"2026-01-05T09:00:00Z","location":"LOCATION"}}`; got != want {
		t.Errorf("new user\n got %s\nwant %s", got, want)
	}
	dora := r.id()
	u, _ := e.store.User(dora)
	if u.Additional == nil || !strings.HasPrefix(u.Additional.Password, "pbkdf2-sha256$") || strings.Contains(fmt.Sprint(*u.Additional), "correct horse") {
		t.Errorf("what is kept of the password: %+v", u.Additional)
	}

	body := func(members string) string {
		return `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],` + members + `}`
	}
	for _, test := range []struct {
		name, method, path, body, scimType string
		status                             int
	}{
		{"duplicate userName in other case", "POST", "/Users", body(`"userName":"BOB"`), "uniqueness", 409},
		{"no userName", "POST", "/Users", body(`"title":"x"`), "invalidValue", 400},
		{"empty userName", "POST", "/Users", body(`"userName":""`), "invalidValue", 400},
		{"bad JSON", "POST", "/Users", `{`, "invalidSyntax", 400},
		{"another schema", "POST", "/Users", `{"schemas":["urn:x"],"userName":"x"}`, "invalidSyntax", 400},
		{"unknown attribute", "POST", "/Users", body(`"userName":"x","shoeSize":7`), "invalidSyntax", 400},
		{"name twice in other case", "POST", "/Users", body(`"userName":"x","USERNAME":"y"`), "invalidSyntax", 400},
		{"two primaries", "POST", "/Users", body(`"userName":"x","emails":[{"value":"1","primary":true},{"value":"2","primary":true}]`), "invalidValue", 400},
		{"certificate not base64", "POST", "/Users", body(`"userName":"x","x509Certificates":[{"value":"%"}]`), "invalidValue", 400},
		{"password of another type", "POST", "/Users", body(`"userName":"x","password":123456`), "invalidValue", 400},
		{"PUT never creates", "PUT", "/Users/none", body(`"userName":"x"`), "", 404},
		{"PUT without required", "PUT", "/Users/" + bob, body(`"title":"x"`), "invalidValue", 400},
		{"Me", "GET", "/Me", "", "", 501},
		{"Bulk", "POST", "/Bulk", `{}`, "", 501},
		{"POST on a user", "POST", "/Users/" + bob, `{}`, "", 405},
		{"DELETE of all", "DELETE", "/Users", "", "", 405},
		{"unknown schema", "GET", "/Schemas/urn:x", "", "", 404},
		{"unknown resource type", "GET", "/ResourceTypes/Printer", "", "", 404},
		{"filter on Schemas", "GET", "/Schemas?filter=x", "", "", 403},
		{"filter on ResourceTypes", "GET", "/ResourceTypes/User?filter=x", "", "", 403},
		{"filter on ServiceProviderConfig", "GET", "/ServiceProviderConfig?filter=x", "", "", 403},
		{"unknown member", "POST", "/Groups", `{"displayName":"g","members":[{"value":"none"}]}`, "invalidValue", 400},
		{"no displayName", "POST", "/Groups", `{"externalId":"g"}`, "invalidValue", 400},
		{"bad startIndex", "GET", "/Users?startIndex=x", "", "invalidValue", 400},
		{"bad sortBy", "GET", "/Users?sortBy=shoeSize", "", "invalidValue", 400},
		{"bad sortOrder", "GET", "/Users?sortBy=userName&sortOrder=up", "", "invalidValue", 400},
		{"bad attributes", "GET", "/Users?attributes=" + url.QueryEscape(`emails[type eq "x"]`), "", "invalidValue", 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			e.t = t
			r := e.do(test.method, test.path, test.body)
			r.scimProblem(test.status, test.scimType)
			if strings.Contains(r.body, "123456") {
				t.Errorf("the password is in the answer: %s", r.body)
			}
		})
	}
	e.t = t
	if r := e.do("GET", "/Users", "", "Authorization", ""); r.header.Get("WWW-Authenticate") == "" {
		t.Error("401 without WWW-Authenticate")
	} else {
		r.scimProblem(401, "")
	}
	// RFC 9110 section 15.5.6: a 405 names the methods that there are.
	for request, allow := range map[[2]string]string{
		{"POST", "/Users/" + bob}: "GET, PATCH, PUT, DELETE", {"DELETE", "/Users"}: "POST, GET", {"PATCH", "/Schemas"}: "GET",
	} {
		r := e.do(request[0], request[1], `{}`)
		if r.scimProblem(405, ""); r.header.Get("Allow") != allow || strings.Contains(r.body, "IAM Identity Center") {
			t.Errorf("%v: Allow %q, want %q; %s", request, r.header.Get("Allow"), allow, r.body)
		}
	}
	if r := e.get("/Nothing"); strings.Contains(r.body, "not supported") {
		r.scimProblem(404, "")
		t.Errorf("what this profile supports is said not to be: %s", r.body)
	}
	if got := e.do("GET", "/Users", "", "Accept", "application/json").header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q for application/json", got)
	}
	if r := e.get("/Users/" + alice + "?attributes=userName,emails.value," + enterprise + ":department"); r.body !=
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","`+enterprise+`"],"id":"`+alice+`","userName":"Alice@contoso.example","emails":[{"value":"alice@contoso.example"},{"value":"alice@home.example"}],"`+enterprise+`":{"department":"R&D"}}` {
		t.Errorf("attributes: %s", r.body)
	}
	if r := e.get("/Users/" + alice + "?excludedAttributes=id,emails,meta,name,title,NAME,displayName," + enterprise); r.body !=
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","`+enterprise+`"],"id":"`+alice+`","externalId":"Ext-A","userName":"Alice@contoso.example","active":true}` {
		t.Errorf("excludedAttributes: %s", r.body)
	}
	// RFC 7643 section 2.5: what has no value is not there, so neither is what would hold it.
	if r := e.get("/Users/" + alice + "?attributes=name.middleName,emails.display," + enterprise + ":manager.displayName"); r.body !=
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","`+enterprise+`"],"id":"`+alice+`"}` {
		t.Errorf("attributes without a value: %s", r.body)
	}
	if r := e.get("/Users/" + alice + "?attributes=name,emails&excludedAttributes=name.familyName,name.givenName,name.formatted,emails.value,emails.type,emails.primary"); r.body !=
		`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","`+enterprise+`"],"id":"`+alice+`"}` {
		t.Errorf("excludedAttributes that leave nothing: %s", r.body)
	}
	e.do("PUT", "/Users/"+dora, body(`"userName":"dora","title":"Boss"`)).want(200)
	if u, _ := e.store.User(dora); u.Title != "Boss" || u.Additional == nil || u.Additional.Photos != nil || u.Additional.Password == "" {
		t.Errorf("after PUT: %+v, %+v", u, u.Additional)
	}

	group := e.group("staff", alice, bob)
	r = e.get("/Groups/" + group)
	same(t, "members", r.json("members"), fmt.Sprintf(`[{"value":%q,"$ref":"%s/Users/%s","type":"User","display":"Alice"},{"value":%q,"$ref":"%s/Users/%s","type":"User","display":"say \"hi\" \\ é"}]`, alice, e.scim.URL(), alice, bob, e.scim.URL(), bob))
	same(t, "groups", e.get("/Users/"+alice).json("groups"), fmt.Sprintf(`[{"value":%q,"$ref":"%s/Groups/%s","type":"direct","display":"staff"}]`, group, e.scim.URL(), group))
	e.do("PUT", "/Groups/"+group, `{"displayName":"crew","members":[{"value":"`+bob+`"}]}`).want(200)
	if got := e.members(group); !slices.Equal(got, []string{"bob"}) {
		t.Errorf("members after PUT: %q", got)
	}
	e.do("DELETE", "/Users/"+bob, "").want(204)
	e.do("DELETE", "/Users/"+bob, "").scimProblem(404, "")
	e.do("POST", "/Users", body(`"userName":"bob"`)).want(201)
}

// TestStandardPages: RFC 7644 section 3.4.2.4 and RFC 9865.
func TestStandardPages(t *testing.T) {
	p := scimmock.RFC()
	p.PageSize = 4
	e := run(t, p)
	for _, name := range []string{"e", "d", "c", "b", "a"} {
		e.person(name)
	}
	for _, test := range []struct {
		name, query string
		want        []string
		total       string
		start       string
	}{
		{"startIndex 0", "startIndex=0", []string{"e", "d", "c", "b"}, "5", "1"},
		{"startIndex 2", "startIndex=2&count=2", []string{"d", "c"}, "5", "2"},
		{"beyond the end", "startIndex=9", []string{}, "5", "9"},
		{"count 0", "count=0", []string{}, "5", "1"},
		{"negative count", "count=-3", []string{}, "5", "1"},
		{"count beyond the page", "count=100", []string{"e", "d", "c", "b"}, "5", "1"},
		{"sorted", "sortBy=userName&startIndex=2&count=3", []string{"b", "c", "d"}, "5", "2"},
		{"descending", "sortBy=USERNAME&sortOrder=Descending&count=2", []string{"e", "d"}, "5", "1"},
		{"filtered", "filter=" + url.QueryEscape(`userName lt "c"`), []string{"b", "a"}, "2", "1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e.t = t
			r := e.get("/Users?" + test.query)
			if got := r.names("userName"); !slices.Equal(got, test.want) {
				t.Errorf("page %q, want %q", got, test.want)
			}
			same(t, "totalResults", r.json("totalResults"), test.total)
			same(t, "startIndex", r.json("startIndex"), test.start)
			same(t, "itemsPerPage", r.json("itemsPerPage"), fmt.Sprint(len(test.want)))
		})
	}
	for _, query := range []string{"", "&filter=" + url.QueryEscape(`userName pr`), "&sortBy=userName"} {
		e.t = t
		var all []string
		cursor := ""
		for range 5 {
			r := e.get("/Users?count=2&cursor=" + cursor + query)
			all = append(all, r.names("userName")...)
			if next, ok := r.json("nextCursor").(string); ok {
				cursor = next
				continue
			}
			cursor = ""
			break
		}
		if cursor != "" || len(all) != 5 || len(slices.Compact(slices.Sorted(slices.Values(all)))) != 5 {
			t.Errorf("%s: pages with cursors have %q", query, all)
		}
	}
	cursor, _ := e.get("/Users?count=2&cursor").json("nextCursor").(string)
	e.get("/Users?count=3&cursor="+cursor).scimProblem(400, "invalidCursor")
	e.get("/Users?count=2&cursor=x").scimProblem(400, "invalidCursor")
	e.get("/Users?count=x&cursor").scimProblem(400, "invalidCount")
	e.get("/Users?count=2&cursor=" + cursor).want(200)
	e.clock.Advance(11 * time.Minute)
	e.get("/Users?count=2&cursor="+cursor).scimProblem(400, "expiredCursor")

	sorted, _ := e.get("/Users?count=2&cursor&sortBy=userName").json("nextCursor").(string)
	raw, err := base64.RawURLEncoding.DecodeString(sorted)
	if err != nil || len(raw) != 24 {
		t.Fatalf("cursor %q: %v", sorted, err)
	}
	for i := 8; i < 16; i++ { // a place beyond everything, made up by the client
		raw[i] = 0xff
	}
	if got := e.get("/Users?count=2&sortBy=userName&cursor=" + base64.RawURLEncoding.EncodeToString(raw)).names("userName"); len(got) != 0 {
		t.Errorf("page after the end: %q", got)
	}
	e.patch("/Users/"+e.find("Users", `userName eq "c"`).json("Resources", 0, "id").(string), `{"op":"add","path":"title","value":"x"}`).want(200)
	if got := e.get("/Users?sortBy=title&count=1").names("userName"); !slices.Equal(got, []string{"c"}) {
		t.Errorf("the only one with a title should come first: %q", got)
	}

	const request = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"attributes":["userName"],"filter":%q,"count":3}`
	if got := e.do("POST", "/Users/.search", fmt.Sprintf(request, `userName sw "a"`)).names("userName"); !slices.Equal(got, []string{"a"}) {
		t.Errorf(".search of users: %q", got)
	}
	e.group("a")
	r := e.do("POST", "/.search", fmt.Sprintf(request, `displayName eq "a"`))
	same(t, "totalResults of .search", r.json("totalResults"), `2`)
	if r := e.do("POST", "/.search", fmt.Sprintf(request, `not (userName pr)`)); len(r.names("id")) != 1 {
		t.Errorf("an attribute that groups lack: %s", r.body)
	}
}

// TestStandardDiscovery: RFC 7643 sections 5 to 7, RFC 9865 section 4. The
// documents tell the truth of the profile.
func TestStandardDiscovery(t *testing.T) {
	e := run(t, scimmock.RFC())
	r := e.get("/ServiceProviderConfig").want(200)
	same(t, "pagination", r.json("pagination"), `{"cursor":true,"index":true,"defaultPaginationMethod":"index","defaultPageSize":200,"maxPageSize":200,"cursorTimeout":600}`)
	for feature, want := range map[string]string{"patch": "true", "bulk": "false", "filter": "true", "sort": "true", "etag": "false", "changePassword": "true"} {
		same(t, feature, r.json(feature, "supported"), want)
	}
	schemas := e.get("/Schemas").want(200)
	same(t, "totalResults", schemas.json("totalResults"), `3`)
	for i := range 3 {
		id, _ := schemas.json("Resources", i, "id").(string)
		one := e.get("/Schemas/" + id).want(200)
		same(t, "location", one.json("meta", "location"), fmt.Sprintf("%q", e.scim.URL()+"/Schemas/"+id))
		if list, _ := one.json("attributes").([]any); len(list) == 0 {
			t.Errorf("%s has no attributes", id)
		}
	}
	for i, name := range []string{"User", "Group"} {
		one := e.get("/ResourceTypes/" + name).want(200)
		if got, want := one.json(), e.get("/ResourceTypes").json("Resources", i); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("resource type %s: %v, in the list %v", name, got, want)
		}
		e.get("/Schemas/" + one.json("schema").(string)).want(200)
	}
	e.get("/Schemas?startIndex=2&attributes=id").want(200)
}

// refusedByAWS has the rows of TestStandardPatch that the profile of AWS
// refuses, with its words: one value of an attribute, one attribute without a
// path, only eq in paths, no empty texts, every e-mail address primary, roles
// and ims not at all. It takes the others.
func refusedByAWS() map[string]string {
	const (
		several = `Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a single attribute.`
		noPath  = "Missing path in PATCH request"
		limit   = "List attribute emails exceeds allowed limit of 1"
		noText  = "2 validation errors detected: Value at '%[1]s' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at '%[1]s' failed to satisfy constraint: Member must satisfy regular expression pattern: %[2]s"
	)
	return map[string]string{
		"null clears a sub-attribute":    "1 validation errors detected: Value null at 'name.givenName' failed to satisfy constraint: Member must not be null",
		"empty userName":                 fmt.Sprintf(noText, "userName", `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`),
		"manager empty":                  fmt.Sprintf(noText, enterprise+".manager.value", `[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`),
		"dotted keys without path":       several,
		"remove without path":            noPath,
		"second primary":                 limit,
		"second primary by path":         limit,
		"two primaries":                  limit,
		"any filter in a path":           badFilter,
		"all matches are replaced":       badFilter,
		"remove the last value":          badFilter,
		"add equal value":                genericInvalid,
		"atomic on later bad operation":  genericInvalid,
		"remove required userName":       genericInvalid,
		"unknown op":                     genericInvalid,
		"unknown attribute":              genericInvalid,
		"unknown attribute without path": genericInvalid,
		"broken path":                    genericInvalid,
		"brackets after a single value":  genericInvalid,
		"empty Operations":               genericInvalid,
		"add without value":              genericInvalid,
		"read-only id":                   genericInvalid,
		"read-only groups":               genericInvalid,
		"one object for an array":        genericInvalid,
		"wrong type":                     genericInvalid,
		"ims":                            genericInvalid,
	}
}
