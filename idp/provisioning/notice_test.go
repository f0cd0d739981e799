package provisioning_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/idharness/harness/idp/provisioning"
)

// One mail when a quarantine begins, and another when its reason changes or it
// begins anew ("Application provisioning in quarantine status").
func TestQuarantineNotices(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	var mails []string
	job, err := provisioning.NewJob(provisioning.Config{
		Source: f.tenant, Clock: f.clock, IDs: newIDs(), Template: provisioning.TemplateAWS,
		Notify: func(n provisioning.Notice) {
			mails = append(mails, fmt.Sprintf("%s %s %s", n.Time.Sub(start), n.To, n.Reason))
		},
	})
	f.check(err)
	f.check(job.SetTarget(f.server.tenantURL(), testToken))
	f.check(job.Configure(provisioning.Settings{NotificationEmail: "admins@contoso.example", Quarantine: provisioning.Thresholds{MaxFailures: 1}}))
	f.assign(f.addUser("ann").ID)
	f.assign(f.addUser("bob").ID)
	want := func(step string, lines ...string) {
		t.Helper()
		if !slices.Equal(mails, lines) {
			t.Errorf("%s: mails %q, want %q", step, mails, lines)
		}
		mails = nil
	}
	f.check(job.Start(context.Background()))
	f.server.setToken("another")
	f.clock.Advance(18 * time.Hour) // three attempts
	want("refused token", "0s admins@contoso.example EncounteredQuarantineException")
	f.server.setToken(testToken)
	f.server.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusBadRequest)
			return true
		}
		return false
	})
	f.clock.Advance(6 * time.Hour)
	want("another reason", "24h0m0s admins@contoso.example EncounteredBaseEscrowThreshold")
	f.server.setFault(nil)
	f.check(job.Restart(context.Background(), 0))
	f.clock.RunDue()
	want("healthy")
	f.server.setToken("another")
	f.clock.Advance(40 * time.Minute)
	want("again", "24h40m0s admins@contoso.example EncounteredQuarantineException")
	settings := job.Settings()
	settings.NotificationEmail = ""
	f.check(job.Configure(settings))
	f.check(job.Restart(context.Background(), 0))
	f.clock.RunDue()
	if _, ok := job.Quarantine(); !ok {
		t.Error("no quarantine")
	}
	want("nobody to write to")

	settings.NotificationEmail = "Ana <ana@contoso.example>"
	var mistake *provisioning.SettingsError
	if err := job.Configure(settings); !errors.As(err, &mistake) || mistake.Path != "notificationEmail" {
		t.Errorf("a name with an address: %v", err)
	}
}
