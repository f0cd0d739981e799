package provisioning

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// waitNames are the texts of what a timer is set for.
var waitNames = [...]string{waitInterval: "interval", waitNothing: "start", waitQuarantine: "quarantine"}

// Hold keeps cycles from running until release is called. It waits until the
// one that runs has ended, or ctx is done.
func (j *Job) Hold(ctx context.Context) (*Held, error) {
	release, err := j.lock(ctx)
	if err != nil {
		return nil, err
	}
	return &Held{j, release}, nil
}

// Held is a job of which no cycle runs until Release is called.
type Held struct {
	job     *Job
	Release func()
}

// Snapshot returns everything that the job knows.
func (h *Held) Snapshot() Snapshot { return h.job.snapshot() }

// Restoration is a snapshot that was checked.
type Restoration struct {
	snapshot      Snapshot
	configuration *configuration
	target        *target
	links         *links
	escrows       escrows
	staged        map[key]struct{}
	waits         wait
}

// PrepareRestore checks a snapshot of a job of an application that was made from
// the template, and says where something in it is wrong. At most so many entries
// of the change log are there.
func PrepareRestore(s Snapshot, template string, changes uint64) (*Restoration, error) {
	r := &Restoration{snapshot: s, escrows: make(escrows)}
	var err error
	if s.ID == "" {
		return nil, errors.New("id: there is none")
	}
	if r.configuration, err = compile(s.Settings, template); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	if s.Target != nil {
		if r.target, err = parseTarget(s.Target.URL, s.Target.Token); err != nil {
			return nil, fmt.Errorf("target: %w", err)
		}
	}
	if err := r.schedule(s.Schedule); err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	if err := r.memory(s.Memory, changes); err != nil {
		return nil, fmt.Errorf("memory.%w", err)
	}
	if s.Cycles < 0 || s.Runs.Failures < 0 {
		return nil, fmt.Errorf("cycles: %d cycles, of which the last %d failed, cannot have run", s.Cycles, s.Runs.Failures)
	}
	return r, nil
}

func (r *Restoration) schedule(s ScheduleRecord) error {
	n := slices.Index(waitNames[:], s.For)
	switch {
	case s.Next == nil && s.For != "" || s.Next != nil && n < 0:
		return fmt.Errorf("for: want interval, start or quarantine beside next, and nothing without it, got %q", s.For)
	case s.Started && (r.target == nil || !s.Known):
		return errors.New("started: a job without target, or one that was never started, cannot be")
	case s.Next != nil && (!s.Started || s.Disabled):
		return errors.New("next: no cycle of a job that is stopped runs by itself")
	}
	if s.Next != nil {
		r.waits = wait(n)
	}
	return nil
}

func (r *Restoration) memory(m MemoryRecord, changes uint64) error {
	if m.Watermark != nil && *m.Watermark > changes {
		return fmt.Errorf("watermark: it is %d, and the directory's change log ends at %d", *m.Watermark, changes)
	}
	r.links = newLinks()
	for i, record := range m.Links {
		if err := r.links.restore(record); err != nil {
			return fmt.Errorf("links[%d] (%s): %w", i, record.Name, err)
		}
	}
	for i, id := range m.Unlinked {
		k, err := id.key()
		if err == nil && r.links.get(k) != nil {
			err = errors.New("it is among the links")
		}
		if err != nil {
			return fmt.Errorf("unlinked[%d]: %w", i, err)
		}
		r.links.stored[k] = struct{}{}
	}
	r.staged = make(map[key]struct{})
	for i, id := range m.Staged {
		k, err := id.key()
		if err != nil {
			return fmt.Errorf("staged[%d]: %w", i, err)
		}
		r.staged[k] = struct{}{}
	}
	for i, e := range m.Escrows {
		k, err := ObjectID{e.Kind, e.SourceID}.key()
		at := escrowKey{k, e.Reference}
		if err == nil && r.escrows[at] != nil {
			err = errors.New("it is there twice")
		}
		if err != nil {
			return fmt.Errorf("escrows[%d]: %w", i, err)
		}
		entry := e.Escrow
		entry.waiting = e.Waiting
		r.escrows[at] = &entry
	}
	return nil
}

func (o ObjectID) key() (key, error) {
	if o.Kind != directory.KindUser && o.Kind != directory.KindGroup || o.ID == "" {
		return key{}, fmt.Errorf("want the id of a %s or %s, got %s %q", directory.KindUser, directory.KindGroup, o.Kind, o.ID)
	}
	return key{o.Kind, o.ID}, nil
}

