package scenarios

import (
	"context"

	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/strictyaml"
)

// setMappings replaces mappings, filters and target actions of a job. What is
// left out goes back to its default.
type setMappings struct {
	App    appRef                     `yaml:"app" doc:"Name of the application. Default: the first."`
	Users  provisioning.UserSettings  `yaml:"users"`
	Groups provisioning.GroupSettings `yaml:"groups"`

	node *strictyaml.Node
}

// UnmarshalNode remembers where the settings stand.
func (a *setMappings) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	type plain setMappings
	errs := strictyaml.Decode(n, (*plain)(a))
	a.node = n
	return errs
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

// setProvisioning changes settings of a job: the keys that are named, each as a
// whole.
type setProvisioning struct {
	App appRef           `yaml:"app" doc:"Name of the application. Default: the first."`
	Set *strictyaml.Node `yaml:"set" required:"true" doc:"Settings to change, with the keys of provisioning."`
}

func (a *setProvisioning) check(*strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(a.Set, &provisioningNode{})
}

func (a *setProvisioning) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	changed := provisioningNode{Settings: app.Provisioning().Settings()}
	err = replaceKeys(a.Set, &changed).Err()
	if err == nil {
		err = changed.apply(app)
	}
	return did(app.Provisioning().Settings(), err, "Entra: provisioning settings changed: %s", keys(a.Set))
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
