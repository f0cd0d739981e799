package scenarios

import (
	"context"
	"fmt"

	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/strictyaml"
)

// jobAction starts or stops a job.
type jobAction struct {
	App  appRef `yaml:"app" doc:"Name of the application. Default: the first."`
	what string
	do   func(*provisioning.Job, context.Context) error
}

func (a *jobAction) run(ctx context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	err = a.do(app.Provisioning(), ctx)
	return did(jobState{app.Provisioning().State()}, err, "Entra: provisioning %s", a.what)
}

// restartProvisioning restarts a job.
type restartProvisioning struct {
	App   appRef     `yaml:"app" doc:"Name of the application. Default: the first."`
	Scope resetScope `yaml:"resetScope" doc:"What to forget: a list of Watermark, Escrows, QuarantineState, ConnectorDataStore, Full, None; or ForceDeletes, which allows deletes. Default: Watermark, Escrows, QuarantineState."`
}

// resetScope is a list of names, as in Microsoft Graph.
type resetScope provisioning.Reset

// UnmarshalNode reads the list.
func (s *resetScope) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	var text string
	errs := strictyaml.Decode(n, &text)
	if len(errs) > 0 || n.Unresolved() {
		return errs
	}
	reset, err := provisioning.ParseReset(text)
	if r, ok := refusal.From(err); ok {
		e := n.Errorf("there is no resetScope %q", r.Got)
		e.Hint = "expected " + r.Expected
		return strictyaml.Errors{e}
	}
	*s = resetScope(reset)
	return nil
}

func (a *restartProvisioning) run(ctx context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	err = app.Provisioning().Restart(ctx, provisioning.Reset(a.Scope))
	return did(jobState{app.Provisioning().State()}, err, "Entra: provisioning restarted")
}

// unlink removes the link between an object and its counterpart in the target.
type unlink struct {
	App   appRef   `yaml:"app" doc:"Name of the application. Default: the first."`
	User  userRef  `yaml:"user"`
	Group groupRef `yaml:"group"`
	ID    string   `yaml:"id" doc:"The object's id in the directory or in the target, instead of its name."`
}

func (a *unlink) check(n *strictyaml.Node) strictyaml.Errors {
	given := 0
	for _, name := range []string{"user", "group", "id"} {
		if n.Get(name) != nil {
			given++
		}
	}
	if given != 1 {
		return strictyaml.Errors{n.Errorf("a link is that of one user, group or id")}
	}
	return nil
}

func (a *unlink) run(ctx context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	id := a.ID
	switch {
	case a.User.Name != "":
		user, ok := r.directory().User(a.User.Name)
		if !ok {
			return outcome{}, fmt.Errorf("there is no user %s", a.User.Name)
		}
		id = user.ID
	case a.Group.Name != "":
		group, ok := r.directory().Group(a.Group.Name)
		if !ok {
			return outcome{}, fmt.Errorf("there is no group %s", a.Group.Name)
		}
		id = group.ID
	}
	err = app.Provisioning().Unlink(ctx, id)
	return did(app.Provisioning().Links(), err, "Entra: link of %s removed", a.User.Name+a.Group.Name+a.ID)
}

// provisioningStatus is a job as Microsoft Graph shows it.
func provisioningStatus(r *running) (provisioning.SynchronizationJob, error) {
	app, err := r.app("")
	if err != nil {
		return provisioning.SynchronizationJob{}, err
	}
	return app.Provisioning().Status(), nil
}

// provisioningAudit is what the audit logs have about a job.
func provisioningAudit(r *running) ([]provisioning.AuditEntry, error) {
	app, err := r.app("")
	if err != nil {
		return nil, err
	}
	return app.Provisioning().AuditLog(), nil
}

func provisioningLinks(r *running) ([]provisioning.Link, error) {
	app, err := r.app("")
	if err != nil {
		return nil, err
	}
	return app.Provisioning().Links(), nil
}
