package identitystore

import "fmt"

// Kind tells errors apart.
type Kind string

// The kinds of errors.
const (
	Conflict Kind = "conflict" // another user or group has a value that must be unique
	NotFound Kind = "notFound" // the user, group or token does not exist
	Invalid  Kind = "invalid"  // a value is missing or breaks a rule
)

// Error says which rule a request broke. Its text is that of the service; the
// other fields explain it.
type Error struct {
	Kind      Kind
	Attribute string // SCIM name of the attribute at fault, such as name.familyName
	Value     string // what was received, or the id of what does not exist
	Message   string // the service's words
	Expected  string // what would have been accepted
}

func (e *Error) Error() string { return e.Message }

// The service's words for a resource that does not exist (Identity Store API
// reference, ResourceNotFoundException).
const (
	UserNotFound  = "USER not found."
	GroupNotFound = "GROUP not found."
)

// The service's words for a duplicate. DuplicateGroupDisplayName is documented
// (user guide, "Logging IAM Identity Center SCIM API calls with CloudTrail"),
// the others follow its pattern.
const (
	DuplicateUserName         = "Duplicate UserName"
	DuplicateEmail            = "Duplicate Email"
	DuplicateExternalID       = "Duplicate ExternalId"
	DuplicateGroupDisplayName = "Duplicate GroupDisplayName"
)

// The service's words for values that break a rule. The first two and the
// constraints on length and pattern are documented (the same page, and
// "Troubleshooting IAM Identity Center issues"), with "1 validation errors"
// as it stands there; the constraint on null is that of other AWS services.
const (
	tooManyValues     = "List attribute %s exceeds allowed limit of 1"
	tooManyValuesOld  = "Currently list attributes only allow single item" // user guide of 2023
	violationsFound   = "%d validation errors detected: %s"
	violationAt       = "Value at '%s' failed to satisfy constraint: "
	nullAt            = "Value null at '%s' failed to satisfy constraint: "
	mustNotBeNull     = "Member must not be null"
	mustBeLonger      = "Member must have length greater than or equal to 1"
	mustBeShorter     = "Member must have length less than or equal to %d"
	mustMatch         = "Member must satisfy regular expression pattern: "
	mustNotBeReserved = "Member must not be a reserved name"
	textPattern       = `[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`
	namePattern       = `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`
)

// Our words for what the console refuses about access tokens: it does so by
// leaving the button out (user guide, "Rotate an access token", "Generate an
// access token", "Disable automatic provisioning").
const (
	alreadyEnabled   = "automatic provisioning is enabled already"
	notEnabled       = "automatic provisioning is not enabled"
	twoTokens        = "there are two access tokens already: delete one before you generate another"
	tokensLeft       = "you must delete the access token before you disable automatic provisioning"
	tokenDoesntExist = "there is no access token with this id"
)

func userNotFound(attribute, id string) error {
	return &Error{Kind: NotFound, Attribute: attribute, Value: id, Message: UserNotFound, Expected: "the id of an existing user"}
}

func groupNotFound(attribute, id string) error {
	return &Error{Kind: NotFound, Attribute: attribute, Value: id, Message: GroupNotFound, Expected: "the id of an existing group"}
}

func conflict(message, attribute, value, holder string) error {
	return &Error{Kind: Conflict, Attribute: attribute, Value: value, Message: message,
		Expected: fmt.Sprintf("a value that is not in use (%s has this one)", holder)}
}
