package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/idharness/harness/scenarios"
)

// console tells a person what happens while it happens. It uses colour on a
// terminal only, and not where NO_COLOR is set (no-color.org).
type console struct {
	out    io.Writer
	colour bool
}

func newConsole(out io.Writer, terminal bool, env func(string) (string, bool)) *console {
	noColour, set := env("NO_COLOR")
	return &console{out: out, colour: terminal && (!set || noColour == "")}
}

const (
	green = "32"
	red   = "31"
	grey  = "90"
	bold  = "1"
)

func (c *console) paint(code, text string) string {
	if !c.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (c *console) begin(s *scenarios.Scenario) {
	fmt.Fprintf(c.out, "%s\n%s\n\n", c.paint(bold, s.Name), c.paint(grey, s.Path))
}

var marks = map[scenarios.Status]struct{ mark, colour string }{
	scenarios.Passed: {"ok", green}, scenarios.Failed: {"FAILED", red}, scenarios.Errored: {"ERROR", red}, scenarios.Skipped: {"skipped", grey},
}

func (c *console) step(_ *scenarios.Scenario, s scenarios.StepReport) {
	mark := marks[s.Status]
	line := fmt.Sprintf("%3d  %s  %s", s.Number, c.paint(mark.colour, fmt.Sprintf("%-7s", mark.mark)), s.Title)
	if s.Status != scenarios.Skipped {
		detail := round(s.Duration)
		if s.Expectations > 0 {
			detail += ", " + count(s.Expectations, "expectation")
		}
		line += c.paint(grey, " ("+detail+")")
	}
	fmt.Fprintln(c.out, line)
	for _, text := range s.Account {
		fmt.Fprintln(c.out, c.paint(grey, "     "+text))
	}
	for _, text := range append(s.Failures, s.Error) {
		if text != "" {
			fmt.Fprintf(c.out, "\n%s\n", indent(strings.TrimRight(text, "\n"), "     "))
		}
	}
	if s.Status == scenarios.Failed || s.Status == scenarios.Errored {
		fmt.Fprintln(c.out)
	}
}

func (c *console) end(r scenarios.Report) {
	if r.Error != "" {
		fmt.Fprintf(c.out, "%s %s\n", c.paint(red, "ERROR"), r.Error)
	}
	fmt.Fprintln(c.out)
}

func (c *console) summary(reports []scenarios.Report) {
	t := scenarios.Sum(reports)
	word, colour := "passed", green
	parts := []string{fmt.Sprintf("%d passed", t.Passed)}
	if t.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", t.Failed))
		word, colour = "failed", red
	}
	if t.Errored > 0 {
		parts = append(parts, fmt.Sprintf("%d could not be run", t.Errored))
		word, colour = "error", red
	}
	fmt.Fprintf(c.out, "%s: %s (%s), %s, %s in %s\n", c.paint(colour, word), count(t.Scenarios, "scenario"), strings.Join(parts, ", "),
		count(t.Steps, "step"), count(t.Expectations, "expectation"), round(t.Duration))
}

func round(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	default:
		return d.Round(time.Millisecond).String()
	}
}

func indent(text, by string) string {
	return by + strings.ReplaceAll(text, "\n", "\n"+by)
}
