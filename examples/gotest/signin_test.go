package payroll

import (
	"errors"
	"testing"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/scenarios"
)

// Somebody who is assigned signs in; somebody who is not learns why.
func TestSignIn(t *testing.T) {
	h := harness.Run(t)
	ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa"})
	h.Entra.AddUser(directory.User{UserPrincipalName: "dan@contoso.example", GivenName: "Dan", Surname: "Roth"})
	if err := h.Entra.App().Assign(ana); err != nil {
		t.Fatal(err)
	}
	if err := h.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}

	session, err := h.SignIn(t.Context(), "ana@contoso.example")
	if err != nil {
		t.Fatal(err)
	}
	if session.NameID.Value != "ana@contoso.example" {
		t.Errorf("NameID = %q", session.NameID.Value)
	}

	_, err = h.SignIn(t.Context(), "dan@contoso.example")
	var refused *harness.Refusal
	if !errors.As(err, &refused) || refused.Code != "AADSTS50105" {
		t.Errorf("dan: %v, want AADSTS50105", err)
	}
}

// Whoever leaves is locked out after the next provisioning cycle, forty minutes
// later, which take no time at all.
func TestLeaverIsLockedOut(t *testing.T) {
	h := harness.Run(t, harness.Config{Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)})
	ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa"})
	if err := h.Entra.App().Assign(ana); err != nil {
		t.Fatal(err)
	}
	if err := h.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Entra.Directory().SetEnabled(ana.ID, false); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(40 * time.Minute)
	if user, ok := h.IdentityCenter.Store().UserByName("ana@contoso.example"); !ok || user.Active {
		t.Errorf("ana in Identity Center: %+v, want her disabled", user)
	}
}

func TestScenarios(t *testing.T) { scenarios.Test(t, "testdata/*.yaml") }
