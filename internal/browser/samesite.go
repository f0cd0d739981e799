package browser

import (
	"fmt"
	"net/url"
	"time"
)

// cookieRequest is what the choice of cookies depends on. Every request of this
// browser is a navigation, of the tab or of a frame.
type cookieRequest struct {
	method    string
	url       *url.URL
	initiator *url.URL   // the page that started the navigation; nil for the address bar
	chain     []*url.URL // the addresses that redirected here, in order

	top *url.URL // the page in whose frame it happens; nil for the tab itself

	ignoreChain bool
	grace       bool // Config.LaxAllowingUnsafe
}

// gracePeriod is how long Chrome sends a cookie without SameSite along with a
// cross-site POST.
const gracePeriod = 2 * time.Minute

func (r cookieRequest) path() string { return cookiePath(r.url) }

// crossSite tells whether a page of another site started the request (RFC
// 6265bis section 5.2). The address bar belongs to no site, and a redirect does
// not change who started.
func (r cookieRequest) crossSite() bool {
	return r.initiator != nil && !sameSite(r.initiator, r.url) || r.thirdParty()
}

// thirdParty tells whether the request is for a frame of a page of another site:
// Lax cookies stay behind too (RFC 6265bis section 5.2.1).
func (r cookieRequest) thirdParty() bool { return r.top != nil && !sameSite(r.top, r.url) }

// foreignRedirect gives the first address of the redirect chain that is of
// another site than the request.
//
// What browsers do with it differs. Drafts of RFC 6265bis up to 2024 counted
// such a request as cross-site. Chrome shipped that in version 91, withdrew it
// because sites broke, and keeps it behind the feature
// CookieSameSiteConsidersRedirectChain, off by default; Firefox went the same
// way, and draft 22 no longer asks for it (HTTP working group, "Same-Site
// cookies and redirects"). So in Chrome a Strict cookie travels from site A
// through a redirect at B back to A, while WebKit's layout tests expect that it
// does not. A sign-in that needs the Strict cookie there is not sure to work
// everywhere: this browser withholds it unless told to be lenient. Lax cookies
// are decided without the chain, as in every browser.
func (r cookieRequest) foreignRedirect() *url.URL {
	if r.ignoreChain {
		return nil
	}
	for _, u := range r.chain {
		if !sameSite(u, r.url) {
			return u
		}
	}
	return nil
}

// sameSiteObjection says why a cookie with this attribute must not go with the
// request, or nothing where it may (sections 5.6.7.1 and 5.8.3).
func (r cookieRequest) sameSiteObjection(attribute SameSite, age time.Duration) string {
	if attribute == SameSiteNone {
		return ""
	}
	label := "SameSite=" + string(attribute)
	if attribute == SameSiteUnspecified {
		label = "no SameSite, which means Lax,"
	}
	if r.thirdParty() {
		return fmt.Sprintf("%s in a frame of %s for %s", label, site(r.top), site(r.url))
	}
	if attribute != SameSiteStrict {
		if !r.crossSite() || r.method == "GET" || r.method == "HEAD" {
			return ""
		}
		if attribute == SameSiteUnspecified && r.grace && age <= gracePeriod {
			return ""
		}
		return fmt.Sprintf("%s on a cross-site %s from %s to %s", label, r.method, site(r.initiator), site(r.url))
	}
	if r.crossSite() {
		return fmt.Sprintf("%s on a cross-site %s from %s to %s", label, r.method, site(r.initiator), site(r.url))
	}
	if via := r.foreignRedirect(); via != nil {
		return fmt.Sprintf("%s on a %s that was redirected through another site, %s", label, r.method, site(via))
	}
	return ""
}
