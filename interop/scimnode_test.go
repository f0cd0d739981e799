package interop

import (
	"encoding/json"
	"testing"
)

// startSCIM starts a SCIM server that runs in Node.js.
func startSCIM(t *testing.T, folder, needed string) scimServer {
	t.Helper()
	node := needNode(t, folder, needed)
	var about struct{ Store, TenantURL, Token string }
	line := startNode(t, node, folder, "server.js", map[string]any{"token": "a token of the test"})
	if err := json.Unmarshal([]byte(line), &about); err != nil {
		t.Fatalf("%s writes %q: %v", folder, line, err)
	}
	return scimServer{tenantURL: about.TenantURL, token: about.Token, store: func(t *testing.T) scimStore {
		t.Helper()
		var s scimStore
		if err := json.Unmarshal([]byte(get(t, about.Store)), &s); err != nil {
			t.Fatalf("the store of %s: %v", folder, err)
		}
		return s
	}}
}

// scimmy reads PATCH by the schemas of RFC 7643 and RFC 7644.
func TestEntraProvisionsIntoScimmy(t *testing.T) {
	for _, dialect := range []string{"legacy", "compliant"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			liveAtServer(t, startSCIM(t, "scimmy", "scimmy-routers"), dialect, scimmyDeviations)
		})
	}
}

// The directory sync of SAML Jackson keeps what the client sent, and a reading
// of its own beside it.
func TestEntraProvisionsIntoJackson(t *testing.T) {
	for _, dialect := range []string{"legacy", "compliant"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			server := startSCIM(t, "jackson", "@boxyhq/saml-jackson")
			server.own = func(user map[string]string) {
				for own, sent := range map[string]string{"email": "emails[work].value", "first_name": "name.givenName", "last_name": "name.familyName", "active": "active"} {
					user["own."+own] = user[sent]
				}
			}
			liveAtServer(t, server, dialect, jacksonDeviations)
		})
	}
}
