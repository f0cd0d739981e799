package sp_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/sp"
)

// TestPermissionSetLimits: SSO Admin API reference, CreatePermissionSet.
func TestPermissionSetLimits(t *testing.T) {
	w := newWorld(t)
	ok := func(p sp.PermissionSet) sp.PermissionSet {
		t.Helper()
		created, err := w.center.CreatePermissionSet(p)
		if err != nil {
			t.Errorf("create %s: %v", p.Name, err)
		}
		return created
	}
	refused := func(p sp.PermissionSet, code, got string) {
		t.Helper()
		_, err := w.center.CreatePermissionSet(p)
		wantRefusal(t, err, code, got)
	}
	for _, name := range []string{"a", strings.Repeat("x", 32), "Name_with+=,.@-0"} {
		ok(sp.PermissionSet{Name: name})
	}
	for _, name := range []string{"", strings.Repeat("x", 33), "two words", "a/b", "é", "a\n"} {
		refused(sp.PermissionSet{Name: name}, "ValidationException", name)
	}
	for n, duration := range []string{"PT1H", "PT12H", "PT60M", "PT3600S", "PT1H30M", "PT11H59M60S"} {
		if got := ok(sp.PermissionSet{Name: "duration" + string(rune('a'+n)), SessionDuration: duration}); got.SessionDuration != duration {
			t.Errorf("duration %q, want %q as given", got.SessionDuration, duration)
		}
	}
	for _, duration := range []string{"PT59M", "PT12H1S", "PT", "P1D", "8h", "PT-1H", "PT1H ", "PT999999H"} {
		refused(sp.PermissionSet{Name: "d", SessionDuration: duration}, "ValidationException", duration)
	}
	ok(sp.PermissionSet{Name: "long", Description: strings.Repeat("é", 700), RelayState: strings.Repeat("x", 240)})
	refused(sp.PermissionSet{Name: "d", Description: strings.Repeat("x", 701)}, "ValidationException", "701")
	refused(sp.PermissionSet{Name: "d", RelayState: strings.Repeat("x", 241)}, "ValidationException", "241")
	refused(sp.PermissionSet{Name: "long"}, "ConflictException", "long")
}

func TestPermissionSetAsCreated(t *testing.T) {
	w := newWorld(t)
	mine := []string{"ReadOnlyAccess", "arn:aws:iam::aws:policy/job-function/Billing"}
	created, err := w.center.CreatePermissionSet(sp.PermissionSet{Name: "ReadOnlyAccess", ManagedPolicies: mine, ARN: "ignored"})
	if err != nil {
		t.Fatal(err)
	}
	if shape := regexp.MustCompile(`^arn:aws:sso:::permissionSet/` + strings.TrimPrefix(w.center.ARN(), "arn:aws:sso:::instance/") + `/ps-[0-9a-f]{16}$`); !shape.MatchString(created.ARN) {
		t.Errorf("ARN %q does not match %s", created.ARN, shape)
	}
	want := sp.PermissionSet{ARN: created.ARN, Name: "ReadOnlyAccess", SessionDuration: "PT1H", ManagedPolicies: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/job-function/Billing"}, Created: created.Created}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if mine[0] != "ReadOnlyAccess" {
		t.Errorf("the caller's list became %v", mine)
	}
	created.ManagedPolicies[0] = "changed"
	listed := w.center.PermissionSets()
	if diff := cmp.Diff([]sp.PermissionSet{want}, listed); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	listed[0].ManagedPolicies[0] = "changed"
	if diff := cmp.Diff([]sp.PermissionSet{want}, w.center.PermissionSets()); diff != "" {
		t.Errorf("listed again (-want +got):\n%s", diff)
	}
}

func TestCreateAccount(t *testing.T) {
	w := newWorld(t)
	for _, a := range []sp.Account{{ID: "111122223333", Name: "Production", Email: "prod@contoso.example"}, {ID: "444455556666"}} {
		if _, err := w.center.CreateAccount(a); err != nil {
			t.Fatal(err)
		}
	}
	want := []sp.Account{{ID: "111122223333", Name: "Production", Email: "prod@contoso.example"}, {ID: "444455556666", Name: "444455556666"}}
	if diff := cmp.Diff(want, w.center.Accounts()); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	for _, test := range []struct {
		account   sp.Account
		code, got string
	}{
		{sp.Account{ID: "1111-2222-3333", Name: "x"}, "ValidationException", "1111-2222-3333"},
		{sp.Account{ID: "11112222333", Name: "x"}, "ValidationException", "11112222333"},
		{sp.Account{ID: "111122223333", Name: "x"}, "ConflictException", "111122223333"},
		{sp.Account{ID: "777788889999", Name: "Production"}, "ConflictException", "Production"},
	} {
		_, err := w.center.CreateAccount(test.account)
		wantRefusal(t, err, test.code, test.got)
	}
}
