package scenarios

import (
	"maps"
	"reflect"
	"slices"

	"github.com/idharness/harness/internal/strictyaml"
)

// custom gives the schema of a type that reads itself: it is shown a value of
// each kind, and what it reads them into tells what it accepts. like is a value
// of the type, which may already say what it is for.
func (g *schemaMaker) custom(like reflect.Value) map[string]any {
	var alternatives []map[string]any
	add := func(schema map[string]any) { alternatives = append(alternatives, schema) }
	owner := typeName(like.Type())
	for _, kind := range []strictyaml.Kind{strictyaml.String, strictyaml.List, strictyaml.Map, strictyaml.Null} {
		probe := strictyaml.NewProbe(kind)
		_, refused := unmarshal(like, probe)
		for _, t := range probe.Types {
			add(g.read(like, t, owner))
		}
		if len(probe.Types) > 0 || refused {
			continue
		}
		switch kind {
		case strictyaml.String:
			add(map[string]any{"type": []any{"string", "number", "boolean"}})
		case strictyaml.List:
			add(map[string]any{"type": "array"})
		case strictyaml.Null:
			add(map[string]any{"type": "null"})
		default:
			if _, refused := unmarshal(like, strictyaml.NewProbe(strictyaml.Map, "probe")); refused {
				add(map[string]any{"type": "object", "maxProperties": 0})
			} else {
				add(map[string]any{"type": "object"})
			}
		}
	}
	return anyOf(alternatives...)
}

// unmarshal has a copy of like read a probe.
func unmarshal(like reflect.Value, probe *strictyaml.Probe) (read reflect.Value, refused bool) {
	read = reflect.New(like.Type())
	read.Elem().Set(like)
	self, ok := read.Interface().(strictyaml.NodeUnmarshaler)
	if !ok {
		return read, len(strictyaml.Decode(probe.Node, read.Interface())) > 0
	}
	return read, len(self.UnmarshalNode(probe.Node)) > 0
}

// read gives the schema of a type that like reads itself by. For a struct it is
// found out what like adds: keys that it does not do without, and what it reads
// nodes into that it keeps.
func (g *schemaMaker) read(like reflect.Value, t reflect.Type, owner string) map[string]any {
	if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(schemaUnmarshaler) {
		return orVariable(g.of(t, nil))
	}
	name := typeName(t)
	if t.Name() == "plain" {
		name = owner
	}
	return orVariable(g.define(t, name, func() map[string]any { return g.probed(like, t) }))
}

// probed is structure, with what showing probes to like adds.
func (g *schemaMaker) probed(like reflect.Value, t reflect.Type) map[string]any {
	fields := strictyaml.Fields(t)
	var keys []string
	for _, f := range fields {
		keys = append(keys, f.Name)
	}
	// probe shows a map of these keys. Where words are known, one stands there.
	show := func(keys []string) (*strictyaml.Probe, bool) {
		probe := strictyaml.NewProbe(strictyaml.Map, keys...)
		for _, f := range fields {
			if len(f.OneOf) > 0 {
				probe.Give(f.Name, f.OneOf[0])
			}
		}
		read, refused := unmarshal(like, probe)
		if c, ok := read.Interface().(checker); ok && !refused {
			refused = len(c.check(probe.Node)) > 0
		}
		return probe, refused
	}
	all, refused := show(keys)
	below := make(map[string]map[string]any)
	for _, f := range fields {
		if f.Type != schemaNode {
			continue
		}
		var alternatives []map[string]any
		for _, t := range all.Below[f.Name].Types {
			alternatives = append(alternatives, g.part(t))
		}
		if len(alternatives) > 0 {
			below[f.Name] = orVariable(anyOf(alternatives...))
		}
	}
	made := g.structure(t, below)
	if refused { // it wants one of several, perhaps; no conclusion is possible
		return made
	}
	required, _ := made["required"].([]any)
	for i, key := range keys {
		without := slices.Concat(keys[:i], keys[i+1:])
		if _, missed := show(without); missed && !slices.Contains(required, any(key)) {
			required = append(required, key)
		}
	}
	if len(required) > 0 {
		made["required"], made["type"] = required, "object"
	}
	return made
}

