package scimmock_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// model is a second, small implementation of the endpoint, written from the
// developer guide and what clients observed, to be compared with the first. It
// knows resources by labels, $u1 and $g1, where the endpoint has ids. A
// resource is the JSON object that a client reads, without id and meta.
type model struct {
	now    time.Time
	users  []*resource // in order of creation
	groups []*resource
}

type resource struct {
	label             string
	body              object
	created, modified time.Time
	members           []string // of a group: labels of users
}

type object = map[string]any

// refusal holds the statuses that an operation may be refused with: one for
// each thing that is wrong with it. Which of them comes first is not said.
type refusal []int

func (r *refusal) add(status int) {
	if !slices.Contains(*r, status) {
		*r = append(*r, status)
	}
}

func (r *refusal) need(ok bool) {
	if !ok {
		r.add(400)
	}
}

const coreUser = "urn:ietf:params:scim:schemas:core:2.0:User"

var (
	texts      = strings.Fields("userName externalId displayName nickName profileUrl title userType preferredLanguage locale timezone")
	names      = strings.Fields("formatted familyName givenName middleName honorificPrefix honorificSuffix")
	extensions = strings.Fields("employeeNumber costCenter organization division department")
	values     = map[string][]string{
		"emails": {"value", "type"}, "phoneNumbers": {"value", "type"}, "roles": {"value", "type"},
		"addresses": {"formatted", "streetAddress", "locality", "region", "postalCode", "country", "type"},
	}
	refusedAlways = strings.Fields("password ims photos entitlements x509Certificates groups")
	mustHave      = strings.Fields("userName displayName name.familyName name.givenName")
)

