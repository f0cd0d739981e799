package claims

import "strings"

// Codes and texts of Entra's errors.
const (
	// learn.microsoft.com, "Microsoft Entra authentication and authorization
	// error codes": parameter, transformation.
	codeMissingInput    = "AADSTS501241"
	messageMissingInput = "Mandatory Input '%s' missing from transformation ID '%s'."

	// The same page gives this code a name and a description; they stand in for
	// the message that nobody has published.
	codeRegexTimeout    = "AADSTS501621"
	messageRegexTimeout = "Regular expression replacement for claims transformation has timed out."

	// MicrosoftDocs/azure-docs issue 65659 shows the answer to a NameIDPolicy
	// with a format outside the four.
	codeNameIDPolicy    = "AADSTS750161"
	messageNameIDPolicy = "Allowed SAML authentication request's NameIDPolicy formats are: %s."
)

// requestFormats are the formats that a NameIDPolicy may ask for, in the order
// of Entra's message.
func requestFormats() []string {
	return []string{FormatEmailAddress, FormatUnspecified, FormatPersistent, FormatTransient}
}

func oneOf(names []string) string { return "one of " + strings.Join(names, ", ") }
