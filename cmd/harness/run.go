package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/idharness/harness"
	"github.com/idharness/harness/scenarios"
)

func (p *process) runCommand() *cobra.Command {
	var vars variableFlags
	var seed uint64
	var failFast bool
	var reportJSON, traceFile string
	cmd := &cobra.Command{
		Use:   "run FILE|DIR...",
		Short: "Run scenario files and check their expectations",
		Example: `  harness run scenarios/entra-to-aws.yaml
  harness run scenarios/ --report-json report.json --trace trace.json`,
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
			c := newConsole(p.Stdout, p.Terminal, p.LookupEnv)
			o.OnStep = c.step
			var reports []scenarios.Report
			for _, s := range loaded {
				c.begin(s)
				report := scenarios.Run(cmd.Context(), s, o)
				c.end(report)
				reports = append(reports, report)
				if failFast && report.Status != scenarios.Passed || cmd.Context().Err() != nil {
					break
				}
			}
			c.summary(reports)
			err = errors.Join(writeFile(reportJSON, func(f *os.File) error { return scenarios.WriteJSON(f, reports) }), writeFile(traceFile, func(f *os.File) error { return writeTrace(f, reports) }))
			if err != nil {
				return exit(exitUnreachable, err)
			}
			return verdictOf(reports)
		},
	}
	vars.register(cmd)
	cmd.Flags().Uint64Var(&seed, "seed", 1, "seed of every id")
	cmd.Flags().BoolVar(&failFast, "fail-fast", false, "stop after the first scenario that does not pass")
	cmd.Flags().StringVar(&reportJSON, "report-json", "", "write a JSON report to `file`")
	cmd.Flags().StringVar(&traceFile, "trace", "", "write every exchange as JSON to `file`")
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

func writeFile(name string, write func(*os.File) error) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// writeTrace writes the exchanges of each scenario.
func writeTrace(f *os.File, reports []scenarios.Report) error {
	type entry struct {
		Scenario  string             `json:"scenario"`
		Exchanges []harness.Exchange `json:"exchanges"`
	}
	entries := make([]entry, len(reports))
	for i, r := range reports {
		entries[i] = entry{r.Name, r.Trace}
	}
	encoder := json.NewEncoder(f)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(entries); err != nil {
		return fmt.Errorf("write trace: %w", err)
	}
	return nil
}
