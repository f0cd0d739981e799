package browser

import (
	"fmt"
	"net/url"
	"strings"
)

// resolve turns what stands in an href, an action or a Location header into an
// address, as the URL standard does for http and https: surrounding spaces go,
// tabs and newlines go, backslashes count as slashes, and characters that must
// not travel are percent-encoded while every other octet stays as written. A
// nil base means that ref has to be absolute.
func resolve(base *url.URL, ref string) (*url.URL, error) {
	ref = strings.TrimFunc(ref, func(r rune) bool { return r <= ' ' })
	ref = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(ref)
	parsed, err := url.Parse(encodeUnsafe(ref))
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", shorten(ref), err)
	}
	if base == nil {
		base = &url.URL{}
	}
	u := base.ResolveReference(parsed)
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("address %q: only http and https can be opened", shorten(ref))
	}
	if err := normalizeHost(u); err != nil {
		return nil, fmt.Errorf("address %q: %w", shorten(ref), err)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

func normalizeHost(u *url.URL) error {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if host == "" {
		return fmt.Errorf("no host")
	}
	for _, r := range host {
		if r >= 0x80 {
			return fmt.Errorf("host %q is not ASCII; write it in its xn-- form", host)
		}
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" && (u.Scheme != "http" || port != "80") && (u.Scheme != "https" || port != "443") {
		host += ":" + port
	}
	u.Host = host
	return nil
}

// encodeUnsafe applies the URL standard's percent-encode sets for special
// schemes to the path and the query of ref, and turns backslashes before the
// query into slashes.
func encodeUnsafe(ref string) string {
	rest, fragment, hasFragment := strings.Cut(ref, "#")
	path, query, hasQuery := strings.Cut(rest, "?")
	out := percentEncode(strings.ReplaceAll(path, `\`, "/"), "\"<>`{}")
	if hasQuery {
		out += "?" + percentEncode(query, `"'<>`)
	}
	if hasFragment {
		out += "#" + percentEncode(fragment, "\"<>`")
	}
	return out
}

// percentEncode encodes controls, spaces, everything beyond ASCII and the
// characters in set.
func percentEncode(s, set string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(set, c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// shorten keeps messages readable when an address carries a SAML message.
func shorten(s string) string {
	const most = 160
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// withoutFragment is u as it goes over the wire and into a Referer header.
func withoutFragment(u *url.URL) *url.URL {
	c := *u
	c.Fragment, c.RawFragment = "", ""
	return &c
}
