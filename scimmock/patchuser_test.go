package scimmock_test

import (
	"fmt"
	"testing"
)

// full is a user with a value for everything that PATCH can change.
func full() string {
	return with(ana(), `"nickName":"An","title":"Guide","addresses":[{"type":"work","locality":"Lisbon","country":"PT"}],"phoneNumbers":[{"value":"1","type":"work"}],`+
		`"roles":[{"value":"r"}],"`+enterprise+`":{"department":"Tours","costCenter":"41","manager":{"value":"m"}}`)
}

// TestPatchUser: the operations of the developer guide, PatchUser, in the forms
// in which clients send them.
func TestPatchUser(t *testing.T) {
	for _, test := range []struct{ name, operations, path, want string }{
		// The developer guide's example, and booleans of all kinds.
		{"active as a text", `{"op":"replace","path":"active","value":"false"}`, "active", `false`},
		{"active as a boolean", `{"op":"replace","path":"active","value":false}`, "active", `false`},
		{"Entra disables", `{"op":"Replace","path":"active","value":"False"}`, "active", `false`},
		{"Entra enables", `{"op":"Add","path":"active","value":"True"}`, "active", `true`},
		{"Okta deactivates without a path", `{"op":"replace","value":{"active":false}}`, "active", `false`},

		// Entra's legacy form: one operation for each leaf, capitalised.
		{"Entra replaces a text", `{"op":"Replace","path":"displayName","value":"Ana S."}`, "displayName", `"Ana S."`},
		{"Entra adds a text", `{"op":"Add","path":"preferredLanguage","value":"pt"}`, "preferredLanguage", `"pt"`},
		{"Entra replaces the e-mail address", `{"op":"Replace","path":"emails[type eq \"work\"].value","value":"ana.s@contoso.example"}`, "emails", `[{"value":"ana.s@contoso.example","type":"work","primary":true}]`},
		{"Entra replaces part of a name", `{"op":"Replace","path":"name.givenName","value":"Anna"}`, "name", `{"familyName":"Sousa","givenName":"Anna"}`},
		{"Entra adds name.formatted", `{"op":"Add","path":"name.formatted","value":"Ana Sousa"}`, "name", `{"formatted":"Ana Sousa","familyName":"Sousa","givenName":"Ana"}`},
		{"Entra replaces part of an address", `{"op":"Replace","path":"addresses[type eq \"work\"].locality","value":"Porto"}`, "addresses", `[{"locality":"Porto","country":"PT","type":"work"}]`},
		{"Entra adds part of an address", `{"op":"Add","path":"addresses[type eq \"work\"].postalCode","value":"1000"}`, "addresses", `[{"locality":"Lisbon","postalCode":"1000","country":"PT","type":"work"}]`},
		{"Entra replaces a phone number", `{"op":"Replace","path":"phoneNumbers[type eq \"work\"].value","value":"2"}`, "phoneNumbers", `[{"value":"2","type":"work"}]`},
		{"Entra replaces externalId", `{"op":"Replace","path":"externalId","value":"a-2"}`, "externalId", `"a-2"`},
		{"Entra replaces an enterprise attribute", `{"op":"Replace","path":"` + enterprise + `:department","value":"Parks"}`, enterprise, `{"costCenter":"41","department":"Parks","manager":{"value":"m"}}`},
		{"Entra adds an enterprise attribute", `{"op":"Add","path":"` + enterprise + `:employeeNumber","value":"7"}`, enterprise, `{"employeeNumber":"7","costCenter":"41","department":"Tours","manager":{"value":"m"}}`},
		{"Entra sets the manager", `{"op":"Add","path":"` + enterprise + `:manager","value":"n"}`, enterprise, `{"costCenter":"41","department":"Tours","manager":{"value":"n"}}`},
		{"Entra sets the manager, older form", `{"op":"Add","path":"` + enterprise + `:manager","value":[{"$ref":"http://x/Users/n","value":"n"}]}`, enterprise, `{"costCenter":"41","department":"Tours","manager":{"value":"n"}}`},
		{"Entra removes the manager", `{"op":"Remove","path":"` + enterprise + `:manager"}`, enterprise, `{"costCenter":"41","department":"Tours"}`},

		// Entra's form with aadOptscim062020, as far as AWS takes it.
		{"one attribute without a path", `{"op":"replace","value":{"displayName":"Ana S."}}`, "displayName", `"Ana S."`},
		{"a dotted name without a path", `{"op":"replace","value":{"name.givenName":"Anna"}}`, "name", `{"familyName":"Sousa","givenName":"Anna"}`},
		{"an enterprise attribute without a path", `{"op":"replace","value":{"` + enterprise + `:department":"Parks"}}`, enterprise, `{"costCenter":"41","department":"Parks","manager":{"value":"m"}}`},
		{"the extension without a path", `{"op":"add","value":{"` + enterprise + `":{"department":"Parks"}}}`, enterprise, `{"costCenter":"41","department":"Parks","manager":{"value":"m"}}`},
		{"id does not count as an attribute", `{"op":"replace","value":{"id":"x","title":"Lead"}}`, "title", `"Lead"`},
		{"path null or empty counts as none", `{"op":"replace","path":null,"value":{"title":"Lead"}},{"op":"replace","path":"","value":{"nickName":"A"}}`, "title", `"Lead"`},

		// RFC 7644 section 3.5.2.
		{"replace keeps other parts of a name", `{"op":"replace","path":"name","value":{"givenName":"Anna","middleName":"M"}}`, "name", `{"familyName":"Sousa","givenName":"Anna","middleName":"M"}`},
		{"null clears a part", `{"op":"replace","path":"name","value":{"formatted":null}}`, "name", `{"familyName":"Sousa","givenName":"Ana"}`},
		{"null unassigns", `{"op":"replace","path":"title","value":null}`, "title", `null`},
		{"null unassigns a list", `{"op":"replace","path":"phoneNumbers","value":null}`, "phoneNumbers", `null`},
		{"null adds nothing to a list", `{"op":"add","path":"phoneNumbers","value":null}`, "phoneNumbers", `[{"value":"1","type":"work"}]`},
		{"null unassigns part of a value", `{"op":"replace","path":"addresses[type eq \"work\"].country","value":null}`, "addresses", `[{"locality":"Lisbon","type":"work"}]`},
		{"remove a text", `{"op":"remove","path":"nickName"}`, "nickName", `null`},
		{"remove part of a name", `{"op":"add","path":"name.middleName","value":"M"},{"op":"remove","path":"name.middleName"}`, "name", `{"familyName":"Sousa","givenName":"Ana"}`},
		{"remove an enterprise attribute", `{"op":"remove","path":"` + enterprise + `:department"}`, enterprise, `{"costCenter":"41","manager":{"value":"m"}}`},
		{"remove the extension", `{"op":"remove","path":"` + enterprise + `"}`, enterprise, `null`},
		{"the root called enterprise", `{"op":"replace","path":"enterprise.department","value":"Parks"}`, enterprise, `{"costCenter":"41","department":"Parks","manager":{"value":"m"}}`},
		{"manager.value", `{"op":"replace","path":"` + enterprise + `:manager.value","value":"n"}`, enterprise, `{"costCenter":"41","department":"Tours","manager":{"value":"n"}}`},
		{"manager as an object", `{"op":"replace","path":"` + enterprise + `:manager","value":{"value":"n","$ref":"../Users/n"}}`, enterprise, `{"costCenter":"41","department":"Tours","manager":{"value":"n"}}`},
		{"manager.$ref, which is not kept", `{"op":"replace","path":"` + enterprise + `:manager.$ref","value":"../Users/n"}`, enterprise, `{"costCenter":"41","department":"Tours","manager":{"value":"m"}}`},
		{"manager null", `{"op":"replace","path":"` + enterprise + `:manager","value":null}`, enterprise, `{"costCenter":"41","department":"Tours"}`},
		{"the extension null", `{"op":"replace","path":"` + enterprise + `","value":null}`, enterprise, `null`},
		{"unknown parts of a value are ignored", `{"op":"replace","path":"name","value":{"givenName":"Anna","initials":"A"}},{"op":"replace","path":"phoneNumbers","value":[{"value":"9","type":"work","extension":"1"}]}`, "phoneNumbers", `[{"value":"9","type":"work"}]`},
		{"a path with the core schema", `{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":"Lead"}`, "title", `"Lead"`},
		{"a path in another case", `{"op":"replace","path":"NAME.GIVENNAME","value":"Anna"}`, "name", `{"familyName":"Sousa","givenName":"Anna"}`},
		{"replace a list", `{"op":"replace","path":"emails","value":[{"value":"b@contoso.example","type":"home","primary":true}]}`, "emails", `[{"value":"b@contoso.example","type":"home","primary":true}]`},
		{"replace a list by one object", `{"op":"replace","path":"phoneNumbers","value":{"value":"9","type":"home"}}`, "phoneNumbers", `[{"value":"9","type":"home"}]`},
		{"replace a list by nothing", `{"op":"replace","path":"phoneNumbers","value":[]}`, "phoneNumbers", `null`},
		{"adding what is there changes nothing", `{"op":"add","path":"phoneNumbers","value":[{"value":"1","type":"work"}]}`, "phoneNumbers", `[{"value":"1","type":"work"}]`},
		{"remove a list", `{"op":"remove","path":"emails"}`, "emails", `null`},
		{"remove a value by filter", `{"op":"remove","path":"emails[type eq \"work\"]"}`, "emails", `null`},
		{"remove by a filter that selects nothing", `{"op":"remove","path":"emails[type eq \"home\"]"}`, "emails", `[{"value":"ana@contoso.example","type":"work","primary":true}]`},
		{"remove the value of a value", `{"op":"Remove","path":"phoneNumbers[type eq \"work\"].value"}`, "phoneNumbers", `null`},
		{"remove a part of a value", `{"op":"Remove","path":"addresses[type eq \"work\"].locality"}`, "addresses", `[{"country":"PT","type":"work"}]`},
		{"merge into a value by filter", `{"op":"replace","path":"addresses[type eq \"work\"]","value":{"locality":"Porto"}}`, "addresses", `[{"locality":"Porto","country":"PT","type":"work"}]`},
		{"a filter by a quoted boolean", `{"op":"replace","path":"emails[primary eq \"True\"].value","value":"b@contoso.example"}`, "emails", `[{"value":"b@contoso.example","type":"work","primary":true}]`},
		{"a filter by a boolean", `{"op":"replace","path":"emails[primary eq true].value","value":"b@contoso.example"}`, "emails", `[{"value":"b@contoso.example","type":"work","primary":true}]`},
		{"a sub-attribute without a filter", `{"op":"replace","path":"phoneNumbers.value","value":"9"}`, "phoneNumbers", `[{"value":"9","type":"work"}]`},

		// Several operations are applied one after another.
		{"make room, then add", `{"op":"remove","path":"phoneNumbers"},{"op":"add","path":"phoneNumbers","value":[{"value":"2","type":"mobile"}]},{"op":"replace","path":"phoneNumbers[type eq \"mobile\"].value","value":"3"}`, "phoneNumbers", `[{"value":"3","type":"mobile"}]`},
		{"different attributes", `{"op":"remove","path":"title"},{"op":"add","path":"locale","value":"pt-PT"},{"op":"replace","path":"nickName","value":"A"}`, "nickName", `"A"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t)
			id := e.user(full())
			r := e.patch("/Users/"+id, test.operations).want(200)
			same(t, test.path, r.json(test.path), test.want)
			if got := e.get("/Users/" + id).body; got != r.body {
				t.Errorf("PATCH answered\n%s but the user is\n%s", r.body, got)
			}
		})
	}
}

// TestPatchMakesValues: Entra adds to, or replaces in, emails[type eq "work"]
// although there is none, and counts on the service to make one (RFC 7644
// erratum 8097). The e-mail address becomes primary.
func TestPatchMakesValues(t *testing.T) {
	for _, test := range []struct{ name, operations, path, want string }{
		{"e-mail address", `{"op":"Add","path":"emails[type eq \"work\"].value","value":"u@contoso.example"}`, "emails", `[{"value":"u@contoso.example","type":"work","primary":true}]`},
		{"e-mail address by replace", `{"op":"Replace","path":"emails[type eq \"work\"].value","value":"u@contoso.example"}`, "emails", `[{"value":"u@contoso.example","type":"work","primary":true}]`},
		{"phone number", `{"op":"Add","path":"phoneNumbers[type eq \"work\"].value","value":"1"}`, "phoneNumbers", `[{"value":"1","type":"work"}]`},
		{"address in parts", `{"op":"Add","path":"addresses[type eq \"work\"].locality","value":"Lisbon"},{"op":"Add","path":"addresses[type eq \"work\"].country","value":"PT"}`, "addresses", `[{"locality":"Lisbon","country":"PT","type":"work"}]`},
		{"by a whole value", `{"op":"add","path":"emails[type eq \"work\"]","value":{"value":"u@contoso.example"}}`, "emails", `[{"value":"u@contoso.example","type":"work","primary":true}]`},
		{"by a filter on primary", `{"op":"add","path":"emails[primary eq true].value","value":"u@contoso.example"}`, "emails", `[{"value":"u@contoso.example","primary":true}]`},
		{"without a filter", `{"op":"add","path":"emails.value","value":"u@contoso.example"}`, "emails", `[{"value":"u@contoso.example","primary":true}]`},
		{"as an array", `{"op":"add","path":"emails","value":[{"value":"u@contoso.example","type":"work","primary":true}]}`, "emails", `[{"value":"u@contoso.example","type":"work","primary":true}]`},
		{"nothing for null", `{"op":"Replace","path":"emails[type eq \"work\"].value","value":null}`, "emails", `null`},
		{"the extension", `{"op":"Add","path":"` + enterprise + `:department","value":"Tours"}`, enterprise, `{"department":"Tours"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t)
			r := e.patch("/Users/"+e.person("u"), test.operations).want(200)
			same(t, test.path, r.json(test.path), test.want)
		})
	}
}

