package awsapi

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/idharness/harness/sp/identitystore"
)

// operations are the changes of UpdateUser and UpdateGroup, made one after
// another and all or none. A value that is null or not there removes the
// attribute; a multi-valued attribute is replaced as a whole. Paths are in the
// case of SCIM: UpdateUser knows userName and not UserName.
type operations struct {
	Operations []struct {
		AttributePath  *string
		AttributeValue json.RawMessage
	}
}

func (o operations) check(v *violations) {
	if o.Operations == nil {
		v.add(nullValue, "operations")
		return
	}
	v.count("operations", len(o.Operations), 1, 100)
	for i, op := range o.Operations {
		// A part of a multi-valued attribute has an error of its own.
		if op.AttributePath == nil || partOf(*op.AttributePath) == "" {
			v.required(fmt.Sprintf("operations.%d.member.attributePath", i+1), op.AttributePath, attributePath)
		}
	}
}

// partOf returns the multi-valued attribute of which the path is a part.
func partOf(path string) string {
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		return ""
	}
	switch attribute := path[:end]; attribute {
	case "emails", "addresses", "phoneNumbers", "roles":
		return attribute
	}
	return ""
}

// apply sets the attribute at each path. target returns where its value goes:
// a *string or anything else that JSON can be read into, nil if there is no
// such attribute.
func (o operations) apply(target func(path string) any) error {
	for _, op := range o.Operations {
		path := *op.AttributePath
		if attribute := partOf(path); attribute != "" {
			return invalid(fmt.Sprintf(partOfMultiValued, attribute), "the path is "+path)
		}
		to := target(path)
		if to == nil {
			return invalid(fmt.Sprintf(unsupportedUpdate, path), "paths are in the case of SCIM, such as userName or name.familyName")
		}
		value := op.AttributeValue
		if value == nil {
			value = json.RawMessage("null")
		}
		if at, found := emptyText(value); found {
			return identitystore.EmptyValue(strings.TrimSuffix(path+"."+at, "."))
		}
		if text, ok := to.(*string); ok {
			*text = "" // null leaves a string as it is
		}
		// The names in documents are taken in either case, emails[].value and
		// Value: clients send both.
		if err := json.Unmarshal(value, to); err != nil {
			return invalid(fmt.Sprintf(badAttributeValue, path), err.Error())
		}
	}
	return nil
}

type updateUserInput struct {
	userRef
	operations
}

func (a *api) updateUser(in updateUserInput) (struct{}, error) {
	v := in.storeRef.check()
	v.required("userId", in.UserId, resourceID)
	in.operations.check(v)
	if err := a.admit(in.storeRef, v); err != nil {
		return struct{}{}, err
	}
	_, err := a.instance.Store().UpdateUser(*in.UserId, func(u *identitystore.User) error {
		return in.apply(func(path string) any { return userAttribute(u, path) })
	})
	return struct{}{}, err
}

func userAttribute(u *identitystore.User, path string) any {
	if extension, ok := strings.CutPrefix(path, enterpriseExtension); ok {
		return enterpriseAttribute(u, extension)
	}
	switch path {
	case "userName":
		return &u.UserName
	case "name":
		u.Name = identitystore.Name{}
		return &u.Name
	case "name.formatted":
		return &u.Name.Formatted
	case "name.familyName":
		return &u.Name.FamilyName
	case "name.givenName":
		return &u.Name.GivenName
	case "name.middleName":
		return &u.Name.MiddleName
	case "name.honorificPrefix":
		return &u.Name.HonorificPrefix
	case "name.honorificSuffix":
		return &u.Name.HonorificSuffix
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
	case "emails":
		u.Emails = nil
		return &u.Emails
	case "addresses":
		u.Addresses = nil
		return &u.Addresses
	case "phoneNumbers":
		u.PhoneNumbers = nil
		return &u.PhoneNumbers
	case "roles":
		u.Roles = nil
		return &u.Roles
	}
	return nil
}

// enterpriseAttribute finds what follows the name of the extension in a path.
func enterpriseAttribute(u *identitystore.User, path string) any {
	if path == "" {
		u.Enterprise = nil
		return &u.Enterprise
	}
	if u.Enterprise == nil {
		u.Enterprise = &identitystore.Enterprise{} // the store drops it if it stays empty
	}
	e := u.Enterprise
	switch path {
	case ".employeeNumber":
		return &e.EmployeeNumber
	case ".costCenter":
		return &e.CostCenter
	case ".organization":
		return &e.Organization
	case ".division":
		return &e.Division
	case ".department":
		return &e.Department
	case ".manager":
		e.Manager = nil
		return &e.Manager
	case ".manager.value":
		if e.Manager == nil {
			e.Manager = &identitystore.Manager{}
		}
		return &e.Manager.Value
	}
	return nil
}

type updateGroupInput struct {
	groupRef
	operations
}

func (a *api) updateGroup(in updateGroupInput) (struct{}, error) {
	v := in.groupRef.check()
	in.operations.check(v)
	if err := a.admit(in.storeRef, v); err != nil {
		return struct{}{}, err
	}
	_, err := a.instance.Store().UpdateGroup(*in.GroupId, func(g *identitystore.Group) error {
		return in.apply(func(path string) any {
			switch path {
			case "displayName":
				return &g.DisplayName
			case "description":
				return &g.Description
			}
			return nil
		})
	})
	return struct{}{}, err
}
