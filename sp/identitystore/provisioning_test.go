package identitystore

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
)

// TestProvisioningLifecycle follows the user guide: "Enable automatic
// provisioning", "Rotate an access token", "Disable automatic provisioning".
func TestProvisioningLifecycle(t *testing.T) {
	var secrets []string
	c := clock.Frozen(start)
	s := New(Config{Clock: c, IDs: ids.New(1), Secret: func(secret string) { secrets = append(secrets, secret) }})
	if s.ProvisioningEnabled() {
		t.Error("provisioning is enabled from the start")
	}
	if _, _, err := s.CreateToken(); err == nil {
		t.Error("a token was made while provisioning is off")
	}
	access, err := s.EnableProvisioning()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.EnableProvisioning(); err == nil {
		t.Error("provisioning was enabled twice")
	}
	if !regexp.MustCompile(`^[0-9a-z]{3}[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`).MatchString(access.TenantID) || access.TenantID != s.TenantID() {
		t.Errorf("tenant id %q, TenantID() %q", access.TenantID, s.TenantID())
	}
	// The bounds are those of the template of awslabs/ssosync.
	if n := len(access.Token); n < 500 || n > 620 || !regexp.MustCompile(`^[0-9a-zA-Z/=+-]+$`).MatchString(access.Token) {
		t.Errorf("token of %d characters: %s", n, access.Token)
	}

	second, value, err := s.CreateToken()
	if err != nil {
		t.Fatal(err)
	}
	if want := (Token{second.ID, start, start.AddDate(1, 0, 0)}); second != want {
		t.Errorf("token is %+v, want %+v: valid for one year", second, want)
	}
	if diff := cmp.Diff([]string{access.Token, value}, secrets); diff != "" {
		t.Errorf("secrets to mask (-want +got):\n%s", diff)
	}
	if _, _, err := s.CreateToken(); err == nil || !strings.Contains(err.Error(), "two access tokens") {
		t.Errorf("a third token: %v", err)
	}
	for _, token := range []string{access.Token, value} {
		if err := s.Authorize(access.TenantID, token); err != nil {
			t.Errorf("both tokens must work while one replaces the other: %v", err)
		}
	}
	if err := s.DeleteToken(access.TokenID); err != nil {
		t.Fatal(err)
	}
	if err := s.Authorize(access.TenantID, access.Token); !errors.Is(err, ErrUnknownToken) {
		t.Errorf("a deleted token: %v", err)
	}
	if err := s.DisableProvisioning(); err == nil || !strings.Contains(err.Error(), "delete the access token before") {
		t.Errorf("disabled while a token exists: %v", err)
	}
	if err := s.DeleteToken(second.ID); err != nil {
		t.Fatal(err)
	}
	if s.DeleteToken(second.ID) == nil {
		t.Error("a token was deleted twice")
	}
	if err := s.DisableProvisioning(); err != nil || s.ProvisioningEnabled() || s.DisableProvisioning() == nil {
		t.Errorf("disable: %v, enabled afterwards: %v", err, s.ProvisioningEnabled())
	}
	again, err := s.EnableProvisioning()
	if err != nil || again.TenantID != access.TenantID || again.Token == access.Token {
		t.Errorf("enabled again: %v, tenant %s (was %s)", err, again.TenantID, access.TenantID)
	}
}

func TestAuthorize(t *testing.T) {
	c := clock.Frozen(start)
	s := New(Config{Clock: c, IDs: ids.New(1)})
	access, err := s.EnableProvisioning()
	if err != nil {
		t.Fatal(err)
	}
	other, err := New(Config{IDs: ids.New(2)}).EnableProvisioning()
	if err != nil {
		t.Fatal(err)
	}
	check := func(name, tenant, bearer string, want error) {
		t.Helper()
		if err := s.Authorize(tenant, bearer); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	check("right", access.TenantID, access.Token, nil)
	check("no token", access.TenantID, "", ErrUnknownToken)
	check("token of another store", access.TenantID, other.Token, ErrUnknownToken)
	check("tenant of another store", other.TenantID, access.Token, ErrTenant)
	check("no tenant", "", access.Token, ErrTenant)
	check("tenant in another case", strings.ToUpper(access.TenantID), access.Token, ErrTenant)
	check("token cut short", access.TenantID, access.Token[:len(access.Token)-1], ErrUnknownToken)

	year := start.AddDate(1, 0, 0).Sub(start)
	c.Advance(year - time.Second)
	check("last second", access.TenantID, access.Token, nil)
	c.Advance(time.Second)
	check("after a year", access.TenantID, access.Token, ErrExpiredToken)
	if len(s.Tokens()) != 1 {
		t.Error("an expired token must stay listed until it is deleted")
	}
}

func TestTokensLeaveNoTrace(t *testing.T) {
	s := New(Config{})
	access, err := s.EnableProvisioning()
	if err != nil {
		t.Fatal(err)
	}
	err = s.Authorize("other-tenant", access.Token)
	if err == nil || strings.Contains(err.Error(), access.Token) {
		t.Errorf("the error gives the token away or is missing: %v", err)
	}
}
