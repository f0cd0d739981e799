package scimmock_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// The rows of TestStandardPatchGroup and TestStandardProtocol at the profile of
// AWS: what it restricts is refused in its words, what it does otherwise shows in
// the status. An empty text stands for a request that it takes.
func TestStandardCasesAtAWS(t *testing.T) {
	const replacing = "Replacing group memberships is not supported."
	for _, test := range []struct {
		name, operation, refused string
		members                  []string
	}{
		{"members by filter", `{"op":"remove","path":"members[value eq \"ALICE\"]"}`, "", []string{"bob"}},
		{"Remove members and value list", `{"op":"Remove","path":"members","value":[{"value":"ALICE"}]}`, "", []string{"bob"}},
		{"remove members without value", `{"op":"remove","path":"members"}`, genericInvalid, []string{"alice", "bob"}},
		{"add member twice", `{"op":"add","path":"members","value":[{"value":"ALICE"},{"value":"CAROL"}]}`, "", []string{"alice", "bob", "carol"}},
		{"replace members", `{"op":"replace","path":"members","value":[{"value":"CAROL"},{"value":"bob"}]}`, replacing, []string{"alice", "bob"}},
		{"replace members by those who exist", `{"op":"replace","path":"members","value":[{"value":"CAROL"}]}`, replacing, []string{"alice", "bob"}},
		{"null ref, the oldest form of Entra", `{"op":"Add","path":"members","value":[{"$ref":null,"value":"CAROL"}]}`, "", []string{"alice", "bob", "carol"}},
		{"immutable id", `{"op":"replace","path":"members[value eq \"ALICE\"].value","value":"CAROL"}`, replacing, []string{"alice", "bob"}},
		{"required displayName", `{"op":"remove","path":"displayName"}`, genericInvalid, []string{"alice", "bob"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t)
			alice, bob, carol := e.person("alice"), e.person("bob"), e.person("carol")
			group := e.group("g", alice, bob)
			r := e.patch("/Groups/"+group, strings.NewReplacer("ALICE", alice, "CAROL", carol).Replace(test.operation))
			if test.refused == "" {
				r.want(204)
			} else {
				r.refused(400, test.refused)
			}
			got := e.members(group)
			if slices.Sort(got); !slices.Equal(got, test.members) {
				t.Errorf("members %q, want %q", got, test.members)
			}
		})
	}

	user := func(members string) string {
		return `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"displayName":"D","name":{"givenName":"G","familyName":"F"},` + members + `}`
	}
	const (
		noUserName = "1 validation errors detected: Value null at 'userName' failed to satisfy constraint: Member must not be null"
		noName     = "1 validation errors detected: Value null at 'displayName' failed to satisfy constraint: Member must not be null"
		emptyName  = `2 validation errors detected: Value at 'userName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+`
	)
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		detail                   string
	}{
		{"duplicate userName in other case", "POST", "/Users", user(`"userName":"BOB"`), 409, duplicate},
		{"no userName", "POST", "/Users", user(`"title":"x"`), 400, noUserName},
		{"empty userName", "POST", "/Users", user(`"userName":""`), 400, emptyName},
		{"bad JSON", "POST", "/Users", `{`, 400, "Invalid JSON from RequestBody"},
		{"another schema", "POST", "/Users", `{"schemas":["urn:x"],"userName":"x"}`, 400, genericInvalid},
		{"unknown attribute", "POST", "/Users", user(`"userName":"x1","shoeSize":7`), 201, ""},
		{"name twice in other case", "POST", "/Users", user(`"userName":"x2","USERNAME":"y"`), 201, ""},
		{"two primaries", "POST", "/Users", user(`"userName":"x3","emails":[{"value":"1","primary":true},{"value":"2","primary":true}]`), 400, "List attribute emails exceeds allowed limit of 1"},
		{"certificates", "POST", "/Users", user(`"userName":"x4","x509Certificates":[{"value":"AAEC"}]`), 400, genericInvalid},
		{"password", "POST", "/Users", user(`"userName":"x5","password":"correct horse"`), 400, genericInvalid},
		{"PUT never creates", "PUT", "/Users/none", user(`"userName":"x6"`), 404, notThere},
		{"PUT without required", "PUT", "/Users/BOB", user(`"title":"x"`), 400, noUserName},
		{"Me", "GET", "/Me", "", 404, notThere},
		{"Bulk", "POST", "/Bulk", `{}`, 404, notThere},
		{"search", "POST", "/.search", `{}`, 404, notThere},
		{"POST on a user", "POST", "/Users/BOB", `{}`, 400, genericInvalid},
		{"PUT of a group", "PUT", "/Groups/none", `{"displayName":"g"}`, 400, genericInvalid},
		{"DELETE of all", "DELETE", "/Users", "", 400, genericInvalid},
		{"unknown schema", "GET", "/Schemas/urn:x", "", 400, genericInvalid},
		{"a resource type by itself", "GET", "/ResourceTypes/User", "", 404, notThere},
		{"filter on Schemas", "GET", "/Schemas?filter=x", "", 200, ""},
		{"filter on ServiceProviderConfig", "GET", "/ServiceProviderConfig?filter=x", "", 200, ""},
		{"unknown member", "POST", "/Groups", `{"displayName":"g","members":[{"value":"none"}]}`, 400, genericInvalid},
		{"no displayName", "POST", "/Groups", `{"externalId":"g"}`, 400, noName},
		{"startIndex", "GET", "/Users?startIndex=x", "", 200, ""},
		{"sortBy", "GET", "/Users?sortBy=shoeSize", "", 200, ""},
		{"attributes", "GET", "/Users?attributes=" + url.QueryEscape(`emails[type eq "x"]`), "", 200, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t)
			bob := e.person("bob")
			r := e.do(test.method, strings.ReplaceAll(test.path, "BOB", bob), test.body)
			if test.detail == "" {
				r.want(test.status)
			} else {
				r.refused(test.status, test.detail)
			}
			if strings.Contains(r.body, "scimType") || r.header.Get("Location") != "" {
				t.Errorf("what AWS has not: %s, Location %q", r.body, r.header.Get("Location"))
			}
		})
	}
}
