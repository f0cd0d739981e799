package ssooidc

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Pending is a client that waits for a person's approval, as the page shows it.
type Pending struct {
	ID       string   `json:"-"`
	Client   string   `json:"client"`
	UserCode string   `json:"userCode,omitempty"` // of a device
	Scopes   []string `json:"scopes,omitempty"`
}

// authorization is what an authorization code stands for.
type authorization struct {
	requestID string
	expires   time.Time
}

// challengeShape is that of a SHA-256 hash in unpadded base64url (RFC 7636
// section 4.2).
var challengeShape = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// Authorize begins the authorization code grant with the parameters of the
// browser's request. They are those of the AWS CLI, whose scopes come in
// "scopes". What cannot be told to the client at its redirect URI comes back as
// an error without an address; any other error comes with the address to which
// the browser has to go.
func (s *Service) Authorize(q url.Values) (Pending, string, *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clientID, uri := q.Get("client_id"), q.Get("redirect_uri")
	c, ok := s.clients.get(clientID)
	if !ok || !s.clock.Now().Before(c.expires) {
		return Pending{}, "", invalidClient("the client_id of a registration that has not expired", cmp.Or(clientID, "none"), "client_id")
	}
	if !c.mayRedirectTo(uri) {
		return Pending{}, "", refuse("InvalidRedirectUriException", "Invalid redirect URI provided", strings.Join(c.redirects, " or "), cmp.Or(uri, "none"), "redirect_uri")
	}
	scopes := strings.Fields(cmp.Or(q.Get("scopes"), q.Get("scope")))
	var refused *Error
	switch {
	case q.Get("response_type") != "code":
		refused = invalidRequest(`"code"`, cmp.Or(q.Get("response_type"), "none"), "response_type")
	case !c.may(grantCode):
		refused = notRegisteredFor(grantCode, c)
	case q.Get("code_challenge_method") != "S256":
		refused = invalidRequest(`"S256"`, cmp.Or(q.Get("code_challenge_method"), "none"), "code_challenge_method")
	case !challengeShape.MatchString(q.Get("code_challenge")):
		refused = invalidRequest("a SHA-256 hash in unpadded base64url", cmp.Or(q.Get("code_challenge"), "none"), "code_challenge")
	default:
		for _, scope := range scopes {
			if !slices.Contains(c.scopes, scope) {
				refused = refuse("InvalidScopeException", "Invalid scope provided", cmp.Or(strings.Join(c.scopes, " "), "none: the client registered no scopes"), scope, "scopes")
			}
		}
	}
	if refused != nil {
		return Pending{}, withQuery(uri, map[string]string{"error": refused.OAuth, "error_description": refused.Message, "state": q.Get("state")}), refused
	}
	r := &request{
		id: s.ids.Token(43), clientID: clientID, client: c, scopes: scopes, expires: s.clock.Now().Add(codeLifetime),
		redirectURI: uri, state: q.Get("state"), challenge: q.Get("code_challenge"),
	}
	s.requests.put(r.id, r)
	p, refused := s.pending(r.id)
	return p, "", refused
}

// pending returns a request that nobody has decided. The caller holds mu.
func (s *Service) pending(id string) (Pending, *Error) {
	r, ok := s.requests.get(id)
	switch {
	case !ok:
		return Pending{}, invalidGrant("a request that a client made", "another one", "request")
	case !s.clock.Now().Before(r.expires):
		return Pending{}, refuse("ExpiredTokenException", "The code has expired", "a code of the last ten minutes", "one that expired at "+r.expires.Format(time.RFC3339), "user_code")
	case r.decided:
		return Pending{}, invalidGrant("a request that was not decided", "one that was approved or denied before", "request")
	}
	return Pending{ID: r.id, Client: r.client.name, UserCode: r.userCode, Scopes: r.scopes}, nil
}

// Decide approves or denies a request. The address is where the browser has to
// go; it is empty for a device, which asks by itself.
func (s *Service) Decide(id string, by Approver, allow bool) (Pending, string, *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, refused := s.pending(id)
	if refused != nil {
		return Pending{}, "", refused
	}
	r, _ := s.requests.get(id)
	r.decided, r.allowed = true, allow
	if allow {
		r.sessionID = s.portal.OpenSession(by, r.client.name)
	}
	if r.redirectURI == "" {
		return p, "", nil
	}
	if !allow {
		return p, withQuery(r.redirectURI, map[string]string{"error": "access_denied", "error_description": "Access denied", "state": r.state}), nil
	}
	code := s.ids.Token(64)
	s.codes.put(code, authorization{r.id, s.clock.Now().Add(codeLifetime)})
	return p, withQuery(r.redirectURI, map[string]string{"code": code, "state": r.state}), nil
}

func withQuery(address string, set map[string]string) string {
	u, err := url.Parse(address)
	if err != nil { // registered addresses parse
		return address
	}
	q := u.Query()
	for name, value := range set {
		if value != "" {
			q.Set(name, value)
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// askCode answers CreateToken for an authorization code. The caller holds mu.
func (s *Service) askCode(in TokenRequest) (*request, *Error) {
	a, ok := s.codes.get(in.Code)
	r, known := s.requests.get(a.requestID)
	if !ok || !known || r.clientID != in.ClientID {
		return nil, invalidGrant("the code of an authorization that this client started, not used before", "another one", "code")
	}
	s.codes.drop(in.Code) // whatever comes of it, a code is tried once
	verifier := sha256.Sum256([]byte(in.CodeVerifier))
	switch {
	case !s.clock.Now().Before(a.expires):
		return nil, invalidGrant("a code of the last ten minutes", "one that expired at "+a.expires.Format(time.RFC3339), "code")
	case in.RedirectURI != r.redirectURI:
		return nil, invalidGrant(r.redirectURI, cmp.Or(in.RedirectURI, "none"), "redirectUri")
	case subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(verifier[:])), []byte(r.challenge)) != 1:
		return nil, invalidGrant("the verifier whose SHA-256 hash is the code_challenge", "another one", "codeVerifier")
	}
	return r, nil
}
