package provisioning

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/idharness/harness/idp/directory"
)

// cycle is one run of the job. Objects are worked on one after another; what
// outlives the cycle changes only through remember.
type cycle struct {
	job     *Job
	cfg     *configuration
	client  *client
	source  Source
	ev      evaluation
	dialect dialect

	kind       string
	full       bool // every object is looked at, not only the changed ones
	onDemand   bool
	force      bool // deletions are allowed
	generation int
	since      uint64

	staging  bool             // more disables and deletes than the threshold allows
	staged   map[key]struct{} // those that were held back
	deletes  int
	outcomes map[key]*outcome
	managers []key               // users whose manager is to be looked at
	groups   []string            // groups whose members are to be looked at, by object id
	joining  map[string][]string // by group: the users of an incremental cycle who are or were its members
	followed map[*link]bool      // groups of whose members only those in joining can have changed
	summary  Summary
	counters TaskExecution // what was counted so far
}

// item is an object to work on.
type item struct {
	key
	name string
}

// RunCycle runs the next cycle now and returns when it is over: an initial one
// when there is no watermark, else an incremental one. It waits for a cycle
// that is already running. The error is about a cycle that could not begin or
// was interrupted; what failed within it is in the summary (see Summary.Err).
func (j *Job) RunCycle(ctx context.Context) (Summary, error) { return j.runCycle(ctx, nil) }

// runCycle is RunCycle; a cycle that was due before a snapshot was restored, as
// its epoch tells, does not run.
func (j *Job) runCycle(ctx context.Context, due *int) (Summary, error) {
	unlock, err := j.lock(ctx)
	if err != nil {
		return Summary{}, err
	}
	defer unlock()
	if due != nil && j.restoredSince(*due) {
		return Summary{}, nil
	}
	c, err := j.begin()
	if err != nil {
		return Summary{}, err
	}
	return c.run(ctx)
}

// begin takes a snapshot of the configuration, so that a cycle is not disturbed
// by changes to it.
func (j *Job) begin() (*cycle, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	cl, err := j.client()
	if err != nil {
		return nil, err
	}
	if j.afresh {
		clear(j.escrows)
		j.afresh = false
	}
	now := j.cfg.Clock.Now()
	c := &cycle{
		job: j, cfg: j.configuration, client: cl, source: j.cfg.Source, ev: evaluation{now, j.cfg.IDs, j.identity.domain, new([]attribute)},
		dialect: dialect{
			compliant: (j.configuration.Compliant || cl.target.compliant) && !cl.target.rollback,
			refNull:   j.configuration.MemberRefNull, manager: j.configuration.ManagerValueForm, base: cl.target.base,
		},
		kind: CycleIncremental, full: !j.hasWatermark, force: j.forceDeletes, generation: j.generation, since: j.watermark,
		staged: make(map[key]struct{}), outcomes: make(map[key]*outcome), followed: make(map[*link]bool),
	}
	if c.full {
		c.kind = CycleInitial
		if j.restarted {
			c.kind = CycleRestart
		}
	}
	c.summary = Summary{Cycle: c.kind, CycleID: j.cfg.IDs.UUID(), Began: now}
	return c, nil
}

// run does a whole cycle: probe, users, groups, then references.
func (c *cycle) run(ctx context.Context) (Summary, error) {
	c.advance(0, 0)
	defer c.remember(func(j *Job) { j.progress = nil })
	c.job.forget(c.ev.now)
	if failed := c.job.probe(ctx, c.client, false); failed != nil {
		return c.halt(ctx, failed)
	}
	items, latest := c.collect()
	c.guard(items)
	for i, it := range items {
		c.advance(i, len(items))
		if failed := c.object(ctx, it); failed != nil {
			return c.halt(ctx, failed)
		}
	}
	c.advance(len(items), len(items))
	if failed := c.references(ctx); failed != nil {
		return c.halt(ctx, failed)
	}
	return c.finish(latest), nil
}

