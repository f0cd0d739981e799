package control

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// A page in somebody's browser can send requests to loopback addresses, also
// under a name of its own that it has resolve to one (DNS rebinding). So
// without a token only the names of this machine are answered to, and a request
// that a page of another origin sent is refused in any case. No
// Access-Control-Allow header is ever sent.

// admit refuses requests that the route must not be served to; at is nil where
// there is no route.
func (s *Server) admit(c *call, at *route) error {
	if at != nil && at.open {
		return nil
	}
	if err := s.sameOrigin(c.r); err != nil {
		return err
	}
	if s.cfg.Token == "" {
		return s.knownHost(c.r)
	}
	scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && sameToken(strings.TrimSpace(token), s.cfg.Token) {
		return nil
	}
	c.w.Header().Set("WWW-Authenticate", `Bearer realm="harness control"`)
	detail := "the request has no token"
	if token != "" {
		detail = "the request has another token"
	}
	return &problem{
		Kind: "token", Status: http.StatusUnauthorized, Detail: detail, Expected: "Authorization: Bearer and the control token", Where: "Authorization",
		Hint: "--control-token or HARNESS_CONTROL_TOKEN sets the token; without one it is made and shown once, at the start",
	}
}

// sameToken compares in a time that tells nothing, not even the length.
func sameToken(given, wanted string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(wanted))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// knownHost refuses names that are not this machine's.
func (s *Server) knownHost(r *http.Request) error {
	host := hostOnly(r.Host)
	if isLoopback(host) {
		return nil
	}
	if s.cfg.Actions.BaseURLs != nil {
		if base, err := url.Parse(s.cfg.Actions.BaseURLs().Control); err == nil && strings.EqualFold(base.Hostname(), host) {
			return nil
		}
	}
	return &problem{
		Kind: "origin", Status: http.StatusForbidden, Detail: "the request is for another host", Expected: "localhost, a loopback address or the host of the control base URL",
		Got: clip(r.Host), Where: "Host", Hint: "--control-url names another host; where others reach the address it needs a token",
	}
}

// sameOrigin refuses what a page of another origin sent.
func (s *Server) sameOrigin(r *http.Request) error {
	refuse := func(header, got string) error {
		return &problem{
			Kind: "origin", Status: http.StatusForbidden, Detail: "a page of another origin sent the request", Expected: "no page, or one of " + r.Host, Got: clip(got), Where: header,
		}
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		from, err := url.Parse(origin)
		if err != nil || !strings.EqualFold(from.Host, r.Host) {
			return refuse("Origin", origin)
		}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		return refuse("Sec-Fetch-Site", site)
	}
	return nil
}

func hostOnly(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
