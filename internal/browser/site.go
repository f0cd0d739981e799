package browser

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// origin gives the ASCII serialization of u's origin (HTML standard, "Origin").
// Addresses come from [resolve], so a default port is already gone.
func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

func sameOrigin(a, b *url.URL) bool { return origin(a) == origin(b) }

// site gives u's schemeful site: scheme and registrable domain, or scheme and
// host where there is no registrable domain (HTML standard, "Sites"). The port
// is no part of it; localhost and 127.0.0.1 are two sites, and so are
// http://contoso.example and https://contoso.example.
func site(u *url.URL) string {
	host := u.Hostname()
	if domain := registrableDomain(host); domain != "" {
		host = domain
	}
	return u.Scheme + "://" + host
}

func sameSite(a, b *url.URL) bool { return site(a) == site(b) }

// registrableDomain gives the public suffix of host and the label before it, or
// nothing for an IP address and for a host that is itself a public suffix.
// Names that the Public Suffix List does not know count their last label as the
// suffix, as in Chrome: a.localhost and b.localhost are two sites.
func registrableDomain(host string) string {
	if isIP(host) {
		return ""
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(strings.TrimSuffix(host, "."))
	if err != nil {
		return ""
	}
	return domain
}

func isPublicSuffix(domain string) bool {
	suffix, _ := publicsuffix.PublicSuffix(domain)
	return suffix == domain
}

func isIP(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// isLoopbackName reports whether host is localhost or below it: names that
// resolvers must not ask the network about (RFC 6761 section 6.3).
func isLoopbackName(host string) bool {
	host = strings.TrimSuffix(host, ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// trustworthy reports whether u is potentially trustworthy: HTTPS, or a host
// that is this machine (Secure Contexts, "Is origin potentially trustworthy?").
// Chrome and Firefox apply the same test to Secure cookies.
func trustworthy(u *url.URL) bool {
	if u.Scheme == "https" {
		return true
	}
	host := u.Hostname()
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	return isLoopbackName(host)
}
