package interop

import (
	"testing"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/sp"
)

// startPair starts both mocks with one user, who is assigned, provisioned and
// may administer one account.
func startPair(t *testing.T, start time.Time) *harness.Harness {
	t.Helper()
	h := harness.Run(t, harness.Config{Start: start})
	ana := h.Entra.AddUser(directory.User{
		UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa", Mail: "ana@contoso.example", Department: "R&D <Platform>",
	})
	if err := h.Entra.App().Assign(ana); err != nil {
		t.Fatal(err)
	}
	if _, err := h.IdentityCenter.CreateAccount(sp.Account{ID: "111122223333", Name: "Production"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.IdentityCenter.CreatePermissionSet(sp.PermissionSet{Name: "AdministratorAccess"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.IdentityCenter.Assign(sp.Wish{User: "ana@contoso.example", PermissionSet: "AdministratorAccess", Account: "Production"}); err != nil {
		t.Fatal(err)
	}
	if err := h.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

// sentResponse returns the SAMLResponse that Entra handed to the browser last,
// as XML, and the address it was posted to.
func sentResponse(t *testing.T, h *harness.Harness) string {
	t.Helper()
	exchanges := h.Trace()
	for i := len(exchanges) - 1; i >= 0; i-- {
		for _, d := range exchanges[i].Decoded {
			if d.Name == "SAMLResponse" && exchanges[i].To == "entra" {
				return d.Text
			}
		}
	}
	t.Fatal("the trace holds no SAMLResponse of Entra")
	return ""
}

// everySigning runs a subtest for each way to sign that Entra offers: what, and
// with which algorithm.
func everySigning(t *testing.T, test func(t *testing.T, signing idp.Signing)) {
	t.Helper()
	for _, option := range []idp.SigningOption{idp.SignAssertion, idp.SignResponse, idp.SignBoth} {
		for _, signing := range []idp.Signing{{Option: option, Algorithm: "sha256"}, {Option: option, Algorithm: "sha1"}} {
			t.Run(string(option)+" "+string(signing.Algorithm), func(t *testing.T) { test(t, signing) })
		}
	}
}
