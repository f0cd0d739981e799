//go:build unix

package scimpeer

import (
	"crypto/subtle"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"
	"github.com/scim2/filter-parser/v2"
)

// newPeer returns a SCIM server on elimity-com/scim, which reads requests,
// checks them against the schemas and writes responses. Ours is the store of
// users and the comparison of the access token.
func newPeer(token string) (http.Handler, error) {
	server, err := scim.NewServer(&scim.ServerArgs{
		ServiceProviderConfig: &scim.ServiceProviderConfig{SupportFiltering: true, SupportPatch: true},
		ResourceTypes: []scim.ResourceType{{
			ID:               optional.NewString("User"),
			Name:             "User",
			Endpoint:         "/Users",
			Schema:           schema.CoreUserSchema(),
			SchemaExtensions: []scim.SchemaExtension{{Schema: schema.ExtensionEnterpriseUser()}},
			Handler:          &users{byID: make(map[string]scim.Resource), byName: make(map[string]string)},
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("make peer: %w", err)
	}
	want := []byte("Bearer " + token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		server.ServeHTTP(w, r)
	}), nil
}

// users is a store with an index of userName. Resources in it are replaced,
// never changed.
type users struct {
	mu     sync.RWMutex
	serial int
	byID   map[string]scim.Resource
	byName map[string]string
}

func name(a scim.ResourceAttributes) string {
	text, _ := a["userName"].(string)
	return strings.ToLower(text)
}

func (u *users) Create(_ *http.Request, attributes scim.ResourceAttributes) (scim.Resource, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, taken := u.byName[name(attributes)]; taken {
		return scim.Resource{}, errors.ScimErrorUniqueness
	}
	u.serial++
	now := time.Now()
	r := scim.Resource{
		ID:         fmt.Sprintf("%08x-0000-7000-8000-000000000000", u.serial),
		Attributes: attributes,
		Meta:       scim.Meta{Created: &now, LastModified: &now},
	}
	if id, ok := attributes["externalId"].(string); ok {
		r.ExternalID = optional.NewString(id)
	}
	u.byID[r.ID], u.byName[name(attributes)] = r, r.ID
	return r, nil
}

func (u *users) Get(_ *http.Request, id string) (scim.Resource, error) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	r, ok := u.byID[id]
	if !ok {
		return scim.Resource{}, errors.ScimErrorResourceNotFound(id)
	}
	return r, nil
}

func (u *users) GetAll(_ *http.Request, p scim.ListRequestParams) (scim.Page, error) {
	if p.FilterValidator == nil {
		return scim.Page{}, errors.ScimError{Status: http.StatusNotImplemented}
	}
	e, ok := p.FilterValidator.GetFilter().(*filter.AttributeExpression)
	if !ok || !strings.EqualFold(e.AttributePath.String(), "userName") || e.Operator != filter.EQ {
		return scim.Page{}, errors.ScimErrorInvalidFilter
	}
	value, _ := e.CompareValue.(string)
	u.mu.RLock()
	defer u.mu.RUnlock()
	r, ok := u.byID[u.byName[strings.ToLower(value)]]
	if !ok {
		return scim.Page{Resources: []scim.Resource{}}, nil
	}
	return scim.Page{TotalResults: 1, Resources: []scim.Resource{r}}, nil
}

// Patch replaces attributes, which is all that is asked for here.
func (u *users) Patch(_ *http.Request, id string, operations []scim.PatchOperation) (scim.Resource, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	r, ok := u.byID[id]
	if !ok {
		return scim.Resource{}, errors.ScimErrorResourceNotFound(id)
	}
	r.Attributes = maps.Clone(r.Attributes)
	for _, op := range operations {
		if op.Op != scim.PatchOperationReplace || op.Path == nil || op.Path.String() != "active" {
			return scim.Resource{}, errors.ScimErrorInvalidPath
		}
		r.Attributes["active"] = op.Value
	}
	now := time.Now()
	r.Meta.LastModified = &now
	u.byID[id] = r
	return r, nil
}

func (u *users) Replace(*http.Request, string, scim.ResourceAttributes) (scim.Resource, error) {
	return scim.Resource{}, errors.ScimError{Status: http.StatusNotImplemented}
}

func (u *users) Delete(_ *http.Request, id string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	r, ok := u.byID[id]
	if !ok {
		return errors.ScimErrorResourceNotFound(id)
	}
	delete(u.byID, id)
	delete(u.byName, name(r.Attributes))
	return nil
}
