package identitystore

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
)

// State is a whole store as a value that can be kept and written as JSON: what
// it holds, what it is and how it is reached. Of access tokens it has hashes.
type State struct {
	ID       string        `json:"id"`
	Region   string        `json:"region"`
	TenantID string        `json:"scimTenantId"` // of the SCIM endpoint
	Enabled  bool          `json:"automaticProvisioning"`
	Tokens   []TokenRecord `json:"accessTokens,omitempty"` // oldest first
	Content  Snapshot      `json:"content"`
}

// TokenRecord is an access token in a State.
type TokenRecord struct {
	Token
	SHA256 []byte `json:"sha256"` // of the token
}

// State returns the whole store, of one moment.
func (s *Store) State() State {
	s.mu.RLock()
	defer s.mu.RUnlock()
	state := State{ID: s.id, Region: s.region, TenantID: s.tenant, Enabled: s.provisioning, Content: s.snapshot()}
	for _, t := range s.tokens {
		state.Tokens = append(state.Tokens, TokenRecord{t.Token, slices.Clone(t.hash[:])})
	}
	return state
}

// Restoration is a State that was checked.
type Restoration struct {
	state  State
	next   content
	tokens []token
}

// PrepareRestore checks a State by the store's rules, and says where something
// in it is wrong.
func (s *Store) PrepareRestore(state State) (*Restoration, error) {
	next, err := build(s.rules, state.Content)
	switch {
	case err != nil:
		return nil, fmt.Errorf("content: %w", err)
	case state.ID == "" || state.Region == "" || state.TenantID == "":
		return nil, errors.New("id, region, scimTenantId: there must be all of them")
	case !state.Enabled && len(state.Tokens) > 0, len(state.Tokens) > maxTokens:
		return nil, fmt.Errorf("accessTokens: there are %d; want at most %d, and none without automatic provisioning", len(state.Tokens), maxTokens)
	}
	r := &Restoration{state: state, next: next}
	for i, t := range state.Tokens {
		if t.ID == "" || len(t.SHA256) != sha256.Size || slices.ContainsFunc(r.tokens, func(other token) bool { return other.ID == t.ID }) {
			return nil, fmt.Errorf("accessTokens[%d]: want an id that no other has, and a SHA-256 hash, got %q and %d bytes", i, t.ID, len(t.SHA256))
		}
		r.tokens = append(r.tokens, token{t.Token, [sha256.Size]byte(t.SHA256)})
	}
	return r, nil
}

// RestoreState makes the store what was checked and nothing else. Subscribers
// are told of users and groups as by [Store.Restore], and of nothing else.
func (s *Store) RestoreState(r *Restoration) {
	_ = s.change(func() ([]Event, error) {
		before := s.content
		s.content = r.next
		s.id, s.region, s.tenant = r.state.ID, r.state.Region, r.state.TenantID
		s.provisioning, s.tokens = r.state.Enabled, slices.Clone(r.tokens)
		return differences(before, r.next), nil
	})
}
