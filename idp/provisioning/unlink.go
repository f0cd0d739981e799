package provisioning

import (
	"context"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// Link returns one link by the object's id in the directory or else in the
// target ("Manage provisioning object connections using Microsoft Graph").
func (j *Job) Link(id string) (Link, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if n := j.links.find(id); n != nil {
		return n.public(), true
	}
	return Link{}, false
}

// Unlink forgets one link, which it finds as [Job.Link] does, so that the
// object is matched again when it is next evaluated. Nothing is deleted. As
// with Microsoft Graph's objectConnections the job must be paused or disabled,
// and a link that is not there is no error. Unlink waits for a cycle that is
// running.
func (j *Job) Unlink(ctx context.Context, id string) error {
	unlock, err := j.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.errRetired(); err != nil {
		return err
	}
	if j.started && !j.disabled {
		return &refusal.Refusal{
			Code: "Conflict", Message: textActive, Expected: "a paused job", Got: "an active job",
			Where: "job status", Fix: refusal.Entra, Hint: "stop provisioning first",
		}
	}
	if n := j.links.find(id); n != nil {
		j.links.drop(n.key)
		delete(j.links.stored, n.key)
	}
	return nil
}

// find looks for an id among the sources, and then among the targets, of which
// a server may have given the same to a user and to a group. An object that is
// no longer managed is found as well.
func (l *links) find(id string) *link {
	kinds := []directory.Kind{directory.KindUser, directory.KindGroup}
	for _, kind := range kinds {
		if n := l.get(key{kind, id}); n != nil {
			return n
		}
	}
	for _, kind := range kinds {
		if n := l.owner(kind, id); n != nil {
			return n
		}
	}
	var found *link
	for _, n := range l.bySource {
		if n.targetID == id && (found == nil || n.id < found.id) {
			found = n
		}
	}
	return found
}
