package provisioning

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning/expression"
	"github.com/idharness/harness/idp/provisioning/spelling"
)

// sourceUser is a user as mappings see it.
type sourceUser struct {
	directory.User
	softDeleted bool // IsSoftDeleted: computed, not stored
	roles       []expression.Role
}

// userAttributes reads attributes of users by lower-case name: Entra's names
// and, where they differ, those of Microsoft Graph.
var userAttributes = map[string]func(*sourceUser) expression.Value{
	"userprincipalname":            text(func(u *sourceUser) string { return directory.GuestName(u.UserPrincipalName) }), /* "How application provisioning works", B2B users */
	"originaluserprincipalname":    text(func(u *sourceUser) string { return u.UserPrincipalName }),
	"objectid":                     text(func(u *sourceUser) string { return u.ID }),
	"id":                           text(func(u *sourceUser) string { return u.ID }),
	"displayname":                  text(func(u *sourceUser) string { return u.DisplayName }),
	"givenname":                    text(func(u *sourceUser) string { return u.GivenName }),
	"surname":                      text(func(u *sourceUser) string { return u.Surname }),
	"mail":                         text(func(u *sourceUser) string { return u.Mail }),
	"mailnickname":                 text(func(u *sourceUser) string { return u.MailNickname }),
	"department":                   text(func(u *sourceUser) string { return u.Department }),
	"jobtitle":                     text(func(u *sourceUser) string { return u.JobTitle }),
	"companyname":                  text(func(u *sourceUser) string { return u.CompanyName }),
	"employeeid":                   text(func(u *sourceUser) string { return u.EmployeeID }),
	"physicaldeliveryofficename":   text(func(u *sourceUser) string { return u.OfficeLocation }),
	"officelocation":               text(func(u *sourceUser) string { return u.OfficeLocation }),
	"streetaddress":                text(func(u *sourceUser) string { return u.StreetAddress }),
	"city":                         text(func(u *sourceUser) string { return u.City }),
	"state":                        text(func(u *sourceUser) string { return u.State }),
	"postalcode":                   text(func(u *sourceUser) string { return u.PostalCode }),
	"country":                      text(func(u *sourceUser) string { return u.Country }),
	"telephonenumber":              text(func(u *sourceUser) string { return u.BusinessPhone }),
	"businessphone":                text(func(u *sourceUser) string { return u.BusinessPhone }),
	"businessphones":               text(func(u *sourceUser) string { return u.BusinessPhone }),
	"mobile":                       text(func(u *sourceUser) string { return u.MobilePhone }),
	"mobilephone":                  text(func(u *sourceUser) string { return u.MobilePhone }),
	"facsimiletelephonenumber":     text(func(u *sourceUser) string { return u.FaxNumber }),
	"faxnumber":                    text(func(u *sourceUser) string { return u.FaxNumber }),
	"preferredlanguage":            text(func(u *sourceUser) string { return u.PreferredLanguage }),
	"manager":                      text(func(u *sourceUser) string { return u.Manager }),
	"immutableid":                  text(func(u *sourceUser) string { return u.OnPremisesImmutableID }),
	"onpremisesimmutableid":        text(func(u *sourceUser) string { return u.OnPremisesImmutableID }),
	"onpremisesdomainname":         text(func(u *sourceUser) string { return u.OnPremisesDomainName }),
	"onpremisesnetbiosname":        text(func(u *sourceUser) string { return u.OnPremisesNetBiosName }),
	"onpremisessecurityidentifier": text(func(u *sourceUser) string { return u.OnPremisesSecurityIdentifier }),
	"accountenabled":               func(u *sourceUser) expression.Value { return expression.Truth(u.Enabled()) },
	"issoftdeleted":                func(u *sourceUser) expression.Value { return expression.Truth(u.softDeleted) },
	"othermails":                   func(u *sourceUser) expression.Value { return expression.Texts(u.OtherMails) },
	"proxyaddresses":               func(u *sourceUser) expression.Value { return expression.Texts(u.ProxyAddresses) },
	"approleassignments":           func(u *sourceUser) expression.Value { return expression.RoleList(u.roles) },
}

// unavailable names user attributes that the service cannot read
// (learn.microsoft.com, "Known issues for provisioning in Microsoft Entra
// ID").
var unavailable = []string{"samaccountname", "onpremisessamaccountname", "usertype"}

