package scimmock_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// operation is a request. Path and body name resources by their labels.
type operation struct {
	Method, Path, Body string
	Makes              string // the label of what it creates
}

func (o operation) String() string {
	return strings.TrimSpace(o.Method + " " + o.Path + " " + o.Body)
}

// generator makes operations, most of them sensible, on the few resources of a
// small directory, so that they get in each other's way.
type generator struct {
	*rand.Rand
	model         *model // what the operations so far have made
	users, groups int    // labels given out
	patched       string // label of the user that a PATCH is being made for
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 5)), model: &model{}}
}

func (g *generator) operations(n int) []operation {
	var all []operation
	for range n {
		op := g.operation()
		g.model.do(op)
		all = append(all, op)
	}
	return all
}

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

func (g *generator) one(in int) bool { return g.IntN(in) == 0 }

// label names a resource, sometimes one that was deleted or never made.
func (g *generator) label(kind string, made int, there []*resource) string {
	switch {
	case made == 0 || g.one(60):
		return "$nobody"
	case len(there) == 0 || g.one(20):
		return fmt.Sprintf("$%s%d", kind, 1+g.IntN(made))
	}
	return there[g.IntN(len(there))].label
}

func (g *generator) user() string  { return g.label("u", g.users, g.model.users) }
func (g *generator) group() string { return g.label("g", g.groups, g.model.groups) }

