package idp_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// "Customize user provisioning attribute-mappings", provisioning a role: the roles
// that a user has of the application reach the target, those of groups too, and
// default access is none.
func TestRolesAreProvisioned(t *testing.T) {
	var roles []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/scim+json")
		if r.Method == http.MethodGet {
			io.WriteString(w, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}`)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, rest, _ := strings.Cut(string(body), `"roles":`)
		list, _, _ := strings.Cut(rest, "]")
		roles = append(roles, list+"]")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"id":"%d"}`, len(roles))
	}))
	defer server.Close()

	w := newWire(t)
	app := w.create(idp.ApplicationConfig{Name: "Payroll", AppRoles: []idp.AppRole{
		{Value: "Admin", DisplayName: "Administrator", ID: "06b07648-ecfe-589f-9d2f-6325724a46ee"}, {Value: "Reader", DisplayName: "Reader", ID: "25f6c5a4-1c07-4a0b-8a49-0d3f0d2f6c11"},
	}})
	job := app.Provisioning()
	off := false
	err := job.Configure(provisioning.Settings{
		Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{
			{Target: "userName", Source: "userPrincipalName", Match: 1},
			{Target: "roles", Expression: "AppRoleAssignmentsComplex([appRoleAssignments])"},
		}},
		Groups: provisioning.GroupSettings{Enabled: &off},
	})
	if err == nil {
		err = job.SetTarget(server.URL, "token")
	}
	if err != nil {
		t.Fatal(err)
	}
	ben := w.AddUser(directory.User{UserPrincipalName: "ben@contoso.example", DisplayName: "Ben Okafor"})
	staff := w.AddGroup("staff", w.ana)
	for _, a := range []struct {
		who  directory.Principal
		role string
	}{{w.ana, "Admin"}, {staff, "Reader"}, {staff, "Admin"}, {ben, ""}} {
		if err := app.AssignRole(a.who, a.role); err != nil {
			t.Fatal(err)
		}
	}
	s, err := job.RunCycle(t.Context())
	if err == nil {
		err = s.Err()
	}
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`[{"primary":false,"type":"WindowsAzureActiveDirectoryRole","displayName":"Administrator","value":"Admin"},{"primary":false,"type":"WindowsAzureActiveDirectoryRole","displayName":"Reader","value":"Reader"}]`,
		`[]`,
	}
	if fmt.Sprint(roles) != fmt.Sprint(want) {
		t.Errorf("roles %s\nwant  %s", roles, want)
	}
}
