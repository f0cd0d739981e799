package idp

import (
	"fmt"
	"strings"

	"github.com/idharness/harness/internal/refusal"
)

// The texts that Entra shows. Where they were read: learn.microsoft.com,
// "Microsoft Entra authentication and authorization error codes" and the
// troubleshooting article of each code; 750052, 750055 and 750056 in reports of
// people who met them (ory/polis issue 1425, nbgrp/onelogin-saml-bundle issue
// 49, handnot2/samly issue 51).
const (
	text50011   = "The reply URL '%s' specified in the request does not match the reply URLs configured for the application '%s'. Make sure the reply URL sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/urlMismatchError to learn more about how to fix this."
	text50034   = "The user account %s does not exist in the %s directory. To sign into this application, the account must be added to the directory."
	text50053   = "The account is locked, you've tried to sign in too many times with an incorrect user ID or password."
	text50055   = "The password is expired."
	text500121  = "Authentication failed during strong authentication request."
	text500571  = "The guest user account is disabled."
	text50057   = "The user account is disabled."
	text50058   = "A silent sign-in request was sent but no user is signed in."
	text50061   = "Unable to complete sign out. The request was invalid."
	text50068   = "Sign out has failed. The app that initiated sign out is not a participant in the current session."
	text50070   = "Sign out has failed. The sign out request specified a name identifier that didn't match the existing session(s)."
	text50071   = "The logout request has expired."
	text50076   = "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '%s'."
	text50079   = "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '%s'."
	text50089   = "Authentication failed due to flow token expired."
	text50105   = "Your administrator has configured the application %s ('%s') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '%s' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application."
	text50126   = "Error validating credentials due to invalid username or password."
	text50146   = "This application is required to be configured with an application-specific signing key. It is either not configured with one, or the key has expired or is not yet valid. Please contact the application's administrator."
	text65001   = "The user or administrator has not consented to use the application with ID '%s' named '%s'. Send an interactive authorization request for this user and resource."
	text7000112 = "Application '%s'(%s) is disabled."
	text90094   = "%s needs permission to access resources in your organization that only an admin can grant. Request an admin to grant permission to this app before you can use it."
	text53003   = "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."
	text700016  = "Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
	text750052  = "SAMLRequest or SAMLResponse must be present in body of HTTP request for SAML POST binding."
	text750054  = "SAMLRequest or SAMLResponse must be present as query string parameters in HTTP request for SAML Redirect binding."
	text750055  = "SAML message was not properly DEFLATE-encoded."
	text750056  = "SAML message was not properly base64-encoded."
	text75005   = "The request is not a valid Saml2 protocol message."
	text7500525 = "There was an XML error in the SAML message at line %d, position %d. Verify that the XML content of the SAML messages conforms to the SAML protocol specifications."
	text7500529 = "The value '%s' is not a valid SAML ID. The ID must not begin with a number."
	text900144  = "The request body must contain the following parameter: '%s'."
	text75011   = "Authentication method '%s' by which the user authenticated with the service doesn't match requested authentication method '%s'. Contact the %s application owner."
	text900236  = "The SAML authentication request property '%s' is not supported and must not be set."
	text900971  = "No reply address provided."
	text90002   = "Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
)

// What the pages say beside the codes.
const (
	textTrouble         = "Sorry, but we’re having trouble signing you in."
	textWrongPassword   = "Your account or password is incorrect. If you don't remember your password, reset it now."
	textLocked          = "Your account is temporarily locked to prevent unauthorized use. Try again later, and if you still have trouble, contact your admin."
	textPasswordsDiffer = "The passwords entered don't match. Please re-enter."
	textPasswordReused  = "Please choose a password you haven't used before."
	textUnknownUsername = "This username may be incorrect. Make sure you typed it correctly. Otherwise, contact your admin."
)

// aadsts makes a refusal with an AADSTS code. The explanation is ours.
func aadsts(code int, message string, why refusal.Refusal) *refusal.Refusal {
	why.Code = fmt.Sprintf("AADSTS%d", code)
	why.Message = message
	return &why
}

func notSAML(expected, got, where string) *refusal.Refusal {
	return aadsts(75005, text75005, refusal.Refusal{Expected: expected, Got: got, Where: where, Fix: refusal.Request})
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none is configured"
	}
	return strings.Join(list, " or ")
}
