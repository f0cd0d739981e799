package awsapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/sp/identitystore"
)

const created = float64(1767603600) // start in seconds, as JSON gives it

// The shape of Identity Store API reference, DescribeUser. Extensions come on
// demand; attributes without a value stay out.
func TestDescribeUser(t *testing.T) {
	c := newClient(t)
	u := person("ana", "Ana", "Sousa")
	u.ExternalID = "cb7f1b3c-0000-4000-8000-000000000001"
	u.Title, u.Locale, u.ProfileURL = "Engineer", "pt-PT", "https://contoso.example/ana"
	u.Addresses = []identitystore.Address{{Locality: "Lisbon", Country: "PT"}}
	u.Enterprise = &identitystore.Enterprise{Department: "Platform", Manager: &identitystore.Manager{Value: nobody}}
	u = c.addUser(u)
	want := object{
		"IdentityStoreId": storeID, "UserId": u.ID, "UserName": "ana@contoso.example", "DisplayName": "Ana Sousa",
		"Name":        object{"GivenName": "Ana", "FamilyName": "Sousa"},
		"ExternalIds": []any{object{"Issuer": "https://scim.aws.com/" + c.instance.Store().TenantID(), "Id": "cb7f1b3c-0000-4000-8000-000000000001"}},
		"Emails":      []any{object{"Value": "ana@contoso.example", "Type": "work", "Primary": true}},
		"Addresses":   []any{object{"Locality": "Lisbon", "Country": "PT", "Primary": false}},
		"Title":       "Engineer", "Locale": "pt-PT", "ProfileUrl": "https://contoso.example/ana",
		"UserStatus": "ENABLED", "CreatedAt": created, "UpdatedAt": created,
	}
	if diff := cmp.Diff(want, c.store("DescribeUser", object{"UserId": u.ID})); diff != "" {
		t.Errorf("DescribeUser (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(object{"Users": []any{want}}, c.store("ListUsers", nil)); diff != "" {
		t.Errorf("ListUsers (-want +got):\n%s", diff)
	}
	want["Extensions"] = object{"aws:identitystore:enterprise": object{"department": "Platform", "manager": object{"value": nobody}}}
	extensions := []string{"aws:identitystore:enterprise"}
	if diff := cmp.Diff(want, c.store("DescribeUser", object{"UserId": u.ID, "Extensions": extensions})); diff != "" {
		t.Errorf("with extensions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(object{"Users": []any{want}}, c.store("ListUsers", object{"Extensions": extensions})); diff != "" {
		t.Errorf("ListUsers with extensions (-want +got):\n%s", diff)
	}
}

func TestUserStatusFollowsActive(t *testing.T) {
	c := newClient(t)
	u := person("ana", "Ana", "Sousa")
	u.Active = false
	if got := c.store("DescribeUser", object{"UserId": c.addUser(u).ID})["UserStatus"]; got != "DISABLED" {
		t.Errorf("UserStatus %v", got)
	}
}

// Identity Store API reference, ListUsers: pages of MaxResults, a NextToken
// while there is more. Deleting a user between two pages loses nobody else.
func TestListUsersPages(t *testing.T) {
	c := newClient(t)
	var ids []string
	for _, userName := range strings.Fields("a b c d e") {
		ids = append(ids, c.addUser(person(userName, "Given", "Family")).ID)
	}
	var got []string
	input := object{"MaxResults": 2}
	for page := 0; ; page++ {
		output := c.store("ListUsers", input)
		users := output["Users"].([]any)
		if len(users) > 2 {
			t.Fatalf("page of %d users", len(users))
		}
		for _, u := range users {
			got = append(got, u.(object)["UserId"].(string))
		}
		if page == 0 {
			c.store("DeleteUser", object{"UserId": ids[0]})
		}
		next, more := output["NextToken"]
		if !more {
			break
		}
		input["NextToken"] = next
	}
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
}

func TestListUsersReturnsAHundredByDefault(t *testing.T) {
	c := newClient(t)
	for n := range 101 {
		c.addUser(person("u"+strings.Repeat("x", n), "Given", "Family"))
	}
	first := c.store("ListUsers", nil)
	rest := c.store("ListUsers", object{"NextToken": first["NextToken"]})
	if a, b := len(first["Users"].([]any)), len(rest["Users"].([]any)); a != 100 || b != 1 {
		t.Errorf("pages of %d and %d users", a, b)
	}
}

// The deprecated filter finds by UserName; nobody found is an empty list.
func TestListUsersFilter(t *testing.T) {
	c := newClient(t)
	c.addUser(person("bob", "Bob", "Lima"))
	ana := c.addUser(person("ana", "Ana", "Sousa"))
	filter := func(value string) []any {
		return c.store("ListUsers", object{"Filters": []object{{"AttributePath": "UserName", "AttributeValue": value}}})["Users"].([]any)
	}
	if got := filter("ana@contoso.example"); len(got) != 1 || got[0].(object)["UserId"] != ana.ID {
		t.Errorf("ana: %v", got)
	}
	if got := filter("eve@contoso.example"); len(got) != 0 {
		t.Errorf("eve: %v", got)
	}
}

func TestGetUserId(t *testing.T) {
	c := newClient(t)
	u := person("ana", "Ana", "Sousa")
	u.ExternalID, u.Emails[0].Value = "00aaaaabbbbb", "ana.sousa@contoso.example"
	u = c.addUser(u)
	unique := func(path string, value any) object {
		return object{"AlternateIdentifier": object{"UniqueAttribute": object{"AttributePath": path, "AttributeValue": value}}}
	}
	external := func(issuer, id string) object {
		return object{"AlternateIdentifier": object{"ExternalId": object{"Issuer": issuer, "Id": id}}}
	}
	issuer := c.store("DescribeUser", object{"UserId": u.ID})["ExternalIds"].([]any)[0].(object)["Issuer"].(string)
	for name, input := range map[string]object{
		"userName":                unique("userName", "ana@contoso.example"),
		"in Terraform's spelling": unique("UserName", "ana@contoso.example"),
		"emails.value":            unique("emails.value", "ana.sousa@contoso.example"),
		"external id":             external(issuer, "00aaaaabbbbb"),
	} {
		t.Run(name, func(t *testing.T) {
			on := *c
			on.t = t
			if diff := cmp.Diff(object{"IdentityStoreId": storeID, "UserId": u.ID}, on.store("GetUserId", input)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	missing := object{"__type": "ResourceNotFoundException", "Message": "USER not found.", "ResourceType": "USER"}
	c.refused("AWSIdentityStore", "IdentityStoreId", storeID, true, []refusal{
		{"nobody has the userName", "GetUserId", unique("userName", "ana.sousa@contoso.example"), missing},
		{"nobody has the address", "GetUserId", unique("emails.value", "ana@contoso.example"), missing},
		{"another issuer", "GetUserId", external("https://scim.aws.com/other", "00aaaaabbbbb"), missing},
		{"an attribute that is not unique", "GetUserId", unique("displayName", "Ana Sousa"), object{"__type": "ValidationException", "Message": "AttributePath displayName is not supported."}},
		{"a value that is no text", "GetUserId", unique("userName", 1), object{"__type": "ValidationException", "Message": "AttributeValue of AttributePath userName is not valid."}},
		{"both", "GetUserId", object{"AlternateIdentifier": object{"ExternalId": object{"Issuer": issuer, "Id": "x"}, "UniqueAttribute": object{"AttributePath": "userName", "AttributeValue": "x"}}},
			object{"__type": "ValidationException", "Message": "AlternateIdentifier must have one of ExternalId and UniqueAttribute."}},
		{"neither", "GetUserId", object{"AlternateIdentifier": object{}}, object{"__type": "ValidationException", "Message": "AlternateIdentifier must have one of ExternalId and UniqueAttribute."}},
		{"no identifier", "GetUserId", nil, object{"__type": "ValidationException", "Message": "1 validation error detected: Value null at 'alternateIdentifier' failed to satisfy constraint: Member must not be null"}},
	})
}

// What CreateUser takes, DescribeUser gives back; the store that SCIM and
// sign-in use has the user, enabled.
func TestCreateUser(t *testing.T) {
	c := newClient(t)
	input := object{
		"UserName": "ana@contoso.example", "DisplayName": "Ana Sousa", "Name": object{"GivenName": "Ana", "FamilyName": "Sousa", "MiddleName": "M", "Formatted": "F", "HonorificPrefix": "Eng.", "HonorificSuffix": "PhD"},
		"NickName": "ana", "ProfileUrl": "https://contoso.example/ana", "UserType": "Employee", "Title": "Engineer", "PreferredLanguage": "pt", "Locale": "pt-PT", "Timezone": "Europe/Lisbon",
		"Emails":       []any{object{"Value": "ana@contoso.example", "Type": "work", "Primary": true}},
		"Addresses":    []any{object{"StreetAddress": "Rua 1", "Locality": "Lisbon", "Region": "Lisbon", "PostalCode": "1000", "Country": "PT", "Formatted": "Rua 1, Lisbon", "Type": "work", "Primary": true}},
		"PhoneNumbers": []any{object{"Value": "+351 1", "Type": "mobile", "Primary": false}},
		"Roles":        []any{object{"Value": "lead", "Type": "team", "Primary": true}},
		"Extensions":   object{"aws:identitystore:enterprise": object{"costCenter": "CC-1", "Department": "Platform"}},
	}
	output := c.store("CreateUser", input)
	id, _ := output["UserId"].(string)
	if diff := cmp.Diff(object{"IdentityStoreId": storeID, "UserId": id}, output); diff != "" || !anyUUID.MatchString(id) {
		t.Errorf("CreateUser: id %q (-want +got):\n%s", id, diff)
	}
	want := with(input, "IdentityStoreId", storeID)
	want["UserId"], want["UserStatus"], want["CreatedAt"], want["UpdatedAt"] = id, "ENABLED", created, created
	want["Extensions"] = object{"aws:identitystore:enterprise": object{"costCenter": "CC-1", "department": "Platform"}}
	got := c.store("DescribeUser", object{"UserId": id, "Extensions": []string{"aws:identitystore:enterprise"}})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("DescribeUser (-want +got):\n%s", diff)
	}
	if u, ok := c.instance.Store().UserByName("ana@contoso.example"); !ok || !u.Active || u.CreatedBy != identitystore.CreatedManually {
		t.Errorf("in the store: %t, active %t, created by %q", ok, u.Active, u.CreatedBy)
	}
}

func TestCreateUserIsRefused(t *testing.T) {
	c := newClient(t)
	c.addUser(person("ana", "Ana", "Sousa"))
	bob := object{"UserName": "bob@contoso.example", "DisplayName": "Bob Lima", "Name": object{"GivenName": "Bob", "FamilyName": "Lima"}}
	user := func(change object) object { return changed(bob, change) }
	conflict := func(message string) object {
		return object{"__type": "ConflictException", "Message": message, "Reason": "UNIQUENESS_CONSTRAINT_VIOLATION"}
	}
	invalid := func(message string) object { return object{"__type": "ValidationException", "Message": message} }
	c.refused("AWSIdentityStore", "IdentityStoreId", storeID, true, []refusal{
		{"a userName that is taken", "CreateUser", user(object{"UserName": "ANA@contoso.example"}), conflict("Duplicate UserName")},
		{"an address that is taken", "CreateUser", user(object{"Emails": []object{{"Value": "ana@contoso.example", "Primary": true}}}), conflict("Duplicate Email")},
		{"no DisplayName", "CreateUser", user(object{"DisplayName": nil}), invalid("1 validation error detected: Value null at 'displayName' failed to satisfy constraint: Member must not be null")},
		{"an empty text", "CreateUser", user(object{"Title": ""}), invalid(`2 validation errors detected: Value at 'title' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'title' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`)},
		{"two addresses", "CreateUser", user(object{"Emails": []object{{"Value": "a@contoso.example"}, {"Value": "b@contoso.example"}}}), invalid("List attribute emails exceeds allowed limit of 1")},
		{"a reserved name", "CreateUser", user(object{"UserName": "Administrator"}), invalid("1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must not be a reserved name")},
		{"an unknown extension", "CreateUser", user(object{"Extensions": object{"aws:identitystore:other": object{}}}), invalid("Extension aws:identitystore:other is not supported.")},
		{"photos, which the mock does not keep", "CreateUser", user(object{"Photos": []object{{"Value": "https://contoso.example/bob.png"}}}), invalid("This mock does not keep Photos.")},
		{"a birthdate, which the mock does not keep", "CreateUser", user(object{"Birthdate": "2000-01-01"}), invalid("This mock does not keep Birthdate.")},
	})
	if n := len(c.instance.Store().Users()); n != 1 {
		t.Errorf("%d users after refused creations", n)
	}
	c.store("CreateUser", user(object{"Unknown": ""})) // what the service does not know it does not check
}

func TestUpdateUser(t *testing.T) {
	extensions := []string{"aws:identitystore:enterprise"}
	for _, test := range []struct {
		rule  string
		path  string
		value any
		check func(user object) any
		want  any
	}{
		{"a text", "displayName", "A. Sousa", func(u object) any { return u["DisplayName"] }, "A. Sousa"},
		{"the userName, which the console cannot change", "userName", "asousa", func(u object) any { return u["UserName"] }, "asousa"},
		{"a part of the name", "name.familyName", "Lima", func(u object) any { return u["Name"] }, object{"GivenName": "Ana", "FamilyName": "Lima", "MiddleName": "M"}},
		{"the name as a whole", "name", object{"givenName": "A", "FamilyName": "S"}, func(u object) any { return u["Name"] }, object{"GivenName": "A", "FamilyName": "S"}},
		{"null removes a text", "title", nil, func(u object) any { return u["Title"] }, nil},
		{"a multi-valued attribute is replaced as a whole", "emails", []object{{"value": "new@contoso.example", "primary": false}}, func(u object) any { return u["Emails"] }, []any{object{"Value": "new@contoso.example", "Primary": false}}},
		{"the other case of names in documents", "phoneNumbers", []object{{"Value": "+351 2", "Type": "work", "Primary": true}}, func(u object) any { return u["PhoneNumbers"] }, []any{object{"Value": "+351 2", "Type": "work", "Primary": true}}},
		{"null removes a list", "emails", nil, func(u object) any { return u["Emails"] }, nil},
		{"a part of the extension", "aws:identitystore:enterprise.department", "Sales", func(u object) any { return u["Extensions"] }, object{"aws:identitystore:enterprise": object{"costCenter": "CC-1", "department": "Sales"}}},
		{"a part of the manager", "aws:identitystore:enterprise.manager.value", nobody, func(u object) any { return u["Extensions"] }, object{"aws:identitystore:enterprise": object{"costCenter": "CC-1", "manager": object{"value": nobody}}}},
		{"the extension as a whole", "aws:identitystore:enterprise", object{"division": "D"}, func(u object) any { return u["Extensions"] }, object{"aws:identitystore:enterprise": object{"division": "D"}}},
		{"null removes the extension", "aws:identitystore:enterprise", nil, func(u object) any { return u["Extensions"] }, nil},
	} {
		t.Run(test.rule, func(t *testing.T) {
			c := newClient(t)
			u := person("ana", "Ana", "Sousa")
			u.Title, u.Name.MiddleName, u.Enterprise = "Engineer", "M", &identitystore.Enterprise{CostCenter: "CC-1"}
			u = c.addUser(u)
			c.clock.Advance(time.Minute)
			output := c.store("UpdateUser", object{"UserId": u.ID, "Operations": []object{{"AttributePath": test.path, "AttributeValue": test.value}}})
			if diff := cmp.Diff(object{}, output); diff != "" {
				t.Errorf("UpdateUser (-want +got):\n%s", diff)
			}
			got := c.store("DescribeUser", object{"UserId": u.ID, "Extensions": extensions})
			if diff := cmp.Diff(test.want, test.check(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got["CreatedAt"] != created || got["UpdatedAt"] != created+60 {
				t.Errorf("CreatedAt %v, UpdatedAt %v", got["CreatedAt"], got["UpdatedAt"])
			}
		})
	}
}

// Each path leads to its own attribute.
func TestUpdateUserReachesEveryAttribute(t *testing.T) {
	c := newClient(t)
	u := c.addUser(person("ana", "Ana", "Sousa"))
	var operations []object
	for _, path := range strings.Fields(`userName displayName nickName profileUrl title userType preferredLanguage locale timezone
		name.formatted name.familyName name.givenName name.middleName name.honorificPrefix name.honorificSuffix`) {
		operations = append(operations, object{"AttributePath": path, "AttributeValue": "new-" + path})
	}
	for _, path := range strings.Fields("employeeNumber costCenter organization division department") {
		operations = append(operations, object{"AttributePath": "aws:identitystore:enterprise." + path, "AttributeValue": "new-" + path})
	}
	for _, path := range strings.Fields("emails phoneNumbers roles") {
		operations = append(operations, object{"AttributePath": path, "AttributeValue": []object{{"value": "new-" + path}}})
	}
	operations = append(operations,
		object{"AttributePath": "addresses", "AttributeValue": []object{{"country": "new-country"}}},
		object{"AttributePath": "aws:identitystore:enterprise.manager", "AttributeValue": object{"value": nobody}})
	c.store("UpdateUser", object{"UserId": u.ID, "Operations": operations})
	want := object{
		"IdentityStoreId": storeID, "UserId": u.ID, "UserStatus": "ENABLED", "CreatedAt": created, "UpdatedAt": created,
		"UserName": "new-userName", "DisplayName": "new-displayName", "NickName": "new-nickName", "ProfileUrl": "new-profileUrl", "Title": "new-title",
		"UserType": "new-userType", "PreferredLanguage": "new-preferredLanguage", "Locale": "new-locale", "Timezone": "new-timezone",
		"Name": object{
			"Formatted": "new-name.formatted", "FamilyName": "new-name.familyName", "GivenName": "new-name.givenName",
			"MiddleName": "new-name.middleName", "HonorificPrefix": "new-name.honorificPrefix", "HonorificSuffix": "new-name.honorificSuffix",
		},
		"Emails":       []any{object{"Value": "new-emails", "Primary": false}},
		"PhoneNumbers": []any{object{"Value": "new-phoneNumbers", "Primary": false}},
		"Roles":        []any{object{"Value": "new-roles", "Primary": false}},
		"Addresses":    []any{object{"Country": "new-country", "Primary": false}},
		"Extensions": object{"aws:identitystore:enterprise": object{
			"employeeNumber": "new-employeeNumber", "costCenter": "new-costCenter", "organization": "new-organization",
			"division": "new-division", "department": "new-department", "manager": object{"value": nobody},
		}},
	}
	got := c.store("DescribeUser", object{"UserId": u.ID, "Extensions": []string{"aws:identitystore:enterprise"}})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An operation that is refused leaves the earlier ones of its request undone.
func TestUpdateUserIsRefused(t *testing.T) {
	c := newClient(t)
	c.addUser(person("bob", "Bob", "Lima"))
	u := c.addUser(person("ana", "Ana", "Sousa"))
	update := func(path string, value any) object {
		return object{"UserId": u.ID, "Operations": []object{{"AttributePath": "title", "AttributeValue": "Changed"}, {"AttributePath": path, "AttributeValue": value}}}
	}
	invalid := func(message string) object { return object{"__type": "ValidationException", "Message": message} }
	c.refused("AWSIdentityStore", "IdentityStoreId", storeID, true, []refusal{
		{"paths are exact", "UpdateUser", update("UserName", "x"), invalid("Updates for AttributePath: UserName is not supported")},
		{"a part of a multi-valued attribute", "UpdateUser", update("emails[0].value", "x"), invalid("Unsupported update operation on multi-value attribute emails, please provide full replacement of Multi-Value attribute types")},
		{"the pattern of paths", "UpdateUser", update("X=", "x"), invalid(`1 validation error detected: Value 'X=' at 'operations.2.member.attributePath' failed to satisfy constraint: Member must satisfy regular expression pattern: (?:\p{L}+:\p{L}+:\p{L}+(?:\.\p{L}+){0,3}|\p{L}+(?:\.\p{L}+){0,2})`)},
		{"an empty text", "UpdateUser", update("nickName", ""), invalid(`2 validation errors detected: Value at 'nickName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'nickName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`)},
		{"a required attribute cannot go", "UpdateUser", update("name.givenName", nil), invalid("1 validation error detected: Value null at 'name.givenName' failed to satisfy constraint: Member must not be null")},
		{"a value of another type", "UpdateUser", update("nickName", 7), invalid("AttributeValue of AttributePath nickName is not valid.")},
		{"a userName that is taken", "UpdateUser", update("userName", "bob@contoso.example"), object{"__type": "ConflictException", "Message": "Duplicate UserName", "Reason": "UNIQUENESS_CONSTRAINT_VIOLATION"}},
		{"nobody", "UpdateUser", changed(update("title", "x"), object{"UserId": nobody}), object{"__type": "ResourceNotFoundException", "Message": "USER not found.", "ResourceType": "USER", "ResourceId": nobody}},
		{"no operation", "UpdateUser", object{"UserId": u.ID, "Operations": []object{}}, invalid("1 validation error detected: Value at 'operations' failed to satisfy constraint: Member must have length greater than or equal to 1")},
		{"no operations", "UpdateUser", object{"UserId": u.ID}, invalid("1 validation error detected: Value null at 'operations' failed to satisfy constraint: Member must not be null")},
	})
	if after, _ := c.instance.Store().User(u.ID); !cmp.Equal(u, after) {
		t.Errorf("the user changed (-before +after):\n%s", cmp.Diff(u, after))
	}
}

func TestDeleteUser(t *testing.T) {
	c := newClient(t)
	u := c.addUser(person("ana", "Ana", "Sousa"))
	if diff := cmp.Diff(object{}, c.store("DeleteUser", object{"UserId": u.ID})); diff != "" {
		t.Errorf("DeleteUser (-want +got):\n%s", diff)
	}
	gone := object{"__type": "ResourceNotFoundException", "Message": "USER not found.", "ResourceType": "USER", "ResourceId": u.ID}
	c.refused("AWSIdentityStore", "IdentityStoreId", storeID, true, []refusal{
		{"deleting again", "DeleteUser", object{"UserId": u.ID}, gone},
		{"describing", "DescribeUser", object{"UserId": u.ID}, gone},
	})
}

// Constraints of the SDK model, worded as AWS services word them; all
// violations of a request come in one message.
func TestIdentityStoreConstraints(t *testing.T) {
	c := newClient(t)
	for n := range 2 {
		c.addUser(person(strings.Repeat("u", n+1), "Given", "Family"))
		c.addGroup(strings.Repeat("g", n+1))
	}
	groupsToken := c.store("ListGroups", object{"MaxResults": 1})["NextToken"]
	invalid := func(message string) object { return object{"__type": "ValidationException", "Message": message} }
	const storePattern = `d-[0-9a-f]{10}$|^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`
	const idPattern = `([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}`
	c.refused("AWSIdentityStore", "IdentityStoreId", storeID, true, []refusal{
		{"no identity store", "ListUsers", object{"IdentityStoreId": nil}, invalid("1 validation error detected: Value null at 'identityStoreId' failed to satisfy constraint: Member must not be null")},
		{"the text null, as jq -r prints it", "CreateUser", object{"IdentityStoreId": "null"}, invalid("1 validation error detected: Value 'null' at 'identityStoreId' failed to satisfy constraint: Member must satisfy regular expression pattern: " + storePattern)},
		{"another identity store", "ListGroups", object{"IdentityStoreId": "d-0987654321"}, object{"__type": "ResourceNotFoundException", "Message": "IdentityStore not present for IdentityStoreId: d-0987654321", "ResourceType": "IDENTITY_STORE", "ResourceId": "d-0987654321"}},
		{"two violations", "DescribeUser", object{"IdentityStoreId": nil, "UserId": "ana"}, invalid("2 validation errors detected: Value null at 'identityStoreId' failed to satisfy constraint: Member must not be null; Value 'ana' at 'userId' failed to satisfy constraint: Member must satisfy regular expression pattern: " + idPattern)},
		{"MaxResults 0", "ListUsers", object{"MaxResults": 0}, invalid("1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1")},
		{"MaxResults 101", "ListUsers", object{"MaxResults": 101}, invalid("1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100")},
		{"the pattern of NextToken", "ListGroups", object{"NextToken": "a b"}, invalid("1 validation error detected: Value 'a b' at 'nextToken' failed to satisfy constraint: Member must satisfy regular expression pattern: [-a-zA-Z0-9+=/:_]*")},
		{"a NextToken of nobody", "ListGroups", object{"NextToken": "abcd"}, invalid("NextToken is not valid.")},
		{"the NextToken of another list", "ListUsers", object{"NextToken": groupsToken}, invalid("NextToken is not valid.")},
		{"a filter by something else", "ListUsers", object{"Filters": []object{{"AttributePath": "DisplayName", "AttributeValue": "x"}}}, invalid("AttributePath DisplayName is not supported.")},
		{"two filters", "ListGroups", object{"Filters": []object{{"AttributePath": "DisplayName", "AttributeValue": "x"}, {"AttributePath": "DisplayName", "AttributeValue": "y"}}}, invalid("1 validation error detected: Value at 'filters' failed to satisfy constraint: Member must have length less than or equal to 1")},
	})
}
