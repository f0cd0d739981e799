package sp_test

import (
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/saml/signature"
	"github.com/idharness/harness/internal/web"
	"github.com/idharness/harness/sp"
)

// The signature may be over the response; neither SHA-1 nor a certificate that
// has ended is taken, unless a choice says so.
func TestSignaturesOfFederatedSignIn(t *testing.T) {
	signed := func(w *world, target string) page {
		response := w.entra.response(w.center, ana, "")
		w.toIAM(roleOf(adminRole)...)(response)
		part := response
		if target != "" {
			part = at(response, target)
		}
		w.entra.sign(part)
		return w.postForm(w.center.SignInURL(), url.Values{"SAMLResponse": {binding.EncodePOST([]byte(write(t, response)))}})
	}
	wants := func(what string, p page, status int, code string) {
		t.Helper()
		if why, _ := script[refusal.Refusal](t, p, web.RefusalID); p.status != status || why.Code != code {
			t.Errorf("%s: status %d, %+v; want %d %s", what, p.status, why, status, code)
		}
	}
	w := withFederation(t)
	wants("over the response", signed(w, ""), http.StatusOK, "")
	w.entra.algorithm = signature.SHA1
	wants("SHA-1", signed(w, "Assertion"), http.StatusBadRequest, "SignatureAlgorithm")
	w.center.Choose(func(c *sp.Choices) { c.AcceptSHA1 = true })
	wants("SHA-1, accepted", signed(w, "Assertion"), http.StatusOK, "")
	w.entra.algorithm = signature.SHA256
	w.clock.Advance(4 * 365 * 24 * time.Hour)
	wants("an old certificate", signed(w, "Assertion"), http.StatusBadRequest, "CertificateExpired")
	w.center.Choose(func(c *sp.Choices) { c.AcceptExpiredCertificates = true })
	wants("an old certificate, accepted", signed(w, "Assertion"), http.StatusOK, "")
}

