package control_test

import (
	"strings"
	"testing"

	"github.com/idharness/harness/idp/directory"
)

func TestEntraUsers(t *testing.T) {
	f := newFixture(t)
	a := f.send("POST", "/v1/entra/users", `{"userPrincipalName": "ana@contoso.example", "givenName": "Ana", "department": "Platform", "password": "secret-of-ana", "extensionAttributes": {"extensionAttribute1": "x"}}`).want(201)
	ana := as[directory.User](a)
	if stored, ok := f.entra.Directory().User("ana@contoso.example"); !ok || stored.ID != ana.ID || stored.Password != "secret-of-ana" || strings.Contains(a.text, "secret-of-ana") {
		t.Errorf("created %+v: %s", stored, a.text)
	}
	if p := f.send("POST", "/v1/entra/users", `{"userPrincipalName": "ana@contoso.example"}`).problem(409); p.Code == "" {
		t.Errorf("%+v", p)
	}
	f.send("POST", "/v1/entra/users", `{"userPrincipalName": "no name"}`).problem(422)
	f.user("bruno@contoso.example")
	if got := as[[]directory.User](f.send("GET", "/v1/entra/users?userPrincipalName=ANA%40contoso.example", "").want(200)); len(got) != 1 || got[0].ID != ana.ID {
		t.Errorf("filtered: %+v", got)
	}
	if got := f.send("GET", "/v1/entra/users?userPrincipalName=nobody", "").want(200).text; got != "[]\n" {
		t.Errorf("nobody: %s", got)
	}
	if got := as[[]directory.User](f.send("GET", "/v1/entra/users", "").want(200)); len(got) != 2 {
		t.Errorf("all: %+v", got)
	}

	changed := as[directory.User](f.send("PATCH", "/v1/entra/users/"+ana.ID, `{"department": null, "jobTitle": "Lead", "accountEnabled": false, "extensionAttributes": {"extensionAttribute2": "y"}}`).want(200))
	if changed.Department != "" || changed.JobTitle != "Lead" || changed.Enabled() || changed.GivenName != "Ana" || len(changed.ExtensionAttributes) != 1 || changed.ExtensionAttributes["extensionAttribute2"] != "y" {
		t.Errorf("changed: %+v", changed)
	}
	if stored, _ := f.entra.Directory().User(ana.ID); stored.Password != "secret-of-ana" {
		t.Errorf("the password is now %q", stored.Password)
	}
	p := f.send("PATCH", "/v1/entra/users/ana@contoso.example", "{\"departmnt\": null,\n\"city\": 3}").problem(400)
	if len(p.Errors) != 2 || p.Errors[0].Detail != `unknown key "departmnt"; did you mean "department"?` || p.Errors[1].Line != 2 || p.Errors[1].Column != 9 {
		t.Errorf("%+v", p)
	}
	if p := f.send("GET", "/v1/entra/users/anna@contoso.example", "").problem(404); p.Hint != "did you mean ana@contoso.example?" {
		t.Errorf("%+v", p)
	}
	f.send("PATCH", "/v1/entra/users/nobody@contoso.example", `{}`).problem(404)
	f.send("PATCH", "/v1/entra/users/ana@contoso.example", `[]`).problem(400)

	f.send("DELETE", "/v1/entra/users/ana@contoso.example", "").want(200)
	f.send("GET", "/v1/entra/users/ana@contoso.example", "").problem(404)
	if got := as[[]directory.User](f.send("GET", "/v1/entra/deleted-users", "").want(200)); len(got) != 1 || got[0].Deleted.IsZero() {
		t.Errorf("recycle bin: %+v", got)
	}
	f.send("POST", "/v1/entra/deleted-users/ana@contoso.example/restore", "").want(200)
	f.send("GET", "/v1/entra/users/ana@contoso.example", "").want(200)
	f.send("DELETE", "/v1/entra/users/ana@contoso.example", "").want(200)
	f.send("DELETE", "/v1/entra/deleted-users/ana@contoso.example", "").want(204)
	f.send("DELETE", "/v1/entra/deleted-users/ana@contoso.example", "").problem(404)
	f.send("POST", "/v1/entra/deleted-users/ana@contoso.example/restore", "").problem(404)
}

