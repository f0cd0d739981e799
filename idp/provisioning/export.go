package provisioning

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idharness/harness/idp/directory"
)

// update reads a linked object by its id and sends what differs.
func (c *cycle) update(ctx context.Context, it item, e *entry, l *link, rec *record, leaving bool) *failure {
	current, failed := c.client.get(ctx, resourcePath(it.kind, l.targetID), readQuery(it.kind))
	if failed == nil {
		failed = c.inspect(it.kind, current)
	}
	if failed == nil && current != nil && current.id() != l.targetID {
		failed = fail(codeServiceIncompatible, fmt.Sprintf("The target was asked for the object %s and answered with the object %s.", l.targetID, current.id()))
	}
	if failed != nil {
		return c.fail(ctx, escrowKey{it.key, false}, rec, ActionUpdate, stepMatchUpdate, failed)
	}
	if current == nil {
		return c.lost(ctx, it, e, rec)
	}
	return c.apply(ctx, it, e, l, current, rec, leaving)
}

// lost handles a linked object that the target no longer has. Microsoft
// documents the error InvalidAnchor and a restart as its cure, and not what the
// service does by itself; here the link is dropped and the object matched and,
// if need be, created again. That is inferred from "Manage object
// connections", where an object without link is matched again.
func (c *cycle) lost(ctx context.Context, it item, e *entry, rec *record) *failure {
	rec.step(stepMatchUpdate, typeMatching, StatusWarning, "The linked object is gone from the target; the link was dropped.", map[string]string{"targetId": rec.Target})
	c.remember(func(j *Job) { c.groups = append(c.groups, j.links.remove(it.key)...) })
	rec.Target = ""
	if it.kind == directory.KindUser && e.user.softDeleted {
		rec.skip(codeInvalidAnchor, "The user lost access, and the target does not have it any more.")
		c.settle(it, rec, resultSkipped)
		return nil
	}
	return c.matchOrCreate(ctx, it, e, rec)
}

// inspect looks for what makes a resource unusable.
func (c *cycle) inspect(kind directory.Kind, r resource) *failure {
	if r == nil {
		return nil
	}
	if kind == directory.KindGroup && r.hasMembers() {
		return fail(codeMultipleEntries, "The group was requested with excludedAttributes=members, and the answer has members.")
	}
	if reference := c.cfg.users.reference; kind == directory.KindUser && reference != nil {
		if _, ok := r.manager(reference.path); !ok {
			return fail(codeServiceIncompatible, "The answer has a text as manager where SCIM has an object with a value.")
		}
	}
	return nil
}

// table returns the mappings of a kind of object.
func (c *cycle) table(kind directory.Kind) *table {
	if kind == directory.KindGroup {
		return &c.cfg.groups
	}
	return &c.cfg.users
}

// matchOrCreate links an object for the first time. Matching comes before
// every creation, so that a POST whose answer was lost makes no duplicate.
func (c *cycle) matchOrCreate(ctx context.Context, it item, e *entry, rec *record) *failure {
	current, failed := c.match(ctx, e, rec)
	if failed == nil {
		failed = c.inspect(it.kind, current)
	}
	if failed != nil {
		return c.fail(ctx, escrowKey{it.key, false}, rec, ActionOther, stepMatchAdd, failed)
	}
	if current == nil {
		return c.create(ctx, it, e, rec)
	}
	rec.Target = current.id()
	if owner := c.job.links.owner(it.kind, current.id()); owner != nil && owner.key != it.key {
		failed := fail(codeDuplicateSource, fmt.Sprintf("The object %s of the target already belongs to %s.", current.id(), owner.name))
		return c.fail(ctx, escrowKey{it.key, false}, rec, ActionOther, stepMatchAdd, failed)
	}
	var l *link
	c.forsake(it.key, current.id())
	c.remember(func(j *Job) { l = j.links.rematch(it.key, current.id(), it.name) })
	return c.apply(ctx, it, e, l, current, rec, false)
}

