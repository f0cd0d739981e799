package scimmock_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/scimmock"
)

// TestUserOperations: developer guide, CreateUser, GetUser, PutUser, PatchUser,
// DeleteUser: statuses and what comes back.
func TestUserOperations(t *testing.T) {
	e := run(t)
	created := e.do("POST", "/Users", ana()).want(201)
	id := created.id()
	const before = `"meta":{"resourceType":"User","created":"2026-01-05T09:00:00Z","lastModified":"2026-01-05T09:00:00Z"}`
	want := `{"id":"` + id + `","externalId":"a-1",` + before + `,"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],` +
		`"userName":"ana@contoso.example","name":{"familyName":"Sousa","givenName":"Ana"},"displayName":"Ana Sousa","active":true,` +
		`"emails":[{"value":"ana@contoso.example","type":"work","primary":true}]}`
	if created.body != want {
		t.Errorf("created user\n got %s\nwant %s", created.body, want)
	}
	if got := e.get("/Users/" + id).want(200).body; got != want {
		t.Errorf("user read\n got %s\nwant %s", got, want)
	}

	e.clock.Advance(time.Minute)
	patched := e.patch("/Users/"+id, `{"op":"replace","path":"active","value":"false"}`).want(200)
	want = strings.Replace(want, `"active":true`, `"active":false`, 1)
	want = strings.Replace(want, `"lastModified":"2026-01-05T09:00:00Z"`, `"lastModified":"2026-01-05T09:01:00Z"`, 1)
	if patched.body != want {
		t.Errorf("patched user\n got %s\nwant %s", patched.body, want)
	}

	put := e.do("PUT", "/Users/"+id, with(ana("a-1", "a-2", `"active":true`, `"title":"Guide","active":true`), `"id":"`+id+`"`)).want(200)
	same(t, "title after PUT", put.json("title"), `"Guide"`)
	same(t, "externalId after PUT", put.json("externalId"), `"a-2"`)
	same(t, "id after PUT", put.json("id"), `"`+id+`"`)

	deleted := e.do("DELETE", "/Users/"+id, "").want(204)
	if deleted.body != "" {
		t.Errorf("DELETE has the body %q", deleted.body)
	}
	for name, r := range map[string]response{
		"GET": e.get("/Users/" + id), "DELETE": e.do("DELETE", "/Users/"+id, ""), "PUT": e.do("PUT", "/Users/"+id, ana()),
		"PATCH": e.patch("/Users/"+id, `{"op":"replace","path":"active","value":true}`),
	} {
		t.Run(name+" after DELETE", func(t *testing.T) { r.t = t; r.refused(404, notThere) })
	}
	if again := e.user(ana()); again == id {
		t.Error("a user made again has its old id (user guide, Troubleshooting)")
	}
}

// TestPutReplacesAll: what the body lacks is dropped, and without "active" the
// user is not active (BurdaForward/terraform-provider-aws-sso-scim).
func TestPutReplacesAll(t *testing.T) {
	e := run(t)
	id := e.user(with(ana(), `"title":"Guide","phoneNumbers":[{"value":"1","type":"work"}],"`+enterprise+`":{"department":"Platform"}`))
	r := e.do("PUT", "/Users/"+id, `{"schemas":null,"id":"","meta":{"created":"0001-01-01T00:00:00Z"},"userName":"ana@contoso.example","displayName":"Ana","name":{"familyName":"Sousa","givenName":"Ana"}}`).want(200)
	for _, gone := range []string{"externalId", "title", "emails", "phoneNumbers", enterprise} {
		if got := r.json(gone); got != nil {
			t.Errorf("%s survived a PUT without it: %v", gone, got)
		}
	}
	same(t, "active", r.json("active"), `false`)
	same(t, "created", r.json("meta", "created"), `"2026-01-05T09:00:00Z"`)
	same(t, "schemas", r.json("schemas"), `["urn:ietf:params:scim:schemas:core:2.0:User"]`)
}

