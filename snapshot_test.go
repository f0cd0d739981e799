package harness_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
)

var monday = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func snapshotOf(t *testing.T, h *harness.Harness) (harness.Snapshot, string) {
	t.Helper()
	s, err := h.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return s, string(text)
}

func fromFile(t *testing.T, text string) harness.Snapshot {
	t.Helper()
	var s harness.Snapshot
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRestoreGoesBack(t *testing.T) {
	h := provisioned(t, harness.Config{Start: monday})
	app := h.Entra.App()
	kept, before := snapshotOf(t, h)
	if err := h.Restore(kept); err != nil {
		t.Fatal(err)
	}
	if _, after := snapshotOf(t, h); after != before {
		t.Fatalf("a snapshot that was restored at once comes back otherwise:\n%s", cmp.Diff(before, after))
	}
	h.Clock.Advance(41 * time.Minute)
	h.Entra.AddUser(directory.User{UserPrincipalName: "joe@contoso.example", GivenName: "Joe", Surname: "Doe"})
	if _, err := h.Entra.Directory().DeleteUser("ana@contoso.example"); err != nil {
		t.Fatal(err)
	}
	if _, err := app.AddCertificate(); err != nil {
		t.Fatal(err)
	}
	if err := h.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.Restore(kept); err != nil {
		t.Fatal(err)
	}
	if _, after := snapshotOf(t, h); after != before {
		t.Errorf("after Restore the state is another:\n%s", cmp.Diff(before, after))
	}
	if h.Entra.App() != app || app.Gone() {
		t.Error("the application is another value")
	}
	session, err := h.SignIn(t.Context(), "ana@contoso.example")
	if err != nil || session.Outcome != harness.SignedIn {
		t.Errorf("sign-in after Restore: %+v, %v", session, err)
	}
	summary, err := h.ProvisionApp(t.Context(), app)
	if err != nil || summary.Cycle != "incremental" || summary.Requests != 1 {
		t.Errorf("cycle after Restore: %+v, %v; want an incremental one with nothing but its first question", summary, err)
	}
}

// A snapshot from a file works in another process: with other addresses, other
// ids and keys of its own.
func TestRestoreFromAFile(t *testing.T) {
	h, err := harness.New(t.Context(), harness.Config{Start: monday, FreshKeys: true})
	if err != nil {
		t.Fatal(err)
	}
	ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa", Password: "correct horse battery staple"})
	if err := h.Entra.App().Assign(ana); err != nil {
		t.Fatal(err)
	}
	token := secondToken(t, h)
	if err := h.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, text := snapshotOf(t, h)

	other := harness.Run(t, harness.Config{Seed: 9, FreshKeys: true, Region: "eu-west-1", Unconnected: true})
	if err := other.Restore(fromFile(t, text)); err != nil {
		t.Fatal(err)
	}
	for _, id := range []struct{ what, got, want string }{
		{"tenant id", other.Entra.ID(), h.Entra.ID()}, {"issuer", other.Entra.Issuer(), h.Entra.Issuer()},
		{"entity id", other.IdentityCenter.EntityID(), h.IdentityCenter.EntityID()}, {"instance", other.IdentityCenter.ARN(), h.IdentityCenter.ARN()},
		{"application", other.Entra.App().AppID(), h.Entra.App().AppID()}, {"job", other.Entra.App().Provisioning().ID(), h.Entra.App().Provisioning().ID()},
		{"certificate", other.Entra.App().Certificates()[0].Thumbprint, h.Entra.App().Certificates()[0].Thumbprint},
		{"time", other.Clock.Now().String(), h.Clock.Now().String()},
		{"reply URL", other.Entra.App().ReplyURLs()[0], other.IdentityCenter.ACSURL()},
		{"sign-in URL", other.IdentityCenter.Source().SignInURL, other.Entra.LoginURL()},
	} {
		if id.got != id.want {
			t.Errorf("%s: got %s, want %s", id.what, id.got, id.want)
		}
	}
	if err := h.Close(); err != nil { // nothing may lead to the old addresses
		t.Fatal(err)
	}
	session, err := other.SignIn(t.Context(), "ana@contoso.example")
	if err != nil || session.Outcome != harness.SignedIn {
		t.Errorf("sign-in: %+v, %v", session, err)
	}
	if status := askSCIM(t, other, token); status != http.StatusOK {
		t.Errorf("SCIM with the old token: status %d", status)
	}
	app := other.Entra.App()
	summary, err := other.ProvisionApp(t.Context(), app)
	if err != nil || summary.Cycle != "incremental" || summary.Requests != 1 {
		t.Errorf("cycle: %+v, %v; want an incremental one with nothing but its first question", summary, err)
	}
	if fired := other.Clock.Advance(40 * time.Minute); len(fired) != 1 || fired[0].Name != "provisioningCycle" {
		t.Errorf("in 40 minutes %+v, want a cycle", fired)
	}
	joe := other.Entra.AddUser(directory.User{UserPrincipalName: "joe@contoso.example", GivenName: "Joe", Surname: "Doe"})
	if err := app.Assign(joe); err != nil {
		t.Fatal(err)
	}
	if summary, err := other.ProvisionApp(t.Context(), app); err != nil || summary.Users.Created != 1 {
		t.Errorf("cycle with a new user: %+v, %v", summary, err)
	}
	if trace, _ := json.Marshal(other.Trace()); strings.Contains(string(trace), "correct horse") {
		t.Error("a password of the snapshot shows in the trace")
	}
}

func secondToken(t *testing.T, h *harness.Harness) string {
	t.Helper()
	_, token, err := h.IdentityCenter.Store().CreateToken()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func askSCIM(t *testing.T, h *harness.Harness, token string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.IdentityCenter.SCIMURL()+"/ServiceProviderConfig", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// comparable is the JSON of a snapshot without what differs between processes:
// addresses, and certificates that were made since, whose keys are random.
func comparable(t *testing.T, h *harness.Harness, text string) string {
	t.Helper()
	s := fromFile(t, text)
	urls := h.BaseURLs()
	s.Entra = s.Entra.Moved(map[string]string{urls.Entra: "http://entra", urls.IdentityCenter: "http://aws"})
	s.IdentityCenter = s.IdentityCenter.Moved(map[string]string{urls.Entra: "http://entra", urls.IdentityCenter: "http://aws"})
	for i := range s.Entra.Applications {
		app := &s.Entra.Applications[i]
		for n := range app.Certificates {
			app.Certificates[n].Certificate, app.Certificates[n].PrivateKey = "", ""
		}
		app.Provisioning.Log, app.Provisioning.Last = nil, nil // errors name addresses
	}
	s.Entra.Notifications, s.IdentityCenter.Events = nil, nil
	out, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
