package sp_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// made finds the values that every run draws anew.
var made = regexp.MustCompile(`"(requestID|eventID|credentialId|AuthWorkflowID)":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"`)

func asRecord(t *testing.T, event any) string {
	t.Helper()
	data, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return made.ReplaceAllString(string(data), `"$1":"made"`)
}

// TestEventsOfASignIn: user guide, "Understanding the sign-in events" (the
// record of an external identity provider), with the userIdentity of July 2025
// (AWS security blog, "Important changes to CloudTrail events for AWS IAM
// Identity Center").
func TestEventsOfASignIn(t *testing.T) {
	w := newWorld(t)
	before := len(w.center.Events())
	w.wantPortal(w.signIn(ana), ana)
	w.get(w.center.PortalURL() + "/signout")
	events := w.center.Events()[before:]
	var names []string
	for _, e := range events {
		names = append(names, e.EventSource+":"+e.EventName)
	}
	wantNames := []string{"signin.amazonaws.com:ExternalIdPDirectoryLogin", "signin.amazonaws.com:UserAuthentication", "sso.amazonaws.com:Authenticate", "sso.amazonaws.com:ListApplications", "sso.amazonaws.com:Logout"}
	if diff := cmp.Diff(wantNames, names); diff != "" {
		t.Fatalf("events (-want +got):\n%s", diff)
	}
	want := `{"eventVersion":"1.08","userIdentity":{"type":"IdentityCenterUser","accountId":"999988887777","onBehalfOf":{"userId":"` + w.ana.ID + `",` +
		`"identityStoreArn":"arn:aws:identitystore::999988887777:identitystore/d-9067729b3d"},"credentialId":"made"},"eventTime":"2026-01-05T09:00:00Z",` +
		`"eventSource":"signin.amazonaws.com","eventName":"UserAuthentication","awsRegion":"eu-west-1","sourceIPAddress":"127.0.0.1","userAgent":"test-browser",` +
		`"additionalEventData":{"AuthWorkflowID":"made","CredentialType":"EXTERNAL_IDP","LoginTo":"LOGIN","UserName":"ana@contoso.example"},` +
		`"requestID":"made","eventID":"made","readOnly":false,"eventType":"AwsServiceEvent","managementEvent":true,"eventCategory":"Management",` +
		`"recipientAccountId":"999988887777","serviceEventDetails":{"UserAuthentication":"Success"}}`
	loginTo, ok := events[1].AdditionalEventData["LoginTo"].(string)
	if shape := regexp.MustCompile(`^` + regexp.QuoteMeta(w.center.PortalURL()) + `/\?auth_code=HIDDEN_DUE_TO_SECURITY_REASONS&organization=d-9067729b3d&region=eu-west-1&state=[\w-]+&wdc_csrf_token=[\w-]+$`); !ok || !shape.MatchString(loginTo) {
		t.Errorf("LoginTo = %q, want %s", loginTo, shape)
	}
	events[1].AdditionalEventData["LoginTo"] = "LOGIN"
	if diff := cmp.Diff(want, asRecord(t, events[1])); diff != "" {
		t.Errorf("UserAuthentication (-want +got):\n%s", diff)
	}
	if events[0].ResponseElements["ExternalIdPDirectoryLogin"] != "Success" || events[0].ErrorMessage != "" {
		t.Errorf("first event %+v, want success", events[0])
	}
	for _, e := range events {
		if e.UserIdentity.CredentialID != events[0].UserIdentity.CredentialID {
			t.Errorf("%s has the session %s, want one session in all", e.EventName, e.UserIdentity.CredentialID)
		}
	}
}

// TestEventOfAFailedSignIn: the shape and the text have been seen in CloudTrail.
// Nobody is authenticated, so nobody is named.
func TestEventOfAFailedSignIn(t *testing.T) {
	w := newWorld(t)
	before := len(w.center.Events())
	w.post(w.entra.signed(w.center, ana, "", set("Assertion/Subject/NameID", "Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")), "")
	events := w.center.Events()[before:]
	if len(events) != 1 {
		t.Fatalf("events %+v, want one and no UserAuthentication", events)
	}
	want := `{"eventVersion":"1.08","userIdentity":{"type":"Unknown","accountId":"999988887777"},"eventTime":"2026-01-05T09:00:00Z","eventSource":"signin.amazonaws.com",` +
		`"eventName":"ExternalIdPDirectoryLogin","awsRegion":"eu-west-1","sourceIPAddress":"127.0.0.1","userAgent":"test-browser",` +
		`"errorMessage":"Response contains invalid name id policy format","responseElements":{"ExternalIdPDirectoryLogin":"Failure"},` +
		`"requestID":"made","eventID":"made","readOnly":false,"eventType":"AwsConsoleSignIn","managementEvent":true,"eventCategory":"Management","recipientAccountId":"999988887777"}`
	if diff := cmp.Diff(want, asRecord(t, events[0])); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

// TestEventsOfTheIdentitySource: user guide, "Logging IAM Identity Center API
// calls with AWS CloudTrail".
func TestEventsOfTheIdentitySource(t *testing.T) {
	w := newWorld(t)
	if err := w.center.UploadIdPMetadata([]byte(w.entra.metadata())); err != nil {
		t.Fatal(err)
	}
	w.center.UseDirectory()
	w.center.UseDirectory() // nothing to do
	var names []string
	for _, e := range w.center.Events() {
		names = append(names, e.EventName)
		if e.EventSource != "sso-directory.amazonaws.com" || e.EventType != "AwsApiCall" {
			t.Errorf("%s: %s, %s", e.EventName, e.EventSource, e.EventType)
		}
	}
	want := []string{"CreateExternalIdPConfigurationForDirectory", "UpdateExternalIdPConfigurationForDirectory", "DisableExternalIdPConfigurationForDirectory"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
