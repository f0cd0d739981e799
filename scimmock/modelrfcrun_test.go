package scimmock_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/internal/rounds"
	"github.com/idharness/harness/scimmock"
)

// rfcGenerator makes operations as RFC 7644 allows them.
type rfcGenerator struct {
	generator
	rfc *rfcModel
}

func (g *rfcGenerator) operations(n int) []operation {
	var all []operation
	for range n {
		g.model.users, g.model.groups = g.rfc.users, g.rfc.groups
		op := g.operation()
		g.rfc.do(op)
		all = append(all, op)
	}
	return all
}

func (g *rfcGenerator) operation() operation {
	switch n := g.IntN(20); {
	case n < 4 && len(g.rfc.users) < 9:
		body := encode(g.userBody())
		g.users++
		return operation{"POST", "/Users", body, fmt.Sprintf("$u%d", g.users)}
	case n < 6:
		body := encode(g.groupBody())
		g.groups++
		return operation{"POST", "/Groups", body, fmt.Sprintf("$g%d", g.groups)}
	case n < 8:
		return operation{Method: "PUT", Path: "/Users/" + g.user(), Body: encode(g.userBody())}
	case n < 9:
		return operation{Method: "PUT", Path: "/Groups/" + g.group(), Body: encode(g.groupBody())}
	case n < 15:
		g.patched = g.user()
		return operation{Method: "PATCH", Path: "/Users/" + g.patched, Body: g.patch(g.userOperation)}
	case n < 18:
		return operation{Method: "PATCH", Path: "/Groups/" + g.group(), Body: g.patch(g.groupOperation)}
	case n < 19:
		return operation{Method: "DELETE", Path: "/Users/" + g.user()}
	}
	return operation{Method: "DELETE", Path: "/Groups/" + g.group()}
}

func (g *rfcGenerator) text() any { return pick(&g.generator, "A", "B", "C C", "ü") }

func (g *rfcGenerator) groupBody() object {
	body := object{"displayName": g.groupName(), "members": g.members()}
	if g.one(2) {
		body["externalId"] = g.externalID()
	}
	if g.one(30) {
		delete(body, "displayName")
	}
	return body
}

func (g *rfcGenerator) members() []any {
	list := []any{}
	for range g.IntN(4) {
		list = append(list, object{"value": g.user()})
	}
	return list
}

func (g *rfcGenerator) userBody() object {
	body := object{"userName": g.userName()}
	for _, name := range texts[2:] {
		if g.one(4) {
			body[name] = g.text()
		}
	}
	if g.one(3) {
		body["externalId"] = g.externalID()
	}
	if g.one(2) {
		body["active"] = g.one(2)
	}
	if g.one(2) {
		body["name"] = object{pick(&g.generator, names...): g.text(), pick(&g.generator, names...): g.text()}
	}
	if g.one(2) {
		body[enterprise] = object{pick(&g.generator, extensions...): g.text(), "manager": object{"value": g.user()}}
	}
	for _, name := range []string{"emails", "phoneNumbers", "addresses", "roles", "ims", "photos", "entitlements"} {
		if g.one(3) {
			body[name] = g.values(name)
		}
	}
	if g.one(30) {
		body[pick(&g.generator, "unknown", "groups", "password", "members")] = "x"
	}
	if g.one(40) {
		delete(body, "userName")
	}
	return body
}

func (g *rfcGenerator) value(name string) object {
	one := object{"value": g.text()}
	switch name {
	case "emails":
		one["value"] = g.mail()
	case "addresses":
		one = object{pick(&g.generator, "locality", "country", "formatted"): g.text()}
	default:
		if g.one(4) {
			one["display"] = g.text()
		}
	}
	if g.one(2) {
		one["type"] = pick(&g.generator, "work", "home", "Work")
	}
	if g.one(3) {
		one["primary"] = !g.one(4)
	}
	return one
}

func (g *rfcGenerator) values(name string) []any {
	list := []any{}
	for range g.IntN(4) {
		list = append(list, g.value(name))
	}
	return list
}

