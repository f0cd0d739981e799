package sp_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/saml/metadata"
	"github.com/idharness/harness/internal/web"
	"github.com/idharness/harness/sp"
)

const (
	awsAttributes = "https://aws.amazon.com/SAML/Attributes/"
	entraProvider = "arn:aws:iam::111122223333:saml-provider/Entra"
	adminRole     = "arn:aws:iam::111122223333:role/Admin"
	readerRole    = "arn:aws:iam::111122223333:role/team/Reader"
	otherRole     = "arn:aws:iam::444455556666:role/Admin"
	otherProvider = "arn:aws:iam::444455556666:saml-provider/Entra"
)

// withFederation is a world in which two accounts trust Entra themselves.
func withFederation(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	for _, a := range []sp.Account{{ID: "111122223333", Name: "Production"}, {ID: "444455556666", Name: "Sandbox"}} {
		if _, err := w.center.CreateAccount(a); err != nil {
			t.Fatal(err)
		}
		if _, err := w.center.CreateSAMLProvider(a.Name, "Entra", []byte(w.entra.metadata())); err != nil {
			t.Fatal(err)
		}
		if _, err := w.center.CreateFederatedRole(sp.FederatedRole{Account: a.ID, Name: "Admin", Provider: "Entra", MaxSessionDuration: 12 * time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.center.CreateFederatedRole(sp.FederatedRole{Account: "Production", Name: "Reader", Path: "/team/", Provider: entraProvider, WithoutTagSession: true, WithoutSourceIdentity: true}); err != nil {
		t.Fatal(err)
	}
	return w
}

// toIAM makes of a response one that IAM takes: as an identity provider sends it
// by itself, with the attributes in pairs of name and value.
func (w *world) toIAM(attributes ...string) func(*etree.Element) {
	return func(response *etree.Element) {
		set("", "Destination", w.center.SignInURL())(response)
		set("Assertion/Subject/SubjectConfirmation/SubjectConfirmationData", "Recipient", w.center.SignInURL())(response)
		setText("Assertion/Conditions/AudienceRestriction/Audience", "urn:amazon:webservices")(response)
		set("Assertion/Subject/NameID", "Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")(response)
		statement := at(response, "Assertion/AttributeStatement")
		for n := 0; n < len(attributes); n += 2 {
			addAttribute(statement, awsAttributes+attributes[n], attributes[n+1])
		}
	}
}

// roleOf is what every federated sign-in has.
func roleOf(role string, more ...string) []string {
	return append([]string{"Role", role + "," + entraProvider, "RoleSessionName", ana}, more...)
}

func (w *world) federate(form url.Values, edits ...func(*etree.Element)) page {
	w.t.Helper()
	values := url.Values{"SAMLResponse": {binding.EncodePOST([]byte(w.entra.signed(w.center, ana, "", edits...)))}}
	for name := range form {
		values.Set(name, form.Get(name))
	}
	return w.postForm(w.center.SignInURL(), values)
}

type federatedConsole struct {
	Account, ARN, UserID, Destination, SourceIdentity string
	Expires                                           time.Time
	Tags                                              map[string]string
}

// TestFederatedSignIn: IAM user guide, "Configure SAML assertions for the
// authentication response".
func TestFederatedSignIn(t *testing.T) {
	w := withFederation(t)
	home := "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1"
	session := func(account, role string) string {
		return "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + ana
	}
	for name, test := range map[string]struct {
		form  url.Values
		edits []func(*etree.Element)
		want  federatedConsole
	}{
		"one role": {nil, []func(*etree.Element){w.toIAM(roleOf(adminRole)...)},
			federatedConsole{Account: "111122223333", ARN: session("111122223333", "Admin"), Destination: home, Expires: start.Add(time.Hour)}},
		"the pair the other way round": {nil, []func(*etree.Element){w.toIAM("Role", entraProvider+","+adminRole, "RoleSessionName", ana)},
			federatedConsole{Account: "111122223333", ARN: session("111122223333", "Admin"), Destination: home, Expires: start.Add(time.Hour)}},
		"a role with a path": {nil, []func(*etree.Element){w.toIAM(roleOf(readerRole)...)},
			federatedConsole{Account: "111122223333", ARN: session("111122223333", "Reader"), Destination: home, Expires: start.Add(time.Hour)}},
		"everything that can be sent": {url.Values{"RelayState": {"https://console.aws.amazon.com/s3/home"}},
			[]func(*etree.Element){w.toIAM(roleOf(adminRole, "SessionDuration", "43200", "SourceIdentity", "ana", "PrincipalTag:Team", "blue", "PrincipalTag:Empty", "", "TransitiveTagKeys", "Team")...)},
			federatedConsole{Account: "111122223333", ARN: session("111122223333", "Admin"), Destination: "https://console.aws.amazon.com/s3/home", Expires: start.Add(12 * time.Hour), SourceIdentity: "ana", Tags: map[string]string{"Team": "blue", "Empty": ""}}},
		"SessionNotOnOrAfter before the duration": {nil, []func(*etree.Element){w.toIAM(roleOf(adminRole, "SessionDuration", "43200")...), set("Assertion/AuthnStatement", "SessionNotOnOrAfter", "2026-01-05T11:00:00Z")},
			federatedConsole{Account: "111122223333", ARN: session("111122223333", "Admin"), Destination: home, Expires: start.Add(2 * time.Hour)}},
		"RelayState elsewhere": {url.Values{"RelayState": {"https://evil.example/"}}, []func(*etree.Element){w.toIAM(roleOf(adminRole)...)},
			federatedConsole{Account: "111122223333", ARN: session("111122223333", "Admin"), Destination: home, Expires: start.Add(time.Hour)}},
		"the service's own address": {nil, []func(*etree.Element){w.toIAM(roleOf(adminRole)...), set("", "Destination", "https://signin.aws.amazon.com/saml"),
			set("Assertion/Subject/SubjectConfirmation/SubjectConfirmationData", "Recipient", "https://eu-west-1.signin.aws.amazon.com/static/saml"), setText("Assertion/Conditions/AudienceRestriction/Audience", "https://signin.aws.amazon.com/saml")},
			federatedConsole{Account: "111122223333", ARN: session("111122223333", "Admin"), Destination: home, Expires: start.Add(time.Hour)}},
		"a user whom Identity Center does not know": {nil, []func(*etree.Element){w.toIAM(roleOf(adminRole)...), setText("Assertion/Subject/NameID", "{8F2C}")},
			federatedConsole{Account: "111122223333", ARN: session("111122223333", "Admin"), Destination: home, Expires: start.Add(time.Hour)}},
		"one role twice": {nil, []func(*etree.Element){w.toIAM(roleOf(adminRole, "Role", adminRole+","+entraProvider)...)},
			federatedConsole{Account: "111122223333", ARN: session("111122223333", "Admin"), Destination: home, Expires: start.Add(time.Hour)}},
		"five minutes after the issue": {nil, []func(*etree.Element){w.toIAM(roleOf(adminRole)...), set("Assertion", "IssueInstant", saml.FormatTime(start.Add(-5*time.Minute)))},
			federatedConsole{Account: "111122223333", ARN: session("111122223333", "Admin"), Destination: home, Expires: start.Add(time.Hour)}},
	} {
		t.Run(name, func(t *testing.T) {
			p := w.federate(test.form, test.edits...)
			got, ok := script[federatedConsole](t, p, web.DataID)
			if p.status != http.StatusOK || !ok {
				t.Fatalf("status %d\n%s", p.status, p.body)
			}
			test.want.UserID = got.UserID
			if diff := cmp.Diff(test.want, got); diff != "" || !strings.HasPrefix(got.UserID, "AROA") || !strings.HasSuffix(got.UserID, ":"+ana) {
				t.Errorf("console of %s (-want +got):\n%s", got.UserID, diff)
			}
			last := w.lastEvent()
			if last.EventName != "ConsoleLogin" || last.RecipientAccountID != "111122223333" || last.UserIdentity.ARN != got.ARN {
				t.Errorf("last event %+v", last)
			}
		})
	}
}

// TestFederatedSignInIsRefused: the words are those of the IAM user guide,
// "Troubleshoot SAML federation with IAM".
func TestFederatedSignInIsRefused(t *testing.T) {
	w := withFederation(t)
	stranger := newEntra(t, w.clock, 1)
	const (
		badResponse = "Your request included an invalid SAML response. To logout, click here. (Service: AWSSecurityTokenService; Status Code: 400; Error Code: InvalidIdentityToken; Request ID: "
		badSign     = "Response signature invalid (Service: AWSSecurityTokenService; Status Code: 400; Error Code: InvalidIdentityToken; Request ID: "
		badIssuer   = "Issuer not present in specified provider (Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlInvalidSamlResponseException; Request ID: "
		badProvider = "Specified provider doesn't exist. (Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlManifestNotFoundException; Request ID: "
		badAudience = "Response does not contain the required audience. (Service: AWSSecurityTokenService; Status Code: 400; Error Code: InvalidIdentityToken; Request ID: "
		noName      = "RoleSessionName is required in AuthnResponse (Service: AWSSecurityTokenService; Status Code: 400; Error Code: InvalidIdentityToken; Request ID: "
		badName     = "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64} (Service: AWSSecurityTokenService; Status Code: 400; Error Code: InvalidIdentityToken; Request ID: "
		badIdentity = `Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:" (Service: AWSSecurityTokenService; Status Code: 400; Error Code: InvalidIdentityToken; Request ID: `
		tooLate     = "Token must be redeemed within 5 minutes of issuance (Service: AWSSecurityTokenService; Status Code: 400; Error Code: ExpiredTokenException; Request ID: "
		notAllowed  = "Not authorized to perform sts:AssumeRoleWithSAML (Service: AWSSecurityTokenService; Status Code: 403; Error Code: AccessDenied; Request ID: "
		tooLong     = "Requested DurationSeconds exceeds MaxSessionDuration set for this role. (Service: AWSSecurityTokenService; Status Code: 400; Error Code: ValidationError; Request ID: "
	)
	type edit = func(*etree.Element)
	many := roleOf(adminRole)
	for n := range 51 {
		many = append(many, fmt.Sprintf("PrincipalTag:Key%d", n), "x")
	}
	for name, test := range map[string]struct {
		edits []edit
		code  string
		text  string
	}{
		"no Role":                            {[]edit{w.toIAM("RoleSessionName", ana)}, "RoleMissing", badResponse},
		"Role in another case":               {[]edit{w.toIAM("role", adminRole+","+entraProvider, "RoleSessionName", ana)}, "RoleMissing", badResponse},
		"Role without a provider":            {[]edit{w.toIAM("Role", adminRole, "RoleSessionName", ana)}, "RoleMalformed", badResponse},
		"Role of words":                      {[]edit{w.toIAM("Role", "Admin,Entra", "RoleSessionName", ana)}, "RoleMalformed", badResponse},
		"an unknown provider":                {[]edit{w.toIAM("Role", adminRole+",arn:aws:iam::111122223333:saml-provider/Other", "RoleSessionName", ana)}, "ProviderUnknown", badProvider},
		"no RoleSessionName":                 {[]edit{w.toIAM("Role", adminRole+","+entraProvider)}, "RoleSessionNameMissing", noName},
		"RoleSessionName with a space":       {[]edit{w.toIAM("Role", adminRole+","+entraProvider, "RoleSessionName", "Ana Sousa")}, "RoleSessionNamePattern", badName},
		"RoleSessionName of one character":   {[]edit{w.toIAM("Role", adminRole+","+entraProvider, "RoleSessionName", "a")}, "RoleSessionNamePattern", badName},
		"RoleSessionName of 65":              {[]edit{w.toIAM("Role", adminRole+","+entraProvider, "RoleSessionName", strings.Repeat("a", 65))}, "RoleSessionNamePattern", badName},
		"RoleSessionName twice":              {[]edit{w.toIAM(roleOf(adminRole, "RoleSessionName", "other")...)}, "RoleSessionNameMultiValued", badResponse},
		"SessionDuration of 899":             {[]edit{w.toIAM(roleOf(adminRole, "SessionDuration", "899")...)}, "SessionDurationRange", badResponse},
		"SessionDuration of 43201":           {[]edit{w.toIAM(roleOf(adminRole, "SessionDuration", "43201")...)}, "SessionDurationRange", badResponse},
		"SessionDuration of words":           {[]edit{w.toIAM(roleOf(adminRole, "SessionDuration", "PT1H")...)}, "SessionDurationRange", badResponse},
		"longer than the role":               {[]edit{w.toIAM(roleOf(readerRole, "SessionDuration", "3601")...)}, "DurationExceedsMaximum", tooLong},
		"SourceIdentity of AWS":              {[]edit{w.toIAM(roleOf(adminRole, "SourceIdentity", "aws:ana")...)}, "SourceIdentityPattern", badIdentity},
		"SourceIdentity that is not allowed": {[]edit{w.toIAM(roleOf(readerRole, "SourceIdentity", "ana")...)}, "NotAuthorized", notAllowed},
		"tags that are not allowed":          {[]edit{w.toIAM(roleOf(readerRole, "PrincipalTag:Team", "blue")...)}, "NotAuthorized", notAllowed},
		"51 tags":                            {[]edit{w.toIAM(many...)}, "PrincipalTagCount", badResponse},
		"a tag of two values":                {[]edit{w.toIAM(roleOf(adminRole, "PrincipalTag:Team", "a", "PrincipalTag:Team", "b")...)}, "PrincipalTagMultiValued", badResponse},
		"a tag with a long key":              {[]edit{w.toIAM(roleOf(adminRole, "PrincipalTag:"+strings.Repeat("k", 129), "x")...)}, "PrincipalTagTooLong", badResponse},
		"a tag of AWS":                       {[]edit{w.toIAM(roleOf(adminRole, "PrincipalTag:AWS:x", "x")...)}, "PrincipalTagPattern", badResponse},
		"a tag with a sign":                  {[]edit{w.toIAM(roleOf(adminRole, "PrincipalTag:Team", "a|b")...)}, "PrincipalTagPattern", badResponse},
		"a tag in two cases":                 {[]edit{w.toIAM(roleOf(adminRole, "PrincipalTag:Team", "a", "PrincipalTag:team", "b")...)}, "PrincipalTagDuplicate", badResponse},
		"a tag of XML": {[]edit{w.toIAM(roleOf(adminRole, "PrincipalTag:Team", "a")...), func(r *etree.Element) {
			element(at(r, "Assertion/AttributeStatement/Attribute[@Name='"+awsAttributes+"PrincipalTag:Team']/AttributeValue"), "b", "c")
		}}, "PrincipalTagPattern", badResponse},
		"a role of XML": {[]edit{w.toIAM(roleOf(adminRole)...), func(r *etree.Element) {
			element(at(r, "Assertion/AttributeStatement/Attribute[@Name='"+awsAttributes+"Role']/AttributeValue"), "b", "c")
		}}, "RoleMalformed", badResponse},
		"a tag without a key":        {[]edit{w.toIAM(roleOf(adminRole, "PrincipalTag:", "x")...)}, "PrincipalTagTooLong", badResponse},
		"a role that is no ARN":      {[]edit{w.toIAM("Role", "arn:aws:iam::1:role/Admin,"+entraProvider, "RoleSessionName", ana)}, "RoleMalformed", badResponse},
		"two NameIDs":                {[]edit{w.toIAM(roleOf(adminRole)...), func(r *etree.Element) { element(at(r, "Assertion/Subject"), "NameID", "eva@contoso.example") }}, "NameIDMissing", notAllowed},
		"another assertion's issuer": {[]edit{w.toIAM(roleOf(adminRole)...), setText("Assertion/Issuer", "https://sts.windows.net/other/")}, "WrongIssuer", badIssuer},
		"too long": {[]edit{w.toIAM(roleOf(adminRole)...), func(r *etree.Element) {
			addAttribute(at(r, "Assertion/AttributeStatement"), "x", strings.Repeat("x", 100_000))
		}}, "ResponseTooLarge", badResponse},
		"a long tag":                          {[]edit{w.toIAM(roleOf(adminRole, "PrincipalTag:Team", strings.Repeat("x", 257))...)}, "PrincipalTagTooLong", badResponse},
		"a transitive key that is no tag":     {[]edit{w.toIAM(roleOf(adminRole, "TransitiveTagKeys", "Team")...)}, "TransitiveTagUnknown", badResponse},
		"a role that does not exist":          {[]edit{w.toIAM(roleOf("arn:aws:iam::111122223333:role/admin")...)}, "NotAuthorized", notAllowed},
		"a role that trusts another provider": {[]edit{w.toIAM("Role", otherRole+","+entraProvider, "RoleSessionName", ana)}, "NotAuthorized", notAllowed},
		"a role of Identity Center":           {[]edit{w.toIAM(roleOf("arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef")...)}, "NotAuthorized", notAllowed},
		"no NameID":                           {[]edit{w.toIAM(roleOf(adminRole)...), remove("Assertion/Subject/NameID")}, "NameIDMissing", notAllowed},
		"two confirmations": {[]edit{w.toIAM(roleOf(adminRole)...), func(r *etree.Element) {
			at(r, "Assertion/Subject").AddChild(at(r, "Assertion/Subject/SubjectConfirmation").Copy())
		}}, "ConfirmationCount", badResponse},
		"another audience":                           {[]edit{w.toIAM(roleOf(adminRole)...), setText("Assertion/Conditions/AudienceRestriction/Audience", w.center.EntityID())}, "WrongAudience", badAudience},
		"the ACS of Identity Center":                 {[]edit{w.toIAM(roleOf(adminRole)...), set("Assertion/Subject/SubjectConfirmation/SubjectConfirmationData", "Recipient", w.center.ACSURL())}, "WrongRecipient", badResponse},
		"another issuer":                             {[]edit{w.toIAM(roleOf(adminRole)...), setText("Assertion/Issuer", "https://sts.windows.net/other/"), setText("Issuer", "https://sts.windows.net/other/")}, "WrongIssuer", badIssuer},
		"issued more than five minutes ago":          {[]edit{w.toIAM(roleOf(adminRole)...), set("Assertion", "IssueInstant", saml.FormatTime(start.Add(-5*time.Minute-time.Second)))}, "NotRedeemed", tooLate},
		"issued in the future":                       {[]edit{w.toIAM(roleOf(adminRole)...), set("Assertion", "IssueInstant", saml.FormatTime(start.Add(4*time.Minute)))}, "NotRedeemed", tooLate},
		"an empty NameID":                            {[]edit{w.toIAM(roleOf(adminRole)...), setText("Assertion/Subject/NameID", "")}, "NameIDMissing", notAllowed},
		"no time of issue":                           {[]edit{w.toIAM(roleOf(adminRole)...), set("Assertion", "IssueInstant", "")}, "NotRedeemed", tooLate},
		"expired":                                    {[]edit{w.toIAM(roleOf(adminRole)...), set("Assertion/Conditions", "NotOnOrAfter", saml.FormatTime(start.Add(-time.Hour)))}, "Expired", tooLate},
		"an encrypted assertion, as far as it looks": {[]edit{w.toIAM(roleOf(adminRole)...), func(r *etree.Element) { element(r, "EncryptedAssertion", "", "xmlns", saml.NSAssertion) }}, "EncryptedAssertion", badResponse},
		"signed by another":                          {[]edit{w.toIAM(roleOf(adminRole)...), func(r *etree.Element) { stranger.sign(at(r, "Assertion")) }}, "", badSign},
	} {
		t.Run(name, func(t *testing.T) {
			var p page
			if test.code == "" { // it has a signature already
				test.code = "UntrustedCertificate"
				response := w.entra.response(w.center, ana, "")
				for _, edit := range test.edits {
					edit(response)
				}
				p = w.postForm(w.center.SignInURL(), url.Values{"SAMLResponse": {binding.EncodePOST([]byte(write(t, response)))}})
			} else {
				p = w.federate(nil, test.edits...)
			}
			why, ok := script[refusal.Refusal](t, p, web.RefusalID)
			status := http.StatusBadRequest
			if test.text == notAllowed {
				status = http.StatusForbidden
			}
			if p.status != status || !ok || why.Code != test.code || why.Expected == "" || why.Got == "" || why.Where == "" {
				t.Fatalf("status %d, refusal %+v; want %d with %s", p.status, why, status, test.code)
			}
			if shown := text(t, p, "message"); !strings.HasPrefix(shown, test.text) {
				t.Errorf("the page says %q, want %q", shown, test.text)
			}
			if last := w.center.Events(); len(last) > 0 && last[len(last)-1].EventName == "ConsoleLogin" {
				t.Error("somebody signed in")
			}
		})
	}
	for name, xml := range map[string]string{"nothing": "", "no XML": "<<", "no response": "<a/>", "no assertion": `<Response xmlns="` + saml.NSProtocol + `"/>`} {
		p := w.postForm(w.center.SignInURL(), url.Values{"SAMLResponse": {binding.EncodePOST([]byte(xml))}})
		if p.status != http.StatusBadRequest || !strings.HasPrefix(text(t, p, "message"), badResponse) {
			t.Errorf("%s: status %d, %s", name, p.status, p.body)
		}
	}
	// What is wrapped around a signed assertion is not taken here either.
	forged := parse(t, w.entra.signed(w.center, ana, "", w.toIAM(roleOf(readerRole)...))).Root()
	evil := at(forged, "Assertion").Copy()
	evil.RemoveChild(at(evil, "Signature"))
	evil.CreateAttr("ID", "_evil")
	at(evil, "AttributeStatement/Attribute[@Name='"+awsAttributes+"Role']/AttributeValue").SetText(adminRole + "," + entraProvider)
	forged.InsertChildAt(0, evil)
	if p := w.postForm(w.center.SignInURL(), url.Values{"SAMLResponse": {binding.EncodePOST([]byte(write(t, forged)))}}); p.status != http.StatusBadRequest {
		t.Errorf("a wrapped assertion: status %d\n%s", p.status, p.body)
	}
}

// Of several roles the person picks one (IAM user guide, "Enabling SAML 2.0
// federated principals to access the AWS Management Console").
func TestChoiceOfRoles(t *testing.T) {
	w := withFederation(t)
	several := func(r *etree.Element) {
		w.toIAM("RoleSessionName", ana)(r)
		addAttribute(at(r, "Assertion/AttributeStatement"), awsAttributes+"Role", adminRole+","+entraProvider, readerRole+","+entraProvider, otherRole+","+otherProvider)
	}
	p := w.federate(nil, several)
	type offered struct{ Account, Name, Role, ARN string }
	got, ok := script[struct{ Choices []offered }](t, p, web.DataID)
	want := []offered{{"111122223333", "Production", "Admin", adminRole}, {"111122223333", "Production", "Reader", readerRole}, {"444455556666", "Sandbox", "Admin", otherRole}}
	if diff := cmp.Diff(want, got.Choices); !ok || p.status != http.StatusOK || diff != "" {
		t.Fatalf("status %d, choices (-want +got):\n%s\n%s", p.status, diff, p.body)
	}
	for role, account := range map[string]string{readerRole: "111122223333", otherRole: "444455556666"} {
		p := w.federate(url.Values{"roleIndex": {role}}, several)
		if console, ok := script[federatedConsole](t, p, web.DataID); !ok || console.Account != account {
			t.Errorf("%s opens %+v\n%s", role, console, p.body)
		}
	}
	// A role that is not among them is not taken: the choice comes again.
	p = w.federate(url.Values{"roleIndex": {"arn:aws:iam::111122223333:role/Root"}}, several)
	if got, ok := script[struct{ Choices []offered }](t, p, web.DataID); !ok || len(got.Choices) != 3 {
		t.Errorf("a foreign choice: status %d\n%s", p.status, p.body)
	}
}

// A provider of another identity provider vouches for its own roles only, even
// in a response that is signed by one that the account trusts too.
func TestProvidersVouchForTheirOwnRoles(t *testing.T) {
	w := withFederation(t)
	partner := strings.ReplaceAll(w.entra.metadata(), entraIssuer, "https://idp.partner.example/")
	if _, err := w.center.CreateSAMLProvider("Production", "Partner", []byte(partner)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.center.CreateFederatedRole(sp.FederatedRole{Account: "Production", Name: "Partner", Provider: "Partner"}); err != nil {
		t.Fatal(err)
	}
	p := w.federate(url.Values{"roleIndex": {"arn:aws:iam::111122223333:role/Partner"}}, func(r *etree.Element) {
		w.toIAM("RoleSessionName", ana)(r)
		addAttribute(at(r, "Assertion/AttributeStatement"), awsAttributes+"Role", adminRole+","+entraProvider, "arn:aws:iam::111122223333:role/Partner,arn:aws:iam::111122223333:saml-provider/Partner")
	})
	if why, _ := script[refusal.Refusal](t, p, web.RefusalID); p.status != http.StatusBadRequest || why.Code != "WrongIssuer" {
		t.Errorf("status %d, %+v", p.status, why)
	}
	// Metadata say what issuer they like: the name of Entra with other keys gives no
	// role of Entra's, and neither do Entra's keys a role of theirs.
	stranger := newEntra(t, w.clock, 1)
	if _, err := w.center.CreateSAMLProvider("Sandbox", "Stranger", []byte(stranger.metadata())); err != nil {
		t.Fatal(err)
	}
	const theirs, theirRole = "arn:aws:iam::444455556666:saml-provider/Stranger", "arn:aws:iam::444455556666:role/Stranger"
	if _, err := w.center.CreateFederatedRole(sp.FederatedRole{Account: "Sandbox", Name: "Stranger", Provider: "Stranger"}); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		signs         *entra
		first, chosen [2]string
	}{
		"a stranger's keys": {stranger, [2]string{theirRole, theirs}, [2]string{adminRole, entraProvider}},
		"Entra's keys":      {w.entra, [2]string{adminRole, entraProvider}, [2]string{theirRole, theirs}},
	} {
		response := test.signs.signed(w.center, ana, "", func(r *etree.Element) {
			w.toIAM("RoleSessionName", ana)(r)
			addAttribute(at(r, "Assertion/AttributeStatement"), awsAttributes+"Role", test.first[0]+","+test.first[1], test.chosen[0]+","+test.chosen[1])
		})
		p := w.postForm(w.center.SignInURL(), url.Values{"SAMLResponse": {binding.EncodePOST([]byte(response))}, "roleIndex": {test.chosen[0]}})
		if why, _ := script[refusal.Refusal](t, p, web.RefusalID); p.status != http.StatusBadRequest || why.Code != "UntrustedCertificate" {
			t.Errorf("%s: status %d, %+v", name, p.status, why)
		}
	}
}

// TestSignInMetadata: IAM user guide, "Configure SAML assertions for the
// authentication response" and the document that AWS publishes.
func TestSignInMetadata(t *testing.T) {
	w := newWorld(t)
	p := w.get(w.center.SignInMetadataURL())
	parsed, err := metadata.ParseServiceProvider([]byte(p.body))
	if err != nil {
		t.Fatalf("%v\n%s", err, p.body)
	}
	location, _ := metadata.Location(parsed.ACS, saml.BindingPOST)
	if parsed.EntityID != "urn:amazon:webservices" || location != w.center.SignInURL() || len(parsed.NameIDFormats) != 8 {
		t.Errorf("metadata %+v", parsed)
	}
	var document struct {
		Attributes []struct {
			Name string `xml:",attr"`
		} `xml:"SPSSODescriptor>AttributeConsumingService>RequestedAttribute"`
	}
	if err := xml.Unmarshal([]byte(p.body), &document); err != nil || len(document.Attributes) != 2 || document.Attributes[0].Name != awsAttributes+"Role" {
		t.Errorf("requested attributes %+v, %v", document.Attributes, err)
	}
}