// do carries out an operation. It returns what may be wrong with it, or
// nothing and the resource that the endpoint should answer with.
func (m *model) do(op operation) (refusal, *resource) {
	var body any
	if op.Body != "" {
		if err := json.Unmarshal([]byte(op.Body), &body); err != nil {
			panic(err) // the generator makes JSON
		}
	}
	kind, label, _ := strings.Cut(strings.TrimPrefix(op.Path, "/"), "/")
	list := &m.users
	if kind == "Groups" {
		list = &m.groups
	}
	at := slices.IndexFunc(*list, func(r *resource) bool { return r.label == label })
	var wrong refusal
	if at < 0 && op.Method != "POST" {
		wrong.add(404)
	}
	given, _ := body.(object)
	switch op.Method {
	case "DELETE":
		if wrong != nil {
			return wrong, nil
		}
		*list = slices.Delete(*list, at, at+1)
		for _, g := range m.groups {
			g.members = slices.DeleteFunc(g.members, func(u string) bool { return u == label })
		}
		return nil, nil
	case "POST":
		r := &resource{label: op.Makes, created: m.now, modified: m.now}
		if kind == "Groups" {
			r.body = readGroup(given, &wrong)
			wrong.need(len(labels(given["members"], &wrong)) <= 100)
			m.join(r, labels(given["members"], &wrong), &wrong, 400)
		} else {
			r.body = readUser(given, &wrong)
		}
		checkTexts("", r.body, &wrong)
		m.unique(*list, r.label, r.body, &wrong)
		if wrong != nil {
			return wrong, nil
		}
		*list = append(*list, r)
		return nil, r
	}
	before := &resource{label: label, body: object{}}
	if at >= 0 {
		before = (*list)[at]
	}
	next := &resource{label: label, created: before.created, modified: before.modified, members: slices.Clone(before.members)}
	switch {
	case op.Method == "PUT":
		next.body = readUser(given, &wrong)
	case kind == "Groups":
		next.body = m.patchGroup(next, clone(before.body), given["Operations"].([]any), &wrong)
	default:
		next.body = patchUser(clone(before.body), given["Operations"].([]any), &wrong)
	}
	checkTexts("", next.body, &wrong)
	m.unique(*list, label, next.body, &wrong)
	if wrong != nil {
		return wrong, nil
	}
	// An operation that changes nothing leaves the date (RFC 7644 section 3.5.2.1).
	if !reflect.DeepEqual(next.body, before.body) || !slices.Equal(sorted(next.members), sorted(before.members)) {
		next.modified = m.now
	}
	(*list)[at] = next
	return nil, next
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func clone(v object) object {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var copied object
	if err := json.Unmarshal(text, &copied); err != nil {
		panic(err)
	}
	return copied
}

// unique: userName, the e-mail address and externalId of users, displayName
// and externalId of groups (user guide, "Troubleshooting", duplicates).
func (m *model) unique(others []*resource, label string, body object, wrong *refusal) {
	for _, other := range others {
		if other.label == label {
			continue
		}
		folded := []func(object) string{text("userName"), mail}
		if _, user := other.body["userName"]; !user {
			folded = []func(object) string{text("displayName")}
		}
		for _, of := range folded {
			if of(body) != "" && strings.EqualFold(of(body), of(other.body)) {
				wrong.add(409)
			}
		}
		if id := text("externalId"); id(body) != "" && id(body) == id(other.body) {
			wrong.add(409)
		}
	}
}

func text(name string) func(object) string {
	return func(o object) string { s, _ := o[name].(string); return s }
}

func mail(o object) string {
	emails, _ := o["emails"].([]any)
	if len(emails) == 0 {
		return ""
	}
	return text("value")(emails[0].(object))
}

// readUser reads the body of CreateUser and PutUser.
func readUser(given object, wrong *refusal) object {
	u := object{"active": false}
	for name, v := range given {
		setAttribute(u, name, v, wrong)
	}
	requireUser(u, wrong)
	return u
}

func requireUser(u object, wrong *refusal) {
	for _, name := range mustHave {
		in := u
		if sub, ok := strings.CutPrefix(name, "name."); ok {
			in, _ = u["name"].(object)
			name = sub
		}
		wrong.need(in[name] != nil)
	}
}

func setAttribute(u object, name string, v any, wrong *refusal) {
	_, multi := values[name]
	switch {
	case slices.Contains(texts, name):
		setText(u, name, v, wrong)
	case name == "active":
		setBool(u, name, v, wrong)
	case name == "name":
		merge(u, name, names, v, wrong)
	case name == enterprise:
		merge(u, name, append([]string{"manager"}, extensions...), v, wrong)
	case multi:
		delete(u, name)
		if list := readValues(name, v, wrong); len(list) > 0 {
			u[name] = list
		}
	case slices.Contains(refusedAlways, name):
		list, isList := v.([]any)
		wrong.need(v == nil || isList && len(list) == 0)
	}
}

// merge sets the sub-attributes that are given and leaves the others.
func merge(u object, name string, known []string, v any, wrong *refusal) {
	if v == nil {
		delete(u, name)
		return
	}
	given, ok := v.(object)
	wrong.need(ok)
	inner, ok := u[name].(object)
	if !ok {
		inner = object{}
	}
	for sub, v := range given {
		switch {
		case sub == "manager" && name == enterprise:
			setManager(inner, v, wrong)
		case slices.Contains(known, sub):
			setText(inner, sub, v, wrong)
		}
	}
	keep(u, name, inner)
}

func keep(u object, name string, inner object) {
	u[name] = inner
	if len(inner) == 0 {
		delete(u, name)
	}
}

// setManager takes the id, an object with it, or a list of one (Entra).
func setManager(extension object, v any, wrong *refusal) {
	if list, ok := v.([]any); ok && len(list) == 1 {
		v, ok = list[0].(object)
		wrong.need(ok)
	}
	id := object{}
	switch v := v.(type) {
	case nil:
	case string:
		setText(id, "value", v, wrong)
	case object:
		wrong.need(v["displayName"] == nil)
		setText(id, "value", v["value"], wrong)
	default:
		wrong.add(400)
	}
	keep(extension, "manager", id)
}

// readValues reads a multi-valued attribute, of which one value is allowed;
// the e-mail address must be primary.
func readValues(name string, v any, wrong *refusal) []any {
	if v == nil {
		return nil
	}
	list, ok := v.([]any)
	wrong.need(ok && len(list) <= 1)
	var read []any
	for _, v := range list {
		given, ok := v.(object)
		wrong.need(ok)
		one := readValue(name, object{}, given, wrong)
		wrong.need(name != "emails" || one["primary"] == true)
		if len(one) > 0 {
			read = append(read, one)
		}
	}
	return read
}

func readValue(name string, into, given object, wrong *refusal) object {
	for sub, v := range given {
		switch {
		case sub == "display":
			wrong.need(v == nil)
		case sub == "primary":
			setBool(into, sub, v, wrong)
			if into[sub] == false {
				delete(into, sub) // absent means false
			}
		case slices.Contains(values[name], sub):
			setText(into, sub, v, wrong)
		}
	}
	return into
}

func readGroup(given object, wrong *refusal) object {
	g := object{}
	for _, name := range []string{"displayName", "externalId"} {
		if v, ok := given[name]; ok {
			setText(g, name, v, wrong)
		}
	}
	wrong.need(g["displayName"] != nil)
	return g
}

// labels reads a list of members.
func labels(v any, wrong *refusal) []string {
	list, ok := v.([]any)
	if one, isObject := v.(object); isObject {
		list, ok = []any{one}, true
	}
	wrong.need(ok || v == nil)
	var found []string
	for _, one := range list {
		member, _ := one.(object)
		label, _ := member["value"].(string)
		wrong.need(label != "" && member["type"] != "Group")
		found = append(found, label)
	}
	return found
}

// join makes users members; somebody unknown is refused with a status that
// depends on the operation.
func (m *model) join(g *resource, users []string, wrong *refusal, unknown int) {
	for _, label := range users {
		if !slices.ContainsFunc(m.users, func(u *resource) bool { return u.label == label }) {
			wrong.add(unknown)
		} else if !slices.Contains(g.members, label) {
			g.members = append(g.members, label)
		}
	}
}

// shown is the resource as a client reads it.
func (r *resource) shown(group bool) object {
	o := maps.Clone(r.body)
	kind := "User"
	o["schemas"] = []any{coreUser}
	if group {
		kind = "Group"
		o["schemas"] = []any{"urn:ietf:params:scim:schemas:core:2.0:Group"}
	} else if _, ok := o[enterprise]; ok {
		o["schemas"] = []any{coreUser, enterprise}
	}
	o["id"] = r.label
	o["meta"] = object{"resourceType": kind, "created": r.created.Format(time.RFC3339), "lastModified": r.modified.Format(time.RFC3339)}
	return o
}

func (r refusal) String() string { return fmt.Sprint([]int(r)) }
