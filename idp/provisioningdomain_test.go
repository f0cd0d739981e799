package idp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/clock"
)

// "Reference for writing expressions for attribute mappings": DefaultDomain is
// the domain of the tenant whose users are provisioned.
func TestDomainReachesProvisioning(t *testing.T) {
	for domain, want := range map[string]string{"fabrikam.example": "help@fabrikam.example", "": "help@contoso.example"} {
		var created string
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
			created = string(body)
			w.WriteHeader(http.StatusCreated)
			io.WriteString(w, `{"id":"1"}`)
		}))
		tenant := idp.Run(t, idp.Config{TenantID: tenantID, Clock: clock.Frozen(start), Domain: domain})
		app, err := tenant.CreateApplication(idp.ApplicationConfig{Name: "Payroll"})
		if err == nil {
			err = app.Assign(tenant.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"}))
		}
		if err == nil {
			err = app.Provisioning().Configure(provisioning.Settings{Users: provisioning.UserSettings{Mappings: []provisioning.Mapping{
				{Target: "userName", Source: "userPrincipalName", Match: 1},
				{Target: "nickName", Expression: `Join("@", "help", DefaultDomain())`},
			}}})
		}
		if err == nil {
			err = app.Provisioning().SetTarget(server.URL, "token")
		}
		if err == nil {
			_, err = app.Provisioning().RunCycle(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(created, `"nickName":"`+want+`"`) {
			t.Errorf("domain %q: created with %s, want the nickName %s", domain, created, want)
		}
		server.Close()
	}
}
