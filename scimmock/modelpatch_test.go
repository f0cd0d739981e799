package scimmock_test

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// modelPath is a path of a PATCH operation: root, root.sub, root[type eq
// "x"].sub, or an attribute of the extension behind its URN.
type modelPath struct {
	root, by, value, sub string
	exact                bool // the root is spelled as in the schema
}

var pathForm = regexp.MustCompile(`^(\w+)(?:\[(\w+) eq "([^"]*)"\])?(?:\.(\w+))?$`)

// readModelPath reads a path; names in it are compared in any case.
func readModelPath(path string) (modelPath, bool) {
	if rest, ok := cutFold(path, enterprise); ok {
		rest = strings.TrimPrefix(rest, ":")
		if rest == "manager.value" {
			rest = "manager"
		}
		return modelPath{root: enterprise, sub: rest, exact: true}, true
	}
	if rest, ok := cutFold(path, coreUser+":"); ok {
		path = rest
	}
	m := pathForm.FindStringSubmatch(path)
	if m == nil {
		return modelPath{}, false
	}
	root := m[1]
	if strings.EqualFold(root, "enterprise") {
		root = enterprise
	}
	for _, known := range slices.Concat(texts, []string{"active", "name", "emails", "phoneNumbers", "addresses", "roles", "members"}) {
		if strings.EqualFold(root, known) {
			root = known
		}
	}
	return modelPath{root, m[2], m[3], m[4], root == m[1] || root == enterprise}, true
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// modelOperation reads one PATCH operation. Without a path the value names the
// one attribute; "id" beside it does not count.
func modelOperation(v any, wrong *refusal) (verb string, path modelPath, value any, ok bool) {
	given := v.(object)
	verb, _ = given["op"].(string)
	verb = strings.ToLower(verb)
	value, has := given["value"]
	if !slices.Contains([]string{"add", "replace", "remove"}, verb) || verb != "remove" && !has {
		wrong.add(400)
		return verb, path, nil, false
	}
	text, _ := given["path"].(string)
	pathless := text == ""
	if pathless {
		inner, isObject := value.(object)
		if verb == "remove" || !isObject {
			wrong.add(400)
			return verb, path, nil, false
		}
		var named []string
		for name := range inner {
			if name != "id" {
				named = append(named, name)
			}
		}
		if len(named) != 1 {
			wrong.add(400)
			return verb, path, nil, false
		}
		text, value = named[0], inner[named[0]]
	}
	path, ok = readModelPath(text)
	wrong.need(ok && (path.exact || !pathless)) // slashdevops/idp-scim-sync issue 30
	return verb, path, value, ok
}

// patchUser: developer guide, PatchUser.
func patchUser(u object, operations []any, wrong *refusal) object {
	wrong.need(len(operations) > 0)
	touched := make(map[string]int)
	for _, v := range operations {
		verb, path, value, ok := modelOperation(v, wrong)
		if !ok {
			continue
		}
		if touched[path.root]++; path.root == "userName" || path.root == "active" {
			wrong.need(touched[path.root] == 1 && verb != "remove")
		}
		if verb == "remove" {
			value = nil
		}
		_, multi := values[path.root]
		wrong.need(multi || path.by == "")
		switch {
		case slices.Contains(texts, path.root):
			wrong.need(path.sub == "")
			setText(u, path.root, value, wrong)
		case path.root == "active":
			wrong.need(path.sub == "" && value != nil)
			setBool(u, "active", value, wrong)
		case path.root == "name" && path.sub == "":
			wrong.need(value != nil)
			merge(u, "name", names, value, wrong)
		case path.root == "name":
			wrong.need(slices.Contains(names, path.sub))
			merge(u, "name", names, object{path.sub: value}, wrong)
		case path.root == enterprise && path.sub == "":
			setAttribute(u, enterprise, value, wrong)
		case path.root == enterprise:
			wrong.need(path.sub == "manager" || slices.Contains(extensions, path.sub))
			merge(u, enterprise, append([]string{"manager"}, extensions...), object{path.sub: value}, wrong)
		case multi && path.root != "roles":
			patchValues(u, verb, path, value, wrong)
		default:
			wrong.add(400)
		}
		requireUser(u, wrong)
	}
	for name := range values {
		list, _ := u[name].([]any)
		wrong.need(len(list) <= 1)
	}
	return u
}

// patchValues changes a multi-valued attribute. That it has one value at most
// counts in the end.
func patchValues(u object, verb string, path modelPath, value any, wrong *refusal) {
	name := path.root
	known := append([]string{"primary"}, values[name]...)
	wrong.need((path.by == "" || slices.Contains(known, path.by)) && (path.sub == "" || slices.Contains(known, path.sub)))
	list, _ := u[name].([]any)
	var next []any
	selects := func(one object) bool { return path.by == "" || strings.EqualFold(text(path.by)(one), path.value) }
	switch {
	case value == nil && verb == "add": // adds nothing
		return
	case value == nil:
		for _, v := range list {
			one := v.(object)
			if selects(one) {
				delete(one, path.sub)
				if path.sub == "" || !content(one) {
					continue
				}
				wrong.need(name != "emails" || one["primary"] == true)
			}
			next = append(next, one)
		}
	case path.by == "" && path.sub == "":
		if one, isObject := value.(object); isObject {
			value = []any{one}
		}
		if verb == "add" {
			next = list
		}
		for _, given := range readValues(name, value, wrong) {
			if !slices.ContainsFunc(next, func(one any) bool { return reflect.DeepEqual(one, given) }) {
				next = append(next, given)
			}
		}
	default:
		given, isObject := value.(object)
		if path.sub != "" {
			given, isObject = object{path.sub: value}, true
		}
		wrong.need(isObject)
		next = list
		if !slices.ContainsFunc(list, func(v any) bool { return selects(v.(object)) }) {
			made := object{}
			if path.by != "" {
				made[path.by] = path.value
			}
			if name == "emails" {
				made["primary"] = true
			}
			next = append(next, made)
			path.by = "" // the new one only
			list = next[len(next)-1:]
		}
		for _, v := range list {
			if one := v.(object); selects(one) {
				readValue(name, one, given, wrong)
				wrong.need(name != "emails" || one["primary"] == true)
			}
		}
	}
	delete(u, name)
	if len(next) > 0 {
		u[name] = next
	}
}

// content reports whether a value has more than its label.
func content(one object) bool {
	for sub := range one {
		if sub != "type" && sub != "primary" {
			return true
		}
	}
	return false
}

// patchGroup: developer guide, PatchGroup.
func (m *model) patchGroup(g *resource, body object, operations []any, wrong *refusal) object {
	wrong.need(len(operations) > 0)
	changes := 0
	for _, v := range operations {
		verb, path, value, ok := modelOperation(v, wrong)
		if !ok {
			continue
		}
		switch {
		case path.root == "displayName" || path.root == "externalId":
			if verb == "remove" {
				value = nil
			}
			wrong.need(path.sub == "" && path.by == "" && (path.root == "externalId" || value != nil))
			setText(body, path.root, value, wrong)
		case path.root == "members" && verb == "replace":
			wrong.add(400)
		case path.root == "members":
			users := labels(value, wrong)
			if path.by != "" {
				wrong.need(verb == "remove" && path.by == "value" && path.value != "")
				users = []string{path.value}
			}
			wrong.need(path.sub == "" && (verb == "add" || len(users) > 0))
			if changes += len(users); changes > 100 {
				wrong.add(400)
			}
			if verb == "add" {
				m.join(g, users, wrong, 404)
			} else {
				g.members = slices.DeleteFunc(g.members, func(u string) bool { return slices.Contains(users, u) })
			}
		default:
			wrong.add(400)
		}
	}
	return body
}
