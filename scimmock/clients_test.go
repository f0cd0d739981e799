package scimmock_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The requests that real clients send, one after another, as their sources and
// logs show them.

// TestSsosync: awslabs/ssosync, internal/aws/client.go.
func TestSsosync(t *testing.T) {
	e := run(t)
	user := func(id, given, family string, active bool) string {
		if id != "" {
			id = `"id":"` + id + `",`
		}
		mail := strings.ToLower(given) + "@contoso.example"
		return fmt.Sprintf(`{%s"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"externalId":"g%s","userName":%q,"name":{"familyName":%q,"givenName":%q},"displayName":"%s %s","active":%t,"emails":[{"value":%q,"type":"work","primary":true}],"addresses":[{"type":"work"}]}`,
			id, given, mail, family, given, given, family, active, mail)
	}
	if n := len(e.get("//Users?filter=userName+eq+%22ana%40contoso.example%22").names("id")); n != 0 {
		t.Errorf("%d users at the beginning", n)
	}
	a := e.do("POST", "//Users", user("", "Ana", "Sousa", true)).want(201).id()
	e.do("POST", "//Users", user("", "Ana", "Sousa", true)).refused(409, duplicate)
	same(t, "totalResults", e.get("//Users?filter=userName+eq+%22ana%40contoso.example%22").json("totalResults"), `1`)
	same(t, "suspended", e.do("PUT", "//Users/"+a, user(a, "Ana", "Sousa", false)).want(200).json("active"), `false`)
	g := e.do("POST", "//Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"aws-admins","externalId":"x","members":[]}`).want(201).id()
	for range 2 { // it adds all members again whenever the group changes
		e.patch("//Groups/"+g, `{"op":"add","path":"members","value":[{"value":"`+a+`"}]}`).want(204)
	}
	e.patch("//Groups/"+g, `{"op":"replace","path":"displayName","value":"aws-admins"},{"op":"replace","path":"externalId","value":"y"}`).want(204)
	e.patch("//Groups/"+g, `{"op":"remove","path":"members","value":[{"value":"`+a+`"}]}`).want(204)
	same(t, "members", e.find("Groups", `displayName eq "aws-admins"`).json("Resources", 0, "members"), `[]`)
	e.do("DELETE", "//Groups/"+g, "").want(204)
	e.do("DELETE", "//Users/"+a, "").want(204)
}

// TestIdpscim: slashdevops/idp-scim-sync, pkg/aws: a duplicate externalId is
// hidden behind a userName that is not found, and the create is tried again
// without it.
func TestIdpscim(t *testing.T) {
	e := run(t)
	e.user(ana())
	body := `{"meta":{},"name":{"familyName":"Sousa","givenName":"Ana"},"externalId":"a-1","userName":"ana.sousa@contoso.example","displayName":"Ana Sousa","userType":"admin#directory#user","active":true,"emails":[{"value":"ana.sousa@contoso.example","type":"work","primary":true}]}`
	e.do("POST", "/Users", body).refused(409, duplicate)
	if n := len(e.find("Users", `userName eq "ana.sousa@contoso.example"`).names("id")); n != 0 {
		t.Errorf("%d users by the new name", n)
	}
	id := e.do("POST", "/Users", strings.Replace(body, `"externalId":"a-1",`, "", 1)).want(201).id()
	g := e.do("POST", "/Groups", `{"id":"","meta":{},"displayName":"g","externalId":"x"}`).want(201).id()
	e.patch("/Groups/"+g, `{"op":"add","path":"members","value":[{"value":"`+id+`"}]}`).want(204)
	e.patch("/Groups/"+g, `{"op":"replace","value":{"id":"`+g+`","externalId":"y"}}`).want(204)
	if diff := cmp.Diff([]string{"g"}, e.get("/Groups?cursor&filter=members.value+eq+%22"+id+"%22").names("displayName")); diff != "" {
		t.Errorf("groups of the user (-want +got):\n%s", diff)
	}
	e.do("DELETE", "/Users/"+id, "").want(204)
	e.do("DELETE", "/Users/"+id, "").want(404)
}

// TestTerraformProvider: BurdaForward/terraform-provider-aws-sso-scim.
func TestTerraformProvider(t *testing.T) {
	e := run(t)
	u := e.do("POST", "/Users", `{"schemas":null,"id":"","externalId":"","userName":"u","name":{"familyName":"F","givenName":"G"},"displayName":"U","emails":null}`)
	if u.status == 201 { // its externalId has omitempty; an empty one is no value
		t.Fatal("an empty externalId was taken")
	}
	id := e.do("POST", "/Users", `{"schemas":null,"id":"","userName":"u","name":{"familyName":"F","givenName":"G"},"displayName":"U","active":true,"emails":[{"value":"u@contoso.example","primary":true}]}`).want(201).id()
	put := e.do("PUT", "/Users/"+id, `{"schemas":null,"id":"`+id+`","meta":{"resourceType":"","created":"0001-01-01T00:00:00Z"},"userName":"u","name":{"familyName":"F","givenName":"G"},"displayName":"U"}`).want(200)
	same(t, "active", put.json("active"), `false`)
	same(t, "emails", put.json("emails"), `null`)
	g := e.group("g")
	member := func() int { return len(e.find("Groups", `id eq "`+g+`" and members eq "`+id+`"`).names("id")) }
	if member() != 0 {
		t.Error("a member before")
	}
	e.patch("/Groups/"+g, `{"op":"add","path":"members","value":[{"value":"`+id+`"}]}`).want(204)
	if member() != 1 {
		t.Error("no member after")
	}
}

// TestEntra: an initial cycle and later changes in the form in which Entra
// sends them (learn.microsoft.com, "Develop and plan provisioning for a SCIM
// endpoint"), with the mappings of the gallery application for AWS.
func TestEntra(t *testing.T) {
	e := run(t)
	if n := len(e.get("/Users?filter=userName+eq+%2227fb7e1c-1f0c-4f4b-9a2a-4a4e7d0a7f5e%22").names("id")); n != 0 {
		t.Errorf("the connection test found %d users", n)
	}
	manager := e.person("maria@contoso.example")
	id := e.do("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","`+enterprise+`"],"externalId":"ana","userName":"ana@contoso.example","active":true,`+
		`"addresses":[{"primary":false,"type":"work","country":"PT","formatted":"Lisbon office"}],"displayName":"Ana Sousa","emails":[{"primary":true,"type":"work","value":"ana@contoso.example"}],`+
		`"meta":{"resourceType":"User"},"name":{"formatted":"Ana Sousa","familyName":"Sousa","givenName":"Ana"},"phoneNumbers":[{"type":"work","value":"555"}],"preferredLanguage":"pt","roles":[],"title":"Guide",`+
		`"`+enterprise+`":{"department":"Tours","employeeNumber":"7"}}`).want(201).id()
	e.patch("/Users/"+id, `{"op":"Add","path":"`+enterprise+`:manager","value":"`+manager+`"}`).want(200)
	same(t, "reference check", e.get("/Users?filter=id+eq+%22"+id+"%22+and+manager+eq+%22"+manager+"%22&attributes=id").json("totalResults"), `1`)

	g := e.do("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group","http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],"externalId":"8aa1a0c0","displayName":"aws-admins","meta":{"resourceType":"Group"}}`).want(201).id()
	if diff := cmp.Diff([]string{"aws-admins"}, e.get("/Groups?excludedAttributes=members&filter=displayName+eq+%22aws-admins%22").names("displayName")); diff != "" {
		t.Errorf("group (-want +got):\n%s", diff)
	}
	e.patch("/Groups/"+g, `{"op":"Add","path":"members","value":[{"$ref":null,"value":"`+id+`"}]}`).want(204)
	if diff := cmp.Diff([]string{"ana@contoso.example"}, e.members(g)); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}

	changed := e.patch("/Users/"+id, `{"op":"Replace","path":"displayName","value":"Ana S."},{"op":"Replace","path":"emails[type eq \"work\"].value","value":"ana.s@contoso.example"},{"op":"Add","path":"addresses[type eq \"work\"].locality","value":"Lisbon"},{"op":"Replace","path":"`+enterprise+`:department","value":"Parks"}`).want(200)
	same(t, "addresses", changed.json("addresses"), `[{"formatted":"Lisbon office","locality":"Lisbon","country":"PT","type":"work"}]`)
	same(t, "extension", changed.json(enterprise), `{"employeeNumber":"7","department":"Parks","manager":{"value":"`+manager+`"}}`)
	same(t, "disabled", e.patch("/Users/"+id, `{"op":"Replace","path":"active","value":"False"}`).want(200).json("active"), `false`)
	same(t, "still there", e.find("Users", `userName eq "ana@contoso.example"`).json("totalResults"), `1`)

	// With aadOptscim062020 several attributes come in one operation without a
	// path, which AWS refuses.
	e.patch("/Users/"+id, `{"op":"replace","path":"emails[type eq \"work\"].value","value":"x@contoso.example"},{"op":"replace","value":{"displayName":"X","name.givenName":"Y"}}`).refused(400, severalOps)
	e.patch("/Groups/"+g, `{"op":"remove","path":"members[value eq \"`+id+`\"]"}`).want(204)
	e.do("DELETE", "/Users/"+id, "").want(204)
	e.do("DELETE", "/Groups/"+g, "").want(204)
}
