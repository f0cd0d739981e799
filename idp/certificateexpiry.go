package idp

import (
	"fmt"
	"net/mail"
	"slices"
	"time"
)

// The names of the timers that a certificate sets on the clock.
const (
	ExpiryNoticeTimer = "certificateExpiryNotice"
	ExpiryTimer       = "certificateExpired"
)

const (
	day = 24 * time.Hour

	maxNotificationAddresses = 5
	notificationSender       = "azure-noreply@microsoft.com"
)

// noticeDays are the days before the expiry on which Entra sends mails
// (learn.microsoft.com, "Manage certificates for federated single sign-on").
var noticeDays = [...]int{60, 30, 7}

// Notification is a mail that Entra would have sent: nothing leaves the mock.
type Notification struct {
	Time        time.Time `json:"time"`
	From        string    `json:"from"`
	To          []string  `json:"to"`
	Subject     string    `json:"subject"`
	Application string    `json:"application"`
	Thumbprint  string    `json:"thumbprint,omitempty"` // of a certificate that expires
	NotAfter    time.Time `json:"notAfter,omitzero"`
	Reason      string    `json:"reason,omitempty"` // of a quarantine
}

// Notifications returns the mails so far, oldest first.
func (t *Tenant) Notifications() []Notification {
	t.mu.RLock()
	defer t.mu.RUnlock()
	out := slices.Clone(t.notifications)
	for i := range out {
		out[i].To = slices.Clone(out[i].To)
	}
	return out
}

func validateAddresses(list []string) error {
	if len(list) > maxNotificationAddresses {
		return invalid("Invalid value specified for property 'notificationEmailAddresses' of resource 'ServicePrincipal'.", "at most five addresses", fmt.Sprintf("%d", len(list)), "notificationEmailAddresses")
	}
	for i, a := range list {
		if parsed, err := mail.ParseAddress(a); err != nil || parsed.Address != a {
			return invalid("Invalid value specified for property 'notificationEmailAddresses' of resource 'ServicePrincipal'.", "an e-mail address", a, fmt.Sprintf("notificationEmailAddresses[%d]", i))
		}
	}
	return nil
}

// scheduleExpiry sets the timers of the certificates anew: mails for the active
// one if there is anybody to write to, and the expiry of each, where they fall
// due after a time. The tenant is locked.
func (a *Application) scheduleExpiry(after time.Time) {
	clock := a.tenant.clock
	for _, c := range a.certs {
		c.stopTimers()
		if c.active && len(a.cfg.NotificationEmailAddresses) > 0 {
			for _, days := range noticeDays {
				if due := c.cert.NotAfter.Add(-time.Duration(days) * day); due.After(after) {
					c.timers = append(c.timers, clock.At(due, ExpiryNoticeTimer, func() { a.notifyExpiry(c, days) }))
				}
			}
		}
		// A certificate is valid to the end of its last second.
		if due := c.cert.NotAfter.Add(time.Second); due.After(after) {
			c.timers = append(c.timers, clock.At(due, ExpiryTimer, func() { a.expired(c) }))
		}
	}
}

func (c *certificate) stopTimers() {
	for _, timer := range c.timers {
		timer.Stop()
	}
	c.timers = nil
}

func (a *Application) notifyExpiry(c *certificate, days int) {
	t := a.tenant
	t.mu.Lock()
	defer t.mu.Unlock()
	n := Notification{
		Time: t.clock.Now(), From: notificationSender, To: slices.Clone(a.cfg.NotificationEmailAddresses),
		Subject:     fmt.Sprintf("The SAML signing certificate of %s expires in %d days", a.cfg.Name, days),
		Application: a.cfg.Name, Thumbprint: c.describe().Thumbprint, NotAfter: c.cert.NotAfter,
	}
	t.notifications = append(t.notifications, n)
	t.logger.Info("certificate expiry notice", "application", n.Application, "to", n.To, "thumbprint", n.Thumbprint, "notAfter", n.NotAfter)
}

func (a *Application) expired(c *certificate) {
	t := a.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	signs := "none"
	if s := a.signerAt(t.clock.Now()); s != nil {
		signs = s.describe().Thumbprint
	}
	t.logger.Info("certificate expired", "application", a.cfg.Name, "thumbprint", c.describe().Thumbprint, "active", c.active, "signs", signs)
}
