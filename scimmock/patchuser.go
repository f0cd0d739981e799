package scimmock

import (
	"fmt"

	"github.com/idharness/harness/scimmock/document"
	"github.com/idharness/harness/sp/identitystore"
)

// userPatch applies PATCH operations to a user: developer guide, PatchUser.
type userPatch struct{ decoder }

// check applies the rules about the request as a whole.
func (p userPatch) check(operations []patchOp) error {
	for _, single := range []string{"userName", "active"} {
		count := 0
		for _, op := range operations {
			if op.target.root != single {
				continue
			}
			if count++; count > 1 {
				return op.cannot("one operation on "+single+" in a request", "IAM Identity Center does not support several")
			}
		}
	}
	return nil
}

func (p userPatch) apply(u *identitystore.User, operations []patchOp) error {
	for _, op := range operations {
		if err := p.one(u, op); err != nil {
			return err
		}
	}
	return nil
}

func (p userPatch) one(u *identitystore.User, op patchOp) error {
	t := op.target
	if l, ok := listAttribute(t.root); ok {
		if t.root == "roles" && !p.profile.PatchRoles { // CreateUser takes it, PatchUser does not list it
			return notPatchable(op)
		}
		return p.list(u, l, op)
	}
	if t.filter != nil {
		return op.cannot("brackets after a multi-valued attribute only", "")
	}
	if at := textAttribute(u, t.root); at != nil {
		if t.sub != "" {
			return op.cannot(t.root+" without a sub-attribute", "")
		}
		return p.simple(at, t.root, op)
	}
	switch t.root {
	case "active":
		return p.active(u, op)
	case "name":
		return p.wholeOrPart(op, func() error { return p.name(&u.Name, *op.value) }, func() *string { return nameAttribute(&u.Name, t.sub) })
	case "enterprise":
		return p.extension(u, op)
	}
	return notPatchable(op)
}

func notPatchable(op patchOp) error {
	return op.cannot("one of the attributes userName, active, externalId, displayName, nickName, profileUrl, title, userType, preferredLanguage, locale, timezone, name, enterprise, emails, addresses, phoneNumbers",
		"IAM Identity Center allows changes of these only")
}

// simple sets or removes a text. A null value unassigns it, as in RFC 7643
// section 2.5.
func (p userPatch) simple(at *string, attribute string, op patchOp) error {
	if op.op == opRemove || op.value.Kind == document.Null {
		if required(attribute) {
			return op.cannot("an operation that leaves "+attribute+" with a value", "the attribute is required")
		}
		*at = ""
		return nil
	}
	return p.text(at, attribute, *op.value)
}

func (p userPatch) active(u *identitystore.User, op patchOp) error {
	switch {
	case op.target.sub != "":
		return op.cannot("active without a sub-attribute", "")
	case op.op == opRemove:
		return op.cannot("add or replace", "IAM Identity Center does not support to remove active")
	case op.value.Kind == document.Null:
		return op.cannot("true or false", "")
	}
	return p.boolean(&u.Active, *op.value)
}

// wholeOrPart changes a complex attribute. Setting all of it keeps what the
// value does not mention (RFC 7644 section 3.5.2.3).
func (p userPatch) wholeOrPart(op patchOp, merge func() error, part func() *string) error {
	if op.target.subsub != "" {
		return op.cannot("at most one sub-attribute", "")
	}
	if op.target.sub != "" {
		at := part()
		if at == nil {
			return op.cannot("a sub-attribute of "+op.target.root, "")
		}
		return p.simple(at, op.target.root+"."+op.target.sub, op)
	}
	if op.op == opRemove || op.value.Kind == document.Null {
		return op.cannot("a path to a sub-attribute", "familyName and givenName are required")
	}
	return merge()
}

func (p userPatch) extension(u *identitystore.User, op patchOp) error {
	t := op.target
	if t.sub == "" {
		if op.op == opRemove {
			u.Enterprise = nil
			return nil
		}
		return p.enterprise(u, *op.value)
	}
	if u.Enterprise == nil {
		u.Enterprise = &identitystore.Enterprise{}
	}
	if t.sub == "manager" {
		return p.patchManager(u.Enterprise, op)
	}
	at := enterpriseAttribute(u.Enterprise, t.sub)
	if at == nil || t.subsub != "" {
		return op.cannot("an attribute of "+identitystore.EnterpriseURN, "")
	}
	return p.simple(at, identitystore.EnterpriseURN+"."+t.sub, op)
}

func (p userPatch) patchManager(e *identitystore.Enterprise, op patchOp) error {
	switch op.target.subsub {
	case "", "value":
		if op.op == opRemove {
			e.Manager = nil
			return nil
		}
		if op.target.subsub == "value" && op.value.Kind != document.String && op.value.Kind != document.Null {
			return wrongType(rulePatch, "the manager's id", *op.value)
		}
		return p.manager(e, *op.value)
	case "$ref":
		return nil // accepted and not kept
	case "displayName":
		return op.cannot("manager or manager.value", "IAM Identity Center does not support a manager's displayName")
	}
	return op.cannot("manager or manager.value", fmt.Sprintf("a manager has no %s", op.target.subsub))
}
