package scimmock

import (
	"slices"
	"strings"

	"github.com/idharness/harness/scimmock/document"
	"github.com/idharness/harness/sp/identitystore"
)

// decoder reads users and parts of them from JSON.
type decoder struct {
	call    *call
	profile Profile
}

// user reads the body of CreateUser and PutUser. What the store can check it
// checks: required attributes, lengths, characters.
func (d decoder) user(body document.Value) (identitystore.User, error) {
	u := identitystore.User{Active: d.profile.ActiveByDefault}
	if err := checkSchemas(body, identitystore.UserURN); err != nil {
		return u, err
	}
	for _, m := range body.Members {
		if err := d.attribute(&u, m.Name, m.Value); err != nil {
			return u, err
		}
	}
	return u, nil
}

// checkSchemas checks the list of schemas. Clients leave it out or send null,
// and the service takes that (BurdaForward/terraform-provider-aws-sso-scim).
func checkSchemas(body document.Value, base string) error {
	schemas, ok := body.Member("schemas")
	if !ok || schemas.Kind == document.Null {
		return nil
	}
	for _, item := range schemas.Items {
		if item.Kind == document.String && strings.EqualFold(item.Text, base) {
			return nil
		}
	}
	return invalid(ruleSchema, detailInvalid, why{"an array with " + base, schemas.Describe(), schemas.Path, ""})
}

func (d decoder) attribute(u *identitystore.User, name string, v document.Value) error {
	if at := textAttribute(u, name); at != nil {
		return d.text(at, name, v)
	}
	if unsupported(name) || name == "roles" && d.profile.RefuseRoles {
		return d.unsupported(name, v)
	}
	if l, ok := listAttribute(name); ok {
		entries, err := d.entries(l, v)
		if err != nil {
			return err
		}
		l.set(u, entries)
		return nil
	}
	switch name {
	case "schemas", "id", "meta":
		return nil // the service's own, whatever the client says (RFC 7643 section 3.1)
	case "name":
		return d.name(&u.Name, v)
	case "active":
		return d.boolean(&u.Active, v)
	case identitystore.EnterpriseURN:
		return d.enterprise(u, v)
	}
	return d.unknown(name, v, userNames())
}

// unknown notes an attribute that no schema of the service has. Clients send
// such ones and the service takes it: misspelt names and schemas of others.
func (d decoder) unknown(name string, v document.Value, known []string) error {
	hint := ""
	if right := spelled(name, known); right != name {
		hint = ": did you mean " + right + "? Names are compared exactly"
	}
	if d.profile.RefuseUnknown {
		return invalid(ruleSchema, detailInvalid, why{"an attribute of the schema" + hint, name, v.Path, ""})
	}
	d.call.note("%s was ignored: IAM Identity Center has no such attribute%s", v.Path, hint)
	return nil
}

func (d decoder) unsupported(name string, v document.Value) error {
	if v.Kind == document.Null || v.Kind == document.Array && len(v.Items) == 0 {
		return nil // unassigned (RFC 7643 section 2.5)
	}
	if d.profile.IgnoreUnsupported {
		d.call.note("%s was ignored: IAM Identity Center does not support it", v.Path)
		return nil
	}
	got := v.Describe()
	if name == "password" {
		got = "one" // explanations are kept, passwords are not
	}
	return invalid(ruleSchema, detailInvalid, why{"no attribute " + name, got, v.Path, "IAM Identity Center does not support this attribute: remove its mapping"})
}

// text reads a text; null unassigns it. An empty text is an error of its own:
// user guide, "Logging IAM Identity Center SCIM API calls with CloudTrail".
func (d decoder) text(at *string, attribute string, v document.Value) error {
	switch v.Kind {
	case document.Null:
		*at = ""
		return nil
	case document.String:
		if v.Text == "" {
			return empty(attribute, v)
		}
		*at = v.Text
		return nil
	}
	return wrongType(ruleSchema, "a string", v)
}

func empty(attribute string, v document.Value) error {
	e := identitystore.EmptyValue(attribute)
	return invalid(ruleSchema, e.Message, why{e.Expected, e.Value, v.Path, "map the attribute to a value that is never empty, or send null"})
}

// boolean reads a boolean, also as a string in any case: the developer guide's
// PatchUser example sends "false", Entra "False".
func (d decoder) boolean(at *bool, v document.Value) error {
	switch {
	case v.Kind == document.Null:
		*at = false
	case v.Kind == document.Bool:
		*at = v.True
	case v.Kind == document.String && strings.EqualFold(v.Text, "true"):
		*at = true
	case v.Kind == document.String && strings.EqualFold(v.Text, "false"):
		*at = false
	default:
		return wrongType(ruleSchema, "true or false", v)
	}
	return nil
}