// TestAssumeRoleWithSAML: STS API reference, AssumeRoleWithSAML.
func TestAssumeRoleWithSAML(t *testing.T) {
	w := withFederation(t)
	ask := func(role, provider string, duration time.Duration, edits ...func(*etree.Element)) (sp.FederatedSession, *refusal.Refusal) {
		response := w.entra.signed(w.center, ana, "", edits...)
		return w.center.AssumeRoleWithSAML(httptest.NewRequest("POST", "/", nil), sp.SAMLRequest{RoleARN: role, PrincipalARN: provider, Response: []byte(response), Duration: duration})
	}
	for name, test := range map[string]struct {
		role, provider string
		duration       time.Duration
		edits          []func(*etree.Element)
		refused        string
		lasts          time.Duration
		subjectType    string
	}{
		"as asked":                      {adminRole, entraProvider, 2 * time.Hour, []func(*etree.Element){w.toIAM(roleOf(adminRole)...)}, "", 2 * time.Hour, "persistent"},
		"SessionDuration shortens":      {adminRole, entraProvider, 2 * time.Hour, []func(*etree.Element){w.toIAM(roleOf(adminRole, "SessionDuration", "900")...)}, "", 15 * time.Minute, "persistent"},
		"SessionDuration lengthens not": {adminRole, entraProvider, time.Hour, []func(*etree.Element){w.toIAM(roleOf(adminRole, "SessionDuration", "43200")...)}, "", time.Hour, "persistent"},
		"a format of SAML 1.1":          {adminRole, entraProvider, time.Hour, []func(*etree.Element){w.toIAM(roleOf(adminRole)...), set("Assertion/Subject/NameID", "Format", saml.NameIDEmailAddress)}, "", time.Hour, saml.NameIDEmailAddress},
		"no format":                     {adminRole, entraProvider, time.Hour, []func(*etree.Element){w.toIAM(roleOf(adminRole)...), set("Assertion/Subject/NameID", "Format", "")}, "", time.Hour, "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"},
		"a role that is not offered":    {readerRole, entraProvider, time.Hour, []func(*etree.Element){w.toIAM(roleOf(adminRole)...)}, "NotAuthorized", 0, ""},
		"another provider":              {adminRole, otherProvider, time.Hour, []func(*etree.Element){w.toIAM(roleOf(adminRole)...)}, "NotAuthorized", 0, ""},
		"no such provider":              {adminRole, entraProvider + "x", time.Hour, []func(*etree.Element){w.toIAM(roleOf(adminRole)...)}, "ProviderUnknown", 0, ""},
		"too long":                      {readerRole, entraProvider, time.Hour + 1, []func(*etree.Element){w.toIAM(roleOf(readerRole)...)}, "DurationExceedsMaximum", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, refused := ask(test.role, test.provider, test.duration, test.edits...)
			if test.refused != "" {
				if refused == nil || refused.Code != test.refused {
					t.Errorf("refused with %v, want %s", refused, test.refused)
				}
				return
			}
			if refused != nil {
				t.Fatal(refused)
			}
			if lasts := got.Credentials.Expiration.Sub(w.clock.Now()); lasts != test.lasts || got.SubjectType != test.subjectType || got.Subject != ana || got.Audience != w.center.SignInURL() {
				t.Errorf("lasts %s, subject %s of %s, audience %s", lasts, got.Subject, got.SubjectType, got.Audience)
			}
			if s, ok := w.center.RoleSession(got.Credentials.AccessKeyID); !ok || s.RoleARN != test.role || s.UserName != ana {
				t.Errorf("the session of the access key is %+v", s)
			}
		})
	}
	// The role of a permission set is not to be had, even where it is really there.
	if _, err := w.center.CreatePermissionSet(sp.PermissionSet{Name: "Admin"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.center.Assign(sp.Wish{User: ana, PermissionSet: "Admin", Account: "Production"}); err != nil {
		t.Fatal(err)
	}
	role, _ := w.center.RoleARN("111122223333", w.center.PermissionSets()[0].ARN)
	if _, refused := ask(role, entraProvider, time.Hour, w.toIAM(roleOf(role)...)); refused == nil || refused.Code != "NotAuthorized" || !strings.Contains(refused.Hint, "access portal") {
		t.Errorf("the role of a permission set: %v", refused)
	}
}

// TestRecordOfAssumeRoleWithSAML: CloudTrail user guide, "Logging IAM and AWS STS
// API calls with AWS CloudTrail"; the qualifier is that of the STS API reference.
func TestRecordOfAssumeRoleWithSAML(t *testing.T) {
	w := withFederation(t)
	w.federate(nil, w.toIAM(roleOf(adminRole, "SourceIdentity", "ana", "PrincipalTag:Team", "blue", "TransitiveTagKeys", "Team")...))
	events := w.center.Events()
	got := events[len(events)-2]
	if got.EventName != "AssumeRoleWithSAML" || got.EventSource != "sts.amazonaws.com" || got.RecipientAccountID != "111122223333" || got.UserIdentity.Type != "SAMLUser" || got.UserIdentity.UserName != ana {
		t.Fatalf("event %+v", got)
	}
	id := got.RequestParameters["sAMLAssertionID"]
	want := map[string]any{
		"sAMLAssertionID": id, "roleSessionName": ana, "roleArn": adminRole, "principalArn": entraProvider, "durationSeconds": 3600,
		"sourceIdentity": "ana", "principalTags": map[string]string{"Team": "blue"}, "transitiveTagKeys": []string{"Team"},
	}
	if diff := cmp.Diff(want, got.RequestParameters); diff != "" || id == "" {
		t.Errorf("requestParameters (-want +got):\n%s", diff)
	}
	hash := sha1.Sum([]byte(entraIssuer + "111122223333/Entra"))
	qualifier := base64.StdEncoding.EncodeToString(hash[:])
	if got.UserIdentity.IdentityProvider != qualifier {
		t.Errorf("identityProvider %s, want %s", got.UserIdentity.IdentityProvider, qualifier)
	}
	for name, want := range map[string]string{"subject": ana, "subjectType": "persistent", "issuer": entraIssuer, "audience": w.center.SignInURL(), "nameQualifier": qualifier} {
		if got.ResponseElements[name] != want {
			t.Errorf("%s is %v, want %s", name, got.ResponseElements[name], want)
		}
	}
}
