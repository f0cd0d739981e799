package browser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// What a navigation that does not arrive can fail with, beside errors of the
// network.
var (
	ErrTooManyRedirects = errors.New("too many redirects")
	ErrTooManySteps     = errors.New("too many pages that go on by themselves")
	ErrBodyTooLarge     = errors.New("response body too large")
	ErrBlocked          = errors.New("blocked by the page's Content-Security-Policy")
)

const (
	maxRedirects = 20 // Fetch standard, "HTTP-redirect fetch"
	maxSteps     = 20 // self-submitting forms and refreshes in a row
	maxBody      = 5 << 20
	maxDrained   = 64 << 10 // of the body of a redirect, to keep its connection
)

// navigate makes the request and goes on while the pages that come do so by
// themselves.
func (b *Browser) navigate(ctx context.Context, nav navigation) (*Page, error) {
	var hops []Hop
	for range maxSteps + 1 {
		page, err := b.load(ctx, nav, &hops)
		if err != nil {
			return nil, &Error{hops, err}
		}
		b.loadFrames(ctx, page, &hops)
		page.Hops = hops
		next, err := b.next(page)
		if err != nil {
			return nil, &Error{hops, err}
		}
		if next == nil {
			return page, nil
		}
		nav = *next
	}
	return nil, &Error{hops, fmt.Errorf("%w: gave up after %d, at %s", ErrTooManySteps, maxSteps, shorten(nav.target.Redacted()))}
}

// next gives the navigation that the page starts by itself, or nil.
func (b *Browser) next(page *Page) (*navigation, error) {
	for _, form := range page.forms {
		if !form.SelfSubmitting {
			continue
		}
		if b.config.Hold != nil && b.config.Hold(form) {
			return nil, nil
		}
		nav, err := form.submission(form.pressedBy, nil)
		if err != nil {
			return nil, fmt.Errorf("%s at %s: %w", SelfSubmitting, shorten(page.URL.Redacted()), err)
		}
		nav.why = SelfSubmitting
		return &nav, nil
	}
	return page.refresh, nil
}

// load makes the request, follows redirects and reads the page.
func (b *Browser) load(ctx context.Context, nav navigation, hops *[]Hop) (*Page, error) {
	r := request{navigation: nav, url: nav.target}
	for {
		if err := r.blocked(); err != nil {
			return nil, err
		}
		resp, err := b.send(ctx, r, hops)
		if err != nil {
			return nil, err
		}
		location := resp.Header.Get("Location")
		if !isRedirect(resp.StatusCode) || location == "" {
			return b.read(r.url, resp)
		}
		io.CopyN(io.Discard, resp.Body, maxDrained) // an unread rest only costs the connection
		resp.Body.Close()
		if len(r.chain) == maxRedirects {
			return nil, fmt.Errorf("%w: %s %s led to more than %d, the last two to %s and %s", ErrTooManyRedirects,
				nav.method, shorten(nav.target.Redacted()), maxRedirects, shorten(r.url.Redacted()), shorten(location))
		}
		if r, err = r.redirected(resp, location); err != nil {
			return nil, err
		}
	}
}