// name merges an object into a name: what it does not mention stays.
func (d decoder) name(n *identitystore.Name, v document.Value) error {
	if v.Kind == document.Null {
		*n = identitystore.Name{}
		return nil
	}
	if v.Kind != document.Object {
		return wrongType(ruleSchema, "an object", v)
	}
	for _, m := range v.Members {
		at := nameAttribute(n, m.Name)
		if at == nil {
			if err := d.unknown(m.Name, m.Value, subNames()); err != nil {
				return err
			}
			continue
		}
		if err := d.text(at, "name."+m.Name, m.Value); err != nil {
			return err
		}
	}
	return nil
}

// enterprise merges an object into the enterprise extension.
func (d decoder) enterprise(u *identitystore.User, v document.Value) error {
	if v.Kind == document.Null {
		u.Enterprise = nil
		return nil
	}
	if v.Kind != document.Object {
		return wrongType(ruleSchema, "an object", v)
	}
	if u.Enterprise == nil {
		u.Enterprise = &identitystore.Enterprise{}
	}
	for _, m := range v.Members {
		at := enterpriseAttribute(u.Enterprise, m.Name)
		var err error
		switch {
		case at != nil:
			err = d.text(at, identitystore.EnterpriseURN+"."+m.Name, m.Value)
		case m.Name == "manager":
			err = d.manager(u.Enterprise, m.Value)
		default:
			err = d.unknown(m.Name, m.Value, subNames())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// manager reads the manager: an object with its id, or, as Entra sends it, the
// bare id or an array of one object (learn.microsoft.com, "Develop and plan
// provisioning for a SCIM endpoint").
func (d decoder) manager(e *identitystore.Enterprise, v document.Value) error {
	if v.Kind == document.Array && len(v.Items) == 1 && v.Items[0].Kind == document.Object {
		v = v.Items[0]
	}
	var m identitystore.Manager
	const attribute = identitystore.EnterpriseURN + ".manager.value"
	switch v.Kind {
	case document.Null:
	case document.String:
		if err := d.text(&m.Value, attribute, v); err != nil {
			return err
		}
	case document.Object:
		for _, member := range v.Members {
			var err error
			switch member.Name {
			case "value":
				err = d.text(&m.Value, attribute, member.Value)
			case "$ref":
			case "displayName":
				err = d.unsupported("manager.displayName", member.Value)
			default:
				err = d.unknown(member.Name, member.Value, subNames())
			}
			if err != nil {
				return err
			}
		}
	default:
		return wrongType(ruleSchema, "an object with the manager's id, or the id", v)
	}
	e.Manager = nil
	if m.Value != "" {
		e.Manager = &m
	}
	return nil
}

// entries reads a multi-valued attribute.
func (d decoder) entries(l list, v document.Value) ([]entry, error) {
	if v.Kind == document.Null {
		return nil, nil
	}
	if v.Kind != document.Array {
		return nil, wrongType(ruleSchema, "an array", v)
	}
	if len(v.Items) > 1 && !d.profile.Rules.ManyValues {
		e := d.profile.Rules.TooManyValues(l.name, len(v.Items))
		return nil, invalid(ruleSchema, e.Message, why{e.Expected, v.Describe(), v.Path, "send one value: remove the other mappings of this attribute"})
	}
	var entries []entry
	for _, item := range v.Items {
		var e entry
		if err := d.entry(&e, l, item); err != nil {
			return nil, err
		}
		if err := d.checkPrimary(l, e, item); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// checkPrimary: the e-mail address must be marked primary (developer guide,
// CreateUser). The status is not documented.
func (d decoder) checkPrimary(l list, e entry, v document.Value) error {
	if l.name != "emails" || e.primary || d.profile.SecondaryEmail {
		return nil
	}
	return invalid(ruleSchema, detailInvalid, why{`"primary": true`, v.Describe(), v.Path, "the e-mail address must be marked primary"})
}

// entry merges an object into one value of a multi-valued attribute.
func (d decoder) entry(e *entry, l list, v document.Value) error {
	if v.Kind != document.Object {
		return wrongType(ruleSchema, "an object", v)
	}
	for _, m := range v.Members {
		if err := d.sub(e, l, m.Name, m.Value); err != nil {
			return err
		}
	}
	return nil
}

func (d decoder) sub(e *entry, l list, name string, v document.Value) error {
	switch {
	case name == "primary":
		return d.boolean(&e.primary, v)
	case slices.Contains(l.subs, name):
		return d.text(e.text(name), l.name+"."+name, v)
	case name == "display":
		return d.unsupported(l.name+".display", v)
	}
	return d.unknown(name, v, subNames())
}
