package matching

// Schema is the JSON Schema of an expectation, as far as one can express it.
// self is where it will stand: a $ref for the expectations within it.
func Schema(self string) map[string]any {
	object := func(pairs ...any) map[string]any {
		made := make(map[string]any)
		for i := 0; i+1 < len(pairs); i += 2 {
			made[pairs[i].(string)] = pairs[i+1]
		}
		return made
	}
	within := object("$ref", self)
	limit := func(what string) map[string]any {
		return object("type", []any{"number", "string"}, "description", "The received value is "+what+" this: a number, a duration such as 40m, or a time.")
	}
	arguments := object(
		contains, object("description", "Every listed element is matched by some element; on text: the text occurs.", "not", object("enum", []any{nil, []any{}}), "allOf", []any{within}),
		set, object("description", "The same elements in any order.", "anyOf", []any{object("type", "array", "items", within), object("$ref", variable)}),
		matches, object("description", "A regular expression matches the text.", "type", "string"),
		exists, object("description", "Whether there is such a key.", "anyOf", []any{object("type", "boolean"), object("$ref", variable)}),
		anything, object("description", "There is a value, whatever it is.", "anyOf", []any{object("const", true), object("$ref", variable)}),
		not, object("description", "It does not match this.", "allOf", []any{within}),
		greater, limit("greater than"), atLeast, limit("at least"), less, limit("less than"), atMost, limit("at most"),
		length, object("description", "Length of a list, map or text.", "anyOf", []any{object("type", "integer", "minimum", 0), object("$ref", matcherOf(self)), object("$ref", variable)}),
	)
	return object(
		"description", "Maps match as a subset, lists element by element and by length, scalars exactly; or a matcher, such as {$contains: […]}.",
		"anyOf", []any{
			object("type", []any{"string", "number", "boolean", "null"}),
			object("type", "array", "items", within),
			object("$ref", matcherOf(self)),
			object("type", "object", "additionalProperties", within, "propertyNames", object("pattern", `^($|[^$]|\$\$|\$\{)`)),
		},
		"definitions", object("matcher", object("type", "object", "minProperties", 1, "additionalProperties", false, "properties", arguments)),
	)
}

// variable is where the schema around this one says what ${name} is.
const variable = "#/definitions/variable"

func matcherOf(self string) string { return self + "/definitions/matcher" }
