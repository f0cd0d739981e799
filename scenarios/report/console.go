package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/idharness/harness/scenarios"
)

// ConsoleOptions say how a console looks.
type ConsoleOptions struct {
	Color bool // the output understands colours
	Live  bool // a line can be rewritten, so the step that runs is shown
	Quiet bool // scenarios that pass are not shown

	Scenarios int                  // how many there are; if several, a live line says how many have ended, and the summary how many were not started
	Elapsed   func() time.Duration // since the run began; default: the scenarios' durations added up

	// GitHub says that the runner of GitHub Actions reads the output, and would
	// obey commands in it.
	GitHub bool
}

// Console tells a person what happens while it happens. Scenarios may run side
// by side: the one that began first is shown as it goes, what the others say
// follows when it has ended. It is safe for concurrent use.
type Console struct {
	out     io.Writer
	options ConsoleOptions

	mu      sync.Mutex
	open    []*consolePage // begun and not yet shown to the end, in the order of their beginnings
	ended   int            // scenarios
	current string         // the step that runs, as a line
	pending bool           // the last line shows it, and is to be rewritten
}

// consolePage is what is told of one scenario.
type consolePage struct {
	scenario *scenarios.Scenario
	text     bytes.Buffer // what is not shown yet
	ended    bool
	passed   bool
}

// NewConsole returns a console that writes to out.
func NewConsole(out io.Writer, o ConsoleOptions) *Console { return &Console{out: out, options: o} }

const (
	green = "32"
	red   = "31"
	grey  = "90"
	bold  = "1"
)

func (c *Console) paint(code, text string) string {
	if !c.options.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Begin tells that a scenario begins.
func (c *Console) Begin(s *scenarios.Scenario) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := &consolePage{scenario: s}
	c.open = append(c.open, p)
	c.tell(p, fmt.Sprintf("%s\n%s\n\n", c.paint(bold, printable(s.Name)), c.paint(grey, printable(s.Path))))
}

// StepBegins shows the step that runs, until it has ended. It is what
// [scenarios.Options.OnStepStart] takes.
func (c *Console) StepBegins(s *scenarios.Scenario, step scenarios.StepReport) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.options.Live || len(c.open) > 0 && c.open[0].scenario != s {
		return
	}
	c.current = fmt.Sprintf("%3d  %-7s  %s", step.Number, "…", printable(step.Title))
	c.showCurrent()
}

// showCurrent shows the step that runs and how far the run is.
func (c *Console) showCurrent() {
	progress := ""
	if c.options.Scenarios > 1 {
		progress = fmt.Sprintf("  [%d of %d]", c.ended, c.options.Scenarios)
	}
	c.clear()
	fmt.Fprint(c.out, c.paint(grey, clip(c.current, liveWidth-len(progress))+progress))
	c.pending = true
}

// liveWidth is how long a line may be that is to be rewritten: one that wraps
// would leave its beginning behind.
const liveWidth = 78

var marks = map[scenarios.Status]struct{ mark, colour string }{
	scenarios.Passed: {"ok", green}, scenarios.Failed: {"FAILED", red}, scenarios.Errored: {"ERROR", red}, scenarios.Skipped: {"skipped", grey},
}

// Step tells what came of a step. It is what [scenarios.Options.OnStep] takes.
func (c *Console) Step(s *scenarios.Scenario, step scenarios.StepReport) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell(c.page(s), c.stepText(step))
}

func (c *Console) stepText(step scenarios.StepReport) string {
	var b strings.Builder
	mark := marks[step.Status]
	fmt.Fprintf(&b, "%3d  %s  %s", step.Number, c.paint(mark.colour, fmt.Sprintf("%-7s", mark.mark)), printable(step.Title))
	if step.Status != scenarios.Skipped {
		detail := round(step.Duration)
		if step.Expectations > 0 {
			detail += ", " + count(step.Expectations, "expectation")
		}
		b.WriteString(c.paint(grey, " ("+detail+")"))
	}
	b.WriteString("\n")
	if step.Reason != "" {
		b.WriteString(c.paint(grey, "     "+printable(step.Reason)) + "\n")
	}
	for _, text := range step.Account {
		b.WriteString(c.paint(grey, "     "+printable(text)) + "\n")
	}
	for _, text := range append(step.Failures[:len(step.Failures):len(step.Failures)], step.Error) {
		if text != "" {
			b.WriteString("\n" + c.failureText(text))
		}
	}
	if step.Status == scenarios.Failed || step.Status == scenarios.Errored {
		b.WriteString("\n")
	}
	return b.String()
}

