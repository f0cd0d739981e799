package browser

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// SameSite is a cookie's SameSite attribute.
type SameSite string

// The values of the SameSite attribute. A cookie that does not say is treated
// as Lax. Chrome sends such a cookie with a cross-site POST for two minutes
// after it was set ("Lax-Allowing-Unsafe", RFC 6265bis section 5.6.7.2); this
// browser grants no such grace unless Config.LaxAllowingUnsafe asks for it,
// because a login that works only within two minutes is broken.
const (
	SameSiteUnspecified SameSite = ""
	SameSiteNone        SameSite = "None"
	SameSiteLax         SameSite = "Lax"
	SameSiteStrict      SameSite = "Strict"
)

// Cookie is a cookie as the browser keeps it.
type Cookie struct {
	Name     string
	Value    string
	Domain   string // the host that set it, or the value of its Domain attribute
	Path     string
	HostOnly bool // set without Domain: only that very host gets it back
	Secure   bool
	HTTPOnly bool
	SameSite SameSite
	Expires  time.Time // zero for a session cookie
}

// Bounds of the jar, those of Chrome.
const (
	maxCookiesPerDomain = 180
	maxCookies          = 3300
)

type jarEntry struct {
	Cookie
	created, used uint64 // order of creation and of last use; a virtual clock may stand still
	since         time.Time
}

// jar holds the cookies of one browser and applies the storage and retrieval
// models of RFC 6265bis (sections 5.7 and 5.8).
type jar struct {
	now func() time.Time

	mu      sync.Mutex
	serial  uint64
	entries []*jarEntry
}

// cookieChanges tells what became of the Set-Cookie headers of a response.
type cookieChanges struct {
	set, deleted []string
	rejected     []Rejected
}

// store applies the Set-Cookie values of a response from u. Where it answered a
// navigation of the tab, top is nil and the SameSite attribute never prevents
// storing; in a frame of a page of another site it does (section 5.7).
func (j *jar) store(u, top *url.URL, lines []string) cookieChanges {
	j.mu.Lock()
	defer j.mu.Unlock()
	var changes cookieChanges
	now := j.now()
	for _, line := range lines {
		parsed, reason := parseSetCookie(line, now)
		var cookie Cookie
		if reason == "" {
			cookie, reason = j.accept(u, parsed)
		}
		if reason == "" && cookie.SameSite != SameSiteNone && top != nil && !sameSite(top, u) { // section 5.7
			reason = "not SameSite=None, in a frame of " + site(top)
		}
		if reason != "" {
			changes.rejected = append(changes.rejected, Rejected{parsed.name, reason})
			continue
		}
		if j.put(cookie, now) {
			changes.set = append(changes.set, cookie.Name)
		} else {
			changes.deleted = append(changes.deleted, cookie.Name)
		}
	}
	j.evict(now)
	return changes
}

// accept decides whether u may set the cookie and fills in its defaults.
func (j *jar) accept(u *url.URL, set setCookie) (c Cookie, reason string) {
	host := u.Hostname()
	c = Cookie{
		Name: set.name, Value: set.value, Secure: set.secure, HTTPOnly: set.httpOnly, SameSite: set.sameSite, Expires: set.expires,
		Domain: host, HostOnly: true, Path: set.path,
	}
	if set.domain != "" && set.domain != host {
		if isPublicSuffix(set.domain) {
			return c, fmt.Sprintf("Domain=%s is a public suffix", set.domain)
		}
		if !domainMatches(host, set.domain) {
			return c, fmt.Sprintf("Domain=%s does not cover the host %s", set.domain, host)
		}
		c.Domain, c.HostOnly = set.domain, false
	} else if set.domain == host && !isIP(host) && !isPublicSuffix(host) {
		c.HostOnly = false
	}
	if !strings.HasPrefix(c.Path, "/") {
		c.Path = defaultPath(u)
	}
	secureConnection := trustworthy(u)
	if c.Secure && !secureConnection {
		return c, "Secure over plain http"
	}
	if !c.Secure && !secureConnection && j.shadowsSecure(c) {
		return c, "a Secure cookie of the same name exists and plain http may not cover it"
	}
	if c.SameSite == SameSiteNone && !c.Secure {
		return c, "SameSite=None without Secure"
	}
	return c, prefixViolation(c, set)
}

// prefixViolation checks the __Secure- and __Host- prefixes, which browsers
// compare without regard to case (section 5.4).
func prefixViolation(c Cookie, set setCookie) string {
	name := c.Name
	if name == "" { // a nameless cookie must not pass for a prefixed one
		name = c.Value
	}
	name = strings.ToLower(name)
	securePrefix, hostPrefix := strings.HasPrefix(name, "__secure-"), strings.HasPrefix(name, "__host-")
	switch {
	case !securePrefix && !hostPrefix:
		return ""
	case c.Name == "":
		return "it has no name and its value begins like a name prefix"
	case !c.Secure && securePrefix:
		return "the prefix __Secure- without Secure"
	case !c.Secure:
		return "the prefix __Host- without Secure"
	case hostPrefix && !c.HostOnly:
		return "the prefix __Host- with a Domain"
	case hostPrefix && set.path != "/":
		return "the prefix __Host- without Path=/"
	}
	return ""
}

// shadowsSecure reports whether c, set over an insecure connection, would get
// in the way of a Secure cookie.
func (j *jar) shadowsSecure(c Cookie) bool {
	return slices.ContainsFunc(j.entries, func(e *jarEntry) bool {
		return e.Secure && e.Name == c.Name && (domainMatches(e.Domain, c.Domain) || domainMatches(c.Domain, e.Domain)) && pathMatches(c.Path, e.Path)
	})
}

