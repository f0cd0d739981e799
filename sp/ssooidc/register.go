package ssooidc

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Grant types of CreateToken.
const (
	grantCode    = "authorization_code"
	grantDevice  = "urn:ietf:params:oauth:grant-type:device_code"
	grantRefresh = "refresh_token"
)

var grantTypes = []string{grantCode, grantDevice, grantRefresh}

// Registration is the input of RegisterClient.
type Registration struct {
	ClientName   string   `json:"clientName"`
	ClientType   string   `json:"clientType"`
	Scopes       []string `json:"scopes"`
	GrantTypes   []string `json:"grantTypes"`
	RedirectURIs []string `json:"redirectUris"`
	IssuerURL    string   `json:"issuerUrl"`
}

// Registered is the output of RegisterClient; times are in seconds since 1970.
type Registered struct {
	ClientID              string `json:"clientId"`
	ClientIDIssuedAt      int64  `json:"clientIdIssuedAt"`
	ClientSecret          string `json:"clientSecret"`
	ClientSecretExpiresAt int64  `json:"clientSecretExpiresAt"`
	AuthorizationEndpoint string `json:"authorizationEndpoint,omitempty"`
	TokenEndpoint         string `json:"tokenEndpoint,omitempty"`
}

// scopeShape is the form of scopes such as sso:account:access.
var scopeShape = regexp.MustCompile(`^[a-z0-9_-]+(:[a-z0-9_-]+)+$`)

// Register answers RegisterClient (OIDC API reference).
func (s *Service) Register(in Registration) (Registered, *Error) {
	if in.ClientName == "" {
		return Registered{}, invalidRequest("a name", "nothing", "clientName")
	}
	if in.ClientType != "public" {
		return Registered{}, refuse("InvalidClientMetadataException", "Invalid client metadata provided", `"public", the only type there is`, in.ClientType, "clientType")
	}
	for _, g := range in.GrantTypes {
		if !slices.Contains(grantTypes, g) {
			return Registered{}, refuse("UnsupportedGrantTypeException", "Unsupported grant type", strings.Join(grantTypes, ", "), g, "grantTypes")
		}
	}
	for _, scope := range in.Scopes {
		if !scopeShape.MatchString(scope) {
			return Registered{}, refuse("InvalidScopeException", "Invalid scope provided", "a scope such as sso:account:access", scope, "scopes")
		}
	}
	for _, uri := range in.RedirectURIs {
		if _, ok := redirect(uri); !ok {
			return Registered{}, refuse("InvalidRedirectUriException", "Invalid redirect URI provided", "an absolute address without a fragment; http only to the machine itself", uri, "redirectUris")
		}
	}
	if slices.Contains(in.GrantTypes, grantCode) && len(in.RedirectURIs) == 0 {
		return Registered{}, refuse("InvalidRedirectUriException", "Invalid redirect URI provided", "a redirect URI for the grant authorization_code", "none", "redirectUris")
	}
	if in.IssuerURL != "" && !s.portal.IsStartURL(in.IssuerURL) {
		return Registered{}, invalidRequest("the start URL of this instance", in.IssuerURL, "issuerUrl")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	c := client{
		name: in.ClientName, secret: s.ids.Token(200), scopes: in.Scopes, grants: in.GrantTypes, redirects: in.RedirectURIs,
		expires: now.Add(secretLifetime),
	}
	id := s.ids.Token(36)
	s.clients.put(id, c)
	out := Registered{ClientID: id, ClientIDIssuedAt: now.Unix(), ClientSecret: c.secret, ClientSecretExpiresAt: c.expires.Unix()}
	if slices.Contains(in.GrantTypes, grantCode) {
		out.AuthorizationEndpoint, out.TokenEndpoint = s.portal.BaseURL()+"/authorize", s.portal.BaseURL()+"/token"
	}
	return out, nil
}

// redirect parses a redirect URI. Clients on the machine itself listen on a port
// that they do not know when they register, so there it does not count (RFC 8252
// section 7.3); the AWS CLI relies on it.
func redirect(uri string) (*url.URL, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" || u.Fragment != "" || u.Opaque != "" {
		return nil, false
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return nil, false
	}
	return u, u.Host != ""
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// mayRedirectTo reports whether the client registered an address.
func (c client) mayRedirectTo(uri string) bool {
	wanted, ok := redirect(uri)
	if !ok {
		return false
	}
	return slices.ContainsFunc(c.redirects, func(registered string) bool {
		u, ok := redirect(registered)
		if !ok {
			return false
		}
		if isLoopback(u.Hostname()) {
			return u.Scheme == wanted.Scheme && u.Hostname() == wanted.Hostname() && u.Path == wanted.Path && u.RawQuery == wanted.RawQuery
		}
		return registered == uri
	})
}
