package interop

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/optional"
	"github.com/scim2/filter-parser/v2"
)

// elimityStore holds the resources of one type for elimity-com/scim, which
// leaves it to the store to carry out the operations that it has read.
type elimityStore struct {
	unique  string       // the attribute whose values are unique
	removed func(string) // nil-able; told the id of what was deleted
	whole   bool         // no heed is paid to excludedAttributes, of which the library says nothing

	mu     sync.Mutex
	serial int
	byID   map[string]map[string]any
}

// dump returns copies of everything, for a test to read.
func (s *elimityStore) dump(t *testing.T) []map[string]any {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []map[string]any
	for _, id := range slices.Sorted(maps.Keys(s.byID)) {
		out = append(out, s.copyOf(id))
	}
	return out
}

// copyOf returns a resource with its id. What is stored came out of JSON.
func (s *elimityStore) copyOf(id string) map[string]any {
	b, err := json.Marshal(s.byID[id])
	out := make(map[string]any)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		out["broken"] = err.Error()
	}
	out["id"] = id
	return out
}

// resource returns a resource as a request wants it.
func (s *elimityStore) resource(id string, r *http.Request) scim.Resource {
	out := scim.Resource{ID: id, Attributes: s.copyOf(id)}
	if !s.whole {
		for _, name := range strings.Split(r.URL.Query().Get("excludedAttributes"), ",") {
			delete(out.Attributes, name)
		}
	}
	if external, ok := out.Attributes["externalId"].(string); ok {
		out.ExternalID = optional.NewString(external)
	}
	return out
}

// put stores a resource unless another has its name.
func (s *elimityStore) put(r *http.Request, id string, attributes map[string]any) (scim.Resource, error) {
	for other, a := range s.byID {
		if other != id && strings.EqualFold(fmt.Sprint(a[s.unique]), fmt.Sprint(attributes[s.unique])) {
			return scim.Resource{}, errors.ScimErrorUniqueness
		}
	}
	s.byID[id] = attributes
	return s.resource(id, r), nil
}

func (s *elimityStore) Create(r *http.Request, attributes scim.ResourceAttributes) (scim.Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	return s.put(r, fmt.Sprintf("%s-%d", s.unique, s.serial), attributes)
}

func (s *elimityStore) Get(r *http.Request, id string) (scim.Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID[id] == nil {
		return scim.Resource{}, errors.ScimErrorResourceNotFound(id)
	}
	return s.resource(id, r), nil
}

func (s *elimityStore) GetAll(r *http.Request, p scim.ListRequestParams) (scim.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []scim.Resource{}
	for _, id := range slices.Sorted(maps.Keys(s.byID)) {
		if one := s.resource(id, r); p.FilterValidator == nil || p.FilterValidator.PassesFilter(one.Attributes) == nil {
			found = append(found, one)
		}
	}
	return scim.Page{TotalResults: len(found), Resources: found}, nil
}

func (s *elimityStore) Replace(r *http.Request, id string, attributes scim.ResourceAttributes) (scim.Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID[id] == nil {
		return scim.Resource{}, errors.ScimErrorResourceNotFound(id)
	}
	return s.put(r, id, attributes)
}

func (s *elimityStore) Delete(_ *http.Request, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID[id] == nil {
		return errors.ScimErrorResourceNotFound(id)
	}
	delete(s.byID, id)
	if s.removed != nil {
		s.removed(id)
	}
	return nil
}

// forget removes a member from all groups.
func (s *elimityStore) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.byID {
		a["members"] = without(a["members"], func(m map[string]any) bool { return m["value"] == id })
	}
}

func (s *elimityStore) Patch(r *http.Request, id string, operations []scim.PatchOperation) (scim.Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID[id] == nil {
		return scim.Resource{}, errors.ScimErrorResourceNotFound(id)
	}
	attributes := s.copyOf(id)
	delete(attributes, "id")
	for _, op := range operations {
		if err := carryOut(attributes, op); err != nil {
			return scim.Resource{}, err
		}
	}
	return s.put(r, id, attributes)
}

// carryOut applies one operation. A value that a filter does not find is added,
// and a list that comes with the removal of members names those to remove: what
// servers do that mean to work with Entra.
func carryOut(attributes map[string]any, op scim.PatchOperation) error {
	if op.Path == nil {
		values, ok := op.Value.(map[string]any)
		if !ok {
			return errors.ScimErrorInvalidValue
		}
		for name, v := range values {
			path, err := filter.ParsePath([]byte(name))
			if err != nil {
				return errors.ScimErrorInvalidPath
			}
			if err := carryOut(attributes, scim.PatchOperation{Op: op.Op, Path: &path, Value: v}); err != nil {
				return err
			}
		}
		return nil
	}
	parent, name := attributes, op.Path.AttributePath.AttributeName
	if uri := op.Path.AttributePath.URIPrefix; uri != nil && *uri == enterpriseSchema {
		parent = child(parent, enterpriseSchema)
	}
	if sub := op.Path.AttributePath.SubAttributeName(); sub != "" {
		parent, name = child(parent, name), sub
	}
	if op.Path.ValueExpression != nil {
		return withinList(parent, name, op)
	}
	list, isList := op.Value.([]any)
	switch {
	case op.Op == scim.PatchOperationRemove && isList:
		parent[name] = without(parent[name], func(m map[string]any) bool {
			return slices.ContainsFunc(list, func(v any) bool { o, _ := v.(map[string]any); return o["value"] == m["value"] })
		})
	case op.Op == scim.PatchOperationRemove:
		delete(parent, name)
	case op.Op == scim.PatchOperationAdd && isList:
		before, _ := parent[name].([]any)
		parent[name] = append(before, list...)
	default:
		parent[name] = op.Value
	}
	return nil
}

// withinList applies an operation on the values of a list that a filter names.
func withinList(parent map[string]any, name string, op scim.PatchOperation) error {
	e, ok := op.Path.ValueExpression.(*filter.AttributeExpression)
	if !ok || e.Operator != filter.EQ {
		return errors.ScimErrorInvalidFilter
	}
	matches := func(m map[string]any) bool { return m[e.AttributePath.AttributeName] == e.CompareValue }
	if op.Op == scim.PatchOperationRemove {
		parent[name] = without(parent[name], matches)
		return nil
	}
	if op.Path.SubAttribute == nil {
		return errors.ScimErrorInvalidPath
	}
	list, _ := parent[name].([]any)
	for _, v := range list {
		if m, ok := v.(map[string]any); ok && matches(m) {
			m[*op.Path.SubAttribute] = op.Value
			return nil
		}
	}
	parent[name] = append(list, map[string]any{e.AttributePath.AttributeName: e.CompareValue, *op.Path.SubAttribute: op.Value})
	return nil
}

// child returns the complex value of an attribute, a new one where there is none.
func child(parent map[string]any, name string) map[string]any {
	m, ok := parent[name].(map[string]any)
	if !ok {
		m = make(map[string]any)
		parent[name] = m
	}
	return m
}

// without returns a list without the values that match.
func without(list any, matches func(map[string]any) bool) any {
	values, _ := list.([]any)
	return slices.DeleteFunc(slices.Clone(values), func(v any) bool {
		m, ok := v.(map[string]any)
		return ok && matches(m)
	})
}
