package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idharness/harness/internal/browser"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/web"
)

// Places where a sign-in starts.
const (
	StartPortal = "portal" // the access portal: SP-initiated
	StartMyApps = "myApps" // Entra's My Apps page: IdP-initiated
)

// SignIn says how a person signs in.
type SignIn struct {
	User     string // userPrincipalName
	Password string // default: the user's own
	Start    string // StartPortal (default), StartMyApps or a URL
	App      string // name of the application on My Apps; default: the first one
	Fresh    bool   // a browser without cookies; else each user keeps one browser

	// MFA is what the person does when a second factor is asked for: MFAApprove
	// (default) or MFADeny on the phone, or a code that is entered.
	MFA string
	// NewPassword is entered where the old one has expired; without one the
	// sign-in ends on that page.
	NewPassword string
	// Role is the role that the person picks where AWS's sign-in offers several,
	// by name or ARN; without one the sign-in ends there.
	Role string
	// StaySignedIn answers "Stay signed in?" with Yes. Default: No.
	StaySignedIn bool
	// Consent is the answer where a client, such as the AWS CLI, asks for access:
	// ConsentAllow (default) or ConsentDeny.
	Consent string
}

// What a person does with the notification on the phone.
const (
	MFAApprove = "approve"
	MFADeny    = "deny"
)

// Outcomes of a sign-in.
const (
	SignedIn = "signedIn"
	Refused  = "refused"
)

// Session is what every side saw of a sign-in.
type Session struct {
	Outcome    string              `json:"outcome" oneOf:"signedIn|refused"`
	By         string              `json:"by,omitempty"`         // who refused: entra, identityCenter, serviceProvider, identityProvider or a host
	Code       string              `json:"code,omitempty"`       // of the refusal
	Message    string              `json:"message,omitempty"`    // what the person saw
	NameID     *NameID             `json:"nameID,omitempty"`     // of the assertion; nil where there was none, or an encrypted one
	Attributes map[string][]string `json:"attributes,omitempty"` // of the assertion, values by Name
	Portal     *Portal             `json:"portal,omitempty"`     // nil where the browser did not come to it
	Console    *Console            `json:"console,omitempty"`
	Roles      []RoleChoice        `json:"roles,omitempty"` // what AWS's sign-in offers
	Response   *ResponseShape      `json:"response,omitempty"`

	Authorization *Authorization `json:"authorization,omitempty"` // of a client that asked for access

	Explanation *Explanation `json:"explanation,omitempty"`

	Page *FinalPage `json:"page,omitempty"` // of a real system, where the browser came to rest

	URL  string        `json:"url"` // where the browser came to rest
	Hops []browser.Hop `json:"-"`   // every request of the browser, with its cookies
}

// NameID is the subject of the assertion.
type NameID struct {
	Value  string `json:"value"`
	Format string `json:"format"` // short: emailAddress, persistent, …
}

// Portal is what the access portal showed.
type Portal struct {
	User     string          `json:"user"`
	Accounts []PortalAccount `json:"accounts"`

	AccessControl map[string]string `json:"accessControl,omitempty"` // session tags
}

// Console is who would be signed in at the AWS console, and where it opens.
type Console struct {
	Account     string            `json:"account"`        // id
	ARN         string            `json:"arn"`            // of the assumed role
	UserID      string            `json:"userId"`         // as GetCallerIdentity has it: the role's id, a colon, the session's name
	Destination string            `json:"destination"`    // URL at which the console opens
	Expires     time.Time         `json:"expires"`        // virtual time
	Tags        map[string]string `json:"tags,omitempty"` // session tags

	SourceIdentity string `json:"sourceIdentity,omitempty"`
}

// RoleChoice is a role that AWS's sign-in offers in direct federation.
type RoleChoice struct {
	Account string `json:"account"` // id
	Name    string `json:"name"`    // of the account
	Role    string `json:"role"`
	ARN     string `json:"arn"`
}

// PortalAccount is an account on the access portal.
type PortalAccount struct {
	Name  string   `json:"name"`
	ID    string   `json:"id"`
	Roles []string `json:"roles"`
}

// Explanation is our part of a refusal, as in [Refusal].
type Explanation struct {
	Expected string `json:"expected,omitempty"` // what would have been accepted
	Got      string `json:"got,omitempty"`      // what came
	Where    string `json:"where,omitempty"`    // XPath, JSON path, address or the name of a setting
	Fix      string `json:"fix,omitempty"`      // which side to mend
	Hint     string `json:"hint,omitempty"`     // how to mend it
}

// userBrowser is the browser that a user keeps between sign-ins.
type userBrowser struct {
	mu       sync.Mutex // one sign-in at a time
	browser  *browser.Browser
	response []byte // the latest SAMLResponse that passed through
	posted   string // where it went
	hold     bool   // do not post it
	known    bool   // the target has signed the user in before
}