type groupAnswer struct {
	ID, DisplayName, Description string
	Members                      []string
}

func TestEntraGroups(t *testing.T) {
	f := newFixture(t)
	f.user("ana@contoso.example")
	g := as[groupAnswer](f.send("POST", "/v1/entra/groups", `{"displayName": "a / b", "description": "d", "members": ["ana@contoso.example"]}`).want(201))
	if len(g.Members) != 1 {
		t.Errorf("created: %+v", g)
	}
	f.send("POST", "/v1/entra/groups", `{"displayName": "half", "members": ["nobody@contoso.example"]}`).problem(404)
	if got := as[[]groupAnswer](f.send("GET", "/v1/entra/groups", "").want(200)); len(got) != 1 {
		t.Errorf("a group whose members are not there stays: %+v", got)
	}
	f.send("POST", "/v1/entra/groups", `{"displayName": "inner"}`).want(201)
	const path = "/v1/entra/groups/a%20%2F%20b"
	if got := as[groupAnswer](f.send("PUT", path+"/members/inner", "").want(200)); strings.Join(got.Members, " ") != "ana@contoso.example inner" {
		t.Errorf("added: %+v", got)
	}
	if got := as[groupAnswer](f.send("DELETE", path+"/members/ana@contoso.example", "").want(200)); strings.Join(got.Members, " ") != "inner" {
		t.Errorf("removed: %+v", got)
	}
	f.send("PUT", path+"/members/nobody", "").problem(404)
	f.send("PUT", "/v1/entra/groups/nothing/members/inner", "").problem(404)
	if got := as[groupAnswer](f.send("PATCH", "/v1/entra/groups/"+g.ID, `{"description": null, "displayName": "c"}`).want(200)); got.Description != "" || got.DisplayName != "c" || len(got.Members) != 1 {
		t.Errorf("changed: %+v", got)
	}
	f.send("GET", "/v1/entra/groups/c", "").want(200)
	f.send("DELETE", "/v1/entra/groups/c", "").want(200)
	f.send("GET", "/v1/entra/groups/c", "").problem(404)
}

func TestEntraChoicesAndPolicies(t *testing.T) {
	f := newFixture(t)
	a := f.send("PATCH", "/v1/entra/choices", `{"assertionValidity": "30m", "unknownIssuer": "AADSTS650056"}`).want(200)
	if got := f.entra.Choices(); got.AssertionValidity.Minutes() != 30 || !strings.Contains(a.text, `"assertionValidity": "30m0s"`) {
		t.Errorf("choices %+v: %s", got, a.text)
	}
	f.send("PATCH", "/v1/entra/choices", `{"assertionValidity": null}`).want(200)
	if got := f.entra.Choices(); got.AssertionValidity != 0 || got.UnknownIssuer != "AADSTS650056" {
		t.Errorf("after null: %+v", got)
	}
	if p := f.send("PATCH", "/v1/entra/choices", `{"unknownIssuer": "AADSTS1"}`).problem(400); !strings.Contains(p.Detail, "unknown value") {
		t.Errorf("%+v", p)
	}
	f.send("PUT", "/v1/entra/conditional-access", `[{"displayName": "Block", "grant": "block"}]`).want(200)
	if got := f.entra.ConditionalAccess(); len(got) != 1 || got[0].DisplayName != "Block" {
		t.Errorf("policies %+v", got)
	}
	f.send("PUT", "/v1/entra/conditional-access", `[{"displayName": "Block"}]`).problem(400)
	f.send("DELETE", "/v1/entra/conditional-access", "").want(204)
	if got := f.send("GET", "/v1/entra/conditional-access", "").text; got != "[]\n" {
		t.Errorf("cleared: %s", got)
	}
	f.send("GET", "/v1/entra/notifications", "").want(200)
}

