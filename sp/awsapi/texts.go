package awsapi

// The front door's words.
const (
	missingToken      = "Missing Authentication Token"
	missingTokenQuery = "Request is missing Authentication Token"
	expiredToken      = "The security token included in the request is expired"
	invalidToken      = "The security token included in the request is invalid"
	noSuchAction      = "Could not find operation %s for version %s"
	missingAction     = "The request is missing an action or a required parameter"
)

// How AWS services word a broken constraint.
const (
	violationFound  = "1 validation error detected: %s"
	violationsFound = "%d validation errors detected: %s"
	nullValue       = "Value null at '%s' failed to satisfy constraint: Member must not be null"
	brokenValue     = "Value '%s' at '%s' failed to satisfy constraint: "
	hiddenValue     = "Value at '%s' failed to satisfy constraint: "
	tooShort        = "Member must have length greater than or equal to %d"
	tooLong         = "Member must have length less than or equal to %d"
	tooLow          = "Member must have value greater than or equal to %d"
	tooHigh         = "Member must have value less than or equal to %d"
	noMatch         = "Member must satisfy regular expression pattern: %s"
	notInEnum       = "Member must satisfy enum value set: [%s]"
)

// The Identity Store's words, as clients have met them.
const (
	storeNotFound      = "IdentityStore not present for IdentityStoreId: %s"
	duplicateMember    = "Member and Group relationship already exists"
	unsupportedUpdate  = "Updates for AttributePath: %s is not supported"
	partOfMultiValued  = "Unsupported update operation on multi-value attribute %s, please provide full replacement of Multi-Value attribute types"
	duplicateSet       = "PermissionSet with name %s already exists."
	setNotFound        = "Could not find PermissionSet with id %s"
	membershipNotFound = "GROUP_MEMBERSHIP not found." // after USER not found. and GROUP not found.
)

// Our words, where nobody has published those of AWS.
const (
	badNextToken       = "NextToken is not valid."
	badAlternate       = "AlternateIdentifier must have one of ExternalId and UniqueAttribute."
	badAttributePath   = "AttributePath %s is not supported."
	badAttributeValue  = "AttributeValue of AttributePath %s is not valid."
	badExtension       = "Extension %s is not supported."
	notKept            = "This mock does not keep %s."
	instanceNotFound   = "Could not find Instance with id %s"
	accountNotFound    = "Could not find Account with id %s"
	principalNotFound  = "Could not find %s with id %s"
	assignmentNotFound = "Could not find the account assignment"
	requestNotFound    = "Could not find Request with id %s"
	policyNotFound     = "Could not find ManagedPolicy with arn %s"
	referenceNotFound  = "Could not find CustomerManagedPolicyReference %s"
	boundaryNotFound   = "Could not find PermissionsBoundary of PermissionSet with id %s"

	accessControlExists   = "The instance has an access control attribute configuration."
	accessControlNotFound = "Could not find the access control attribute configuration of the instance"
	accessControlTwice    = "The attribute %s is given twice."

	targetIDExpected    = "TargetId is required when TargetType is AWS_ACCOUNT."
	targetIDNotExpected = "TargetId must not be given when TargetType is ALL_PROVISIONED_ACCOUNTS."
)
