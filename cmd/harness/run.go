package main

import (
	"github.com/spf13/cobra"

	"github.com/idharness/harness/scenarios"
)

func (p *process) runCommand() *cobra.Command {
	var vars variableFlags
	var seed uint64
	var failFast, quiet bool
	var files reportFlags
	cmd := &cobra.Command{
		Use:   "run FILE|DIR...",
		Short: "Run scenario files and check their expectations",
		Example: `  harness run scenarios/entra-to-aws.yaml
  harness run scenarios/ --report-html report.html --report-junit junit.xml`,
		Args: atLeastOneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := vars.options(p.LookupEnv)
			if err != nil {
				return err
			}
			loaded, err := p.load(args, o)
			if err != nil {
				return err
			}
			o.Seed = seed
			c := p.console(quiet)
			o.OnStepStart, o.OnStep = c.StepBegins, c.Step
			var reports []scenarios.Report
			for _, s := range loaded {
				c.Begin(s)
				report := scenarios.Run(cmd.Context(), s, o)
				c.End(s, report)
				reports = append(reports, report)
				if failFast && report.Status != scenarios.Passed || cmd.Context().Err() != nil {
					break
				}
			}
			c.Summary(reports)
			if err := files.write(p, reports); err != nil {
				return exit(exitUnreachable, err)
			}
			return verdictOf(reports)
		},
	}
	vars.register(cmd)
	cmd.Flags().Uint64Var(&seed, "seed", 1, "seed of every id")
	cmd.Flags().BoolVar(&failFast, "fail-fast", false, "stop after the first scenario that does not pass")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "do not show scenarios that pass")
	files.register(cmd)
	return cmd
}

// verdictOf turns reports into an exit status: what could not be run outranks
// what failed, because its result is not known.
func verdictOf(reports []scenarios.Report) error {
	worst := scenarios.Passed
	for _, r := range reports {
		worst = max(worst, r.Status)
	}
	switch worst {
	case scenarios.Passed:
		return nil
	case scenarios.Failed:
		return exit(exitFailed, nil)
	default:
		return exit(exitUnreachable, nil)
	}
}
