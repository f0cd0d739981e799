package idp_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/refusal"
)

// What the gallery presets (graph.microsoft.com, "Configure SAML-based single
// sign-on for your application", response to instantiate; learn.microsoft.com,
// tutorial "AWS Single-Account Access").
func TestTemplates(t *testing.T) {
	w := newWire(t)
	user, access := idp.AppRole{DisplayName: "User", Description: "User", IsEnabled: new(true)}, idp.AppRole{DisplayName: "msiam_access", Description: "msiam_access", IsEnabled: new(true)}
	roles := func(userID, accessID string) []idp.AppRole {
		user.ID, access.ID = userID, accessID
		return []idp.AppRole{user, access}
	}
	signing := idp.Signing{Option: idp.SignAssertion, Algorithm: "sha256"}
	const aws = "https://aws.amazon.com/SAML/Attributes"
	for _, want := range []idp.ApplicationConfig{
		{
			Template: idp.TemplateAWSIdentityCenter, Name: "AWS IAM Identity Center (successor to AWS Single Sign-On)", Signing: signing,
			AppRoles:    roles("8774f594-1d59-4279-b9d9-59ef09a23530", "e7f1a7f3-9eda-48e0-9963-bd67bf531afd"),
			Tags:        []string{"WindowsAzureActiveDirectoryIntegratedApp"},
			HomepageURL: "https://*.signin.aws.amazon.com/platform/saml/acs/*?metadata=awssinglesignon|ISV9.1|primary|z",
		},
		{
			Template: idp.TemplateAWSSingleAccount, Name: "AWS Single-Account Access", Signing: signing,
			Identifiers: []string{"https://signin.aws.amazon.com/saml"}, ReplyURLs: []string{"https://signin.aws.amazon.com/saml"},
			AppRoles: roles("18d14569-c3bd-439b-9a66-3a2aee01d14f", "b9632174-c057-4f7e-951b-be3adc52bfe6"),
			Tags:     []string{"WindowsAzureActiveDirectoryIntegratedApp"},
			Claims: []claims.Claim{
				{Name: "RoleSessionName", Namespace: aws, Source: "user.userprincipalname"},
				{Name: "Role", Namespace: aws, Source: "user.assignedroles"},
				{Name: "SessionDuration", Namespace: aws, Source: "user.sessionduration"},
			},
		},
		{
			Template: idp.TemplateCustomSAML, Name: "Payroll", Signing: signing,
			AppRoles: roles("18d14569-c3bd-439b-9a66-3a2aee01d14f", "b9632174-c057-4f7e-951b-be3adc52bfe6"),
			Tags:     []string{"WindowsAzureActiveDirectoryIntegratedApp", "WindowsAzureActiveDirectoryCustomSingleSignOnApplication"},
		},
	} {
		cfg := idp.ApplicationConfig{Template: want.Template}
		if want.Template == idp.TemplateCustomSAML {
			cfg = idp.ApplicationConfig{Name: "Payroll"} // which has no preset, and this template is the default
		}
		app := w.create(cfg)
		want.AppID = app.AppID()
		if diff := cmp.Diff(want, app.Config()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Template, diff)
		}
		// Applications from a template require assignment.
		if want.Template != idp.TemplateAWSSingleAccount { // the others have no reply URL yet
			checkRefused(t, w.get(app.UserAccessURL()), "AADSTS900971", "No reply address provided.")
			if err := app.Configure(func(c *idp.ApplicationConfig) { c.ReplyURLs = []string{w.sp.acs()} }); err != nil {
				t.Fatal(err)
			}
		}
		page := w.person().signIn(app.UserAccessURL())
		if why := refusalOf(t, string(page.Body)); why.Code != "AADSTS50105" {
			t.Errorf("%s: refused with %s", want.Template, why.Code)
		}
	}
}

// What is given takes the place of what is preset.
func TestTemplatePresetsGiveWay(t *testing.T) {
	w := newWire(t)
	app := w.create(idp.ApplicationConfig{
		Template: idp.TemplateAWSSingleAccount, Name: "Production", Identifiers: []string{"urn:x"}, ReplyURLs: []string{w.sp.acs()}, Tags: []string{},
		AppRoles: []idp.AppRole{{Value: "Editor"}, {DisplayName: "User", ID: tenantID}},
		Claims:   []claims.Claim{{Name: "https://aws.amazon.com/SAML/Attributes/RoleSessionName", Source: "user.mail"}},
	})
	c := app.Config()
	var got []string
	got = append(got, c.Name, c.Identifiers[0], c.ReplyURLs[0])
	for _, r := range c.AppRoles {
		got = append(got, r.DisplayName)
	}
	for _, claim := range c.Claims {
		got = append(got, claim.Source)
	}
	want := []string{"Production", "urn:x", w.sp.acs(), "msiam_access", "Editor", "User", "user.assignedroles", "user.sessionduration", "user.mail"}
	if diff := cmp.Diff(want, got); diff != "" || len(c.Tags) != 0 {
		t.Errorf("tags %q; (-want +got):\n%s", c.Tags, diff)
	}
}

// Amazon's sign-in for single accounts has one identifier for all accounts. An
// identifier belongs to one application; a suffix tells the instances apart and
// is left out of the audience (learn.microsoft.com, tutorial "AWS Single-Account
// Access").
func TestSeveralInstancesOfOneService(t *testing.T) {
	w := newWire(t)
	const arns = "arn:aws:iam::111122223333:role/Admin,arn:aws:iam::111122223333:saml-provider/Entra"
	first := w.create(idp.ApplicationConfig{Template: idp.TemplateAWSSingleAccount, Name: "Account 1"})
	_, err := w.CreateApplication(idp.ApplicationConfig{Template: idp.TemplateAWSSingleAccount, Name: "Account 2"})
	if why, ok := refusal.From(err); !ok || why.Where != "identifiers" || why.Hint == "" {
		t.Errorf("the second instance without a suffix: %v", err)
	}
	second := w.create(idp.ApplicationConfig{
		Template: idp.TemplateAWSSingleAccount, Name: "Account 2", Identifiers: []string{"https://signin.aws.amazon.com/saml#2"}, ReplyURLs: []string{w.sp.acs()},
		AppRoles: []idp.AppRole{{Value: arns, DisplayName: "Admin"}},
	})
	if err := second.AssignRole(w.ana, arns); err != nil {
		t.Fatal(err)
	}
	w.person().signIn(second.UserAccessURL())
	xml, _ := w.response()
	got := []string{
		find(t, xml, "//Audience"), find(t, xml, "//Attribute[@Name='https://aws.amazon.com/SAML/Attributes/Role']/AttributeValue"),
		find(t, xml, "//Attribute[@Name='https://aws.amazon.com/SAML/Attributes/RoleSessionName']/AttributeValue"),
		find(t, xml, "//Attribute[@Name='https://aws.amazon.com/SAML/Attributes/SessionDuration']/AttributeValue"),
	}
	if diff := cmp.Diff([]string{"https://signin.aws.amazon.com/saml", arns, "ana@contoso.example", "900"}, got); diff != "" {
		t.Errorf("audience, Role, RoleSessionName, SessionDuration (-want +got):\n%s", diff)
	}
	if a, b := first.Certificates()[0].Thumbprint, second.Certificates()[0].Thumbprint; a == b {
		t.Error("the two instances share a certificate")
	}
}
