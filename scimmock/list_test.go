package scimmock_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// population makes users ana (manager m), bo and carol in the group "Team +1"
// (ana, bo) beside the group "Empty", and fills their ids into a filter.
func (e *endpoint) population() func(string) string {
	e.t.Helper()
	m := e.person("maria")
	a := e.user(with(ana(), `"`+enterprise+`":{"manager":{"value":"`+m+`"}}`))
	b, c := e.person("bo"), e.person("carol@contoso.example")
	g := e.do("POST", "/Groups", `{"displayName":"Team +1; Ünïts","externalId":"g-1","members":`+refs(a, b)+`}`).want(201).id()
	empty := e.group("Empty")
	return strings.NewReplacer(`"A"`, `"`+a+`"`, `"B"`, `"`+b+`"`, `"C"`, `"`+c+`"`, `"M"`, `"`+m+`"`, `"G"`, `"`+g+`"`, `"E"`, `"`+empty+`"`).Replace
}

// TestFilters: the filter combinations of the developer guide, ListUsers and
// ListGroups.
func TestFilters(t *testing.T) {
	e := run(t)
	fill := e.population()
	none := []string{}
	for _, test := range []struct {
		resource, filter string
		want             []string
	}{
		{"Users", `userName eq "ana@contoso.example"`, []string{"ana@contoso.example"}},
		{"Users", `userName eq "ANA@contoso.example"`, []string{"ana@contoso.example"}},
		{"Users", `USERNAME EQ "ana@contoso.example"`, []string{"ana@contoso.example"}},
		{"Users", `urn:ietf:params:scim:schemas:core:2.0:User:userName eq "bo"`, []string{"bo"}},
		{"Users", `userName eq "nobody"`, none},
		{"Users", `userName eq "0f4eb0e2-7d5c-4c29-9a0b-3f7b0d8c4c11"`, none}, // Entra tests the connection like this
		{"Users", `userName eq "a\"b\\"`, none},
		{"Users", `externalId eq "a-1"`, []string{"ana@contoso.example"}},
		{"Users", `externalId eq "A-1"`, none},
		{"Users", `id eq "A"`, []string{"ana@contoso.example"}},
		{"Users", `id eq "nobody"`, none},
		{"Users", `id eq "A" and manager eq "M"`, []string{"ana@contoso.example"}},
		{"Users", `manager eq "M" and id eq "A"`, []string{"ana@contoso.example"}},
		{"Users", `id eq "A" and ` + enterprise + `:manager eq "M"`, []string{"ana@contoso.example"}},
		{"Users", `id eq "A" and manager eq "B"`, none},
		{"Users", `id eq "B" and manager eq "M"`, none},
		{"Users", `groups.value eq "G"`, []string{"ana@contoso.example", "bo"}},
		{"Users", `groups.value eq "E"`, none},
		{"Users", `groups.value eq "nothing"`, none},
		{"Groups", `displayName eq "Team +1; Ünïts"`, []string{"Team +1; Ünïts"}},
		{"Groups", `displayName eq "team +1; ÜNÏTS"`, []string{"Team +1; Ünïts"}},
		{"Groups", `displayName eq "Team"`, none},
		{"Groups", `externalId eq "g-1"`, []string{"Team +1; Ünïts"}},
		{"Groups", `id eq "E"`, []string{"Empty"}},
		{"Groups", `members.value eq "A"`, []string{"Team +1; Ünïts"}},
		{"Groups", `members.value eq "C"`, none},
		{"Groups", `id eq "G" and members eq "A"`, []string{"Team +1; Ünïts"}},
		{"Groups", `members eq "A" and id eq "G"`, []string{"Team +1; Ünïts"}},
		{"Groups", `id eq "G" and member eq "B"`, []string{"Team +1; Ünïts"}},
		{"Groups", `id eq "G" and members eq "C"`, none},
		{"Groups", `id eq "nothing" and members eq "A"`, none},
	} {
		t.Run(test.resource+" "+test.filter, func(t *testing.T) {
			e.t = t
			r := e.find(test.resource, fill(test.filter))
			attribute := map[string]string{"Users": "userName", "Groups": "displayName"}[test.resource]
			if diff := cmp.Diff(test.want, r.names(attribute)); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			same(t, "totalResults", r.json("totalResults"), fmt.Sprint(len(test.want)))
			// With a cursor the same are found.
			paged := e.get("/" + test.resource + "?cursor&filter=" + url.QueryEscape(fill(test.filter)))
			if diff := cmp.Diff(test.want, paged.names(attribute)); diff != "" {
				t.Errorf("found with cursor (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFiltersRefused(t *testing.T) {
	e := run(t)
	fill := e.population()
	for _, test := range []struct {
		resource, filter string
		status           int
		detail           string
	}{
		{"Groups", `members.value eq "nobody"`, 404, notThere},
		{"Groups", `id eq "G" and members eq "nobody"`, 404, notThere},
		{"Groups", `id eq "G" and members eq ""`, 400, badFilter}, // seen by slashdevops/idp-scim-sync
		{"Users", ``, 400, badFilter},
		{"Users", `userName`, 400, badFilter},
		{"Users", `userName eq`, 400, badFilter},
		{"Users", `userName eq ana`, 400, badFilter},
		{"Users", `userName eq "ana`, 400, badFilter},
		{"Users", `userName eq ""`, 400, badFilter},
		{"Users", `userName co "ana"`, 400, badFilter},
		{"Users", `userName sw "ana"`, 400, badFilter},
		{"Users", `userName ne "ana"`, 400, badFilter},
		{"Users", `userName pr`, 400, badFilter},
		{"Users", `not (userName eq "ana")`, 400, badFilter},
		{"Users", `userName eq "a" or userName eq "b"`, 400, badFilter},
		{"Users", `userName eq "a" or "1" eq "1"`, 400, badFilter},
		{"Users", `userName eq "a" and externalId eq "b"`, 400, badFilter},
		{"Users", `userName eq "a" and id eq "b"`, 400, badFilter},
		{"Users", `id eq "a" and manager eq "b" and active eq "c"`, 400, badFilter},
		{"Users", `manager eq "M"`, 400, badFilter},
		{"Users", `active eq true`, 400, badFilter},
		{"Users", `active eq "true"`, 400, badFilter},
		{"Users", `emails[type eq "work"].value eq "ana@contoso.example"`, 400, badFilter},
		{"Users", `emails[type eq "work"]`, 400, badFilter},
		{"Users", `emails.value eq "ana@contoso.example"`, 400, badFilter},
		{"Users", `displayName eq "Ana"`, 400, badFilter},
		{"Users", `shoeSize eq "1"`, 400, badFilter},
		{"Users", `userName gt "a"`, 400, badFilter},
		{"Users", `userName eq "a";drop`, 400, badFilter},
		{"Users", strings.Repeat("(", 5000) + `userName eq "a"`, 400, badFilter},
		{"Users", `userName eq "` + strings.Repeat("a", 100_000) + `"`, 400, badFilter},
		{"Users", "userName eq \"\xff\"", 400, badFilter},
		{"Groups", `displayName eq "a" and externalId eq "b"`, 400, badFilter},
		{"Groups", `members eq "A"`, 400, badFilter},
		{"Groups", `userName eq "a"`, 400, badFilter},
		{"Groups", `displayName co "Team"`, 400, badFilter},
	} {
		t.Run(test.resource+" "+test.filter[:min(len(test.filter), 60)], func(t *testing.T) {
			e.t = t
			e.find(test.resource, fill(test.filter)).refused(test.status, test.detail)
		})
	}
}

// A space may arrive as + or %20, a plus sign as %2B only.
func TestFilterEncodings(t *testing.T) {
	e := run(t)
	e.person("a+b@contoso.example")
	for query, want := range map[string]int{
		`filter=userName+eq+%22a%2Bb%40contoso.example%22`:                                        1,
		`filter=userName%20eq%20%22a%2Bb@contoso.example%22`:                                      1,
		`excludedAttributes=members&filter=userName+eq+"a%2Bb@contoso.example"&attributes=id`:     1,
		`filter=userName+eq+%22a+b%40contoso.example%22`:                                          0,
		`filter=userName%20eq%20%22a;b%22`:                                                        0,
		`startIndex=1&count=100&filter=userName%20eq%20%22a%2Bb%40contoso.example%22&sortBy=id`:   1,
		`aadOptscim062020&filter=userName+eq+%22a%2Bb%40contoso.example%22&unknown=%zz&x=1;y=2`:   1,
		`filter=userName+eq+%22%61%2b%62%40contoso.example%22`:                                    1,
		`%66ilter=userName+eq+%22a%2Bb%40contoso.example%22`:                                      1,
		`filter=userName+eq+%22a%5Cu002bb%40contoso.example%22`:                                   1,
		`&&filter=urn%3Aietf%3Aparams%3Ascim%3Aschemas%3Acore%3A2.0%3AUser%3AuserName+eq+%22x%22`: 0,
	} {
		if got := len(e.get("/Users?" + query).names("id")); got != want {
			t.Errorf("%s: %d found, want %d", query, got, want)
		}
	}
	for _, query := range []string{`filter=userName+eq+%22a%zz%22`, `filter=userName+eq+%22a%22&filter=userName+eq+%22b%22`, `count=1&count=2`, `cursor&cursor`} {
		e.get("/Users?"+query).refused(400, genericInvalid)
	}
}

// TestListWithoutCursor: a page of at most 100, which counts itself alone.
func TestListWithoutCursor(t *testing.T) {
	e := run(t)
	empty := e.get("/Users").want(200)
	if want := `{"totalResults":0,"itemsPerPage":0,"startIndex":1,"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resources":[]}`; empty.body != want {
		t.Errorf("empty list\n got %s\nwant %s", empty.body, want)
	}
	for i := range 105 {
		e.person(fmt.Sprintf("u%03d", i))
	}
	for query, want := range map[string]int{"": 100, "?count=7": 7, "?count=100": 100, "?count=1000&startIndex=1": 100, "?count=0": 1, "?count=-5": 1, "?startIndex=50": 100} {
		r := e.get("/Users" + query)
		if got := len(r.names("id")); got != want {
			t.Errorf("%q: %d users, want %d", query, got, want)
		}
		same(t, query+" totalResults", r.json("totalResults"), fmt.Sprint(want))
		same(t, query+" itemsPerPage", r.json("itemsPerPage"), fmt.Sprint(want))
		same(t, query+" startIndex", r.json("startIndex"), `1`)
	}
	e.get("/Users?count=many").refused(400, genericInvalid)
}

// TestListWithCursor: developer guide, ListUsers, "Pagination Examples", and
// RFC 9865.
func TestListWithCursor(t *testing.T) {
	e := run(t)
	var all, ids []string
	for i := range 105 {
		all = append(all, fmt.Sprintf("u%03d", i))
		ids = append(ids, e.person(all[i]))
	}
	g := e.group("g", ids[:100]...)
	e.patch("/Groups/"+g, `{"op":"add","path":"members","value":`+refs(ids[100:]...)+`}`).want(204)

	for _, test := range []struct {
		query string
		sizes []int
	}{
		{"cursor", []int{100, 5}},
		{"cursor=", []int{100, 5}},
		{"cursor&count=35", []int{35, 35, 35}},
		{"cursor&filter=" + url.QueryEscape(`groups.value eq "`+g+`"`), []int{100, 5}},
	} {
		t.Run(test.query, func(t *testing.T) {
			e.t = t
			var got []string
			var sizes []int
			query := test.query
			for {
				r := e.get("/Users?" + query)
				page := r.names("userName")
				got, sizes = append(got, page...), append(sizes, len(page))
				if want := fmt.Sprintf(`{"itemsPerPage":%d,`, len(page)); !strings.HasPrefix(r.body, want) {
					t.Errorf("page begins %.40s, want %s", r.body, want)
				}
				for _, absent := range []string{"totalResults", "startIndex"} {
					if r.json(absent) != nil {
						t.Errorf("a page with cursor has %s", absent)
					}
				}
				next, _ := r.json("nextCursor").(string)
				if next == "" {
					break
				}
				if !regexp.MustCompile(`^[-a-zA-Z0-9._~]+$`).MatchString(next) {
					t.Errorf("nextCursor %q is not made of unreserved characters (RFC 9865 section 2)", next)
				}
				query = strings.Replace(strings.Replace(test.query, "cursor=", "cursor", 1), "cursor", "cursor="+next, 1)
			}
			if diff := cmp.Diff(test.sizes, sizes); diff != "" {
				t.Errorf("page sizes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(all, got); diff != "" {
				t.Errorf("users on all pages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCursorsRefused(t *testing.T) {
	e := run(t)
	a := e.person("a")
	e.person("b")
	e.group("g", a)
	e.group("h", a)
	users, _ := e.get("/Users?cursor&count=1").json("nextCursor").(string)
	groups, _ := e.get("/Groups?cursor&count=1").json("nextCursor").(string)
	filter := "&filter=" + url.QueryEscape(`members.value eq "`+a+`"`)
	filtered, _ := e.get("/Groups?cursor&count=1" + filter).json("nextCursor").(string)
	if users == "" || groups == "" || filtered == "" {
		t.Fatal("no next page")
	}
	e.get("/Groups?cursor=" + filtered + filter).want(200)
	e.get("/Groups?count=1&cursor=" + groups).want(200)
	for name, path := range map[string]string{
		"count 0":                 "/Users?cursor&count=0",
		"count 101":               "/Users?cursor&count=101",
		"count negative":          "/Users?cursor&count=-1",
		"count not a number":      "/Users?cursor&count=x",
		"nonsense":                "/Users?cursor=VGVzdFVzZXJDdXJzb3I",
		"not base64":              "/Users?cursor=%00",
		"cut short":               "/Users?cursor=" + users[:len(users)-1],
		"of groups for users":     "/Users?cursor=" + groups,
		"filter dropped":          "/Groups?cursor=" + filtered,
		"filter added":            "/Groups?cursor=" + groups + filter,
		"filter changed":          "/Groups?cursor=" + filtered + strings.Replace(filter, a, "x"+a[1:], 1),
		"with something appended": "/Users?cursor=" + users + base64.RawURLEncoding.EncodeToString([]byte("xyz")),
	} {
		t.Run(name, func(t *testing.T) {
			e.t = t
			r := e.get(path)
			if name == "filter changed" { // to a member who does not exist
				r.refused(404, notThere)
				return
			}
			r.refused(400, genericInvalid)
		})
	}
}
