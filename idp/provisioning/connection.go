package provisioning

import (
	"context"
	"fmt"
	"net/http"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// TestConnection does what the button of that name does: it asks the target
// for a user that cannot exist and expects an empty list. The error is a
// [*github.com/idharness/harness.Refusal].
func (j *Job) TestConnection(ctx context.Context) error {
	j.mu.Lock()
	cl, err := j.client()
	j.mu.Unlock()
	if err != nil {
		return err
	}
	failed := j.probe(ctx, cl, true)
	switch {
	case failed == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("testing the connection: %w", ctx.Err())
	default:
		return testRefusal(failed, cl.target)
	}
}

// client makes the client of one cycle. j is locked.
func (j *Job) client() (*client, error) {
	if err := j.errRetired(); err != nil {
		return nil, err
	}
	if j.target == nil {
		return nil, errNotConfigured()
	}
	return &client{
		transport: j.cfg.Client.Transport, timeout: j.cfg.Client.Timeout,
		target: j.target, token: j.token(j.target), settings: j.configuration, now: j.cfg.Clock.Now,
	}, nil
}

// probe asks for a random user by the matching attribute, and for a random
// group where settings say so. Every activity begins with it.
func (j *Job) probe(ctx context.Context, cl *client, testing bool) *failure {
	c := cl.settings
	groups := c.groupsEnabled() && testing
	if c.ProbeGroups != nil {
		groups = c.groupsEnabled() && *c.ProbeGroups
	}
	_, failed := cl.find(ctx, "/Users", filterQuery(directory.KindUser, c.users.match[0].Target, j.cfg.IDs.UUID()))
	if failed == nil && groups {
		_, failed = cl.find(ctx, "/Groups", filterQuery(directory.KindGroup, c.groups.match[0].Target, j.cfg.IDs.UUID()))
	}
	return failed
}

// testRefusal says in plain words why the connection does not work.
func testRefusal(f *failure, t *target) error {
	r := &refusal.Refusal{
		Code: codeCredentialUnavailable, Message: textTestFailed, Expected: "status 200 and an empty ListResponse", Got: f.reason,
		Where: "Tenant URL " + t.base, Fix: refusal.Entra,
	}
	switch {
	case f.handshake != nil:
		r.Expected, r.Hint = f.handshake.expected, f.handshake.hint
	case f.credential || f.status == http.StatusForbidden:
		r.Where = "Secret Token"
		r.Hint = "the target answers but does not accept the secret token: copy the token again, see whether it has expired or was deleted, and whether the tenant URL is the one it was made for"
	case f.status == http.StatusNotFound:
		r.Hint = "there is no SCIM endpoint at this address: the tenant URL must be the base, without /Users"
	case f.code == codeServiceIncompatible:
		r.Hint = "something answers at this address, but it does not speak SCIM: see whether the tenant URL is the SCIM endpoint and no web page"
	case f.code == codeTimeout:
		r.Hint = "the target did not answer in time"
	case f.code == codeProtocolError:
		r.Hint = "the target cannot be reached: see whether it runs and the host, port and scheme of the tenant URL are right"
	default:
		r.Hint = "the target refused a query by the matching attribute: see its log"
	}
	return r
}
