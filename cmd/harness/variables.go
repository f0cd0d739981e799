package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
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
