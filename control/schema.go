package control

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/sp/identitystore"
)

// schemas makes JSON Schemas of Go types: what the decoder takes, and what the
// encoder writes. Structs become components.
type schemas struct {
	components map[string]any
	names      map[named]string
}

// named is a component: what is taken and what is given may differ in which
// members must be there.
type named struct {
	t      reflect.Type
	answer bool
}

func newSchemas() *schemas {
	return &schemas{components: make(map[string]any), names: make(map[named]string)}
}

// shownAs are types that write their JSON themselves, and what it looks like.
var shownAs = map[reflect.Type]reflect.Type{
	reflect.TypeFor[idp.Certificate]():     reflect.TypeFor[shownCertificate](),
	reflect.TypeFor[identitystore.User]():  reflect.TypeFor[identitystore.UserResource](),
	reflect.TypeFor[identitystore.Group](): reflect.TypeFor[identitystore.GroupResource](),
}

// durationPattern is what durations look like.
const durationPattern = `^-?(\d+(\.\d+)?d)?(\d+(\.\d*)?(ns|us|µs|μs|ms|s|m|h))*$`

func refTo(name string) map[string]any { return map[string]any{"$ref": "#/components/schemas/" + name} }

// of gives the schema of a type.
func (s *schemas) of(t reflect.Type, answer bool, oneOf []string) map[string]any {
	if shown, ok := shownAs[t]; ok {
		t = shown
	}
	switch {
	case t == durationType:
		return map[string]any{"type": "string", "pattern": durationPattern, "examples": []any{"40m0s"}}
	case t == timeType:
		return map[string]any{"type": "string", "format": "date-time"}
	case t == rawType:
		return map[string]any{}
	case t == reflect.TypeFor[directory.ExtensionValue]():
		text := map[string]any{"type": "string"}
		return map[string]any{"oneOf": []any{text, map[string]any{"type": "array", "items": text}}}
	case t.Kind() == reflect.Pointer:
		schema := s.of(t.Elem(), answer, oneOf)
		if answer {
			return orNull(schema)
		}
		return schema
	}
	if body, ok := reflect.Zero(t).Interface().(interface{ patched() reflect.Type }); ok {
		return s.patch(body.patched())
	}
	if body, ok := reflect.Zero(t).Interface().(interface{ taken() reflect.Type }); ok {
		return s.of(body.taken(), answer, oneOf)
	}
	if t.Implements(textType) || reflect.PointerTo(t).Implements(textType) {
		return map[string]any{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Struct:
		return s.component(named{t, answer}, func() map[string]any { return s.object(t, answer) })
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem(), answer, oneOf)}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(t.Elem(), answer, oneOf)}
	case reflect.String:
		schema := map[string]any{"type": "string"}
		if len(oneOf) > 0 && !answer {
			schema["enum"] = anyOf(oneOf)
		}
		return schema
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Interface:
		return map[string]any{}
	default:
		return map[string]any{"type": "integer"}
	}
}

func anyOf(words []string) []any {
	values := make([]any, len(words))
	for i, word := range words {
		values[i] = word
	}
	return values
}

// orNull allows null besides.
func orNull(schema map[string]any) map[string]any {
	if kind, ok := schema["type"].(string); ok {
		made := maps.Clone(schema)
		made["type"] = []any{kind, "null"}
		if words, ok := schema["enum"].([]any); ok {
			made["enum"] = append(slices.Clone(words), nil)
		}
		return made
	}
	if len(schema) == 0 {
		return schema
	}
	return map[string]any{"anyOf": []any{schema, map[string]any{"type": "null"}}}
}

// component makes a schema once and refers to it.
func (s *schemas) component(n named, make func() map[string]any) map[string]any {
	if n.t.Name() == "" {
		return make()
	}
	if known, ok := s.names[n]; ok {
		return refTo(known)
	}
	name := componentName(n)
	for slices.Contains(slices.Collect(maps.Values(s.names)), name) {
		name += "_"
	}
	s.names[n] = name
	s.components[name] = make()
	return refTo(name)
}

// componentName is the type's name with its package, unless it is ours.
func componentName(n named) string {
	name := strings.ToUpper(n.t.Name()[:1]) + n.t.Name()[1:]
	if pkg := n.t.PkgPath()[strings.LastIndex(n.t.PkgPath(), "/")+1:]; pkg != "control" {
		name = pkg + "." + name
	}
	if !n.answer {
		name += ".body"
	}
	return name
}

func (s *schemas) object(t reflect.Type, answer bool) map[string]any {
	properties, required := make(map[string]any), []string{}
	if answer {
		for _, m := range members(t) {
			properties[m.name] = described(s.of(m.field.Type, true, nil), docOf(m.field.Tag))
			if !m.omitEmpty && !m.omitZero && !throughPointer(t, m.index) {
				required = append(required, m.name)
			}
		}
	} else {
		for _, f := range strictyaml.Fields(t) {
			properties[f.Name] = described(s.of(f.Type, false, f.OneOf), f.Doc)
			if f.Required {
				required = append(required, f.Name)
			}
		}
	}
	schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// throughPointer reports whether a member lies within an embedded pointer,
// which may be nil.
func throughPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		f := t.Field(i)
		if f.Type.Kind() == reflect.Pointer {
			return true
		}
		t = f.Type
	}
	return false
}

// patch is the schema of a PATCH: no member is required, and null removes.
func (s *schemas) patch(t reflect.Type) map[string]any {
	name := componentName(named{t, false})
	name = strings.TrimSuffix(name, ".body") + ".changes"
	if _, known := s.components[name]; !known {
		properties := make(map[string]any)
		s.components[name] = map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
		for _, f := range strictyaml.Fields(t) {
			properties[f.Name] = described(orNull(s.of(f.Type, false, f.OneOf)), f.Doc)
		}
	}
	return refTo(name)
}

func docOf(tag reflect.StructTag) string { return tag.Get("doc") }

func described(schema map[string]any, doc string) map[string]any {
	if doc == "" {
		return schema
	}
	made := maps.Clone(schema)
	made["description"] = doc // beside a $ref it counts since OpenAPI 3.1
	return made
}