// put replaces or adds c and reports false where c has already expired, which
// is how a server deletes a cookie.
func (j *jar) put(c Cookie, now time.Time) bool {
	expired := !c.Expires.IsZero() && !c.Expires.After(now)
	j.serial++
	at := slices.IndexFunc(j.entries, func(e *jarEntry) bool {
		return e.Name == c.Name && e.Domain == c.Domain && e.HostOnly == c.HostOnly && e.Path == c.Path
	})
	switch {
	case expired && at >= 0:
		j.entries = slices.Delete(j.entries, at, at+1)
	case expired:
	case at >= 0: // keeps its place in the Cookie header
		if j.entries[at].Value != c.Value { // Chrome keeps the time of creation with the same value only (net/cookies/cookie_monster.h)
			j.entries[at].since = now
		}
		j.entries[at].Cookie, j.entries[at].used = c, j.serial
	default:
		j.entries = append(j.entries, &jarEntry{c, j.serial, j.serial, now})
	}
	return !expired
}

// evict keeps the jar within its bounds: expired cookies go first, then those
// without Secure, then those used least recently. An expired cookie otherwise
// stays until a request for it comes, so that the request can say so.
func (j *jar) evict(now time.Time) {
	byDomain := make(map[string][]*jarEntry)
	for _, e := range j.entries {
		key := cmp.Or(registrableDomain(e.Domain), e.Domain)
		byDomain[key] = append(byDomain[key], e)
	}
	gone := make(map[*jarEntry]bool)
	for _, entries := range byDomain {
		for _, e := range surplus(entries, maxCookiesPerDomain, now) {
			gone[e] = true
		}
	}
	drop := func(e *jarEntry) bool { return gone[e] }
	j.entries = slices.DeleteFunc(j.entries, drop)
	for _, e := range surplus(j.entries, maxCookies, now) {
		gone[e] = true
	}
	j.entries = slices.DeleteFunc(j.entries, drop)
}

func surplus(entries []*jarEntry, most int, now time.Time) []*jarEntry {
	if len(entries) <= most {
		return nil
	}
	rank := func(e *jarEntry) int {
		switch {
		case e.expired(now):
			return 0
		case !e.Secure:
			return 1
		default:
			return 2
		}
	}
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b *jarEntry) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.used, b.used))
	})
	return entries[:len(entries)-most]
}

func (e *jarEntry) expired(now time.Time) bool {
	return !e.Expires.IsZero() && !e.Expires.After(now)
}

// retrieve gives the Cookie header for a request, the names in it, and for each
// cookie of that host that stays behind the reason.
func (j *jar) retrieve(r cookieRequest) (header string, sent []string, withheld []Withheld) {
	j.mu.Lock()
	defer j.mu.Unlock()
	now, host := j.now(), r.url.Hostname()
	var matching []*jarEntry
	expired := make(map[*jarEntry]bool)
	for _, e := range j.entries {
		if e.Domain != host && !domainMatches(host, e.Domain) {
			continue
		}
		reason := ""
		switch {
		case e.expired(now):
			expired[e] = true
			reason = "it expired at " + e.Expires.Format(time.RFC3339)
		case e.HostOnly && e.Domain != host:
			reason = "it was set without Domain, so only for " + e.Domain
		case !pathMatches(r.path(), e.Path):
			reason = fmt.Sprintf("Path=%s does not cover %s", e.Path, shorten(r.path()))
		case e.Secure && !trustworthy(r.url):
			reason = "Secure over plain http"
		default:
			reason = r.sameSiteObjection(e.SameSite, now.Sub(e.since))
		}
		if reason != "" {
			withheld = append(withheld, Withheld{e.Name, reason})
			continue
		}
		matching = append(matching, e)
	}
	j.entries = slices.DeleteFunc(j.entries, func(e *jarEntry) bool { return expired[e] })
	slices.SortFunc(matching, func(a, b *jarEntry) int { // section 5.8.3: longer paths first, then older ones
		return cmp.Or(cmp.Compare(len(b.Path), len(a.Path)), cmp.Compare(a.created, b.created))
	})
	j.serial++
	var pairs []string
	for _, e := range matching {
		e.used = j.serial
		sent = append(sent, e.Name)
		if e.Name == "" {
			pairs = append(pairs, e.Value)
		} else {
			pairs = append(pairs, e.Name+"="+e.Value)
		}
	}
	return strings.Join(pairs, "; "), sent, withheld
}

// list gives the cookies that a request to u could carry, whoever starts it; a
// nil u means all.
func (j *jar) list(u *url.URL) []Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.now()
	var out []Cookie
	for _, e := range j.entries {
		if e.expired(now) {
			continue
		}
		if u != nil {
			host := u.Hostname()
			if e.HostOnly && e.Domain != host || !e.HostOnly && !domainMatches(host, e.Domain) ||
				!pathMatches(cookiePath(u), e.Path) || e.Secure && !trustworthy(u) {
				continue
			}
		}
		out = append(out, e.Cookie)
	}
	return out
}

func (j *jar) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = nil
}

// domainMatches is RFC 6265bis section 5.1.3.
func domainMatches(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain) && !isIP(host)
}

// pathMatches is the second half of section 5.1.4.
func pathMatches(path, cookiePath string) bool {
	return path == cookiePath ||
		strings.HasPrefix(path, cookiePath) && (strings.HasSuffix(cookiePath, "/") || path[len(cookiePath)] == '/')
}

// defaultPath is the first half of section 5.1.4.
func defaultPath(u *url.URL) string {
	path := cookiePath(u)
	if last := strings.LastIndexByte(path, '/'); last > 0 {
		return path[:last]
	}
	return "/"
}

func cookiePath(u *url.URL) string {
	if path := u.EscapedPath(); strings.HasPrefix(path, "/") {
		return path
	}
	return "/"
}
