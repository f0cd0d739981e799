package sp

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/trace"
)

// signInTokenLifetime is how long a sign-in token can be used (IAM user guide,
// "Enable custom identity broker access to the AWS console": 15 minutes).
const signInTokenLifetime = 15 * time.Minute

// signInTokens are the tokens by which the portal hands a role session over to
// the console.
type signInTokens struct {
	clock *clock.Clock

	mu     sync.Mutex
	tokens map[string]signInToken
	order  []string
}

type signInToken struct {
	session RoleSession
	expires time.Time
}

func newSignInTokens(c *clock.Clock) *signInTokens {
	return &signInTokens{clock: c, tokens: make(map[string]signInToken)}
}

func (s *signInTokens) add(token string, session RoleSession) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[token] = signInToken{session, s.clock.Now().Add(signInTokenLifetime)}
	s.order = append(s.order, token)
	if len(s.order) > maxRoleSessions {
		delete(s.tokens, s.order[0])
		s.order = s.order[1:]
	}
}

func (s *signInTokens) find(token string) (RoleSession, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tokens[token]
	return t.session, ok && s.clock.Now().Before(t.expires)
}

// consoleToken answers the portal's own call for a console (published portal
// clients): a sign-in token and where to take it.
func (i *Instance) consoleToken(w http.ResponseWriter, r *http.Request, s session) {
	_, opened, refused := i.federate(r, s)
	if refused != nil {
		i.refuseAPI(w, r, refused)
		return
	}
	token := i.signInToken(opened)
	i.writeAPI(w, http.StatusOK, map[string]any{"signInToken": token, "signInFederationLocation": i.BaseURL() + "/federation"})
}

func (i *Instance) signInToken(s RoleSession) string {
	token := i.ids.Token(200)
	i.trace.Secret(token)
	i.tokens.add(token, s)
	return token
}

// serveOpenConsole is the portal's console link, and what a deep link leads to:
// it federates the person into the account and goes on to the console. Whoever
// is not signed in signs in first, and comes back here.
func (i *Instance) serveOpenConsole(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "console link")
	s, ok := i.sessions.find(r)
	if !ok {
		i.sendToIdPAndBack(w, r, "/start/console?"+r.URL.RawQuery)
		return
	}
	destination := r.URL.Query().Get("destination")
	if destination != "" && !isConsoleURL(destination) {
		i.refuse(w, r, &refusal.Refusal{
			Code: "InvalidDestination", Message: textNoAccess, Expected: "the address of an AWS console, https://….console.aws.amazon.com/…", Got: destination,
			Where: "query parameter destination", Fix: refusal.Request,
		})
		return
	}
	_, opened, refused := i.federate(r, s)
	if refused != nil {
		refused.Message = textNoAccess
		i.refuse(w, r, refused)
		return
	}
	if destination == "" {
		destination = i.relayStateOf(r.URL.Query().Get("role_name"))
	}
	values := url.Values{"Action": {"login"}, "SigninToken": {i.signInToken(opened)}, "Issuer": {i.PortalURL()}, "Destination": {destination}}
	http.Redirect(w, r, i.BaseURL()+"/federation?"+values.Encode(), http.StatusFound)
}

// relayStateOf is where the console opens for a permission set: its relay state,
// or the console's home in the Region.
func (i *Instance) relayStateOf(name string) string {
	i.access.mu.RLock()
	defer i.access.mu.RUnlock()
	if set, err := i.access.set(name); err == nil && set.RelayState != "" {
		return set.RelayState
	}
	return "https://" + i.region + ".console.aws.amazon.com/console/home?region=" + i.region
}

// isConsoleURL reports whether an address is one of AWS's consoles.
func isConsoleURL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.User == nil && (u.Hostname() == "console.aws.amazon.com" || strings.HasSuffix(u.Hostname(), ".console.aws.amazon.com"))
}

// consolePage is what stands in the place of the AWS console.
type consolePage struct {
	Account     string            `json:"account"`
	ARN         string            `json:"arn"`
	UserID      string            `json:"userId"`
	Destination string            `json:"destination"`
	Expires     time.Time         `json:"expires"`
	Tags        map[string]string `json:"tags,omitempty"`
	PortalURL   string            `json:"-"`
}

// serveFederation takes a sign-in token and shows where the real console would
// be.
func (i *Instance) serveFederation(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "console federation")
	q := r.URL.Query()
	if q.Get("Action") != "login" {
		i.refuse(w, r, &refusal.Refusal{Code: "InvalidAction", Message: textNoAccess, Expected: "Action=login", Got: "Action=" + q.Get("Action"), Where: "query", Fix: refusal.Request})
		return
	}
	s, ok := i.tokens.find(q.Get("SigninToken"))
	if !ok {
		i.refuse(w, r, &refusal.Refusal{
			Code: "InvalidSigninToken", Message: textNoAccess, Expected: "a sign-in token of the last 15 minutes", Got: "another one", Where: "query parameter SigninToken", Fix: refusal.Request,
			Hint: "open the console from the access portal",
		})
		return
	}
	i.events.recordIn(r, s.AccountID, "ConsoleLogin", event{details: nil, data: map[string]any{"MFAUsed": "No"}, role: &s})
	page := consolePage{Account: s.AccountID, ARN: s.ARN(), UserID: s.UserID(), Destination: q.Get("Destination"), Expires: s.Expires, Tags: s.Tags, PortalURL: i.PortalURL()}
	view := i.view("AWS Management Console", page)
	view.Data = page
	i.pages.Render(w, http.StatusOK, "console.html", view)
}