func (g *rfcGenerator) patch(one func() object) string {
	operations := []any{}
	for n := g.IntN(3); n >= 0; n-- {
		operations = append(operations, one())
	}
	return encode(object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": operations})
}

func (g *rfcGenerator) filter(name string) string {
	sub := "value"
	if name == "addresses" {
		sub = "country"
	}
	simple := []string{`type eq "work"`, `type eq "HOME"`, sub + ` eq "A"`, sub + ` co "b"`, sub + ` sw "a"`, sub + ` ew "example"`, "primary eq true", "type pr", sub + ` ne "A"`}
	switch g.IntN(6) {
	case 0:
		return "not (" + pick(&g.generator, simple...) + ")"
	case 1:
		return pick(&g.generator, simple...) + pick(&g.generator, " and ", " or ") + pick(&g.generator, simple...)
	}
	return pick(&g.generator, simple...)
}

func (g *rfcGenerator) userOperation() object {
	op := object{"op": pick(&g.generator, "add", "replace", "replace", "remove", "Add")}
	path, value := "", any(nil)
	list := pick(&g.generator, "emails", "phoneNumbers", "addresses", "roles", "ims")
	switch g.IntN(9) {
	case 0:
		path, value = pick(&g.generator, texts[2:]...), g.text()
	case 1:
		path, value = "userName", g.userName()
	case 2:
		path, value = "name."+pick(&g.generator, names...), g.text()
		if g.one(2) {
			path, value = "name", object{pick(&g.generator, names...): g.text(), pick(&g.generator, names...): g.text()}
		}
	case 3:
		path, value = enterprise+":"+pick(&g.generator, extensions...), g.text()
	case 4:
		path, value = managerPath, pick[any](&g.generator, g.user(), object{"value": g.user()})
	case 5:
		path, value = list, g.values(list)
		for _, u := range g.rfc.users {
			if there, ok := u.body[list]; ok && u.label == g.patched && g.one(2) {
				value = there
			}
		}
	case 6:
		path, value = fmt.Sprintf("%s[%s]", list, g.filter(list)), g.value(list)
	case 7:
		sub := pick(&g.generator, "value", "type")
		path, value = fmt.Sprintf("%s[%s].%s", list, g.filter(list), sub), g.text()
		switch {
		case list == "addresses":
			path = fmt.Sprintf("%s[%s].country", list, g.filter(list))
		case list == "emails" && sub == "value":
			value = g.mail()
		}
	case 8:
		op["op"] = pick(&g.generator, "add", "replace")
		op["value"] = object{"title": g.text(), "nickName": g.text(), "name." + pick(&g.generator, names...): g.text(), enterprise + ":department": g.text()}
		if g.one(10) {
			op["value"] = object{"nothing": "x"}
		}
		return op
	}
	op["path"] = path
	if op["op"] != "remove" {
		op["value"] = value
	}
	if op["op"] != "replace" && op["op"] != "remove" && strings.Contains(path, "[") {
		op["op"] = "replace" // what add makes of a filter is said of eq only
		if _, filter, _ := strings.Cut(path, "["); equals.MatchString(strings.Split(filter, "]")[0]) {
			op["op"] = "add"
		}
	}
	if g.one(40) {
		op["path"] = pick(&g.generator, "id", "groups", "meta", "nothing", "title.x", `title[type eq "x"]`, "emails.nothing", "name.nothing")
	}
	return op
}

func (g *rfcGenerator) groupOperation() object {
	switch g.IntN(8) {
	case 0:
		return object{"op": "replace", "path": "displayName", "value": g.groupName()}
	case 1:
		return object{"op": "replace", "value": object{"displayName": g.groupName(), "externalId": g.externalID()}}
	case 2:
		return object{"op": "remove", "path": fmt.Sprintf("members[value eq %q]", g.user())}
	case 3:
		return object{"op": "remove", "path": "members"}
	case 4:
		return object{"op": "replace", "path": "members", "value": g.members()}
	case 5:
		return object{"op": "Remove", "path": "members", "value": []any{object{"value": g.user()}}}
	}
	return object{"op": "add", "path": "members", "value": g.members()}
}

// TestRFCModel is TestModel for the profile rfc.
func TestRFCModel(t *testing.T) {
	for seed := range uint64(rounds.Of(t, 6)) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			g := &rfcGenerator{*newGenerator(seed), &rfcModel{}}
			operations := g.operations(80)
			if difference := playRFC(t, operations); difference != "" {
				short := shorten(operations, func(some []operation) bool { return playRFC(t, some) != "" })
				for _, op := range short {
					t.Log(op)
				}
				t.Errorf("seed %d: after these requests: %s", seed, playRFC(t, short))
			}
		})
	}
}

