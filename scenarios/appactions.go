package scenarios

import (
	"context"
	"errors"
	"reflect"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/strictyaml"
)

// updateApp changes an application's configuration: the keys that are named,
// each as a whole.
type updateApp struct {
	App appRef           `yaml:"app" doc:"Name of the application. Default: the first."`
	Set *strictyaml.Node `yaml:"set" required:"true" doc:"Settings to change, with the keys of app."`
}

func (a *updateApp) check(*strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(a.Set, &idp.ApplicationConfig{})
}

func (a *updateApp) declare(n *names) { // a renamed application goes by both names
	if renamed := a.Set.Get("name"); renamed != nil {
		n.apps = append(n.apps, renamed.Text())
	}
}

func (a *updateApp) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	var errs strictyaml.Errors
	err = app.Configure(func(c *idp.ApplicationConfig) { errs = replaceKeys(a.Set, c) })
	return did(app.Config(), errors.Join(errs.Err(), err), "Entra: application %s changed: %s", app.Name(), keys(a.Set))
}

// replaceKeys gives the struct that into points to the values of the keys in n.
// Decode alone would mix what is below a key with what was there before.
func replaceKeys[T any](n *strictyaml.Node, into *T) strictyaml.Errors {
	var given T
	errs := strictyaml.Decode(n, &given)
	for _, f := range strictyaml.Fields(reflect.TypeFor[T]()) {
		if n.Get(f.Name) != nil {
			reflect.ValueOf(into).Elem().FieldByIndex(f.Index).Set(reflect.ValueOf(given).FieldByIndex(f.Index))
		}
	}
	return errs
}