// groupAttributes reads attributes of groups by lower-case name.
var groupAttributes = map[string]func(*directory.Group) expression.Value{
	"displayname":                  text(func(g *directory.Group) string { return g.DisplayName }),
	"objectid":                     text(func(g *directory.Group) string { return g.ID }),
	"id":                           text(func(g *directory.Group) string { return g.ID }),
	"description":                  text(func(g *directory.Group) string { return g.Description }),
	"mailnickname":                 text(func(g *directory.Group) string { return g.MailNickname }),
	"onpremisessamaccountname":     text(func(g *directory.Group) string { return g.OnPremisesSamAccountName }),
	"onpremisesdomainname":         text(func(g *directory.Group) string { return g.OnPremisesDomainName }),
	"onpremisesnetbiosname":        text(func(g *directory.Group) string { return g.OnPremisesNetBiosName }),
	"onpremisessecurityidentifier": text(func(g *directory.Group) string { return g.OnPremisesSecurityIdentifier }),
	"securityenabled":              func(g *directory.Group) expression.Value { return expression.Truth(g.Security()) },
	"members":                      func(*directory.Group) expression.Value { return expression.Value{} }, // a reference
}

func text[T any](read func(T) string) func(T) expression.Value {
	return func(object T) expression.Value { return expression.Optional(read(object)) }
}

// attribute reads an attribute of the user. Directory extensions go by their
// exact names.
func (u *sourceUser) attribute(name string) expression.Value {
	if read, ok := userAttributes[strings.ToLower(name)]; ok {
		return read(u)
	}
	if strings.HasPrefix(name, "extension_") {
		return extension(u.Extensions[name])
	}
	for known, value := range u.ExtensionAttributes {
		if strings.EqualFold(known, name) {
			return expression.Optional(value)
		}
	}
	return expression.Value{}
}

// extension is the value of a directory extension, which may have several.
func extension(values directory.ExtensionValue) expression.Value {
	switch len(values) {
	case 0:
		return expression.Optional("")
	case 1:
		return expression.Optional(values[0])
	}
	return expression.Texts(values)
}

func groupAttribute(g *directory.Group, name string) expression.Value {
	if read, ok := groupAttributes[strings.ToLower(name)]; ok {
		return read(g)
	}
	return expression.Value{}
}

// userNames are the names by which user attributes are known, for suggestions.
var userNames = []string{
	"userPrincipalName", "originalUserPrincipalName", "objectId", "displayName", "givenName", "surname", "mail", "mailNickname", "department",
	"jobTitle", "companyName", "employeeId", "physicalDeliveryOfficeName", "officeLocation", "streetAddress", "city", "state", "postalCode",
	"country", "telephoneNumber", "businessPhones", "mobile", "mobilePhone", "facsimileTelephoneNumber", "faxNumber", "preferredLanguage",
	"manager", "immutableId", "onPremisesImmutableId", "accountEnabled", "IsSoftDeleted", "otherMails", "proxyAddresses", "appRoleAssignments",
}

// checkUserAttribute says why a user has no such attribute, or nothing.
func checkUserAttribute(name string) (problem, hint string) {
	lower := strings.ToLower(name)
	if slices.Contains(unavailable, lower) {
		return fmt.Sprintf("the attribute %s is not available to provisioning", name), "use a directory extension in its place"
	}
	if _, ok := userAttributes[lower]; ok || strings.HasPrefix(name, "extension_") {
		return "", ""
	}
	var n int
	if _, err := fmt.Sscanf(lower, "extensionattribute%d", &n); err == nil && n >= 1 && n <= 15 && lower == fmt.Sprintf("extensionattribute%d", n) {
		return "", ""
	}
	hint = "directory extensions are named extension_<application id>_<name>"
	if known := spelling.Nearest(name, slices.Values(userNames)); known != "" {
		hint = "did you mean " + known + "?"
	}
	return fmt.Sprintf("users have no attribute %s", name), hint
}

// checkGroupAttribute does the same for groups.
func checkGroupAttribute(name string) (problem, hint string) {
	if _, ok := groupAttributes[strings.ToLower(name)]; ok {
		return "", ""
	}
	if known := spelling.Nearest(name, maps.Keys(groupAttributes)); known != "" {
		hint = "did you mean " + known + "?"
	}
	return fmt.Sprintf("groups have no attribute %s", name), hint
}