// TestCreateUserTakes: bodies that clients of the real service send.
func TestCreateUserTakes(t *testing.T) {
	minimal := `"userName":"u","displayName":"U","name":{"familyName":"F","givenName":"G"}`
	for _, test := range []struct{ name, body, path, want string }{
		{"nothing but what is required", `{` + minimal + `}`, "active", `false`},
		{"schemas null", `{"schemas":null,` + minimal + `}`, "userName", `"u"`},
		{"id and meta are ignored", `{"id":"","meta":{"version":"1"},` + minimal + `}`, "userName", `"u"`},
		{"active as a string, lichti", `{"active":"True",` + minimal + `}`, "active", `true`},
		{"active as a string", `{"active":"false",` + minimal + `}`, "active", `false`},
		{"primary as a string", `{"emails":[{"value":"u@contoso.example","primary":"True"}],` + minimal + `}`, "emails", `[{"value":"u@contoso.example","primary":true}]`},
		{"address with a type alone, ssosync", `{"addresses":[{"type":"work"}],` + minimal + `}`, "addresses", `[{"type":"work"}]`},
		{"nulls and empty lists", `{"externalId":null,"nickName":null,"emails":[],"phoneNumbers":null,"roles":[],"groups":[],"ims":[],"password":null,"` + enterprise + `":null,` + minimal + `}`, "emails", `null`},
		{"empty extension, Entra lists its schema anyway", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + enterprise + `"],` + minimal + `}`, "schemas", `["urn:ietf:params:scim:schemas:core:2.0:User"]`},
		{"unknown attribute, idpscim's profileURL", `{"profileURL":"https://contoso.example","x":{"y":1},` + minimal + `}`, "profileUrl", `null`},
		{"unknown extension", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:x:2.0:User"],"urn:x:2.0:User":{"a":1},` + minimal + `}`, "schemas", `["urn:ietf:params:scim:schemas:core:2.0:User"]`},
		{"manager as object", `{"` + enterprise + `":{"manager":{"value":"m","$ref":"../Users/m"}},` + minimal + `}`, enterprise, `{"manager":{"value":"m"}}`},
		{"manager as text", `{"` + enterprise + `":{"manager":"m"},` + minimal + `}`, enterprise, `{"manager":{"value":"m"}}`},
		{"roles", `{"roles":[{"value":"Researcher","type":"work","primary":true}],` + minimal + `}`, "roles", `[{"value":"Researcher","type":"work","primary":true}]`},
		{"profileUrl", `{"profileUrl":"https://contoso.example/u",` + minimal + `}`, "profileUrl", `"https://contoso.example/u"`},
		{"no HTML escapes", `{"title":"<R&D>",` + minimal + `}`, "title", `"<R&D>"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t)
			r := e.do("POST", "/Users", test.body).want(201)
			same(t, test.path, r.json(test.path), test.want)
			if strings.Contains(r.body, "null") || strings.Contains(r.body, `\u00`) {
				t.Errorf("the response has nulls or HTML escapes: %s", r.body)
			}
			same(t, "stored "+test.path, e.get("/Users/"+r.id()).json(test.path), test.want)
		})
	}
}

const (
	nonEmpty   = "2 validation errors detected: Value at '%[1]s' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at '%[1]s' failed to satisfy constraint: Member must satisfy regular expression pattern: %[2]s"
	pattern    = `[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`
	noSpaces   = `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`
	mustMatch  = "1 validation errors detected: Value at '%s' failed to satisfy constraint: Member must satisfy regular expression pattern: %s"
	mustExist  = "1 validation errors detected: Value null at '%s' failed to satisfy constraint: Member must not be null"
	onlyOne    = "List attribute %s exceeds allowed limit of 1"
	severalOps = `Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a single attribute.`
)

// TestCreateUserRefuses: developer guide, CreateUser, "Not supported" and
// "Constraints"; texts from the user guide, "Logging IAM Identity Center SCIM
// API calls with CloudTrail" and "Troubleshooting".
func TestCreateUserRefuses(t *testing.T) {
	for _, test := range []struct{ name, body, detail string }{
		{"no userName", ana(`"userName":"ana@contoso.example",`, ""), fmt.Sprintf(mustExist, "userName")},
		{"userName null", ana(`"userName":"ana@contoso.example"`, `"userName":null`), fmt.Sprintf(mustExist, "userName")},
		{"userName in another case", ana(`"userName"`, `"UserName"`), fmt.Sprintf(mustExist, "userName")},
		{"no familyName", ana(`"familyName":"Sousa",`, ""), fmt.Sprintf(mustExist, "name.familyName")},
		{"no givenName", ana(`,"givenName":"Ana"`, ""), fmt.Sprintf(mustExist, "name.givenName")},
		{"no displayName", ana(`"displayName":"Ana Sousa",`, ""), fmt.Sprintf(mustExist, "displayName")},
		{"name null", ana(`{"familyName":"Sousa","givenName":"Ana"}`, `null`), "2 validation errors detected: Value null at 'name.familyName' failed to satisfy constraint: Member must not be null; Value null at 'name.givenName' failed to satisfy constraint: Member must not be null"},
		{"empty familyName", ana(`"Sousa"`, `""`), fmt.Sprintf(nonEmpty, "name.familyName", pattern)},
		{"empty userName", ana(`"userName":"ana@contoso.example"`, `"userName":""`), fmt.Sprintf(nonEmpty, "userName", noSpaces)},
		{"empty externalId", ana(`"a-1"`, `""`), fmt.Sprintf(nonEmpty, "externalId", noSpaces)},
		{"empty manager", with(ana(), `"`+enterprise+`":{"manager":{"value":""}}`), fmt.Sprintf(nonEmpty, enterprise+".manager.value", pattern)},
		{"control character", ana(`"Sousa"`, `"Sou\u0007sa"`), fmt.Sprintf(mustMatch, "name.familyName", pattern)},
		{"space in userName", ana(`"userName":"ana@contoso.example"`, `"userName":"ana sousa"`), fmt.Sprintf(mustMatch, "userName", noSpaces)},
		{"userName too long", ana(`"userName":"ana@contoso.example"`, `"userName":"`+strings.Repeat("a", 129)+`"`), "1 validation errors detected: Value at 'userName' failed to satisfy constraint: Member must have length less than or equal to 128"},
		{"two e-mails", ana(`"primary":true}`, `"primary":true},{"value":"b@contoso.example","type":"home"}`), fmt.Sprintf(onlyOne, "emails")},
		{"two phone numbers", with(ana(), `"phoneNumbers":[{"value":"1","type":"work"},{"value":"2","type":"mobile"}]`), fmt.Sprintf(onlyOne, "phoneNumbers")},
		{"two addresses", with(ana(), `"addresses":[{"type":"work"},{"type":"home"}]`), fmt.Sprintf(onlyOne, "addresses")},
		{"two roles", with(ana(), `"roles":[{"value":"a"},{"value":"b"}]`), fmt.Sprintf(onlyOne, "roles")},
		{"e-mail not primary", ana(`,"primary":true`, ""), genericInvalid},
		{"e-mail primary false", ana(`"primary":true`, `"primary":false`), genericInvalid},
		{"password", with(ana(), `"password":"secret"`), genericInvalid},
		{"ims", with(ana(), `"ims":[{"value":"x"}]`), genericInvalid},
		{"photos", with(ana(), `"photos":[{"value":"https://contoso.example/p"}]`), genericInvalid},
		{"entitlements", with(ana(), `"entitlements":[{"value":"x"}]`), genericInvalid},
		{"x509Certificates", with(ana(), `"x509Certificates":[{"value":"x"}]`), genericInvalid},
		{"groups", with(ana(), `"groups":[{"value":"x"}]`), genericInvalid},
		{"display of an e-mail", ana(`"type":"work"`, `"type":"work","display":"x"`), genericInvalid},
		{"display of a role", with(ana(), `"roles":[{"value":"a","display":"b"}]`), genericInvalid},
		{"manager's displayName", with(ana(), `"`+enterprise+`":{"manager":{"value":"m","displayName":"M"}}`), genericInvalid},
		{"number for a text", ana(`"Ana Sousa"`, `7`), genericInvalid},
		{"text for active", ana(`"active":true`, `"active":"yes"`), genericInvalid},
		{"number for active", ana(`"active":true`, `"active":1`), genericInvalid},
		{"object for emails", with(ana(`"emails":[{"value":"ana@contoso.example","type":"work","primary":true}]`, `"x":1`), `"emails":{"value":"a@contoso.example","primary":true}`), genericInvalid},
		{"texts in emails", with(ana(`"emails":[{"value":"ana@contoso.example","type":"work","primary":true}]`, `"x":1`), `"emails":["a@contoso.example"]`), genericInvalid},
		{"text for name", ana(`{"familyName":"Sousa","givenName":"Ana"}`, `"Ana Sousa"`), genericInvalid},
		{"text for the extension", with(ana(), `"`+enterprise+`":"x"`), genericInvalid},
		{"number for the manager", with(ana(), `"`+enterprise+`":{"manager":7}`), genericInvalid},
		{"schemas without the user schema", ana(`"urn:ietf:params:scim:schemas:core:2.0:User",`, ""), genericInvalid},
		{"schemas a text", ana(`["urn:ietf:params:scim:schemas:core:2.0:User","`+enterprise+`"]`, `"urn:ietf:params:scim:schemas:core:2.0:User"`), genericInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t)
			e.do("POST", "/Users", test.body).refused(400, test.detail)
			if n := len(e.store.Users()); n != 0 {
				t.Errorf("%d users after a refusal", n)
			}
			id := e.user(ana())
			before := e.get("/Users/" + id).body
			e.do("PUT", "/Users/"+id, test.body).refused(400, test.detail)
			if after := e.get("/Users/" + id).body; after != before {
				t.Errorf("a refused PUT changed the user from\n%s to\n%s", before, after)
			}
		})
	}
}

// TestConflicts: user guide, "Troubleshooting", duplicate user or group.
func TestConflicts(t *testing.T) {
	for _, test := range []struct{ name, body, operation string }{
		{"userName", `{"userName":"ana@contoso.example","displayName":"U","name":{"familyName":"F","givenName":"G"}}`, `{"op":"replace","path":"userName","value":"ana@contoso.example"}`},
		{"userName in another case", `{"userName":"ANA@contoso.example","displayName":"U","name":{"familyName":"F","givenName":"G"}}`, `{"op":"replace","path":"userName","value":"Ana@Contoso.Example"}`},
		{"e-mail", `{"userName":"u","displayName":"U","name":{"familyName":"F","givenName":"G"},"emails":[{"value":"ana@contoso.example","primary":true}]}`, `{"op":"add","path":"emails[type eq \"work\"].value","value":"ana@contoso.example"}`},
		{"externalId", `{"userName":"u","displayName":"U","name":{"familyName":"F","givenName":"G"},"externalId":"a-1"}`, `{"op":"replace","path":"externalId","value":"a-1"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t)
			e.user(ana())
			e.do("POST", "/Users", test.body).refused(409, duplicate)
			other := e.person("bo@contoso.example")
			e.do("PUT", "/Users/"+other, test.body).refused(409, duplicate)
			e.patch("/Users/"+other, test.operation).refused(409, duplicate)
			if got, _ := e.store.User(other); got.UserName != "bo@contoso.example" {
				t.Errorf("a refused change was made: %+v", got)
			}
		})
	}
}

