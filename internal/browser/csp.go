package browser

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// contentPolicy is the part of a page's Content Security Policy that decides
// whether a sign-in gets on: which inline scripts run and where forms may lead
// (Content Security Policy Level 3). Each policy of a page has to agree.
type contentPolicy struct {
	policies []cspPolicy
}

type cspPolicy struct {
	self       *url.URL
	directives map[string][]string
}

const maxPolicies = 50

func (c *contentPolicy) add(self *url.URL, headers []string) {
	for _, header := range headers {
		for text := range strings.SplitSeq(header, ",") {
			if len(c.policies) == maxPolicies {
				return
			}
			policy := cspPolicy{self, make(map[string][]string)}
			for directive := range strings.SplitSeq(text, ";") {
				words := strings.Fields(directive)
				if len(words) == 0 {
					continue
				}
				name := strings.ToLower(words[0])
				if _, repeated := policy.directives[name]; !repeated {
					policy.directives[name] = words[1:]
				}
			}
			c.policies = append(c.policies, policy)
		}
	}
}

// scriptSources gives the directive that governs inline code.
func (p cspPolicy) scriptSources(specific string) (name string, sources []string, ok bool) {
	for _, name := range []string{specific, "script-src", "default-src"} {
		if sources, ok := p.directives[name]; ok {
			return name, sources, true
		}
	}
	return "", nil, false
}

// blocksScript names the directive that keeps an inline script from running, or
// nothing.
func (c contentPolicy) blocksScript(nonce, src string) string {
	for _, p := range c.policies {
		name, sources, ok := p.scriptSources("script-src-elem")
		if ok && !allowsInline(sources) && !hasNonce(sources, nonce) && !hasHash(sources, src) {
			return render(name, sources)
		}
	}
	return ""
}

// blocksHandler does the same for an attribute such as onload, which has no
// nonce and whose hash counts only beside 'unsafe-hashes'.
func (c contentPolicy) blocksHandler(src string) string {
	for _, p := range c.policies {
		name, sources, ok := p.scriptSources("script-src-attr")
		if ok && !allowsInline(sources) && !(hasKeyword(sources, "'unsafe-hashes'") && hasHash(sources, src)) {
			return render(name, sources)
		}
	}
	return ""
}

// allowsEval tells whether setTimeout may be given code as a string.
func (c contentPolicy) allowsEval() bool {
	for _, p := range c.policies {
		if _, sources, ok := p.scriptSources("script-src"); ok && !hasKeyword(sources, "'unsafe-eval'") {
			return false
		}
	}
	return true
}

// blocksFormTo names the form-action directive that keeps a form from leading
// to target, or nothing. The directive does not fall back to default-src.
//
// Chrome and Safari apply it to every redirect that answers the form, whatever
// its status; Firefox looks at the action only (MDN, "CSP: form-action").
// This browser is as strict as the strict ones: a sign-in page with form-action
// 'self' that answers with a redirect to another site fails for most users.
func (c contentPolicy) blocksFormTo(target *url.URL, redirected bool) string {
	for _, p := range c.policies {
		sources, ok := p.directives["form-action"]
		if ok && !slices.ContainsFunc(sources, func(s string) bool { return p.sourceMatches(s, target, redirected) }) {
			return render("form-action", sources)
		}
	}
	return ""
}

func render(name string, sources []string) string {
	if len(sources) == 0 {
		return name + " 'none'"
	}
	return name + " " + shorten(strings.Join(sources, " "))
}

func hasKeyword(sources []string, keyword string) bool {
	return slices.ContainsFunc(sources, func(s string) bool { return strings.EqualFold(s, keyword) })
}

