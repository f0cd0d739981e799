package awsapi

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"

	"github.com/idharness/harness/internal/trace"
)

const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"

// serveSTS answers the Query API of STS. The mock gives out no credentials, so
// no access key is known to it.
func serveSTS(w http.ResponseWriter, r *http.Request, requestID string, body []byte, readError error) {
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
	case action != "GetCallerIdentity":
		refuse(http.StatusBadRequest, "InvalidAction", fmt.Sprintf(noSuchAction, action, cmp.Or(form.Get("Version"), "NO_VERSION_SPECIFIED")),
			"this mock does not serve STS."+action)
	case r.Header.Get("Authorization") == "":
		refuse(http.StatusForbidden, "MissingAuthenticationToken", missingTokenQuery, "the request has no Authorization header")
	default:
		refuse(http.StatusForbidden, "InvalidClientTokenId", invalidToken, "this mock gives out no credentials, so it knows no access key")
	}
}

func writeQueryError(w http.ResponseWriter, status int, code, message, requestID string) {
	type queryError struct{ Type, Code, Message string }
	body, err := xml.MarshalIndent(struct {
		XMLName   xml.Name
		Error     queryError
		RequestID string `xml:"RequestId"`
	}{xml.Name{Space: stsNamespace, Local: "ErrorResponse"}, queryError{"Sender", code, message}, requestID}, "", "  ")
	if err != nil { // three texts can always be written
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}
