package interop

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"
)

// startElimity starts a SCIM server on elimity-com/scim, which reads requests
// and checks them against the schemas of RFC 7643.
func startElimity(t *testing.T) scimServer {
	t.Helper()
	return startElimityWith(t, false)
}

// startWholeElimity is startElimity for a store that always answers all of a
// resource.
func startWholeElimity(t *testing.T) scimServer {
	t.Helper()
	return startElimityWith(t, true)
}

func startElimityWith(t *testing.T, whole bool) scimServer {
	t.Helper()
	groups := &elimityStore{unique: "displayName", whole: whole, byID: make(map[string]map[string]any)}
	users := &elimityStore{unique: "userName", whole: whole, byID: make(map[string]map[string]any), removed: groups.forget}
	handler, err := scim.NewServer(&scim.ServerArgs{
		ServiceProviderConfig: &scim.ServiceProviderConfig{SupportFiltering: true, SupportPatch: true},
		ResourceTypes: []scim.ResourceType{
			{ID: optional.NewString("User"), Name: "User", Endpoint: "/Users", Schema: schema.CoreUserSchema(), Handler: users,
				SchemaExtensions: []scim.SchemaExtension{{Schema: schema.ExtensionEnterpriseUser()}}},
			{ID: optional.NewString("Group"), Name: "Group", Endpoint: "/Groups", Schema: schema.CoreGroupSchema(), Handler: groups},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	const token = "a token of the test"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return scimServer{tenantURL: server.URL + "/v2", token: token, store: func(t *testing.T) scimStore {
		t.Helper()
		return scimStore{users.dump(t), groups.dump(t)}
	}}
}

// elimity-com/scim is what SCIM servers in Go are built on.
func TestEntraProvisionsIntoElimity(t *testing.T) {
	for _, dialect := range []string{"legacy", "compliant"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			liveAtServer(t, startElimity(t), dialect, elimityDeviations)
		})
	}
}
