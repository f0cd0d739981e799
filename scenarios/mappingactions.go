package scenarios

import (
	"context"

	"github.com/idharness/harness/idp/provisioning"
)

// setMappings replaces mappings, filters and target actions of a job. What is
// left out goes back to its default.
type setMappings struct {
	App    appRef                     `yaml:"app" doc:"Name of the application. Default: the first."`
	Users  provisioning.UserSettings  `yaml:"users"`
	Groups provisioning.GroupSettings `yaml:"groups"`
}

func (a *setMappings) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	settings := app.Provisioning().Settings()
	settings.Users, settings.Groups = a.Users, a.Groups
	err = app.Provisioning().Configure(settings)
	return did(app.Provisioning().Settings(), err, "Entra: attribute mappings saved")
}

// setScope says who is provisioned.
type setScope struct {
	App   appRef `yaml:"app" doc:"Name of the application. Default: the first."`
	Scope string `yaml:"scope" required:"true" oneOf:"assigned|all"`
}

func (a *setScope) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	settings := app.Provisioning().Settings()
	settings.Scope = a.Scope
	err = app.Provisioning().Configure(settings)
	return did(app.Provisioning().Settings(), err, "Entra: scope %s", a.Scope)
}
