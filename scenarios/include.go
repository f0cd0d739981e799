package scenarios

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
)

// Bounds of what included files can make of a scenario.
const (
	maxIncludes = 20     // files that include each other
	maxSteps    = 10_000 // with those of included files
)

// include stands for the steps of another file. It is replaced by them when the
// scenario is read.
type include struct {
	File string           `yaml:"file" required:"true" doc:"The file, relative to this one."`
	Vars *strictyaml.Node `yaml:"vars" doc:"Values of the variables that the file declares."`
}

// UnmarshalNode reads the name of a file, or a map with variables.
func (a *include) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	if n.Kind() == strictyaml.String {
		return strictyaml.Decode(n, &a.File)
	}
	if n.Kind() != strictyaml.Map {
		return strictyaml.Errors{n.Errorf("expected the name of a file or a map with file and vars, got %s", n.Kind())}
	}
	type plain include
	errs := strictyaml.Decode(n, (*plain)(a))
	if a.Vars != nil {
		var values map[string]any
		errs = append(errs, strictyaml.Decode(a.Vars, &values)...)
	}
	return errs
}

func (a *include) run(context.Context, *running) (outcome, error) {
	return outcome{}, fmt.Errorf("%s was not read", a.File)
}

// includedFile is a file that others include.
type includedFile struct {
	Name  string             `yaml:"name" doc:"What the steps do, for readers."`
	Vars  *strictyaml.Node   `yaml:"vars" doc:"The variables that its steps use. One without a value must be given by the include."`
	Steps []*strictyaml.Node `yaml:"steps" required:"true" doc:"What happens, in order."`
}

// inclusion is a place at which a file is included.
type inclusion struct {
	outer *inclusion       // what includes the file that the place is in; nil: it is the scenario's own
	step  *strictyaml.Node // the include as it is written
	file  string
	vars  *strictyaml.Node // what the file declares
}

// given is what the include says of the variables of the file; it may be nil.
func (in *inclusion) given() *strictyaml.Node { return in.step.Get("include").Get("vars") }

// chain tells how a step came into the scenario, the scenario's own file first.
func (in *inclusion) chain() []string {
	var out []string
	for ; in != nil; in = in.outer {
		out = append(out, in.step.Pos().String())
	}
	slices.Reverse(out)
	return out
}

func (in *inclusion) account() string {
	return "included at " + strings.Join(in.chain(), ", from there at ")
}

// explain adds to mistakes in an included file where it is included.
func (in *inclusion) explain(errs strictyaml.Errors) strictyaml.Errors {
	if in == nil {
		return errs
	}
	out := make(strictyaml.Errors, len(errs))
	for i, e := range errs {
		out[i] = e
		if e.Pos.File == in.file {
			told := *e
			told.Hint = strings.TrimPrefix(e.Hint+"; "+in.account(), "; ")
			out[i] = &told
		}
	}
	return out
}

// parseSteps reads steps for the first time: variables that steps save are not
// known yet. In the place of an include come the steps of its file.
func (s *Scenario) parseSteps(nodes []*strictyaml.Node, v *variables, in *inclusion) ([]*step, strictyaml.Errors) {
	var out []*step
	var errs strictyaml.Errors
	for _, n := range nodes {
		filled, stepErrs := n.Interpolate(v.lookup)
		st, wrong := parseStep(filled)
		st.node, st.filled, st.in = n, filled, in // what runs later is interpolated anew
		stepErrs = append(stepErrs, wrong...)
		a, isInclude := st.action.(*include)
		if !isInclude {
			st.broken = placesOf(stepErrs)
			errs = append(errs, stepErrs...)
			v.saved(filled, st)
			out = append(out, st)
			s.read++
			if s.read == maxSteps+1 {
				errs = append(errs, n.Errorf("the scenario has more than %d steps with those of included files", maxSteps))
			}
			continue
		}
		var inner []*step
		// A mistake may be why the name of the file is not known; one in the
		// variables does not keep the file from being read.
		named := len(wrong) == 0 && (isKnown(fileOf(filled)) || len(stepErrs) == 0 && !v.vague)
		if named && s.read <= maxSteps {
			var more strictyaml.Errors
			inner, more = s.include(st, fileOf(filled), a, v)
			stepErrs = append(stepErrs, more...)
		}
		if len(inner) == 0 {
			st.action = nil // it could do and save anything
			v.vague = true
			inner = []*step{st}
		}
		out, errs = append(out, inner...), append(errs, stepErrs...)
	}
	return out, errs
}

// fileOf returns where a step that includes a file names it.
func fileOf(step *strictyaml.Node) *strictyaml.Node {
	argument := step.Get("include")
	if name := argument.Get("file"); name != nil {
		return name
	}
	return argument
}