func (h *Harness) newBrowser() *userBrowser {
	b := &userBrowser{}
	b.browser = browser.New(browser.Config{
		Clock: h.Clock, Transport: h.recorder.Transport("browser", "http", h.outward),
		IgnoreRedirectChain: true, // as Chrome and Firefox do today
		LaxAllowingUnsafe:   h.targets.ServiceProvider != nil && h.targets.ServiceProvider.SameSiteGrace,
		Hold: func(f *browser.Form) bool {
			field, ok := f.Value("SAMLResponse")
			if ok {
				if xml, err := binding.DecodePOST(field); err == nil {
					b.note(xml, f)
				}
			}
			return ok && b.hold
		},
	})
	return b
}

// note remembers a response that is on its way.
func (b *userBrowser) note(xml []byte, form *browser.Form) {
	b.response = xml
	if form.Action != nil {
		b.posted = form.Action.String()
	}
}

func (h *Harness) browserOf(user string, fresh bool) *userBrowser {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := strings.ToLower(user)
	if fresh {
		return h.newBrowser()
	}
	if h.browsers[key] == nil {
		h.browsers[key] = h.newBrowser()
	}
	return h.browsers[key]
}

// SignIn signs a user in at the access portal with the user's own password, as
// a browser does it: the redirect to Entra, the sign-in page, the signed
// response posted back, the portal. When a side refuses, the error is a
// *[Refusal] and the session says what else was seen.
func (h *Harness) SignIn(ctx context.Context, user string) (*Session, error) {
	return h.SignInWith(ctx, SignIn{User: user})
}

// SignInWith is SignIn with choices.
func (h *Harness) SignInWith(ctx context.Context, s SignIn) (*Session, error) {
	b := h.browserOf(s.User, s.Fresh)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.response, b.posted = nil, ""
	v := &visit{harness: h, browser: b, SignIn: s, session: &Session{}}
	page, err := v.walk(ctx)
	if err != nil {
		if v.calledBack(err) {
			return v.session, nil
		}
		if refused := v.inCircles(err); refused != nil {
			if err := v.readLast(); err != nil {
				return nil, err
			}
			return v.session, refused
		}
		var failed *browser.Error
		if errors.As(err, &failed) {
			return nil, fmt.Errorf("sign in %s: %w\n%s", s.User, err, browser.Explain(append(v.session.Hops, failed.Hops...)))
		}
		return nil, fmt.Errorf("sign in %s: %w", s.User, err)
	}
	if err := v.readLast(); err != nil {
		return nil, err
	}
	return v.verdict(page)
}

// readLast reads the latest response that passed.
func (v *visit) readLast() error {
	if v.browser.response == nil {
		return nil
	}
	if err := v.session.readResponse(v.browser.response); err != nil {
		return fmt.Errorf("sign in %s: read the response that passed: %w", v.User, err)
	}
	return nil
}

// visit is one sign-in under way.
type visit struct {
	SignIn
	harness *Harness
	browser *userBrowser
	session *Session
	filled  int // pages of a real identity provider
}

// walk goes from the start to where the browser comes to rest.
func (v *visit) walk(ctx context.Context) (*browser.Page, error) {
	start, app := v.beginning()
	page, err := v.arrive(v.browser.browser.Open(ctx, start))
	if err != nil {
		return nil, err
	}
	if page, err = v.answer(ctx, page); err != nil {
		return nil, err
	}
	if app && page.Status < 400 {
		return v.launch(ctx, page)
	}
	return page, nil
}

// beginning is where the sign-in starts, and whether it goes on from there with
// an application on My Apps.
func (v *visit) beginning() (address string, app bool) {
	targets := v.harness.targets
	switch {
	case v.Start == StartMyApps:
		return v.harness.Entra.MyAppsURL(), true
	case v.Start == StartPortal:
		return v.harness.IdentityCenter.PortalURL(), false
	case v.Start != "":
		return v.Start, false
	case targets.ServiceProvider != nil && targets.ServiceProvider.Start != "":
		return targets.ServiceProvider.Start, false
	case targets.ServiceProvider != nil:
		return v.harness.Entra.MyAppsURL(), true
	case targets.IdentityProvider != nil && targets.IdentityProvider.Start != "":
		return targets.IdentityProvider.Start, false
	default:
		return v.harness.IdentityCenter.PortalURL(), false
	}
}

func (v *visit) arrive(page *browser.Page, err error) (*browser.Page, error) {
	if err != nil {
		return nil, err
	}
	v.session.Hops = append(v.session.Hops, page.Hops...)
	return page, nil
}

