package scimmock

// What the service says in "detail". The generic texts for 400 and 409 are in
// the user guide ("Configure SAML and SCIM with Microsoft Entra ID",
// "Troubleshooting IAM Identity Center issues"); those for 401, 403 and 404
// are RFC 7644 table 8's, as nobody has published a capture.
const (
	detailInvalid      = "Request is unparsable, syntactically incorrect, or violates schema."
	detailUnauthorized = "Authorization failure. The authorization header is invalid or missing."
	detailNotFound     = "Specified resource (e.g., User) or endpoint does not exist."
	detailConflict     = "Refused to create a new, duplicate resource."
	detailTooLarge     = "Request body is too large."                   // our words: no source names this status
	detailMethod       = "The method is not supported by the endpoint." // our words, as AWS is not known to send 405
	detailForbidden    = "Operation is not permitted based on the supplied authorization."
	detailThrottled    = "Rate exceeded" // as AWS services say; no capture of this one is known
	detailInternal     = "Service failed to process the request."
)

// Texts for particular causes of 400: user guide, "Logging IAM Identity Center
// SCIM API calls with CloudTrail"; the last two were published by users of
// goauthentik/authentik (2024) and mitodl/keycloak-scim (2026). The texts about
// values are in package identitystore.
const (
	detailNotJSON           = "Invalid JSON from RequestBody"
	detailBadFilter         = "Invalid Filter format"
	detailNoPath            = "Missing path in PATCH request"
	detailSeveralAttributes = `Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a single attribute.`
	detailReplaceMembers    = "Replacing group memberships is not supported."
)

// Names of the service's exceptions. They are no part of the response; they
// show in CloudTrail, and here in the trace.
const (
	validationException       = "ValidationException"
	unauthorizedException     = "UnauthorizedException"
	accessDeniedException     = "AccessDeniedException"
	resourceNotFoundException = "ResourceNotFoundException"
	conflictException         = "ConflictException"
	throttlingException       = "ThrottlingException"
	internalServerException   = "InternalServerException"
)

// URNs of messages (RFC 7644 section 8.2).
const (
	errorURN   = "urn:ietf:params:scim:api:messages:2.0:Error"
	listURN    = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	patchOpURN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)
