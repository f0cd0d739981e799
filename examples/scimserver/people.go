// Package people is a SCIM server, built on elimity-com/scim, that keeps the
// users of a service: the software under test in this example.
package people

import (
	"crypto/subtle"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"
)

// New returns a server below /v2 that takes requests with the token.
func New(token string) (*Store, http.Handler, error) {
	store := &Store{users: make(map[string]scim.ResourceAttributes)}
	server, err := scim.NewServer(&scim.ServerArgs{
		ServiceProviderConfig: &scim.ServiceProviderConfig{SupportFiltering: true, SupportPatch: true},
		ResourceTypes: []scim.ResourceType{{
			ID: optional.NewString("User"), Name: "User", Endpoint: "/Users", Schema: schema.CoreUserSchema(), Handler: store,
			SchemaExtensions: []scim.SchemaExtension{{Schema: schema.ExtensionEnterpriseUser()}},
		}},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("set up SCIM: %w", err)
	}
	want := []byte("Bearer " + token)
	return store, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		server.ServeHTTP(w, r)
	}), nil
}

// Store keeps users by id.
type Store struct {
	mu     sync.Mutex
	serial int
	users  map[string]scim.ResourceAttributes
}

// ByName returns a user's attributes.
func (s *Store) ByName(userName string) (scim.ResourceAttributes, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, user := range s.users {
		if name, _ := user["userName"].(string); strings.EqualFold(name, userName) {
			return maps.Clone(user), true
		}
	}
	return nil, false
}

func (s *Store) resource(id string) (scim.Resource, error) {
	user, ok := s.users[id]
	if !ok {
		return scim.Resource{}, errors.ScimErrorResourceNotFound(id)
	}
	r := scim.Resource{ID: id, Attributes: maps.Clone(user)}
	if external, ok := user["externalId"].(string); ok {
		r.ExternalID = optional.NewString(external)
	}
	return r, nil
}

// Create refuses a userName that is taken.
func (s *Store) Create(_ *http.Request, attributes scim.ResourceAttributes) (scim.Resource, error) {
	if _, taken := s.ByName(fmt.Sprint(attributes["userName"])); taken {
		return scim.Resource{}, errors.ScimErrorUniqueness
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	id := fmt.Sprintf("user-%04d", s.serial)
	s.users[id] = attributes
	return s.resource(id)
}

// Get returns one user.
func (s *Store) Get(_ *http.Request, id string) (scim.Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resource(id)
}

// GetAll returns the users that pass the filter, in order of creation.
func (s *Store) GetAll(_ *http.Request, p scim.ListRequestParams) (scim.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []scim.Resource{}
	for _, id := range slices.Sorted(maps.Keys(s.users)) {
		r, err := s.resource(id)
		if err != nil {
			return scim.Page{}, err
		}
		if p.FilterValidator == nil || p.FilterValidator.PassesFilter(r.Attributes) == nil {
			found = append(found, r)
		}
	}
	return scim.Page{TotalResults: len(found), Resources: found}, nil
}

// Replace takes the attributes for all that there are.
func (s *Store) Replace(_ *http.Request, id string, attributes scim.ResourceAttributes) (scim.Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.resource(id); err != nil {
		return scim.Resource{}, err
	}
	s.users[id] = attributes
	return s.resource(id)
}

// Delete removes a user.
func (s *Store) Delete(_ *http.Request, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.resource(id); err != nil {
		return err
	}
	delete(s.users, id)
	return nil
}

// Patch carries out the operations that change whole attributes and what is
// within complex ones, which are those that this service keeps.
func (s *Store) Patch(_ *http.Request, id string, operations []scim.PatchOperation) (scim.Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.resource(id)
	if err != nil {
		return scim.Resource{}, err
	}
	for _, op := range operations {
		if err := carryOut(r.Attributes, op); err != nil {
			return scim.Resource{}, err
		}
	}
	s.users[id] = r.Attributes
	return s.resource(id)
}

func carryOut(attributes scim.ResourceAttributes, op scim.PatchOperation) error {
	if op.Path == nil {
		values, ok := op.Value.(map[string]any)
		if !ok {
			return errors.ScimErrorInvalidValue
		}
		maps.Copy(attributes, values)
		return nil
	}
	if op.Path.ValueExpression != nil {
		return errors.ScimErrorInvalidPath // nothing here is kept in lists
	}
	parent, name := map[string]any(attributes), op.Path.AttributePath.AttributeName
	if sub := op.Path.AttributePath.SubAttributeName(); sub != "" {
		complexValue, _ := parent[name].(map[string]any)
		complexValue = maps.Clone(complexValue) // readers may hold the old one
		if complexValue == nil {
			complexValue = make(map[string]any)
		}
		parent[name] = complexValue
		parent, name = complexValue, sub
	}
	if op.Op == scim.PatchOperationRemove {
		delete(parent, name)
	} else {
		parent[name] = op.Value
	}
	return nil
}
