package harness_test

import (
	"encoding/json"
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
