package provisioning

// Schema URNs and namespaces as they stand on the wire.
const (
	schemaUser         = "urn:ietf:params:scim:schemas:core:2.0:User"
	schemaEnterprise   = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	schemaGroup        = "urn:ietf:params:scim:schemas:core:2.0:Group"
	schemaGroupADSCIM  = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
	schemaPatchOp      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	schemaListResponse = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	schemaError        = "urn:ietf:params:scim:api:messages:2.0:Error"

	roleType = "WindowsAzureActiveDirectoryRole"
)

// The flags that the tenant URL may carry (learn.microsoft.com, "Known issues
// with System for Cross-Domain Identity Management (SCIM) 2.0 protocol
// compliance").
const (
	flagCompliant = "aadOptscim062020"
	flagRollback  = "AzureAdScimPatch2017"
)

// Error codes of the provisioning log (learn.microsoft.com, "How to analyze
// the Microsoft Entra provisioning logs", error codes).
const (
	codeEntryConflict         = "EntryConflict"
	codeTooManyRequests       = "TooManyRequests"
	codeInternalServerError   = "InternalServerError"
	codeInsufficientRights    = "InsufficientRights"
	codeMethodNotAllowed      = "MethodNotAllowed"
	codeUnauthorized          = "Unauthorized"
	codeUnprocessable         = "UnprocessableEntity"
	codeProtocolError         = "WebExceptionProtocolError"
	codeInvalidAnchor         = "InvalidAnchor"
	codeNotImplemented        = "NotImplemented"
	codeMandatoryMissing      = "MandatoryFieldsMissing"
	codeAttributeNotFound     = "SchemaAttributeNotFound"
	codeInternalError         = "InternalError"
	codeTimeout               = "Timeout"
	codeDuplicateTarget       = "DuplicateTargetEntries"
	codeDuplicateSource       = "DuplicateSourceEntries"
	codeImportSkipped         = "ImportSkipped"
	codeSynchronizationSkip   = "EntrySynchronizationSkipped"
	codeMultipleEntries       = "SystemForCrossDomainIdentityManagementMultipleEntriesInResponse"
	codeServiceIncompatible   = "SystemForCrossDomainIdentityManagementServiceIncompatible"
	codeSingleValueOnly       = "SchemaPropertyCanOnlyAcceptValue"
	codeNotEntitled           = "NotEffectivelyEntitled"
	codeRedundantExport       = "RedundantExport"
	codeSynchronizationError  = "EntrySynchronizationError" // the event name of audit logs for a failed synchronization rule
	codeInvalidCredentials    = "SystemForCrossDomainIdentityManagementInvalidCredentials"
	codeCredentialUnavailable = "CredentialValidationUnavailable"
)

// textTestFailed heads every failed Test Connection in the admin center.
const textTestFailed = "You appear to have entered invalid credentials. Please confirm you are using the correct information for an administrative account."

// textStatusReason is the reason that the log gives for a refusal by the
// target: status, body.
const textStatusReason = "StatusCode: %s Message: Processing of the HTTP request resulted in an exception. Please see the HTTP response returned by the 'Response' property of this exception for details. Web Response: %s."

// Reasons for answers that never came or could not be read, worded like the
// descriptions of their error codes: cause; problem, body.
const (
	textTimeout      = "The operation couldn't be completed because the target application took too long to respond: %v."
	textProtocol     = "An HTTP protocol error occurred in connecting to the target application: %v."
	textNoID         = "the resource has no id"
	textIncompatible = "The Microsoft Entra provisioning service is unable to parse the response from the third party application: %s. Web Response: %s."
	textSingleValue  = "The property %s in the target system can only accept one value, but the property in the source system has %d."
)

// Texts of Microsoft Graph.
const (
	textResetScope = "Invalid value specified for property 'resetScope'."
	textActive     = "The synchronization job is active."
	textThrottled  = "Please retry again later."
)

// textRetry follows a reason: how often, and the date of the next retry.
const textRetry = " This operation was retried %d times. It will be retried again after this date: %s UTC"

// retryDate is the layout of that date.
const retryDate = "2006-01-02T15:04:05.0000000Z"

// Names of the steps in a log entry, and their types (Microsoft Graph,
// provisioningStep).
const (
	stepImport       = "EntryImport"
	stepScoping      = "EntrySynchronizationScoping"
	stepMatchAdd     = "EntrySynchronizationAdd"
	stepMatchUpdate  = "EntrySynchronizationUpdate"
	stepMatchDelete  = "EntrySynchronizationDelete"
	stepSkip         = "EntrySynchronizationSkip"
	stepExportAdd    = "EntryExportAdd"
	stepExportUpdate = "EntryExportUpdate"
	stepExportDelete = "EntryExportDelete"

	typeImport     = "import"
	typeScoping    = "scoping"
	typeMatching   = "matching"
	typeProcessing = "processing"
	typeReference  = "referenceResolution"
	typeExport     = "export"
)

// initiator is who the log says acted.
const initiator = "Azure AD Provisioning Service"

// redactedText stands in logs for a value under Redact.
const redactedText = "[Redact]"
