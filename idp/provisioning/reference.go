package provisioning

import (
	"context"
	"slices"

	"github.com/idharness/harness/idp/directory"
)

// references writes managers and then members, once every user and group of
// the cycle is in the target.
func (c *cycle) references(ctx context.Context) *failure {
	for _, k := range c.unique(c.managers) {
		if failed := c.interrupted(ctx); failed != nil {
			return failed
		}
		c.counters.CountImportedReferenceDeltas++
		if failed := c.manager(ctx, k); failed != nil {
			return failed
		}
	}
	var groups []key
	for _, id := range c.groups {
		groups = append(groups, key{directory.KindGroup, id})
	}
	for _, k := range c.unique(groups) {
		if failed := c.interrupted(ctx); failed != nil {
			return failed
		}
		c.counters.CountImportedReferenceDeltas++
		if failed := c.members(ctx, k, nil); failed != nil {
			return failed
		}
	}
	return nil
}

func (c *cycle) interrupted(ctx context.Context) *failure {
	if err := ctx.Err(); err != nil {
		return fail(codeInternalError, "The cycle was interrupted: "+err.Error()+".")
	}
	return nil
}

// unique keeps linked objects, each once, by name.
func (c *cycle) unique(keys []key) []key {
	var out []*link
	seen := make(map[key]bool)
	for _, k := range keys {
		if l := c.job.links.get(k); l != nil && l.managed && !seen[k] {
			seen[k] = true
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b *link) int { return compareNames(a.name, b.name) })
	sorted := make([]key, 0, len(out))
	for _, l := range out {
		sorted = append(sorted, l.key)
	}
	return sorted
}

// resolved ends the retries of an object's references.
func (c *cycle) resolved(k key) {
	c.remember(func(j *Job) { delete(j.escrows, escrowKey{k, true}) })
}

// pending has references tried again because the object that they point to is
// in scope but could not be provisioned yet. One that is out of scope is left
// out for good, until a restart ("Known issues", manager isn't provisioned and
// member of group not provisioned).
func (c *cycle) pending(k key) {
	if c.onDemand {
		return
	}
	c.remember(func(j *Job) {
		entry := j.escrows.fail(escrowKey{k, true}, fail(codeInternalError, ""), c.ev.now)
		entry.NextRetry, entry.waiting = c.ev.now, true
	})
}

// unfinished has the references that a cycle did not come to looked at in the
// next one: what brought their objects up may be settled, and then nothing else
// would. After a full cycle the next one looks at everything anyway.
func (c *cycle) unfinished() {
	if c.full {
		return
	}
	for _, id := range c.groups {
		c.managers = append(c.managers, key{directory.KindGroup, id})
	}
	for _, k := range c.unique(c.managers) {
		if c.job.escrows[escrowKey{k, true}] == nil {
			c.pending(k)
		}
	}
}

func (c *cycle) escrowed(k key) bool { return c.job.escrows[escrowKey{k, false}] != nil }

// manager writes the reference to a user's manager where it differs.
func (c *cycle) manager(ctx context.Context, k key) *failure {
	l, reference := c.job.links.get(k), c.cfg.users.reference
	u, exists := c.source.User(k.id)
	if !exists || reference == nil || !c.cfg.may(k.kind, ActionsUpdate) {
		c.resolved(k)
		return nil
	}
	want := ""
	if u.Manager != "" {
		boss, known := c.source.User(u.Manager)
		linked := c.job.links.get(key{directory.KindUser, boss.ID})
		switch {
		case known && linked != nil && linked.managed:
			want = linked.targetID
		case known && c.escrowed(key{directory.KindUser, boss.ID}):
			c.pending(k)
			return nil
		default:
			c.resolved(k)
			return nil
		}
	}
	// What the service did not set it does not take away: the source has no
	// value, and nulls are not provisioned.
	if !l.unsettled && (want == l.manager || want == "" && !l.managerSet) {
		c.resolved(k)
		return nil
	}
	rec := c.record(item{k, l.name})
	rec.Target = l.targetID
	present, failed := false, (*failure)(nil)
	if c.cfg.CheckReferences && want != "" {
		present, failed = c.refers(ctx, "/Users", l.targetID, "manager", want)
	}
	if failed == nil && !present {
		body := c.dialect.clearManager(reference.path)
		if want != "" {
			body = c.dialect.setManager(reference.path, want, l.manager == "")
		}
		failed = c.client.patch(ctx, resourcePath(k.kind, l.targetID), body)
	}
	if failed != nil {
		if failed.uncertain() {
			c.remember(func(*Job) { l.unsettled, l.managerSet = true, l.managerSet || want != "" })
		}
		// A user who is gone must be looked at as a whole.
		reference := failed.code != codeInvalidAnchor
		return c.fail(ctx, escrowKey{k, reference}, rec, ActionUpdate, stepExportUpdate, failed)
	}
	old := l.manager
	c.remember(func(*Job) { l.manager, l.managerSet, l.unsettled = want, want != "", false })
	c.resolved(k)
	if present {
		return nil
	}
	rec.step(stepMatchUpdate, typeReference, StatusSuccess, "", nil)
	rec.succeed(ActionUpdate, stepExportUpdate, []Modified{{reference.Target, old, want}})
	c.job.addEntry(rec.LogEntry)
	c.outcome(k).referenceChanged = true
	return nil
}

