package scimmock_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/idharness/harness/scimmock"
)

// kind is what a schema has an attribute for, as far as wrong values go.
type kind int

const (
	textKind     kind = iota // a text
	requiredKind             // a text that must be there
	boolKind
	complexKind  // an object
	listKind     // an array of one object
	managerKind  // an object, and as Entra sends it a text
	refusedKind  // an attribute that the service does not support
	readOnlyKind // whatever comes is ignored
)

// attribute is where a body may have a value: the way to it through objects,
// and through the one element of a list.
type attribute struct {
	way  []string
	kind kind
}

func (a attribute) String() string { return strings.Join(a.way, ".") }

// attributes lists every attribute of the user schema (developer guide,
// "Limitations" and CreateUser).
func attributes() []attribute {
	all := []attribute{
		{[]string{"active"}, boolKind}, {[]string{"name"}, complexKind}, {[]string{enterprise}, complexKind},
		{[]string{enterprise, "manager"}, managerKind}, {[]string{enterprise, "manager", "value"}, textKind}, {[]string{enterprise, "manager", "displayName"}, refusedKind},
		{[]string{"id"}, readOnlyKind}, {[]string{"meta"}, readOnlyKind},
	}
	for _, name := range texts {
		k := textKind
		if name == "userName" || name == "displayName" {
			k = requiredKind
		}
		all = append(all, attribute{[]string{name}, k})
	}
	for _, name := range names {
		k := textKind
		if name == "familyName" || name == "givenName" {
			k = requiredKind
		}
		all = append(all, attribute{[]string{"name", name}, k})
	}
	for _, name := range extensions {
		all = append(all, attribute{[]string{enterprise, name}, textKind})
	}
	for _, name := range []string{"emails", "phoneNumbers", "addresses", "roles"} {
		all = append(all, attribute{[]string{name}, listKind}, attribute{[]string{name, "primary"}, boolKind}, attribute{[]string{name, "display"}, refusedKind})
		for _, sub := range values[name] {
			all = append(all, attribute{[]string{name, sub}, textKind})
		}
	}
	for _, name := range refusedAlways {
		all = append(all, attribute{[]string{name}, refusedKind})
	}
	return all
}

// verdict says how a value is answered: "" for accepted, otherwise the detail.
func (a attribute) verdict(value string) string {
	path := a.String()
	if len(a.way) == 2 && a.way[0] == enterprise || len(a.way) == 3 {
		path = enterprise + strings.TrimPrefix(path, enterprise)
	}
	if path == enterprise+".manager" {
		path += ".value"
	}
	chars := pattern
	if path == "userName" || path == "externalId" {
		chars = `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`
	}
	if a.kind == readOnlyKind {
		return ""
	}
	switch value {
	case `null`:
		switch {
		case a.kind == requiredKind:
			return fmt.Sprintf(mustExist, path)
		case path == "name":
			return "2 validation errors detected: Value null at 'name.familyName' failed to satisfy constraint: Member must not be null; Value null at 'name.givenName' failed to satisfy constraint: Member must not be null"
		case path == "emails.primary":
			return genericInvalid
		}
		return ""
	case `""`:
		switch a.kind {
		case textKind, requiredKind, managerKind:
			return fmt.Sprintf(nonEmpty, path, chars)
		}
	case `"x"`:
		switch a.kind {
		case textKind, requiredKind, managerKind:
			return ""
		}
	case `"\u0000"`, `"x\u001b[0m"`, `"\u200b"`:
		switch a.kind {
		case textKind, requiredKind, managerKind:
			return fmt.Sprintf("1 validation errors detected: Value at '%s' failed to satisfy constraint: Member must satisfy regular expression pattern: %s", path, chars)
		}
	case `true`, `"true"`, `"TRUE"`:
		if a.kind == boolKind {
			return ""
		}
		if value != `true` {
			switch a.kind {
			case textKind, requiredKind, managerKind:
				return ""
			}
		}
	case `false`:
		if a.kind == boolKind && path != "emails.primary" {
			return ""
		}
	case `[]`:
		if a.kind == listKind || a.kind == refusedKind {
			return ""
		}
	case `{}`:
		if path == "name" {
			return a.verdict(`null`)
		}
		if a.kind == complexKind || a.kind == managerKind {
			return ""
		}
	case `[{}]`:
		if a.kind == listKind && path != "emails" || a.kind == managerKind {
			return ""
		}
	case `[{},{}]`:
		if a.kind == listKind {
			return fmt.Sprintf("List attribute %s exceeds allowed limit of 1", path)
		}
	}
	return genericInvalid
}

