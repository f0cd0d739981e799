package sp_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/sp"
)

// TestRemindersOfAccessTokens: user guide, "Provision users and groups from an
// external identity provider using SCIM": weekly from 90 days before the end,
// twice a week from 60, three times from 30, daily from 15.
func TestRemindersOfAccessTokens(t *testing.T) {
	w := newWorld(t)
	access, err := w.center.Store().EnableProvisioning()
	if err != nil {
		t.Fatal(err)
	}
	end := w.center.Store().Tokens()[0].ExpiresAt
	w.clock.Advance(end.AddDate(0, 0, -90).Sub(w.clock.Now()))
	fired := w.clock.Advance(91 * 24 * time.Hour)
	var left []float64 // days
	for _, f := range fired {
		if f.Name == sp.TokenReminderTimer {
			left = append(left, math.Round(100*end.Sub(f.At).Hours()/24)/100)
		}
	}
	// The 90th day's was due before.
	want := []float64{
		83, 76, 69, 62, 55, // every 7 days
		51.5, 48, 44.5, 41, 37.5, 34, 30.5, 27, // every 3½
		24.67, 22.33, 20, 17.67, 15.33, 13, // every 2⅓
		12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
	}
	if diff := cmp.Diff(want, left); diff != "" {
		t.Errorf("days left (-want +got):\n%s", diff)
	}
	last := w.lastEvent()
	if last.EventName != "AccessTokenExpiration" || last.AdditionalEventData["tokenId"] != access.TokenID || last.AdditionalEventData["daysLeft"] != 0 {
		t.Errorf("last event %+v", last)
	}
	if fired := w.clock.Advance(365 * 24 * time.Hour); len(fired) != 0 {
		t.Errorf("after the end: %v", fired)
	}
}

// A token that is deleted reminds nobody; what an administrator does to automatic
// provisioning leaves records, without the token.
func TestEventsOfProvisioning(t *testing.T) {
	w := newWorld(t)
	store := w.center.Store()
	before := len(w.center.Events())
	first, err := store.EnableProvisioning()
	if err != nil {
		t.Fatal(err)
	}
	second, secret, err := store.CreateToken()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.CreateToken(); err == nil {
		t.Error("a third token")
	}
	for _, id := range []string{first.TokenID, second.ID} {
		if err := store.DeleteToken(id); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.DisableProvisioning(); err != nil {
		t.Fatal(err)
	}
	names, records := w.since(before)
	const source = "sso-directory.amazonaws.com:"
	var want []string
	for _, name := range []string{"CreateProvisioningTenant", "CreateBearerToken", "CreateBearerToken", "DeleteBearerToken", "DeleteBearerToken", "DeleteProvisioningTenant"} {
		want = append(want, source+name+" of 999988887777")
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if e := records["DeleteBearerToken"]; e.RequestParameters["tokenId"] != second.ID || e.RequestParameters["tenantId"] != first.TenantID {
		t.Errorf("DeleteBearerToken %+v", e.RequestParameters)
	}
	for _, e := range w.center.Events()[before:] {
		for _, value := range e.RequestParameters {
			if value == secret || value == first.Token {
				t.Errorf("%s shows a token", e.EventName)
			}
		}
	}
	if fired := w.clock.Advance(400 * 24 * time.Hour); len(fired) != 0 {
		t.Errorf("reminders of deleted tokens: %v", fired)
	}
}
