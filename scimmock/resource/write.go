package resource

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/scimmock/filter"
)

// Projection says which attributes a response has (RFC 7644 section 3.9).
type Projection struct {
	typ               *Type
	include, exclude  []place
	limited, excluded bool
}

// Project reads the parameters attributes and excludedAttributes, which are
// lists with commas. Attributes that the type does not have select nothing.
func (t *Type) Project(attributes, excluded string) (Projection, error) {
	p := Projection{typ: t, limited: attributes != "", excluded: excluded != ""}
	var err error
	if p.include, err = t.places(attributes); err != nil {
		return p, err
	}
	p.exclude, err = t.places(excluded)
	return p, err
}

func (t *Type) places(list string) ([]place, error) {
	var places []place
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		path, err := filter.ParsePath(name, t.URNs()...)
		if e := (*filter.Error)(nil); errors.As(err, &e) || err == nil && path.Filter != nil {
			return nil, bad(InvalidValue, "attributes", name, "attribute names with commas between them")
		} else if err != nil {
			return nil, fmt.Errorf("read attribute name: %w", err)
		}
		if at, ok := t.locate(path.Attr); ok {
			places = append(places, at)
		}
	}
	return places, nil
}

// Apply leaves what the projection asks for; attributes that are always
// returned stay.
func (p Projection) Apply(o Object) Object {
	if !p.limited && !p.excluded {
		return o
	}
	out := Object{}
	p.part(out, o, "", p.typ.attributes())
	for _, e := range p.typ.Extensions {
		if inner, ok := o[e.ID].(Object); ok {
			part := Object{}
			if p.part(part, inner, e.ID, e.Attributes); len(part) > 0 {
				out[e.ID] = part
			}
		}
	}
	return out
}

func (p Projection) part(out, o Object, urn string, attributes []Attribute) {
	for i := range attributes {
		a := &attributes[i]
		v, ok := o[a.Name]
		if !ok {
			continue
		}
		if a.Returned != "always" {
			if p.limited {
				v = pick(v, p.include, urn, a.Name, true)
			}
			if p.excluded && v != nil {
				v = pick(v, p.exclude, urn, a.Name, false)
			}
		}
		if v != nil {
			out[a.Name] = v
		}
	}
}

// pick leaves of a value what places name, or what they do not; nil if that is
// nothing, as an attribute without a value is not shown (RFC 7643 section 2.5).
func pick(v any, places []place, urn, name string, keep bool) any {
	var subs []string
	for _, at := range places {
		if at.urn != urn || at.attr != nil && at.attr.Name != name {
			continue
		}
		if at.attr == nil || at.sub == nil { // all of it
			if keep {
				return v
			}
			return nil
		}
		subs = append(subs, at.sub.Name)
	}
	if len(subs) == 0 {
		if keep {
			return nil
		}
		return v
	}
	switch v := v.(type) {
	case Object:
		out := Object{}
		for sub, value := range v {
			if slices.Contains(subs, sub) == keep {
				out[sub] = value
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		var out []any
		for _, one := range v {
			if part := pick(one, places, urn, name, keep); part != nil {
				out = append(out, part)
			}
		}
		if out == nil {
			return nil
		}
		return out
	}
	return v
}

// Marshal writes a resource with the members in the order of the schemas.
func (t *Type) Marshal(o Object) ([]byte, error) {
	var b bytes.Buffer
	w := writer{&b, nil}
	b.WriteByte('{')
	n := w.members(o, t.attributes(), 0)
	for _, e := range t.Extensions {
		inner, ok := o[e.ID].(Object)
		if !ok {
			continue
		}
		w.name(e.ID, n)
		n++
		b.WriteByte('{')
		w.members(inner, e.Attributes, 0)
		b.WriteByte('}')
	}
	b.WriteByte('}')
	return b.Bytes(), w.err
}

type writer struct {
	*bytes.Buffer
	err error
}

func (w *writer) name(name string, n int) {
	if n > 0 {
		w.WriteByte(',')
	}
	w.json(name)
	w.WriteByte(':')
}

func (w *writer) json(v any) {
	enc := json.NewEncoder(w.Buffer)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil && w.err == nil {
		w.err = fmt.Errorf("write resource: %w", err)
	}
	w.Truncate(w.Len() - len("\n"))
}

func (w *writer) members(o Object, attributes []Attribute, n int) int {
	for i := range attributes {
		v, ok := o[attributes[i].Name]
		if !ok {
			continue
		}
		w.name(attributes[i].Name, n)
		n++
		w.value(v, attributes[i].SubAttributes)
	}
	return n
}

func (w *writer) value(v any, subs []Attribute) {
	switch v := v.(type) {
	case Object:
		w.WriteByte('{')
		w.members(v, subs, 0)
		w.WriteByte('}')
	case []any:
		w.WriteByte('[')
		for i, one := range v {
			if i > 0 {
				w.WriteByte(',')
			}
			w.value(one, subs)
		}
		w.WriteByte(']')
	default:
		w.json(v)
	}
}

// Order compares resources for sortBy (RFC 7644 section 3.4.2.3): by the
// attribute's type and case rule, of several values by the primary one or the
// first; those without a value come last.
func (t *Type) Order(sortBy string) (func(a, b Object) int, error) {
	places, err := t.places(sortBy)
	if err != nil {
		return nil, err
	}
	if len(places) != 1 || places[0].attr == nil {
		return nil, bad(InvalidValue, "sortBy", sortBy, "the name of one attribute of the resource type %s", t.Name)
	}
	at := places[0]
	of := compared(at.last())
	if of == nil || of.Mutability == WriteOnly {
		return nil, bad(InvalidValue, "sortBy", sortBy, "an attribute that is not complex and can be read")
	}
	return func(a, b Object) int {
		x, hasX := at.sortValue(a)
		y, hasY := at.sortValue(b)
		switch {
		case !hasX && !hasY:
			return 0
		case !hasX:
			return 1
		case !hasY:
			return -1
		}
		if of.Type == DateTime {
			l, errL := time.Parse(time.RFC3339, x)
			r, errR := time.Parse(time.RFC3339, y)
			if errL == nil && errR == nil {
				return l.Compare(r)
			}
		}
		if !of.CaseExact {
			x, y = strings.ToLower(x), strings.ToLower(y)
		}
		return strings.Compare(x, y)
	}, nil
}

func (p place) sortValue(o Object) (string, bool) {
	v := p.container(o)[p.attr.Name]
	if list, ok := v.([]any); ok {
		v = list[0]
		if first := marked(list); len(first) > 0 {
			v = first[0]
		}
	}
	if inner, ok := v.(Object); ok {
		name := "value"
		if p.sub != nil {
			name = p.sub.Name
		}
		v = inner[name]
	}
	if v == nil {
		return "", false
	}
	return fmt.Sprint(v), true
}
