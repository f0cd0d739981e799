package sp

import (
	"time"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/sp/identitystore"
)

// Records of automatic provisioning. The names are those of the actions of IAM
// policies (service authorization reference, sso-directory).
const (
	provisioningEnabled  = "CreateProvisioningTenant"
	provisioningDisabled = "DeleteProvisioningTenant"
	tokenCreated         = "CreateBearerToken"
	tokenDeleted         = "DeleteBearerToken"
)

// TokenReminderTimer is the name of the timers by which reminders fall due.
const TokenReminderTimer = "accessTokenReminder"

// tokenReminder is the record that stands for AWS Health's notices; their form is
// not published.
const tokenReminder = "AccessTokenExpiration"

// provisioningChanged records what an administrator did to automatic provisioning
// and sees to the reminders.
func (i *Instance) provisioningChanged(e identitystore.Event) {
	names := map[identitystore.EventKind]string{
		identitystore.ProvisioningEnabled: provisioningEnabled, identitystore.ProvisioningDisabled: provisioningDisabled,
		identitystore.TokenCreated: tokenCreated, identitystore.TokenDeleted: tokenDeleted,
	}
	name, ok := names[e.Kind]
	if !ok {
		return
	}
	parameters := map[string]any{"directoryId": i.store.ID(), "tenantId": i.store.TenantID()}
	switch e.Kind {
	case identitystore.TokenCreated:
		i.remind(e.ID)
	case identitystore.TokenDeleted:
		parameters["tokenId"] = e.ID
		i.mu.Lock()
		i.reminders.stop(e.ID)
		i.mu.Unlock()
	}
	i.events.record(nil, name, event{parameters: parameters})
}

// reminders are the timers of access tokens, by id.
type reminders struct{ timers map[string]*clock.Timer }

func (r *reminders) stop(id string) {
	if t := r.timers[id]; t != nil {
		t.Stop()
	}
	delete(r.timers, id)
}

// remind sets the timer of the next reminder for a token (user guide, "Provision
// users and groups from an external identity provider using SCIM", "Generate an
// access token"): weekly from 90 days before its end, twice a week from 60, three
// times a week from 30, daily from 15, and at its end.
func (i *Instance) remind(id string) { i.remindAfter(id, i.clock.Now()) }

// remindAfter is remind for reminders that fall due after a time.
func (i *Instance) remindAfter(id string, now time.Time) {
	for _, t := range i.store.Tokens() {
		if t.ID != id {
			continue
		}
		due := t.ExpiresAt.AddDate(0, 0, -90)
		for !due.After(now) {
			due = due.Add(interval(t.ExpiresAt.Sub(due)))
		}
		if due.After(t.ExpiresAt) {
			due = t.ExpiresAt
		}
		if !due.After(now) {
			return
		}
		i.mu.Lock()
		i.reminders.stop(id)
		i.reminders.timers[id] = i.clock.At(due, TokenReminderTimer, func() {
			left := t.ExpiresAt.Sub(due)
			i.events.record(nil, tokenReminder, event{data: map[string]any{
				"tokenId": id, "expiresAt": t.ExpiresAt.Format(time.RFC3339), "daysLeft": int(left / (24 * time.Hour)),
			}})
			i.remind(id)
		})
		i.mu.Unlock()
	}
}

const day = 24 * time.Hour

// interval is the time between two reminders when so much is left.
func interval(left time.Duration) time.Duration {
	switch {
	case left > 60*day:
		return 7 * day
	case left > 30*day:
		return 7 * day / 2
	case left > 15*day:
		return 7 * day / 3
	}
	return day
}
