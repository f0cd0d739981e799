package browser

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// referrerPolicy is a policy of the Referrer Policy specification.
type referrerPolicy string

const (
	noReferrer                  referrerPolicy = "no-referrer"
	noReferrerWhenDowngrade     referrerPolicy = "no-referrer-when-downgrade"
	sameOriginPolicy            referrerPolicy = "same-origin"
	originPolicy                referrerPolicy = "origin"
	strictOrigin                referrerPolicy = "strict-origin"
	originWhenCrossOrigin       referrerPolicy = "origin-when-cross-origin"
	strictOriginWhenCrossOrigin referrerPolicy = "strict-origin-when-cross-origin"
	unsafeURL                   referrerPolicy = "unsafe-url"

	defaultReferrerPolicy = strictOriginWhenCrossOrigin
)

// parseReferrerPolicy gives the last policy that it knows in a header or a
// <meta name=referrer>, whose old keywords count too, or otherwise.
func parseReferrerPolicy(values []string, otherwise referrerPolicy) referrerPolicy {
	policy := otherwise
	for _, value := range values {
		for token := range strings.SplitSeq(value, ",") {
			switch p := referrerPolicy(strings.ToLower(strings.TrimSpace(token))); p {
			case noReferrer, noReferrerWhenDowngrade, sameOriginPolicy, originPolicy, strictOrigin,
				originWhenCrossOrigin, strictOriginWhenCrossOrigin, unsafeURL:
				policy = p
			case "never":
				policy = noReferrer
			case "always":
				policy = unsafeURL
			case "default":
				policy = defaultReferrerPolicy
			case "origin-when-crossorigin":
				policy = originWhenCrossOrigin
			}
		}
	}
	return policy
}

// elementReferrerPolicy is the policy of a navigation that a link or a form starts.
func (p *Page) elementReferrerPolicy(n *html.Node) referrerPolicy {
	if hasToken(n, "rel", "noreferrer") {
		return noReferrer
	}
	value, _ := attribute(n, "referrerpolicy")
	return parseReferrerPolicy([]string{value}, p.referrerPolicy)
}

// referer gives the Referer header of a request to target that page started, or
// nothing ("Determine request's Referrer").
func (policy referrerPolicy) referer(page, target *url.URL) string {
	full := *withoutFragment(page)
	full.User = nil
	bare := origin(page) + "/"
	same := sameOrigin(page, target)
	downgrade := trustworthy(page) && !trustworthy(target)
	switch policy {
	case noReferrer:
		return ""
	case originPolicy:
		return bare
	case unsafeURL:
		return full.String()
	case strictOrigin:
		if downgrade {
			return ""
		}
		return bare
	case sameOriginPolicy:
		if !same {
			return ""
		}
		return full.String()
	case originWhenCrossOrigin:
		if !same {
			return bare
		}
		return full.String()
	case noReferrerWhenDowngrade:
		if downgrade {
			return ""
		}
		return full.String()
	default:
		switch {
		case same:
			return full.String()
		case downgrade:
			return ""
		}
		return bare
	}
}

// originHeader gives the Origin header of a request that is neither GET nor
// HEAD (Fetch standard, "append a request Origin header"). A page with the
// policy no-referrer posts with "Origin: null", which many CSRF checks refuse.
func (policy referrerPolicy) originHeader(page, target *url.URL, chain []*url.URL) string {
	if originTainted(page, chain, target) {
		return "null"
	}
	switch policy {
	case noReferrer:
		return "null"
	case noReferrerWhenDowngrade, strictOrigin, strictOriginWhenCrossOrigin:
		if page.Scheme == "https" && target.Scheme != "https" {
			return "null"
		}
	case sameOriginPolicy:
		if !sameOrigin(page, target) {
			return "null"
		}
	}
	return origin(page)
}

// originTainted is the Fetch standard's redirect-taint: the request has left
// the page's origin and was then redirected to yet another origin.
func originTainted(page *url.URL, chain []*url.URL, target *url.URL) bool {
	last := (*url.URL)(nil)
	for i := range len(chain) + 1 {
		u := target
		if i < len(chain) {
			u = chain[i]
		}
		if last != nil && !sameOrigin(u, last) && !sameOrigin(page, last) {
			return true
		}
		last = u
	}
	return false
}

// fetchSite gives Sec-Fetch-Site (Fetch Metadata, "Set the Sec-Fetch-Site
// header"): the worst relation between the page and any address on the way.
func fetchSite(page *url.URL, chain []*url.URL, target *url.URL) string {
	if page == nil {
		return "none"
	}
	relation := "same-origin"
	for i := range len(chain) + 1 {
		u := target
		if i < len(chain) {
			u = chain[i]
		}
		switch {
		case sameOrigin(page, u):
		case !sameSite(page, u):
			return "cross-site"
		default:
			relation = "same-site"
		}
	}
	return relation
}