// part is the schema of keys that change an object: any of its keys.
func (g *schemaMaker) part(t reflect.Type) map[string]any {
	schema := g.of(t, nil)
	if t.Kind() != reflect.Struct {
		return schema
	}
	var properties any
	if full, ok := g.resolve(schema)["properties"]; ok {
		properties = full
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties, "patternProperties": variableKeys()}
}

// resolve follows references to the one definition of a map.
func (g *schemaMaker) resolve(schema map[string]any) map[string]any {
	if ref, ok := schema["$ref"].(string); ok {
		if made, ok := g.definitions[ref[len("#/definitions/"):]].(map[string]any); ok {
			return g.resolve(made)
		}
	}
	if alternatives, ok := schema["anyOf"].([]any); ok && len(alternatives) > 0 {
		for _, a := range alternatives {
			if inner, ok := a.(map[string]any); ok {
				if found := g.resolve(inner); found["properties"] != nil {
					return found
				}
			}
		}
	}
	return schema
}

// step is a map with one verb, beside the keys that every step may have.
func (g *schemaMaker) step() map[string]any {
	save := g.of(reflect.TypeFor[capture](), nil)
	made := g.structure(reflect.TypeFor[stepFrame](), map[string]map[string]any{"save": {
		"type": []any{"object", "null"}, "propertyNames": map[string]any{"pattern": variablePattern}, "additionalProperties": save,
	}})
	properties, _ := made["properties"].(map[string]any)
	var one []any
	for _, verb := range slices.Sorted(maps.Keys(verbs)) {
		properties[verb] = described(g.argument(verbs[verb]()), verbDocs[verb])
		one = append(one, map[string]any{"required": []any{verb}})
	}
	made["type"], made["oneOf"] = "object", one
	made["description"] = "One verb, and what must come of it."
	return made
}

// argument is the schema of what a verb or an action is given.
func (g *schemaMaker) argument(a action) map[string]any {
	like := reflect.ValueOf(a).Elem()
	switch a := a.(type) {
	case *observe:
		names := []any{}
		for _, name := range slices.Sorted(maps.Keys(observations)) {
			names = append(names, name)
		}
		return orVariable(map[string]any{"enum": names})
	case *admin:
		actions := make(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(a.side)) {
			actions[name] = g.argument(a.side[name]())
		}
		return map[string]any{"type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1, "properties": actions}
	case strictyaml.NodeUnmarshaler:
		return g.custom(like)
	}
	t := like.Type()
	return orVariable(g.define(t, typeName(t), func() map[string]any { return g.probed(like, t) }))
}

// verbDocs are what editors show of verbs.
var verbDocs = map[string]string{
	"exchangeMetadata":    "Upload Identity Center's metadata to the application, and the application's federation metadata to Identity Center.",
	"connectProvisioning": "Enable automatic provisioning at Identity Center, give endpoint and token to Entra, and test the connection.",
	"provision":           "Run a provisioning cycle. The first one starts the schedule.",
	"signIn":              "Sign a person in with a browser, from the access portal, My Apps or a URL.",
	"signOut":             "Sign a person out, at the access portal or at Entra.",
	"advance":             "Move the virtual clock, by a duration such as 40m or 90d. What falls due runs.",
	"observe":             "Look at a piece of state.",
	"include":             "Do the steps of another file, with values for its variables.",
	"fault":               "Arm a fault: what comes next goes wrong.",
	"scim":                "Send a request to the SCIM endpoint.",
	"http":                "Send a request to any URL.",
	"aws":                 "Call an AWS API as the AWS CLI does, signed with a person's or the account's credentials.",
	"entra":               "Do one thing as an administrator of Entra.",
	"identityCenter":      "Do one thing as an administrator of Identity Center.",
}
