package awsapi

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/idharness/harness/sp/identitystore"
)

// enterpriseExtension is the only attribute extension of the API (SDK model,
// CreateUserRequest, Extensions).
const enterpriseExtension = "aws:identitystore:enterprise"

// Parts of a user. They convert to and from those of the identity store.
type (
	name struct {
		Formatted       string `json:",omitempty"`
		FamilyName      string `json:",omitempty"`
		GivenName       string `json:",omitempty"`
		MiddleName      string `json:",omitempty"`
		HonorificPrefix string `json:",omitempty"`
		HonorificSuffix string `json:",omitempty"`
	}
	email struct {
		Value   string `json:",omitempty"`
		Type    string `json:",omitempty"`
		Primary bool
	}
	address struct {
		Formatted     string `json:",omitempty"`
		StreetAddress string `json:",omitempty"`
		Locality      string `json:",omitempty"`
		Region        string `json:",omitempty"`
		PostalCode    string `json:",omitempty"`
		Country       string `json:",omitempty"`
		Type          string `json:",omitempty"`
		Primary       bool
	}
	phoneNumber struct {
		Value   string `json:",omitempty"`
		Type    string `json:",omitempty"`
		Primary bool
	}
	role struct {
		Value   string `json:",omitempty"`
		Type    string `json:",omitempty"`
		Primary bool
	}
)

// profile is what requests and responses have in common.
type profile struct {
	UserName          string                     `json:",omitempty"`
	Name              name                       `json:",omitzero"`
	DisplayName       string                     `json:",omitempty"`
	NickName          string                     `json:",omitempty"`
	ProfileUrl        string                     `json:",omitempty"`
	Emails            []email                    `json:",omitempty"`
	Addresses         []address                  `json:",omitempty"`
	PhoneNumbers      []phoneNumber              `json:",omitempty"`
	UserType          string                     `json:",omitempty"`
	Title             string                     `json:",omitempty"`
	PreferredLanguage string                     `json:",omitempty"`
	Locale            string                     `json:",omitempty"`
	Timezone          string                     `json:",omitempty"`
	Roles             []role                     `json:",omitempty"`
	Extensions        map[string]json.RawMessage `json:",omitempty"`
}

// userOutput describes a user. Times are numbers of seconds (Smithy, "AWS JSON
// 1.1 protocol", timestamps). Who created and changed the user stays out: the
// form of these identifiers is not published.
type userOutput struct {
	IdentityStoreId string
	UserId          string
	ExternalIds     []externalID `json:",omitempty"`
	profile
	UserStatus           string
	CreatedAt, UpdatedAt int64
}

func (a *api) userOutput(u identitystore.User, extensions []string) userOutput {
	out := userOutput{
		IdentityStoreId: a.instance.IdentityStoreID(), UserId: u.ID, ExternalIds: a.externalIDs(u.ExternalID),
		profile: profile{
			UserName: u.UserName, Name: name(u.Name), DisplayName: u.DisplayName, NickName: u.NickName, ProfileUrl: u.ProfileURL,
			UserType: u.UserType, Title: u.Title, PreferredLanguage: u.PreferredLanguage, Locale: u.Locale, Timezone: u.Timezone,
		},
		UserStatus: "ENABLED", CreatedAt: u.Created.Unix(), UpdatedAt: u.LastModified.Unix(),
	}
	if !u.Active {
		out.UserStatus = "DISABLED"
	}
	for _, e := range u.Emails {
		out.Emails = append(out.Emails, email(e))
	}
	for _, e := range u.Addresses {
		out.Addresses = append(out.Addresses, address(e))
	}
	for _, e := range u.PhoneNumbers {
		out.PhoneNumbers = append(out.PhoneNumbers, phoneNumber(e))
	}
	for _, e := range u.Roles {
		out.Roles = append(out.Roles, role(e))
	}
	// Extensions come on demand only (SDK model, User, Extensions).
	if u.Enterprise != nil && slices.Contains(extensions, enterpriseExtension) {
		if document, err := json.Marshal(u.Enterprise); err == nil {
			out.Extensions = map[string]json.RawMessage{enterpriseExtension: document}
		}
	}
	return out
}

// user makes a user of the identity store. One made through the API is enabled.
func (p profile) user() (identitystore.User, error) {
	u := identitystore.User{
		UserName: p.UserName, Name: identitystore.Name(p.Name), DisplayName: p.DisplayName, NickName: p.NickName, ProfileURL: p.ProfileUrl,
		UserType: p.UserType, Title: p.Title, PreferredLanguage: p.PreferredLanguage, Locale: p.Locale, Timezone: p.Timezone, Active: true,
	}
	for _, e := range p.Emails {
		u.Emails = append(u.Emails, identitystore.Email(e))
	}
	for _, e := range p.Addresses {
		u.Addresses = append(u.Addresses, identitystore.Address(e))
	}
	for _, e := range p.PhoneNumbers {
		u.PhoneNumbers = append(u.PhoneNumbers, identitystore.PhoneNumber(e))
	}
	for _, e := range p.Roles {
		u.Roles = append(u.Roles, identitystore.Role(e))
	}
	if err := checkExtensions(sortedKeys(p.Extensions)); err != nil {
		return identitystore.User{}, err
	}
	if document, ok := p.Extensions[enterpriseExtension]; ok {
		if err := json.Unmarshal(document, &u.Enterprise); err != nil {
			return identitystore.User{}, invalid(fmt.Sprintf(badAttributeValue, enterpriseExtension), err.Error())
		}
	}
	return u, nil
}

