package sp

import (
	"slices"
	"strings"

	"github.com/idharness/harness/sp/identitystore"
)

// profileAttribute returns how a source of an attribute for access control
// reads a user's profile, or false for what is no such source.
func profileAttribute(source string) (func(identitystore.User) string, bool) {
	path, ok := strings.CutPrefix(source, "${path:")
	if !ok || !strings.HasSuffix(path, "}") {
		return nil, false
	}
	path = strings.TrimSuffix(path, "}")
	if !slices.Contains(accessControlSources(), source) {
		return nil, false
	}
	return func(u identitystore.User) string { return profileValue(u, path) }, true
}

// accessControlSources are the attributes of the identity store that can be
// chosen as sources (user guide, "Supported directory attributes").
func accessControlSources() []string {
	paths := []string{
		"userName", "name.familyName", "name.givenName", "displayName", "nickName", "emails[primary eq true].value",
		`addresses[type eq "work"].streetAddress`, `addresses[type eq "work"].locality`, `addresses[type eq "work"].region`,
		`addresses[type eq "work"].postalCode`, `addresses[type eq "work"].country`, `addresses[type eq "work"].formatted`,
		`phoneNumbers[type eq "work"].value`, "userType", "title", "locale", "timezone",
		"enterprise.employeeNumber", "enterprise.costCenter", "enterprise.organization", "enterprise.division", "enterprise.department", "enterprise.manager.value",
	}
	for n, path := range paths {
		paths[n] = "${path:" + path + "}"
	}
	return paths
}

func profileValue(u identitystore.User, path string) string {
	switch path {
	case "userName":
		return u.UserName
	case "name.familyName":
		return u.Name.FamilyName
	case "name.givenName":
		return u.Name.GivenName
	case "displayName":
		return u.DisplayName
	case "nickName":
		return u.NickName
	case "userType":
		return u.UserType
	case "title":
		return u.Title
	case "locale":
		return u.Locale
	case "timezone":
		return u.Timezone
	case "emails[primary eq true].value":
		for _, email := range u.Emails {
			if email.Primary {
				return email.Value
			}
		}
		return ""
	case `phoneNumbers[type eq "work"].value`:
		for _, phone := range u.PhoneNumbers {
			if strings.EqualFold(phone.Type, "work") {
				return phone.Value
			}
		}
		return ""
	}
	if part, ok := strings.CutPrefix(path, `addresses[type eq "work"].`); ok {
		for _, address := range u.Addresses {
			if strings.EqualFold(address.Type, "work") {
				return addressPart(address, part)
			}
		}
		return ""
	}
	if part, ok := strings.CutPrefix(path, "enterprise."); ok && u.Enterprise != nil {
		return enterprisePart(*u.Enterprise, part)
	}
	return ""
}

func addressPart(a identitystore.Address, part string) string {
	switch part {
	case "streetAddress":
		return a.StreetAddress
	case "locality":
		return a.Locality
	case "region":
		return a.Region
	case "postalCode":
		return a.PostalCode
	case "country":
		return a.Country
	case "formatted":
		return a.Formatted
	}
	return ""
}

func enterprisePart(e identitystore.Enterprise, part string) string {
	switch part {
	case "employeeNumber":
		return e.EmployeeNumber
	case "costCenter":
		return e.CostCenter
	case "organization":
		return e.Organization
	case "division":
		return e.Division
	case "department":
		return e.Department
	case "manager.value":
		if e.Manager != nil {
			return e.Manager.Value
		}
	}
	return ""
}
