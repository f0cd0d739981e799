package awsapi

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/sp"
)

const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"

// serveSTS answers the Query API of STS. It knows the access keys that the access
// portal and AssumeRoleWithSAML gave out, and no others.
func (a *api) serveSTS(w http.ResponseWriter, r *http.Request, requestID string, body []byte, readError error) {
	open := trace.From(r.Context())
	form, formError := url.ParseQuery(string(body))
	action := form.Get("Action")
	open.Kind("aws", "STS."+action)
	refuse := func(status int, code, message, note string) {
		open.Note(note)
		writeQueryError(w, status, code, message, requestID)
	}
	switch {
	case readError != nil:
		f := unreadable(readError)
		refuse(cmp.Or(f.status, http.StatusBadRequest), f.code, f.note, f.note)
	case formError != nil:
		refuse(http.StatusBadRequest, "MalformedQueryString", formError.Error(), formError.Error())
	case action == "":
		refuse(http.StatusBadRequest, "MissingAction", missingAction, "the form has no Action")
	case action == "AssumeRoleWithSAML": // takes no signature: the response says who asks
		a.assumeRoleWithSAML(w, r, requestID, form)
	case action != "GetCallerIdentity":
		refuse(http.StatusBadRequest, "InvalidAction", fmt.Sprintf(noSuchAction, action, cmp.Or(form.Get("Version"), "NO_VERSION_SPECIFIED")),
			"this mock does not serve STS."+action)
	case r.Header.Get("Authorization") == "":
		refuse(http.StatusForbidden, "MissingAuthenticationToken", missingTokenQuery, "the request has no Authorization header")
	default:
		session, ok := a.instance.RoleSession(accessKeyOf(r))
		switch {
		case !ok:
			refuse(http.StatusForbidden, "InvalidClientTokenId", invalidToken, "the access portal gave out no such access key")
		case !session.HasToken(r.Header.Get("X-Amz-Security-Token")):
			// IAM user guide, "Use temporary credentials with AWS resources".
			refuse(http.StatusForbidden, "InvalidClientTokenId", invalidToken, "the header X-Amz-Security-Token is not the session token of this access key")
		case !a.instance.Now().Before(session.Expires):
			refuse(http.StatusForbidden, "ExpiredToken", expiredToken, "the role session ended at "+session.Expires.Format(time.RFC3339))
		default:
			writeQuery(w, http.StatusOK, callerIdentity(session, requestID))
		}
	}
}

// accessKeyOf reads the access key id out of an Authorization header of
// Signature Version 4. The signature itself is not verified.
func accessKeyOf(r *http.Request) string {
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(rest, "/")
	return key
}

// callerIdentity is the answer of GetCallerIdentity (STS API reference).
func callerIdentity(s sp.RoleSession, requestID string) any {
	type result struct{ Arn, UserId, Account string }
	return struct {
		XMLName  xml.Name
		Result   result      `xml:"GetCallerIdentityResult"`
		Metadata stsMetadata `xml:"ResponseMetadata"`
	}{xml.Name{Space: stsNamespace, Local: "GetCallerIdentityResponse"}, result{s.ARN(), s.UserID(), s.AccountID}, stsMetadata{requestID}}
}

// stsMetadata is the last member of every answer.
type stsMetadata struct{ RequestId string }

func writeQueryError(w http.ResponseWriter, status int, code, message, requestID string) {
	type queryError struct{ Type, Code, Message string }
	writeQuery(w, status, struct {
		XMLName   xml.Name
		Error     queryError
		RequestID string `xml:"RequestId"`
	}{xml.Name{Space: stsNamespace, Local: "ErrorResponse"}, queryError{"Sender", code, message}, requestID})
}

// writeQuery writes an answer of the Query protocol.
func writeQuery(w http.ResponseWriter, status int, answer any) {
	body, err := xml.MarshalIndent(answer, "", "  ")
	if err != nil { // three texts can always be written
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}
