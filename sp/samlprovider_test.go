package sp_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/sp"
)

// TestSAMLProviders: IAM API reference, CreateSAMLProvider; IAM user guide, "IAM
// and AWS STS quotas".
func TestSAMLProviders(t *testing.T) {
	w := withFederation(t)
	document := []byte(w.entra.metadata())
	refused := func(code, got, account, name string, document []byte) {
		t.Helper()
		_, err := w.center.CreateSAMLProvider(account, name, document)
		wantRefusal(t, err, code, got)
	}
	refused("EntityAlreadyExists", "Entra", "Production", "Entra", document)
	refused("ResourceNotFoundException", "Nowhere", "Nowhere", "Entra", document)
	refused("ValidationException", "a b", "Production", "a b", document)
	refused("InvalidInput", "12", "Production", "New", []byte("not XML at a"))
	refused("InvalidInput", "999", "Production", "New", []byte(strings.Repeat("x", 999)))
	refused("InvalidInput", "line 1", "Production", "New", []byte(strings.Repeat("x", 1000)))
	for n := range 99 {
		if _, err := w.center.CreateSAMLProvider("Production", fmt.Sprint("Provider", n), document); err != nil {
			t.Fatal(err)
		}
	}
	refused("LimitExceeded", "more", "Production", "Hundredfirst", document)

	next := newEntra(t, w.clock, 1)
	if _, err := w.center.UpdateSAMLProvider("Production", "Entra", []byte(next.metadata())); err != nil {
		t.Fatal(err)
	}
	if p := w.federate(nil, w.toIAM(roleOf(adminRole)...)); p.status != http.StatusBadRequest {
		t.Errorf("after the update: status %d", p.status)
	}
	if _, err := w.center.UpdateSAMLProvider("Production", entraProvider, document); err != nil {
		t.Fatal(err)
	}
	if p := w.federate(nil, w.toIAM(roleOf(adminRole)...)); p.status != http.StatusOK {
		t.Errorf("updated back: status %d", p.status)
	}
	if _, err := w.center.DeleteSAMLProvider("Production", "Entra"); err != nil {
		t.Fatal(err)
	}
	if p := w.federate(nil, w.toIAM(roleOf(adminRole)...)); p.status != http.StatusBadRequest {
		t.Errorf("after the deletion: status %d", p.status)
	}
	_, err := w.center.DeleteSAMLProvider("Production", "Entra")
	wantRefusal(t, err, "ResourceNotFoundException", "Entra")
	if n := len(w.center.SAMLProviders()); n != 100 {
		t.Errorf("%d providers", n)
	}

	for _, r := range []sp.FederatedRole{{Name: "admin"}, {Name: "Admin"}} {
		r.Account, r.Provider = "Production", "Entra"
		_, err := w.center.CreateFederatedRole(r)
		wantRefusal(t, err, "EntityAlreadyExists", r.Name)
	}
	for got, r := range map[string]sp.FederatedRole{
		"a b": {Name: "a b"}, "AWSReservedSSO_x": {Name: "AWSReservedSSO_x"}, "team": {Name: "A", Path: "team"},
		"59m0s": {Name: "A", MaxSessionDuration: 59 * time.Minute}, "12h0m1s": {Name: "A", MaxSessionDuration: 12*time.Hour + time.Second},
	} {
		r.Account, r.Provider = "Production", "Entra"
		_, err := w.center.CreateFederatedRole(r)
		wantRefusal(t, err, "ValidationException", got)
	}
	_, err = w.center.CreateFederatedRole(sp.FederatedRole{Account: "Production", Name: "Foreign", Provider: otherProvider})
	wantRefusal(t, err, "ValidationException", otherProvider)
	if _, err := w.center.DeleteFederatedRole("Production", readerRole); err != nil {
		t.Error(err)
	}
	_, err = w.center.DeleteFederatedRole("Production", "Reader")
	wantRefusal(t, err, "ResourceNotFoundException", "Reader")
	if n := len(w.center.FederatedRoles()); n != 2 {
		t.Errorf("%d roles", n)
	}
}
