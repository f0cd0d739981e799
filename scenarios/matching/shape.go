package matching

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/internal/strictyaml"
)

// Shape says what values of a Go type look like once encoding/json has written
// them. The zero Shape is that of a value about which nothing is known.
type Shape struct {
	t       reflect.Type
	oneOf   []string // if any, the only texts beside none
	instead map[reflect.Type]reflect.Type
	or      []Field // further keys of an object
}

// ShapeOf returns the shape of a type. The tag oneOf:"a|b" of a field lists the
// texts that it can have. Of a type that writes its JSON itself nothing is known,
// unless there is another one instead of it that looks the same in JSON.
func ShapeOf(t reflect.Type, instead map[reflect.Type]reflect.Type) Shape {
	return Shape{t: t, instead: instead}
}

// goType is the type that decides: no pointer, and the one instead.
func (s Shape) goType() reflect.Type {
	t := s.t
	for t != nil {
		other, ok := s.instead[t]
		switch {
		case ok:
			return other
		case t.Kind() != reflect.Pointer:
			return t
		}
		t = t.Elem()
	}
	return nil
}

// Or returns the shape of an object that may have the keys of another one
// instead of, or beside, its own; any other shape stays as it is.
func (s Shape) Or(other Shape) Shape {
	s.or = append(slices.Clone(s.or), other.Fields()...)
	return s
}

// within returns the shape of a type that is a part of s.
func (s Shape) within(t reflect.Type) Shape { return Shape{t: t, instead: s.instead} }

// form is what a shape has in JSON.
type form int

const (
	unknown form = iota
	text
	numeric
	boolean
	list
	mapping // keys of any name, values of one shape
	object  // known keys
)

func (f form) String() string {
	return [...]string{"a value", "text", "a number", "true or false", "a list", "a map", "a map"}[f]
}

// Field is a key that an object can have.
type Field struct {
	Name  string
	Shape Shape
}

func (s Shape) form() form {
	t := s.goType()
	switch {
	case t == nil:
		return unknown
	case t == reflect.TypeFor[time.Time]():
		return text
	case reflect.PointerTo(t).Implements(marshaler):
		return unknown
	case reflect.PointerTo(t).Implements(textMarshaler):
		return text
	}
	switch t.Kind() {
	case reflect.Struct:
		return object
	case reflect.Map:
		return mapping
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return text // base64
		}
		return list
	case reflect.String:
		return text
	case reflect.Bool:
		return boolean
	case reflect.Interface:
		return unknown
	default:
		return numeric
	}
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// OneOf returns the only texts that there can be; none if any can.
func (s Shape) OneOf() []string { return s.oneOf }

// Elem returns the shape of a list's elements, or of the values of a map with
// keys of any name.
func (s Shape) Elem() (Shape, bool) {
	if f := s.form(); f != list && f != mapping {
		return Shape{}, false
	}
	elem := s.within(s.goType().Elem())
	elem.oneOf = s.oneOf
	return elem, true
}

// IsList reports whether values are lists.
func (s Shape) IsList() bool { return s.form() == list }

// Fields returns the keys of an object, in the order of their declaration.
func (s Shape) Fields() []Field {
	if s.form() != object {
		return nil
	}
	var out []Field
	depths := make(map[string]int)
	s.collectFields(s.goType(), 0, func(f Field, depth int) {
		at := slices.IndexFunc(out, func(known Field) bool { return known.Name == f.Name })
		switch {
		case at < 0:
			out = append(out, f)
			depths[f.Name] = depth
		case depth < depths[f.Name]:
			out[at], depths[f.Name] = f, depth
		}
	})
	return append(out, s.or...)
}

// collectFields reads the tags as encoding/json does.
func (s Shape) collectFields(t reflect.Type, depth int, add func(Field, int)) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case f.Tag.Get("json") == "-":
		case f.Anonymous && name == "" && inner.Kind() == reflect.Struct:
			s.collectFields(inner, depth+1, add)
		case !f.IsExported():
		default:
			if name == "" {
				name = f.Name
			}
			shape := s.within(f.Type)
			if slices.Contains(strings.Split(options, ","), "string") {
				shape = s.within(reflect.TypeFor[string]())
			}
			if words := f.Tag.Get("oneOf"); words != "" {
				shape.oneOf = strings.Split(words, "|")
			}
			add(Field{name, shape}, depth)
		}
	}
}

// field returns the shape of a key's value. It reports false if there never is
// such a key.
func (s Shape) field(name string) (Shape, bool) {
	switch s.form() {
	case object:
		for _, f := range s.Fields() {
			if f.Name == name {
				return f.Shape, true
			}
		}
		return Shape{}, false
	case mapping:
		return s.Elem()
	default:
		return Shape{}, s.form() == unknown
	}
}

func (s Shape) fieldNames() []string {
	var out []string
	for _, f := range s.Fields() {
		out = append(out, f.Name)
	}
	return out
}

// String writes the shape in one line, as documentation does: {status, users:
// {created, deleted}}. Objects within themselves are cut short.
func (s Shape) String() string { return s.describe(nil) }

func (s Shape) describe(above []reflect.Type) string {
	switch s.form() {
	case object:
		t := s.goType()
		if slices.Contains(above, t) {
			return "{…}"
		}
		var parts []string
		for _, f := range s.Fields() {
			part := f.Name
			if inner := f.Shape.describe(append(above, t)); inner != "" {
				part += ": " + inner
			}
			parts = append(parts, part)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case list:
		elem, _ := s.Elem()
		return "[" + elem.describe(above) + "]"
	case mapping:
		elem, _ := s.Elem()
		return strings.TrimSuffix("{…: "+elem.describe(above), ": ") + "}"
	default:
		return strings.Join(s.oneOf, "|")
	}
}

func kindOfNode(n *strictyaml.Node) form {
	switch n.Kind() {
	case strictyaml.Bool:
		return boolean
	case strictyaml.Int, strictyaml.Float:
		return numeric
	case strictyaml.String:
		return text
	case strictyaml.List:
		return list
	case strictyaml.Map:
		return object
	default:
		return unknown
	}
}
