package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/idharness/harness/scenarios"
	"github.com/idharness/harness/scenarios/report"
)

// runFlags are the flags of run that say how scenarios are run.
type runFlags struct {
	vars      variableFlags
	seed      uint64
	jobs      int
	failFast  bool
	watch     bool
	quiet     bool
	files     reportFlags
	addresses addressFlags
	tags      string
	chosen    *scenarios.TagExpression // nil: all
}

func (f *runFlags) register(cmd *cobra.Command) {
	f.vars.register(cmd)
	cmd.Flags().Uint64Var(&f.seed, "seed", 1, "seed of every id")
	cmd.Flags().StringVar(&f.tags, "tags", "", "run what the `EXPR` of tags chooses, such as 'login && !slow'")
	cmd.Flags().IntVarP(&f.jobs, "jobs", "j", runtime.GOMAXPROCS(0), "run at most `N` scenarios side by side")
	cmd.Flags().BoolVar(&f.failFast, "fail-fast", false, "start no scenario after one that does not pass")
	cmd.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "do not show scenarios that pass")
	cmd.Flags().BoolVarP(&f.watch, "watch", "w", false, "run again what changes, until Ctrl-C")
	f.files.register(cmd)
	f.addresses.register(cmd)
}

func (f *runFlags) check(cmd *cobra.Command) error {
	if cmd.Flags().Changed("tags") {
		chosen, err := scenarios.ParseTags(f.tags)
		if err != nil {
			return fmt.Errorf("--tags: %w", err)
		}
		f.chosen = chosen
	}
	if f.jobs < 1 {
		return fmt.Errorf("--jobs %d: want 1 or more", f.jobs)
	}
	return f.addresses.cfg.Validate()
}

func (p *process) runCommand() *cobra.Command {
	var flags runFlags
	cmd := &cobra.Command{
		Use:   "run FILE|DIR...",
		Short: "Run scenario files and check their expectations",
		Example: `  harness run scenarios/entra-to-aws.yaml
  harness run scenarios/ --report-html report.html --report-junit junit.xml`,
		Args: atLeastOneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(cmd); err != nil {
				return err
			}
			if flags.watch {
				return newWatch(p, args, &flags).run(cmd.Context())
			}
			o, err := flags.options(p.LookupEnv)
			if err != nil {
				return err
			}
			loaded, err := p.load(args, o)
			if err != nil {
				return err
			}
			if err := flags.vars.check(loaded); err != nil {
				return err
			}
			if loaded, err = flags.chosen.Select(loaded); err != nil {
				return exit(exitUnreachable, err)
			}
			return p.run(cmd.Context(), loaded, o, &flags)
		},
	}
	flags.register(cmd)
	return cmd
}

// options are those of loading and of running.
func (f *runFlags) options(env func(string) (string, bool)) (scenarios.Options, error) {
	o, err := f.vars.options(env)
	o.Seed, o.Tags, o.Harness = f.seed, f.chosen, f.addresses.cfg
	return o, err
}

// run runs scenarios, tells of them, and writes the reports.
func (p *process) run(ctx context.Context, loaded []*scenarios.Scenario, o scenarios.Options, flags *runFlags) error {
	reports := p.perform(ctx, loaded, o, flags)
	if err := flags.files.write(p, reports); err != nil {
		return exit(exitUnreachable, err)
	}
	if left := len(loaded) - len(reports); left > 0 && ctx.Err() != nil {
		return exit(exitUnreachable, fmt.Errorf("interrupted: %s did not run", count(left, "scenario")))
	}
	return verdictOf(reports)
}

// perform runs scenarios and tells of them, up to the verdict.
func (p *process) perform(ctx context.Context, loaded []*scenarios.Scenario, o scenarios.Options, flags *runFlags) []scenarios.Report {
	began := time.Now()
	c := p.console(report.ConsoleOptions{Quiet: flags.quiet, Scenarios: len(loaded), Elapsed: func() time.Duration { return time.Since(began) }})
	o.OnStepStart, o.OnStep = c.StepBegins, c.Step
	reports := scenarios.RunAll(ctx, loaded, scenarios.AllOptions{Options: o, Jobs: flags.jobs, FailFast: flags.failFast, WithoutTrace: !flags.files.traced(), OnBegin: c.Begin, OnEnd: c.End})
	c.Summary(reports)
	return reports
}

// verdictOf turns reports into an exit status: what could not be run outranks
// what failed, because its result is not known.
func verdictOf(reports []scenarios.Report) error {
	if len(reports) == 0 {
		return exit(exitUnreachable, errors.New("no scenario ran"))
	}
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
