package identitystore

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths and patterns are those of the Identity Store API (API reference,
// CreateUser, CreateGroup, ExternalId), which has the same store behind it.
const (
	maxUserName   = 128
	maxExternalID = 256
	maxText       = 1024
)

// rule is what a text attribute must satisfy.
type rule struct {
	max     int
	pattern string
	allowed func(rune) bool
	words   string // the pattern in words
}

func nameRule(max int) rule {
	return rule{max, namePattern, printable, "letters, marks, symbols, numbers and punctuation without spaces"}
}

func textRule() rule {
	return rule{maxText, textPattern, printableOrSpace, "letters, marks, symbols, numbers, punctuation, spaces, tabs and line ends"}
}

// printable reports whether r is in one of the categories of namePattern.
func printable(r rune) bool {
	return r != ' ' && unicode.IsPrint(r)
}

// printableOrSpace also takes the no-break and the ideographic space, which
// the API reference lists and the error text does not.
func printableOrSpace(r rune) bool {
	switch r {
	case '\t', '\n', '\r', ' ', '\u00a0', '\u3000':
		return true
	}
	return printable(r)
}

// violations collects what is wrong with a user or group, so that one error
// tells all of it.
type violations struct {
	rules Rules
	texts []string
	first Error // attribute, value and expectation of the first one
}

func (v *violations) add(attribute, value, expected, format string, args ...any) {
	if len(v.texts) == 0 {
		v.first = Error{Attribute: attribute, Value: value, Expected: expected}
	}
	v.texts = append(v.texts, fmt.Sprintf(format, args...))
}

func (v *violations) err() error {
	if len(v.texts) == 0 {
		return nil
	}
	return v.all()
}

func (v *violations) all() *Error {
	e := v.first
	e.Kind = Invalid
	e.Message = fmt.Sprintf(violationsFound, len(v.texts), strings.Join(v.texts, "; "))
	return &e
}

func (v *violations) required(attribute, value string, r rule) {
	if value == "" && slices.Contains(v.rules.Optional, attribute) {
		return
	}
	if value == "" {
		v.add(attribute, "", "a value: the attribute is required", nullAt+mustNotBeNull, attribute)
		return
	}
	v.text(attribute, value, r)
}

// text checks a value; an empty one is none.
func (v *violations) text(attribute, value string, r rule) {
	if v.rules.AnyText {
		return
	}
	if length := utf8.RuneCountInString(value); length > r.max {
		v.add(attribute, value, fmt.Sprintf("at most %d characters (got %d)", r.max, length),
			violationAt+mustBeShorter, attribute, r.max)
	}
	bad := strings.IndexFunc(value, func(c rune) bool {
		return !r.allowed(c) || attribute != "profileUrl" && strings.ContainsRune(v.rules.Forbidden, c)
	})
	if !utf8.ValidString(value) || bad >= 0 {
		expected := "only " + r.words
		if bad >= 0 {
			c, _ := utf8.DecodeRuneInString(value[bad:])
			expected += fmt.Sprintf(" (%U at byte %d is none of these)", c, bad)
		}
		v.add(attribute, value, expected, violationAt+mustMatch+"%s", attribute, r.pattern)
	}
}

func (v *violations) notReserved(attribute, value string) {
	if v.rules.AnyName {
		return
	}
	for _, reserved := range []string{"Administrator", "AWSAdministrators"} {
		if strings.EqualFold(value, reserved) {
			v.add(attribute, value, "a name other than Administrator and AWSAdministrators", violationAt+mustNotBeReserved, attribute)
		}
	}
}

// EmptyValue is the error for an attribute that was sent with an empty text,
// which the service tells from one that was not sent (user guide, "Logging IAM
// Identity Center SCIM API calls with CloudTrail").
func EmptyValue(attribute string) *Error {
	pattern := textPattern
	if attribute == "userName" || attribute == "externalId" {
		pattern = namePattern
	}
	var v violations
	v.add(attribute, `""`, "a text of at least one character, or no such attribute", violationAt+mustBeLonger, attribute)
	v.add(attribute, "", "", violationAt+mustMatch+"%s", attribute, pattern)
	return v.all()
}

// TooManyValues is the error for a multi-valued attribute with more than the
// one value that the service keeps (the same page).
func (r Rules) TooManyValues(attribute string, count int) *Error {
	message := fmt.Sprintf(tooManyValues, attribute)
	if r.OldListText {
		message = tooManyValuesOld
	}
	return &Error{Kind: Invalid, Attribute: attribute, Value: fmt.Sprintf("%d values", count), Message: message, Expected: "at most one value"}
}

// EnterpriseURN names the enterprise extension of the user schema (RFC 7643
// section 4.3).
const EnterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

func (r Rules) checkUser(u *User) error {
	for _, list := range []struct {
		attribute string
		count     int
	}{{"emails", len(u.Emails)}, {"addresses", len(u.Addresses)}, {"phoneNumbers", len(u.PhoneNumbers)}, {"roles", len(u.Roles)}} {
		if list.count > 1 && !r.ManyValues {
			return r.TooManyValues(list.attribute, list.count)
		}
	}

	v := violations{rules: r}
	text := textRule()
	v.text("externalId", u.ExternalID, nameRule(maxExternalID))
	v.required("userName", u.UserName, r.userNameRule())
	v.notReserved("userName", u.UserName)
	v.text("name.formatted", u.Name.Formatted, text)
	v.required("name.familyName", u.Name.FamilyName, text)
	v.required("name.givenName", u.Name.GivenName, text)
	v.text("name.middleName", u.Name.MiddleName, text)
	v.text("name.honorificPrefix", u.Name.HonorificPrefix, text)
	v.text("name.honorificSuffix", u.Name.HonorificSuffix, text)
	v.required("displayName", u.DisplayName, text)
	v.text("nickName", u.NickName, text)
	v.text("profileUrl", u.ProfileURL, text)
	v.text("title", u.Title, text)
	v.text("userType", u.UserType, text)
	v.text("preferredLanguage", u.PreferredLanguage, text)
	v.text("locale", u.Locale, text)
	v.text("timezone", u.Timezone, text)
	for _, e := range u.Emails {
		v.text("emails.value", e.Value, text)
		v.text("emails.type", e.Type, text)
	}
	for _, a := range u.Addresses {
		v.text("addresses.formatted", a.Formatted, text)
		v.text("addresses.streetAddress", a.StreetAddress, text)
		v.text("addresses.locality", a.Locality, text)
		v.text("addresses.region", a.Region, text)
		v.text("addresses.postalCode", a.PostalCode, text)
		v.text("addresses.country", a.Country, text)
		v.text("addresses.type", a.Type, text)
	}
	for _, p := range u.PhoneNumbers {
		v.text("phoneNumbers.value", p.Value, text)
		v.text("phoneNumbers.type", p.Type, text)
	}
	for _, role := range u.Roles {
		v.text("roles.value", role.Value, text)
		v.text("roles.type", role.Type, text)
	}
	if e := u.Enterprise; e != nil {
		v.text(EnterpriseURN+".employeeNumber", e.EmployeeNumber, text)
		v.text(EnterpriseURN+".costCenter", e.CostCenter, text)
		v.text(EnterpriseURN+".organization", e.Organization, text)
		v.text(EnterpriseURN+".division", e.Division, text)
		v.text(EnterpriseURN+".department", e.Department, text)
		if e.Manager != nil {
			v.text(EnterpriseURN+".manager.value", e.Manager.Value, text)
		}
	}
	return v.err()
}

func (r Rules) checkGroup(g *Group) error {
	r.Optional = nil // these are attributes of users
	v := violations{rules: r}
	v.text("externalId", g.ExternalID, nameRule(maxExternalID))
	v.required("displayName", g.DisplayName, textRule())
	v.notReserved("displayName", g.DisplayName)
	v.text("description", g.Description, textRule())
	return v.err()
}
