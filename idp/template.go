package idp

import (
	"cmp"
	"slices"

	"github.com/idharness/harness/idp/claims"
)

// Template names the gallery template from which an application is made.
type Template string

// The templates.
const (
	TemplateAWSIdentityCenter Template = "aws-iam-identity-center"
	TemplateAWSSingleAccount  Template = "aws-single-account"
	TemplateCustomSAML        Template = "custom-saml"
)

// Templates lists every template.
var Templates = [...]Template{TemplateAWSIdentityCenter, TemplateAWSSingleAccount, TemplateCustomSAML}

// What the gallery says of its applications (learn.microsoft.com, tutorials "AWS
// IAM Identity Center" and "AWS Single-Account Access"; graph.microsoft.com,
// "Configure SAML-based single sign-on for your application", the response to
// instantiate).
const (
	awsSignIn     = "https://signin.aws.amazon.com/saml"
	awsNamespace  = "https://aws.amazon.com/SAML/Attributes"
	awsPattern    = "https://*.signin.aws.amazon.com/platform/saml/acs/*"
	tagIntegrated = "WindowsAzureActiveDirectoryIntegratedApp"
	tagCustomSAML = "WindowsAzureActiveDirectoryCustomSingleSignOnApplication"
)

// DisplayName is what the gallery calls the template's applications; custom ones
// have no name until they are given one.
func (t Template) DisplayName() string {
	switch t {
	case TemplateAWSIdentityCenter:
		return "AWS IAM Identity Center (successor to AWS Single Sign-On)"
	case TemplateAWSSingleAccount:
		return "AWS Single-Account Access"
	default:
		return ""
	}
}

// roles are the two that every application from the gallery declares. They have
// no value, so that assigning them puts nothing into the role claim.
func (t Template) roles() []AppRole {
	user, access := "18d14569-c3bd-439b-9a66-3a2aee01d14f", "b9632174-c057-4f7e-951b-be3adc52bfe6"
	if t == TemplateAWSIdentityCenter {
		user, access = "8774f594-1d59-4279-b9d9-59ef09a23530", "e7f1a7f3-9eda-48e0-9963-bd67bf531afd"
	}
	return []AppRole{
		{ID: user, DisplayName: "User", Description: "User", IsEnabled: new(true)},
		{ID: access, DisplayName: "msiam_access", Description: "msiam_access", IsEnabled: new(true)},
	}
}

// fromTemplate fills in what the template presets and c leaves open.
func (c ApplicationConfig) fromTemplate() ApplicationConfig {
	c.Template = cmp.Or(c.Template, TemplateCustomSAML)
	c.Name = cmp.Or(c.Name, c.Template.DisplayName())
	for _, preset := range slices.Backward(c.Template.roles()) {
		if !slices.ContainsFunc(c.AppRoles, func(r AppRole) bool { return r.ID == preset.ID || r.DisplayName == preset.DisplayName && r.Value == "" }) {
			c.AppRoles = slices.Insert(c.AppRoles, 0, preset)
		}
	}
	tags := []string{tagIntegrated}
	switch c.Template {
	case TemplateAWSIdentityCenter:
		c.HomepageURL = cmp.Or(c.HomepageURL, awsPattern+"?metadata=awssinglesignon|ISV9.1|primary|z")
	case TemplateAWSSingleAccount:
		if c.Identifiers == nil {
			c.Identifiers = []string{awsSignIn}
		}
		if c.ReplyURLs == nil {
			c.ReplyURLs = []string{awsSignIn}
		}
		c.Claims = presetClaims([]claims.Claim{
			{Name: "RoleSessionName", Namespace: awsNamespace, Source: "user.userprincipalname"},
			{Name: "Role", Namespace: awsNamespace, Source: "user.assignedroles"},
			{Name: "SessionDuration", Namespace: awsNamespace, Source: "user.sessionduration"},
		}, c.Claims)
	case TemplateCustomSAML:
		tags = append(tags, tagCustomSAML)
	}
	if c.Tags == nil {
		c.Tags = tags
	}
	return c
}

// presetClaims puts the template's claims before the given ones, which take the
// place of those of the same type.
func presetClaims(preset, given []claims.Claim) []claims.Claim {
	preset = slices.DeleteFunc(preset, func(p claims.Claim) bool {
		return slices.ContainsFunc(given, func(g claims.Claim) bool { return g.Type() == p.Type() })
	})
	return append(preset, given...)
}
