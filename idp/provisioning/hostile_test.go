package provisioning

import (
	"net/http"
	"testing"
	"time"
)

// FuzzReply reads whatever a target may answer: nothing panics, and what is
// accepted has an id.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":1,"Resources":[{"id":"1","userName":"a"}]}`,
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resources":[null,7,"x",[]]}`,
		`{"id":"1","emails":[{"type":"work","value":7},"x",null],"name":[],"active":"true","roles":[{"value":"{\"value\":\"Admin\"}"}],"members":{}}`,
		`{"ID":"1","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":null}}}`,
		`<html>`, `null`, `[]`, `{"id":`, "\xff", `{"schemas":"urn:ietf:params:scim:api:messages:2.0:Error","scimType":7,"detail":{}}`,
	} {
		f.Add([]byte(seed), 200)
	}
	var paths []attributePath
	for _, m := range customUserMappings {
		p, ok := parsePath(m.Target)
		if !ok {
			f.Fatalf("default target %s cannot be read", m.Target)
		}
		paths = append(paths, p)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		r := &reply{status: status, header: http.Header{"Retry-After": {string(body)}}, body: body, secret: "token"}
		if failed := statusFailure(r, time.Time{}); failed.code == "" || failed.retryAfter < 0 {
			t.Fatalf("failure %+v", failed)
		}
		list, failed := r.list()
		if single, f := r.resource(); f == nil {
			list = append(list, single)
		} else if failed == nil && f.code == "" {
			t.Fatalf("failure %+v", f)
		}
		for _, found := range list {
			if found.id() == "" {
				t.Fatalf("accepted a resource without id from %q", body)
			}
			for _, p := range paths {
				found.value(p)
				found.manager(p)
			}
			found.roleValues()
			found.hasMembers()
		}
	})
}

// FuzzTarget reads tenant URLs and target attributes.
func FuzzTarget(f *testing.F) {
	f.Add("https://scim.contoso.example/scim/?aadOptscim062020&a=b")
	f.Add(`emails[type eq "work"].value`)
	f.Add("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager")
	f.Fuzz(func(t *testing.T, text string) {
		if target, err := parseTarget(text, "token"); err == nil {
			address := target.url(true, "/Users/1", "filter=x")
			if _, err := http.NewRequest(http.MethodGet, address, nil); err != nil {
				t.Fatalf("%q gives the address %q: %v", text, address, err)
			}
		}
		if p, ok := parsePath(text); ok {
			p.checkTarget(userShapes)
		}
	})
}
