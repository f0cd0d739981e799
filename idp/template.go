package idp

// Template names the gallery template from which an application is made.
type Template string

// The templates. The gallery calls the first "AWS IAM Identity Center
// (successor to AWS Single Sign-On)".
const (
	TemplateAWSIdentityCenter Template = "aws-iam-identity-center"
	TemplateAWSSingleAccount  Template = "aws-single-account"
	TemplateCustomSAML        Template = "custom-saml"
)

// Templates lists every template.
var Templates = [...]Template{TemplateAWSIdentityCenter, TemplateAWSSingleAccount, TemplateCustomSAML}
