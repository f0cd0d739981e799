package harness_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness"
	"github.com/idharness/harness/sp"
)

// TestEventsOfSCIM: the whole records of the user guide's examples, "Logging IAM
// Identity Center SCIM API calls with AWS CloudTrail", of calls over HTTP.
func TestEventsOfSCIM(t *testing.T) {
	const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
	type object = map[string]any
	h := harness.Run(t, harness.Config{Start: time.Date(2024, 10, 10, 13, 23, 45, 0, time.UTC)})
	store := h.IdentityCenter.Store()
	if err := store.DeleteToken(store.Tokens()[0].ID); err != nil {
		t.Fatal(err)
	}
	access, err := h.EnableProvisioning()
	if err != nil {
		t.Fatal(err)
	}
	before := len(h.IdentityCenter.Events())
	call := func(method, path, token, body string) (id, requestID string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, h.IdentityCenter.SCIMURL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("User-Agent", "Go-http-client/2.0")
		resp, err := h.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ ID string }
		if len(text) > 0 {
			if err := json.Unmarshal(text, &answer); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
		}
		return answer.ID, resp.Header.Get("x-amzn-RequestId")
	}
	patch := func(operation string) string {
		return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operation + `]}`
	}
	var requests []string
	did := func(id, requestID string) string {
		requests = append(requests, requestID)
		return id
	}
	user := did(call("POST", "/Users", access.Token, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"displayName":"Ana Sousa","name":{"familyName":"Sousa","givenName":"Ana"},"active":true,"userName":"ana@contoso.example"}`))
	group := did(call("POST", "/Groups", access.Token, `{"displayName":"finance"}`))
	did(call("PATCH", "/Groups/"+group, access.Token, patch(`{"op":"remove","value":"x"}`)))
	did(call("POST", "/Groups", access.Token, `{"displayName":"finance"}`))
	did(call("PATCH", "/Users/"+user, access.Token, patch(`{"op":"replace","path":"emails","value":[{"value":"a@contoso.example","primary":true},{"value":"b@contoso.example"}]}`)))
	did(call("GET", "/Users/"+user, access.Token, ""))
	did(call("GET", "/Users", "guessed", ""))

	masked := object{"displayName": hidden, "schemas": []any{"urn:ietf:params:scim:schemas:core:2.0:User"}, "name": object{"familyName": hidden, "givenName": hidden}, "active": true, "userName": hidden}
	meta := func(kind string) object {
		return object{"created": "Oct 10, 2024, 1:23:45 PM", "lastModified": "Oct 10, 2024, 1:23:45 PM", "resourceType": kind}
	}
	created := object{"id": user, "meta": meta("User")}
	for name, value := range masked {
		created[name] = value
	}
	operations := func(operation object) object {
		return object{"operations": []any{operation}, "schemas": []any{hidden}}
	}
	// Members that CloudTrail prints as null stay out.
	want := []object{
		{"eventName": "CreateUser", "readOnly": false, "requestParameters": object{"httpBody": masked}, "responseElements": created},
		{"eventName": "CreateGroup", "readOnly": false, "requestParameters": object{"httpBody": object{"displayName": hidden}}, "responseElements": object{
			"id": group, "displayName": hidden, "schemas": []any{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "meta": meta("Group"),
		}},
		{
			"eventName": "PatchGroup", "readOnly": false, "errorCode": "ValidationException", "errorMessage": "Missing path in PATCH request",
			"requestParameters": object{"id": group, "httpBody": operations(object{"op": "REMOVE", "value": hidden})},
		},
		{
			"eventName": "CreateGroup", "readOnly": false, "errorCode": "ConflictException", "errorMessage": "Duplicate GroupDisplayName",
			"requestParameters": object{"httpBody": object{"displayName": hidden}},
		},
		{
			"eventName": "PatchUser", "readOnly": false, "errorCode": "ValidationException", "errorMessage": "List attribute emails exceeds allowed limit of 1",
			"requestParameters": object{"id": user, "httpBody": operations(object{"op": "REPLACE", "path": "emails", "value": hidden})},
		},
		{"eventName": "GetUser", "readOnly": true, "requestParameters": object{"id": user}},
		// Not of the guide: nobody is known by the token.
		{
			"eventName": "ListUsers", "readOnly": true, "errorCode": "UnauthorizedException", "requestParameters": object{},
			"errorMessage": "Authorization failure. The authorization header is invalid or missing.",
		},
	}
	got := h.IdentityCenter.Events()[before:]
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d: %+v", len(got), len(want), got)
	}
	account := got[0].RecipientAccountID
	if len(account) != 12 {
		t.Errorf("account %q", account)
	}
	for n, w := range want {
		identity := object{"type": "WebIdentityUser", "accountId": account, "accessKeyId": access.TokenID}
		switch w["errorCode"] {
		case nil:
		case "UnauthorizedException":
			identity = object{"type": "Unknown", "accountId": account}
		default:
			identity["type"] = "Unknown"
		}
		w["requestParameters"].(object)["tenantId"] = access.TenantID
		common := object{
			"eventVersion": "1.10", "userIdentity": identity, "eventTime": "2024-10-10T13:23:45Z", "eventSource": "identitystore-scim.amazonaws.com",
			"awsRegion": h.IdentityCenter.Region(), "sourceIPAddress": "127.0.0.1", "userAgent": "Go-http-client/2.0", "requestID": requests[n], "eventID": got[n].EventID,
			"eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": account, "eventCategory": "Management",
			"tlsDetails": object{"clientProvidedHostHeader": "scim." + h.IdentityCenter.Region() + ".amazonaws.com"},
		}
		for name, value := range common {
			w[name] = value
		}
		if diff := cmp.Diff(w, members(t, got[n])); diff != "" {
			t.Errorf("record %d, %s (-want +got):\n%s", n, w["eventName"], diff)
		}
		if requests[n] == "" || got[n].EventID == "" || n > 0 && got[n].EventID == got[n-1].EventID {
			t.Errorf("record %d: request %q, event %q", n, requests[n], got[n].EventID)
		}
	}
}

// members gives a record as CloudTrail writes it.
func members(t *testing.T, e sp.Event) map[string]any {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
