package provisioning

import (
	"time"

	"github.com/idharness/harness/idp/directory"
)

// The actions of log entries (Microsoft Graph, provisioningObjectSummary).
const (
	ActionCreate       = "create"
	ActionUpdate       = "update"
	ActionDisable      = "disable"
	ActionDelete       = "delete"
	ActionStagedDelete = "stagedDelete"
	ActionOther        = "other"
)

// The statuses of log entries and of their steps.
const (
	StatusSuccess = "success"
	StatusFailure = "failure"
	StatusSkipped = "skipped"
	StatusWarning = "warning"
)

// LogEntry is one entry of the provisioning log: what was done, or not, to one
// object.
type LogEntry struct {
	ID        string         `json:"id"`
	Time      time.Time      `json:"time"`
	CycleID   string         `json:"cycleId"`
	ChangeID  string         `json:"changeId"`
	Action    string         `json:"action" oneOf:"create|update|disable|delete|stagedDelete|other"`
	Status    string         `json:"status" oneOf:"success|failure|skipped|warning"`
	Kind      directory.Kind `json:"kind"`
	Source    string         `json:"source"` // userPrincipalName or displayName
	SourceID  string         `json:"sourceId"`
	Target    string         `json:"target"` // the target's id, or what it was looked for by
	Modified  []Modified     `json:"modified"`
	Error     *ErrorInfo     `json:"error,omitempty"`
	Steps     []Step         `json:"steps"`
	Initiator string         `json:"initiatedBy"`

	Milliseconds int64 `json:"durationInMilliseconds"` // from the beginning of the work on the object, by the virtual clock
}

// Modified is one changed property.
type Modified struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// ErrorInfo is why something failed or was skipped.
type ErrorInfo struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
	Status int    `json:"status,omitempty"` // HTTP status of the target's answer
	Action string `json:"recommendedAction,omitempty"`

	Explanation *Explanation `json:"explanation,omitempty"` // ours; nil for what was skipped
}

// Step is one step of the work on an object.
type Step struct {
	Name        string            `json:"name"`
	Type        string            `json:"type"`
	Status      string            `json:"status"`
	Description string            `json:"description,omitempty"`
	Details     map[string]string `json:"details,omitempty"`

	Time time.Time `json:"-"` // by the virtual clock; in the form of an on-demand request
}

// logLife is how long entries are kept: 30 days with a premium edition.
const logLife = 30 * 24 * time.Hour

// record is the log entry of an object while it is worked on.
type record struct {
	LogEntry
	now func() time.Time
}

func (r *record) step(name, kind, status, description string, details map[string]string) {
	r.Steps = append(r.Steps, Step{name, kind, status, description, details, r.now()})
}

// succeed ends the record of an action that was carried out.
func (r *record) succeed(action, step string, modified []Modified) {
	r.Action, r.Status, r.Modified = action, StatusSuccess, modified
	r.step(step, typeExport, StatusSuccess, "", nil)
}

// skip ends the record of an object for which there was nothing to do.
func (r *record) skip(code, reason string) {
	r.Action, r.Status = ActionOther, StatusSkipped
	r.Error = &ErrorInfo{Code: code, Reason: reason, Action: advice[code]}
	r.step(stepSkip, typeExport, StatusSkipped, reason, map[string]string{"SkipReason": code})
}

// refuse ends the record of an action that failed.
func (r *record) refuse(action, step string, f *failure) {
	r.Action, r.Status = action, StatusFailure
	r.Error = f.info()
	r.step(step, stepType(step), StatusFailure, f.reason, nil)
}

func (f *failure) info() *ErrorInfo {
	return &ErrorInfo{Code: f.code, Reason: f.reason, Status: f.status, Action: advice[f.code], Explanation: f.explanation}
}

func stepType(step string) string {
	switch step {
	case stepImport:
		return typeImport
	case stepMatchAdd, stepMatchUpdate, stepMatchDelete:
		return typeMatching
	default:
		return typeExport
	}
}
