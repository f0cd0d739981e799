package provisioning

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/idharness/harness/idp/directory"
)

// Snapshot is everything that a job knows between two cycles, as a value that
// can be kept and written as JSON. It has the target's token.
type Snapshot struct {
	ID       string          `json:"id"`
	Name     string          `json:"applicationName"` // as it was when the application was made
	Settings Settings        `json:"settings"`
	Target   *TargetRecord   `json:"target,omitempty"` // nil: there are no credentials
	Schedule ScheduleRecord  `json:"schedule"`
	Memory   MemoryRecord    `json:"memory"`
	Last     *Summary        `json:"lastCycle,omitempty"`
	Cycles   int             `json:"cycles"`
	Runs     ExecutionRecord `json:"executions"`
	Log      []LogEntry      `json:"log,omitempty"`      // the latest entries
	Audit    []AuditEntry    `json:"auditLog,omitempty"` // the latest entries
	Demands  []time.Time     `json:"onDemand,omitempty"` // of the last on-demand requests
}

// TargetRecord are the credentials of a job.
type TargetRecord struct {
	URL   string `json:"url"` // the console's Tenant URL
	Token string `json:"token,omitempty"`
}

// ScheduleRecord says when cycles run by themselves.
type ScheduleRecord struct {
	Started  bool       `json:"started,omitempty"`  // they do
	Known    bool       `json:"known,omitempty"`    // the job was started, once
	Disabled bool       `json:"disabled,omitempty"` // by four weeks in quarantine
	Next     *time.Time `json:"next,omitempty"`     // the next one
	For      string     `json:"for,omitempty"`      // what Next is: interval, start or quarantine
}

// MemoryRecord is what an incremental cycle builds on.
type MemoryRecord struct {
	Watermark    *uint64       `json:"watermark,omitempty"` // nil: the next cycle looks at everything
	Restarted    bool          `json:"restarted,omitempty"`
	Afresh       bool          `json:"afresh,omitempty"` // the next cycle begins without escrows
	ForceDeletes bool          `json:"forceDeletes,omitempty"`
	Links        []LinkRecord  `json:"links,omitempty"`
	Unlinked     []ObjectID    `json:"unlinked,omitempty"` // what was linked once: it still counts
	Escrows      []EscrowEntry `json:"escrows,omitempty"`
	Staged       []ObjectID    `json:"staged,omitempty"` // disables and deletes that wait for permission
	Quarantine   *Quarantine   `json:"quarantine,omitempty"`
}

// ObjectID names an object of the directory.
type ObjectID struct {
	Kind directory.Kind `json:"kind"`
	ID   string         `json:"id"`
}

// LinkRecord is a link, with what the service remembers of the target's object.
type LinkRecord struct {
	Kind     directory.Kind `json:"kind"`
	SourceID string         `json:"sourceId"`
	TargetID string         `json:"targetId"`
	Name     string         `json:"name"`

	Managed    bool              `json:"managed"`
	Found      bool              `json:"found"` // by the target's id: the object is this one's
	Disabled   bool              `json:"disabled,omitempty"`
	Manager    string            `json:"manager,omitempty"` // id in the target
	ManagerSet bool              `json:"managerSet,omitempty"`
	Unsettled  bool              `json:"unsettled,omitempty"`
	Unsure     bool              `json:"unsure,omitempty"`
	Members    map[string]string `json:"members,omitempty"`  // of a group: source id -> id in the target
	Doubtful   map[string]string `json:"doubtful,omitempty"` // of a group: id in the target -> source id
	MemberOf   []string          `json:"memberOf,omitempty"` // of a user: source ids of groups
}

// EscrowEntry is an object that waits to be tried again.
type EscrowEntry struct {
	Escrow
	Waiting bool `json:"waiting,omitempty"` // for an object that failed
}

