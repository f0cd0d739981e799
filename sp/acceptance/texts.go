package acceptance

// What the person sees (user guide, "Troubleshooting IAM Identity Center
// issues").
const (
	TextUnexpected = "An unexpected error has occurred"
	TextNotYou     = "It's not you, it is us"
	TextNoUser     = "Invalid MFA credentials"
)
