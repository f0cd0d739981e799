package provisioning

import (
	"encoding/json"
	"slices"
	"time"
)

// AuditEntry is an entry of Entra's audit logs about a job: what an
// administrator did to it, or that it went into quarantine.
type AuditEntry struct {
	Time     time.Time `json:"activityDateTime"`
	Service  string    `json:"loggedByService"`
	Category string    `json:"category"`
	Activity string    `json:"activityDisplayName"`
}

// The values of AuditEntry.Activity ("Microsoft Entra audit log categories and
// activities", Account provisioning).
const (
	ActivitySettings   = "Update provisioning setting or credentials"
	ActivityMappings   = "Update attribute mappings or scope"
	ActivityStart      = "Enable/start provisioning configuration"
	ActivityStop       = "Disable/pause provisioning configuration"
	ActivityRestart    = "Enable/restart provisioning configuration"
	ActivityQuarantine = "Quarantine"
)

// AuditLog returns the audit entries about the job, oldest first.
func (j *Job) AuditLog() []AuditEntry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.audit)
}

// audited adds an entry. j is locked.
func (j *Job) audited(activity string) {
	j.audit = append(j.audit, AuditEntry{j.cfg.Clock.Now(), "Account Provisioning", "ProvisioningManagement", activity})
}

// auditChange adds entries for what differs between two configurations. j is
// locked.
func (j *Job) auditChange(old, changed *configuration) {
	if !sameTables(old, changed) {
		j.audited(ActivityMappings)
	}
	if old.withoutTables() != changed.withoutTables() {
		j.audited(ActivitySettings)
	}
}

// withoutTables is everything but mappings and filters, as text.
func (c *configuration) withoutTables() string {
	s := c.Settings
	s.Users, s.Groups = UserSettings{Actions: s.Users.Actions}, GroupSettings{Actions: s.Groups.Actions}
	text, err := json.Marshal(s)
	if err != nil { // settings are texts, numbers and lists of them
		return err.Error()
	}
	return string(text)
}
