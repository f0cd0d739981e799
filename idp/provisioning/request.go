package provisioning

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning/expression"
)

// excludeMembers is on every read of a group.
const excludeMembers = "excludedAttributes=members"

func collection(kind directory.Kind) string {
	if kind == directory.KindGroup {
		return "/Groups"
	}
	return "/Users"
}

func resourcePath(kind directory.Kind, id string) string {
	return collection(kind) + "/" + url.PathEscape(id)
}

// readQuery is the query of a read by id.
func readQuery(kind directory.Kind) string {
	if kind == directory.KindGroup {
		return excludeMembers
	}
	return ""
}

// filterQuery asks for objects by one attribute: blanks as +, quotes as %22,
// and for groups excludedAttributes before the filter.
func filterQuery(kind directory.Kind, target, value string) string {
	query := "filter=" + url.QueryEscape(target+` eq "`+value+`"`)
	if kind == directory.KindGroup {
		query = excludeMembers + "&" + query
	}
	return query
}

// referenceQuery asks whether an object has a reference ("Develop and plan
// provisioning for a SCIM endpoint", requests about reference attributes).
func referenceQuery(id, attribute, value string) string {
	return "filter=" + url.QueryEscape(`id eq "`+id+`" and `+attribute+` eq "`+value+`"`) + "&attributes=id"
}

// The order of keys in a new user: base classes of Microsoft's SCIM library
// first, then by the alphabet (AzureAD/SCIMReferenceCode, data contracts).
var (
	userOrder = []string{
		"externalId", "userName", "active", "addresses", "displayName", "emails", "ims", "locale", "meta", "name", "nickName",
		"phoneNumbers", "preferredLanguage", "profileUrl", "roles", "timezone", "title", "userType",
	}
	groupOrder      = []string{"externalId", "displayName", "meta"}
	enterpriseOrder = []string{"costCenter", "department", "division", "employeeNumber", "organization"}
	elementOrder    = []string{"primary", "type", "country", "formatted", "locality", "postalCode", "region", "streetAddress", "display", "displayName", "value"}
)

// userBody is what creates a user. It always lists both schemas, and never
// that of a custom extension, although the extension's object is there.
func userBody(attributes []attribute, emptyRoles bool) object {
	values := make(object, 0, len(userOrder))
	values.set("meta", object{{"resourceType", "User"}})
	if emptyRoles {
		values.set("roles", []any{})
	}
	var extensions []string
	for _, a := range attributes {
		switch {
		case a.path.schema != "":
			if !slices.Contains(extensions, a.path.schema) {
				extensions = append(extensions, a.path.schema)
			}
			addPart(&values, a.path.schema, a.path.attr, a.wire())
		case a.path.roles():
			values.set("roles", roleElements(attributes))
		case a.path.filtered():
			addElement(&values, a)
		case a.path.sub != "":
			addPart(&values, a.path.attr, a.path.sub, a.wire())
		default:
			values.set(a.path.attr, a.wire())
		}
	}
	if emails, ok := values.get("emails").([]object); ok {
		markPrimary(emails)
	}
	body := append(make(object, 0, len(values)+1), member{"schemas", []string{schemaUser, schemaEnterprise}})
	for _, name := range userOrder {
		if i := values.index(name); i >= 0 {
			body = append(body, member{name, ordered(name, values[i].value)})
		}
	}
	slices.SortStableFunc(extensions, func(a, b string) int { return rank(a) - rank(b) })
	for _, schema := range extensions {
		body = append(body, member{schema, ordered(schema, values.get(schema))})
	}
	return body
}

// rank puts the enterprise extension before custom ones.
func rank(schema string) int {
	if schema == schemaEnterprise {
		return 0
	}
	return 1
}

func addPart(values *object, name, part string, value any) {
	parts, _ := values.get(name).(object)
	if parts == nil {
		parts = make(object, 0, 4)
	}
	values.set(name, append(parts, member{part, value}))
}

// addElement collects the sub-attributes of one value of a multi-valued
// attribute.
func addElement(values *object, a attribute) {
	elements, _ := values.get(a.path.attr).([]object)
	i := slices.IndexFunc(elements, func(o object) bool { return o.get("type") == a.path.filterValue })
	if i < 0 {
		i = len(elements)
		elements = append(elements, append(make(object, 0, 4), member{"type", a.path.filterValue}))
	}
	elements[i] = append(elements[i], member{a.path.sub, a.wire()})
	values.set(a.path.attr, elements)
}