// include reads the file that a step includes. at is its name, with variables
// filled in.
func (s *Scenario) include(st *step, at *strictyaml.Node, a *include, v *variables) ([]*step, strictyaml.Errors) {
	if errs := a.alone(st.node); len(errs) > 0 {
		return nil, errs
	}
	in := &inclusion{outer: st.in, step: st.node}
	var mistake *strictyaml.Error
	if in.file, mistake = a.locate(at); mistake != nil {
		return nil, strictyaml.Errors{mistake}
	}
	if mistake := in.circular(s.Path, at); mistake != nil {
		return nil, strictyaml.Errors{mistake}
	}
	file, err := s.readIncluded(in.file)
	var errs strictyaml.Errors
	if err != nil && !errors.As(err, &errs) {
		return nil, strictyaml.Errors{at.Errorf("cannot include %s: %v", a.File, err)}
	}
	if file == nil {
		return nil, in.explain(errs)
	}
	var content includedFile
	errs = append(errs, strictyaml.Decode(file.Root(), &content)...)
	for _, e := range errs {
		if strings.HasPrefix(e.Message, "unknown key ") && e.Hint == "" {
			e.Hint = "an included file has vars and steps; all else stands in the scenario"
		}
	}
	if steps := file.Root().Get("steps"); steps != nil && steps.Kind() == strictyaml.List && len(steps.Items()) == 0 {
		errs = append(errs, steps.Errorf("steps is empty: there is nothing to include"))
	}
	in.vars = content.Vars
	inner, wrong := v.enter(in)
	inner.vague = inner.vague || len(errs) > 0
	inner.announce(content.Steps)
	steps, stepErrs := s.parseSteps(content.Steps, inner, in)
	for _, one := range steps {
		one.Tags = slices.Concat(st.Tags, one.Tags)
	}
	return steps, strictyaml.Join(wrong, in.explain(append(errs, stepErrs...)))
}

// alone refuses what makes no sense beside an include. Its variables must be
// written where it stands: they are filled in once it is its turn.
func (a *include) alone(step *strictyaml.Node) strictyaml.Errors {
	var errs strictyaml.Errors
	for _, pair := range step.Pairs() {
		if key := pair.Key.Text(); key != "include" && key != "tags" {
			e := pair.Key.Errorf("%s cannot stand beside include", pair.Key.Text())
			e.Hint = "the steps of the included file have keys of their own"
			errs = append(errs, e)
		}
	}
	argument := step.Get("include")
	vars := argument.Get("vars")
	if a.Vars != nil && (vars == nil || vars.Kind() != a.Vars.Kind()) {
		errs = append(errs, argument.Errorf("write the file and its variables here; a single variable cannot stand for them"))
	}
	return errs
}

// locate returns the path of the file to include. It is relative to the file at
// hand, written alike on every system, so that a scenario reads the same files
// wherever it lies.
func (a *include) locate(at *strictyaml.Node) (string, *strictyaml.Error) {
	from := at.Pos().File
	switch {
	case at.Unresolved():
		e := at.Errorf("which file to include must be known before anything runs")
		e.Hint = "use vars, a matrix or --var, not what a step saves"
		return "", e
	case path.IsAbs(a.File) || filepath.IsAbs(a.File) || filepath.VolumeName(a.File) != "" || strings.Contains(a.File, "://"):
		e := at.Errorf("%s is not relative to this file", a.File)
		e.Hint = "only files beside this one are included, such as _sign-in.yaml or ../shared/_sign-in.yaml"
		return "", e
	case strings.Contains(a.File, `\`):
		return "", at.Errorf("write the path of a file with /")
	case path.Ext(a.File) != ".yaml" && path.Ext(a.File) != ".yml":
		return "", at.Errorf("%q is no .yaml file", a.File)
	}
	return filepath.Join(filepath.Dir(from), filepath.FromSlash(a.File)), nil
}

// circular refuses a file that is being included already.
func (in *inclusion) circular(scenario string, at *strictyaml.Node) *strictyaml.Error {
	around, depth := filepath.Clean(scenario) == in.file, 0
	for outer := in.outer; outer != nil; outer = outer.outer {
		around = around || outer.file == in.file
		depth++
	}
	switch {
	case around && in.outer == nil:
		return at.Errorf("the scenario includes itself")
	case around:
		return at.Errorf("%s includes itself", filepath.ToSlash(in.file))
	case depth >= maxIncludes:
		return at.Errorf("more than %d files include each other", maxIncludes)
	default:
		return nil
	}
}

// readIncluded reads a file, once for all its includes.
func (s *Scenario) readIncluded(name string) (*strictyaml.File, error) {
	if known, ok := s.included[name]; ok {
		return known.file, known.err
	}
	s.needs(name)
	file, err := parseFile(name)
	s.included[name] = parsedFile{file, err}
	return file, err
}

// parsedFile is a file that was read, or why it could not be.
type parsedFile struct {
	file *strictyaml.File
	err  error
}

func parseFile(name string) (*strictyaml.File, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if near, ok := strictyaml.Nearest(filepath.Base(name), namesIn(filepath.Dir(name))); ok {
			return nil, fmt.Errorf("there is no %s; did you mean %s?", filepath.ToSlash(name), near)
		}
		return nil, fmt.Errorf("there is no %s", filepath.ToSlash(name))
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no ordinary file", filepath.ToSlash(name))
	case info.Size() > strictyaml.MaxSize:
		return nil, fmt.Errorf("%s has %d bytes; the limit is %d", filepath.ToSlash(name), info.Size(), strictyaml.MaxSize)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return strictyaml.Parse(name, data)
}

// namesIn lists a folder.
func namesIn(folder string) []string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}
