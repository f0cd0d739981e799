package scimmock

import (
	"slices"
	"strings"

	"github.com/idharness/harness/sp/identitystore"
)

// The user attributes of the developer guide, "Limitations from SCIM
// specification", by their shape. Paths and filters name them in any case
// (RFC 7643 section 2.1), bodies exactly: AWS refused "ExternalID"
// (as slashdevops/idp-scim-sync found).

// textAttribute returns where a user keeps a simple attribute, or nil.
func textAttribute(u *identitystore.User, name string) *string {
	switch name {
	case "userName":
		return &u.UserName
	case "externalId":
		return &u.ExternalID
	case "displayName":
		return &u.DisplayName
	case "nickName":
		return &u.NickName
	case "profileUrl":
		return &u.ProfileURL
	case "title":
		return &u.Title
	case "userType":
		return &u.UserType
	case "preferredLanguage":
		return &u.PreferredLanguage
	case "locale":
		return &u.Locale
	case "timezone":
		return &u.Timezone
	}
	return nil
}

func nameAttribute(n *identitystore.Name, name string) *string {
	switch name {
	case "formatted":
		return &n.Formatted
	case "familyName":
		return &n.FamilyName
	case "givenName":
		return &n.GivenName
	case "middleName":
		return &n.MiddleName
	case "honorificPrefix":
		return &n.HonorificPrefix
	case "honorificSuffix":
		return &n.HonorificSuffix
	}
	return nil
}

func enterpriseAttribute(e *identitystore.Enterprise, name string) *string {
	switch name {
	case "employeeNumber":
		return &e.EmployeeNumber
	case "costCenter":
		return &e.CostCenter
	case "organization":
		return &e.Organization
	case "division":
		return &e.Division
	case "department":
		return &e.Department
	}
	return nil
}

// required reports whether a user must have the attribute (developer guide,
// CreateUser).
func required(attribute string) bool {
	switch attribute {
	case "userName", "displayName", "name.familyName", "name.givenName":
		return true
	}
	return false
}

// unsupported reports whether the developer guide says of an attribute that it
// is not supported.
func unsupported(name string) bool {
	switch name {
	case "password", "ims", "photos", "entitlements", "x509Certificates", "groups":
		return true
	}
	return false
}

// entry is one value of any multi-valued attribute: it has the sub-attributes
// of all of them.
type entry struct {
	value, kind                                                     string
	formatted, streetAddress, locality, region, postalCode, country string
	primary                                                         bool
}

func (e *entry) text(name string) *string {
	switch name {
	case "value":
		return &e.value
	case "type":
		return &e.kind
	case "formatted":
		return &e.formatted
	case "streetAddress":
		return &e.streetAddress
	case "locality":
		return &e.locality
	case "region":
		return &e.region
	case "postalCode":
		return &e.postalCode
	case "country":
		return &e.country
	}
	return nil
}

// hasContent reports whether anything but a label is left.
func (e entry) hasContent() bool {
	e.kind, e.primary = "", false
	return e != entry{}
}

// list is a multi-valued attribute.
type list struct {
	name string
	subs []string // its sub-attributes besides primary
	get  func(*identitystore.User) []entry
	set  func(*identitystore.User, []entry)
}

func (l list) has(sub string) bool { return sub == "primary" || slices.Contains(l.subs, sub) }

func listAttribute(name string) (list, bool) {
	valued := []string{"value", "type"}
	switch name {
	case "emails":
		return list{name, valued,
			func(u *identitystore.User) []entry {
				return convert(u.Emails, func(e identitystore.Email) entry { return entry{value: e.Value, kind: e.Type, primary: e.Primary} })
			},
			func(u *identitystore.User, es []entry) {
				u.Emails = convert(es, func(e entry) identitystore.Email {
					return identitystore.Email{Value: e.value, Type: e.kind, Primary: e.primary}
				})
			}}, true
	case "phoneNumbers":
		return list{name, valued,
			func(u *identitystore.User) []entry {
				return convert(u.PhoneNumbers, func(p identitystore.PhoneNumber) entry {
					return entry{value: p.Value, kind: p.Type, primary: p.Primary}
				})
			},
			func(u *identitystore.User, es []entry) {
				u.PhoneNumbers = convert(es, func(e entry) identitystore.PhoneNumber {
					return identitystore.PhoneNumber{Value: e.value, Type: e.kind, Primary: e.primary}
				})
			}}, true
	case "roles":
		return list{name, valued,
			func(u *identitystore.User) []entry {
				return convert(u.Roles, func(r identitystore.Role) entry { return entry{value: r.Value, kind: r.Type, primary: r.Primary} })
			},
			func(u *identitystore.User, es []entry) {
				u.Roles = convert(es, func(e entry) identitystore.Role {
					return identitystore.Role{Value: e.value, Type: e.kind, Primary: e.primary}
				})
			}}, true
	case "addresses":
		return list{name, []string{"formatted", "streetAddress", "locality", "region", "postalCode", "country", "type"},
			func(u *identitystore.User) []entry {
				return convert(u.Addresses, func(a identitystore.Address) entry {
					return entry{kind: a.Type, primary: a.Primary, formatted: a.Formatted, streetAddress: a.StreetAddress,
						locality: a.Locality, region: a.Region, postalCode: a.PostalCode, country: a.Country}
				})
			},
			func(u *identitystore.User, es []entry) {
				u.Addresses = convert(es, func(e entry) identitystore.Address {
					return identitystore.Address{Type: e.kind, Primary: e.primary, Formatted: e.formatted, StreetAddress: e.streetAddress,
						Locality: e.locality, Region: e.region, PostalCode: e.postalCode, Country: e.country}
				})
			}}, true
	}
	return list{}, false
}

func convert[A, B any](from []A, one func(A) B) []B {
	to := make([]B, len(from))
	for i, a := range from {
		to[i] = one(a)
	}
	return to
}

// spelled finds the name that differs from a given one at most in case, and
// otherwise returns the given one.
func spelled(given string, names []string) string {
	for _, name := range names {
		if strings.EqualFold(name, given) {
			return name
		}
	}
	return given
}

func userNames() []string {
	return []string{"userName", "externalId", "displayName", "nickName", "profileUrl", "title", "userType", "preferredLanguage", "locale", "timezone",
		"active", "name", "emails", "addresses", "phoneNumbers", "roles", "enterprise", "groups",
		"password", "ims", "photos", "entitlements", "x509Certificates", "schemas", "id", "meta", identitystore.EnterpriseURN}
}

func subNames() []string {
	return []string{"formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix",
		"value", "type", "primary", "display", "streetAddress", "locality", "region", "postalCode", "country",
		"employeeNumber", "costCenter", "organization", "division", "department", "manager", "displayName", "$ref"}
}