func checkExtensions(names []string) error {
	for _, extension := range names {
		if extension != enterpriseExtension {
			return invalid(fmt.Sprintf(badExtension, extension), enterpriseExtension+" is the only extension")
		}
	}
	return nil
}

type listUsersInput struct {
	storeRef
	pageRequest
	filters
	Extensions []string
}

type listUsersOutput struct {
	Users     []userOutput
	NextToken string `json:",omitempty"`
}

func (a *api) listUsers(in listUsersInput) (listUsersOutput, error) {
	v := in.storeRef.check()
	in.pageRequest.check(v, storeToken)
	in.filters.check(v)
	if err := a.admit(in.storeRef, v); err != nil {
		return listUsersOutput{}, err
	}
	if err := checkExtensions(in.Extensions); err != nil {
		return listUsersOutput{}, err
	}
	out := listUsersOutput{Users: []userOutput{}}
	userName, filtered, err := in.filters.value("UserName")
	if err != nil {
		return listUsersOutput{}, err
	}
	if filtered { // whoever is not found is no error here
		if u, ok := a.instance.Store().UserByName(userName); ok {
			out.Users = append(out.Users, a.userOutput(u, in.Extensions))
		}
		return out, nil
	}
	page, err := in.storePage("ListUsers")
	if err != nil {
		return listUsersOutput{}, err
	}
	users, next := a.instance.Store().UserPage(page)
	for _, u := range users {
		out.Users = append(out.Users, a.userOutput(u, in.Extensions))
	}
	out.NextToken = token("ListUsers", next)
	return out, nil
}

// userRef names a user.
type userRef struct {
	storeRef
	UserId *string
}

func (a *api) admitUser(in userRef) error {
	v := in.check()
	v.required("userId", in.UserId, resourceID)
	return a.admit(in.storeRef, v)
}

type describeUserInput struct {
	userRef
	Extensions []string
}

func (a *api) describeUser(in describeUserInput) (userOutput, error) {
	if err := a.admitUser(in.userRef); err != nil {
		return userOutput{}, err
	}
	if err := checkExtensions(in.Extensions); err != nil {
		return userOutput{}, err
	}
	u, ok := a.instance.Store().User(*in.UserId)
	if !ok {
		return userOutput{}, notFound("USER", *in.UserId, identitystore.UserNotFound)
	}
	return a.userOutput(u, in.Extensions), nil
}

type alternateInput struct {
	storeRef
	AlternateIdentifier *alternateIdentifier
}

type userIDOutput struct{ IdentityStoreId, UserId string }

func (a *api) getUserID(in alternateInput) (userIDOutput, error) {
	v := in.check()
	in.AlternateIdentifier.check(v)
	if err := a.admit(in.storeRef, v); err != nil {
		return userIDOutput{}, err
	}
	by, value, err := a.lookup(in.AlternateIdentifier)
	if err != nil {
		return userIDOutput{}, err
	}
	var u identitystore.User
	var found bool
	switch store := a.instance.Store(); by {
	case byExternalID:
		u, found = store.UserByExternalID(value)
	case "username":
		u, found = store.UserByName(value)
	case "emails.value":
		u, found = store.UserByEmail(value)
	default:
		return userIDOutput{}, notUnique(in.AlternateIdentifier)
	}
	if !found {
		return userIDOutput{}, unknownAlternate("USER", identitystore.UserNotFound)
	}
	return userIDOutput{a.instance.IdentityStoreID(), u.ID}, nil
}

type createUserInput struct {
	storeRef
	profile
	Photos             []json.RawMessage
	Website, Birthdate string
}

func (a *api) createUser(body []byte) (any, error) {
	var in createUserInput
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if err := a.admit(in.storeRef, in.check()); err != nil {
		return nil, err
	}
	if err := refuseEmpty[createUserInput](body); err != nil {
		return nil, err
	}
	for _, attribute := range []struct {
		name  string
		given bool
	}{{"Photos", len(in.Photos) > 0}, {"Website", in.Website != ""}, {"Birthdate", in.Birthdate != ""}} {
		if attribute.given {
			return nil, invalid(fmt.Sprintf(notKept, attribute.name), "AWS has the attribute, the mock's identity store has not")
		}
	}
	u, err := in.user()
	if err != nil {
		return nil, err
	}
	if u, err = a.instance.Store().CreateUser(u); err != nil {
		return nil, err
	}
	return userIDOutput{a.instance.IdentityStoreID(), u.ID}, nil
}

func (a *api) deleteUser(in userRef) (struct{}, error) {
	if err := a.admitUser(in); err != nil {
		return struct{}{}, err
	}
	return struct{}{}, a.instance.Store().DeleteUser(*in.UserId)
}
