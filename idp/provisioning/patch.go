package provisioning

import (
	"slices"
	"strings"

	"github.com/idharness/harness/idp/provisioning/expression"
)

// operation is one of a PATCH. Its path may be empty and its value nil: then the
// request has none.
type operation struct {
	op    string
	path  string
	value any
}

func (o operation) object() object {
	out := object{{"op", o.op}}
	if o.path != "" {
		out = append(out, member{"path", o.path})
	}
	if o.value != nil {
		out = append(out, member{"value", o.value})
	}
	return out
}

// dialect is one of the two ways to write PATCH requests. They are set side by
// side in "Known issues with System for Cross-Domain Identity Management
// (SCIM) 2.0 protocol compliance".
type dialect struct {
	compliant bool
	refNull   bool
	manager   string
	base      string
}

func (d dialect) add() string     { return d.spell("Add") }
func (d dialect) replace() string { return d.spell("Replace") }
func (d dialect) remove() string  { return d.spell("Remove") }

// spell gives an operation its case: the flag brings lower case.
func (d dialect) spell(op string) string {
	if d.compliant {
		return strings.ToLower(op)
	}
	return op
}

// patch is the body of every PATCH.
func patch(operations ...operation) object {
	list := make([]object, 0, len(operations))
	for _, o := range operations {
		list = append(list, o.object())
	}
	return object{{"schemas", []string{schemaPatchOp}}, {"Operations", list}}
}

// changes writes an update of attributes.
func (d dialect) changes(changes []change) object {
	var roles []attribute
	var rest []change
	for _, c := range changes {
		if c.path.roles() && (c.value.Kind() == expression.Roles || c.assertive()) {
			roles = append(roles, c.attribute)
		} else {
			rest = append(rest, c)
		}
	}
	var ops []operation
	if d.compliant {
		ops = d.compliantOperations(rest)
	} else {
		for _, c := range rest {
			ops = append(ops, operation{d.opOf(c), c.Target, c.legacy()})
		}
	}
	if len(roles) > 0 {
		ops = append(ops, d.roles(roles))
	}
	return patch(ops...)
}

func (d dialect) opOf(c change) string {
	if c.add {
		return d.add()
	}
	return d.replace()
}

// compliantOperations puts attributes with a filter in their path first, each
// in an operation of its own. Several others of one kind share an operation
// without path, whose value has their paths for keys; a single one keeps its
// path.
func (d dialect) compliantOperations(changes []change) []operation {
	var ops []operation
	for _, c := range changes {
		if c.path.filtered() {
			ops = append(ops, operation{d.opOf(c), c.Target, c.wire()})
		}
	}
	for _, op := range []string{d.add(), d.replace()} {
		var values object
		for _, c := range changes {
			if !c.path.filtered() && d.opOf(c) == op {
				values = append(values, member{c.Target, c.wire()})
			}
		}
		switch len(values) {
		case 0:
		case 1:
			ops = append(ops, operation{op, values[0].name, values[0].value})
		default:
			ops = append(ops, operation{op: op, value: values})
		}
	}
	return ops
}

// roles writes the user's roles ("Customize user provisioning attribute-
// mappings", provisioning a role). Without the flag every role is JSON inside
// a text. The assertive function replaces, in lower case in either dialect.
func (d dialect) roles(attributes []attribute) operation {
	if slices.ContainsFunc(attributes, func(a attribute) bool { return a.assertive() }) {
		elements := roleElements(attributes)
		if elements == nil {
			elements = []object{}
		}
		return operation{"replace", "roles", elements}
	}
	if d.compliant {
		return operation{d.add(), "roles", roleElements(attributes)}
	}
	var values []object
	for _, role := range attributes[0].value.Roles() {
		text, _ := encode(role) // a struct of texts always encodes
		values = append(values, object{{"value", string(text)}})
	}
	return operation{d.add(), "roles", values}
}

// setManager writes the reference to a user's manager: by default the bare id,
// as captures show it.
func (d dialect) setManager(path attributePath, id string, add bool) object {
	op := d.replace()
	if add {
		op = d.add()
	}
	switch d.manager {
	case ManagerObject:
		return patch(operation{op, path.text, object{{"value", id}}})
	case ManagerArray:
		return patch(operation{op, "manager", []object{{{"$ref", d.base + "/Users/" + id}, {"value", id}}}})
	default:
		return patch(operation{op, path.text, id})
	}
}

// clearManager removes the reference by replacing it with nothing, as
// Microsoft's validator does; no capture of the service itself is known.
func (d dialect) clearManager(path attributePath) object {
	switch d.manager {
	case ManagerObject:
		return patch(operation{d.replace(), path.text, object{{"value", ""}}})
	case ManagerArray:
		return patch(operation{op: d.remove(), path: "manager"})
	default:
		return patch(operation{d.replace(), path.text, ""})
	}
}

func (d dialect) addMembers(ids []string) object {
	return patch(operation{d.add(), "members", d.memberValues(ids)})
}

// removeMembers lists the members in the value, or with the flag names each in
// the path of an operation.
func (d dialect) removeMembers(ids []string) object {
	if !d.compliant {
		return patch(operation{d.remove(), "members", d.memberValues(ids)})
	}
	var ops []operation
	for _, id := range ids {
		ops = append(ops, operation{op: d.remove(), path: `members[value eq "` + quoteFilter(id) + `"]`})
	}
	return patch(ops...)
}

func (d dialect) memberValues(ids []string) []object {
	var out []object
	for _, id := range ids {
		o := object{{"value", id}}
		if d.refNull {
			o = object{{"$ref", nil}, {"value", id}}
		}
		out = append(out, o)
	}
	return out
}

// quoteFilter escapes a text for a filter (RFC 7644 section 3.4.2.2: as in
// JSON).
func quoteFilter(text string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
}
