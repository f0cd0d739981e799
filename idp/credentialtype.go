package idp

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/idharness/harness/internal/trace"
)

// The codes of GetCredentialType (client code of saml2aws and its test data).
const (
	credentialPassword = 1
	userExists         = 0
	userUnknown        = 1
	domainManaged      = 3
)

// serveGetCredentialType answers what the sign-in page asks between name and
// password: whether there is such a user, and how it signs in.
func (t *Tenant) serveGetCredentialType(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "GetCredentialType")
	var ask struct {
		Username  string `json:"username"`
		FlowToken string `json:"flowToken"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxForm)).Decode(&ask); err != nil {
		http.Error(w, "expected a JSON object: "+err.Error(), http.StatusBadRequest)
		return
	}
	exists := userUnknown
	if user, known := t.directory.User(strings.TrimSpace(ask.Username)); known && isNamed(user, ask.Username) {
		exists = userExists
	}
	writeJSON(w, map[string]any{
		"Username": ask.Username, "Display": ask.Username, "IfExistsResult": exists, "IsUnmanaged": false, "ThrottleStatus": 0,
		"Credentials": map[string]any{
			"PrefCredential": credentialPassword, "HasPassword": true, "RemoteNgcParams": nil, "FidoParams": nil,
			"SasParams": nil, "CertAuthParams": nil, "GoogleParams": nil, "FacebookParams": nil,
		},
		"EstsProperties": map[string]any{"UserTenantBranding": nil, "DomainType": domainManaged},
		"FlowToken":      ask.FlowToken, "IsSignupDisallowed": true, "apiCanary": ask.FlowToken,
	})
}
