package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios"
)

func (p *process) lintCommand() *cobra.Command {
	var vars variableFlags
	cmd := &cobra.Command{
		Use:   "lint FILE|DIR...",
		Short: "Check scenario files without running them",
		Args:  atLeastOneFile,
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := vars.options(p.LookupEnv)
			if err != nil {
				return err
			}
			loaded, err := p.load(args, o)
			if err != nil {
				return err
			}
			if err := vars.check(loaded); err != nil {
				return err
			}
			files := make(map[string]bool)
			for _, s := range loaded {
				files[s.Path] = true
			}
			fmt.Fprintf(p.Stdout, "%s valid\n", count(len(files), "file"))
			return nil
		},
	}
	vars.register(cmd)
	return cmd
}

func atLeastOneFile(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return errors.New("name at least one scenario file or directory")
	}
	return nil
}

// load reads the files that the arguments name. Everything wrong in all of them
// is reported at once.
func (p *process) load(args []string, o scenarios.Options) ([]*scenarios.Scenario, error) {
	paths, err := scenarios.Find(args...)
	if err != nil {
		return nil, exit(exitUnreachable, err)
	}
	var loaded []*scenarios.Scenario
	var all strictyaml.Errors
	for _, path := range paths {
		rows, err := scenarios.LoadAll(path, o)
		var mistakes strictyaml.Errors
		var unreadable *fs.PathError
		switch {
		case errors.As(err, &mistakes):
			all = append(all, mistakes...)
		case errors.As(err, &unreadable):
			return nil, exit(exitUnreachable, err)
		case err != nil:
			return nil, exit(exitInvalid, err)
		default:
			loaded = append(loaded, rows...)
		}
	}
	if len(all) > 0 {
		return nil, exit(exitInvalid, all)
	}
	return loaded, nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
