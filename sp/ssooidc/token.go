package ssooidc

import (
	"slices"
	"strings"
)

// TokenRequest is the input of CreateToken.
type TokenRequest struct {
	ClientID     string   `json:"clientId"`
	ClientSecret string   `json:"clientSecret"`
	GrantType    string   `json:"grantType"`
	DeviceCode   string   `json:"deviceCode"`
	Code         string   `json:"code"`
	RefreshToken string   `json:"refreshToken"`
	RedirectURI  string   `json:"redirectUri"`
	CodeVerifier string   `json:"codeVerifier"`
	Scope        []string `json:"scope"` // has no effect
}

// Token is the output of CreateToken.
type Token struct {
	AccessToken  string `json:"accessToken"`
	ExpiresIn    int    `json:"expiresIn"` // seconds
	RefreshToken string `json:"refreshToken,omitempty"`
	TokenType    string `json:"tokenType"`
}

// refreshToken is what a refresh token stands for.
type refreshToken struct{ clientID, sessionID string }

// may reports whether the client may use a grant: one that named no grants when
// it registered may use all.
func (c client) may(grant string) bool { return len(c.grants) == 0 || slices.Contains(c.grants, grant) }

func notRegisteredFor(grant string, c client) *Error {
	return refuse("UnauthorizedClientException", "The client is not authorized for this grant", grant+" among the grantTypes of the registration", strings.Join(c.grants, ", "), "grantType")
}

// CreateToken answers CreateToken (OIDC API reference).
func (s *Service) CreateToken(in TokenRequest) (Token, *Error) {
	needed := map[string]struct{ name, value string }{
		grantDevice: {"deviceCode", in.DeviceCode}, grantCode: {"code", in.Code}, grantRefresh: {"refreshToken", in.RefreshToken},
	}
	for _, field := range []struct{ name, value string }{{"clientId", in.ClientID}, {"clientSecret", in.ClientSecret}, {"grantType", in.GrantType}} {
		if field.value == "" {
			return Token{}, invalidRequest("a value", "nothing", field.name)
		}
	}
	field, known := needed[in.GrantType]
	if !known {
		return Token{}, refuse("UnsupportedGrantTypeException", "Unsupported grant type", strings.Join(grantTypes, ", "), in.GrantType, "grantType")
	}
	if field.value == "" {
		return Token{}, invalidRequest("a value, with the grantType "+in.GrantType, "nothing", field.name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.authenticate(in.ClientID, in.ClientSecret)
	if refused != nil {
		return Token{}, refused
	}
	if !c.may(in.GrantType) {
		return Token{}, notRegisteredFor(in.GrantType, c)
	}
	if in.GrantType == grantRefresh {
		return s.renew(in, c)
	}
	ask := s.askDevice
	if in.GrantType == grantCode {
		ask = s.askCode
	}
	r, refused := ask(in)
	if refused != nil {
		return Token{}, refused
	}
	out, ok := s.issue(c, in.ClientID, r.sessionID)
	if !ok {
		return Token{}, invalidGrant("an approval by a user whose session has not ended", "one whose session is over", "session at the access portal")
	}
	r.used = true
	return out, nil
}

// renew answers CreateToken for a refresh token, which is good once.
func (s *Service) renew(in TokenRequest, c client) (Token, *Error) {
	old, ok := s.refresh.get(in.RefreshToken)
	if !ok || old.clientID != in.ClientID {
		return Token{}, refuse("InvalidGrantException", textRefresh, "the latest refreshToken that this client was given", "another one", "refreshToken")
	}
	out, ok := s.issue(c, in.ClientID, old.sessionID)
	if !ok {
		return Token{}, refuse("InvalidGrantException", textRefresh, "a session that has not ended", "one that is over", "session at the access portal")
	}
	s.refresh.drop(in.RefreshToken)
	return out, nil
}

// issue makes the tokens of a session.
func (s *Service) issue(c client, clientID, sessionID string) (Token, bool) {
	atMost := plainLifetime
	if c.refreshable() {
		atMost = refreshableLifetime
	}
	token, lives, ok := s.portal.IssueToken(sessionID, atMost)
	if !ok {
		return Token{}, false
	}
	out := Token{AccessToken: token, TokenType: "Bearer", ExpiresIn: int(lives.Seconds())}
	if c.refreshable() {
		out.RefreshToken = "aor" + s.ids.Token(120)
		s.refresh.put(out.RefreshToken, refreshToken{clientID, sessionID})
	}
	return out, true
}
