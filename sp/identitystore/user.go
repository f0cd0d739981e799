package identitystore

import (
	"slices"
	"time"
)

// User is a user as IAM Identity Center keeps it. Attribute names are those of
// SCIM; as JSON it is a SCIM resource, see [User.Resource]. An empty text means
// that the attribute has no value.
type User struct {
	ID          string // made by the store
	ExternalID  string
	UserName    string
	Name        Name
	DisplayName string
	NickName    string
	ProfileURL  string
	Title       string
	UserType    string

	PreferredLanguage string
	Locale            string
	Timezone          string

	Active bool // a user who is not active cannot sign in

	// Of each of these the service keeps one value.
	Emails       []Email
	Addresses    []Address
	PhoneNumbers []PhoneNumber
	Roles        []Role

	Enterprise *Enterprise // nil: no attribute of the enterprise extension
	Additional *Additional // nil: nothing that AWS does not have

	Created      time.Time // set by the store, as is LastModified
	LastModified time.Time
	CreatedBy    string // CreatedBySCIM or CreatedManually
}

// Who created a user or group, in the words of the console's column "Created
// by" (user guide, "Provision users and groups from an external identity
// provider using SCIM").
const (
	CreatedBySCIM   = "SCIM"
	CreatedManually = "Manual" // also when CreatedBy is left empty
)

// Name holds the components of a user's name.
type Name struct {
	Formatted       string `json:"formatted,omitempty"`
	FamilyName      string `json:"familyName,omitempty"`
	GivenName       string `json:"givenName,omitempty"`
	MiddleName      string `json:"middleName,omitempty"`
	HonorificPrefix string `json:"honorificPrefix,omitempty"`
	HonorificSuffix string `json:"honorificSuffix,omitempty"`
}

// Email is an e-mail address.
type Email struct {
	Value   string `json:"value,omitempty"`
	Type    string `json:"type,omitempty"`
	Primary bool   `json:"primary,omitempty"`
}

// Address is a postal address.
type Address struct {
	Formatted     string `json:"formatted,omitempty"`
	StreetAddress string `json:"streetAddress,omitempty"`
	Locality      string `json:"locality,omitempty"`
	Region        string `json:"region,omitempty"`
	PostalCode    string `json:"postalCode,omitempty"`
	Country       string `json:"country,omitempty"`
	Type          string `json:"type,omitempty"`
	Primary       bool   `json:"primary,omitempty"`
}

// PhoneNumber is a telephone number.
type PhoneNumber struct {
	Value   string `json:"value,omitempty"`
	Type    string `json:"type,omitempty"`
	Primary bool   `json:"primary,omitempty"`
}

// Role is a role that the user has at work; it grants nothing in AWS.
type Role struct {
	Value   string `json:"value,omitempty"`
	Type    string `json:"type,omitempty"`
	Primary bool   `json:"primary,omitempty"`
}

// Enterprise holds the attributes of the enterprise extension.
type Enterprise struct {
	EmployeeNumber string   `json:"employeeNumber,omitempty"`
	CostCenter     string   `json:"costCenter,omitempty"`
	Organization   string   `json:"organization,omitempty"`
	Division       string   `json:"division,omitempty"`
	Department     string   `json:"department,omitempty"`
	Manager        *Manager `json:"manager,omitempty"`
}

// Manager refers to the user's manager. The service returns the id and drops
// the $ref (developer guide, CreateUser).
type Manager struct {
	Value string `json:"value,omitempty"`
}

// PrimaryEmail returns the e-mail address that is marked primary, or the first
// one, or nothing.
func (u User) PrimaryEmail() string {
	for _, email := range u.Emails {
		if email.Primary {
			return email.Value
		}
	}
	if len(u.Emails) > 0 {
		return u.Emails[0].Value
	}
	return ""
}

func (u User) clone() User {
	u.Emails = slices.Clone(u.Emails)
	u.Addresses = slices.Clone(u.Addresses)
	u.PhoneNumbers = slices.Clone(u.PhoneNumbers)
	u.Roles = slices.Clone(u.Roles)
	u.Additional = u.Additional.clone()
	if u.Enterprise != nil {
		e := *u.Enterprise
		if e.Manager != nil {
			m := *e.Manager
			e.Manager = &m
		}
		u.Enterprise = &e
	}
	return u
}

// tidied drops parts that hold no value, since unassigned, empty and missing
// are one state (RFC 7643 section 2.5).
func (u User) tidied() User {
	u = u.clone()
	u.Emails = nonEmpty(u.Emails)
	u.Addresses = nonEmpty(u.Addresses)
	u.PhoneNumbers = nonEmpty(u.PhoneNumbers)
	u.Roles = nonEmpty(u.Roles)
	u.Additional = u.Additional.tidied()
	if u.Enterprise != nil {
		if m := u.Enterprise.Manager; m != nil && *m == (Manager{}) {
			u.Enterprise.Manager = nil
		}
		if *u.Enterprise == (Enterprise{}) {
			u.Enterprise = nil
		}
	}
	return u
}

func nonEmpty[E comparable](list []E) []E {
	var zero E
	list = slices.DeleteFunc(list, func(e E) bool { return e == zero })
	if len(list) == 0 {
		return nil
	}
	return list
}
