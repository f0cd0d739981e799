package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios"
)

// variableFlags are --var and --vars. A --var outranks --vars, and both outrank
// the file's own vars.
type variableFlags struct {
	pairs []string
	file  string
}

func (v *variableFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&v.pairs, "var", nil, "set a variable: `name=value`; may be repeated")
	cmd.Flags().StringVar(&v.file, "vars", "", "read variables from a YAML `file`")
}

func (v *variableFlags) options(env func(string) (string, bool)) (scenarios.Options, error) {
	o := scenarios.Options{Env: env, Vars: make(map[string]any)}
	if v.file != "" {
		data, err := os.ReadFile(v.file)
		if err != nil {
			return o, exit(exitUnreachable, fmt.Errorf("read variables: %w", err))
		}
		f, err := strictyaml.Parse(v.file, data)
		if err != nil {
			return o, exit(exitInvalid, err)
		}
		values, ok := f.Root().Any().(map[string]any)
		if !ok {
			return o, exit(exitInvalid, strictyaml.Errors{f.Root().Errorf("expected a map of variables, got %s", f.Root().Kind())})
		}
		maps.Copy(o.Vars, values)
	}
	for _, pair := range v.pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return o, errors.New("--var " + pair + ": want name=value")
		}
		o.Vars[name] = value
	}
	return o, nil
}

// check refuses a --var that no scenario could notice. A file of variables may
// be one for many scenarios.
func (v *variableFlags) check(loaded []*scenarios.Scenario) error {
	var known []string
	for _, s := range loaded {
		known = append(known, s.Variables()...)
	}
	for _, pair := range v.pairs {
		name, _, _ := strings.Cut(pair, "=")
		if slices.Contains(known, name) {
			continue
		}
		slices.Sort(known)
		known = slices.Compact(known)
		switch near, ok := strictyaml.Nearest(name, known); {
		case ok:
			return fmt.Errorf("--var %s: no scenario has a variable %q; did you mean %s?", name, name, near)
		case len(known) == 0:
			return fmt.Errorf("--var %s: no scenario has variables", name)
		default:
			return fmt.Errorf("--var %s: no scenario has a variable %q; there are %s", name, name, strings.Join(known[:min(len(known), 12)], ", "))
		}
	}
	return nil
}
