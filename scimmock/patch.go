package scimmock

import (
	"errors"
	"fmt"
	"strings"

	"github.com/idharness/harness/scimmock/document"
	"github.com/idharness/harness/scimmock/filter"
	"github.com/idharness/harness/sp/identitystore"
)

// The kinds of PATCH operations (RFC 7644 section 3.5.2).
const (
	opAdd     = "add"
	opReplace = "replace"
	opRemove  = "remove"
)

// patchOp is one operation of a PATCH request on one attribute.
type patchOp struct {
	op     string
	target target
	value  *document.Value // nil for remove without a value
	where  string          // JSON path of the operation
}

// target is the attribute that an operation changes.
type target struct {
	root   string          // as spelled in the schema; "enterprise" for the extension
	sub    string          // sub-attribute, or ""
	subsub string          // of the manager
	filter *filter.Compare // which value of a multi-valued attribute, or nil
}

func (t target) String() string {
	text := t.root
	if t.filter != nil {
		text += fmt.Sprintf("[%s eq %q]", t.filter.Attr, t.filter.Value.Text)
	}
	for _, sub := range []string{t.sub, t.subsub} {
		if sub != "" {
			text += "." + sub
		}
	}
	return text
}

// readPatch reads the operations of a PATCH request. "op" is taken in any
// case: Entra sends Add, Replace and Remove.
func readPatch(c *call, profile Profile, body document.Value) ([]patchOp, error) {
	if err := checkSchemas(body, patchOpURN); err != nil {
		return nil, err
	}
	list, _ := body.Member("Operations")
	if list.Kind != document.Array || len(list.Items) == 0 {
		got := "none"
		if list.Kind != "" {
			got = list.Describe()
		}
		return nil, invalid(rulePatch, detailInvalid, why{"an array Operations with at least one operation", got, "$.Operations", ""})
	}
	var operations []patchOp
	for _, item := range list.Items {
		op, err := readOperation(c, profile, item)
		if err != nil {
			return nil, err
		}
		operations = append(operations, op)
	}
	return operations, nil
}

func readOperation(c *call, profile Profile, v document.Value) (patchOp, error) {
	if v.Kind != document.Object {
		return patchOp{}, wrongType(rulePatch, "an operation, which is an object", v)
	}
	op := patchOp{where: v.Path}
	verb, _ := v.Member("op")
	switch op.op = strings.ToLower(verb.Text); {
	case verb.Kind != document.String, op.op != opAdd && op.op != opReplace && op.op != opRemove:
		got := "none"
		if verb.Kind != "" {
			got = verb.Describe()
		}
		return patchOp{}, invalid(rulePatch, detailInvalid, why{"add, replace or remove", got, v.Path + ".op", ""})
	}
	path, given := v.Member("path")
	if value, ok := v.Member("value"); ok {
		op.value = &value
	} else if op.op != opRemove && !profile.mayLackValue(op.op, path) {
		return patchOp{}, invalid(rulePatch, detailInvalid, why{"a value: it is required for add and replace", "none", v.Path + ".value", ""})
	}

	if given && path.Kind != document.String && path.Kind != document.Null {
		return patchOp{}, wrongType(rulePatch, "a string", path)
	}
	if path.Text != "" {
		var err error
		op.target, err = readPath(path.Text, path.Path, false)
		return op, err
	}
	if op.op == opRemove {
		return patchOp{}, invalid(rulePatch, detailNoPath, why{"a path: it is required for remove", "none", v.Path + ".path", ""})
	}
	return readPathless(c, op)
}

// mayLackValue reports whether an operation is one of those that the profile
// takes without the value that they need otherwise.
func (p Profile) mayLackValue(op string, path document.Value) bool {
	return p.ReplaceMembers == ReplaceMembersObserved && op == opReplace && strings.EqualFold(path.Text, "members")
}