// forsake has the groups of a user looked at who is about to be linked with
// another object than before: the old one stays in the target and leaves them.
func (c *cycle) forsake(k key, targetID string) {
	if l := c.job.links.get(k); l != nil && l.targetID != targetID {
		c.groups = slices.AppendSeq(c.groups, maps.Keys(l.memberOf))
	}
}

// match asks the target by one matching attribute after another until one
// finds the object. They are never combined.
func (c *cycle) match(ctx context.Context, e *entry, rec *record) (resource, *failure) {
	for _, m := range c.table(e.kind).match {
		v, failed := c.ev.value(m, e)
		if failed != nil {
			return nil, failed
		}
		if v.IsEmpty() {
			continue
		}
		if rec.Target == "" {
			rec.Target = (attribute{m, v}).shown()
		}
		if strings.ContainsAny(v.String(), "\"\\") {
			// "Known issues", special characters on joining properties.
			return nil, fail(codeSynchronizationError, fmt.Sprintf("The value of the matching attribute %s has a special character, with which the service cannot query.", m.Target))
		}
		found, failed := c.client.find(ctx, collection(e.kind), filterQuery(e.kind, m.Target, v.String()))
		if failed != nil {
			return nil, failed
		}
		switch len(found) {
		case 0:
			continue
		case 1:
		default:
			return nil, fail(codeDuplicateTarget, fmt.Sprintf("%d objects of the target have the value of the matching attribute %s.", len(found), m.Target))
		}
		if got, ok := found[0].value(m.path); ok && !m.path.filtered() && !strings.EqualFold(got, v.String()) {
			return nil, fail(codeServiceIncompatible, fmt.Sprintf("The target was asked for another %s and answered with the object %s.", m.Target, found[0].id()))
		}
		rec.step(stepMatchUpdate, typeMatching, StatusSuccess, "", map[string]string{"targetId": found[0].id(), "matchedBy": m.Target})
		return found[0], nil
	}
	rec.step(stepMatchAdd, typeMatching, StatusSuccess, "No object of the target matches.", nil)
	return nil, nil
}

// create makes a new object in the target. The manager follows when every user
// is there.
func (c *cycle) create(ctx context.Context, it item, e *entry, rec *record) *failure {
	refuse := func(f *failure) *failure {
		return c.fail(ctx, escrowKey{it.key, false}, rec, ActionCreate, stepExportAdd, f)
	}
	if !c.cfg.may(it.kind, ActionsCreate) {
		rec.skip(codeSynchronizationSkip, "Create is not among the target object actions.")
		c.settle(it, rec, resultSkipped)
		return nil
	}
	attributes, failed := c.ev.evaluate(c.table(it.kind), e, true, !c.onDemand)
	if failed != nil {
		return refuse(failed)
	}
	for _, required := range c.table(it.kind).required {
		if !has(attributes, required) {
			return refuse(fail(codeMandatoryMissing, fmt.Sprintf("The object has no value for the required attribute %s.", required)))
		}
	}
	var body any
	if it.kind == directory.KindGroup {
		body = groupBody(attributes, orTrue(c.cfg.GroupExtraSchema))
	} else {
		body = userBody(attributes, orTrue(c.cfg.EmptyRoles))
	}
	reference := c.cfg.users.reference // all of the answer that matters beside the id
	made, failed := c.client.create(ctx, collection(it.kind), body, reference == nil || strings.EqualFold(reference.path.text, enterprise+"manager"))
	if failed == nil && it.kind == directory.KindUser {
		failed = c.inspect(it.kind, made)
	}
	if failed != nil {
		return refuse(failed)
	}
	if owner := c.job.links.owner(it.kind, made.id()); owner != nil && owner.key != it.key {
		return refuse(fail(codeServiceIncompatible, fmt.Sprintf("The target answered the creation with the object %s, which belongs to %s.", made.id(), owner.name)))
	}
	rec.Target = made.id()
	c.forsake(it.key, made.id())
	c.remember(func(j *Job) { c.note(j.links.put(it.key, made.id(), it.name), e, made) })
	rec.succeed(ActionCreate, stepExportAdd, created(attributes))
	c.settle(it, rec, resultCreated)
	c.refer(it.key)
	return nil
}