func (g *generator) operation() operation {
	switch n := g.IntN(20); {
	case n < 4 && len(g.model.users) < 10:
		body := encode(g.userBody()) // which cannot name the new user
		g.users++
		return operation{"POST", "/Users", body, fmt.Sprintf("$u%d", g.users)}
	case n < 6:
		g.groups++
		body := object{"displayName": g.groupName()}
		if g.one(2) {
			body["externalId"] = g.externalID()
		}
		if g.one(2) {
			body["members"] = g.members()
		}
		if g.one(20) {
			body[pick(g, "displayName", "externalId")] = g.oddText()
		}
		return operation{"POST", "/Groups", encode(body), fmt.Sprintf("$g%d", g.groups)}
	case n < 8:
		return operation{Method: "PUT", Path: "/Users/" + g.user(), Body: encode(g.userBody())}
	case n < 14:
		g.patched = g.user()
		return operation{Method: "PATCH", Path: "/Users/" + g.patched, Body: g.patch(g.userOperation)}
	case n < 18:
		return operation{Method: "PATCH", Path: "/Groups/" + g.group(), Body: g.patch(g.groupOperation)}
	case n < 19:
		return operation{Method: "DELETE", Path: "/Users/" + g.user()}
	}
	return operation{Method: "DELETE", Path: "/Groups/" + pick(g, g.group(), g.group(), g.user())}
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (g *generator) userName() any {
	return pick(g, "ana", "Ana", "bo", "carol", "dan", "élodie", "ÉLODIE", "eve")
}
func (g *generator) groupName() any {
	return pick(g, "admins", "Admins", "readers", "日本", "a b", "ops", "dev")
}
func (g *generator) externalID() any {
	return pick(g, "x-1", "X-1", "x-2", "x-3", "x-4", "x-5", "x-6", "x-7", "x-8")
}
func (g *generator) mail() any {
	return pick(g, "ana@contoso.example", "ANA@contoso.example", "bo@contoso.example", "c@contoso.example", "d@contoso.example", "e@contoso.example", "f@contoso.example", "g@contoso.example")
}

// oddText is a text at a border, or no text.
func (g *generator) oddText() any {
	return pick[any](g, "é 日本\tx", "", strings.Repeat("x", 1024), strings.Repeat("日", 1025), "a\x00b", "a\x7fb", " ", "a b", "\u200b", nil, 5, true, []any{}, object{}, "Administrator", strings.Repeat("n", 128), strings.Repeat("n", 129))
}

func (g *generator) text() any {
	if g.one(50) {
		return g.oddText()
	}
	return pick[any](g, "A", "B", "C C", "ü", "O'Malley & <Söhne>")
}

func (g *generator) boolean() any {
	if g.one(20) {
		return pick[any](g, nil, "yes", 1, "", []any{true})
	}
	return pick[any](g, true, false, "true", "False", "TRUE")
}

func (g *generator) userBody() object {
	body := object{"userName": g.userName(), "displayName": g.text(), "name": object{"familyName": g.text(), "givenName": g.text()}}
	for _, name := range texts[1:] {
		if name != "displayName" && g.one(5) {
			body[name] = g.text()
		}
	}
	if g.one(3) {
		body["externalId"] = g.externalID()
	}
	if g.one(2) {
		body["active"] = g.boolean()
	}
	for _, name := range []string{"emails", "phoneNumbers", "addresses", "roles"} {
		if g.one(3) {
			body[name] = g.values(name)
		}
	}
	if g.one(3) {
		body[enterprise] = g.extension()
	}
	if g.one(6) {
		body["name"].(object)[pick(g, names...)] = g.text()
	}
	if g.one(15) {
		delete(body, pick(g, "userName", "displayName", "name"))
	}
	if g.one(15) {
		body[pick(g, "password", "photos", "groups", "x", "profileURL", "id", "meta")] = g.text()
	}
	if g.one(20) {
		body[pick(g, "userName", "name", "emails", "externalId", enterprise)] = g.oddText()
	}
	return body
}

func (g *generator) value(name string) object {
	one := object{}
	for _, sub := range values[name] {
		if g.one(2) {
			one[sub] = g.text()
		}
	}
	if name != "addresses" {
		one["value"] = g.text()
	}
	if name == "emails" {
		one["value"], one["primary"] = g.mail(), true
	}
	if g.one(3) {
		one["type"] = pick(g, "work", "home", "Work")
	}
	if g.one(8) {
		one["primary"] = g.boolean()
	}
	if g.one(30) {
		one[pick(g, "display", "unknown")] = "x"
	}
	return one
}

func (g *generator) values(name string) any {
	switch g.IntN(30) {
	case 0:
		return []any{g.value(name), g.value(name)}
	case 1:
		return []any{}
	case 2:
		return pick[any](g, nil, "x", 7, []any{"x"}, []any{nil})
	}
	return []any{g.value(name)}
}

func (g *generator) extension() object {
	e := object{}
	for _, name := range extensions {
		if g.one(3) {
			e[name] = g.text()
		}
	}
	if g.one(3) {
		e["manager"] = g.manager()
	}
	return e
}

func (g *generator) manager() any {
	if g.one(12) {
		return pick[any](g, "", 3, object{"displayName": "X"}, object{"value": ""}, []any{})
	}
	return pick[any](g, g.user(), object{"value": g.user(), "$ref": "../Users/" + g.user()}, []any{object{"value": g.user()}}, object{}, nil)
}

func (g *generator) members() any {
	list := []any{}
	for range g.IntN(4) {
		list = append(list, object{"value": g.user()})
	}
	switch g.IntN(30) {
	case 0:
		list = append(list, object{"value": g.user(), "type": "Group"})
	case 1:
		list = append(list, pick[any](g, "x", nil, object{}, object{"value": ""}, object{"value": 5}))
	case 2:
		for range 100 {
			list = append(list, object{"value": g.user()})
		}
	case 3:
		return pick[any](g, nil, "x", 4, object{"value": g.user()})
	}
	return list
}

func (g *generator) patch(one func() object) string {
	operations := []any{}
	for n := g.IntN(3); n >= 0; n-- {
		op := one()
		op["op"] = pick[any](g, op["op"], op["op"], strings.ToUpper(op["op"].(string)[:1])+op["op"].(string)[1:])
		if g.one(60) {
			op["op"] = pick[any](g, "move", "", nil, 1)
		}
		if g.one(60) {
			delete(op, pick(g, "value", "path"))
		}
		operations = append(operations, op)
	}
	if g.one(60) {
		operations = []any{}
	}
	return encode(object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": operations})
}

func (g *generator) userOperation() object {
	op := object{"op": pick(g, "add", "replace", "replace", "remove")}
	path, value := "", any(nil)
	switch g.IntN(14) {
	case 0, 1, 2:
		name := pick(g, texts...)
		path, value = name, g.text()
		switch name {
		case "userName":
			value = g.userName()
		case "externalId":
			value = g.externalID()
		}
	case 3:
		path, value = "active", g.boolean()
	case 4:
		path, value = "name."+pick(g, names...), g.text()
	case 5:
		path, value = "name", object{pick(g, names...): g.text(), pick(g, names...): g.text()}
	case 6:
		path, value = enterprise+":"+pick(g, extensions...), g.text()
	case 7:
		path, value = enterprise+pick(g, ":manager", ":manager.value"), g.manager()
		if strings.HasSuffix(path, "value") {
			value = pick[any](g, g.user(), "", nil)
		}
	case 8:
		path, value = pick(g, enterprise, "enterprise"), g.extension()
	case 9, 12, 13:
		name := pick(g, "emails", "phoneNumbers", "addresses", "addresses", "roles")
		path, value = name, g.values(name)
		for _, u := range g.model.users {
			if list, ok := u.body[name]; ok && u.label == g.patched { // what is there already
				value = list
			}
		}
	case 10:
		name := pick(g, "emails", "phoneNumbers", "addresses")
		sub := pick(g, values[name]...)
		path, value = fmt.Sprintf("%s[type eq %q].%s", name, pick(g, "work", "home", "WORK"), sub), g.text()
		if name == "emails" && sub == "value" {
			value = g.mail()
		}
	case 11:
		name := pick(g, "emails", "phoneNumbers", "addresses")
		path = pick(g, fmt.Sprintf("%s[type eq %q]", name, pick(g, "work", "home")), name+".type", name+".value", name+".country", name+".primary")
		value = g.value(name)
		if !strings.HasSuffix(path, "]") {
			value = pick[any](g, "work", "home", true, nil)
		}
	}
	return g.located(op, path, value)
}

// located puts path and value into an operation: mostly as they are, sometimes
// the path in another case, or in the value.
func (g *generator) located(op object, path string, value any) object {
	switch {
	case op["op"] != "remove" && g.one(6):
		inner := object{path: value}
		if g.one(5) {
			inner["id"] = g.user()
		}
		if g.one(10) {
			inner[pick(g, "title", "displayName", "externalId")] = "T"
		}
		op["value"] = inner
		return op
	case g.one(8):
		path = strings.ToUpper(path[:1]) + path[1:]
	case g.one(40):
		path = pick(g, "", "id", "groups", "password", "x", "name.x", "displayName.value", "title[type eq \"x\"]", "urn:x:y", "meta.created", "emails[type co \"w\"].value", "a b", "[", "emails[]")
	}
	op["path"] = path
	if op["op"] != "remove" || g.one(8) {
		op["value"] = value
	}
	return op
}

func (g *generator) groupOperation() object {
	op := object{"op": pick(g, "add", "replace", "remove")}
	switch g.IntN(8) {
	case 0:
		return g.located(op, "displayName", pick(g, g.groupName(), g.groupName(), g.text()))
	case 1:
		return g.located(op, "externalId", pick(g, g.externalID(), g.externalID(), g.oddText()))
	case 2:
		op["path"] = fmt.Sprintf("members[value eq %q]", g.user())
		if op["op"] != "remove" {
			op["value"] = []any{object{"value": g.user()}}
		}
		return op
	case 3:
		return g.located(op, "members", g.members())
	}
	op["op"] = pick(g, "add", "add", "remove")
	op["path"], op["value"] = pick(g, "members", "members", "Members"), g.members()
	return op
}
