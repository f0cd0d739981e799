package scimmock_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp/identitystore"
)

// asJSON gives a value the form that it has in a trail.
func asJSON(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRecords: the examples of the user guide, "Logging IAM Identity Center SCIM
// API calls with AWS CloudTrail", with values of our own.
func TestRecords(t *testing.T) {
	const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
	moment := clock.Frozen(time.Date(2024, 10, 10, 13, 23, 45, 0, time.UTC))
	store := identitystore.New(identitystore.Config{Clock: moment})
	access, err := store.EnableProvisioning()
	if err != nil {
		t.Fatal(err)
	}
	var records []scimmock.Record
	server, err := scimmock.New(scimmock.Config{Store: store, Clock: moment, Record: func(r scimmock.Record) { records = append(records, r) }})
	if err != nil {
		t.Fatal(err)
	}
	call := func(method, path, body string) (scimmock.Record, *httptest.ResponseRecorder) {
		t.Helper()
		r := httptest.NewRequest(method, "/"+access.TenantID+"/scim/v2"+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+access.Token)
		w := httptest.NewRecorder()
		before := len(records)
		server.Handler().ServeHTTP(w, r)
		if len(records) != before+1 {
			t.Fatalf("%s %s: %d records", method, path, len(records)-before)
		}
		return records[before], w
	}
	wants := func(what string, r scimmock.Record, operation, code, message string, parameters, response any) {
		t.Helper()
		if r.Operation != operation || r.ErrorCode != code || r.ErrorMessage != message {
			t.Errorf("%s: %s %s %q; want %s %s %q", what, r.Operation, r.ErrorCode, r.ErrorMessage, operation, code, message)
		}
		if diff := cmp.Diff(parameters, asJSON(t, r.Parameters)); diff != "" {
			t.Errorf("%s: requestParameters (-want +got):\n%s", what, diff)
		}
		if diff := cmp.Diff(response, asJSON(t, r.Response)); diff != "" {
			t.Errorf("%s: responseElements (-want +got):\n%s", what, diff)
		}
		if r.TokenID != access.TokenID || r.RequestID == "" {
			t.Errorf("%s: token %s, request %s", what, r.TokenID, r.RequestID)
		}
	}
	type object = map[string]any

	r, w := call("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"displayName":"Ana Sousa","name":{"familyName":"Sousa","givenName":"Ana"},"active":true,"userName":"ana@contoso.example"}`)
	var created struct{ ID string }
	if err := json.Unmarshal(w.Body.Bytes(), &created); err != nil || created.ID == "" {
		t.Fatalf("%v: %s", err, w.Body)
	}
	user := object{
		"schemas": []any{"urn:ietf:params:scim:schemas:core:2.0:User"}, "displayName": hidden, "name": object{"familyName": hidden, "givenName": hidden}, "active": true, "userName": hidden,
	}
	shown := object{"id": created.ID, "meta": object{"resourceType": "User", "created": "Oct 10, 2024, 1:23:45 PM", "lastModified": "Oct 10, 2024, 1:23:45 PM"}}
	for name, value := range user {
		shown[name] = value
	}
	wants("CreateUser", r, "CreateUser", "", "", object{"tenantId": access.TenantID, "httpBody": user}, shown)
	sent := ""
	for name, values := range w.Header() {
		if strings.EqualFold(name, "x-amzn-RequestId") {
			sent = values[0]
		}
	}
	if r.ReadOnly || r.RequestID != sent {
		t.Errorf("record %+v of the response with the request id %q", r, sent)
	}

	r, _ = call("GET", "/Users/"+created.ID, "")
	wants("GetUser", r, "GetUser", "", "", object{"tenantId": access.TenantID, "id": created.ID}, nil)
	if !r.ReadOnly {
		t.Error("GetUser is not read-only")
	}

	anaID := created.ID
	patch := func(operations string) string {
		return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`
	}
	r, _ = call("PATCH", "/Users/"+created.ID, patch(`{"op":"replace","path":"emails","value":[{"value":"a@contoso.example","primary":true},{"value":"b@contoso.example"}]}`))
	wants("two e-mail addresses", r, "PatchUser", "ValidationException", "List attribute emails exceeds allowed limit of 1", object{
		"tenantId": access.TenantID, "id": created.ID,
		"httpBody": object{"schemas": []any{hidden}, "operations": []any{object{"op": "REPLACE", "path": "emails", "value": hidden}}},
	}, nil)

	r, _ = call("PATCH", "/Users/"+created.ID, patch(`{"op":"replace","path":"emails[value eq \"ana@contoso.example\"].type","value":"work"},{"op":"replace","path":"emails[type eq \"work\"].value","value":"x"}`))
	body, _ := r.Parameters["httpBody"].(map[string]any)
	if diff := cmp.Diff([]any{object{"op": "REPLACE", "path": `emails[value eq "` + hidden + `"].type`, "value": hidden}, object{"op": "REPLACE", "path": `emails[type eq "work"].value`, "value": hidden}}, asJSON(t, body["operations"])); diff != "" {
		t.Errorf("paths with filters (-want +got):\n%s", diff)
	}

	r, w = call("POST", "/Groups", `{"displayName":"finance"}`)
	if err := json.Unmarshal(w.Body.Bytes(), &created); err != nil {
		t.Fatal(err)
	}
	wants("CreateGroup", r, "CreateGroup", "", "", object{"tenantId": access.TenantID, "httpBody": object{"displayName": hidden}}, object{
		"id": created.ID, "displayName": hidden, "schemas": []any{"urn:ietf:params:scim:schemas:core:2.0:Group"},
		"meta": object{"resourceType": "Group", "created": "Oct 10, 2024, 1:23:45 PM", "lastModified": "Oct 10, 2024, 1:23:45 PM"},
	})
	r, _ = call("POST", "/Groups", `{"displayName":"finance"}`)
	wants("a name that is taken", r, "CreateGroup", "ConflictException", "Duplicate GroupDisplayName", object{"tenantId": access.TenantID, "httpBody": object{"displayName": hidden}}, nil)
	r, _ = call("PATCH", "/Groups/"+created.ID, patch(`{"op":"Remove","value":"x"}`))
	wants("no path", r, "PatchGroup", "ValidationException", "Missing path in PATCH request", object{
		"tenantId": access.TenantID, "id": created.ID, "httpBody": object{"schemas": []any{hidden}, "operations": []any{object{"op": "REMOVE", "value": hidden}}},
	}, nil)
	// What stands where verbs, paths and schemas do may say who it is about.
	for _, test := range []struct{ op, path, shownOp, shownPath string }{
		{"add", `emails[type eq "work" and value eq "ana@contoso.example"].value`, "ADD", `emails[type eq "work" and value eq "` + hidden + `"].value`},
		{"Replace", `emails[value eq "a\"contoso"].value`, "REPLACE", `emails[value eq "` + hidden + `"].value`},
		{"replace", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "REPLACE", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"},
		{"replace", `emails[value eq "ana@contoso.example`, "REPLACE", hidden},
		{"replace", `emails[value eq "contoso\`, "REPLACE", hidden},
		{"replace", "emails[value eq ana@contoso.example]", "REPLACE", hidden},
		{"ana@contoso.example", "displayName", hidden, "displayName"},
	} {
		text, err := json.Marshal(object{"op": test.op, "path": test.path, "value": "x"})
		if err != nil {
			t.Fatal(err)
		}
		r, _ := call("PATCH", "/Users/"+anaID, patch(string(text)))
		body, _ := asJSON(t, r.Parameters["httpBody"]).(object)
		if diff := cmp.Diff([]any{object{"op": test.shownOp, "path": test.shownPath, "value": hidden}}, body["operations"]); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", test.op, test.path, diff)
		}
	}
	r, _ = call("POST", "/Users", `{"schemas":["ana@contoso.example","urn:ietf:params:scim:schemas:core:2.0:User"]}`)
	if diff := cmp.Diff(object{"schemas": []any{hidden, "urn:ietf:params:scim:schemas:core:2.0:User"}}, asJSON(t, r.Parameters["httpBody"])); diff != "" {
		t.Errorf("a schema of nobody's (-want +got):\n%s", diff)
	}
	r, _ = call("POST", "/Users", "{")
	wants("no JSON", r, "CreateUser", "ValidationException", "Invalid JSON from RequestBody", object{"tenantId": access.TenantID}, nil)
	r, _ = call("GET", "/Users?filter=userName+sw+%22a%22", "")
	wants("a filter", r, "ListUsers", "ValidationException", "Invalid Filter format", object{"tenantId": access.TenantID}, nil)
	r, _ = call("DELETE", "/Groups/"+created.ID, "")
	wants("DeleteGroup", r, "DeleteGroup", "", "", object{"tenantId": access.TenantID, "id": created.ID}, nil)

	// A large request leaves a small record.
	r, _ = call("PATCH", "/Users/"+created.ID, patch(strings.TrimSuffix(strings.Repeat(`{"op":"replace","path":"title","value":"x"},`, 1000), ",")))
	body, _ = r.Parameters["httpBody"].(map[string]any)
	if list, _ := body["operations"].([]any); len(list) != 100 {
		t.Errorf("%d operations in the record", len(list))
	}

	access.Token = "guessed"
	r, _ = call("GET", "/Groups", "")
	access.TokenID = ""
	wants("a wrong token", r, "ListGroups", "UnauthorizedException", r.ErrorMessage, object{"tenantId": access.TenantID}, nil)

	// What is no operation leaves no record.
	before := len(records)
	server.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/"+access.TenantID+"/scim/v2/Me", nil))
	if len(records) != before {
		t.Errorf("record %+v", records[before:])
	}
	// No record says who it was about.
	text, err := json.Marshal(asJSON(t, func() (out []any) {
		for _, r := range records {
			out = append(out, r.Parameters, r.Response, r.ErrorMessage)
		}
		return out
	}()))
	if err != nil || strings.Contains(string(text), "contoso") || strings.Contains(string(text), "Sousa") || strings.Contains(string(text), "finance") {
		t.Errorf("the records tell: %s, %v", text, err)
	}
}
