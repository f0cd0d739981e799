package control_test

import (
	"strings"
	"testing"
	"time"
)

func TestIdentityCenterUsersAndGroups(t *testing.T) {
	f := newFixture(t)
	type user struct {
		ID, UserName, DisplayName string
		Active                    bool
		Emails                    []struct{ Value string }
	}
	const bruno = `{"userName": "bruno", "givenName": "Bruno", "familyName": "Lima", "displayName": "Bruno Lima", "email": "bruno@contoso.example"}`
	if got := as[user](f.send("POST", "/v1/identity-center/users", bruno).want(201)); !got.Active || len(got.Emails) != 1 {
		t.Errorf("created: %+v", got)
	}
	if p := f.send("POST", "/v1/identity-center/users", bruno).problem(409); p.Code != "ConflictException" {
		t.Errorf("%+v", p)
	}
	got := as[user](f.send("PATCH", "/v1/identity-center/users/bruno", `{"active": false, "displayName": "B"}`).want(200))
	if got.Active || got.DisplayName != "B" || len(got.Emails) != 1 || got.Emails[0].Value != "bruno@contoso.example" {
		t.Errorf("changed: %+v", got)
	}
	f.send("PATCH", "/v1/identity-center/users/bruno", `{"active": 1}`).problem(400)
	if got := as[user](f.send("PATCH", "/v1/identity-center/users/bruno", `{"active": true}`).want(200)); !got.Active {
		t.Errorf("active again: %+v", got)
	}
	if got := as[[]user](f.send("GET", "/v1/identity-center/users?userName=bruno", "").want(200)); len(got) != 1 {
		t.Errorf("filtered: %+v", got)
	}
	if got := f.send("GET", "/v1/identity-center/users?userName=nobody", "").want(200).text; got != "[]\n" {
		t.Errorf("nobody: %s", got)
	}
	if p := f.send("GET", "/v1/identity-center/users/bruna", "").problem(404); p.Hint != "did you mean bruno?" {
		t.Errorf("%+v", p)
	}
	f.send("POST", "/v1/identity-center/groups", `{"displayName": "auditors"}`).want(201)
	if got := as[groupAnswer](f.send("PUT", "/v1/identity-center/groups/auditors/members/bruno", "").want(200)); len(got.Members) != 1 {
		t.Errorf("added: %+v", got)
	}
	f.send("PUT", "/v1/identity-center/groups/auditors/members/nobody", "").problem(404)
	if got := as[groupAnswer](f.send("DELETE", "/v1/identity-center/groups/auditors/members/bruno", "").want(200)); len(got.Members) != 0 {
		t.Errorf("removed: %+v", got)
	}
	f.send("GET", "/v1/identity-center/groups/auditor", "").problem(404)
	f.send("DELETE", "/v1/identity-center/groups/auditors", "").want(200)
	if got := f.send("GET", "/v1/identity-center/groups", "").want(200).text; got != "[]\n" {
		t.Errorf("groups: %s", got)
	}
	f.send("DELETE", "/v1/identity-center/users/bruno/sessions", "").want(200)
	f.send("DELETE", "/v1/identity-center/users/bruno", "").want(200)
	f.send("DELETE", "/v1/identity-center/users/bruno", "").problem(404)
}

