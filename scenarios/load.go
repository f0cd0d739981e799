package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/idharness/harness"
	"github.com/idharness/harness/internal/strictyaml"
)

// Scenario is a scenario file that has been read and checked.
type Scenario struct {
	Path string
	Name string // with the row, if it has one
	Row  string // of the matrix; empty without one
	Tags []string

	Parallel bool // other scenarios may run at the same time

	file     *strictyaml.File
	included map[string]parsedFile
	read     int // steps, while it is being parsed
	doc      document
	vars     *variables
	names    *names // that there are at any time
	steps    []*step
	final    []*step

	onFile      func(path string) // as in Options
	targetsNode *strictyaml.Node  // with variables filled in; nil without targets
	varsWrong   bool              // a variable has no value
}

// Options say how scenarios are read and run.
type Options struct {
	Vars map[string]any                   // take precedence over the file's vars
	Env  func(name string) (string, bool) // for ${env:NAME}; nil: the process's environment
	Seed uint64                           // of every id; default 1
	Tags *TagExpression                   // which steps run, of those that have tags; nil: all. [TagExpression.Select] chooses scenarios

	Harness harness.Config // addresses and base URLs; the file says the rest

	// ExpectNothing lets a file expect nothing. It is for [Up], which starts
	// what a file describes: a run of such a file could not fail.
	ExpectNothing bool

	// OnFile, if non-nil, is called with every file but its own that a scenario
	// needs when it is read, whether there is one or not.
	OnFile func(path string)

	// OnStepStart, if non-nil, is called before every step that runs, with
	// what is known of it then.
	OnStepStart func(*Scenario, StepReport)

	// OnStep, if non-nil, is called after every step.
	OnStep func(*Scenario, StepReport)

	// judged, if non-nil, is called with every expectation, its variables filled
	// in, and the result that it was compared with.
	judged func(expect *strictyaml.Node, result any)

	// received, if non-nil, is called with every action and its result.
	received func(action, any)
}

func (o Options) env() func(string) (string, bool) {
	if o.Env != nil {
		return o.Env
	}
	return os.LookupEnv
}

// Find lists the scenario files that the arguments name: files as they are,
// directories with every .yaml and .yml file below them, sorted. As with the go
// command, folders below them called testdata do not count, nor what begins with
// . or _, such as files that are there to be included.
func Find(paths ...string) ([]string, error) {
	var out []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("find scenarios: %w", err)
		}
		if !info.IsDir() {
			out = append(out, path)
			continue
		}
		found := len(out)
		err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && name != path && (d.Name() == "testdata" || isHidden(d.Name())) {
				return filepath.SkipDir
			}
			if err == nil && !d.IsDir() && !isHidden(d.Name()) && (strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")) {
				out = append(out, name)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("find scenarios: %w", err)
		}
		if len(out) == found {
			return nil, fmt.Errorf("find scenarios: %s holds no .yaml file", path)
		}
	}
	return out, nil
}