// request is one request of a navigation.
type request struct {
	navigation
	url   *url.URL
	chain []*url.URL // the addresses that redirected here
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// redirected gives the request that a redirect asks for (Fetch standard,
// "HTTP-redirect fetch"): 301 and 302 turn POST into GET, 303 turns everything
// but GET and HEAD into GET, 307 and 308 repeat method and body.
func (r request) redirected(resp *http.Response, location string) (request, error) {
	target, err := resolve(r.url, location)
	if err != nil {
		return r, fmt.Errorf("%s %s: the Location header: %w", r.method, shorten(r.url.Redacted()), err)
	}
	if target.Fragment == "" {
		target.Fragment, target.RawFragment = r.url.Fragment, r.url.RawFragment
	}
	switch status := resp.StatusCode; {
	case (status == http.StatusMovedPermanently || status == http.StatusFound) && r.method == http.MethodPost,
		status == http.StatusSeeOther && r.method != http.MethodGet && r.method != http.MethodHead:
		r.method, r.body, r.contentType = http.MethodGet, nil, ""
	}
	r.referrerPolicy = parseReferrerPolicy(resp.Header.Values("Referrer-Policy"), r.referrerPolicy)
	chain := make([]*url.URL, 0, len(r.chain)+1) // not shared with the previous request
	r.chain = append(append(chain, r.chain...), r.url)
	r.url, r.why = target, Redirected
	return r, nil
}

func (r request) blocked() error {
	if !r.form || r.from == nil {
		return nil
	}
	if directive := r.from.csp.blocksFormTo(r.url, len(r.chain) > 0); directive != "" {
		what := "a form of " + shorten(r.from.URL.Redacted()) + " to " + shorten(r.url.Redacted())
		if len(r.chain) > 0 {
			what += " (through a redirect)"
		}
		return fmt.Errorf("%w: %s, by %s", ErrBlocked, what, directive)
	}
	return nil
}

// send makes one request, applies its cookies and records the hop.
func (b *Browser) send(ctx context.Context, r request, hops *[]Hop) (*http.Response, error) {
	hop := Hop{Method: r.method, URL: r.url.Redacted(), Why: r.why}
	var initiator *url.URL
	if r.from != nil {
		initiator = r.from.URL
		hop.From = origin(initiator)
	}
	record := func() {
		*hops = append(*hops, hop)
		if b.config.OnHop != nil {
			b.config.OnHop(hop)
		}
	}
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, withoutFragment(r.url).String(), body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, shorten(hop.URL), err)
	}
	b.setHeaders(req, r)
	cookies, sent, withheld := b.jar.retrieve(cookieRequest{
		method: r.method, url: r.url, initiator: initiator, chain: r.chain, top: r.top, ignoreChain: b.config.IgnoreRedirectChain, grace: b.config.LaxAllowingUnsafe,
	})
	if len(sent) > 0 {
		req.Header.Set("Cookie", cookies)
	}
	hop.CookiesSent, hop.CookiesWithheld = sent, withheld
	resp, err := b.transport.RoundTrip(req)
	if err != nil {
		hop.Error = err.Error()
		record()
		return nil, fmt.Errorf("%s %s: %w", r.method, shorten(hop.URL), err)
	}
	changes := b.jar.store(r.url, r.top, resp.Header.Values("Set-Cookie"))
	hop.Status = resp.StatusCode
	hop.CookiesSet, hop.CookiesDeleted, hop.CookiesRejected = changes.set, changes.deleted, changes.rejected
	record()
	return resp, nil
}

// setHeaders sets what browsers send with a top-level navigation. Sec-Fetch
// headers go to trustworthy addresses only (Fetch Metadata, section 2).
func (b *Browser) setHeaders(req *http.Request, r request) {
	h := req.Header
	h.Set("User-Agent", b.config.UserAgent)
	h.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	h.Set("Accept-Language", "en-US,en;q=0.9")
	h.Set("Upgrade-Insecure-Requests", "1")
	if r.contentType != "" {
		h.Set("Content-Type", r.contentType)
	}
	if password, ok := r.url.User.Password(); ok {
		req.SetBasicAuth(r.url.User.Username(), password)
	}
	var page *url.URL
	if r.from != nil {
		page = r.from.URL
		if referer := r.referrerPolicy.referer(page, r.url); referer != "" {
			h.Set("Referer", referer)
		}
		if r.method != http.MethodGet && r.method != http.MethodHead {
			h.Set("Origin", r.referrerPolicy.originHeader(page, r.url, r.chain))
		}
	}
	if trustworthy(r.url) {
		h.Set("Sec-Fetch-Site", fetchSite(page, r.chain, r.url))
		h.Set("Sec-Fetch-Mode", "navigate")
		h.Set("Sec-Fetch-Dest", "document")
		if r.top != nil {
			h.Set("Sec-Fetch-Dest", "iframe")
		}
		if r.user {
			h.Set("Sec-Fetch-User", "?1")
		}
	}
}

// read reads the page that a response carries. After a status such as 204 a
// browser would stay where it was; the page returned is then empty.
func (b *Browser) read(u *url.URL, resp *http.Response) (*Page, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("reading the response from %s: %w", shorten(u.Redacted()), err)
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("%w: %s sent more than %d MiB", ErrBodyTooLarge, shorten(u.Redacted()), maxBody>>20)
	}
	page := newPage(u, resp, body, b.config.IgnoreContentSecurityPolicy)
	if isRedirect(resp.StatusCode) {
		page.note(fmt.Sprintf("status %d without a Location header", resp.StatusCode))
	}
	return page, nil
}
