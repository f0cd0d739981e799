package identitystore

import (
	"bytes"
	"encoding/json"
	"time"
)

// URNs of the schemas that resources list (RFC 7643 section 8.7).
const (
	UserURN  = "urn:ietf:params:scim:schemas:core:2.0:User"
	GroupURN = "urn:ietf:params:scim:schemas:core:2.0:Group"
)

// UserResource is a user as a SCIM resource, with the keys in the order in
// which the service writes them (developer guide, CreateUser, example
// response). Attributes without a value are left out.
type UserResource struct {
	ID                string        `json:"id"`
	ExternalID        string        `json:"externalId,omitempty"`
	Meta              Meta          `json:"meta"`
	Schemas           []string      `json:"schemas"`
	UserName          string        `json:"userName"`
	Name              *Name         `json:"name,omitempty"`
	DisplayName       string        `json:"displayName,omitempty"`
	NickName          string        `json:"nickName,omitempty"`
	ProfileURL        string        `json:"profileUrl,omitempty"`
	Title             string        `json:"title,omitempty"`
	UserType          string        `json:"userType,omitempty"`
	PreferredLanguage string        `json:"preferredLanguage,omitempty"`
	Locale            string        `json:"locale,omitempty"`
	Timezone          string        `json:"timezone,omitempty"`
	Active            bool          `json:"active"`
	Emails            []Email       `json:"emails,omitempty"`
	Addresses         []Address     `json:"addresses,omitempty"`
	PhoneNumbers      []PhoneNumber `json:"phoneNumbers,omitempty"`
	Roles             []Role        `json:"roles,omitempty"`
	Enterprise        *Enterprise   `json:"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,omitempty"`
}

// GroupResource is a group as a SCIM resource.
type GroupResource struct {
	ID          string   `json:"id"`
	ExternalID  string   `json:"externalId,omitempty"`
	Meta        Meta     `json:"meta"`
	Schemas     []string `json:"schemas"`
	DisplayName string   `json:"displayName"`
}

// Meta is a resource's metadata: the service has no version and no location.
type Meta struct {
	ResourceType string `json:"resourceType"`
	Created      Date   `json:"created"`
	LastModified Date   `json:"lastModified"`
}

// Date is a time that is written to the second, in UTC.
type Date time.Time

// String writes the date.
func (d Date) String() string { return time.Time(d).UTC().Format("2006-01-02T15:04:05Z") }

// MarshalText writes the date.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Resource returns the user as a SCIM resource, which shares the user's lists.
func (u User) Resource() UserResource {
	r := UserResource{
		ID: u.ID, ExternalID: u.ExternalID,
		Meta:     Meta{"User", Date(u.Created), Date(u.LastModified)},
		Schemas:  []string{UserURN},
		UserName: u.UserName, DisplayName: u.DisplayName, NickName: u.NickName, ProfileURL: u.ProfileURL, Title: u.Title, UserType: u.UserType,
		PreferredLanguage: u.PreferredLanguage, Locale: u.Locale, Timezone: u.Timezone, Active: u.Active,
		Emails: u.Emails, Addresses: u.Addresses, PhoneNumbers: u.PhoneNumbers, Roles: u.Roles, Enterprise: u.Enterprise,
	}
	if u.Name != (Name{}) {
		r.Name = &u.Name
	}
	if u.Enterprise != nil {
		r.Schemas = append(r.Schemas, EnterpriseURN)
	}
	return r
}

// Resource returns the group as a SCIM resource, without members: the service
// never shows them (developer guide, GetGroup).
func (g Group) Resource() GroupResource {
	return GroupResource{
		ID: g.ID, ExternalID: g.ExternalID,
		Meta:        Meta{"Group", Date(g.Created), Date(g.LastModified)},
		Schemas:     []string{GroupURN},
		DisplayName: g.DisplayName,
	}
}

// MarshalJSON writes the user as a SCIM resource.
func (u User) MarshalJSON() ([]byte, error) { return marshal(u.Resource()) }

// MarshalJSON writes the group as a SCIM resource.
func (g Group) MarshalJSON() ([]byte, error) { return marshal(g.Resource()) }

// marshal writes JSON without the escapes that HTML would need.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.Bytes(), err
}
