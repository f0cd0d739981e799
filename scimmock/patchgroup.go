package scimmock

import (
	"slices"

	"github.com/idharness/harness/scimmock/document"
	"github.com/idharness/harness/sp/identitystore"
)

// groupPatch applies PATCH operations to a group: developer guide, PatchGroup.
type groupPatch struct {
	decoder
	memberChanges int   // in the request so far, whether or not they change anything
	refused       error // what the request is answered with although it took effect
}

func (p *groupPatch) apply(e *identitystore.GroupEdit, operations []patchOp) error {
	for _, op := range operations {
		if err := p.one(e, op); err != nil {
			return err
		}
	}
	return nil
}

func (p *groupPatch) one(e *identitystore.GroupEdit, op patchOp) error {
	t := op.target
	if t.root == "members" {
		return p.memberOperation(e, op)
	}
	if t.filter != nil || t.sub != "" {
		return op.cannot("displayName, externalId or members", "")
	}
	switch {
	case t.root == "displayName" && (op.op == opRemove || op.value.Kind == document.Null):
		return op.cannot("an operation that leaves displayName with a value", "the attribute is required")
	case t.root == "displayName":
		return p.text(&e.Group.DisplayName, t.root, *op.value)
	case t.root == "externalId" && op.op == opRemove:
		e.Group.ExternalID = ""
		return nil
	case t.root == "externalId":
		return p.text(&e.Group.ExternalID, t.root, *op.value)
	}
	return op.cannot("displayName, externalId or members", "IAM Identity Center allows changes of these only")
}

func (p *groupPatch) memberOperation(e *identitystore.GroupEdit, op patchOp) error {
	if op.op == opReplace {
		if p.profile.ReplaceMembers == ReplaceMembersObserved {
			return p.replaceMembers(e, op)
		}
		return invalid(rulePatch, detailReplaceMembers, why{"add or remove", "replace " + op.target.String(), op.where, "add and remove the members that differ"})
	}
	if op.target.sub != "" {
		return op.cannot("members without a sub-attribute", "")
	}
	users, err := p.changed(e, op)
	if err != nil {
		return err
	}
	p.memberChanges += len(users)
	if err := checkMemberCount(p.memberChanges, op.where); err != nil {
		return err
	}
	for _, id := range users {
		e.Members = append(e.Members, identitystore.MemberChange{UserID: id, Remove: op.op == opRemove})
	}
	return nil
}

// replaceMembers is what lichti/aws-iam-scim-problem saw in 2024: ids take the
// place of the members, no ids change nothing, and an empty id is refused but
// leaves the group without members all the same.
func (p *groupPatch) replaceMembers(e *identitystore.GroupEdit, op patchOp) error {
	if op.value == nil || op.value.Kind == document.Null || op.value.Kind == document.Array && len(op.value.Items) == 0 {
		p.call.note("%s changed nothing: the service took it and left the members alone", op.where)
		return nil
	}
	var users []string
	if blank, ok := emptyMember(*op.value); ok {
		p.refused = empty("members.value", blank)
	} else {
		var err error
		if users, err = p.members(*op.value); err != nil {
			return err
		}
	}
	p.memberChanges += len(users)
	if err := checkMemberCount(p.memberChanges, op.where); err != nil {
		return err
	}
	for _, id := range e.Current() {
		if !slices.Contains(users, id) {
			e.Members = append(e.Members, identitystore.MemberChange{UserID: id, Remove: true})
		}
	}
	for _, id := range users {
		e.Members = append(e.Members, identitystore.MemberChange{UserID: id})
	}
	return nil
}

// emptyMember finds a member with an empty id.
func emptyMember(v document.Value) (document.Value, bool) {
	for _, item := range v.Items {
		if value, ok := item.Member("value"); ok && value.Kind == document.String && value.Text == "" {
			return value, true
		}
	}
	return document.Value{}, false
}

// changed lists the users that an operation adds or removes. Those to be
// removed stand in the value (developer guide, PatchGroup; Entra), or in the
// path, members[value eq "…"], as RFC 7644 has it and Okta sends it. Naming
// none would remove all, which is not supported.
func (p *groupPatch) changed(e *identitystore.GroupEdit, op patchOp) ([]string, error) {
	if f := op.target.filter; f != nil {
		if op.op == opAdd || f.Attr.Name != "value" || f.Value.Text == "" {
			return nil, op.cannot(`remove with the path members[value eq "user id"]`, "")
		}
		return []string{f.Value.Text}, nil
	}
	var users []string
	if op.value != nil {
		var err error
		if users, err = p.members(*op.value); err != nil {
			return nil, err
		}
	}
	if op.op == opRemove && len(users) == 0 && p.profile.RemoveAllMembers {
		return e.Current(), nil
	}
	if op.op == opRemove && len(users) == 0 {
		return nil, op.cannot("the members to remove", "IAM Identity Center does not support to remove all members in a single request")
	}
	return users, nil
}
