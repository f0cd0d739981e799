package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/idharness/harness/scenarios"
)

// TAP writes reports in the Test Anything Protocol, version 13
// (https://testanything.org/tap-version-13-specification.html): a line for each
// step and, for one that did not pass, what is known about it as YAML. Version
// 14 would say nothing more here, and the TAP::Parser of Perl 5.36 refuses it.
func TAP(w io.Writer, reports []scenarios.Report) error {
	b := bufio.NewWriter(w)
	lists := make([][]testCase, len(reports))
	total := 0
	for i, r := range reports {
		lists[i] = cases(r)
		total += len(lists[i])
	}
	fmt.Fprintf(b, "TAP version 13\n1..%d\n", total)
	number := 0
	for i, r := range reports {
		fmt.Fprintf(b, "# %s\n", printable(r.Path))
		for _, c := range lists[i] {
			number++
			verdict, directive := "ok", ""
			switch c.step.Status {
			case scenarios.Skipped:
				directive = " # SKIP " + tapText(c.message)
			case scenarios.Failed, scenarios.Errored:
				verdict = "not ok"
			}
			fmt.Fprintf(b, "%s %d - %s: %s%s\n", verdict, number, tapText(r.Name), tapText(c.name), directive)
			if verdict != "ok" {
				tapDiagnosis(b, c)
			}
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write TAP report: %w", err)
	}
	return nil
}

// tapText is a text as a description may hold it: in one line, and with the
// sign that would begin a directive escaped.
func tapText(text string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(printable(text))
}

// tapDiagnosis writes what is known about a case that did not pass. The texts
// are quoted as in JSON, which is YAML that every reader understands.
func tapDiagnosis(b *bufio.Writer, c testCase) {
	severity := "fail"
	if c.step.Status == scenarios.Errored {
		severity = "error"
	}
	place := c.step.Place
	if len(c.step.Details) > 0 {
		place = c.step.Details[0].Place
	}
	fmt.Fprintf(b, "  ---\n  message: %s\n  severity: %s\n  duration_ms: %.3f\n", yamlText(c.message), severity, c.step.Duration.Seconds()*1000)
	if place.File != "" {
		fmt.Fprintf(b, "  at:\n    file: %s\n", yamlText(place.File))
	}
	if place.Line > 0 {
		fmt.Fprintf(b, "    line: %d\n    column: %d\n", place.Line, place.Column)
	}
	if len(c.step.Details) > 0 && c.step.Details[0].Kind == "expectation" {
		d := c.step.Details[0]
		fmt.Fprintf(b, "  path: %s\n  wanted: %s\n  found: %s\n", yamlText(d.Path), yamlText(d.Expected), yamlText(d.Received))
	}
	fmt.Fprintf(b, "  detail: %s\n  ...\n", yamlText(bounded(c.text, maxText)))
}

func yamlText(text string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(printableLines(text)); err != nil {
		return `""` // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}
