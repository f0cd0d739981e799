package sp_test

import (
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/sp"
)

// since lists the records after the first n, as source:name of account.
func (w *world) since(n int) (names []string, records map[string]sp.Event) {
	records = make(map[string]sp.Event)
	for _, e := range w.center.Events()[n:] {
		names = append(names, e.EventSource+":"+e.EventName+" of "+e.RecipientAccountID)
		records[e.EventName] = e
	}
	return names, records
}

// Opening the console leaves Federate in the management account and three records
// in the member account in the same second (user guide, "Logging IAM Identity
// Center API calls with AWS CloudTrail"; captures).
func TestEventsOfAConsole(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{SessionDuration: "PT12H"})
	w.signIn(ana)
	before := len(w.center.Events())
	w.openConsole("account_id=" + production + "&role_name=Admin")
	names, records := w.since(before)
	want := []string{
		"sts.amazonaws.com:AssumeRoleWithSAML of " + production, "sso.amazonaws.com:Federate of 999988887777",
		"signin.amazonaws.com:GetSigninToken of " + production, "signin.amazonaws.com:ConsoleLogin of " + production,
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Fatalf("events (-want +got):\n%s", diff)
	}
	if e := records["Federate"]; e.ServiceEventDetails["account_id"] != production || e.ServiceEventDetails["role_name"] != "Admin" || e.UserIdentity.OnBehalfOf.UserID != w.ana.ID || e.EventType != "AwsServiceEvent" {
		t.Errorf("Federate %+v", e)
	}
	role, _ := w.center.RoleARN(production, w.center.PermissionSets()[0].ARN)
	for _, name := range []string{"GetSigninToken", "ConsoleLogin"} {
		e := records[name]
		issuer := e.UserIdentity.SessionContext.SessionIssuer
		if e.UserIdentity.Type != "AssumedRole" || !strings.HasSuffix(e.UserIdentity.ARN, "/"+ana) || issuer.ARN != role || issuer.Type != "Role" ||
			e.UserIdentity.PrincipalID != issuer.PrincipalID+":"+ana || e.EventType != "AwsConsoleSignIn" || e.ResponseElements[name] != "Success" || e.AdditionalEventData["MFAUsed"] != "No" {
			t.Errorf("%s %+v", name, e)
		}
	}
	if e := records["ConsoleLogin"]; e.UserAgent != "test-browser" || e.SourceIPAddress != "127.0.0.1" {
		t.Errorf("ConsoleLogin comes from %s, %s", e.SourceIPAddress, e.UserAgent)
	}
	if e := records["GetSigninToken"]; e.UserAgent != "" || !strings.HasPrefix(e.UserIdentity.AccessKeyID, "ASIA") {
		t.Errorf("GetSigninToken %+v: AWS itself calls it", e)
	}
}

// The record of AssumeRoleWithSAML has the form of a capture of July 2026; the
// session token in it is hidden here. NameQualifier is that of the STS API
// reference.
func TestEventOfAnAssumedRole(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{SessionDuration: "PT12H"})
	w.signIn(ana)
	w.openConsole("account_id=" + production + "&role_name=Admin")
	_, records := w.since(0)
	e := records["AssumeRoleWithSAML"]
	role, _ := w.center.RoleARN(production, w.center.PermissionSets()[0].ARN)
	if e.UserIdentity.Type != "SAMLUser" || e.UserIdentity.UserName != ana || e.UserIdentity.PrincipalID != e.UserIdentity.IdentityProvider+":"+ana || !e.ReadOnly || e.EventType != "AwsApiCall" {
		t.Errorf("userIdentity %+v", e.UserIdentity)
	}
	provider := e.Resources[1].ARN
	if e.Resources[0] != (sp.Resource{AccountID: production, Type: "AWS::IAM::Role", ARN: role}) || e.Resources[1].Type != "AWS::IAM::SAMLProvider" ||
		!strings.HasPrefix(provider, "arn:aws:iam::"+production+":saml-provider/AWSSSO_") || !strings.HasSuffix(provider, "_DO_NOT_DELETE") {
		t.Errorf("resources %+v", e.Resources)
	}
	got := e.RequestParameters
	if got["roleArn"] != role || got["principalArn"] != provider || got["roleSessionName"] != ana || got["durationSeconds"] != 43200 || !strings.HasPrefix(got["sAMLAssertionID"].(string), "_") {
		t.Errorf("requestParameters %v", got)
	}
	answer := e.ResponseElements
	issuer := answer["issuer"].(string)
	sum := sha1.Sum([]byte(issuer + production + provider[strings.LastIndex(provider, "/"):]))
	if !strings.HasPrefix(issuer, "https://portal.sso.eu-west-1.amazonaws.com/saml/assertion/") || answer["nameQualifier"] != base64.StdEncoding.EncodeToString(sum[:]) ||
		answer["subject"] != ana || answer["subjectType"] != "persistent" || answer["audience"] != "https://signin.aws.amazon.com/saml" {
		t.Errorf("responseElements %v", answer)
	}
	credentials := answer["credentials"].(map[string]any)
	if credentials["expiration"] != "Jan 5, 2026, 9:00:00 PM" || credentials["sessionToken"] != "HIDDEN_DUE_TO_SECURITY_REASONS" {
		t.Errorf("credentials %v", credentials)
	}
}

// Access keys, and the API by which command-line tools fetch them, leave records
// of the documented names whose details a capture of July 2026 shows.
func TestEventsOfThePortalAPI(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{})
	w.signIn(ana)
	before := len(w.center.Events())
	for _, path := range []string{
		"/start/access-keys?account_id=" + production + "&role_name=Admin", "/federation/credentials?account_id=" + production + "&role_name=Admin",
		"/assignment/accounts", "/assignment/roles?account_id=" + production,
	} {
		if p := w.get(w.center.BaseURL() + path); p.status != http.StatusOK {
			t.Fatalf("%s: status %d", path, p.status)
		}
	}
	names, records := w.since(before)
	assumed, given := "sts.amazonaws.com:AssumeRoleWithSAML of "+production, "sso.amazonaws.com:GetRoleCredentials of 999988887777"
	want := []string{assumed, given, assumed, given, "sso.amazonaws.com:ListAccounts of 999988887777", "sso.amazonaws.com:ListAccountRoles of 999988887777"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Fatalf("events (-want +got):\n%s", diff)
	}
	for name, details := range map[string]map[string]any{
		"GetRoleCredentials": {"account_id": production, "role_name": "Admin"}, "ListAccounts": nil, "ListAccountRoles": {"account_id": production},
	} {
		e := records[name]
		if diff := cmp.Diff(details, e.ServiceEventDetails); diff != "" || !e.ReadOnly || e.EventType != "AwsServiceEvent" || e.UserIdentity.Type != "IdentityCenterUser" || e.UserIdentity.CredentialID == "" {
			t.Errorf("%s %+v (-want +got):\n%s", name, e, diff)
		}
	}
	before = len(w.center.Events())
	w.get(w.center.BaseURL() + "/federation/credentials?account_id=" + production + "&role_name=Other")
	w.get(w.center.BaseURL() + "/assignment/roles?account_id=x")
	if names, _ := w.since(before); len(names) != 0 {
		t.Errorf("refused calls leave %v", names)
	}
}
