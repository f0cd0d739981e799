package harness_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/idharness/harness"
)

// Two targets at one origin get each its own headers: what is below the tenant
// URL is the SCIM server's.
func TestTargetsAtOneOrigin(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode([]string{r.Header.Get("X-Login"), r.Header.Get("X-Users")})
	}))
	defer server.Close()
	h := harness.Run(t, harness.Config{Targets: harness.Targets{
		ServiceProvider: &harness.ServiceProviderTarget{
			Metadata: server.URL + "/metadata", Success: harness.Success{Status: 200},
			Reach: harness.Reach{Headers: map[string]string{"X-Login": "login"}},
		},
		SCIM: &harness.SCIMTarget{URL: server.URL + "/scim/v2?aadOptscim062020", Token: "a token", Reach: harness.Reach{Headers: map[string]string{"X-Users": "users"}}},
	}})
	for path, want := range map[string]struct{ headers, to string }{
		"/login":         {`["login",""]`, "serviceProvider"},
		"/scim/v2/Users": {`["","users"]`, "scim"},
		"/scim/v2":       {`["","users"]`, "scim"},
		"/scim/v20":      {`["login",""]`, "serviceProvider"},
	} {
		resp, err := h.Client().Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		last := h.Trace()[len(h.Trace())-1]
		if err != nil || strings.TrimSpace(string(got)) != want.headers || last.To != want.to {
			t.Errorf("%s: %v, headers %s, to %s; want %v", path, err, got, last.To, want)
		}
	}
}

// Metadata that are not there, or are something else, are a mistake in the
// setting, and not a target that cannot be reached.
func TestMetadataOfATargetThatAreNone(t *testing.T) {
	for _, test := range []struct {
		body   string
		status int
		want   string
	}{
		{"", http.StatusNotFound, "/metadata answered 404 Not Found"},
		{"<html><title>Please log in</title></html>", http.StatusOK, "the application Wiki does not take them"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			io.WriteString(w, test.body)
		}))
		h := harness.Run(t, harness.Config{Targets: harness.Targets{ServiceProvider: &harness.ServiceProviderTarget{Metadata: server.URL + "/metadata", Success: harness.Success{Status: 200}}}})
		_, err := h.ExchangeMetadata(t.Context(), wikiApp(t, h))
		server.Close()
		var mistake *harness.TargetError
		if !errors.As(err, &mistake) || mistake.Path() != "serviceProvider.metadata" || mistake.Tried != "" || !strings.Contains(err.Error(), test.want) {
			t.Errorf("want %q, got %v", test.want, err)
		}
		if last := h.Trace()[len(h.Trace())-1]; last.To != "serviceProvider" || last.Response.Status != test.status {
			t.Errorf("the trace does not have the metadata: %+v", last)
		}
	}
}
