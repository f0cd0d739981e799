package provisioning

import (
	"context"
)

// group works on one group. A group that was unassigned or deleted is deleted
// in the target: groups have no state that could be turned off.
func (c *cycle) group(ctx context.Context, it item) (halt *failure) {
	rec := c.record(it)
	l := c.job.links.get(it.key)
	if l != nil {
		rec.Target = l.targetID
		c.follow(l)
	}
	g, exists := c.source.Group(it.id)
	var s scoping
	if exists {
		s = c.cfg.scopeGroup(c.source, g)
		c.entitle(s)
		rec.step(stepImport, typeImport, StatusSuccess, "", map[string]string{"objectId": g.ID, "displayName": g.DisplayName})
		rec.step(stepScoping, typeScoping, StatusSuccess, "", s.details())
	}
	if !exists || !s.inScope() {
		return c.groupOut(ctx, it, l, s, rec)
	}
	e := groupEntry(g)
	if l != nil {
		return c.update(ctx, it, e, l, rec, false)
	}
	if !c.cfg.matchable(c.ev, &c.cfg.groups, e) {
		rec.skip(codeImportSkipped, "The group has no value for any matching attribute.")
		c.settle(it, rec, resultSkipped)
		return nil
	}
	return c.matchOrCreate(ctx, it, e, rec)
}

func (c *cycle) groupOut(ctx context.Context, it item, l *link, s scoping, rec *record) *failure {
	if l == nil {
		rec.skip(codeNotEntitled, notEntitled(scoping{active: true, assigned: s.assigned, filtered: s.filtered, failed: s.failed}))
		c.settle(it, rec, resultSkipped)
		return nil
	}
	if c.stage(it, rec) {
		return nil
	}
	return c.remove(ctx, it, l, rec)
}
