package identitystore

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/idharness/harness/internal/ids"
)

// Limits of access tokens (user guide, "Rotate an access token" and "Provision
// users and groups from an external identity provider using SCIM").
const (
	maxTokens       = 2
	tokenLifetime   = 1   // year
	tokenRandomness = 400 // bytes; as base64 a token has 536 characters, of the 500 to 620 that clients allow for
)

// Access is what the console shows once when automatic provisioning is enabled.
type Access struct {
	TenantID string // the first element of the SCIM endpoint's path
	Token    string // the access token; only its hash is kept
	TokenID  string
}

// Token describes an access token without giving it away.
type Token struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
}

type token struct {
	Token
	hash [sha256.Size]byte
}

// newTenantID makes the tenant id of a SCIM endpoint in the newer of its two
// shapes: a UUID with three characters before it.
func newTenantID(source *ids.Source) string {
	return source.Pick(3, "abcdefghijklmnopqrstuvwxyz0123456789") + source.UUID()
}

// TenantID returns the tenant id of the store's SCIM endpoint. It stays the
// same however often provisioning is enabled.
func (s *Store) TenantID() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.tenant
}

// EnableProvisioning turns on automatic provisioning and makes the first
// access token.
func (s *Store) EnableProvisioning() (Access, error) {
	var access Access
	err := s.change(func() ([]Event, error) {
		if s.provisioning {
			return nil, &Error{Kind: Invalid, Message: alreadyEnabled}
		}
		s.provisioning = true
		t, value := s.newToken()
		access = Access{TenantID: s.tenant, Token: value, TokenID: t.ID}
		return []Event{{ProvisioningEnabled, s.tenant}, {TokenCreated, t.ID}}, nil
	})
	return access, err
}

// DisableProvisioning turns automatic provisioning off. All access tokens must
// have been deleted before.
func (s *Store) DisableProvisioning() error {
	return s.change(func() ([]Event, error) {
		switch {
		case !s.provisioning:
			return nil, &Error{Kind: Invalid, Message: notEnabled}
		case len(s.tokens) > 0:
			return nil, &Error{Kind: Invalid, Message: tokensLeft, Attribute: "tokens", Value: fmt.Sprintf("%d access tokens", len(s.tokens)), Expected: "no access token"}
		}
		s.provisioning = false
		return []Event{{ProvisioningDisabled, s.tenant}}, nil
	})
}

// ProvisioningEnabled reports whether automatic provisioning is on.
func (s *Store) ProvisioningEnabled() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.provisioning
}

// CreateToken makes another access token and returns it. Two can exist at the
// same time, which is how they are rotated.
func (s *Store) CreateToken() (Token, string, error) {
	var made Token
	var value string
	err := s.change(func() ([]Event, error) {
		switch {
		case !s.provisioning:
			return nil, &Error{Kind: Invalid, Message: notEnabled}
		case len(s.tokens) >= maxTokens:
			return nil, &Error{Kind: Invalid, Message: twoTokens, Attribute: "tokens", Value: fmt.Sprintf("%d access tokens", len(s.tokens)), Expected: "at most one"}
		}
		made, value = s.newToken()
		return []Event{{TokenCreated, made.ID}}, nil
	})
	return made, value, err
}

// newToken makes a token under the lock.
func (s *Store) newToken() (Token, string) {
	value := base64.StdEncoding.EncodeToString(s.ids.Bytes(tokenRandomness))
	now := s.now()
	t := token{
		Token: Token{ID: s.ids.UUID(), CreatedAt: now, ExpiresAt: now.AddDate(tokenLifetime, 0, 0)},
		hash:  sha256.Sum256([]byte(value)),
	}
	s.tokens = append(s.tokens, t)
	s.secret(value)
	return t.Token, value
}

// DeleteToken deletes an access token.
func (s *Store) DeleteToken(id string) error {
	return s.change(func() ([]Event, error) {
		i := slices.IndexFunc(s.tokens, func(t token) bool { return t.ID == id })
		if i < 0 {
			return nil, &Error{Kind: NotFound, Attribute: "id", Value: id, Message: tokenDoesntExist, Expected: "the id of an access token"}
		}
		s.tokens = slices.Delete(s.tokens, i, i+1)
		return []Event{{TokenDeleted, id}}, nil
	})
}

// Tokens returns the access tokens, expired ones included, oldest first.
func (s *Store) Tokens() []Token {
	s.mu.RLock()
	defer s.mu.RUnlock()
	tokens := make([]Token, len(s.tokens))
	for i, t := range s.tokens {
		tokens[i] = t.Token
	}
	return tokens
}

// TokenID returns the id of an access token, or nothing if it is none of the
// store's.
func (s *Store) TokenID(bearer string) string {
	hash := sha256.Sum256([]byte(bearer))
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range s.tokens {
		if subtle.ConstantTimeCompare(hash[:], s.tokens[i].hash[:]) == 1 {
			return s.tokens[i].ID
		}
	}
	return ""
}

// Why Authorize refuses. The service answers all of them alike.
var (
	ErrTenant       = errors.New("the tenant id is not that of this identity store")
	ErrUnknownToken = errors.New("the access token is not one of this identity store")
	ErrExpiredToken = errors.New("the access token has expired")
)

// Authorize checks a bearer token against the access tokens of the tenant, in
// constant time: how long it takes tells nothing about either.
func (s *Store) Authorize(tenantID, bearer string) error {
	hash := sha256.Sum256([]byte(bearer))
	s.mu.RLock()
	defer s.mu.RUnlock()
	tenant := subtle.ConstantTimeCompare([]byte(tenantID), []byte(s.tenant))
	var found *token
	for i := range s.tokens {
		if subtle.ConstantTimeCompare(hash[:], s.tokens[i].hash[:]) == 1 {
			found = &s.tokens[i]
		}
	}
	switch {
	case tenant != 1:
		return fmt.Errorf("%w: got %q", ErrTenant, tenantID)
	case found == nil:
		return fmt.Errorf("%w: it has %d", ErrUnknownToken, len(s.tokens))
	case !s.clock.Now().Before(found.ExpiresAt):
		return fmt.Errorf("%w: token %s at %s", ErrExpiredToken, found.ID, found.ExpiresAt.Format(time.RFC3339))
	}
	return nil
}