func TestProfiles(t *testing.T) {
	t.Run("PutUserStatus", func(t *testing.T) {
		p := scimmock.AWS()
		p.PutUserStatus = 201
		e := run(t, p)
		e.do("PUT", "/Users/"+e.user(ana()), ana()).want(201)
	})
	t.Run("OmitProfileURL", func(t *testing.T) {
		p := scimmock.AWS()
		p.OmitProfileURL = true
		e := run(t, p)
		r := e.do("POST", "/Users", with(ana(), `"profileUrl":"https://contoso.example/ana"`)).want(201)
		same(t, "profileUrl", r.json("profileUrl"), `null`)
		same(t, "listed profileUrl", e.get("/Users").json("Resources", 0, "profileUrl"), `null`)
		if u, _ := e.store.UserByName("ana@contoso.example"); u.ProfileURL == "" {
			t.Error("profileUrl was not kept")
		}
	})
	t.Run("IgnoreUnsupported", func(t *testing.T) {
		p := scimmock.AWS()
		p.IgnoreUnsupported = true
		e := run(t, p)
		e.user(with(ana(`"type":"work"`, `"type":"work","display":"x"`), `"password":"secret","groups":[{"value":"x"}],"`+enterprise+`":{"manager":{"value":"m","displayName":"M"}}`))
	})
	t.Run("AWSLegacy", func(t *testing.T) {
		e := run(t, scimmock.AWSLegacy())
		e.do("POST", "/Users", ana(`"Sousa"`, `""`)).refused(400, genericInvalid)
		e.find("Users", `userName xx "a"`).refused(400, genericInvalid)
		for i := range 60 {
			e.person(fmt.Sprintf("u%02d", i))
		}
		same(t, "totalResults", e.get("/Users").json("totalResults"), `50`)
	})
	t.Run("nonsense is refused", func(t *testing.T) {
		e := run(t)
		for _, p := range []scimmock.Profile{{Name: "x"}, {Name: "x", PageSize: 10, PutUserStatus: 204}} {
			if _, err := scimmock.New(scimmock.Config{Store: e.store, Profile: p}); err == nil {
				t.Errorf("profile %+v was taken", p)
			}
		}
		if _, err := scimmock.New(scimmock.Config{}); err == nil {
			t.Error("an endpoint without a store was made")
		}
	})
}