func TestPatchUserRefuses(t *testing.T) {
	onlyEmails, onlyPhones := fmt.Sprintf(onlyOne, "emails"), fmt.Sprintf(onlyOne, "phoneNumbers")
	for _, test := range []struct{ name, operations, detail string }{
		{"remove without a path", `{"op":"remove"}`, "Missing path in PATCH request"},
		{"remove with a value and no path", `{"op":"Remove","value":{"title":"x"}}`, "Missing path in PATCH request"},
		{"several attributes without a path, Entra with aadOptscim062020", `{"op":"replace","value":{"displayName":"A","name.givenName":"B"}}`, severalOps},
		{"no attribute without a path", `{"op":"replace","value":{"id":"x"}}`, severalOps},
		{"two e-mails, CloudTrail example", `{"op":"replace","path":"emails","value":[{"value":"a@contoso.example","primary":true},{"value":"b@contoso.example"}]}`, onlyEmails},
		{"another e-mail", `{"op":"add","path":"emails","value":[{"value":"b@contoso.example","type":"home","primary":true}]}`, onlyEmails},
		{"another type of phone number, Entra's mobile", `{"op":"Add","path":"phoneNumbers[type eq \"mobile\"].value","value":"2"}`, onlyPhones},
		{"empty text", `{"op":"replace","path":"name.familyName","value":""}`, fmt.Sprintf(nonEmpty, "name.familyName", pattern)},
		{"empty manager, Microsoft's validator", `{"op":"replace","path":"` + enterprise + `:manager","value":""}`, fmt.Sprintf(nonEmpty, enterprise+".manager.value", pattern)},
		{"control character", `{"op":"replace","path":"title","value":"a\u0000"}`, fmt.Sprintf(mustMatch, "title", pattern)},
		{"null for a part that is required", `{"op":"replace","path":"name","value":{"givenName":null}}`, fmt.Sprintf(mustExist, "name.givenName")},

		{"no operation name", `{"path":"title","value":"x"}`, genericInvalid},
		{"unknown operation", `{"op":"move","path":"title","value":"x"}`, genericInvalid},
		{"operation a number", `{"op":1,"path":"title","value":"x"}`, genericInvalid},
		{"operation a text", `"remove"`, genericInvalid},
		{"add without a value", `{"op":"add","path":"title"}`, genericInvalid},
		{"replace without a value", `{"op":"replace","path":"title"}`, genericInvalid},
		{"path a number", `{"op":"replace","path":1,"value":"x"}`, genericInvalid},
		{"value a text without a path", `{"op":"replace","value":"x"}`, genericInvalid},
		{"two operations on userName", `{"op":"replace","path":"userName","value":"a"},{"op":"replace","path":"userName","value":"b"}`, genericInvalid},
		{"two operations on active", `{"op":"replace","path":"active","value":true},{"op":"replace","value":{"active":false}}`, genericInvalid},
		{"remove userName", `{"op":"remove","path":"userName"}`, genericInvalid},
		{"remove active", `{"op":"remove","path":"active"}`, genericInvalid},
		{"remove displayName", `{"op":"remove","path":"displayName"}`, genericInvalid},
		{"remove name", `{"op":"remove","path":"name"}`, genericInvalid},
		{"remove familyName", `{"op":"remove","path":"name.familyName"}`, genericInvalid},
		{"null for userName", `{"op":"replace","path":"userName","value":null}`, genericInvalid},
		{"null for active", `{"op":"replace","path":"active","value":null}`, genericInvalid},
		{"number for a text", `{"op":"replace","path":"title","value":7}`, genericInvalid},
		{"text for active", `{"op":"replace","path":"active","value":"off"}`, genericInvalid},
		{"roles", `{"op":"add","path":"roles","value":[{"value":"x"}]}`, genericInvalid},
		{"roles by filter", `{"op":"add","path":"roles[primary eq \"True\"].value","value":"x"}`, genericInvalid},
		{"groups", `{"op":"add","path":"groups","value":[{"value":"x"}]}`, genericInvalid},
		{"password", `{"op":"replace","path":"password","value":"x"}`, genericInvalid},
		{"photos", `{"op":"add","path":"photos[type eq \"photo\"].value","value":"x"}`, genericInvalid},
		{"id", `{"op":"replace","path":"id","value":"x"}`, genericInvalid},
		{"meta", `{"op":"replace","path":"meta.created","value":"x"}`, genericInvalid},
		{"unknown attribute", `{"op":"replace","path":"shoeSize","value":"x"}`, genericInvalid},
		{"unknown attribute without a path", `{"op":"replace","value":{"shoeSize":"x"}}`, genericInvalid},
		{"attribute in another case without a path", `{"op":"replace","value":{"ExternalID":"x"}}`, genericInvalid},
		{"unknown schema", `{"op":"replace","path":"urn:x:2.0:User:shoeSize","value":"x"}`, genericInvalid},
		{"the core schema itself", `{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User","value":{"title":"x"}}`, genericInvalid},
		{"unknown part of a name", `{"op":"replace","path":"name.initials","value":"x"}`, genericInvalid},
		{"part of a text", `{"op":"replace","path":"title.value","value":"x"}`, genericInvalid},
		{"part of active", `{"op":"replace","path":"active.value","value":true}`, genericInvalid},
		{"filter on a text", `{"op":"replace","path":"title[type eq \"a\"]","value":"x"}`, genericInvalid},
		{"display", `{"op":"add","path":"emails[type eq \"work\"].display","value":"x"}`, genericInvalid},
		{"display within a value", `{"op":"add","path":"phoneNumbers[type eq \"work\"]","value":{"display":"x"}}`, genericInvalid},
		{"address part of an e-mail", `{"op":"add","path":"emails[type eq \"work\"].country","value":"PT"}`, genericInvalid},
		{"manager's displayName", `{"op":"add","path":"` + enterprise + `:manager.displayName","value":"x"}`, genericInvalid},
		{"unknown part of the manager", `{"op":"add","path":"` + enterprise + `:manager.name","value":"x"}`, genericInvalid},
		{"part of a part of a name", `{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:name.givenName.x","value":"x"}`, genericInvalid},
		{"part before a filter", `{"op":"replace","path":"emails.value[type eq \"work\"]","value":"x"}`, genericInvalid},
		{"part of a part of a value", `{"op":"replace","path":"emails[type eq \"work\"].value.x","value":"x"}`, genericInvalid},
		{"a schema's member in another case without a path", `{"op":"replace","value":{"name.GivenName":"x"}}`, genericInvalid},
		{"unknown enterprise attribute", `{"op":"add","path":"` + enterprise + `:shoeSize","value":"x"}`, genericInvalid},
		{"part of an enterprise attribute", `{"op":"add","path":"` + enterprise + `:department.value","value":"x"}`, genericInvalid},
		{"path with an index", `{"op":"replace","path":"emails[0].value","value":"x"}`, genericInvalid},
		{"path that goes on", `{"op":"replace","path":"emails[type eq \"work\"] or title","value":"x"}`, genericInvalid},
		{"path with a slash", `{"op":"replace","path":"/name/givenName","value":"x"}`, genericInvalid},
		{"another operator in a path", `{"op":"replace","path":"emails[type ne \"work\"].value","value":"x"}`, badFilter},
		{"and in a path", `{"op":"replace","path":"emails[type eq \"work\" and primary eq true].value","value":"x"}`, badFilter},
		{"not in a path", `{"op":"replace","path":"emails[not (type eq \"work\")].value","value":"x"}`, badFilter},
		{"e-mail address no longer primary", `{"op":"replace","path":"emails[type eq \"work\"].primary","value":false}`, genericInvalid},
		{"primary removed", `{"op":"remove","path":"emails[type eq \"work\"].primary"}`, genericInvalid},
		{"e-mail address that is not primary", `{"op":"replace","path":"emails","value":[{"value":"b@contoso.example","type":"work"}]}`, genericInvalid},
		{"texts for e-mails", `{"op":"replace","path":"emails","value":["b@contoso.example"]}`, genericInvalid},
		{"text for the extension", `{"op":"replace","path":"` + enterprise + `","value":"x"}`, genericInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t)
			id := e.user(full())
			before := e.get("/Users/" + id).body
			e.patch("/Users/"+id, test.operations).refused(400, test.detail)
			// RFC 7644 section 3.5.2: all operations or none.
			e.patch("/Users/"+id, `{"op":"replace","path":"nickName","value":"changed"},`+test.operations).refused(400, test.detail)
			if after := e.get("/Users/" + id).body; after != before {
				t.Errorf("a refused PATCH changed the user from\n%s to\n%s", before, after)
			}
		})
	}
}

