package scenarios

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/internal/strictyaml"
)

// clockStart stands in for the time while a file is only being checked.
var clockStart = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// variables are the values that ${name} stands for in a file: those of its
// vars, those given from outside, which take precedence, and those that steps
// saved.
type variables struct {
	outer   *variables // of the file that includes this one; nil in the scenario's own
	values  map[string]any
	pending map[string]bool             // saved by a step that has not run yet
	vague   bool                        // there may be more, which a mistake in the file hides
	later   map[string]*strictyaml.Node // where steps save what the steps so far have not
	env     func(string) (string, bool)
	fromEnv []string                    // what was read from the environment, and counts as secret
	leftOut map[string]*strictyaml.Node // where steps that are not chosen by their tags would save them
	named   map[string]bool             // what the file declares or uses; nil where nobody asks
}

// Variables lists the variables that the scenario declares or uses, sorted: what
// can be given to it from outside.
func (s *Scenario) Variables() []string { return slices.Sorted(maps.Keys(s.vars.named)) }

// envPrefix begins the names of environment variables that set a variable.
const envPrefix = "HARNESS_VAR_"

// newVariables reads the variables of a scenario. What is given for one from
// outside, or by a row of the matrix, takes the place of its value.
func newVariables(n *strictyaml.Node, o Options, row *matrixRow) (*variables, strictyaml.Errors) {
	v := &variables{values: make(map[string]any), pending: make(map[string]bool), later: make(map[string]*strictyaml.Node), env: o.env(), named: make(map[string]bool)}
	var errs strictyaml.Errors
	declared := make(map[string]*strictyaml.Node)
	for _, pair := range n.Pairs() {
		declared[pair.Key.Text()] = pair.Value
	}
	for name := range declared {
		v.named[name] = true
	}
	columns := make(map[string]bool)
	if row != nil {
		for _, pair := range row.values {
			declared[pair.Key.Text()], columns[pair.Key.Text()] = pair.Value, true
			v.named[pair.Key.Text()] = true
		}
	}
	given := make(map[string]bool)
	take := func(name string, value any) {
		given[name] = true
		if text, ok := value.(string); ok && declared[name] != nil {
			var mistake *strictyaml.Error
			if value, mistake = typed(name, text, declared[name]); mistake != nil {
				errs = append(errs, mistake)
				v.awaits(name)
				return
			}
		}
		v.values[name] = value
	}
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		if _, outranked := o.Vars[name]; outranked || !isVariable(name) {
			continue
		}
		if value, set := v.env(envPrefix + name); set {
			v.fromEnv = append(v.fromEnv, value)
			take(name, value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Vars)) {
		take(name, o.Vars[name])
	}
	if row != nil {
		for _, pair := range row.values {
			if name := pair.Key.Text(); !given[name] {
				errs = append(errs, v.define(name, pair.Value, v.lookup)...)
			}
		}
	}
	errs = append(errs, v.declare(n, func(name string) bool { return given[name] || columns[name] }, func(pair strictyaml.Pair) *strictyaml.Error {
		e := pair.Key.Errorf("the variable %q has no value", pair.Key.Text())
		e.Hint = "give it one: --var " + pair.Key.Text() + "=…, --vars, the environment variable " + envPrefix + pair.Key.Text() + ", or here"
		return e
	})...)
	return v, errs
}

// enter makes the variables of an included file: those that it declares, with
// the values that the include gives.
func (v *variables) enter(in *inclusion) (*variables, strictyaml.Errors) {
	inner := &variables{
		outer: v, values: make(map[string]any), pending: make(map[string]bool), later: make(map[string]*strictyaml.Node),
		leftOut: make(map[string]*strictyaml.Node),
	}
	var errs strictyaml.Errors
	var declared []string
	for _, pair := range in.vars.Pairs() {
		declared = append(declared, pair.Key.Text())
	}
	for _, pair := range in.given().Pairs() {
		name := pair.Key.Text()
		if !slices.Contains(declared, name) {
			e := pair.Key.Errorf("%s has no variable %q", filepath.Base(in.file), name)
			e.Hint = "it declares none under vars"
			if near, ok := strictyaml.Nearest(name, declared); ok {
				e.Hint = "did you mean " + near + "?"
			} else if len(declared) > 0 {
				e.Hint = "it has " + strings.Join(declared, ", ")
			}
			errs = append(errs, e)
			continue
		}
		errs = append(errs, inner.define(name, pair.Value, v.lookup)...)
	}
	misspelt := len(errs) > 0 // then what is missing is most likely what is misspelt
	errs = append(errs, inner.declare(in.vars, func(name string) bool { return in.given().Get(name) != nil }, func(pair strictyaml.Pair) *strictyaml.Error {
		if misspelt {
			return nil
		}
		e := in.step.Get("include").Errorf("%s needs the variable %q", filepath.Base(in.file), pair.Key.Text())
		e.Hint = "give it under vars beside file; it is declared at " + pair.Key.Pos().String()
		return e
	})...)
	return inner, errs
}

