package scimmock_test

import (
	"regexp"
	"slices"
	"strings"
)

var rfcPath = regexp.MustCompile(`^(\w+)(?:\[(.*)\])?(?:\.([$\w]+))?$`)

func (m *rfcModel) patch(r *resource, group bool, op object, wrong *refusal) {
	verb := strings.ToLower(op["op"].(string))
	path, _ := op["path"].(string)
	value := op["value"]
	if path == "" {
		given, ok := value.(object)
		if wrong.need(ok && verb != "remove"); verb == "remove" {
			return
		}
		for name, v := range given {
			m.patch(r, group, object{"op": verb, "path": name, "value": v}, wrong)
		}
		return
	}
	unassign := verb == "remove" || value == nil
	if unassign && verb == "add" {
		return
	}
	if rest, ok := cutFold(path, enterprise); ok && !group {
		rest = strings.TrimPrefix(rest, ":")
		switch {
		case rest == "" && verb == "remove":
			delete(r.body, enterprise)
		case rest == "":
			m.merge(r.body, enterprise, value, wrong)
		case unassign:
			m.merge(r.body, enterprise, object{rest: nil}, wrong)
		default:
			m.merge(r.body, enterprise, object{rest: value}, wrong)
		}
		return
	}
	parts := rfcPath.FindStringSubmatch(path)
	if parts == nil {
		wrong.add(400)
		return
	}
	root, filter, sub := parts[1], parts[2], parts[3]
	switch {
	case group && root == "members":
		m.patchMembers(r, verb, filter, value, wrong)
	case rfcLists[root] != nil && !group:
		list, _ := r.body[root].([]any)
		before := primaryOnes(list)
		list = patchRFCList(root, list, verb, filter, sub, value, wrong)
		if len(primaryOnes(list)) > 1 { // the new one takes it from the old
			for _, one := range before {
				delete(one, "primary")
			}
			wrong.need(len(primaryOnes(list)) <= 1)
		}
		assign(r.body, root, list)
	case filter != "":
		wrong.add(400)
	case root == "name" && !group && sub == "":
		if unassign {
			value = nil
		}
		m.merge(r.body, "name", value, wrong)
	case root == "name" && !group:
		if unassign {
			value = nil
		}
		m.merge(r.body, "name", object{sub: value}, wrong)
	case sub != "", slices.Contains([]string{"id", "meta", "groups"}, root):
		wrong.add(400)
	default:
		if unassign {
			value = nil
		}
		m.set(r, group, root, value, wrong)
	}
	wrong.need(group && r.body["displayName"] != nil || !group && r.body["userName"] != nil)
}

func (m *rfcModel) patchMembers(r *resource, verb, filter string, value any, wrong *refusal) {
	switch {
	case filter != "":
		id := strings.TrimSuffix(strings.TrimPrefix(filter, `value eq "`), `"`)
		wrong.need(verb == "remove")
		r.members = slices.DeleteFunc(r.members, func(u string) bool { return u == id })
	case verb == "remove" && value == nil:
		r.members = nil
	case verb == "remove":
		gone := labels(value, wrong)
		r.members = slices.DeleteFunc(r.members, func(u string) bool { return slices.Contains(gone, u) })
	case verb == "replace":
		r.members = nil
		fallthrough
	default:
		for _, u := range labels(value, wrong) {
			if !slices.Contains(r.members, u) {
				r.members = append(r.members, u)
			}
		}
	}
}

// patchRFCList: RFC 7644 sections 3.5.2.1 to 3.5.2.3.
func patchRFCList(name string, list []any, verb, filter, sub string, value any, wrong *refusal) []any {
	unassign := verb == "remove" || value == nil
	if filter == "" && sub == "" {
		given, ok := value.([]any)
		if one, isObject := value.(object); isObject {
			given, ok = []any{one}, true
		}
		wrong.need(ok || unassign)
		if verb != "add" || unassign {
			list = nil
		}
		if !unassign {
			var fresh []any
			for _, v := range given {
				fresh = appendNew(fresh, tidy(v.(object)))
			}
			wrong.need(len(primaryOnes(fresh)) <= 1)
			for _, v := range fresh {
				list = appendNew(list, v.(object))
			}
		}
		return list
	}
	wrong.need(sub == "" || slices.Contains(rfcLists[name], sub))
	set := func(one object) {
		switch {
		case sub == "" && unassign:
			clear(one)
		case sub == "":
			for k, v := range value.(object) {
				one[k] = v
			}
		case unassign:
			delete(one, sub)
		default:
			one[sub] = value
		}
		tidy(one)
	}
	var kept []any
	found := false
	for _, v := range list {
		one := v.(object)
		if filter == "" || satisfies(one, filter) {
			found = true
			if set(one); !content(one) {
				continue
			}
		}
		kept = append(kept, one)
	}
	if !found && !unassign {
		made := object{}
		if filter != "" {
			term := equals.FindStringSubmatch(filter)
			if verb == "replace" || term == nil {
				wrong.add(400)
				return kept
			}
			if made[term[1]] = any(strings.Trim(term[2], `"`)); term[2] == "true" {
				made[term[1]] = true
			}
		}
		set(made)
		kept = append(kept, made)
	}
	return kept
}

var equals = regexp.MustCompile(`^(type|value|country|primary) eq ("[^"]*"|true)$`)

// satisfies evaluates one of the filters that rfcGenerator makes.
func satisfies(one object, filter string) bool {
	if inner, ok := strings.CutPrefix(filter, "not ("); ok {
		return !satisfies(one, strings.TrimSuffix(inner, ")"))
	}
	if left, right, ok := strings.Cut(filter, " and "); ok {
		return satisfies(one, left) && satisfies(one, right)
	}
	if left, right, ok := strings.Cut(filter, " or "); ok {
		return satisfies(one, left) || satisfies(one, right)
	}
	fields := strings.SplitN(filter, " ", 3)
	v, has := one[fields[0]]
	if fields[1] == "pr" {
		return has
	}
	if fields[2] == "true" {
		return v == true
	}
	s, _ := v.(string)
	s, want := strings.ToLower(s), strings.ToLower(strings.Trim(fields[2], `"`))
	switch fields[1] {
	case "eq":
		return has && s == want
	case "ne":
		return !has || s != want
	case "co":
		return has && strings.Contains(s, want)
	case "sw":
		return has && strings.HasPrefix(s, want)
	}
	return has && strings.HasSuffix(s, want)
}
