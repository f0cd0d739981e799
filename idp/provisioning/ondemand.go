package provisioning

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// onDemandLimit is how many users, or members of a group, one request takes
// (learn.microsoft.com, "On-demand provisioning in Microsoft Entra ID").
const onDemandLimit = 5

// OnDemand provisions a few objects at once and leaves the schedule and its
// watermark alone: up to five users, or one group with up to five of its
// members. A group alone comes with all of its members if they are no more
// than that. Requests have the legacy form, whatever the tenant URL says.
//
// Users who are disabled or deleted in the directory are refused, as they do
// not show in the admin center's search; an unassigned user is disabled in the
// target. Failures of objects are in the summary.
func (j *Job) OnDemand(ctx context.Context, objectIDs ...string) (Summary, error) {
	if err := j.throttle(); err != nil {
		return Summary{}, err
	}
	unlock, err := j.lock(ctx)
	if err != nil {
		return Summary{}, err
	}
	defer unlock()
	c, err := j.begin()
	if err != nil {
		return Summary{}, err
	}
	c.kind, c.onDemand, c.full, c.force = CycleOnDemand, true, false, true
	c.summary.Cycle = CycleOnDemand
	c.dialect.compliant = false
	users, group, err := c.subjects(objectIDs)
	if err != nil {
		return Summary{}, err
	}
	return c.demand(ctx, users, group)
}

// throttle counts a request and refuses one that comes too soon, which does
// not count (Microsoft Graph, synchronizationJob: provisionOnDemand, "5 requests
// per 10 seconds").
func (j *Job) throttle() error {
	const (
		most   = 5
		window = 10 * time.Second
	)
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.configuration.LimitOnDemand {
		return nil
	}
	now := j.cfg.Clock.Now()
	j.demands = slices.DeleteFunc(j.demands, func(t time.Time) bool { return now.Sub(t) >= window })
	if len(j.demands) >= most {
		return &refusal.Refusal{
			Code: codeTooManyRequests, Message: textThrottled, Expected: fmt.Sprintf("%d requests in %v", most, window), Got: "one more",
			Where: "provisionOnDemand", Fix: refusal.Entra, Hint: fmt.Sprintf("try again in %v", window-now.Sub(j.demands[0])),
		}
	}
	j.demands = append(j.demands, now)
	return nil
}

// subjects sorts the objects of a request, and refuses what the real request
// does not take.
func (c *cycle) subjects(objectIDs []string) (users []item, group *item, err error) {
	refuse := func(expected, got, hint string) error {
		return &refusal.Refusal{
			Code: "Request_BadRequest", Message: "The objects cannot be provisioned on demand.", Expected: expected, Got: got,
			Where: "subjects", Fix: refusal.Entra, Hint: hint,
		}
	}
	for _, id := range objectIDs {
		u, isUser := c.source.User(id)
		g, isGroup := c.source.Group(id)
		switch {
		case isUser && (u.IsDeleted() || !u.Enabled()):
			return nil, nil, refuse("an active user", u.UserPrincipalName+", who is disabled or deleted", "on-demand provisioning cannot disable or delete such users; a cycle does")
		case isUser:
			users = append(users, item{key{directory.KindUser, u.ID}, u.UserPrincipalName})
		case isGroup && group != nil:
			return nil, nil, refuse("one group", "several", "provision one group at a time")
		case isGroup:
			group = &item{key{directory.KindGroup, g.ID}, g.DisplayName}
		default:
			return nil, nil, refuse("the object id of a user or group", id, "there is no such object")
		}
	}
	if group != nil && len(users) == 0 {
		for _, m := range c.source.Members(group.id) {
			if u, ok := c.source.User(m.ID); ok && m.Kind == directory.KindUser && u.Enabled() {
				users = append(users, item{key{directory.KindUser, u.ID}, u.UserPrincipalName})
			}
		}
	}
	switch {
	case group == nil && len(users) == 0:
		return nil, nil, refuse("users, or a group", "nothing", "")
	case len(users) > onDemandLimit && group != nil:
		return nil, nil, refuse(fmt.Sprintf("up to %d members", onDemandLimit), fmt.Sprintf("%d", len(users)), "name the group together with up to five of its members")
	case len(users) > onDemandLimit:
		return nil, nil, refuse(fmt.Sprintf("up to %d users", onDemandLimit), fmt.Sprintf("%d", len(users)), "")
	case group != nil && !c.cfg.groupsEnabled():
		return nil, nil, refuse("a user", group.name+", a group", "the mapping of groups is turned off")
	}
	return users, group, nil
}

func (c *cycle) demand(ctx context.Context, users []item, group *item) (Summary, error) {
	stop := func(failed *failure) (Summary, error) {
		c.tally()
		c.summary.Status = SummaryFailed
		if err := ctx.Err(); err != nil {
			return c.summary, fmt.Errorf("provisioning on demand: %w", err)
		}
		c.explain(failed, "")
		c.summary.FirstError = failed.info()
		return c.summary, testRefusal(failed, c.client.target)
	}
	if failed := c.job.probe(ctx, c.client, false); failed != nil {
		return stop(failed)
	}
	items := users
	only := make(map[string]bool)
	for _, u := range users {
		only[u.id] = true
	}
	if group != nil {
		items = append(items[:len(items):len(items)], *group)
	}
	for _, it := range items {
		if failed := c.object(ctx, it); failed != nil {
			return stop(failed)
		}
	}
	for _, k := range c.unique(c.managers) {
		if failed := c.manager(ctx, k); failed != nil {
			return stop(failed)
		}
	}
	if group != nil {
		if l := c.job.links.get(group.key); l != nil {
			if failed := c.members(ctx, group.key, only); failed != nil {
				return stop(failed)
			}
		}
	}
	c.tally()
	c.summary.Status = SummarySuccess
	if c.summary.Users.Failed+c.summary.Groups.Failed > 0 {
		c.summary.Status = SummaryFailed
	}
	c.remember(func(j *Job) { c.summary.Escrowed = len(j.escrows) })
	return c.summary, nil
}
