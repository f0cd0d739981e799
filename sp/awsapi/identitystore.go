package awsapi

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/idharness/harness/sp/identitystore"
)

// identityStore returns the operations of the Identity Store API (Identity
// Store API reference, Actions).
func (a *api) identityStore() map[string]operation {
	return map[string]operation{
		"ListUsers":    handle(a.listUsers),
		"DescribeUser": handle(a.describeUser),
		"GetUserId":    handle(a.getUserID),
		"CreateUser":   a.createUser,
		"UpdateUser":   handle(a.updateUser),
		"DeleteUser":   handle(a.deleteUser),

		"ListGroups":    handle(a.listGroups),
		"DescribeGroup": handle(a.describeGroup),
		"GetGroupId":    handle(a.getGroupID),
		"CreateGroup":   a.createGroup,
		"UpdateGroup":   handle(a.updateGroup),
		"DeleteGroup":   handle(a.deleteGroup),

		"ListGroupMemberships":          handle(a.listGroupMemberships),
		"ListGroupMembershipsForMember": handle(a.listGroupMembershipsForMember),
		"GetGroupMembershipId":          handle(a.getGroupMembershipID),
		"DescribeGroupMembership":       handle(a.describeGroupMembership),
		"IsMemberInGroups":              handle(a.isMemberInGroups),
		"CreateGroupMembership":         handle(a.createGroupMembership),
		"DeleteGroupMembership":         handle(a.deleteGroupMembership),
	}
}

// storeRef is in every request.
type storeRef struct{ IdentityStoreId *string }

// check opens the checks of a request.
func (s storeRef) check() *violations {
	var v violations
	v.required("identityStoreId", s.IdentityStoreId, identityStoreID)
	return &v
}

// admit closes them: the request keeps its constraints and is for this store.
func (a *api) admit(s storeRef, v *violations) error {
	if err := v.err(); err != nil {
		return err
	}
	if id := *s.IdentityStoreId; id != a.instance.IdentityStoreID() {
		return notFound("IDENTITY_STORE", id, fmt.Sprintf(storeNotFound, id))
	}
	return nil
}

type externalID struct{ Issuer, Id *string }

// issuer is the Issuer of the external ids that SCIM clients set. That it is
// an address of scim.aws.com can be seen in responses that others published;
// that the last part is the SCIM tenant is a guess.
func (a *api) issuer() string { return "https://scim.aws.com/" + a.instance.Store().TenantID() }

// externalIDs lists the external id of a user or group, if it has one.
func (a *api) externalIDs(id string) []externalID {
	if id == "" {
		return nil
	}
	issuer := a.issuer()
	return []externalID{{&issuer, &id}}
}

// alternateIdentifier names a user or group by something else than its id.
type alternateIdentifier struct {
	ExternalId      *externalID
	UniqueAttribute *uniqueAttribute
}

type uniqueAttribute struct {
	AttributePath  *string
	AttributeValue any
}

func (alt *alternateIdentifier) check(v *violations) {
	switch {
	case alt == nil:
		v.add(nullValue, "alternateIdentifier")
	case alt.UniqueAttribute != nil:
		v.required("alternateIdentifier.uniqueAttribute.attributePath", alt.UniqueAttribute.AttributePath, attributePath)
		if alt.UniqueAttribute.AttributeValue == nil {
			v.add(nullValue, "alternateIdentifier.uniqueAttribute.attributeValue")
		}
	case alt.ExternalId != nil:
		if alt.ExternalId.Issuer == nil {
			v.add(nullValue, "alternateIdentifier.externalId.issuer")
		}
		if alt.ExternalId.Id == nil {
			v.add(nullValue, "alternateIdentifier.externalId.id")
		}
	}
}

// byExternalID is what lookup returns instead of the path of an attribute.
const byExternalID = "external id"

// lookup returns by what to look a resource up: the path of a unique attribute
// in lower case, or byExternalID. The documentation writes userName, other
// people's examples UserName and Username; all of them work.
func (a *api) lookup(alt *alternateIdentifier) (by, value string, err error) {
	switch {
	case (alt.ExternalId == nil) == (alt.UniqueAttribute == nil):
		return "", "", invalid(badAlternate, "")
	case alt.ExternalId != nil:
		if *alt.ExternalId.Issuer != a.issuer() {
			return byExternalID, "", nil // nobody has an empty one
		}
		return byExternalID, *alt.ExternalId.Id, nil
	}
	path := *alt.UniqueAttribute.AttributePath
	value, ok := alt.UniqueAttribute.AttributeValue.(string)
	if !ok {
		return "", "", invalid(fmt.Sprintf(badAttributeValue, path), "the value must be a text")
	}
	return strings.ToLower(path), value, nil
}

// notUnique refuses an attribute by which nothing can be looked up.
func notUnique(alt *alternateIdentifier) *fault {
	return invalid(fmt.Sprintf(badAttributePath, *alt.UniqueAttribute.AttributePath), "users are found by userName or emails.value, groups by displayName")
}

// filters is the deprecated way to find one resource in a list.
type filters struct {
	Filters []struct{ AttributePath, AttributeValue *string }
}

func (f filters) check(v *violations) {
	v.count("filters", len(f.Filters), 0, 1)
	for i, filter := range f.Filters {
		member := fmt.Sprintf("filters.%d.member.", i+1)
		v.required(member+"attributePath", filter.AttributePath, attributePath)
		if filter.AttributeValue == nil {
			v.add(nullValue, member+"attributeValue")
		}
	}
}

// value returns what the filter asks for, and whether there is one.
func (f filters) value(path string) (string, bool, error) {
	if len(f.Filters) == 0 {
		return "", false, nil
	}
	if got := *f.Filters[0].AttributePath; got != path {
		return "", false, invalid(fmt.Sprintf(badAttributePath, got), "this list can be filtered by "+path+" only")
	}
	return *f.Filters[0].AttributeValue, true, nil
}

// refuseEmpty refuses a body with an empty text in a member of T.
func refuseEmpty[T any](body []byte) error {
	if path, found := emptyText(exact(body, reflect.TypeFor[T]())); found {
		return identitystore.EmptyValue(path)
	}
	return nil
}
