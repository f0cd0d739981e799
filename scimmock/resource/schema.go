// Package resource works on SCIM resources by their schemas, as RFC 7643 and
// RFC 7644 have it: it reads and checks bodies, evaluates filters, applies
// PATCH operations, and writes what was asked for.
//
// AWS supports a part of this, in its own way; that is in package scimmock.
package resource

import (
	"strings"

	"github.com/idharness/harness/scimmock/filter"
)

// The data types of attributes (RFC 7643 section 2.3).
const (
	String    = "string"
	Boolean   = "boolean"
	DateTime  = "dateTime"
	Binary    = "binary"
	Reference = "reference"
	Complex   = "complex"
)

// Mutability of attributes (RFC 7643 section 7).
const (
	ReadWrite = "readWrite"
	ReadOnly  = "readOnly"
	Immutable = "immutable"
	WriteOnly = "writeOnly"
)

// Attribute describes an attribute; as JSON it is the definition of RFC 7643
// section 7.
type Attribute struct {
	Name            string      `json:"name"`
	Type            string      `json:"type"`
	MultiValued     bool        `json:"multiValued"`
	Description     string      `json:"description"`
	Required        bool        `json:"required"`
	CaseExact       bool        `json:"caseExact"`
	Mutability      string      `json:"mutability"`
	Returned        string      `json:"returned"`
	Uniqueness      string      `json:"uniqueness"`
	CanonicalValues []string    `json:"canonicalValues,omitempty"`
	ReferenceTypes  []string    `json:"referenceTypes,omitempty"`
	SubAttributes   []Attribute `json:"subAttributes,omitempty"`
}

// Schema is a schema.
type Schema struct {
	ID          string
	Name        string
	Description string
	Attributes  []Attribute
}

// Type is a resource type: a schema and its extensions.
type Type struct {
	Name       string
	Endpoint   string
	Schema     Schema
	Extensions []Schema
}

// Object is a resource, or a complex value in one, by the names of the schema.
// Values are string, bool, Object, and []any for multi-valued attributes. The
// attributes of an extension are in an Object under its URN. What has no value
// is not there (RFC 7643 section 2.5).
type Object = map[string]any

// find finds an attribute by its name in any case (RFC 7643 section 2.1).
func find(attributes []Attribute, name string) *Attribute {
	for i := range attributes {
		if strings.EqualFold(attributes[i].Name, name) {
			return &attributes[i]
		}
	}
	return nil
}

// URNs lists the URNs that may stand before the type's attributes.
func (t *Type) URNs() []string {
	urns := []string{t.Schema.ID}
	for _, e := range t.Extensions {
		urns = append(urns, e.ID)
	}
	return urns
}

func (t *Type) extension(urn string) *Schema {
	for i := range t.Extensions {
		if strings.EqualFold(t.Extensions[i].ID, urn) {
			return &t.Extensions[i]
		}
	}
	return nil
}

// place is where an attribute path leads to.
type place struct {
	urn  string     // of the extension, or ""
	attr *Attribute // nil for all of the extension
	sub  *Attribute // or nil
}

func (p place) last() *Attribute {
	if p.sub != nil {
		return p.sub
	}
	return p.attr
}

// locate finds the attribute that a path names, if there is one.
func (t *Type) locate(a filter.Attr) (p place, ok bool) {
	attributes := t.attributes()
	if a.URN != "" && !strings.EqualFold(a.URN, t.Schema.ID) {
		e := t.extension(a.URN)
		if e == nil {
			return p, false
		}
		p.urn, attributes = e.ID, e.Attributes
		if a.Name == "" {
			return p, true
		}
	}
	if p.attr = find(attributes, a.Name); p.attr == nil {
		return p, false
	}
	if a.Sub != "" {
		p.sub = find(p.attr.SubAttributes, a.Sub)
		return p, p.sub != nil
	}
	return p, true
}

// attributes are those of the schema and the common ones (RFC 7643 section 3.1).
func (t *Type) attributes() []Attribute {
	all := []Attribute{
		{Name: "schemas", Type: String, MultiValued: true, CaseExact: true, Mutability: ReadOnly, Returned: "always"},
		{Name: "id", Type: String, CaseExact: true, Mutability: ReadOnly, Returned: "always"},
		{Name: "externalId", Type: String, CaseExact: true, Mutability: ReadWrite, Returned: "default"},
	}
	all = append(all, t.Schema.Attributes...)
	return append(all, Attribute{Name: "meta", Type: Complex, Mutability: ReadOnly, Returned: "default", SubAttributes: []Attribute{
		{Name: "resourceType", Type: String, CaseExact: true, Mutability: ReadOnly, Returned: "default"},
		{Name: "created", Type: DateTime, Mutability: ReadOnly, Returned: "default"},
		{Name: "lastModified", Type: DateTime, Mutability: ReadOnly, Returned: "default"},
		{Name: "location", Type: Reference, CaseExact: true, Mutability: ReadOnly, Returned: "default"},
	}})
}

// container is the object that holds the place's attribute.
func (p place) container(o Object) Object {
	if p.urn == "" {
		return o
	}
	inner, _ := o[p.urn].(Object)
	return inner
}

// Clone copies an object to its depths.
func Clone(o Object) Object { return clone(o).(Object) }

func clone(v any) any {
	switch v := v.(type) {
	case Object:
		c := make(Object, len(v))
		for name, value := range v {
			c[name] = clone(value)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, value := range v {
			c[i] = clone(value)
		}
		return c
	}
	return v
}