// ExecutionRecord is a job's memory of its cycles.
type ExecutionRecord struct {
	Latest      *TaskExecution `json:"last,omitempty"`
	Success     *TaskExecution `json:"lastSuccessful,omitempty"`
	Exported    *TaskExecution `json:"lastSuccessfulWithExports,omitempty"`
	Failures    int            `json:"failures,omitempty"` // complete failures in a row
	SteadyFirst time.Time      `json:"steadyFirst,omitzero"`
	SteadyLast  time.Time      `json:"steadyLast,omitzero"`
}

// keptEntries is how many entries of a log a snapshot has at most.
const keptEntries = 1000

func latest[E any](list []E) []E { return slices.Clone(list[max(0, len(list)-keptEntries):]) }

// snapshot is Snapshot of a job that is held.
func (j *Job) snapshot() Snapshot {
	settings := j.Settings()
	j.mu.Lock()
	defer j.mu.Unlock()
	s := Snapshot{
		ID: j.identity.id, Name: j.identity.application, Settings: settings, Schedule: j.scheduleRecord(), Memory: j.memory(), Cycles: j.cycles,
		Runs: ExecutionRecord{j.executions.last.clone(), j.executions.success.clone(), j.executions.exported.clone(), j.executions.failures, j.executions.steadyFirst, j.executions.steadyLast},
		Log:  latest(j.log), Audit: latest(j.audit), Demands: slices.Clone(j.demands),
	}
	if j.target != nil {
		s.Target = &TargetRecord{j.target.url(false, "", ""), j.target.token}
	}
	if j.last != nil {
		last := *j.last
		s.Last = &last
	}
	return s
}

func (j *Job) scheduleRecord() ScheduleRecord {
	s := ScheduleRecord{Started: j.started, Known: j.context != nil, Disabled: j.disabled}
	if j.timer != nil {
		due := j.timer.Due
		s.Next, s.For = &due, waitNames[j.waits]
	}
	return s
}

func (j *Job) memory() MemoryRecord {
	m := MemoryRecord{Restarted: j.restarted, Afresh: j.afresh, ForceDeletes: j.forceDeletes, Links: j.links.records(), Staged: objectIDs(j.staged)}
	if j.hasWatermark {
		m.Watermark = new(j.watermark)
	}
	gone := maps.Clone(j.links.stored)
	maps.DeleteFunc(gone, func(k key, _ struct{}) bool { return j.links.get(k) != nil })
	m.Unlinked = objectIDs(gone)
	for _, e := range j.escrows {
		m.Escrows = append(m.Escrows, EscrowEntry{*e, e.waiting})
	}
	slices.SortFunc(m.Escrows, func(a, b EscrowEntry) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.SourceID, b.SourceID), cmp.Compare(boolText(a.Reference), boolText(b.Reference)))
	})
	if j.quarantine != nil {
		m.Quarantine = new(*j.quarantine)
	}
	return m
}

func objectIDs(set map[key]struct{}) []ObjectID {
	var out []ObjectID
	for k := range set {
		out = append(out, ObjectID{k.kind, k.id})
	}
	slices.SortFunc(out, func(a, b ObjectID) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	return out
}

// records lists the links by kind and source id.
func (l *links) records() []LinkRecord {
	var out []LinkRecord
	for _, n := range l.bySource {
		out = append(out, LinkRecord{
			Kind: n.kind, SourceID: n.id, TargetID: n.targetID, Name: n.name, Managed: n.managed, Found: l.byTarget[key{n.kind, n.targetID}] == n,
			Disabled: n.disabled, Manager: n.manager, ManagerSet: n.managerSet, Unsettled: n.unsettled, Unsure: n.unsure,
			Members: maps.Clone(n.members), Doubtful: maps.Clone(n.doubtful), MemberOf: slices.Sorted(maps.Keys(n.memberOf)),
		})
	}
	slices.SortFunc(out, func(a, b LinkRecord) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.SourceID, b.SourceID))
	})
	return out
}
