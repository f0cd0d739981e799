package main

import (
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/idharness/harness/scenarios"
	"github.com/idharness/harness/scenarios/report"
)

// reportFlags are the files that a run may leave behind.
type reportFlags struct {
	files    []reportFile
	annotate bool
}

type reportFile struct {
	flag, usage string
	write       func(io.Writer, []scenarios.Report) error
	traced      bool   // it shows exchanges
	name        string // empty: not asked for
}

func (f *reportFlags) register(cmd *cobra.Command) {
	f.files = []reportFile{
		{flag: "report-json", usage: "write a JSON report to `file`", write: report.JSON},
		{flag: "report-junit", usage: "write a JUnit XML report to `file`", write: report.JUnit},
		{flag: "report-html", usage: "write an HTML report to `file`", write: report.HTML, traced: true},
		{flag: "report-tap", usage: "write a TAP report to `file`", write: report.TAP},
		{flag: "trace", usage: "write every exchange as JSON to `file`", write: report.Trace, traced: true},
	}
	cmd.Flags().BoolVar(&f.annotate, "annotate", false, "print GitHub annotations of what does not pass (default where GITHUB_ACTIONS is true)")
	for i := range f.files {
		cmd.Flags().StringVar(&f.files[i].name, f.files[i].flag, "", f.files[i].usage)
	}
}

// traced reports whether a file that was asked for shows exchanges.
func (f *reportFlags) traced() bool {
	return slices.ContainsFunc(f.files, func(file reportFile) bool { return file.traced && file.name != "" })
}

// write writes every report that was asked for, whatever becomes of the others.
func (f *reportFlags) write(p *process, reports []scenarios.Report) error {
	var errs []error
	if f.annotate || p.onGitHub() {
		errs = append(errs, report.GitHub(p.Stdout, reports))
	}
	for _, file := range f.files {
		if file.name != "" {
			errs = append(errs, report.WriteFile(file.name, func(w io.Writer) error { return file.write(w, reports) }))
		}
	}
	return errors.Join(errs...)
}

// console tells of a run on standard output, as the process allows.
func (p *process) console(o report.ConsoleOptions) *report.Console {
	o.Color, o.Live, o.GitHub = p.color(), p.live(), p.onGitHub()
	return report.NewConsole(p.Stdout, o)
}

// live reports whether standard output is a terminal that obeys escapes.
func (p *process) live() bool {
	term, _ := p.LookupEnv("TERM")
	return p.Terminal && term != "dumb"
}

// color reports whether to use colour: on a terminal only, and not where
// NO_COLOR is set (no-color.org).
func (p *process) color() bool {
	noColor, set := p.LookupEnv("NO_COLOR")
	return p.live() && (!set || noColor == "")
}

func (p *process) onGitHub() bool {
	value, _ := p.LookupEnv("GITHUB_ACTIONS")
	return value == "true"
}
