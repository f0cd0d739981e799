package scimmock_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"
)

// rfcModel is what model is, for the profile rfc, written from RFC 7643 and
// RFC 7644 section 3.5. It knows well-formed values only: what is wrong with
// the others is the concern of other tests.
type rfcModel struct {
	now           time.Time
	users, groups []*resource
}

const (
	groupURN      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	managerPath   = enterprise + ":manager"
	requiredOfOne = "userName"
)

// rfcLists are the multi-valued attributes with the sub-attributes that the
// model uses.
var rfcLists = map[string][]string{
	"emails": {"value", "type", "display", "primary"}, "phoneNumbers": {"value", "type", "display", "primary"}, "roles": {"value", "type", "display", "primary"},
	"ims": {"value", "type", "display", "primary"}, "photos": {"value", "type", "display", "primary"}, "entitlements": {"value", "type", "display", "primary"},
	"addresses": {"formatted", "streetAddress", "locality", "region", "postalCode", "country", "type", "primary"},
}

func (m *rfcModel) do(op operation) (refusal, *resource) {
	var given object
	if op.Body != "" {
		if err := json.Unmarshal([]byte(op.Body), &given); err != nil {
			panic(err)
		}
	}
	kind, label, _ := strings.Cut(strings.TrimPrefix(op.Path, "/"), "/")
	list, group := &m.users, kind == "Groups"
	if group {
		list = &m.groups
	}
	at := slices.IndexFunc(*list, func(r *resource) bool { return r.label == label })
	var wrong refusal
	next := &resource{label: op.Makes, created: m.now, modified: m.now}
	var before *resource
	switch {
	case op.Method == "POST":
	case at < 0:
		return refusal{404, 400}, nil // which comes first is not said
	case op.Method == "DELETE":
		*list = slices.Delete(*list, at, at+1)
		for _, g := range m.groups {
			g.members = slices.DeleteFunc(g.members, func(u string) bool { return u == label })
		}
		return nil, nil
	default:
		before = (*list)[at]
		next = &resource{label: label, created: before.created, modified: before.modified, members: slices.Clone(before.members)}
	}
	if op.Method == "PATCH" {
		next.body = clone(before.body)
		for _, v := range given["Operations"].([]any) {
			m.patch(next, group, v.(object), &wrong)
		}
	} else {
		next.body, next.members = object{}, nil
		if !group {
			next.body["active"] = true
		}
		for name, v := range given {
			m.set(next, group, name, v, &wrong)
		}
	}
	needed := requiredOfOne
	if group {
		needed = "displayName"
	}
	wrong.need(next.body[needed] != nil)
	m.unique(*list, next, &wrong)
	for _, u := range next.members {
		wrong.need(slices.ContainsFunc(m.users, func(r *resource) bool { return r.label == u }))
	}
	switch {
	case wrong != nil:
		return wrong, nil
	case before == nil:
		*list = append(*list, next)
	default:
		if !reflect.DeepEqual(next.body, before.body) || !slices.Equal(sorted(next.members), sorted(before.members)) {
			next.modified = m.now
		}
		(*list)[at] = next
	}
	return nil, next
}

func (m *rfcModel) unique(others []*resource, r *resource, wrong *refusal) {
	for _, other := range others {
		if other.label == r.label {
			continue
		}
		folded := []func(object) string{text("userName"), primaryMail}
		if _, user := other.body["userName"]; !user {
			folded = []func(object) string{text("displayName")}
		}
		for _, of := range append(folded, func(o object) string { return "=" + text("externalId")(o) }) {
			one, two := of(r.body), of(other.body)
			if one != "" && one != "=" && (one == two || one[0] != '=' && strings.EqualFold(one, two)) {
				wrong.add(409)
			}
		}
	}
}

func primaryMail(o object) string {
	emails, _ := o["emails"].([]any)
	for _, e := range emails {
		if e.(object)["primary"] == true {
			return text("value")(e.(object))
		}
	}
	return mail(o)
}