func (c *cycle) object(ctx context.Context, it item) *failure {
	if err := ctx.Err(); err != nil {
		return fail(codeInternalError, "The cycle was interrupted: "+err.Error()+".")
	}
	c.counters.CountImported++
	if it.kind == directory.KindGroup {
		return c.group(ctx, it)
	}
	return c.user(ctx, it)
}

// remember changes the job's state. Only the running cycle does, so it may
// read links and escrows without the lock; others read them with it.
func (c *cycle) remember(change func(*Job)) {
	c.job.mu.Lock()
	defer c.job.mu.Unlock()
	change(c.job)
}

// record opens the log entry of an object.
func (c *cycle) record(it item) *record {
	return &record{now: c.job.cfg.Clock.Now, LogEntry: LogEntry{
		ID: c.job.cfg.IDs.UUID(), Time: c.job.cfg.Clock.Now(), CycleID: c.summary.CycleID, ChangeID: c.job.cfg.IDs.UUID(),
		Kind: it.kind, Source: it.name, SourceID: it.id, Modified: []Modified{}, Initiator: initiator,
	}}
}

func (c *cycle) outcome(k key) *outcome {
	o := c.outcomes[k]
	if o == nil {
		o = &outcome{}
		c.outcomes[k] = o
	}
	return o
}

// settle closes an object's record when nothing failed.
func (c *cycle) settle(it item, rec *record, became result) {
	c.outcome(it.key).object = became
	c.remember(func(j *Job) {
		delete(j.escrows, escrowKey{it.key, false})
		if l := j.links.get(it.key); l == nil || !l.managed {
			delete(j.escrows, escrowKey{it.key, true})
		}
	})
	c.job.addEntry(rec.LogEntry)
}

// fail closes an object's record when something did. It returns the failure
// where the cycle cannot go on.
func (c *cycle) fail(ctx context.Context, k escrowKey, rec *record, action, step string, f *failure) (halt *failure) {
	if ctx.Err() != nil {
		return f
	}
	if !c.onDemand && !f.credential {
		var entry Escrow
		c.remember(func(j *Job) { entry = *j.escrows.fail(k, f, c.ev.now) })
		next := entry.NextRetry
		if !next.After(c.ev.now) {
			next = c.ev.now.Add(time.Duration(c.cfg.Interval))
		}
		f.reason += fmt.Sprintf(textRetry, entry.Attempts-1, next.UTC().Format(retryDate))
	}
	c.explain(f, k.kind)
	rec.refuse(action, step, f)
	c.job.addEntry(rec.LogEntry)
	if k.reference {
		c.outcome(k.key).referenceFailed = true
	} else {
		c.outcome(k.key).object = resultFailed
	}
	if c.summary.FirstError == nil {
		c.summary.FirstError = f.info()
	}
	c.job.cfg.Logger.Warn("provisioning failed", slog.String("source", rec.Source), slog.String("action", action), slog.String("code", f.code), slog.Int("status", f.status))
	if f.credential {
		return f
	}
	return nil
}

// halt ends a cycle that cannot go on: by an interruption, which leaves the
// job as it was, or by the target, which puts it into quarantine. The watermark
// stays, so that the next cycle does what this one did not.
func (c *cycle) halt(ctx context.Context, failed *failure) (Summary, error) {
	c.tally()
	c.unfinished()
	if err := ctx.Err(); err != nil {
		c.summary.Status = SummaryFailed
		return c.summary, fmt.Errorf("%s provisioning cycle: %w", c.kind, err)
	}
	c.explain(failed, "")
	info := *failed.info()
	if failed.credential {
		info.Code, info.Action = codeInvalidCredentials, advice[codeInvalidCredentials]
	}
	c.close(ReasonQuarantineException, info)
	return c.summary, nil
}

