package idp

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/refusal"
)

// replyURL chooses where the response goes: what the request asks for if that
// is registered, else the default one: Graph's defaultRedirectUri or, without
// one, the first registered URL that is no pattern.
func (a *Application) replyURL(asked, identifier string) (string, *refusal.Refusal) {
	cfg := a.settings()
	registered := cfg.ReplyURLs
	if asked == "" && cfg.DefaultReplyURL != "" {
		return cfg.DefaultReplyURL, nil
	}
	plain := slices.DeleteFunc(slices.Clone(registered), isPattern)
	switch {
	case asked == "" && len(plain) > 0:
		return plain[0], nil
	case asked == "" || len(registered) == 0:
		return "", aadsts(900971, text900971, refusal.Refusal{
			Expected: "a Reply URL of the application " + a.Name(), Got: orNone(registered), Where: "Basic SAML Configuration", Fix: refusal.Entra,
			Hint: "upload the service provider's metadata or enter its ACS URL",
		})
	}
	anyCase := a.tenant.Choices().IgnoreReplyURLCase
	if slices.ContainsFunc(registered, func(u string) bool {
		return matchReplyURL(u, asked) || anyCase && matchReplyURL(strings.ToLower(u), strings.ToLower(asked))
	}) {
		return asked, nil
	}
	return "", aadsts(50011, fmt.Sprintf(text50011, asked, identifier), refusal.Refusal{
		Expected: orNone(registered), Got: asked, Where: "/AuthnRequest/@AssertionConsumerServiceURL", Fix: refusal.Entra,
		Hint: "add it to the Reply URLs of the application " + a.Name(),
	})
}

func isPattern(registered string) bool { return strings.Contains(registered, "*") }

// plainHost is what the * in a host may end up as. Whatever else an authority
// can hold (user information, escapes, what a browser reads as a slash) could
// make the browser post to another host than the one that was compared.
var plainHost = regexp.MustCompile(`^[A-Za-z0-9._-]+(:[0-9]+)?$`)

// matchReplyURL compares whole strings. A * in a registered URL, as in the
// gallery's https://*.signin.aws.amazon.com/platform/saml/acs/*, stands for any
// characters within the host, or within what follows it; never for the end of
// the one and the beginning of the other, nor for a query.
func matchReplyURL(registered, asked string) bool {
	if !isPattern(registered) {
		return registered == asked
	}
	scheme, host, rest, ok := splitURL(registered)
	askedScheme, askedHost, askedRest, askedOK := splitURL(asked)
	return ok && askedOK && scheme == askedScheme &&
		plainHost.MatchString(askedHost) && glob(host, askedHost) &&
		strings.Count(rest, "?") == strings.Count(askedRest, "?") &&
		strings.Count(rest, "#") == strings.Count(askedRest, "#") &&
		glob(rest, askedRest)
}

// glob matches the whole of s against a pattern in which * stands for any
// characters, none included.
func glob(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	first, last := parts[0], parts[len(parts)-1]
	if !strings.HasPrefix(s, first) {
		return false
	}
	s = s[len(first):]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(s, part)
		if !found {
			return false
		}
		s = after
	}
	return strings.HasSuffix(s, last)
}

// splitURL cuts a URL where browsers do: for them a backslash is a slash.
func splitURL(u string) (scheme, host, rest string, ok bool) {
	scheme, after, ok := strings.Cut(u, "://")
	if !ok {
		return "", "", "", false
	}
	end := strings.IndexAny(after, `/\?#`)
	if end < 0 {
		end = len(after)
	}
	return scheme, after[:end], after[end:], true
}

// isWebURL reports whether u, a URL or a pattern, leads a browser to a page:
// metadata may bear javascript: and other surprises (CVE-2023-45683).
func isWebURL(u string) bool {
	scheme, host, _, ok := splitURL(u)
	return ok && host != "" && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}
