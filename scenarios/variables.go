package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/internal/strictyaml"
)

// clockStart stands in for the time while a file is only being checked.
var clockStart = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// variables are the values that ${name} stands for: those of the file's vars,
// those given from outside, which take precedence, and those that steps saved.
type variables struct {
	values  map[string]any
	pending map[string]bool // saved by a step that has not run yet
	env     func(string) (string, bool)
	fromEnv []string // what was read from the environment, and counts as secret
}

func newVariables(n *strictyaml.Node, o Options) (*variables, strictyaml.Errors) {
	v := &variables{values: maps.Clone(o.Vars), pending: make(map[string]bool), env: o.env()}
	if v.values == nil {
		v.values = make(map[string]any)
	}
	if n == nil || n.Kind() == strictyaml.Null {
		return v, nil
	}
	if n.Kind() != strictyaml.Map {
		return v, strictyaml.Errors{n.Errorf("expected a map of variables, got %s", n.Kind())}
	}
	var errs strictyaml.Errors
	for _, pair := range n.Pairs() {
		name := pair.Key.Text()
		if !isVariable(name) {
			errs = append(errs, pair.Key.Errorf("%q is no name for a variable: use letters, digits and _", name))
			continue
		}
		if _, given := o.Vars[name]; given {
			continue
		}
		value, interpolation := pair.Value.Interpolate(v.lookup) // may use the variables above
		errs = append(errs, interpolation...)
		v.values[name] = value.Any()
	}
	return v, errs
}

func isVariable(name string) bool {
	return name != "" && strings.IndexFunc(name, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) < 0
}

// clone returns variables that a run can add to.
func (v *variables) clone() *variables {
	return &variables{values: maps.Clone(v.values), pending: make(map[string]bool), env: v.env, fromEnv: slices.Clone(v.fromEnv)}
}

// later announces a variable that a step will save.
func (v *variables) later(name string) { v.pending[name] = true }

func (v *variables) set(name string, value any) { v.values[name] = value }

// lookup is what [strictyaml.Node.Interpolate] asks.
func (v *variables) lookup(name string, _ strictyaml.Position) (any, bool, error) {
	if variable, ok := strings.CutPrefix(name, "env:"); ok {
		value, set := v.env(variable)
		if !set {
			return nil, false, fmt.Errorf("environment variable %s is not set", variable)
		}
		if !slices.Contains(v.fromEnv, value) {
			v.fromEnv = append(v.fromEnv, value)
		}
		return value, true, nil
	}
	if value, ok := v.values[name]; ok {
		return value, true, nil
	}
	if v.pending[name] {
		return nil, false, nil
	}
	known := slices.Concat(slices.Collect(maps.Keys(v.values)), slices.Collect(maps.Keys(v.pending)))
	slices.Sort(known)
	if near, ok := strictyaml.Nearest(name, known); ok {
		return nil, false, fmt.Errorf("unknown variable %q; did you mean %q?", name, near)
	}
	if len(known) == 0 {
		return nil, false, fmt.Errorf("unknown variable %q: the scenario has no vars", name)
	}
	return nil, false, fmt.Errorf("unknown variable %q; the scenario has %s", name, strings.Join(known, ", "))
}
