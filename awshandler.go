package harness

import (
	"net/http"
	"strings"

	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/awsapi"
)

// awsHandler serves on one address what AWS has on many hosts: the SCIM
// endpoint, the APIs that SDKs call, and the instance's own pages.
func awsHandler(instance *sp.Instance, scim *scimmock.Server, recorder *trace.Recorder) http.Handler {
	scimHandler := recorder.Middleware("scim", scim.Handler())
	apiHandler := instance.Guard(recorder.Middleware("aws", awsapi.New(instance)))
	pages := instance.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case isSCIM(r.URL.Path):
			scimHandler.ServeHTTP(w, r)
		case awsapi.Handles(r):
			apiHandler.ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

// isSCIM recognises /{tenant}/scim/v2 and what is below it, with doubled
// slashes: clients join endpoint and path without looking.
func isSCIM(path string) bool {
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	return len(segments) >= 3 && segments[1] == "scim" && segments[2] == "v2"
}