// failureText indents a failure. On a terminal its headline is bold, and the
// lines of a difference have their colours.
func (c *Console) failureText(text string) string {
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		line = printable(line)
		switch {
		case i == 0:
			line = c.paint(bold, line)
		case strings.HasPrefix(line, "   - "):
			line = c.paint(red, line)
		case strings.HasPrefix(line, "   + "):
			line = c.paint(green, line)
		}
		b.WriteString("     " + line + "\n")
	}
	return b.String()
}

// End tells that a scenario has ended.
func (c *Console) End(s *scenarios.Scenario, r scenarios.Report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.page(s)
	p.ended, p.passed = true, r.Status == scenarios.Passed
	c.ended++
	text := "\n"
	if r.Error != "" {
		text = fmt.Sprintf("%s %s\n\n", c.paint(red, "ERROR"), printableLines(r.Error))
	}
	c.tell(p, text)
	for len(c.open) > 0 {
		head := c.open[0]
		if !head.ended {
			pending := c.pending
			c.show(head)
			if pending && p != head {
				c.showCurrent()
			}
			return
		}
		if c.options.Quiet && head.passed {
			head.text.Reset()
		}
		c.show(head)
		c.open = c.open[1:]
	}
}

// page is where a scenario's text goes: its own page, or one that is not kept
// where nobody said that it begins.
func (c *Console) page(s *scenarios.Scenario) *consolePage {
	for _, p := range c.open {
		if p.scenario == s && !p.ended {
			return p
		}
	}
	p := &consolePage{scenario: s}
	c.open = append(c.open, p)
	return p
}

// tell adds to a page and shows it if its turn has come.
func (c *Console) tell(p *consolePage, text string) {
	if c.options.GitHub {
		text = withoutCommands(text)
	}
	p.text.WriteString(text)
	if p == c.open[0] && !c.options.Quiet {
		c.show(p)
	}
}

func (c *Console) show(p *consolePage) {
	if c.options.Quiet && !p.ended {
		return
	}
	c.clear()
	p.text.WriteTo(c.out)
}

func (c *Console) clear() {
	if c.pending {
		fmt.Fprint(c.out, "\r\x1b[2K")
		c.pending = false
	}
}

// Summary tells the verdict on all scenarios and, where there were several,
// which of them did not pass.
func (c *Console) Summary(reports []scenarios.Report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
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
	if len(reports) > 1 {
		for _, r := range reports {
			c.reminder(r)
		}
	}
	if left := c.options.Scenarios - len(reports); left > 0 {
		fmt.Fprintf(c.out, "not started: %s\n", count(left, "scenario"))
	}
	took := t.Duration
	if c.options.Elapsed != nil {
		took = c.options.Elapsed()
	}
	fmt.Fprintf(c.out, "%s: %s (%s), %s, %s in %s\n", c.paint(colour, word), count(t.Scenarios, "scenario"), strings.Join(parts, ", "),
		count(t.Steps, "step"), count(t.Expectations, "expectation"), round(took))
}

// reminder names what did not pass in a scenario, a line for each step.
func (c *Console) reminder(r scenarios.Report) {
	for _, s := range r.Steps {
		if s.Status != scenarios.Failed && s.Status != scenarios.Errored {
			continue
		}
		mark := marks[s.Status]
		position := s.Position
		if len(s.Details) > 0 && s.Details[0].Place.Line > 0 {
			position = s.Details[0].Place.String()
		}
		fmt.Fprintf(c.out, "%s  %s  %s: %d %s\n", c.paint(mark.colour, fmt.Sprintf("%-6s", mark.mark)), printable(position), printable(r.Name), s.Number, printable(s.Title))
	}
	if r.Error != "" {
		fmt.Fprintf(c.out, "%s  %s  %s\n", c.paint(red, "ERROR "), printable(r.Path), printable(cmp.Or(r.Name, r.Path)))
	}
}
