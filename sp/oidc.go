package sp

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/sp/ssooidc"
)

const createToken = "CreateToken"

// oidcPortal is the access portal as the OIDC service sees it.
type oidcPortal struct{ *Instance }

// IsStartURL takes the portal's addresses, those that the real service would
// have and those of the mock, and the issuer URL of the instance.
func (p oidcPortal) IsStartURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	if u.Scheme == "https" {
		if _, ok := p.portals()[strings.ToLower(u.Host)]; ok {
			return true
		}
	}
	plain := strings.TrimRight(strings.SplitN(address, "#", 2)[0], "/")
	if plain == p.PortalURL() || plain == "https://identitycenter.amazonaws.com/"+p.named().instanceID {
		return true
	}
	for _, mine := range p.PortalURLs() {
		if plain == strings.TrimRight(mine, "/") {
			return true
		}
	}
	return false
}

func (p oidcPortal) OpenSession(by ssooidc.Approver, client string) string {
	return p.sessions.openClient(by.UserID, by.Expires, by.AccessControl, client)
}

func (p oidcPortal) IssueToken(sessionID string, atMost time.Duration) (string, time.Duration, bool) {
	if user, exists := p.store.User(p.sessions.userOf(sessionID)); !exists || !user.Active {
		return "", 0, false
	}
	return p.sessions.issueToken(sessionID, atMost)
}

// secretMembers are the members of the service's requests and answers that
// neither the trace nor CloudTrail shows.
var secretMembers = [...]string{"clientSecret", "deviceCode", "code", "codeVerifier", "refreshToken", "accessToken", "idToken"}

// oidcCall makes a handler of an operation of the OIDC service, in the REST-JSON
// protocol.
func oidcCall[In, Out any](i *Instance, name string, operation func(In) (Out, *ssooidc.Error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		open := trace.From(r.Context())
		open.Kind("aws", "SSOOIDC."+name)
		var in In
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
		if err == nil {
			err = json.Unmarshal(body, &in)
		}
		if err != nil {
			i.refuseOIDC(w, r, unreadable(err))
			return
		}
		for _, value := range secretsOf(body) {
			open.Secret(value)
		}
		out, refused := operation(in)
		if refused != nil {
			i.recordOIDC(r, name, body, nil, refused)
			i.refuseOIDC(w, r, refused)
			return
		}
		answer, err := json.Marshal(out)
		if err != nil { // texts and numbers can always be written
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		for _, value := range secretsOf(answer) {
			open.Secret(value)
		}
		i.recordOIDC(r, name, body, answer, nil)
		i.writeAPI(w, http.StatusOK, json.RawMessage(answer))
	}
}

func unreadable(err error) *ssooidc.Error {
	status, got := http.StatusBadRequest, err.Error()
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		status, got = http.StatusRequestEntityTooLarge, "more than 1 MiB"
	}
	why := badRequest("an object in JSON of at most 1 MiB", got, "body")
	return &ssooidc.Error{Status: status, OAuth: "invalid_request", Refusal: *why}
}

// secretsOf returns the values of a body that are secret.
func secretsOf(body []byte) []string {
	var members map[string]any
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	var out []string
	for _, name := range secretMembers {
		if value, ok := members[name].(string); ok && value != "" {
			out = append(out, value)
		}
	}
	return out
}

// refuseOIDC answers with an error: SDKs read its name from the header, in the
// form that has been seen, and people the description.
func (i *Instance) refuseOIDC(w http.ResponseWriter, r *http.Request, why *ssooidc.Error) {
	trace.From(r.Context()).Refused("accepted", why.Error(), &why.Refusal)
	w.Header().Set("x-amzn-ErrorType", why.Code+":http://internal.amazon.com/coral/com.amazonaws.sso.oidc/")
	i.writeAPI(w, why.Status, map[string]string{"error": why.OAuth, "error_description": why.Message})
}

// recordOIDC leaves a CloudTrail record in the form of the documented one of
// CreateToken (user guide, "Understanding IAM Identity Center log entries").
func (i *Instance) recordOIDC(r *http.Request, name string, request, answer []byte, refused *ssooidc.Error) {
	what := event{
		parameters: hideSecrets(request), response: hideSecrets(answer),
		resources: []Resource{{AccountID: i.ManagementAccount(), Type: "IdentityStoreId", ARN: i.store.ID()}},
	}
	if refused != nil {
		what.failure = refused.Message
	}
	i.events.record(r, name, what)
}

func hideSecrets(body []byte) map[string]any {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	var members map[string]any
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	out := maps.Clone(members)
	for _, name := range secretMembers {
		if _, ok := out[name]; ok && name != "deviceCode" { // as the documented record, which shows it
			out[name] = hidden
		}
	}
	return out
}