func (l *links) restore(r LinkRecord) error {
	k, err := ObjectID{r.Kind, r.SourceID}.key()
	switch {
	case err != nil:
		return err
	case r.TargetID == "":
		return errors.New("targetId: there is none")
	case l.bySource[k] != nil:
		return errors.New("it is there twice")
	}
	n := &link{
		key: k, targetID: r.TargetID, name: r.Name, managed: r.Managed, disabled: r.Disabled, manager: r.Manager, managerSet: r.ManagerSet,
		unsettled: r.Unsettled, unsure: r.Unsure, members: make(map[string]string), memberOf: make(map[string]struct{}), doubtful: make(map[string]string),
	}
	maps.Copy(n.members, r.Members)
	maps.Copy(n.doubtful, r.Doubtful)
	for _, group := range r.MemberOf {
		n.memberOf[group] = struct{}{}
	}
	if r.Found {
		at := key{k.kind, r.TargetID}
		if other := l.byTarget[at]; other != nil {
			return fmt.Errorf("found: the target's object %s is that of %s", r.TargetID, other.name)
		}
		l.byTarget[at] = n
	}
	l.bySource[k], l.stored[k] = n, struct{}{}
	return nil
}

// Restore makes the job know what was checked and nothing else, as the job of a
// tenant with this id and domain. The timer of its next cycle is set anew.
func (h *Held) Restore(r *Restoration, tenantID, domain string) {
	j, s := h.job, r.snapshot
	if s.Target != nil && s.Target.Token != "" {
		j.cfg.Secret(s.Target.Token)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.identity, j.retired = identity{s.ID, tenantID, domain, s.Name}, false
	j.epoch++
	j.generation++
	j.configuration, j.target = r.configuration, r.target
	j.watermark, j.hasWatermark = 0, s.Memory.Watermark != nil
	if j.hasWatermark {
		j.watermark = *s.Memory.Watermark
	}
	j.restarted, j.afresh, j.forceDeletes = s.Memory.Restarted, s.Memory.Afresh, s.Memory.ForceDeletes
	j.links, j.escrows, j.staged = r.links, r.escrows, r.staged
	j.quarantine, j.last = nil, nil
	if s.Memory.Quarantine != nil {
		j.quarantine = new(*s.Memory.Quarantine)
	}
	if s.Last != nil {
		j.last = new(*s.Last)
	}
	j.log, j.audit, j.demands, j.cycles = latest(s.Log), latest(s.Audit), slices.Clone(s.Demands), s.Cycles
	j.executions = executions{s.Runs.Latest.clone(), s.Runs.Success.clone(), s.Runs.Exported.clone(), s.Runs.Failures, s.Runs.SteadyFirst, s.Runs.SteadyLast}
	j.started, j.disabled, j.context = s.Schedule.Started, s.Schedule.Disabled, nil
	if s.Schedule.Known {
		j.context = context.Background()
	}
	j.disarm()
	j.waits = waitInterval
	if s.Schedule.Next != nil {
		j.armAt(*s.Schedule.Next, r.waits)
	} else {
		j.arm() // of a job that is started the snapshot should say when; this is the next best
	}
}

// Retire ends a job whose application is gone: it refuses whatever it is asked
// to do, until a snapshot that has it is restored.
func (h *Held) Retire() {
	j := h.job
	j.mu.Lock()
	defer j.mu.Unlock()
	j.retired, j.started = true, false
	j.epoch++
	j.disarm()
}

// restoredSince reports whether a snapshot was restored after an epoch.
func (j *Job) restoredSince(epoch int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.epoch != epoch
}

// errRetired is what a job gives whose application is gone.
func (j *Job) errRetired() error {
	if !j.retired {
		return nil
	}
	return &refusal.Refusal{
		Code: "Request_ResourceNotFound", Message: fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", j.identity.id),
		Expected: "an application of the tenant", Got: j.identity.application + ", which the restored snapshot does not have", Where: "application", Fix: refusal.Entra,
		Hint: "take the application from the tenant again after Restore or Reset",
	}
}

// Watermark is how far the job has read the directory's change log; without one
// the next cycle looks at everything.
func (s Snapshot) Watermark() (seq uint64, ok bool) {
	if s.Memory.Watermark == nil {
		return 0, false
	}
	return *s.Memory.Watermark, true
}