// markPrimary makes the work e-mail the primary one, as it is in the
// documented request although no mapping says so.
func markPrimary(emails []object) {
	for i, o := range emails {
		if o.get("type") == "work" && o.get("primary") == nil {
			emails[i] = append(o, member{"primary", true})
		}
	}
}

// ordered sorts the members of a complex value.
func ordered(name string, v any) any {
	switch v := v.(type) {
	case object:
		order := enterpriseOrder
		if name == "name" {
			order = nameParts
		}
		return v.sorted(order)
	case []object:
		out := make([]object, 0, len(v))
		for _, o := range v {
			out = append(out, o.sorted(elementOrder))
		}
		return out
	default:
		return v
	}
}

// sorted puts members in the given order; others keep theirs, at the end.
func (o object) sorted(order []string) object {
	out := make(object, 0, len(o))
	for _, name := range order {
		for _, m := range o {
			if m.name == name {
				out = append(out, m)
			}
		}
	}
	for _, m := range o {
		if !slices.Contains(order, m.name) {
			out = append(out, m)
		}
	}
	return out
}

// groupBody is what creates a group: always without members, which follow in
// PATCH requests.
func groupBody(attributes []attribute, extraSchema bool) object {
	schemas := []string{schemaGroup}
	if extraSchema {
		schemas = append(schemas, schemaGroupADSCIM)
	}
	values := object{{"meta", object{{"resourceType", "Group"}}}}
	var extensions []string
	for _, a := range attributes {
		if a.path.schema == "" {
			values.set(a.path.attr, a.wire())
			continue
		}
		if !slices.Contains(extensions, a.path.schema) {
			extensions = append(extensions, a.path.schema)
		}
		addPart(&values, a.path.schema, a.path.attr, a.wire())
	}
	body := object{{"schemas", schemas}}
	for _, name := range slices.Concat(groupOrder, extensions) {
		if i := values.index(name); i >= 0 {
			body = append(body, values[i])
		}
	}
	return body
}

// wire is the value as a new object has it: in JSON's type for booleans and
// integers, all else is text.
func (a attribute) wire() any {
	switch {
	case a.target.MultiValued:
		return a.value.Strings()
	case a.target.Type == TypeBoolean:
		return strings.EqualFold(a.value.String(), "true")
	case a.target.Type == TypeInteger:
		return json.Number(a.value.String())
	}
	return a.value.String()
}

// legacy is the value as a PATCH without the compliance flag has it: everything
// is text, booleans True and False; several values are objects with a value
// each, as roles and members are.
func (a attribute) legacy() any {
	switch {
	case a.target.MultiValued:
		var out []object
		for _, text := range a.value.Strings() {
			out = append(out, object{{"value", text}})
		}
		return out
	case a.target.Type == TypeBoolean:
		return boolText(strings.EqualFold(a.value.String(), "true"))
	}
	return a.value.String()
}

// roleElements is the value of roles in a new user, and in a PATCH with the
// compliance flag.
func roleElements(attributes []attribute) []object {
	var out []object
	var primary object
	for _, a := range attributes {
		switch {
		case !a.path.roles():
		case a.value.RoleMode() == expression.RolesComplex || a.value.RoleMode() == expression.RolesAssertive:
			// The documentation spells the name differently for the two.
			display := "displayName"
			if a.value.RoleMode() == expression.RolesAssertive {
				display = "display"
			}
			for _, role := range a.value.Roles() {
				out = append(out, object{{"primary", false}, {"type", roleType}, {display, role.DisplayName}, {"value", role.Value}})
			}
		case a.value.IsEmpty():
		default:
			sub := a.path.sub
			if sub == "" {
				sub = "value"
			}
			primary = append(primary, member{sub, a.value.String()})
		}
	}
	if primary != nil {
		primary = append(primary, member{"primary", true})
		if primary.get("type") == nil {
			primary = append(primary, member{"type", roleType})
		}
		out = append(out, primary.sorted(elementOrder))
	}
	return out
}
