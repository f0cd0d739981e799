package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/idharness/harness/scenarios"
)

// maxAnnotation bounds the message of an annotation: GitHub cuts longer ones.
const maxAnnotation = 4 << 10

// GitHub writes what did not pass as workflow commands, of which GitHub Actions
// makes annotations beside the lines of the scenario files
// (https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions).
// They count only on the standard output of a step.
func GitHub(w io.Writer, reports []scenarios.Report) error {
	b := bufio.NewWriter(w)
	for _, r := range reports {
		for _, c := range cases(r) {
			if c.step.Status != scenarios.Failed && c.step.Status != scenarios.Errored {
				continue
			}
			title := r.Name + ": " + c.name
			if len(c.step.Details) == 0 {
				annotate(b, c.step.Place, title, c.text)
			}
			for i, d := range c.step.Details {
				annotate(b, d.Place, title, detailText(c.step, i))
			}
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write annotations: %w", err)
	}
	return nil
}

// detailText is what people read about one of a step's details: a failure as it
// stands, or a mistake with its hint.
func detailText(s scenarios.StepReport, i int) string {
	if i < len(s.Failures) {
		return s.Failures[i]
	}
	d := s.Details[i]
	if d.Hint != "" {
		return d.Message + "\nhint: " + d.Hint
	}
	return d.Message
}

func annotate(b *bufio.Writer, at scenarios.Place, title, message string) {
	b.WriteString("::error file=" + githubProperty(at.File))
	if at.Line > 0 {
		fmt.Fprintf(b, ",line=%d,col=%d", at.Line, at.Column)
	}
	fmt.Fprintf(b, ",title=%s::%s\n", githubProperty(title), githubData(bounded(strings.TrimSpace(message), maxAnnotation)))
}

// githubData and githubProperty escape as actions/toolkit does
// (packages/core/src/command.ts); of its signs, \r cannot occur here.
func githubData(text string) string {
	return strings.NewReplacer("%", "%25", "\n", "%0A").Replace(printableLines(text))
}

func githubProperty(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(githubData(text))
}

// withoutCommands makes a text inert for the runner of GitHub Actions, which
// obeys every line that begins with "::", and "##[" anywhere in a line.
func withoutCommands(text string) string {
	if !strings.Contains(text, "::") && !strings.Contains(text, "##[") {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			line = strings.Replace(line, "::", ": :", 1)
		}
		b.WriteString(strings.ReplaceAll(line, "##[", "## ["))
	}
	return b.String()
}
