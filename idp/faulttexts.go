package idp

import (
	"regexp"
	"strings"
)

// faultTexts are the texts for FailNext, by code: those of the refusals that the
// mock gives by itself, and those of the codes that need more of Entra than a
// mock has. What a placeholder stands for is filled in where it is known.
// Source: learn.microsoft.com, "Microsoft Entra authentication and authorization
// error codes", and the troubleshooting articles of single codes.
var faultTexts = map[int]string{
	50000:   "There was an error issuing a token or an issue with our sign-in service.",
	50003:   "No signing key is configured.",
	50006:   "Signature verification failed because of an invalid signature.",
	50011:   unfilled(text50011, "{acs}", "{identifier}"),
	50012:   "Authentication failed.",
	50013:   "Assertion is invalid because of various reasons.",
	50020:   "User account '{user}' from identity provider '{idp}' does not exist in tenant '{tenant}' and cannot access the application '{identifier}'({app}) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Microsoft Entra user account.",
	50033:   "A transient error has occurred. Please try again.",
	50034:   unfilled(text50034, "{user}", "{tenant}"),
	50053:   text50053,
	50055:   text50055,
	50056:   "Invalid or null password: password does not exist in the directory for this user.",
	50057:   text50057,
	50058:   text50058,
	50061:   text50061,
	50068:   text50068,
	50070:   text50070,
	50071:   text50071,
	50072:   "User needs to enroll for second factor authentication (interactive).",
	50074:   "Strong Authentication is required.",
	50076:   unfilled(text50076, "{app}"),
	50078:   "Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication to access '{app}'.",
	50079:   unfilled(text50079, "{app}"),
	50087:   "A transient error has occurred during strong authentication. Please try again.",
	50089:   text50089,
	50105:   unfilled(text50105, "{app}", "{appId}", "{user}"),
	50107:   "The requested federation realm object does not exist.",
	50126:   text50126,
	50146:   text50146,
	50194:   unfilled(text50194, "{appId}", "{app}"),
	51004:   "The user account {user} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory.",
	53000:   "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant. The user must enroll their device with an approved MDM provider like Intune.",
	53003:   text53003,
	65001:   unfilled(text65001, "{appId}", "{app}"),
	16000:   "User account '{user}' from identity provider '{idp}' does not exist in tenant '{tenant}' and cannot access the application '{appId}'({app}) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Microsoft Entra user account.",
	16003:   "Sign in has failed because the user has not been explicitly added to the tenant.",
	75001:   "An error occurred during SAML message binding.",
	75005:   text75005,
	75008:   unfilled(text75008, "{acs}", "{identifier}"),
	75011:   unfilled(text75011, "Password", "X509", "{app}"),
	76022:   text76022,
	76023:   text76023,
	76026:   text76026,
	76028:   text76028,
	75006:   text75006 + " " + text90011,
	750032:  unfilled(text750032, "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"),
	900235:  unfilled(text900235, "minimum"),
	750052:  text750052,
	750054:  text750054,
	750055:  text750055,
	750056:  text750056,
	76021:   text76021,
	90002:   unfilled(text90002, "{domain}"),
	90033:   "A transient error has occurred. Please try again.",
	90094:   unfilled(text90094, "{app}"),
	90095:   "Admin consent is required for the permissions requested by {app}.",
	500121:  text500121,
	500571:  text500571,
	501241:  "Mandatory Input '{user}' missing from transformation ID 'NameID'.",
	650056:  text650056,
	700016:  unfilled(text700016, "{identifier}", "{tenant}"),
	900236:  unfilled(text900236, "Subject"),
	900971:  text900971,
	7000112: unfilled(text7000112, "{appId}", "{app}"),
	7500514: text7500514,
	7500525: unfilled(text7500525, "1", "1"),
	7500529: unfilled(text7500529, "1"),
}

var verb = regexp.MustCompile(`%[sd]`)

// unfilled puts placeholders into a format.
func unfilled(format string, placeholders ...string) string {
	return verb.ReplaceAllStringFunc(format, func(string) string {
		next := placeholders[0]
		placeholders = placeholders[1:]
		return strings.TrimSpace(next)
	})
}
