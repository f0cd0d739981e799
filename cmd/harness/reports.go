package main

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/idharness/harness/scenarios"
	"github.com/idharness/harness/scenarios/report"
)

// reportFlags are the files that a run may leave behind.
type reportFlags struct {
	files []reportFile
}

type reportFile struct {
	flag, usage string
	write       func(io.Writer, []scenarios.Report) error
	name        string // empty: not asked for
}

func (f *reportFlags) register(cmd *cobra.Command) {
	f.files = []reportFile{
		{flag: "report-json", usage: "write a JSON report to `file`", write: report.JSON},
		{flag: "trace", usage: "write every exchange as JSON to `file`", write: report.Trace},
	}
	for i := range f.files {
		cmd.Flags().StringVar(&f.files[i].name, f.files[i].flag, "", f.files[i].usage)
	}
}

// write writes every report that was asked for, whatever becomes of the others.
func (f *reportFlags) write(reports []scenarios.Report) error {
	var errs []error
	for _, file := range f.files {
		if file.name != "" {
			errs = append(errs, report.WriteFile(file.name, func(w io.Writer) error { return file.write(w, reports) }))
		}
	}
	return errors.Join(errs...)
}

// console tells of a run on standard output. It uses colour on a terminal only,
// and not where NO_COLOR is set (no-color.org).
func (p *process) console(quiet bool) *report.Console {
	noColor, set := p.LookupEnv("NO_COLOR")
	dumb, _ := p.LookupEnv("TERM")
	live := p.Terminal && dumb != "dumb"
	return report.NewConsole(p.Stdout, report.ConsoleOptions{Color: live && (!set || noColor == ""), Live: live, Quiet: quiet})
}
