package provisioning

import (
	"fmt"
	"net/mail"
	"time"
)

// Notice is a mail about a quarantine, which Entra sends once for each of its
// reasons ("Application provisioning in quarantine status").
type Notice struct {
	Time   time.Time
	To     string
	Reason QuarantineReason
	Error  ErrorInfo
}

// notice returns the mail about a quarantine that has just been imposed or left
// in effect, or nil: there is nobody to write to, or the reason is known. The
// job is locked.
func (j *Job) notice(before, now *Quarantine) *Notice {
	to := j.configuration.NotificationEmail
	if to == "" || before != nil && before.Reason == now.Reason {
		return nil
	}
	return &Notice{Time: now.CurrentBegan, To: to, Reason: now.Reason, Error: now.Error}
}

func checkAddress(address string) error {
	if address == "" {
		return nil
	}
	if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
		return settingsError("notificationEmail", "The notification email is no address.", "an address such as admins@contoso.example", fmt.Sprintf("%q", address), "")
	}
	return nil
}
