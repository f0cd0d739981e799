package identitystore

import (
	"encoding/json"
	"testing"
)

// TestJSONIsASCIMResource: key order of the developer guide, CreateUser,
// example response; attributes without a value are left out.
func TestJSONIsASCIMResource(t *testing.T) {
	s, _ := newStore(t)
	full := User{
		UserName: "ana@contoso.example", ExternalID: "701984", DisplayName: "Ana & Co <x>", NickName: "Ana", ProfileURL: "https://contoso.example/ana",
		Title: "Guide", UserType: "Employee", PreferredLanguage: "en-US", Locale: "en-US", Timezone: "Europe/Lisbon", Active: true,
		Name:         Name{"Ms. Ana Sousa", "Sousa", "Ana", "Maria", "Ms.", "III"},
		Emails:       []Email{{"ana@contoso.example", "work", true}},
		Addresses:    []Address{{"1 Street, Lisbon", "1 Street", "Lisbon", "LX", "1000", "PT", "work", true}},
		PhoneNumbers: []PhoneNumber{{"555-555-5555", "work", false}},
		Roles:        []Role{{"Researcher", "work", true}},
		Enterprise:   &Enterprise{"701984", "4130", "Contoso", "Parks", "Tours", &Manager{"94d00cd8"}},
	}
	a := mustCreate(t, s, full)
	a.ID = "ID"
	check := func(v any, want string) {
		t.Helper()
		got, err := marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want+"\n" {
			t.Errorf("got  %swant %s", got, want)
		}
	}
	check(a, `{"id":"ID","externalId":"701984","meta":{"resourceType":"User","created":"2026-01-05T09:00:00Z","lastModified":"2026-01-05T09:00:00Z"},`+
		`"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"userName":"ana@contoso.example",`+
		`"name":{"formatted":"Ms. Ana Sousa","familyName":"Sousa","givenName":"Ana","middleName":"Maria","honorificPrefix":"Ms.","honorificSuffix":"III"},`+
		`"displayName":"Ana & Co <x>","nickName":"Ana","profileUrl":"https://contoso.example/ana","title":"Guide","userType":"Employee","preferredLanguage":"en-US","locale":"en-US","timezone":"Europe/Lisbon","active":true,`+
		`"emails":[{"value":"ana@contoso.example","type":"work","primary":true}],`+
		`"addresses":[{"formatted":"1 Street, Lisbon","streetAddress":"1 Street","locality":"Lisbon","region":"LX","postalCode":"1000","country":"PT","type":"work","primary":true}],`+
		`"phoneNumbers":[{"value":"555-555-5555","type":"work"}],"roles":[{"value":"Researcher","type":"work","primary":true}],`+
		`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"701984","costCenter":"4130","organization":"Contoso","division":"Parks","department":"Tours","manager":{"value":"94d00cd8"}}}`)

	b := mustCreate(t, s, User{UserName: "bo", DisplayName: "Bo", Name: Name{GivenName: "Bo", FamilyName: "Ek"}, Enterprise: &Enterprise{}})
	b.ID = "ID"
	check(b, `{"id":"ID","meta":{"resourceType":"User","created":"2026-01-05T09:00:00Z","lastModified":"2026-01-05T09:00:00Z"},"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],`+
		`"userName":"bo","name":{"familyName":"Ek","givenName":"Bo"},"displayName":"Bo","active":false}`)

	g := mustGroup(t, s, "aws-admins", s.Users()[0].ID)
	g.ID = "ID"
	check(g, `{"id":"ID","meta":{"resourceType":"Group","created":"2026-01-05T09:00:00Z","lastModified":"2026-01-05T09:00:00Z"},"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"aws-admins"}`)

	if !json.Valid(must(json.Marshal(s.Users()))) {
		t.Error("json.Marshal of users is not JSON")
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
