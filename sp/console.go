package sp

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
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
	expires := s.clock.Now().Add(signInTokenLifetime)
	if session.Expires.Before(expires) { // a token opens no session that is over
		expires = session.Expires
	}
	s.tokens[token] = signInToken{session, expires}
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
	_, opened, refused := i.federate(r, s, r.URL.Query().Get("role_name"), federated)
	if refused != nil {
		i.refuseAPI(w, r, refused)
		return
	}
	i.recordSigninToken(nil, opened)
	token := i.signInToken(r, opened)
	i.writeAPI(w, http.StatusOK, map[string]any{"signInToken": token, "signInFederationLocation": i.BaseURL() + "/federation"})
}

func (i *Instance) signInToken(r *http.Request, s RoleSession) string {
	token := i.ids.Token(200)
	trace.From(r.Context()).Secret(token)
	i.tokens.add(token, s)
	return token
}

// serveOpenConsole is the portal's console link, and what a deep link leads to:
// it federates the person into the account and goes on to the console. Whoever
// is not signed in signs in first, and comes back here.
func (i *Instance) serveOpenConsole(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "console link")
	s, user, ok := i.enter(w, r, "/start/console?"+r.URL.RawQuery)
	if !ok {
		return
	}
	destination := r.URL.Query().Get("destination")
	if destination != "" && !isConsoleURL(destination) {
		i.refuseAccess(w, r, invalidDestination(destination, "query parameter destination", refusal.Request))
		return
	}
	role := r.URL.Query().Get("role_name")
	if role == "" {
		// Links without role_name have been seen. What the portal does with them
		// is not known: the only permission set stands in, of several one is chosen.
		account := r.URL.Query().Get("account_id")
		list := i.AccessOf(user.ID)
		n := slices.IndexFunc(list, func(a AccountAccess) bool { return a.ID == account })
		if n < 0 {
			i.refuseAccess(w, r, noAccess(account, "any permission set"))
			return
		}
		if role = list[n].Roles[0]; len(list[n].Roles) > 1 {
			i.pages.Render(w, http.StatusOK, "chooserole.html", i.view("AWS access portal", chooseRolePage{list[n], destination, i.PortalURL()}))
			return
		}
	}
	if destination == "" {
		if destination = i.relayStateOf(r.URL.Query().Get("account_id"), role); !isConsoleURL(destination) {
			i.refuseAccess(w, r, invalidDestination(destination, "relay state of the permission set "+role, refusal.IdentityCenter))
			return
		}
	}
	_, opened, refused := i.federate(r, s, role, federated)
	if refused != nil {
		i.refuseAccess(w, r, refused)
		return
	}
	i.recordSigninToken(nil, opened)
	values := url.Values{"Action": {"login"}, "SigninToken": {i.signInToken(r, opened)}, "Issuer": {i.PortalURL()}, "Destination": {destination}}
	http.Redirect(w, r, i.BaseURL()+"/federation?"+values.Encode(), http.StatusFound)
}

// chooseRolePage offers the permission sets of one account.
type chooseRolePage struct {
	Account     AccountAccess
	Destination string
	Portal      string
}

func invalidDestination(got, where string, fix refusal.Side) *refusal.Refusal {
	return &refusal.Refusal{
		Code: "InvalidDestination", Expected: "the address of an AWS console, https://….console.aws.amazon.com/…", Got: got, Where: where, Fix: fix,
	}
}

// relayStateOf is where the console opens for a permission set in an account: its
// relay state, or the console's home in the Region.
func (i *Instance) relayStateOf(accountID, name string) string {
	i.access.mu.RLock()
	defer i.access.mu.RUnlock()
	if set, ok := i.access.provisioned(accountID, name); ok && set.RelayState != "" {
		return set.RelayState
	}
	return i.consoleHome()
}

func (i *Instance) consoleHome() string {
	return "https://" + i.Region() + ".console.aws.amazon.com/console/home?region=" + i.Region()
}

// ConsoleURL is a link to the console of an account, which goes by name or id,
// with a permission set, by name or ARN: what stands on the portal. The
// destination may be empty (user guide, "Create shortcut links to AWS Management
// Console destinations").
func (i *Instance) ConsoleURL(account, permissionSet, destination string) (string, error) {
	i.access.mu.RLock()
	a, err := i.access.account(account)
	set, unknown := i.access.set(permissionSet)
	i.access.mu.RUnlock()
	if err := cmp.Or(err, unknown); err != nil {
		return "", err
	}
	query := url.Values{"account_id": {a.ID}, "role_name": {set.Name}}
	if destination != "" {
		query.Set("destination", destination)
	}
	return i.PortalURL() + "/console?" + query.Encode(), nil
}

// isConsoleURL reports whether an address is one of AWS's consoles.
func isConsoleURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil {
		return false
	}
	return slices.ContainsFunc(consoleHosts[:], func(host string) bool {
		return u.Hostname() == host || strings.HasSuffix(u.Hostname(), "."+host)
	})
}

// consoleHosts are the hosts of the console in the three partitions.
var consoleHosts = [...]string{"console.aws.amazon.com", "console.amazonaws.cn", "console.amazonaws-us-gov.com"}

// consolePage is what stands in the place of the AWS console.
type consolePage struct {
	Account        string            `json:"account"`
	ARN            string            `json:"arn"`
	UserID         string            `json:"userId"`
	Destination    string            `json:"destination"`
	Expires        time.Time         `json:"expires"`
	Tags           map[string]string `json:"tags,omitempty"`
	SourceIdentity string            `json:"sourceIdentity,omitempty"`
	PortalURL      string            `json:"-"`
}

// serveFederation is the federation endpoint of the console: it gives out sign-in
// tokens for credentials, takes them, and shows where the real console would be
// (IAM user guide, "Enable custom identity broker access to the AWS console").
func (i *Instance) serveFederation(w http.ResponseWriter, r *http.Request) {
	trace.From(r.Context()).Kind("http", "console federation")
	q := r.URL.Query()
	if q.Get("Action") == "getSigninToken" {
		i.serveSigninToken(w, r)
		return
	}
	if q.Get("Action") != "login" {
		i.refuseAccess(w, r, &refusal.Refusal{Code: "InvalidAction", Expected: "Action=login or Action=getSigninToken", Got: "Action=" + q.Get("Action"), Where: "query", Fix: refusal.Request})
		return
	}
	s, ok := i.tokens.find(q.Get("SigninToken"))
	if !ok {
		i.refuseAccess(w, r, &refusal.Refusal{
			Code: "InvalidSigninToken", Expected: "a sign-in token of the last 15 minutes", Got: "another one", Where: "query parameter SigninToken", Fix: refusal.Request,
			Hint: "open the console from the access portal",
		})
		return
	}
	destination := q.Get("Destination")
	if !isConsoleURL(destination) {
		i.refuseAccess(w, r, invalidDestination(destination, "query parameter Destination", refusal.Request))
		return
	}
	i.openConsole(w, r, s, destination, i.PortalURL())
}

// openConsole shows who would be signed in at the console; portal is where the
// person came from, if it was the access portal.
func (i *Instance) openConsole(w http.ResponseWriter, r *http.Request, s RoleSession, destination, portal string) {
	i.recordConsoleLogin(r, s)
	page := consolePage{Account: s.AccountID, ARN: s.ARN(), UserID: s.UserID(), Destination: destination, Expires: s.Expires, Tags: s.Tags, SourceIdentity: s.SourceIdentity, PortalURL: portal}
	view := i.view("AWS Management Console", page)
	view.Data = page
	i.pages.Render(w, http.StatusOK, "console.html", view)
}