// finish ends a cycle that looked at every object.
func (c *cycle) finish(latest uint64) Summary {
	c.tally()
	c.remember(func(j *Job) {
		if j.generation == c.generation {
			j.watermark, j.hasWatermark, j.restarted = latest, true, false
		}
		j.staged = c.staged
		j.forceDeletes = j.forceDeletes && !c.force
	})
	reason, why := c.cfg.Quarantine.exceeded(c.job.health())
	info := ErrorInfo{Code: string(reason), Reason: why, Action: "mend what fails, then restart provisioning"}
	if c.staging {
		reason = ReasonTooManyDeletes
		info = ErrorInfo{
			Code:   string(reason),
			Reason: fmt.Sprintf("The number of users and groups to disable or delete, %d, exceeds the accidental deletion threshold of %d.", c.deletes, c.cfg.AccidentalDeletionThreshold),
			Action: "allow the deletes, or undo what caused them and restart provisioning",
		}
	}
	c.close(reason, info)
	return c.summary
}

func (c *cycle) tally() {
	for k, o := range c.outcomes {
		c.summary.count(k.kind, *o)
	}
	c.summary.Requests = int(c.client.requests.Load())
}

// close records the cycle and sets or ends the quarantine.
func (c *cycle) close(reason QuarantineReason, info ErrorInfo) {
	var mail *Notice
	c.remember(func(j *Job) {
		now := j.cfg.Clock.Now()
		c.summary.Status = SummarySuccess
		if c.summary.Users.Failed+c.summary.Groups.Failed > 0 {
			c.summary.Status = SummaryFailed
		}
		switch {
		case reason == "":
			j.quarantine = nil
		case c.outdated():
			c.summary.Status = SummaryFailed
			c.summary.FirstError = cmp.Or(c.summary.FirstError, &info)
		default:
			before := j.quarantine
			if before == nil || before.Reason != reason {
				j.audited(ActivityQuarantine)
			}
			j.quarantine = before.enter(reason, info, now)
			mail = j.notice(before, j.quarantine)
			j.disabled = j.quarantine.expired()
			quarantine := *j.quarantine
			c.summary.Status, c.summary.Quarantine = SummaryQuarantine, &quarantine
		}
		if j.waits == waitNothing { // this was the cycle that it waits for
			j.disarm()
		}
		c.summary.Escrowed = len(j.escrows)
		summary := c.summary
		j.last = &summary
		j.executions.add(c.execution(reason, info, now))
		j.cycles++
		j.arm()
	})
	if mail != nil {
		c.job.cfg.Notify(*mail)
	}
	c.job.cfg.Logger.Info("provisioning cycle", slog.String("kind", c.kind), slog.String("status", c.summary.Status), slog.Int("requests", c.summary.Requests))
}

// outdated reports whether the credentials, mappings or filters were changed
// while the cycle ran, so that what it met says nothing about the next one. The
// job is locked.
func (c *cycle) outdated() bool {
	return c.job.target != c.client.target || c.job.generation != c.generation
}

// guard counts the disables and deletes ahead, before any of them is carried
// out (learn.microsoft.com, "Enable accidental deletions prevention").
func (c *cycle) guard(items []item) {
	if c.cfg.AccidentalDeletionThreshold == 0 || c.force {
		return
	}
	for _, it := range items {
		if c.removes(it) {
			c.deletes++
		}
	}
	c.staging = c.deletes > c.cfg.AccidentalDeletionThreshold
}

// stage holds back a disable or delete and reports whether it did.
func (c *cycle) stage(it item, rec *record) bool {
	if !c.staging || !c.removes(it) {
		return false
	}
	c.staged[it.key] = struct{}{}
	rec.skip(string(ReasonTooManyDeletes), "The accidental deletion threshold was exceeded; nothing was sent.")
	rec.Action = ActionStagedDelete
	c.settle(it, rec, resultSkipped)
	return true
}

func strip(id string) string { return strings.ReplaceAll(id, "-", "") }
