// Package browser is an HTTP client that obeys browser rules, for sign-in tests
// that would otherwise need a browser. It keeps cookies as browsers do (SameSite
// with schemeful sites, Secure, prefixes, expiry), follows redirects, submits
// forms, follows forms that submit themselves, and sends the Origin, Referer and
// Sec-Fetch headers that servers check. Every request is recorded as a [Hop]
// that says which cookies went, which stayed behind, and why: a sign-in that
// fails in a browser because of a cookie fails here for the same reason.
//
// It has one tab, loads the frames of a page but not the frames within them,
// downloads no subresources, and runs no JavaScript; it only recognises scripts
// that submit a form. It keeps no cache
// and does not validate fields before it submits them.
package browser

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config says what a browser needs from its surroundings. The zero value works.
type Config struct {
	// Clock, if non-nil, tells when cookies expire; nil means real time.
	Clock interface{ Now() time.Time }
	// Transport, if non-nil, carries the requests; nil means one of its own,
	// from NewTransport, which Close closes.
	Transport http.RoundTripper
	// UserAgent replaces the User-Agent header.
	UserAgent string
	// OnHop, if non-nil, is called after every request, in the goroutine that
	// navigates.
	OnHop func(Hop)
	// Hold, if non-nil, is asked before a self-submitting form is followed.
	// Where it returns true, the page with the form is returned, and the test
	// can alter what the form carries and submit it.
	Hold func(*Form) bool
	// IgnoreRedirectChain lets SameSite=Strict cookies travel after redirects
	// through another site, as Chrome and Firefox do today.
	IgnoreRedirectChain bool
	// LaxAllowingUnsafe lets cookies without SameSite travel with a cross-site
	// POST for two minutes, as Chrome does (RFC 6265bis section 5.6.7.2).
	LaxAllowingUnsafe bool
	// IgnoreContentSecurityPolicy runs scripts and submits forms that the
	// page's policy forbids.
	IgnoreContentSecurityPolicy bool
}

const defaultUserAgent = "Mozilla/5.0 (compatible; harness-browser/1.0)"

// Browser is one browser profile: one cookie jar, one tab. Its methods may be
// called concurrently, like several tabs.
type Browser struct {
	config    Config
	transport http.RoundTripper
	own       *http.Transport // the transport that Close closes, or nil
	jar       *jar
}

// New returns a browser without cookies.
func New(config Config) *Browser {
	if config.UserAgent == "" {
		config.UserAgent = defaultUserAgent
	}
	now := time.Now
	if config.Clock != nil {
		now = config.Clock.Now
	}
	b := &Browser{config: config, transport: config.Transport, jar: &jar{now: now}}
	if b.transport == nil {
		b.own = NewTransport()
		b.transport = b.own
	}
	return b
}

// NewTransport returns a copy of [http.DefaultTransport] that reaches localhost
// and the names below it on the loopback interface, without asking a resolver.
// It is the place to trust a local CA or to record requests.
func NewTransport() *http.Transport {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		transport = standard.Clone()
	}
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(addr)
		if err != nil || !isLoopbackName(host) {
			return dialer.DialContext(ctx, network, addr)
		}
		conn, err := dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			if v6, err := dialer.DialContext(ctx, network, net.JoinHostPort("::1", port)); err == nil {
				return v6, nil
			}
		}
		return conn, err
	}
	return transport
}

// Close drops the idle connections of the browser's own transport.
func (b *Browser) Close() {
	if b.own != nil {
		b.own.CloseIdleConnections()
	}
}

// Open goes to an address as if the user had typed it: no page and no site
// started the request, so every cookie of the host may go with it.
func (b *Browser) Open(ctx context.Context, address string) (*Page, error) {
	target, err := resolve(nil, address)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	return b.navigate(ctx, navigation{why: Typed, method: http.MethodGet, target: target, user: true})
}

