package browser

import (
	"strings"
	"time"
)

// Limits of RFC 6265bis section 5.6 and 5.5.
const (
	maxCookieSize    = 4096 // name and value together
	maxAttributeSize = 1024
	maxCookieAge     = 400 * 24 * time.Hour
)

// setCookie is a Set-Cookie header taken apart.
type setCookie struct {
	name, value string
	domain      string // without its leading dot; empty for none
	path        string // as written; empty for none
	secure      bool
	httpOnly    bool
	sameSite    SameSite
	expires     time.Time // zero for a session cookie
}

// parseSetCookie reads one Set-Cookie value (RFC 6265bis section 5.6). Where the
// header has to be ignored as a whole, reason says why.
func parseSetCookie(line string, now time.Time) (c setCookie, reason string) {
	for i := range len(line) {
		if b := line[i]; b < ' ' && b != '\t' || b == 0x7f {
			return c, "it contains a control character"
		}
	}
	pair, attributes, _ := strings.Cut(line, ";")
	if name, value, found := strings.Cut(pair, "="); found {
		c.name, c.value = trimSpace(name), trimSpace(value)
	} else {
		c.value = trimSpace(pair)
	}
	switch {
	case c.name == "" && c.value == "":
		return c, "it has neither name nor value"
	case len(c.name)+len(c.value) > maxCookieSize:
		return c, "name and value are longer than 4096 octets"
	}
	var maxAge, expires time.Time
	for attribute := range strings.SplitSeq(attributes, ";") {
		name, value, _ := strings.Cut(attribute, "=")
		name, value = strings.ToLower(trimSpace(name)), trimSpace(value)
		if len(value) > maxAttributeSize {
			continue
		}
		switch name {
		case "expires":
			if t, ok := parseCookieDate(value); ok {
				expires = t
			}
		case "max-age":
			if t, ok := parseMaxAge(value, now); ok {
				maxAge = t
			}
		case "domain":
			c.domain = strings.ToLower(strings.TrimPrefix(value, "."))
		case "path":
			c.path = value
		case "secure":
			c.secure = true
		case "httponly":
			c.httpOnly = true
		case "samesite":
			c.sameSite = parseSameSite(value)
		}
	}
	c.expires = expires
	if !maxAge.IsZero() { // Max-Age wins over Expires
		c.expires = maxAge
	}
	if limit := now.Add(maxCookieAge); c.expires.After(limit) {
		c.expires = limit
	}
	return c, ""
}

// parseMaxAge gives the moment at which a Max-Age runs out (section 5.6.2).
func parseMaxAge(value string, now time.Time) (time.Time, bool) {
	digits := strings.TrimPrefix(value, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return time.Time{}, false
	}
	digits = strings.TrimLeft(digits, "0")
	if strings.HasPrefix(value, "-") || digits == "" {
		return now, true
	}
	if len(digits) > 9 { // beyond 400 days in any case
		return now.Add(maxCookieAge), true
	}
	seconds := 0
	for _, d := range digits {
		seconds = seconds*10 + int(d-'0')
	}
	return now.Add(min(time.Duration(seconds)*time.Second, maxCookieAge)), true
}

func parseSameSite(value string) SameSite {
	switch strings.ToLower(value) {
	case "strict":
		return SameSiteStrict
	case "lax":
		return SameSiteLax
	case "none":
		return SameSiteNone
	default:
		return SameSiteUnspecified
	}
}

// trimSpace removes what section 5.6 calls WSP, and no other white space.
func trimSpace(s string) string { return strings.Trim(s, " \t") }
