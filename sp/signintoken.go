package sp

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/idharness/harness/internal/refusal"
)

// Console sessions of whoever fetches a sign-in token with credentials last
// between these (IAM user guide, "Enable custom identity broker access to the AWS
// console", SessionDuration).
const (
	minConsoleSession = 900 // seconds
	maxConsoleSession = 43200
)

// serveSigninToken answers Action=getSigninToken: command-line tools open the
// console with access keys by it. What the endpoint says to bad credentials is
// not published beyond the status 400.
func (i *Instance) serveSigninToken(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var given struct{ SessionID, SessionKey, SessionToken string }
	refuse := func(expected, got, where string) {
		why := &refusal.Refusal{Code: "InvalidSession", Message: textNoAccess, Expected: expected, Got: got, Where: where, Fix: refusal.Request}
		i.refuse(w, r, why)
	}
	if err := json.Unmarshal([]byte(q.Get("Session")), &given); err != nil {
		refuse("JSON with sessionId, sessionKey and sessionToken", "no JSON", "query parameter Session")
		return
	}
	s, ok := i.RoleSession(given.SessionID)
	if !ok || !s.proves(given.SessionKey, given.SessionToken) || !i.clock.Now().Before(s.Expires) {
		refuse("credentials that the access portal gave out, which have not expired", "others", "query parameter Session")
		return
	}
	if duration := q.Get("SessionDuration"); duration != "" {
		seconds, err := strconv.Atoi(duration)
		if err != nil || seconds < minConsoleSession || seconds > maxConsoleSession {
			refuse("900 to 43200 seconds", duration, "query parameter SessionDuration")
			return
		}
		s.Expires = i.clock.Now().Add(time.Duration(seconds) * time.Second)
	}
	i.recordSigninToken(r, s)
	i.writeAPI(w, http.StatusOK, map[string]any{"SigninToken": i.signInToken(r, s)})
}