// Post sends a form to an address as a page that is not at hand would post it:
// without Origin and Referer. It stands for a service provider's page.
func (b *Browser) Post(ctx context.Context, address string, fields url.Values) (*Page, error) {
	target, err := resolve(nil, address)
	if err != nil {
		return nil, fmt.Errorf("post: %w", err)
	}
	return b.navigate(ctx, navigation{why: SelfSubmitting, method: http.MethodPost, target: target, body: []byte(fields.Encode()), contentType: urlEncoded})
}

// Click follows a link of a page. The address may be relative to the page. Where
// the page has a link with that address, the link's referrer policy counts.
func (b *Browser) Click(ctx context.Context, from *Page, href string) (*Page, error) {
	if from == nil {
		return nil, fmt.Errorf("click %q: no page to click on", shorten(href))
	}
	target, err := resolve(from.base, href)
	if err != nil {
		return nil, fmt.Errorf("click: %w", err)
	}
	nav := navigation{why: FollowedLink, method: http.MethodGet, target: target, from: from, referrerPolicy: from.referrerPolicy, user: true}
	for _, link := range from.Links() {
		if link.Href == href || link.URL != nil && link.URL.String() == target.String() {
			nav.referrerPolicy = link.referrerPolicy
			break
		}
	}
	return b.navigate(ctx, nav)
}

// Submit fills in fields by name and presses the first submit button, or the
// one that set names with its value. Hidden fields can be set too.
func (b *Browser) Submit(ctx context.Context, form *Form, set map[string]string) (*Page, error) {
	if form == nil {
		return nil, fmt.Errorf("submit: no form")
	}
	button, err := form.firstButton(set)
	if err != nil {
		return nil, fmt.Errorf("submit: %w", err)
	}
	return b.submit(ctx, form, button, set, SubmittedForm)
}

// Press fills in fields by name and presses the submit button with this id,
// name, value or text.
func (b *Browser) Press(ctx context.Context, form *Form, button string, set map[string]string) (*Page, error) {
	if form == nil {
		return nil, fmt.Errorf("submit: no form")
	}
	pressed, err := form.button(button)
	if err != nil {
		return nil, fmt.Errorf("submit: %w", err)
	}
	return b.submit(ctx, form, pressed, set, SubmittedForm)
}

// SubmitAsScript fills in fields by name and submits the form as its page's
// script would have: no button is pressed and the user took no part. It goes on
// from a page that Config.Hold held.
func (b *Browser) SubmitAsScript(ctx context.Context, form *Form, set map[string]string) (*Page, error) {
	if form == nil {
		return nil, fmt.Errorf("submit: no form")
	}
	return b.submit(ctx, form, form.pressedBy, set, SelfSubmitting)
}

func (b *Browser) submit(ctx context.Context, form *Form, button *Button, set map[string]string, why Why) (*Page, error) {
	nav, err := form.submission(button, set)
	if err != nil {
		return nil, fmt.Errorf("submit: %w", err)
	}
	nav.why, nav.user = why, why == SubmittedForm
	return b.navigate(ctx, nav)
}

// Cookies gives the cookies that a request to this address could carry,
// whichever site starts it; an empty address means all. An address that cannot
// be read has none.
func (b *Browser) Cookies(address string) []Cookie {
	if strings.TrimSpace(address) == "" {
		return b.jar.list(nil)
	}
	u, err := resolve(nil, address)
	if err != nil {
		return nil
	}
	return b.jar.list(u)
}

// ClearCookies empties the jar.
func (b *Browser) ClearCookies() { b.jar.clear() }

// navigation is a request that the user or a page starts, before any redirect.
type navigation struct {
	why            Why
	method         string
	target         *url.URL
	body           []byte
	contentType    string
	from           *Page // nil for the address bar
	referrerPolicy referrerPolicy
	user           bool     // the user did it, not a script or a refresh
	form           bool     // it submits a form, so form-action applies
	top            *url.URL // the page in whose frame it happens; nil for the tab itself
}
