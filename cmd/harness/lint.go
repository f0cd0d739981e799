package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios"
)

// lintFlags are the flags of lint.
type lintFlags struct {
	vars   variableFlags
	tags   string
	strict bool
	json   bool
}

func (p *process) lintCommand() *cobra.Command {
	var flags lintFlags
	cmd := &cobra.Command{
		Use:   "lint FILE|DIR...",
		Short: "Check scenario files without running them",
		Args:  atLeastOneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			var chosen *scenarios.TagExpression
			if cmd.Flags().Changed("tags") {
				var err error
				if chosen, err = scenarios.ParseTags(flags.tags); err != nil {
					return fmt.Errorf("--tags: %w", err)
				}
			}
			o, err := flags.vars.options(p.LookupEnv)
			if err != nil {
				return err
			}
			loaded, err := p.load(args, o)
			var mistakes strictyaml.Errors
			if err != nil && !(flags.json && errors.As(err, &mistakes)) {
				return err
			}
			if len(mistakes) == 0 {
				if err := flags.vars.check(loaded); err != nil {
					return err
				}
			}
			if err := p.lint(loaded, mistakes, flags); err != nil {
				return err
			}
			if _, err := chosen.Select(loaded); err != nil {
				return exit(exitUnreachable, err)
			}
			return nil
		},
	}
	flags.vars.register(cmd)
	cmd.Flags().StringVar(&flags.tags, "tags", "", "check too that the `EXPR` of tags chooses something")
	cmd.Flags().BoolVar(&flags.strict, "strict", false, "take warnings for mistakes")
	cmd.Flags().BoolVar(&flags.json, "json", false, "print mistakes and warnings as JSON, for editors")
	return cmd
}

// lint tells what is wrong with files, and what is most likely not meant.
func (p *process) lint(loaded []*scenarios.Scenario, mistakes strictyaml.Errors, flags lintFlags) error {
	files := make(map[string]bool)
	var warnings strictyaml.Errors
	for _, s := range loaded {
		files[s.Path] = true
		warnings = append(warnings, s.Warnings()...)
	}
	warnings = strictyaml.Join(warnings) // rows of a matrix and included files repeat them
	if flags.json {
		if err := writeDiagnostics(p.Stdout, mistakes, warnings); err != nil {
			return exit(exitUnreachable, err)
		}
	} else if len(warnings) > 0 {
		told := make(strictyaml.Errors, len(warnings))
		for i, w := range warnings {
			marked := *w
			marked.Message = "warning: " + w.Message
			told[i] = &marked
		}
		fmt.Fprint(p.Stderr, told.Brief(maxMistakes))
	}
	if len(mistakes) > 0 || flags.strict && len(warnings) > 0 {
		return exit(exitInvalid, nil)
	}
	if !flags.json {
		told := count(len(files), "file") + " valid"
		if len(warnings) > 0 {
			told += ", " + count(len(warnings), "warning")
		}
		fmt.Fprintln(p.Stdout, told)
	}
	return nil
}

// diagnostic is a mistake or a warning as editors read it.
type diagnostic struct {
	File     string `json:"file"`
	Line     int    `json:"line"` // from 1; 0 for the file as a whole
	Column   int    `json:"column"`
	Severity string `json:"severity"` // error, warning
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

func writeDiagnostics(w io.Writer, mistakes, warnings strictyaml.Errors) error {
	all := []diagnostic{}
	for _, list := range []struct {
		severity string
		errs     strictyaml.Errors
	}{{"error", mistakes}, {"warning", warnings}} {
		for _, e := range list.errs {
			all = append(all, diagnostic{e.Pos.File, e.Pos.Line, e.Pos.Column, list.severity, e.Message, e.Hint})
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return fmt.Errorf("write diagnostics: %w", err)
	}
	return nil
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