// TestPatchEnvelope is about the request around the operations.
func TestPatchEnvelope(t *testing.T) {
	const op = `{"op":"replace","path":"title","value":"Lead"}`
	for _, test := range []struct {
		name, body string
		status     int
	}{
		{"Operations first", `{"Operations":[` + op + `],"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}`, 200},
		{"no schemas", `{"Operations":[` + op + `]}`, 200},
		{"schemas null", `{"schemas":null,"Operations":[` + op + `]}`, 200},
		{"another schema", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"Operations":[` + op + `]}`, 400},
		{"no Operations", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}`, 400},
		{"no operation, Microsoft's validator once", `{"Operations":[]}`, 400},
		{"Operations an object", `{"Operations":` + op + `}`, 400},
		{"operations", `{"operations":[` + op + `]}`, 400},
		{"a resource", ana(), 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := run(t)
			id := e.user(ana())
			r := e.do("PATCH", "/Users/"+id, test.body).want(test.status)
			if test.status == 400 {
				r.refused(400, genericInvalid)
			}
		})
	}
}

// A PATCH that changes nothing leaves lastModified alone (RFC 7644 section
// 3.5.2.1).
func TestPatchOfNothing(t *testing.T) {
	e := run(t)
	id := e.user(full())
	before := e.get("/Users/" + id).body
	e.clock.Advance(1e12)
	r := e.patch("/Users/"+id, `{"op":"add","path":"title","value":"Guide"},{"op":"add","path":"phoneNumbers","value":[{"value":"1","type":"work"}]}`).want(200)
	if r.body != before {
		t.Errorf("got\n%s want\n%s", r.body, before)
	}
}