func playRFC(t *testing.T, operations []operation) (difference string) {
	t.Helper()
	e := runQuiet(t, scimmock.RFC())
	m := &rfcModel{}
	p := &player{endpoint: e, model: &model{}, ids: make(map[string]string), labels: strings.NewReplacer(e.scim.URL(), "{base}"), pairs: []string{e.scim.URL(), "{base}"}, rand: rand.New(rand.NewPCG(9, 9))}
	for i, op := range operations {
		e.clock.Advance(time.Minute)
		m.now = e.clock.Now().UTC().Truncate(time.Second)
		if d := p.stepRFC(m, op); d != "" {
			return fmt.Sprintf("request %d, %s: %s", i+1, op, d)
		}
	}
	return ""
}

func (p *player) stepRFC(m *rfcModel, op operation) string {
	got := p.do(op.Method, p.real(op.Path), p.real(op.Body))
	if op.Makes != "" && got.status == 201 {
		p.ids[op.Makes] = got.id()
		p.pairs = append(p.pairs, got.id(), op.Makes)
		p.labels = strings.NewReplacer(p.pairs...)
	}
	wrong, made := m.do(op)
	group := strings.HasPrefix(op.Path, "/Groups")
	want := map[string]int{"POST": 201, "PUT": 200, "PATCH": 200, "DELETE": 204}[op.Method]
	switch {
	case wrong != nil && !slices.Contains(wrong, got.status):
		return fmt.Sprintf("status %d, want one of %v; body %s", got.status, wrong, got.body)
	case wrong != nil:
	case got.status != want:
		return fmt.Sprintf("status %d, want %d; body %s", got.status, want, got.body)
	case want != 204:
		if d := differs(m.shown(made, group), inOrder(p.read(got))); d != "" {
			return "response (-want +got):\n" + d
		}
	}
	for kind, list := range map[string][]*resource{"/Users": m.users, "/Groups": m.groups} {
		if d := p.compareRFC(m, kind, list); d != "" {
			return d
		}
	}
	return ""
}

// compareRFC reads all of a kind and then a page of what a filter finds.
func (p *player) compareRFC(m *rfcModel, kind string, list []*resource) string {
	group := kind == "/Groups"
	attribute := pick(&generator{Rand: p.rand}, "userName", "displayName", "title", "nickName")
	if group {
		attribute = "displayName"
	}
	filter := fmt.Sprintf("%s %s %q", attribute, pick(&generator{Rand: p.rand}, "eq", "ne", "co", "sw", "ew"), pick(&generator{Rand: p.rand}, "a", "ana", "B", "c", "ADMINS", "s"))
	if p.rand.IntN(4) == 0 {
		filter = "not (" + filter + ")"
	}
	for _, some := range []string{"", filter} {
		var want []any
		for _, r := range list {
			if some == "" || satisfies(r.body, some) {
				want = append(want, m.shown(r, group))
			}
		}
		start, count := 1, 100
		if some != "" {
			start, count = 1+p.rand.IntN(3), 1+p.rand.IntN(4)
		}
		query := fmt.Sprintf("%s?startIndex=%d&count=%d", kind, start, count)
		if some != "" {
			query += "&filter=" + url.QueryEscape(some)
		}
		page, _ := p.read(p.get(query).want(200)).(object)
		if total, _ := page["totalResults"].(float64); int(total) != len(want) {
			return fmt.Sprintf("%s: totalResults %v, want %d", query, page["totalResults"], len(want))
		}
		want = want[min(start-1, len(want)):]
		want = want[:min(count, len(want))]
		found, _ := page["Resources"].([]any)
		for i := range found {
			found[i] = inOrder(found[i])
		}
		if len(want) == 0 && len(found) == 0 {
			continue
		}
		if d := differs(want, found); d != "" {
			return query + " (-want +got):\n" + d
		}
	}
	return ""
}

// inOrder sorts members and groups, whose order says nothing.
func inOrder(v any) any {
	o, _ := v.(object)
	for _, name := range []string{"members", "groups"} {
		list, _ := o[name].([]any)
		slices.SortStableFunc(list, func(a, b any) int {
			return compareLabels(text("value")(a.(object)), text("value")(b.(object)))
		})
	}
	return v
}

// compareLabels orders labels as resources were made: by number.
func compareLabels(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
