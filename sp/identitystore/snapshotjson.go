package identitystore

import (
	"encoding/json"
	"fmt"
	"time"
)

// userRecordJSON and groupRecordJSON are records as JSON: a SCIM resource and
// beside it what a resource does not show.
type (
	userRecordJSON struct {
		Serial    uint64       `json:"serial"`
		CreatedBy string       `json:"createdBy"`
		Resource  UserResource `json:"resource"`

		Additional *Additional `json:"additional,omitempty"`
	}
	groupRecordJSON struct {
		Serial      uint64         `json:"serial"`
		CreatedBy   string         `json:"createdBy"`
		Description string         `json:"description,omitempty"`
		Resource    GroupResource  `json:"resource"`
		Members     []MemberRecord `json:"members"`
	}
)

// MarshalJSON writes the record.
func (r UserRecord) MarshalJSON() ([]byte, error) {
	return marshal(userRecordJSON{r.Serial, r.User.CreatedBy, r.User.Resource(), r.User.Additional})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *UserRecord) UnmarshalJSON(text []byte) error {
	var read userRecordJSON
	if err := json.Unmarshal(text, &read); err != nil {
		return fmt.Errorf("read user of snapshot: %w", err)
	}
	*r = UserRecord{read.Serial, read.Resource.user()}
	r.User.CreatedBy, r.User.Additional = read.CreatedBy, read.Additional
	return nil
}

// MarshalJSON writes the record.
func (r GroupRecord) MarshalJSON() ([]byte, error) {
	return marshal(groupRecordJSON{r.Serial, r.Group.CreatedBy, r.Group.Description, r.Group.Resource(), r.Members})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *GroupRecord) UnmarshalJSON(text []byte) error {
	var read groupRecordJSON
	if err := json.Unmarshal(text, &read); err != nil {
		return fmt.Errorf("read group of snapshot: %w", err)
	}
	*r = GroupRecord{read.Serial, read.Resource.group(), read.Members}
	r.Group.CreatedBy, r.Group.Description = read.CreatedBy, read.Description
	return nil
}

// user is the way back from [User.Resource].
func (r UserResource) user() User {
	u := User{
		ID: r.ID, ExternalID: r.ExternalID,
		UserName: r.UserName, DisplayName: r.DisplayName, NickName: r.NickName, ProfileURL: r.ProfileURL, Title: r.Title, UserType: r.UserType,
		PreferredLanguage: r.PreferredLanguage, Locale: r.Locale, Timezone: r.Timezone, Active: r.Active,
		Emails: r.Emails, Addresses: r.Addresses, PhoneNumbers: r.PhoneNumbers, Roles: r.Roles, Enterprise: r.Enterprise,
		Created: time.Time(r.Meta.Created), LastModified: time.Time(r.Meta.LastModified),
	}
	if r.Name != nil {
		u.Name = *r.Name
	}
	return u
}

// group is the way back from [Group.Resource].
func (r GroupResource) group() Group {
	return Group{
		ID: r.ID, ExternalID: r.ExternalID, DisplayName: r.DisplayName,
		Created: time.Time(r.Meta.Created), LastModified: time.Time(r.Meta.LastModified),
	}
}

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return fmt.Errorf("read date: %w", err)
	}
	*d = Date(t.UTC())
	return nil
}