// set assigns an attribute as POST and PUT do.
func (m *rfcModel) set(r *resource, group bool, name string, v any, wrong *refusal) {
	switch {
	case slices.Contains([]string{"schemas", "id", "meta", "groups", "password"}, name):
	case group && name == "members":
		r.members = nil
		for _, u := range labels(v, wrong) {
			if !slices.Contains(r.members, u) {
				r.members = append(r.members, u)
			}
		}
	case rfcLists[name] != nil && !group:
		values, ok := v.([]any)
		wrong.need(ok || v == nil)
		var kept []any
		for _, one := range values {
			kept = appendNew(kept, tidy(one.(object)))
		}
		wrong.need(len(primaryOnes(kept)) <= 1)
		assign(r.body, name, kept)
	case (name == "name" || name == enterprise) && !group:
		delete(r.body, name)
		m.merge(r.body, name, v, wrong)
	case name == "active" && !group:
		setBool(r.body, name, v, wrong)
	case slices.Contains(texts, name) && (!group || name == "displayName" || name == "externalId"):
		setText(r.body, name, v, wrong)
	default:
		wrong.add(400) // no schema has it
	}
}

func assign(in object, name string, list []any) {
	if delete(in, name); len(list) > 0 {
		in[name] = list
	}
}

// tidy: absent and false are one for primary (RFC 7643 section 2.4).
func tidy(one object) object {
	for name, v := range one {
		if v == nil || name == "primary" && v == false {
			delete(one, name)
		}
	}
	return one
}

func appendNew(list []any, one object) []any {
	if len(one) == 0 || slices.ContainsFunc(list, func(v any) bool { return reflect.DeepEqual(v, any(one)) }) {
		return list
	}
	return append(list, one)
}

func primaryOnes(list []any) []object {
	var found []object
	for _, v := range list {
		if one := v.(object); one["primary"] == true {
			found = append(found, one)
		}
	}
	return found
}

func (m *rfcModel) merge(in object, name string, v any, wrong *refusal) {
	if v == nil {
		delete(in, name)
		return
	}
	inner, _ := in[name].(object)
	if inner == nil {
		inner = object{}
	}
	for sub, v := range v.(object) {
		switch {
		case sub == "manager" && name == enterprise:
			keepManager(inner, v)
		case slices.Contains(names, sub) && name == "name", slices.Contains(extensions, sub) && name == enterprise:
			setText(inner, sub, v, wrong)
		default:
			wrong.add(400)
		}
	}
	keep(in, name, inner)
}

// keepManager takes an object with an id, or as Entra sends it the id.
func keepManager(in object, v any) {
	if id, ok := v.(string); ok {
		v = object{"value": id}
	}
	given, _ := v.(object)
	id := object{}
	if given["value"] != nil {
		id["value"] = given["value"]
	}
	keep(in, "manager", id)
}

// shown is a resource as a client of the profile rfc reads it.
func (m *rfcModel) shown(r *resource, group bool) object {
	kind, urn := "User", coreUser
	if group {
		kind, urn = "Group", groupURN
	}
	o := clone(r.body)
	o["schemas"] = []any{urn}
	if extension, ok := o[enterprise].(object); ok {
		o["schemas"] = []any{urn, enterprise}
		if manager, ok := extension["manager"].(object); ok {
			manager["$ref"] = "{base}/Users/" + text("value")(manager)
		}
	}
	o["id"] = r.label
	o["meta"] = object{"resourceType": kind, "created": r.created.Format(time.RFC3339), "lastModified": r.modified.Format(time.RFC3339), "location": "{base}/" + kind + "s/" + r.label}
	var list []any
	name := "groups"
	if group {
		name = "members"
		for _, u := range m.users {
			if slices.Contains(r.members, u.label) {
				list = append(list, reference(u, "User", "/Users/"))
			}
		}
	} else {
		for _, g := range m.groups {
			if slices.Contains(g.members, r.label) {
				list = append(list, reference(g, "direct", "/Groups/"))
			}
		}
	}
	if list != nil {
		o[name] = list
	}
	return o
}

func reference(to *resource, kind, path string) object {
	one := object{"value": to.label, "$ref": "{base}" + path + to.label, "type": kind}
	if name := text("displayName")(to.body); name != "" {
		one["display"] = name
	}
	return one
}
