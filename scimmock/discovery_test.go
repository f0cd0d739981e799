package scimmock_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestServiceProviderConfig: developer guide, ServiceProviderConfig.
func TestServiceProviderConfig(t *testing.T) {
	e := run(t)
	r := e.get("/ServiceProviderConfig").want(200)
	same(t, "patch", r.json("patch"), `{"supported":true}`)
	same(t, "bulk", r.json("bulk"), `{"supported":false,"maxOperations":1,"maxPayloadSize":1048576}`)
	same(t, "filter", r.json("filter"), `{"supported":true,"maxResults":50}`)
	same(t, "type", r.json("authenticationSchemes", 0, "type"), `"oauthbearertoken"`)
	if r.json("meta") != nil || !strings.HasPrefix(r.body, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],"documentationUri":"https://docs.aws.amazon.com/`) {
		t.Errorf("body %s", r.body)
	}
}

// TestResourceTypes: developer guide, ListResourceTypes.
func TestResourceTypes(t *testing.T) {
	e := run(t)
	r := e.get("/ResourceTypes").want(200)
	if !strings.HasPrefix(r.body, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":2,"itemsPerPage":2,"startIndex":1,"Resources":[{"schemas":`) {
		t.Errorf("body %.200s", r.body)
	}
	same(t, "endpoint", r.json("Resources", 0, "endpoint"), `"/Users"`)
	same(t, "extensions", r.json("Resources", 0, "schemaExtensions"), `[{"schema":"`+enterprise+`","required":true}]`)
	same(t, "location", r.json("Resources", 1, "meta", "location"), `"`+e.scim.URL()+`/ResourceTypes/Group"`)
}

// TestSchemas: developer guide, ListSchemas and GetSchema. The attributes are
// those that the rest of the endpoint takes.
func TestSchemas(t *testing.T) {
	e := run(t)
	list := e.get("/Schemas").want(200)
	same(t, "totalResults", list.json("totalResults"), `3`)
	for i, want := range []struct{ id, name, listed, single, attributes string }{
		{"urn:ietf:params:scim:schemas:core:2.0:User", "User", "User Schema", "User Account",
			"userName name displayName nickName profileUrl title userType preferredLanguage locale timezone active emails phoneNumbers addresses groups roles"},
		{"urn:ietf:params:scim:schemas:core:2.0:Group", "Group", "Group Schema", "Group", "displayName members"},
		{enterprise, "EnterpriseUser", "Enterprise User Schema", "Enterprise User", "employeeNumber costCenter organization division department manager"},
	} {
		at := func(keys ...any) any { return list.json(append([]any{"Resources", i}, keys...)...) }
		same(t, "id", at("id"), `"`+want.id+`"`)
		same(t, "name", at("name"), `"`+want.name+`"`)
		same(t, "description", at("description"), `"`+want.listed+`"`)
		same(t, "meta", at("meta"), `{"resourceType":"Schema","location":"/v2/Schemas/`+want.id+`"}`)
		var names []string
		attributes, _ := at("attributes").([]any)
		for _, a := range attributes {
			names = append(names, fmt.Sprint(a.(map[string]any)["name"]))
		}
		if got := strings.Join(names, " "); got != want.attributes {
			t.Errorf("%s: attributes %s, want %s", want.id, got, want.attributes)
		}

		for _, path := range []string{want.id, strings.ReplaceAll(want.id, ":", "%3A")} {
			one := e.get("/Schemas/" + path).want(200)
			same(t, "single description", one.json("description"), `"`+want.single+`"`)
			if one.json("meta") != nil || len(one.json("attributes").([]any)) != len(names) {
				t.Errorf("%s by id: %.200s", path, one.body)
			}
		}
	}
	// Where AWS departs from RFC 7643 section 8.7.1.
	user := func(keys ...any) any { return list.json(append([]any{"Resources", 0, "attributes"}, keys...)...) }
	same(t, "familyName is required", user(1, "subAttributes", 1, "required"), `true`)
	same(t, "displayName is not", user(2, "required"), `false`)
	same(t, "members are immutable", list.json("Resources", 1, "attributes", 1, "subAttributes", 0, "mutability"), `"immutable"`)
}
