package scenarios

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

// SchemaURL is where editors find the schema; scenario files name it in their
// first line.
const SchemaURL = "https://raw.githubusercontent.com/idharness/harness/main/scenarios/schema.json"

// JSONSchema returns the JSON Schema of scenario files, made from the types
// that the parser reads them into. It is draft 7, the newest that every release
// of the YAML language server understands (yaml-language-server issue 1112).
//
// A schema cannot say everything: what it accepts may still be refused, for
// instance a user who is not declared, but it refuses nothing that is right.
func JSONSchema() ([]byte, error) {
	g := &schemaMaker{definitions: make(map[string]any), names: make(map[reflect.Type]string)}
	root := g.structure(reflect.TypeFor[document](), map[string]map[string]any{
		"vars": {"type": []any{"object", "null"}, "propertyNames": map[string]any{"pattern": variablePattern}},
		"matrix": {
			"type": "array", "minItems": 1, "maxItems": maxMatrix,
			"items": map[string]any{"type": "object", "minProperties": 1, "propertyNames": map[string]any{"pattern": variablePattern}},
		},
	})
	g.definitions["variable"] = map[string]any{
		"type": "string", "pattern": `\$\{`, "description": "${name} stands for a variable, ${name.key[0]} for a part of it, ${env:NAME} for an environment variable.",
	}
	g.definitions["expectation"] = matching.Schema("#/definitions/expectation")
	g.definitions["step"] = g.step()
	root["type"] = "object"
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["$id"] = SchemaURL
	root["title"] = "harness scenario"
	root["description"] = "A tenant of Microsoft Entra ID, an instance of IAM Identity Center, what happens, and what must come of it."
	root["definitions"] = g.definitions
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("write the schema of scenarios: %w", err)
	}
	return b.Bytes(), nil
}

// schemaMaker turns types into schemas. Structs become definitions, since some
// hold themselves.
type schemaMaker struct {
	definitions map[string]any
	names       map[reflect.Type]string
}

func refTo(name string) map[string]any { return map[string]any{"$ref": "#/definitions/" + name} }

// anyOf joins alternatives, without those that others contain.
func anyOf(alternatives ...map[string]any) map[string]any {
	var flat []any
	var add func(schema map[string]any)
	add = func(schema map[string]any) {
		if inner, ok := schema["anyOf"].([]any); ok && len(schema) == 1 {
			for _, one := range inner {
				if schema, ok := one.(map[string]any); ok {
					add(schema)
				}
			}
			return
		}
		if !slices.ContainsFunc(flat, func(known any) bool { return reflect.DeepEqual(known, any(schema)) }) {
			flat = append(flat, schema)
		}
	}
	for _, schema := range alternatives {
		add(schema)
	}
	anyText := slices.ContainsFunc(flat, func(one any) bool {
		schema, _ := one.(map[string]any)
		types, several := schema["type"].([]any)
		return len(schema) == 0 || len(schema) == 1 && (schema["type"] == "string" || several && slices.Contains(types, any("string")))
	})
	if anyText {
		flat = slices.DeleteFunc(flat, func(one any) bool { return reflect.DeepEqual(one, any(refTo("variable"))) })
	}
	if len(flat) == 1 {
		if only, ok := flat[0].(map[string]any); ok {
			return only
		}
	}
	return map[string]any{"anyOf": flat}
}

// orVariable allows a variable, which takes the place of any value.
func orVariable(schema map[string]any) map[string]any {
	return anyOf(schema, refTo("variable"))
}

var (
	schemaNode        = reflect.TypeFor[*strictyaml.Node]()
	schemaUnmarshaler = reflect.TypeFor[strictyaml.NodeUnmarshaler]()
	schemaText        = reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()
)

// variablePattern is what isVariable lets pass.
const variablePattern = `^[0-9A-Za-z_]+$`

// durationPattern is what strictyaml.ParseDuration reads.
const durationPattern = `^-?(\d+(\.\d+)?d)?(\d+(\.\d*)?(ns|us|µs|μs|ms|s|m|h))*$`