func has(attributes []attribute, target string) bool {
	for _, a := range attributes {
		if strings.EqualFold(a.Target, target) {
			return true
		}
	}
	return false
}

// note keeps what the target was seen to have.
func (c *cycle) note(l *link, e *entry, r resource) {
	l.name = e.name
	if l.kind == directory.KindUser {
		l.disabled = e.user.softDeleted
		if c.cfg.users.reference != nil {
			l.manager, _ = r.manager(c.cfg.users.reference.path)
			l.unsettled = false
		}
	}
}

// refer has an object's references looked at once all objects are there.
func (c *cycle) refer(k key) {
	switch {
	case k.kind == directory.KindGroup:
		c.groups = append(c.groups, k.id)
	case c.cfg.users.reference != nil:
		c.managers = append(c.managers, k)
	}
}

// apply sends the differences between the mapped values and what the target
// has.
func (c *cycle) apply(ctx context.Context, it item, e *entry, l *link, current resource, rec *record, leaving bool) *failure {
	attributes, failed := c.ev.evaluate(c.table(it.kind), e, false, !c.onDemand)
	if failed != nil {
		return c.fail(ctx, escrowKey{it.key, false}, rec, ActionUpdate, stepExportUpdate, failed)
	}
	done := func(became result) *failure {
		c.remember(func(j *Job) {
			c.note(l, e, current)
			if leaving {
				j.links.release(l)
			}
		})
		c.settle(it, rec, became)
		if !leaving {
			c.refer(it.key)
		}
		return nil
	}
	changes := diff(attributes, current)
	if len(changes) == 0 {
		rec.skip(codeRedundantExport, "The object of the target has these values already.")
		return done(resultSkipped)
	}
	if !c.cfg.may(it.kind, ActionsUpdate) {
		rec.skip(codeSynchronizationSkip, "Update is not among the target object actions.")
		return done(resultSkipped)
	}
	action, became := ActionUpdate, resultUpdated
	if e.user.softDeleted && deprovisions(changes) {
		action, became = ActionDisable, resultDisabled
	}
	if failed := c.client.patch(ctx, resourcePath(it.kind, l.targetID), c.dialect.changes(changes)); failed != nil {
		return c.fail(ctx, escrowKey{it.key, false}, rec, action, stepExportUpdate, failed)
	}
	modified := make([]Modified, 0, len(changes))
	for _, change := range changes {
		modified = append(modified, change.modified())
	}
	rec.succeed(action, stepExportUpdate, modified)
	return done(became)
}

// remove deletes a linked object in the target.
func (c *cycle) remove(ctx context.Context, it item, l *link, rec *record) *failure {
	if !c.cfg.may(it.kind, ActionsDelete) {
		c.remember(func(j *Job) { j.links.drop(it.key) })
		rec.skip(codeSynchronizationSkip, "Delete is not among the target object actions.")
		c.settle(it, rec, resultSkipped)
		return nil
	}
	rec.step(stepMatchDelete, typeMatching, StatusSuccess, "", nil)
	deleted, failed := c.client.delete(ctx, resourcePath(it.kind, l.targetID))
	if failed != nil {
		return c.fail(ctx, escrowKey{it.key, false}, rec, ActionDelete, stepExportDelete, failed)
	}
	c.remember(func(j *Job) { j.links.remove(it.key) })
	if !deleted {
		rec.skip(codeInvalidAnchor, "The object was gone from the target already.")
		c.settle(it, rec, resultSkipped)
		return nil
	}
	rec.succeed(ActionDelete, stepExportDelete, []Modified{})
	c.settle(it, rec, resultDeleted)
	return nil
}
