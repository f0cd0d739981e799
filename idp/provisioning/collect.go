package provisioning

import (
	"cmp"
	"maps"
	"slices"

	"github.com/idharness/harness/idp/directory"
)

// collect lists the objects of this cycle, users before groups, by name. An
// incremental cycle looks at nothing but changes, retries and what was held
// back. The watermark is read first: what changes meanwhile is seen next time.
func (c *cycle) collect() (items []item, latest uint64) {
	changes, latest := c.source.Changes(c.since)
	keys := make(map[key]string)
	if c.full {
		c.collectAll(keys)
	} else {
		c.collectChanged(keys, changes)
		c.counters.CountImportedDeltas = len(changes)
	}
	for k, name := range keys {
		if k.kind == directory.KindGroup && !c.cfg.groupsEnabled() {
			continue
		}
		items = append(items, item{k, name})
	}
	if !c.full {
		c.joining = c.memberships(items)
	}
	slices.SortFunc(items, func(a, b item) int {
		return cmp.Or(-cmp.Compare(a.kind, b.kind), compareNames(a.name, b.name), cmp.Compare(a.id, b.id))
	})
	return items, latest
}

// collectAll lists what is in the directory, and what was linked and is gone from it.
func (c *cycle) collectAll(keys map[key]string) {
	for _, u := range c.source.Users() {
		keys[key{directory.KindUser, u.ID}] = u.UserPrincipalName
	}
	for _, g := range c.source.Groups() {
		keys[key{directory.KindGroup, g.ID}] = g.DisplayName
	}
	for k, l := range c.job.links.bySource {
		if _, live := keys[k]; !live {
			keys[k] = l.name
		}
	}
	c.remember(func(j *Job) { // everything is tried again
		maps.DeleteFunc(j.escrows, func(k escrowKey, _ *Escrow) bool {
			_, known := keys[k.key]
			return !known
		})
	})
}

// collectChanged lists what changed, what is to be tried again and what was held
// back.
func (c *cycle) collectChanged(keys map[key]string, changes []directory.Change) {
	for _, change := range changes {
		c.collectOne(keys, key{change.Kind, change.ID})
	}
	for k := range c.job.staged {
		c.collectOne(keys, k)
	}
	var due []escrowKey
	c.remember(func(j *Job) { due = j.escrows.due(c.ev.now) })
	for _, k := range due {
		switch {
		case !k.reference:
			c.collectOne(keys, k.key)
		case k.kind == directory.KindGroup:
			c.groups = append(c.groups, k.id)
		default:
			c.managers = append(c.managers, k.key)
		}
	}
}

// collectOne adds an object, unless it is gone and was never linked.
func (c *cycle) collectOne(keys map[key]string, k key) {
	if _, seen := keys[k]; seen {
		return
	}
	if name, ok := c.nameOf(k); ok {
		keys[k] = name
		return
	}
	c.remember(func(j *Job) {
		delete(j.escrows, escrowKey{k, false})
		delete(j.escrows, escrowKey{k, true})
	})
}

func (c *cycle) nameOf(k key) (string, bool) {
	if k.kind == directory.KindGroup {
		if g, ok := c.source.Group(k.id); ok {
			return g.DisplayName, true
		}
	} else if u, ok := c.source.User(k.id); ok {
		return u.UserPrincipalName, true
	}
	if l := c.job.links.get(k); l != nil {
		return l.name, true
	}
	return "", false
}