// of gives the schema for values of a type, as strictyaml.Decode reads them.
func (g *schemaMaker) of(t reflect.Type, oneOf []string) map[string]any {
	switch {
	case t == schemaNode:
		return map[string]any{}
	case t == reflect.TypeFor[time.Duration]():
		return orVariable(map[string]any{"type": "string", "pattern": durationPattern})
	case t == reflect.TypeFor[time.Time]():
		return orVariable(map[string]any{"type": "string", "format": "date-time"})
	case t.Kind() == reflect.Pointer:
		schema := g.of(t.Elem(), oneOf)
		if elem := t.Elem(); elem.Kind() == reflect.Struct || elem.Kind() == reflect.Map || elem.Kind() == reflect.Slice || reflect.PointerTo(elem).Implements(schemaUnmarshaler) {
			return schema
		}
		return anyOf(schema, map[string]any{"type": "null"})
	case reflect.PointerTo(t).Implements(schemaUnmarshaler):
		return g.custom(reflect.Zero(t))
	case t.Kind() == reflect.Interface:
		return map[string]any{}
	case reflect.PointerTo(t).Implements(schemaText):
		scalar := map[string]any{"type": []any{"string", "number", "boolean"}}
		if t.Kind() == reflect.Slice {
			return anyOf(scalar, g.byKind(t, oneOf))
		}
		return scalar
	default:
		return g.byKind(t, oneOf)
	}
}

func (g *schemaMaker) byKind(t reflect.Type, oneOf []string) map[string]any {
	switch t.Kind() {
	case reflect.Struct:
		return g.define(t, typeName(t), func() map[string]any { return g.structure(t, nil) })
	case reflect.Map:
		return orVariable(map[string]any{"type": []any{"object", "null"}, "additionalProperties": g.of(t.Elem(), oneOf)})
	case reflect.Slice:
		return orVariable(map[string]any{"type": []any{"array", "null"}, "items": g.of(t.Elem(), oneOf)})
	case reflect.String:
		if len(oneOf) == 0 {
			return map[string]any{"type": "string"}
		}
		values := make([]any, len(oneOf))
		for i, word := range oneOf {
			values[i] = word
		}
		return orVariable(map[string]any{"enum": values})
	case reflect.Bool:
		return orVariable(map[string]any{"type": "boolean"})
	case reflect.Float32, reflect.Float64:
		return orVariable(map[string]any{"type": "number"})
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return orVariable(map[string]any{"type": "integer", "minimum": 0})
	default:
		return orVariable(map[string]any{"type": "integer"})
	}
}

// typeName names a definition after a type, with its package unless it is ours.
func typeName(t reflect.Type) string {
	name := t.Name()
	if name == "" {
		return ""
	}
	if pkg := t.PkgPath()[strings.LastIndex(t.PkgPath(), "/")+1:]; pkg != "scenarios" {
		name = pkg + "." + name
	}
	return name
}

// define makes a definition, once for each type, and refers to it. A struct
// without a name is written where it is used.
func (g *schemaMaker) define(t reflect.Type, name string, make func() map[string]any) map[string]any {
	if name == "" {
		return make()
	}
	if known, ok := g.names[t]; ok {
		return refTo(known)
	}
	for taken, n := slices.Collect(maps.Values(g.names)), 2; slices.Contains(taken, name); n++ {
		name = strings.TrimRight(name, "0123456789") + fmt.Sprint(n)
	}
	g.names[t] = name
	g.definitions[name] = make()
	return refTo(name)
}

// structure gives the schema of a map with known keys. Keys that below has are
// described by it instead of by their type.
func (g *schemaMaker) structure(t reflect.Type, below map[string]map[string]any) map[string]any {
	properties, required := make(map[string]any), []any{}
	for _, f := range strictyaml.Fields(t) {
		schema, known := below[f.Name]
		switch {
		case known:
		case (f.Name == "expect" || f.Name == "until") && f.Type == schemaNode:
			schema = refTo("expectation")
		case f.Name == "vars" && f.Type == schemaNode:
			schema = map[string]any{"type": []any{"object", "null"}}
		case f.Type == reflect.TypeFor[[]*strictyaml.Node]():
			// Nodes are kept where variables are filled in later: in steps.
			schema = map[string]any{"type": []any{"array", "null"}, "items": refTo("step")}
			if f.Required {
				schema["type"], schema["minItems"] = "array", 1
			}
		default:
			schema = g.of(f.Type, f.OneOf)
		}
		properties[f.Name] = described(schema, f.Doc)
		if f.Required {
			required = append(required, f.Name)
		}
	}
	made := map[string]any{"type": []any{"object", "null"}, "additionalProperties": false, "properties": properties}
	if len(properties) > 0 {
		made["patternProperties"] = variableKeys()
	}
	if len(required) > 0 {
		made["required"], made["type"] = required, "object"
	}
	return made
}

// variableKeys are the keys that variables stand for.
func variableKeys() map[string]any { return map[string]any{`^\$\{`: map[string]any{}} }

// described puts a description beside a schema; beside a $ref it would not count.
func described(schema map[string]any, doc string) map[string]any {
	if doc == "" {
		return schema
	}
	if _, isRef := schema["$ref"]; isRef {
		return map[string]any{"description": doc, "allOf": []any{schema}}
	}
	made := maps.Clone(schema)
	made["description"] = doc
	return made
}
