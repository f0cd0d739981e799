package idp

import (
	"fmt"

	"github.com/idharness/harness/idp/provisioning"
)

// notifyQuarantine records the mail about a quarantine of the application's
// provisioning (learn.microsoft.com, "Application provisioning in quarantine
// status", which names the sender).
func (a *Application) notifyQuarantine(mail provisioning.Notice) {
	t := a.tenant
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notifications = append(t.notifications, Notification{
		Time: mail.Time, From: notificationSender, To: []string{mail.To}, Subject: fmt.Sprintf("Provisioning of %s is in quarantine", a.cfg.Name),
		Application: a.cfg.Name, Reason: string(mail.Reason),
	})
	t.logger.Info("quarantine notice", "application", a.cfg.Name, "to", mail.To, "reason", string(mail.Reason))
}
