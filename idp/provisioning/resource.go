package provisioning

import (
	"encoding/json"
	"strings"
)

// resource is a user or group as the target returned it.
type resource map[string]any

// lookup finds a member of a JSON object. Names of attributes are
// case-insensitive (RFC 7643 section 2.1).
func lookup[T any](o map[string]T, name string) (value T, found bool) {
	if v, ok := o[name]; ok {
		return v, true
	}
	for key, v := range o {
		if strings.EqualFold(key, name) {
			return v, true
		}
	}
	return value, false
}

func (r resource) id() string {
	id, _ := r["id"].(string)
	return id
}

// value returns the text of the attribute at a path; an attribute that is
// null, empty or missing has none.
func (r resource) value(p attributePath) (string, bool) {
	v, _ := r.at(p)
	text := plain(v)
	return text, text != ""
}

// values returns the texts of a multi-valued attribute, whether the target has
// them as texts or as objects with a value.
func (r resource) values(p attributePath) []string {
	v, _ := r.at(p)
	list, _ := v.([]any)
	var out []string
	for _, item := range list {
		if o, ok := item.(map[string]any); ok {
			item, _ = lookup(o, "value")
		}
		if text := plain(item); text != "" {
			out = append(out, text)
		}
	}
	return out
}

func (r resource) at(p attributePath) (any, bool) {
	o := map[string]any(r)
	if p.schema != "" {
		extension, _ := lookup(o, p.schema)
		o, _ = extension.(map[string]any)
	}
	v, ok := lookup(o, p.attr)
	if !ok {
		return nil, false
	}
	if p.filtered() {
		if v = element(v, p); v == nil {
			return nil, false
		}
	}
	if p.sub == "" {
		return v, true
	}
	parts, _ := v.(map[string]any)
	return lookup(parts, p.sub)
}

// element finds the first value whose filter attribute has the filter's value.
func element(v any, p attributePath) any {
	list, _ := v.([]any)
	for _, candidate := range list {
		o, _ := candidate.(map[string]any)
		if got, ok := lookup(o, p.filterAttr); ok && strings.EqualFold(plain(got), p.filterValue) {
			return o
		}
	}
	return nil
}

// plain gives a JSON scalar as text, booleans as .NET writes them; anything
// else is empty.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "True"
		}
		return "False"
	default:
		return ""
	}
}

// manager returns the id of the user's manager. Only the complex form can be
// read: a text in its place breaks the client (Budibase/budibase#15369).
func (r resource) manager(p attributePath) (id string, ok bool) {
	v, found := r.at(p)
	if !found || v == nil {
		return "", true
	}
	o, isObject := v.(map[string]any)
	if !isObject {
		return "", false
	}
	value, _ := lookup(o, "value")
	return plain(value), true
}

// roleValues returns the values of the user's roles.
func (r resource) roleValues() []string {
	v, _ := lookup(r, "roles")
	list, _ := v.([]any)
	var out []string
	for _, item := range list {
		o, _ := item.(map[string]any)
		value, _ := lookup(o, "value")
		text := plain(value)
		var role struct {
			Value string `json:"value"`
		}
		if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &role) == nil {
			text = role.Value // a target that stored the legacy form as it came
		}
		out = append(out, text)
	}
	return out
}

// hasMembers reports whether a group came with members although the request
// excluded them.
func (r resource) hasMembers() bool {
	v, _ := lookup(r, "members")
	list, _ := v.([]any)
	return len(list) > 0
}
