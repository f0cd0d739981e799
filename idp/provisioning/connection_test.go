package provisioning_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/refusal"
)

func newIDs() *ids.Source { return ids.New(7) }

// newHandlerServer serves one handler and returns its address.
func newHandlerServer(t testing.TB, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// Test Connection asks for a random user by the matching attribute, and for a
// random group, and wants two empty lists.
func TestTestConnection(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.check(f.job.TestConnection(context.Background()))
	f.want(probe, `GET /Groups?excludedAttributes=members&filter=displayName eq "<guid>"`)
	no, yes := false, true
	f.check(f.job.Configure(provisioning.Settings{ProbeGroups: &no}))
	f.check(f.job.TestConnection(context.Background()))
	f.want(probe)
	f.check(f.job.Configure(provisioning.Settings{ProbeGroups: &yes}))
	f.success()
	f.want(probe, `GET /Groups?excludedAttributes=members&filter=displayName eq "<guid>"`)
}

// What can be wrong with a connection is told apart in plain words, under the
// text that the admin center shows for all of it.
func TestTestConnectionRefusals(t *testing.T) {
	const closed = "http://127.0.0.1:1" // tcpmux, which nobody runs; a port that was free a moment ago may be taken again
	page := newHandlerServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("<html>Welcome</html>")) }))
	away := newHandlerServer(t, http.RedirectHandler("/login", http.StatusFound))
	forbidden := newHandlerServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	f := newFixture(t, provisioning.Settings{})
	tests := []struct {
		name, url, token string
		where, words     string
	}{
		{"wrong token", f.server.tenantURL(), "another-token", "Secret Token", "does not accept the secret token"},
		{"a token without rights", forbidden, testToken, "Secret Token", "does not accept the secret token"},
		{"nobody there", closed, testToken, "Tenant URL", "cannot be reached"},
		{"a web page", page, testToken, "Tenant URL", "does not speak SCIM"},
		{"a login page", away, testToken, "Tenant URL", "does not speak SCIM"},
		{"wrong path", f.server.URL + "/elsewhere", testToken, "Tenant URL", "no SCIM endpoint"},
		{"the users themselves", f.server.tenantURL() + "/Users", testToken, "Tenant URL", "without /Users"},
	}
	for _, test := range tests {
		f.check(f.job.SetTarget(test.url, test.token))
		err := f.job.TestConnection(context.Background())
		r, ok := refusal.From(err)
		if !ok || r.Code != "CredentialValidationUnavailable" || !strings.HasPrefix(r.Message, "You appear to have entered invalid credentials.") || r.Fix != refusal.Entra {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if !strings.HasPrefix(r.Where, test.where) || !strings.Contains(r.Hint, test.words) {
			t.Errorf("%s: at %s: %s\nwant at %s: … %s …", test.name, r.Where, r.Hint, test.where, test.words)
		}
		if strings.Contains(err.Error(), test.token) {
			t.Errorf("%s: the refusal shows the token: %v", test.name, err)
		}
	}
}

func TestSetTargetRefusals(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	for _, test := range []struct{ url, token, where string }{
		{"", testToken, "Tenant URL"},
		{"scim.contoso.example/scim", testToken, "Tenant URL"},
		{"ftp://scim.contoso.example", testToken, "Tenant URL"},
		{"https://user:pw@scim.contoso.example/scim", testToken, "Tenant URL"},
		{"https://scim.contoso.example/scim#top", testToken, "Tenant URL"},
		{"https://scim.contoso.example/%zz", testToken, "Tenant URL"},
		{"https://scim.contoso.example/scim", "", "Secret Token"},
		{"https://scim.contoso.example/scim", "two\nlines", "Secret Token"},
	} {
		err := f.job.SetTarget(test.url, test.token)
		if r, ok := refusal.From(err); !ok || r.Where != test.where || strings.Contains(err.Error(), "pw@") {
			t.Errorf("%q, %q: %v", test.url, test.token, err)
		}
	}
	f.success() // the old target is still there
}

// Tokens are reported for masking and show nowhere: not in the log, not in
// errors, not in the logger's output, even when the target echoes them.
func TestTokensStaySecret(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.assign(f.addUser("ann").ID)
	var masked []string
	var out bytes.Buffer
	job, err := provisioning.NewJob(provisioning.Config{
		Source: f.tenant, Clock: f.clock, IDs: newIDs(),
		Secret: func(s string) { masked = append(masked, s) },
		Logger: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	f.check(err)
	f.check(job.SetTarget(f.server.tenantURL(), testToken))
	f.server.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method != http.MethodPost {
			return false
		}
		w.WriteHeader(http.StatusBadRequest)
		w.Write([]byte("you sent " + r.Header.Get("Authorization")))
		return true
	})
	s, err := job.RunCycle(context.Background())
	f.check(err)
	shown := out.String() + mustJSON(job.Log()) + mustJSON(s) + s.Err().Error() + mustJSON(job.Settings())
	if strings.Contains(shown, testToken) {
		t.Errorf("the token shows in %s", shown)
	}
	if !strings.Contains(shown, "you sent Bearer ***") {
		t.Errorf("the target's answer is not in %s", shown)
	}
	if len(masked) != 1 || masked[0] != testToken {
		t.Errorf("reported for masking: %v", masked)
	}
}

// With a blank Secret Token the service sends a token of its own, a new one
// with each request, if there is somebody to make it ("Develop and plan
// provisioning for a SCIM endpoint", authorization).
func TestServiceToken(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	made := 0
	var masked []string
	job, err := provisioning.NewJob(provisioning.Config{
		Source: f.tenant, Clock: f.clock, IDs: newIDs(), Secret: func(s string) { masked = append(masked, s) },
		ServiceToken: func() (string, error) { made++; return "service-token", nil },
	})
	f.check(err)
	f.check(job.SetTarget(f.server.tenantURL(), ""))
	f.server.setToken("service-token")
	f.check(job.TestConnection(context.Background()))
	if made != 2 || len(masked) != 2 {
		t.Errorf("%d tokens made, %d masked, for two requests", made, len(masked))
	}
}
