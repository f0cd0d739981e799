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
	pending map[string]bool             // saved by a step that has not run yet
	vague   bool                        // there may be more, which a mistake in the file hides
	later   map[string]*strictyaml.Node // where steps save what the steps so far have not
	env     func(string) (string, bool)
	fromEnv []string                    // what was read from the environment, and counts as secret
	leftOut map[string]*strictyaml.Node // where steps that are not chosen by their tags would save them
}

func newVariables(n *strictyaml.Node, o Options, row *matrixRow) (*variables, strictyaml.Errors) {
	v := &variables{values: maps.Clone(o.Vars), pending: make(map[string]bool), later: make(map[string]*strictyaml.Node), env: o.env()}
	if v.values == nil {
		v.values = make(map[string]any)
	}
	var errs strictyaml.Errors
	if row != nil {
		for _, pair := range row.values {
			if _, given := o.Vars[pair.Key.Text()]; given {
				continue
			}
			value, interpolation := pair.Value.Interpolate(v.lookup)
			errs = append(errs, interpolation...)
			if len(interpolation) > 0 {
				v.saves(pair.Key.Text()) // it has a value, but not one that is known
				continue
			}
			v.values[pair.Key.Text()] = value.Any()
		}
	}
	if n == nil || n.Kind() == strictyaml.Null {
		return v, errs
	}
	if n.Kind() != strictyaml.Map {
		v.vague = true
		return v, append(errs, n.Errorf("expected a map of variables, got %s", n.Kind()))
	}
	for _, pair := range n.Pairs() {
		name := pair.Key.Text()
		if !isVariable(name) {
			errs = append(errs, pair.Key.Errorf("%q is no name for a variable: use letters, digits and _", name))
			v.saves(name)
			continue
		}
		if _, given := o.Vars[name]; given || row.get(name) != nil {
			continue
		}
		value, interpolation := pair.Value.Interpolate(v.lookup) // may use the variables above
		errs = append(errs, interpolation...)
		if len(interpolation) > 0 || !isKnown(value) {
			v.saves(name) // it has a value, but not one that is known
			continue
		}
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
	return &variables{values: maps.Clone(v.values), pending: make(map[string]bool), leftOut: make(map[string]*strictyaml.Node), env: v.env, fromEnv: slices.Clone(v.fromEnv)}
}

// saves announces a variable that has a value once the scenario runs.
func (v *variables) saves(name string) {
	v.pending[name] = true
	delete(v.later, name)
}

// leaveOut notes what a step that does not run would have saved.
func (v *variables) leaveOut(n *strictyaml.Node) {
	for _, pair := range n.Get("save").Pairs() {
		v.leftOut[pair.Key.Text()] = pair.Key
	}
}

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
	if node, ok := v.leftOut[name]; ok {
		return nil, false, fmt.Errorf("there is no variable %q: the step that saves it, on line %d, is not chosen by its tags", name, node.Pos().Line)
	}
	if node, ok := v.later[name]; ok {
		return nil, false, fmt.Errorf("there is no variable %q yet: it is saved only on line %d", name, node.Pos().Line)
	}
	if v.vague {
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

// announce notes what steps will save, so that a variable that is used before
// can be told from one that there never is.
func (v *variables) announce(lists ...[]*strictyaml.Node) {
	for _, step := range slices.Concat(lists...) {
		for _, pair := range step.Get("save").Pairs() {
			if name := pair.Key.Text(); v.later[name] == nil && !v.pending[name] {
				v.later[name] = pair.Key
			}
		}
	}
}

// saved notes what a step saves, as far as that can be told.
func (v *variables) saved(n *strictyaml.Node, st *step) {
	for _, pair := range n.Get("save").Pairs() {
		v.saves(pair.Key.Text())
	}
	save := n.Get("save")
	hidden := slices.ContainsFunc(n.Pairs(), func(p strictyaml.Pair) bool { return st.broken[p.Key.Pos()] })
	v.vague = v.vague || hidden || save != nil && save.Kind() != strictyaml.Map
}
