package control

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// encode writes a value as JSON with the names of encoding/json, and with two
// differences: a duration is a text such as "40m0s", as in the scenario
// language, and no list or map is null.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	if err := write(&b, reflect.ValueOf(value)); err != nil {
		return nil, err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, b.Bytes(), "", "  "); err != nil {
		return nil, err
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}

var (
	durationType  = reflect.TypeFor[time.Duration]()
	timeType      = reflect.TypeFor[time.Time]()
	rawType       = reflect.TypeFor[json.RawMessage]()
	marshalerType = reflect.TypeFor[json.Marshaler]()
	textType      = reflect.TypeFor[encoding.TextMarshaler]()
)

func write(b *bytes.Buffer, v reflect.Value) error {
	if !v.IsValid() {
		b.WriteString("null")
		return nil
	}
	t := v.Type()
	switch {
	case t == durationType:
		return writeText(b, time.Duration(v.Int()).String())
	case (t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface) && !v.IsNil() && t != marshalerType:
		return write(b, v.Elem())
	case t.Implements(marshalerType) || t.Implements(textType):
		return writeStandard(b, v)
	}
	switch t.Kind() {
	case reflect.Struct:
		return writeStruct(b, v)
	case reflect.Map:
		return writeMap(b, v)
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return writeStandard(b, v)
		}
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := write(b, v.Index(i)); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	default:
		return writeStandard(b, v)
	}
}

func writeStandard(b *bytes.Buffer, v reflect.Value) error {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v.Interface()); err != nil {
		return fmt.Errorf("write a %s: %w", v.Type(), err)
	}
	return nil
}

func writeText(b *bytes.Buffer, text string) error { return writeStandard(b, reflect.ValueOf(text)) }

func writeMap(b *bytes.Buffer, v reflect.Value) error {
	keys := make([]string, 0, v.Len())
	byText := make(map[string]reflect.Value, v.Len())
	for _, key := range v.MapKeys() {
		text := fmt.Sprint(key.Interface())
		keys = append(keys, text)
		byText[text] = v.MapIndex(key)
	}
	slices.Sort(keys)
	b.WriteByte('{')
	for i, key := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := writeText(b, key); err != nil {
			return err
		}
		b.WriteByte(':')
		if err := write(b, byText[key]); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

func writeStruct(b *bytes.Buffer, v reflect.Value) error {
	b.WriteByte('{')
	first := true
	for _, m := range members(v.Type()) {
		value, err := v.FieldByIndexErr(m.index)
		if err != nil || m.omitted(value) { // an error: within an embedded nil
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		if err := writeText(b, m.name); err != nil {
			return err
		}
		b.WriteByte(':')
		if err := write(b, value); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

// member is a member of a JSON object that a struct is written as.
type member struct {
	name                string
	index               []int
	field               reflect.StructField
	omitEmpty, omitZero bool
}

func (m member) omitted(v reflect.Value) bool {
	if m.omitZero {
		if zero, ok := v.Interface().(interface{ IsZero() bool }); ok {
			return zero.IsZero()
		}
		return v.IsZero()
	}
	if !m.omitEmpty {
		return false
	}
	switch v.Kind() {
	case reflect.Map, reflect.Slice, reflect.String, reflect.Array:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}

// members lists the members of a struct, those of embedded structs in their
// place. A member hides one of the same name further in.
func members(t reflect.Type) []member {
	var list []member
	collectMembers(t, nil, func(m member) {
		at := slices.IndexFunc(list, func(known member) bool { return known.name == m.name })
		switch {
		case at < 0:
			list = append(list, m)
		case len(m.index) < len(list[at].index):
			list[at] = m
		}
	})
	return list
}

func collectMembers(t reflect.Type, index []int, add func(member)) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		path := append(slices.Clone(index), i)
		embedded := f.Type
		if embedded.Kind() == reflect.Pointer {
			embedded = embedded.Elem()
		}
		switch {
		case name == "-" && options == "":
		case f.Anonymous && name == "" && embedded.Kind() == reflect.Struct && !f.Type.Implements(marshalerType):
			collectMembers(embedded, path, add)
		case !f.IsExported():
		default:
			if name == "" {
				name = f.Name
			}
			add(member{name, path, f, strings.Contains(options, "omitempty"), strings.Contains(options, "omitzero")})
		}
	}
}