func TestIdentityCenterAccess(t *testing.T) {
	f := newFixture(t)
	f.send("POST", "/v1/identity-center/accounts", `{"id": "111122223333", "name": "Production"}`).want(201)
	f.send("POST", "/v1/identity-center/accounts", `{"id": "1", "name": "x"}`).problem(422)
	f.send("POST", "/v1/identity-center/permission-sets", `{"name": "Auditor", "description": "d", "tags": {"a": "b"}}`).want(201)
	f.send("PATCH", "/v1/identity-center/permission-sets/Auditor", `{"description": null, "sessionDuration": "PT8H"}`).want(200)
	if got := f.center.PermissionSets()[0]; got.Description != "" || got.SessionDuration != "PT8H" || got.Tags["a"] != "b" {
		t.Errorf("changed: %+v", got)
	}
	f.send("PATCH", "/v1/identity-center/permission-sets/Auditor", `{"sessionDuration": "8h"}`).problem(422)
	f.send("PATCH", "/v1/identity-center/permission-sets/Auditr", `{}`).problem(404)
	const query = "?group=auditors&permissionSet=Auditor&account=Production"
	if got := f.send("PUT", "/v1/identity-center/assignments"+query, "").want(200).text; !strings.Contains(got, `"bound": false`) {
		t.Errorf("before the group exists: %s", got)
	}
	f.send("POST", "/v1/identity-center/groups", `{"displayName": "auditors"}`).want(201)
	type assignment struct{ Group, Account, PermissionSet, PrincipalType, Role string }
	got := as[[]assignment](f.send("GET", "/v1/identity-center/assignments", "").want(200))
	if len(got) != 1 || got[0].Group != "auditors" || got[0].Account != "Production" || got[0].PermissionSet != "Auditor" || got[0].PrincipalType != "GROUP" || !strings.HasPrefix(got[0].Role, "arn:aws:iam::111122223333:role/") {
		t.Errorf("assignments: %+v", got)
	}
	f.send("DELETE", "/v1/identity-center/permission-sets/Auditor", "").problem(409)
	f.send("DELETE", "/v1/identity-center/assignments"+query, "").want(204)
	f.send("DELETE", "/v1/identity-center/assignments"+query, "").problem(404)
	f.send("DELETE", "/v1/identity-center/permission-sets/Auditor", "").want(200)
	for _, wrong := range []string{"", "?group=a&user=b&permissionSet=c&account=d", "?group=a&account=d", "?user=a&permissionSet=c"} {
		f.send("PUT", "/v1/identity-center/assignments"+wrong, "").problem(400)
	}
}

func TestIdentityCenterSettings(t *testing.T) {
	f := newFixture(t)
	f.send("PATCH", "/v1/identity-center/choices", `{"clockSkew": "5m", "acceptSha1": true}`).want(200)
	f.send("PATCH", "/v1/identity-center/choices", `{"acceptSha1": null}`).want(200)
	if got := f.center.Choices(); got.ClockSkew != 5*time.Minute || got.AcceptSHA1 {
		t.Errorf("choices: %+v", got)
	}
	f.send("PUT", "/v1/identity-center/session-duration", `{"sessionDuration": "2h"}`).want(200)
	if got := f.send("GET", "/v1/identity-center/session-duration", "").want(200).text; !strings.Contains(got, `"2h0m0s"`) || f.center.SessionDuration() != 2*time.Hour {
		t.Errorf("session duration: %s", got)
	}
	f.send("PUT", "/v1/identity-center/session-duration", `{"sessionDuration": "1s"}`).problem(422)
	f.send("PUT", "/v1/identity-center/identity-provider/metadata", `{"text": "x"}`).problem(422)
	f.send("PUT", "/v1/identity-center/identity-provider", `{"signInUrl": "x", "issuer": "y", "certificate": "z"}`).problem(422)
	if got := f.send("GET", "/v1/identity-center/identity-provider", "").want(200).text; !strings.Contains(got, "identityCenterDirectory") {
		t.Errorf("source: %s", got)
	}
	f.send("DELETE", "/v1/identity-center/identity-provider", "").want(200)
	f.send("GET", "/v1/identity-center/events", "").want(200)
	f.send("GET", "/v1/identity-center/sessions", "").want(200)
}

func TestSCIMTokens(t *testing.T) {
	f := newFixture(t)
	type token struct{ ID, Token, Endpoint string }
	first := as[token](f.send("POST", "/v1/identity-center/tokens", "").want(201))
	if !f.center.Store().ProvisioningEnabled() || f.center.Store().TokenID(first.Token) != first.ID || first.Endpoint != f.center.SCIMURL() {
		t.Errorf("first: %+v", first)
	}
	second := as[token](f.send("POST", "/v1/identity-center/tokens", "").want(201))
	if second.ID == first.ID || f.center.Store().TokenID(second.Token) != second.ID {
		t.Errorf("second: %+v", second)
	}
	f.send("POST", "/v1/identity-center/tokens", "").problem(422)
	list := f.send("GET", "/v1/identity-center/tokens", "").want(200).text
	if strings.Contains(list, first.Token) || !strings.Contains(list, first.ID) {
		t.Errorf("list: %s", list)
	}
	f.send("DELETE", "/v1/identity-center/tokens/"+first.ID, "").want(204)
	f.send("DELETE", "/v1/identity-center/tokens/"+first.ID, "").problem(404)
	f.send("DELETE", "/v1/identity-center/provisioning", "").problem(422)
	f.send("DELETE", "/v1/identity-center/tokens/"+second.ID, "").want(204)
	f.send("DELETE", "/v1/identity-center/provisioning", "").want(204)
	if f.center.Store().ProvisioningEnabled() {
		t.Error("automatic provisioning is still on")
	}
}