// refers asks the target whether an object has a reference.
func (c *cycle) refers(ctx context.Context, path, id, attribute, value string) (bool, *failure) {
	found, failed := c.client.find(ctx, path, referenceQuery(id, attribute, value))
	return len(found) > 0, failed
}

// membership is one member that is to be added or removed.
type membership struct {
	user     string // object id
	name     string
	targetID string
}

// members brings the members of a group in step. Reads of groups exclude their
// members, so the service goes by what it sent before; a full cycle sends
// everything again, which is how restarting repairs memberships ("How
// application provisioning works", known limitations). With only set, others
// are left alone.
func (c *cycle) members(ctx context.Context, k key, only map[string]bool) *failure {
	l := c.job.links.get(k)
	if c.cfg.groups.reference == nil || !c.cfg.may(k.kind, ActionsUpdate) {
		return nil
	}
	add, remove, waiting := c.memberChanges(l, only)
	for _, step := range []struct {
		changes []membership
		adding  bool
	}{{add, true}, {remove, false}} {
		for batch := range slices.Chunk(step.changes, c.cfg.MemberBatchSize) {
			ok, halt := c.memberBatch(ctx, l, batch, step.adding)
			if halt != nil {
				return halt
			}
			if !ok {
				return nil
			}
		}
	}
	if waiting {
		c.pending(k)
		return nil
	}
	c.resolved(k)
	if !c.onDemand {
		c.remember(func(*Job) { l.unsure = len(l.doubtful) > 0 })
	}
	return nil
}

// memberships lists, by group, which of a cycle's users are among its members in
// the directory or in the target.
func (c *cycle) memberships(items []item) map[string][]string {
	out := make(map[string][]string)
	for _, it := range items {
		if it.kind != directory.KindUser {
			continue
		}
		groups := c.source.DirectGroups(it.id)
		if l := c.job.links.get(it.key); l != nil {
			for group := range l.memberOf {
				if !slices.Contains(groups, group) {
					groups = append(groups, group)
				}
			}
		}
		for _, group := range groups {
			out[group] = append(out[group], it.id)
		}
	}
	return out
}

// follow notes that a group's members were in step before this cycle, so that it
// is enough to look at those who changed: a group may have very many. Until they
// are in step again the group is unsure of them.
func (c *cycle) follow(l *link) {
	if c.onDemand {
		return
	}
	c.followed[l] = !c.full && !l.unsure
	c.remember(func(*Job) { l.unsure = true })
}