// define gives a variable the value that stands in a file. A value that is not
// known yet makes the variable one that is not.
func (v *variables) define(name string, value *strictyaml.Node, lookup strictyaml.Lookup) strictyaml.Errors {
	filled, errs := value.Interpolate(lookup)
	if len(errs) > 0 || !isKnown(filled) {
		v.awaits(name)
	} else {
		v.values[name] = filled.Any()
	}
	return errs
}

// declare reads vars. Those given from elsewhere keep the value they have; one
// without a value must be given, and is missing otherwise.
func (v *variables) declare(n *strictyaml.Node, given func(name string) bool, missing func(strictyaml.Pair) *strictyaml.Error) strictyaml.Errors {
	if n == nil || n.Kind() == strictyaml.Null {
		return nil
	}
	if n.Kind() != strictyaml.Map {
		v.vague = true
		return strictyaml.Errors{n.Errorf("expected a map of variables, got %s", n.Kind())}
	}
	var errs strictyaml.Errors
	for _, pair := range n.Pairs() {
		name := pair.Key.Text()
		switch {
		case !isVariable(name):
			errs = append(errs, pair.Key.Errorf("%q is no name for a variable: use letters, digits and _", name))
			v.awaits(name)
		case given(name):
		case pair.Value.Kind() == strictyaml.Null && !pair.Value.Unresolved():
			if e := missing(pair); e != nil {
				errs = append(errs, e)
			}
			v.awaits(name)
		default:
			errs = append(errs, v.define(name, pair.Value, v.lookup)...) // may use the variables above
		}
	}
	return errs
}

// typed reads the text that is given for a variable as what the variable is in
// the file, if that is no text.
func typed(name, text string, declared *strictyaml.Node) (any, *strictyaml.Error) {
	want := declared.Kind()
	if want == strictyaml.String || want == strictyaml.Null || declared.Unresolved() {
		return text, nil
	}
	file, err := strictyaml.Parse("", []byte(text))
	if err == nil {
		got := file.Root().Kind()
		if got == want || got == strictyaml.Int && want == strictyaml.Float || got == strictyaml.Float && want == strictyaml.Int {
			return file.Root().Any(), nil
		}
	}
	return nil, declared.Errorf("the variable %q is %s, and what is given for it does not read as that", name, want)
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

// awaits notes a variable whose value is known only once the scenario runs.
func (v *variables) awaits(name string) {
	delete(v.later, name)
	v.pending[name] = true
}

// leaveOut notes what a step that does not run would have saved.
func (v *variables) leaveOut(n *strictyaml.Node) {
	for ; v != nil; v = v.outer {
		for _, pair := range n.Get("save").Pairs() {
			v.leftOut[pair.Key.Text()] = pair.Key
		}
	}
}

// saves notes a variable that a step saves: for the files that include this one
// too, since what follows there can use it.
func (v *variables) saves(name string) {
	for ; v != nil; v = v.outer {
		v.awaits(name)
	}
}

// set keeps what a step has saved.
func (v *variables) set(name string, value any) {
	for ; v != nil; v = v.outer {
		v.values[name] = value
	}
}

// lookup is what [strictyaml.Node.Interpolate] asks.
func (v *variables) lookup(name string, _ strictyaml.Position) (any, bool, error) {
	if variable, ok := strings.CutPrefix(name, "env:"); ok {
		for v.outer != nil {
			v = v.outer
		}
		value, set := v.env(variable)
		if !set {
			return nil, false, fmt.Errorf("environment variable %s is not set", variable)
		}
		if !slices.Contains(v.fromEnv, value) {
			v.fromEnv = append(v.fromEnv, value)
		}
		return value, true, nil
	}
	if v.named != nil {
		v.named[name] = true
	}
	if v.pending[name] {
		return nil, false, nil
	}
	if value, ok := v.values[name]; ok {
		return value, true, nil
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
		return nil, false, fmt.Errorf("unknown variable %q: the %s has no vars", name, v.owner())
	}
	return nil, false, fmt.Errorf("unknown variable %q; the %s has %s", name, v.owner(), strings.Join(known, ", "))
}

// owner is whose variables these are, for messages.
func (v *variables) owner() string {
	if v.outer != nil {
		return "included file"
	}
	return "scenario"
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
