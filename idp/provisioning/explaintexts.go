package provisioning

// advice says for an error code what to do about it.
var advice = map[string]string{
	codeEntryConflict:        "another object of the target has a value that must be unique; change it there or here, or match on it",
	codeTooManyRequests:      "nothing: the target asked for a pause and the object is retried",
	codeInternalServerError:  "look at the target's own log; the object is retried",
	codeInsufficientRights:   "the secret token is known but may not do this",
	codeMethodNotAllowed:     "the target does not support this request",
	codeNotImplemented:       "the target does not support this request",
	codeUnauthorized:         "set a valid secret token",
	codeUnprocessable:        "read the target's answer: a value or the request does not suit it",
	codeProtocolError:        "see whether the target answers; the object is retried",
	codeInvalidAnchor:        "the object is gone from the target; it is matched again",
	codeMandatoryMissing:     "give the user a value for every attribute that the target requires",
	codeAttributeNotFound:    "remove the mapping of an attribute that the target does not have",
	codeTimeout:              "the target took too long; the object is retried",
	codeDuplicateTarget:      "remove the duplicate in the target, or match on a unique attribute",
	codeDuplicateSource:      "two objects here match one in the target; make the matching attribute unique",
	codeImportSkipped:        "give the object a value for a matching attribute",
	codeMultipleEntries:      "the target must leave out members when asked to with excludedAttributes=members",
	codeServiceIncompatible:  "the target's answer is not what SCIM asks for",
	codeSingleValueOnly:      "map an attribute with one value, or pick one with Item or Join",
	codeSynchronizationError: "correct the mapping or the value it reads",
	codeInvalidCredentials:   "set a valid secret token and test the connection",
	codeInternalError:        "the object is retried",
	codeNotEntitled:          "assign the user, or a group of which it is a direct member, and see whether it passes the scoping filter",
}

// expectations say for an error code what would have been right.
var expectations = map[string]string{
	codeEntryConflict:        "an object with values that no other object of the target has",
	codeTooManyRequests:      "an answer without a limit of rate",
	codeInternalServerError:  "an answer with status 200, 201 or 204",
	codeInsufficientRights:   "a secret token that may read and write users and groups",
	codeMethodNotAllowed:     "a target that takes the methods GET, POST, PATCH and DELETE",
	codeNotImplemented:       "a target that takes the methods GET, POST, PATCH and DELETE",
	codeUnauthorized:         "a secret token that the target accepts",
	codeInvalidCredentials:   "a secret token that the target accepts",
	codeUnprocessable:        "values and operations that the target accepts",
	codeProtocolError:        "an answer by HTTP",
	codeInvalidAnchor:        "the linked object in the target",
	codeMandatoryMissing:     "a value for every required attribute",
	codeAttributeNotFound:    "mappings of attributes that the target has",
	codeTimeout:              "an answer in time",
	codeDuplicateTarget:      "at most one object with the value of the matching attribute",
	codeDuplicateSource:      "one object here for each in the target",
	codeMultipleEntries:      "a group without members, as excludedAttributes=members asks",
	codeServiceIncompatible:  "a SCIM resource, or a ListResponse to a query",
	codeSingleValueOnly:      "one value",
	codeSynchronizationError: "a mapping that can be evaluated for this object",
	codeInternalError:        "a request that can be made",
}

// targetsFault lists the codes whose cause is usually to be mended in the
// target; the others are matters of the directory or of its configuration.
var targetsFault = map[string]bool{
	codeTooManyRequests: true, codeInternalServerError: true, codeMethodNotAllowed: true, codeNotImplemented: true,
	codeProtocolError: true, codeTimeout: true, codeDuplicateTarget: true, codeMultipleEntries: true, codeServiceIncompatible: true,
}
