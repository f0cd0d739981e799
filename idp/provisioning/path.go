package provisioning

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/provisioning/spelling"
)

// attributePath is a target attribute as mappings and PATCH spell it: title,
// name.givenName, emails[type eq "work"].value, or an extension's URN with the
// attribute after its last colon.
type attributePath struct {
	text        string
	schema      string // URN of the extension, or empty for core attributes
	attr        string
	filterAttr  string // type or primary, or empty
	filterValue string
	sub         string
}

var (
	corePath      = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_$-]*)(?:\[([A-Za-z]+) eq "([^"\\]*)"\])?(?:\.([A-Za-z][A-Za-z0-9_$-]*))?$`)
	extensionPath = regexp.MustCompile(`^(urn:[A-Za-z0-9][A-Za-z0-9_.:-]*):([A-Za-z][A-Za-z0-9_$-]*)(?:\.([A-Za-z][A-Za-z0-9_$-]*))?$`)
)

// parsePath reads a target attribute's name.
func parsePath(text string) (attributePath, bool) {
	if strings.HasPrefix(text, "urn:") {
		m := extensionPath.FindStringSubmatch(text)
		if m == nil {
			return attributePath{}, false
		}
		return attributePath{text: text, schema: m[1], attr: m[2], sub: m[3]}, true
	}
	m := corePath.FindStringSubmatch(text)
	if m == nil {
		return attributePath{}, false
	}
	return attributePath{text: text, attr: m[1], filterAttr: m[2], filterValue: m[3], sub: m[4]}, true
}

// filtered reports whether the path picks one element of a multi-valued
// attribute.
func (p attributePath) filtered() bool { return p.filterAttr != "" }

// boolean reports whether the attribute is a JSON boolean.
func (p attributePath) boolean() bool {
	return p.schema == "" && (p.attr == "active" && p.sub == "" || p.sub == "primary")
}

// roles reports whether the path leads to the user's roles, which have wire
// shapes of their own.
func (p attributePath) roles() bool { return p.schema == "" && p.attr == "roles" }

// shape is what RFC 7643 section 4 says an attribute is made of.
type shape uint8

const (
	shapeSimple shape = iota
	shapeComplex
	shapeMulti
)

// userShapes are the core attributes of users that can be mapped.
var userShapes = map[string]shape{
	"externalId": shapeSimple, "userName": shapeSimple, "active": shapeSimple, "displayName": shapeSimple,
	"locale": shapeSimple, "nickName": shapeSimple, "preferredLanguage": shapeSimple, "profileUrl": shapeSimple,
	"timezone": shapeSimple, "title": shapeSimple, "userType": shapeSimple,
	"name":      shapeComplex,
	"addresses": shapeMulti, "emails": shapeMulti, "ims": shapeMulti, "phoneNumbers": shapeMulti, "roles": shapeMulti,
}

// groupShapes are those of groups; members are a reference.
var groupShapes = map[string]shape{"externalId": shapeSimple, "displayName": shapeSimple, "members": shapeMulti}

// nameParts are the sub-attributes of name.
var nameParts = []string{"formatted", "familyName", "givenName", "honorificPrefix", "honorificSuffix", "middleName"}

// unmappable names attributes that no mapping may fill, and why.
var unmappable = map[string]string{
	"id":               "the target makes it",
	"meta":             "the target makes it",
	"schemas":          "the service writes it",
	"password":         "the service does not provision passwords",
	"photos":           "the service does not provision photos",
	"entitlements":     "the service does not provision entitlements",
	"groups":           "the target derives it from the members of groups",
	"x509Certificates": "the service does not provision certificates",
}

// checkTarget says what is wrong with a path for this kind of object, or
// nothing.
func (p attributePath) checkTarget(shapes map[string]shape) (problem, hint string) {
	if p.schema != "" {
		if p.schema == schemaUser || p.schema == schemaGroup {
			return "the core schema's URN stands before no attribute", "write " + p.attr
		}
		if p.sub != "" {
			return "attributes of extensions with parts are not supported", "write " + p.schema + ":" + p.attr
		}
		return "", ""
	}
	if why, ok := unmappable[p.attr]; ok {
		return fmt.Sprintf("%s cannot be mapped: %s", p.attr, why), ""
	}
	kind, ok := shapes[p.attr]
	if !ok {
		known := spelling.Nearest(p.attr, func(yield func(string) bool) {
			for name := range shapes {
				if !yield(name) {
					return
				}
			}
		})
		if known != "" {
			return fmt.Sprintf("the target has no attribute %s", p.attr), "did you mean " + known + "?"
		}
		return fmt.Sprintf("the target has no attribute %s", p.attr), "a custom attribute needs its extension's URN, such as urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User:CustomAttribute"
	}
	switch {
	case kind == shapeSimple && (p.sub != "" || p.filtered()):
		return p.attr + " has no parts", "write " + p.attr
	case kind == shapeComplex && (!slices.Contains(nameParts, p.sub) || p.filtered()):
		return p.attr + " is made of parts, and this is none of them", "one of " + strings.Join(nameParts, ", ") + ", such as name.givenName"
	case kind == shapeMulti && p.attr != "members" && p.attr != "roles" && (p.filterAttr != "type" || p.sub == ""):
		return p.attr + " has several values, and this names none of them", fmt.Sprintf(`write %s[type eq "work"].value`, p.attr)
	case p.attr == "roles" && p.sub == "" && p.filtered() || p.attr == "roles" && p.sub != "" && p.filterAttr != "primary":
		return "roles has several values, and this names none of them", `write roles, or roles[primary eq "True"].value`
	}
	return "", ""
}
