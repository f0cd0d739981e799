package provisioning_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// The scimType of RFC 7644 section 3.12 decides where it leaves no doubt. The
// words of detail count beside invalidValue, which is for missing values and
// unfit ones alike, and invalidSyntax; and MandatoryFieldsMissing is only for
// users who could not be created ("How to analyze the Microsoft Entra
// provisioning logs", error codes).
func TestCodeOfRefusedContent(t *testing.T) {
	const mandatory, unprocessable, unknown = "MandatoryFieldsMissing", "UnprocessableEntity", "SchemaAttributeNotFound"
	for _, test := range []struct{ scimType, detail, created, changed string }{
		{"invalidValue", "Required attribute name.familyName is missing", mandatory, unprocessable},
		{"invalidValue", "A required value was missing, or the value specified was not compatible", mandatory, unprocessable},
		{"invalidValue", "expected value type 'boolean' but found type 'string'", unprocessable, unprocessable},
		{"invalidSyntax", "userName is required", mandatory, unprocessable},
		{"", "Value null failed to satisfy constraint: Member must not be null", mandatory, unprocessable},
		{"", "Unknown attribute title", unknown, unknown},
		{"mutability", "a required attribute cannot be changed", unprocessable, unprocessable},
		{"invalidFilter", "required filter is missing", unprocessable, unprocessable},
		{"invalidPath", "a required value is missing", unknown, unknown},
		{"noTarget", "missing", unknown, unknown},
		{"uniqueness", "a required value is missing", "EntryConflict", "EntryConflict"},
	} {
		for _, status := range []int{400, 422} {
			body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":%q,"detail":%q,"status":"400"}`, test.scimType, test.detail)
			f := newFixture(t, provisioning.Settings{})
			ann := f.addUser("ann")
			f.assign(ann.ID)
			f.server.setFault(answer("POST", "/Users", status, body))
			f.cycle()
			if e := f.entry("ann@contoso.example"); e.Error == nil || e.Error.Code != test.created {
				t.Errorf("%s %q, %d for a creation: %+v, want %s", test.scimType, test.detail, status, e.Error, test.created)
			}
			f.server.setFault(nil)
			f.success()
			f.set(ann.ID, func(u *directory.User) { u.JobTitle = "Engineer" })
			f.server.setFault(answer("PATCH", "/Users", status, body))
			f.cycle()
			if e := f.entry("ann@contoso.example"); e.Error == nil || e.Error.Code != test.changed {
				t.Errorf("%s %q, %d for a change: %+v, want %s", test.scimType, test.detail, status, e.Error, test.changed)
			}
		}
	}
}

// A user of whom the target knows nothing any more when the manager is written
// is looked at as a whole: it is matched, made again, and given its manager.
func TestManagerOfAUserWhoIsGone(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	ann, bob := f.addUser("ann"), f.addUser("bob")
	f.assign(ann.ID)
	f.assign(bob.ID)
	f.success()
	f.set(ann.ID, func(u *directory.User) { u.Manager = bob.ID })
	f.server.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method != http.MethodPatch {
			return false
		}
		delete(f.server.users, "u1")
		w.WriteHeader(http.StatusNotFound)
		return true
	})
	f.cycle()
	escrows := f.job.Escrows()
	if len(escrows) != 1 || escrows[0].SourceID != ann.ID || escrows[0].Reference || escrows[0].Code != "InvalidAnchor" {
		t.Fatalf("escrows %+v, want ann as a whole", escrows)
	}
	f.server.setFault(nil)
	f.server.taken()
	f.wantCounts(f.success(), counts{Users: provisioning.UserCounts{Created: 1}})
	requests := unescape(t, f.server.taken())
	if len(requests) != 5 || requests[1] != "GET /Users/u1" || requests[2] != `GET /Users?filter=userName eq "ann@contoso.example"` || !contains(requests[3], "POST /Users") || !contains(requests[4], ":manager") {
		t.Errorf("requests %q", requests)
	}
	if m := f.server.user("ann@contoso.example")[enterpriseURN]; !contains(mustJSON(m), `"u2"`) {
		t.Errorf("the manager is %v", m)
	}
	if escrows := f.job.Escrows(); len(escrows) != 0 {
		t.Errorf("escrows %+v", escrows)
	}
}
