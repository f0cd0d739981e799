package sp

// What the service says, word for word. What the sign-in page says of a
// response that breaks a rule stands in package acceptance.
const (
	// Seen when the identity source is still the Identity Center directory.
	textNoIdP = "Something doesn't compute"
	// User guide, "Troubleshooting IAM Identity Center issues".
	textSession = "Session token not found or invalid"

	// Seen at the portal (samlify issue 539).
	textNoAccess = "No access"

	// DeletePermissionSet of an assigned set (hashicorp/terraform-provider-aws
	// issue 26757).
	textSetInUse = "Could not delete because PermissionSet has ApplicationProfile associated with it"

	// The errorMessage texts of ExternalIdPDirectoryLogin that have been seen
	// in CloudTrail.
	eventNameIDFormat = "Response contains invalid name id policy format"
	eventInResponseTo = "Not a valid response for the provided request id: " // and the id

	// CloudTrail user guide's word for what a record must not show.
	hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
)