// put sets a value in a body.
func (a attribute) put(body object, value any) {
	in := body
	for i, name := range a.way {
		if i == len(a.way)-1 {
			in[name] = value
			return
		}
		inner, ok := in[name].(object)
		if list, isList := in[name].([]any); isList {
			inner, ok = list[0].(object), true
		}
		if !ok {
			inner = object{}
			in[name] = inner
			if _, multi := values[name]; multi {
				in[name] = []any{inner}
			}
		}
		in = inner
	}
}

func typedValues() []string {
	return []string{`null`, `true`, `false`, `0`, `-1.5e300`, `""`, `"x"`, `"true"`, `"TRUE"`, `"\u0000"`, `"x\u001b[0m"`, `"\u200b"`, `[]`, `[null]`, `["x"]`, `[[]]`, `[{}]`, `[{},{}]`, `{}`, `1e999`, `99999999999999999999`}
}

// TestEveryAttributeEveryType sends every kind of JSON value for every
// attribute, in POST and PUT: status and text are as the schema has it, a
// refused request changes nothing, and the server answers on.
func TestEveryAttributeEveryType(t *testing.T) {
	e := runQuiet(t, scimmock.AWS())
	id := e.user(full())
	original := e.store.Snapshot()
	for _, a := range attributes() {
		for _, value := range typedValues() {
			var body object
			if err := json.Unmarshal([]byte(strings.NewReplacer("a-1", "a-2", "ana@", "other@").Replace(full())), &body); err != nil {
				t.Fatal(err)
			}
			a.put(body, json.RawMessage(value))
			want := a.verdict(value)
			if want == "" && a.kind == requiredKind && a.way[0] == "userName" && value == `"x"` {
				body["userName"] = "x"
			}
			for _, request := range [][2]string{{"POST", "/Users"}, {"PUT", "/Users/" + id}} {
				r := e.do(request[0], request[1], encode(body))
				if want == "" {
					if r.status != map[string]int{"POST": 201, "PUT": 200}[request[0]] {
						t.Errorf("%s %s = %s: status %d, want success; %s", request[0], a, value, r.status, r.body)
					}
					if err := e.store.Restore(original); err != nil {
						t.Fatal(err)
					}
					continue
				}
				if r.status != 400 || r.json("detail") != want {
					t.Errorf("%s %s = %s: status %d, %s\nwant 400, %s", request[0], a, value, r.status, r.body, want)
				}
				e.unchanged(original, request[0]+" "+a.String()+" = "+value)
			}
		}
	}
	e.get("/Users/" + id).want(200)
}

// TestPatchEveryAttributeEveryType is the same for PATCH, with a path and with
// the attribute in the value.
func TestPatchEveryAttributeEveryType(t *testing.T) {
	e := runQuiet(t, scimmock.AWS())
	id := e.user(full())
	original := e.store.Snapshot()
	for _, a := range attributes() {
		path := a.String()
		if a.way[0] == enterprise && len(a.way) > 1 {
			path = enterprise + ":" + strings.Join(a.way[1:], ".")
		}
		for _, value := range typedValues() {
			want := a.patchVerdict(value)
			for _, operation := range []string{
				fmt.Sprintf(`{"op":"replace","path":%q,"value":%s}`, path, value),
				fmt.Sprintf(`{"op":"Replace","value":{%q:%s}}`, path, value),
			} {
				if a.kind == readOnlyKind && strings.Contains(operation, "Replace") {
					want = severalOps // these do not count as an attribute
				}
				r := e.patch("/Users/"+id, operation)
				switch {
				case want == "" && r.status != 200:
					t.Errorf("%s: status %d, want 200; %s", operation, r.status, r.body)
				case want != "" && (r.status != 400 || r.json("detail") != want):
					t.Errorf("%s: status %d, %s\nwant 400, %s", operation, r.status, r.body, want)
				case want != "":
					e.unchanged(original, operation)
					continue
				}
				if err := e.store.Restore(original); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// patchVerdict differs from verdict where PATCH has rules of its own.
func (a attribute) patchVerdict(value string) string {
	path := a.String()
	switch {
	case a.kind == refusedKind, a.kind == readOnlyKind, a.way[0] == "roles":
		return genericInvalid // PatchUser does not list it
	case value == `null` && (a.kind == requiredKind || path == "active" || path == "name"):
		return genericInvalid
	case value == `null` && a.way[0] == "emails" && path == "emails.value":
		return ""
	case value == `{}` && path == "name":
		return ""
	case value == `{}` && a.kind == listKind && path != "emails":
		return "" // one value outside an array
	}
	return a.verdict(value)
}