// memberChanges compares the members in the directory with those that the
// service put into the target. Groups among the members do not count.
func (c *cycle) memberChanges(l *link, only map[string]bool) (add, remove []membership, waiting bool) {
	resend := c.full && orTrue(c.cfg.ResendMembers)
	present := func(id string) {
		user := key{directory.KindUser, id}
		linked := c.job.links.get(user)
		if linked == nil || !linked.managed {
			waiting = waiting || c.escrowed(user)
			return
		}
		_, doubtful := l.doubtful[linked.targetID]
		if resend || doubtful || l.members[id] != linked.targetID {
			add = append(add, membership{id, linked.name, linked.targetID})
		}
	}
	absent := func(id string) {
		targetID, known := l.members[id]
		if !known || c.sleeping(id, l.id) {
			return
		}
		name := id
		if linked := c.job.links.get(key{directory.KindUser, id}); linked != nil {
			name = linked.name
		}
		remove = append(remove, membership{id, name, targetID})
	}
	if c.followed[l] && only == nil {
		for _, id := range c.joining[l.id] {
			u, exists := c.source.User(id)
			if exists && !u.IsDeleted() && slices.Contains(c.source.DirectGroups(id), l.id) {
				present(id)
			} else {
				absent(id)
			}
		}
	} else {
		inSource := make(map[string]bool)
		for _, m := range c.source.Members(l.id) {
			if m.Kind != directory.KindUser {
				continue
			}
			inSource[m.ID] = true
			if only == nil || only[m.ID] {
				present(m.ID)
			}
		}
		for id := range l.members {
			if !inSource[id] && (only == nil || only[id]) {
				absent(id)
			}
		}
		for targetID, id := range l.doubtful {
			if (only == nil || only[id]) && l.members[id] != targetID && c.superseded(l, id, targetID, inSource[id]) {
				remove = append(remove, membership{id, id, targetID})
			}
		}
	}
	for _, list := range [][]membership{add, remove} {
		slices.SortFunc(list, func(a, b membership) int { return compareNames(a.name+" "+a.user, b.name+" "+b.user) })
	}
	return add, remove, waiting
}

// superseded reports whether a member that the target may have is none in the
// directory any more, or has another object of the target by now.
func (c *cycle) superseded(group *link, user, targetID string, inSource bool) bool {
	if !inSource {
		return !c.sleeping(user, group.id)
	}
	linked := c.job.links.get(key{directory.KindUser, user})
	return linked != nil && linked.managed && linked.targetID != targetID
}

// sleeping reports whether a member is only in the recycle bin. It keeps its
// memberships in the target, because nobody sends them again when it is
// restored.
func (c *cycle) sleeping(user, group string) bool {
	u, ok := c.source.User(user)
	return ok && u.IsDeleted() && slices.Contains(c.source.DirectGroups(user), group)
}

// memberBatch sends one PATCH for several members.
func (c *cycle) memberBatch(ctx context.Context, l *link, batch []membership, adding bool) (ok bool, halt *failure) {
	rec := c.record(item{l.key, l.name})
	rec.Target = l.targetID
	refuse := func(f *failure) (bool, *failure) {
		// A group that is gone must be looked at as a whole.
		reference := f.code != codeInvalidAnchor
		if f.uncertain() {
			c.remember(func(j *Job) {
				for _, m := range batch {
					j.links.doubtMember(l, m.user, m.targetID)
				}
			})
		}
		return false, c.fail(ctx, escrowKey{l.key, reference}, rec, ActionUpdate, stepExportUpdate, f)
	}
	var ids []string
	var modified []Modified
	for _, m := range batch {
		if c.cfg.CheckReferences {
			present, failed := c.refers(ctx, "/Groups", l.targetID, "members", m.targetID)
			if failed != nil {
				return refuse(failed)
			}
			if present == adding {
				continue
			}
		}
		ids = append(ids, m.targetID)
		if adding {
			modified = append(modified, Modified{"members", "", m.targetID})
		} else {
			modified = append(modified, Modified{"members", m.targetID, ""})
		}
	}
	if len(ids) > 0 {
		body := c.dialect.removeMembers(ids)
		if adding {
			body = c.dialect.addMembers(ids)
		}
		if failed := c.client.patch(ctx, resourcePath(l.kind, l.targetID), body); failed != nil {
			return refuse(failed)
		}
	}
	c.remember(func(j *Job) {
		for _, m := range batch {
			if adding {
				j.links.addMember(l, m.user, m.targetID)
			} else {
				j.links.removeMember(l, m.user, m.targetID)
			}
		}
	})
	if len(ids) == 0 {
		return true, nil
	}
	if adding {
		c.summary.Members.Added += len(ids)
	} else {
		c.summary.Members.Removed += len(ids)
	}
	rec.step(stepMatchUpdate, typeReference, StatusSuccess, "", nil)
	rec.succeed(ActionUpdate, stepExportUpdate, modified)
	c.job.addEntry(rec.LogEntry)
	c.outcome(l.key).referenceChanged = true
	return true, nil
}