// readPathless reads the attribute of an operation without a path from its
// value, which may have one. "id" does not count: the developer guide's older
// PatchGroup example sends it along, and so do clients.
func readPathless(c *call, op patchOp) (patchOp, error) {
	if op.value.Kind != document.Object {
		return patchOp{}, wrongType(rulePatch, "an object, as there is no path", *op.value)
	}
	var names []string
	var only document.Member
	for _, m := range op.value.Members {
		switch m.Name {
		case "id", "schemas", "meta":
			c.note("%s was ignored: it is the service's own", m.Value.Path)
		default:
			names = append(names, m.Name)
			only = m
		}
	}
	if len(names) != 1 {
		got := fmt.Sprintf("%d: %s", len(names), strings.Join(names, ", "))
		return patchOp{}, invalid(rulePatch, detailSeveralAttributes, why{"one attribute", got, op.value.Path, "send one operation with a path for each attribute"})
	}
	var err error
	op.target, err = readPath(only.Name, only.Value.Path, true)
	op.value = &only.Value
	return op, err
}

// readPath parses the path of an operation, or the name of a member of its
// value, which is compared exactly.
func readPath(text, where string, exact bool) (target, error) {
	parsed, err := filter.ParsePath(text, identitystore.UserURN, identitystore.GroupURN, identitystore.EnterpriseURN)
	if bad := (*filter.Error)(nil); errors.As(err, &bad) {
		return target{}, invalid(rulePatch, detailInvalid, why{bad.Expected, bad.Got, fmt.Sprintf("%s, byte %d of the path", where, bad.Offset), bad.Caret()})
	}
	if err != nil {
		return target{}, fmt.Errorf("read PATCH path: %w", err)
	}
	t := target{root: parsed.Attr.Name, sub: parsed.Attr.Sub}
	switch {
	case parsed.Attr.URN == identitystore.EnterpriseURN:
		t = target{root: "enterprise", sub: parsed.Attr.Name, subsub: parsed.Attr.Sub}
	case parsed.Attr.URN == identitystore.UserURN && t.root != "", parsed.Attr.URN == identitystore.GroupURN && t.root != "", parsed.Attr.URN == "":
	default:
		return target{}, invalid(rulePatch, detailInvalid, why{"an attribute of a schema that IAM Identity Center has", text, where, ""})
	}
	if parsed.Filter != nil {
		if t.sub != "" {
			return target{}, invalid(rulePatch, detailInvalid, why{"the sub-attribute after the brackets", text, where, ""})
		}
		t.sub = parsed.Sub
		if t.filter, err = eqFilter(parsed.Filter, where); err != nil {
			return target{}, err
		}
		t.filter.Attr.Name = spelled(t.filter.Attr.Name, subNames())
	}
	root, sub, subsub := spelled(t.root, userNames()), spelled(t.sub, subNames()), spelled(t.subsub, subNames())
	if t.root == "" || strings.EqualFold(t.root, "members") {
		root = strings.ToLower(t.root)
	}
	if exact && (root != t.root || sub != t.sub || subsub != t.subsub) {
		return target{}, invalid(rulePatch, detailInvalid, why{target{root: root, sub: sub, subsub: subsub, filter: t.filter}.String(), text, where, "names in a value are compared exactly"})
	}
	t.root, t.sub, t.subsub = root, sub, subsub
	return t, nil
}

// eqFilter takes the only filter that a path may have: one comparison by eq
// (developer guide, PatchUser).
func eqFilter(e filter.Expr, where string) (*filter.Compare, error) {
	c, ok := e.(*filter.Compare)
	if !ok || c.Op != filter.Eq || c.Attr.URN != "" || c.Attr.Sub != "" || (c.Value.Kind != filter.String && c.Value.Kind != filter.Bool) {
		return nil, invalid(rulePatch, detailBadFilter, why{`one comparison of a sub-attribute by eq, such as type eq "work"`, "another filter", where, "IAM Identity Center supports only eq in the filters of paths"})
	}
	return c, nil
}

// cannot refuses an operation on an attribute that does not have it.
func (op patchOp) cannot(expected, hint string) error {
	return invalid(rulePatch, detailInvalid, why{expected, op.op + " " + op.target.String(), op.where, hint})
}
