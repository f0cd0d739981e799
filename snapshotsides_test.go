package harness_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp"
)

// Each side has snapshots of its own, which leave the others alone.
func TestSidesHaveSnapshotsOfTheirOwn(t *testing.T) {
	h := provisioned(t, harness.Config{Start: monday})
	entra, err := h.Entra.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	center, err := h.IdentityCenter.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	scim, err := h.SCIM.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	change := func() {
		h.Entra.AddUser(directory.User{UserPrincipalName: "joe@contoso.example", GivenName: "Joe", Surname: "Doe"})
		if _, err := h.IdentityCenter.CreateAccount(sp.Account{ID: "111122223333", Name: "Production"}); err != nil {
			t.Fatal(err)
		}
		if err := h.SCIM.Fail(scimmock.Fault{Status: http.StatusTeapot}); err != nil {
			t.Fatal(err)
		}
	}
	counts := func() [3]int {
		return [3]int{len(h.Entra.Directory().Users()), len(h.IdentityCenter.Accounts()), len(h.SCIM.Faults())}
	}
	for _, test := range []struct {
		side    string
		value   any
		restore func(text []byte) error
		want    [3]int
	}{
		{"Entra", entra, func(text []byte) error {
			var s idp.Snapshot
			if err := json.Unmarshal(text, &s); err != nil {
				return err
			}
			return h.Entra.Restore(s)
		}, [3]int{1, 1, 1}},
		{"Identity Center", center, func(text []byte) error {
			var s sp.Snapshot
			if err := json.Unmarshal(text, &s); err != nil {
				return err
			}
			return h.IdentityCenter.Restore(s)
		}, [3]int{2, 0, 1}},
		{"SCIM endpoint", scim, func(text []byte) error {
			var s scimmock.Snapshot
			if err := json.Unmarshal(text, &s); err != nil {
				return err
			}
			return h.SCIM.Restore(s)
		}, [3]int{2, 1, 0}},
	} {
		if err := h.Reset(); err != nil {
			t.Fatal(err)
		}
		if err := h.Entra.Restore(entra); err != nil {
			t.Fatal(err)
		}
		change()
		text, err := json.Marshal(test.value)
		if err != nil {
			t.Fatal(err)
		}
		if err := test.restore(text); err != nil {
			t.Errorf("%s: %v", test.side, err)
		}
		if got := counts(); got != test.want {
			t.Errorf("after Restore of %s: %v users, accounts and faults, want %v", test.side, got, test.want)
		}
		if err := test.restore([]byte(`{"version": 3}`)); err == nil || err.Error() != "version is 3: this program reads version 1" {
			t.Errorf("%s: another version gave %v", test.side, err)
		}
	}
}