// allowsInline: 'unsafe-inline' counts only where no nonce, hash or
// 'strict-dynamic' stands beside it.
func allowsInline(sources []string) bool {
	if slices.ContainsFunc(sources, func(s string) bool {
		s = strings.ToLower(s)
		return strings.HasPrefix(s, "'nonce-") || strings.HasPrefix(s, "'sha256-") || strings.HasPrefix(s, "'sha384-") ||
			strings.HasPrefix(s, "'sha512-") || s == "'strict-dynamic'"
	}) {
		return false
	}
	return hasKeyword(sources, "'unsafe-inline'")
}

func hasNonce(sources []string, nonce string) bool {
	return nonce != "" && slices.ContainsFunc(sources, func(s string) bool {
		return len(s) > 8 && strings.EqualFold(s[:7], "'nonce-") && s[7:] == nonce+"'"
	})
}

func hasHash(sources []string, src string) bool {
	for _, s := range sources {
		algorithm, digest, found := strings.Cut(strings.Trim(s, "'"), "-")
		if !found || !strings.HasPrefix(s, "'") {
			continue
		}
		var sum []byte
		switch strings.ToLower(algorithm) {
		case "sha256":
			h := sha256.Sum256([]byte(src))
			sum = h[:]
		case "sha384":
			h := sha512.Sum384([]byte(src))
			sum = h[:]
		case "sha512":
			h := sha512.Sum512([]byte(src))
			sum = h[:]
		default:
			continue
		}
		digest = strings.NewReplacer("-", "+", "_", "/").Replace(digest)
		if digest == base64.StdEncoding.EncodeToString(sum) {
			return true
		}
	}
	return false
}

// sourceMatches is CSP's "Does url match expression in origin with redirect
// count?".
func (p cspPolicy) sourceMatches(source string, target *url.URL, redirected bool) bool {
	lower := strings.ToLower(source)
	switch {
	case lower == "*":
		return target.Scheme == "http" || target.Scheme == "https" || target.Scheme == p.self.Scheme
	case lower == "'self'":
		return sameOrigin(p.self, target) ||
			p.self.Hostname() == target.Hostname() && schemeMatches(p.self.Scheme, target.Scheme) && portMatches(p.self.Port(), p.self.Scheme, target)
	case strings.HasPrefix(lower, "'"):
		return false
	case strings.HasSuffix(lower, ":"):
		return schemeMatches(strings.TrimSuffix(lower, ":"), target.Scheme)
	}
	scheme, rest, hasScheme := strings.Cut(source, "://")
	if !hasScheme {
		scheme, rest = p.self.Scheme, source
	}
	host, path, hasPath := strings.Cut(rest, "/")
	host, port := splitPort(strings.ToLower(host))
	if !schemeMatches(strings.ToLower(scheme), target.Scheme) || !hostMatches(host, target.Hostname()) || !portMatches(port, strings.ToLower(scheme), target) {
		return false
	}
	if !hasPath || redirected {
		return true
	}
	path = "/" + path
	if strings.HasSuffix(path, "/") {
		return strings.HasPrefix(target.EscapedPath(), path)
	}
	return target.EscapedPath() == path
}

func splitPort(host string) (name, port string) {
	if colon := strings.LastIndexByte(host, ':'); colon >= 0 && !strings.HasSuffix(host, "]") {
		host, port = host[:colon], host[colon+1:]
	}
	return strings.Trim(host, "[]"), port
}

// schemeMatches: a policy for http also allows the upgrade to https.
func schemeMatches(scheme, target string) bool {
	return scheme == target || scheme == "http" && target == "https"
}

func hostMatches(pattern, host string) bool {
	if suffix, wild := strings.CutPrefix(pattern, "*."); wild {
		return strings.HasSuffix(host, "."+suffix)
	}
	return pattern == "*" || pattern == host
}

func portMatches(port, scheme string, target *url.URL) bool {
	switch {
	case port == "*" || port == target.Port():
		return true
	case target.Port() != "":
		return false
	case target.Scheme == "https":
		return port == "443" || port == "80" && scheme == "http"
	default:
		return port == "80"
	}
}
