package resource

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/idharness/harness/scimmock/document"
)

// Reader reads bodies.
type Reader struct {
	Type          *Type
	IgnoreUnknown bool                             // attributes that no schema has are passed over
	Note          func(format string, args ...any) // told of what is passed over
}

// Decode reads a resource from the body of POST or PUT. Read-only attributes
// are ignored (RFC 7643 section 7).
func (r Reader) Decode(body document.Value) (Object, error) {
	if err := r.checkSchemas(body); err != nil {
		return nil, err
	}
	o := Object{}
	for _, m := range body.Members {
		if e := r.Type.extension(m.Name); e != nil {
			if err := r.once(o, e.ID, m); err != nil {
				return nil, err
			}
			inner, err := r.object(e.Attributes, m.Value)
			if err != nil {
				return nil, err
			}
			if len(inner) > 0 {
				o[e.ID] = inner
			}
			continue
		}
		if err := r.member(o, r.Type.attributes(), m); err != nil {
			return nil, err
		}
	}
	return o, r.Type.CheckRequired(o)
}

// checkSchemas wants the type's schema in schemas, which clients leave out.
func (r Reader) checkSchemas(body document.Value) error {
	schemas, ok := member(body, "schemas")
	if !ok || schemas.Kind == document.Null {
		r.Note("the body has no schemas: RFC 7643 section 3 demands them")
		return nil
	}
	found := false
	for _, item := range schemas.Items {
		switch {
		case strings.EqualFold(item.Text, r.Type.Schema.ID):
			found = true
		case r.Type.extension(item.Text) == nil:
			r.Note("schema %q was ignored: the resource type has no such extension", item.Text)
		}
	}
	if !found {
		return bad(InvalidSyntax, schemas.Path, schemas.Describe(), "an array with %s", r.Type.Schema.ID)
	}
	return nil
}

// member finds an object's member by its name in any case.
func member(v document.Value, name string) (document.Value, bool) {
	for _, m := range v.Members {
		if strings.EqualFold(m.Name, name) {
			return m.Value, true
		}
	}
	return document.Value{}, false
}

func (r Reader) once(o Object, name string, m document.Member) error {
	if _, twice := o[name]; twice {
		return bad(InvalidSyntax, m.Value.Path, "it twice", "the attribute %s once: names are compared in any case", name)
	}
	return nil
}

// member reads one attribute into o.
func (r Reader) member(o Object, attributes []Attribute, m document.Member) error {
	a := find(attributes, m.Name)
	switch {
	case a == nil:
		return r.unknown(m)
	case a.Mutability == ReadOnly:
		return nil
	}
	if err := r.once(o, a.Name, m); err != nil {
		return err
	}
	v, err := r.value(a, m.Value)
	if err == nil && v != nil {
		o[a.Name] = v
	}
	return err
}

func (r Reader) unknown(m document.Member) error {
	if r.IgnoreUnknown {
		r.Note("%s was ignored: no schema has such an attribute", m.Value.Path)
		return nil
	}
	return bad(InvalidSyntax, m.Value.Path, m.Name, "an attribute of the schema")
}

// value reads a value; nil means that the attribute is to have none.
func (r Reader) value(a *Attribute, v document.Value) (any, error) {
	if v.Kind == document.Null {
		return nil, nil
	}
	if !a.MultiValued {
		return r.single(a, v)
	}
	if v.Kind != document.Array {
		return nil, bad(InvalidValue, v.Path, v.Describe(), "an array")
	}
	var values []any
	for _, item := range v.Items {
		one, err := r.single(a, item)
		if err != nil {
			return nil, err
		}
		if o, ok := one.(Object); ok && dropFalsePrimary(o) == 0 {
			continue
		}
		if one != nil && !contains(values, one) {
			values = append(values, one)
		}
	}
	if primaries(values) > 1 {
		return nil, bad(InvalidValue, v.Path, "more", "at most one value that is primary")
	}
	if len(values) == 0 {
		return nil, nil
	}
	return values, nil
}

func (r Reader) single(a *Attribute, v document.Value) (any, error) {
	switch {
	case a.Type == Complex && v.Kind == document.Object:
		o, err := r.object(a.SubAttributes, v)
		if err != nil || len(o) == 0 {
			return nil, err
		}
		return o, nil
	case a.Type == Complex:
		return nil, bad(InvalidValue, v.Path, v.Describe(), "an object")
	case a.Type == Boolean && v.Kind == document.Bool:
		return v.True, nil
	case a.Type == Boolean && v.Kind == document.String && (strings.EqualFold(v.Text, "true") || strings.EqualFold(v.Text, "false")):
		r.Note("%s: the text %q was taken for a boolean, as Entra sends it", v.Path, v.Text)
		return strings.EqualFold(v.Text, "true"), nil
	case a.Type == Boolean:
		return nil, bad(InvalidValue, v.Path, v.Describe(), "true or false")
	case v.Kind != document.String && a.Mutability == WriteOnly:
		return nil, bad(InvalidValue, v.Path, string(v.Kind), "a string") // not the value, which is a secret
	case v.Kind != document.String:
		return nil, bad(InvalidValue, v.Path, v.Describe(), "a string")
	}
	switch a.Type {
	case DateTime:
		if _, err := time.Parse(time.RFC3339, v.Text); err != nil {
			return nil, bad(InvalidValue, v.Path, v.Describe(), "a date and time, such as 2026-01-05T09:00:00Z")
		}
	case Binary:
		if _, err := base64.StdEncoding.DecodeString(v.Text); err != nil {
			return nil, bad(InvalidValue, v.Path, "other text", "base64")
		}
	}
	return v.Text, nil
}

func (r Reader) object(attributes []Attribute, v document.Value) (Object, error) {
	o := Object{}
	if v.Kind == document.Null {
		return o, nil
	}
	if v.Kind != document.Object {
		return nil, bad(InvalidValue, v.Path, v.Describe(), "an object")
	}
	for _, m := range v.Members {
		if err := r.member(o, attributes, m); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// CheckRequired reports a required attribute that has no value.
func (t *Type) CheckRequired(o Object) error {
	for _, a := range t.Schema.Attributes {
		if v, ok := o[a.Name]; a.Required && (!ok || v == "") {
			return bad(InvalidValue, "$."+a.Name, "nothing", "a value: the attribute is required")
		}
	}
	return nil
}

// dropFalsePrimary takes primary away where it is false, which is the same as
// not being there (RFC 7643 section 2.4), and tells how much is left.
func dropFalsePrimary(o Object) int {
	if o["primary"] == false {
		delete(o, "primary")
	}
	return len(o)
}

// primaries counts the values that are marked primary.
func primaries(values []any) int {
	count := 0
	for _, v := range values {
		if o, ok := v.(Object); ok && o["primary"] == true {
			count++
		}
	}
	return count
}