func isHidden(name string) bool { return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") }

// LoadAll reads a scenario file. One with a matrix gives a scenario for every
// row, others give one. What is wrong in it is reported all at once: a
// line for each mistake, with its place. errors.As finds an
// interface{ Detail() string } in it, which shows the lines of the file as well.
func LoadAll(path string, o Options) ([]*Scenario, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	return load(path, data, o)
}

// LoadFile reads the file of one scenario, see [LoadAll].
func LoadFile(path string, o Options) (*Scenario, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	return Load(path, data, o)
}

// Load reads one scenario from memory; name stands in positions.
func Load(name string, data []byte, o Options) (*Scenario, error) {
	loaded, err := load(name, data, o)
	if err != nil {
		return nil, err
	}
	if len(loaded) > 1 {
		return nil, fmt.Errorf("read scenario %s: its matrix makes %d scenarios of it, not one", name, len(loaded))
	}
	return loaded[0], nil
}

func load(name string, data []byte, o Options) ([]*Scenario, error) {
	file, parseErr := strictyaml.Parse(name, data)
	var errs strictyaml.Errors
	if parseErr != nil && !errors.As(parseErr, &errs) {
		return nil, parseErr
	}
	if file == nil {
		return nil, errs
	}
	rows := []*matrixRow{nil}
	if matrix := file.Root().Get("matrix"); matrix != nil {
		var matrixErrs strictyaml.Errors
		rows, matrixErrs = readMatrix(matrix, file.Root().Get("vars"))
		errs = append(errs, matrixErrs...)
		if len(rows) == 0 {
			rows = []*matrixRow{nil} // for what else is wrong
		}
	}
	broken := len(errs) > 0
	included := make(map[string]parsedFile)
	loaded, found := make([]*Scenario, len(rows)), make([]strictyaml.Errors, len(rows))
	for i, row := range rows {
		loaded[i] = &Scenario{Path: name, file: file, included: included, onFile: o.OnFile}
		found[i] = loaded[i].parse(o, row, broken)
	}
	errs = append(errs, rowErrors(rows, found)...)
	for _, s := range loaded {
		errs = s.secretsAtHand().withoutSecrets(errs)
	}
	if err := strictyaml.Join(errs).Err(); err != nil {
		return nil, err
	}
	return loaded, nil
}

// parse reads the scenario with the variables of a row, if it has a matrix, and
// reports everything that is wrong with it, but nothing that only follows from
// something else that is wrong. broken says that the file has mistakes which
// hide a part of it.
func (s *Scenario) parse(o Options, row *matrixRow, broken bool) strictyaml.Errors {
	root := s.file.Root()
	var head document
	errs := strictyaml.Decode(root, &head) // once before variables, for vars and steps
	if root.Kind() != strictyaml.Map {
		return errs
	}
	vars, varErrs := newVariables(head.Vars, o, row)
	s.vars, s.varsWrong = vars, len(varErrs) > 0
	mistaken := placesOf(errs)
	hidden := broken || slices.ContainsFunc(root.Pairs(), func(p strictyaml.Pair) bool { return mistaken[p.Key.Pos()] })
	vars.vague = vars.vague || hidden
	vars.announce(head.Steps, head.Final)
	// The parts that are not steps are complete once variables are filled in.
	var pairs []strictyaml.Pair
	for _, pair := range root.Pairs() {
		switch pair.Key.Text() {
		case "vars", "matrix", "steps", "finally":
			pairs = append(pairs, pair)
		default:
			value, interpolation := pair.Value.Interpolate(vars.lookup)
			varErrs = append(varErrs, interpolation...)
			switch pair.Key.Text() {
			case "targets":
				s.targetsNode = value
			case "entra":
				var wrong strictyaml.Errors
				value, wrong = withCopies(value)
				varErrs = append(varErrs, wrong...)
			}
			pairs = append(pairs, strictyaml.Pair{Key: pair.Key, Value: value})
		}
	}
	s.doc = document{}
	filled := root.WithPairs(pairs)
	errs = strictyaml.Join(varErrs, strictyaml.Decode(filled, &s.doc))
	s.Name, s.Tags, s.Parallel = s.doc.Name, s.doc.Tags, s.targetsNode == nil // a real system is shared
	if s.doc.Parallel != nil {
		s.Parallel = *s.doc.Parallel
	}
	if row != nil {
		s.Row = row.name
		s.Name += " [" + row.name + "]"
	}
	errs = append(errs, positive(root.Get("timeout"), s.doc.Limit)...)
	if steps := root.Get("steps"); steps != nil && steps.Kind() == strictyaml.List && len(steps.Items()) == 0 {
		errs = append(errs, steps.Errorf("steps is empty: a scenario needs at least one step"))
	}
	mistaken = placesOf(errs)
	var stepErrs, finalErrs strictyaml.Errors
	s.steps, stepErrs = s.parseSteps(s.doc.Steps, vars, nil)
	s.final, finalErrs = s.parseSteps(s.doc.Final, vars, nil)
	errs = slices.Concat(errs, stepErrs, finalErrs)
	errs = append(errs, s.checkTop(mistaken)...)
	errs = append(errs, s.checkInstance(filled, mistaken)...)
	errs = append(errs, s.checkSecrets(vars, mistaken)...)
	errs = append(errs, s.checkTargets(mistaken)...)
	errs = append(errs, s.checkNames(filled, mistaken, hidden)...)
	expectations := 0
	for _, st := range slices.Concat(s.steps, s.final) {
		errs = append(errs, st.in.explain(s.checkStep(st))...)
		expectations += st.expectations()
	}
	if expectations == 0 && len(errs) == 0 && !broken && !o.ExpectNothing {
		e := root.Get("steps").Errorf("the scenario expects nothing: no step has an expect, so it could not fail")
		e.Hint = "add expect to at least one step"
		errs = append(errs, e)
	}
	known := s.secretsAtHand()
	s.Name, s.Row = known.mask(s.Name), known.mask(s.Row)
	return errs
}
