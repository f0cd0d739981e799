package provisioning

import (
	"context"
	"strings"

	"github.com/idharness/harness/idp/directory"
)

// fate is what the state of a linked user in the directory asks for ("How
// application provisioning works", deprovisioning).
type fate uint8

const (
	fateUpdate  fate = iota // in scope and active
	fateDisable             // in scope, but disabled or in the recycle bin
	fateLeave               // no longer in scope
	fateDelete              // purged
)

func (c *cycle) userFate(u directory.User, exists bool, s scoping) fate {
	switch {
	case !exists:
		return fateDelete
	case !s.inScope() && !u.IsDeleted():
		return fateLeave
	case !s.active:
		return fateDisable
	default:
		return fateUpdate
	}
}

// removes reports whether an object is about to be disabled or deleted in the
// target.
func (c *cycle) removes(it item) bool {
	l := c.job.links.get(it.key)
	if l == nil || !l.managed {
		return false
	}
	if it.kind == directory.KindGroup {
		g, exists := c.source.Group(it.id)
		return c.cfg.may(it.kind, ActionsDelete) && (!exists || !c.cfg.scopeGroup(c.source, g).inScope())
	}
	u, exists := c.source.User(it.id)
	var s scoping
	if exists {
		s = c.cfg.scopeUser(c.source, c.ev, u)
	}
	shown := c.cfg.users.usesSoftDeleted() || exists && !u.Enabled() && c.cfg.users.showsDisabled()
	disables := shown && c.cfg.may(it.kind, ActionsUpdate) && !l.disabled && !c.cfg.SkipOutOfScopeDeletions
	switch c.userFate(u, exists, s) {
	case fateDelete:
		return c.cfg.may(it.kind, ActionsDelete)
	case fateLeave:
		switch {
		case c.cfg.SkipOutOfScopeDeletions || c.cfg.OutOfScopeAction == OutOfScopeNone:
			return false
		case c.cfg.OutOfScopeAction == OutOfScopeDelete:
			return c.cfg.may(it.kind, ActionsDelete)
		}
		return disables && c.cfg.users.usesSoftDeleted()
	case fateDisable:
		return disables
	default:
		return false
	}
}

// user works on one user.
func (c *cycle) user(ctx context.Context, it item) (halt *failure) {
	rec := c.record(it)
	l := c.job.links.get(it.key)
	if l != nil {
		rec.Target = l.targetID
	}
	u, exists := c.source.User(it.id)
	if !exists {
		return c.purged(ctx, it, l, rec)
	}
	s := c.cfg.scopeUser(c.source, c.ev, u)
	c.entitle(s)
	e := c.userEntry(u, s)
	rec.step(stepImport, typeImport, StatusSuccess, "", map[string]string{"objectId": u.ID, "userPrincipalName": u.UserPrincipalName})
	if l != nil && l.managed {
		rec.step(stepScoping, typeScoping, StatusSuccess, "", s.details())
		return c.linkedUser(ctx, it, e, l, s, rec)
	}
	if !c.cfg.matchable(c.ev, &c.cfg.users, e) {
		rec.skip(codeImportSkipped, "The user has no value for any matching attribute.")
		c.settle(it, rec, resultSkipped)
		return nil
	}
	if s.softDeleted() {
		rec.step(stepScoping, typeScoping, StatusSkipped, "", s.details())
		rec.skip(codeNotEntitled, notEntitled(s))
		c.settle(it, rec, resultSkipped)
		return nil
	}
	rec.step(stepScoping, typeScoping, StatusSuccess, "", s.details())
	return c.matchOrCreate(ctx, it, e, rec)
}

func (c *cycle) userEntry(u directory.User, s scoping) *entry {
	e := &entry{kind: directory.KindUser, id: u.ID, name: u.UserPrincipalName, user: sourceUser{User: u, softDeleted: s.softDeleted()}}
	if source, ok := c.source.(RoleSource); ok {
		e.user.roles = source.AppRoles(u.ID)
	}
	return e
}

// notEntitled says which of the conditions failed.
func notEntitled(s scoping) string {
	var why []string
	if !s.active {
		why = append(why, "it is disabled or deleted, and only active users are created")
	}
	if !s.assigned {
		why = append(why, "neither it nor a group of which it is a direct member is assigned to the application")
	}
	if !s.filtered {
		why = append(why, "it fails the scoping filter ("+strings.Join(s.failed, "; ")+")")
	}
	return "The object is not effectively entitled: " + strings.Join(why, "; ") + "."
}

// linkedUser carries out the deprovision matrix for a user whom the service
// has in hand.
func (c *cycle) linkedUser(ctx context.Context, it item, e *entry, l *link, s scoping, rec *record) *failure {
	if c.stage(it, rec) {
		return nil
	}
	leave := func(why string) *failure {
		c.remember(func(j *Job) { j.links.release(l) })
		rec.skip(codeSynchronizationSkip, why)
		c.settle(it, rec, resultSkipped)
		return nil
	}
	stay := func(why string) *failure {
		rec.skip(codeSynchronizationSkip, why)
		c.settle(it, rec, resultSkipped)
		return nil
	}
	const (
		skipped  = "The user went out of scope and SkipOutOfScopeDeletions is set."
		unmapped = "The user lost access, but no mapping uses IsSoftDeleted, so there is nothing to send."
	)
	switch c.userFate(e.user.User, true, s) {
	case fateLeave:
		switch {
		case c.cfg.SkipOutOfScopeDeletions:
			return leave(skipped)
		case c.cfg.OutOfScopeAction == OutOfScopeNone:
			return leave("The user went out of scope, and nothing is to be done then.")
		case c.cfg.OutOfScopeAction == OutOfScopeDelete:
			return c.remove(ctx, it, l, rec)
		case !c.cfg.users.usesSoftDeleted():
			return leave(unmapped)
		}
		return c.update(ctx, it, e, l, rec, true)
	case fateDisable:
		switch {
		case c.cfg.SkipOutOfScopeDeletions:
			return stay(skipped)
		case !c.cfg.users.showsDisabled():
			return stay(unmapped)
		}
	}
	return c.update(ctx, it, e, l, rec, false)
}

// purged handles a user who is gone from the directory for good. One who left
// the scope before is no longer the service's business.
func (c *cycle) purged(ctx context.Context, it item, l *link, rec *record) *failure {
	rec.step(stepImport, typeImport, StatusSuccess, "The user was permanently deleted.", nil)
	if l == nil || !l.managed {
		c.remember(func(j *Job) { j.links.drop(it.key) })
		rec.skip(codeSynchronizationSkip, "The user was deleted after it had left the scope; the service no longer manages it.")
		c.settle(it, rec, resultSkipped)
		return nil
	}
	if c.stage(it, rec) {
		return nil
	}
	return c.remove(ctx, it, l, rec)
}