func TestApplications(t *testing.T) {
	f := newFixture(t)
	f.user("ana@contoso.example")
	f.send("POST", "/v1/entra/applications", `{"name": "Payroll", "identifiers": ["https://payroll.contoso.example"], "replyUrls": ["https://payroll.contoso.example/acs"], "appRoles": [{"value": "reader"}]}`).want(201)
	f.send("POST", "/v1/entra/applications", `{"template": "aws-iam-identity-center"}`).want(201)
	app, _ := f.entra.AppByName("Payroll")
	a := f.send("PATCH", "/v1/entra/applications/payroll-typo", `{}`)
	a.problem(404)
	f.send("PATCH", "/v1/entra/applications/"+app.AppID(), `{"signing": {"option": "both"}, "relayState": "here", "nameID": {"source": "user.mail"}}`).want(200)
	if got := app.Config(); got.Signing.Option != "both" || got.RelayState != "here" || got.NameID.Source != "user.mail" {
		t.Errorf("changed: %+v", got)
	}
	f.send("PATCH", "/v1/entra/applications/Payroll", `{"nameID": {"value": "constant"}, "relayState": null}`).want(200)
	if got := app.Config(); got.RelayState != "" || got.NameID.Source != "" || got.NameID.Value != "constant" {
		t.Errorf("a member takes the place of the old one as a whole: %+v", got)
	}
	a = f.send("PATCH", "/v1/entra/applications/Payroll", `{"claims": [{"name": "x", "source": "user.nothing"}]}`)
	if p := a.problem(422); p.Where != "claims[0].source" || len(p.Errors) != 1 {
		t.Errorf("%+v", p)
	}
	f.send("PATCH", "/v1/entra/applications/Payroll", `{"signing": {"option": "all"}}`).problem(400)
	f.send("PUT", "/v1/entra/applications/Payroll/metadata", `{"text": "no XML"}`).problem(422)

	const assignments = "/v1/entra/applications/Payroll/assignments"
	if a := f.send("PUT", assignments+"/ana@contoso.example?role=reader", "").want(200); !strings.Contains(a.text, `"role": "reader"`) {
		t.Errorf("assigned: %s", a.text)
	}
	f.send("PUT", assignments+"/ana@contoso.example?role=writer", "").problem(422)
	f.send("PUT", assignments+"/nobody@contoso.example", "").problem(404)
	if got := f.send("DELETE", assignments+"/ana@contoso.example", "").want(200).text; got != "[]\n" {
		t.Errorf("unassigned: %s", got)
	}
	if got := f.send("GET", assignments, "").want(200).text; got != "[]\n" {
		t.Errorf("assignments: %s", got)
	}
}

func TestCertificates(t *testing.T) {
	f := newFixture(t)
	f.send("POST", "/v1/entra/applications", `{"name": "Payroll"}`).want(201)
	const path = "/v1/entra/applications/Payroll/certificates"
	type certificate struct {
		Thumbprint, PEM string
		Active          bool
	}
	first := as[[]certificate](f.send("GET", path, "").want(200))
	if len(first) != 1 || !first[0].Active || !strings.HasPrefix(first[0].PEM, "-----BEGIN CERTIFICATE-----") {
		t.Fatalf("certificates: %+v", first)
	}
	added := as[certificate](f.send("POST", path, `{"displayName": "CN=Payroll"}`).want(201))
	f.send("DELETE", path+"/"+first[0].Thumbprint, "").problem(422)
	if got := as[certificate](f.send("POST", path+"/"+added.Thumbprint+"/activate", "").want(200)); !got.Active {
		t.Errorf("activated: %+v", got)
	}
	if got := as[[]certificate](f.send("DELETE", path+"/"+first[0].Thumbprint, "").want(200)); len(got) != 1 || got[0].Thumbprint != added.Thumbprint {
		t.Errorf("left: %+v", got)
	}
	f.send("POST", path+"/0000/activate", "").problem(422)
	f.send("POST", "/v1/entra/applications/Payroll/custom-certificates", `{"keyPair": "nothing"}`).problem(422)
}