// launch clicks an application on My Apps.
func (v *visit) launch(ctx context.Context, page *browser.Page) (*browser.Page, error) {
	name := v.App
	if target := v.harness.targets.ServiceProvider; name == "" && target != nil {
		name = target.App
	}
	if name == "" {
		app := v.harness.Entra.App()
		if app == nil {
			return nil, errors.New("the tenant has no application")
		}
		name = app.Name()
	}
	var shown []string
	for _, link := range page.Links() {
		if link.Text == name {
			if page, err := v.arrive(v.browser.browser.Click(ctx, page, link.Href)); err != nil {
				return nil, err
			} else {
				return v.answer(ctx, page)
			}
		}
		shown = append(shown, link.Text)
	}
	if _, refused := readScript[refusal.Refusal](page, web.RefusalID); refused {
		return page, nil
	}
	app, ok := v.harness.Entra.AppByName(name)
	if !ok {
		return nil, fmt.Errorf("there is no application %q; My Apps shows %q", name, shown)
	}
	// Not on the page: whoever has the link can still try.
	return v.arrive(v.browser.browser.Open(ctx, app.UserAccessURL()))
}

// verdict reads the page at which the browser rests.
func (v *visit) verdict(page *browser.Page) (*Session, error) {
	s := v.session
	s.URL = page.URL.String()
	switch v.sideOf(page.URL) {
	case sideServiceProvider:
		return v.atServiceProvider(page)
	case sideIdentityProvider:
		return v.atIdentityProvider(page)
	}
	if why, ok := readScript[refusal.Refusal](page, web.RefusalID); ok {
		if v.harness.targets.IdentityProvider != nil && why.Fix == refusal.Entra {
			why.Fix = sideIdentityProvider // which stands in its place
		}
		s.Outcome, s.By, s.Code, s.Message = Refused, v.sideOf(page.URL), why.Code, why.Message
		s.Explanation = &Explanation{why.Expected, why.Got, why.Where, string(why.Fix), why.Hint}
		return s, &why
	}
	if a := s.Authorization; a != nil && page.Status < 400 {
		a.readCallback(page.URL)
		s.Outcome = SignedIn
		return s, nil
	}
	if console, ok := readScript[Console](page, web.DataID); ok && console.ARN != "" && v.sideOf(page.URL) == "identityCenter" {
		s.Outcome, s.Console = SignedIn, &console
		return s, nil
	}
	if offered, ok := readScript[offeredRoles](page, web.DataID); ok && len(offered.Choices) > 0 && v.sideOf(page.URL) == "identityCenter" {
		s.Outcome, s.Roles = SignedIn, offered.Choices
		return s, nil
	}
	if portal, ok := readScript[Portal](page, web.DataID); ok && v.sideOf(page.URL) == "identityCenter" {
		for i := range portal.Accounts {
			slices.Sort(portal.Accounts[i].Roles)
		}
		s.Outcome, s.Portal = SignedIn, &portal
		return s, nil
	}
	if page.Status >= 400 {
		s.Outcome, s.By = Refused, v.sideOf(page.URL)
		s.Code, s.Message = fmt.Sprintf("HTTP%d", page.Status), page.Title()
		return s, &Refusal{Code: s.Code, Message: s.Message, Expected: "a page that greets the user", Got: fmt.Sprintf("HTTP status %d", page.Status), Where: s.URL}
	}
	if s.NameID == nil {
		return s, fmt.Errorf("the browser came to rest at %s without a response of Entra:\n%s", s.URL, browser.Explain(s.Hops))
	}
	s.Outcome = SignedIn
	return s, nil
}

func (v *visit) sideOf(u *url.URL) string {
	for base, side := range map[string]string{v.harness.Entra.BaseURL(): "entra", v.harness.IdentityCenter.BaseURL(): "identityCenter"} {
		if strings.EqualFold(u.Scheme+"://"+u.Host, base) {
			return side
		}
	}
	switch {
	case v.harness.targets.ServiceProvider != nil:
		return sideServiceProvider
	case v.harness.targets.IdentityProvider != nil:
		return sideIdentityProvider
	}
	return u.Host
}

// The sides that a real system takes; whatever is no mock counts as one.
const (
	sideServiceProvider  = "serviceProvider"
	sideIdentityProvider = "identityProvider"
)

// readScript reads what a page says to programs.
func readScript[T any](page *browser.Page, id string) (T, bool) {
	var out T
	text, ok := page.Find(id)
	return out, ok && json.Unmarshal([]byte(text), &out) == nil
}

// SignOut signs the user's browser out at the access portal (StartPortal) or at
// Entra ("entra") and returns the title of the page that says so. The session
// at the other side goes on: Identity Center has no single logout.
func (h *Harness) SignOut(ctx context.Context, user, where string) (string, error) {
	target := h.IdentityCenter.PortalURL() + "/signout"
	if where == "entra" {
		target = h.Entra.BaseURL() + "/" + h.Entra.ID() + "/logout"
	}
	b := h.browserOf(user, false)
	b.mu.Lock()
	defer b.mu.Unlock()
	page, err := b.browser.Open(ctx, target)
	if err != nil {
		return "", fmt.Errorf("sign out %s: %w", user, err)
	}
	return page.Title(), nil
}

// Client returns an HTTP client for the mocks and whatever else a test calls;
// the trace shows what it sends elsewhere.
func (h *Harness) Client() *http.Client {
	return &http.Client{Transport: h.recorder.Transport("client", "http", h.outward)}
}
