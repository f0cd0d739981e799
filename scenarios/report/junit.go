package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/idharness/harness/scenarios"
)

// maxText bounds what one step may put into a JUnit or TAP report.
const maxText = 64 << 10

// The elements of a JUnit report, in the shape that Jenkins' junit-10.xsd
// allows: attributes that only some readers know, such as a test case's file,
// are not in it.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		File       string          `xml:"file,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name    string       `xml:"name,attr"`
		Class   string       `xml:"classname,attr"`
		Time    string       `xml:"time,attr"`
		Skipped *junitResult `xml:"skipped"`
		Error   *junitResult `xml:"error"`
		Failure *junitResult `xml:"failure"`
		Out     string       `xml:"system-out,omitempty"`
	}
	junitResult struct {
		Type    string `xml:"type,attr,omitempty"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes reports as JUnit XML: a suite for each scenario, a case for each
// step. Characters that XML does not allow are replaced, long texts cut.
func JUnit(w io.Writer, reports []scenarios.Report) error {
	all := junitSuites{Name: "harness"}
	var took time.Duration
	for _, r := range reports {
		suite := junitSuiteOf(r)
		all.Suites = append(all.Suites, suite)
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Errors += suite.Errors
		took += r.Duration
	}
	all.Time = seconds(took)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func junitSuiteOf(r scenarios.Report) junitSuite {
	suite := junitSuite{
		Name: printable(r.Name), File: r.Path, Time: seconds(r.Duration),
		Properties: []junitProperty{{"seed", strconv.FormatUint(r.Seed, 10)}},
	}
	for _, tag := range r.Tags {
		suite.Properties = append(suite.Properties, junitProperty{"tag", tag})
	}
	for _, c := range cases(r) {
		junit := junitCase{Name: printable(c.name), Class: className(r.Path, r.Row), Time: seconds(c.step.Duration)}
		result := &junitResult{Type: c.kind, Message: printable(c.message), Text: printableLines(bounded(c.text, maxText))}
		switch c.step.Status {
		case scenarios.Skipped:
			junit.Skipped = &junitResult{Message: printable(c.message)}
			suite.Skipped++
		case scenarios.Failed:
			junit.Failure = result
			suite.Failures++
		case scenarios.Errored:
			junit.Error = result
			suite.Errors++
		}
		if c.step.Status != scenarios.Skipped && c.step.Position != "" {
			junit.Out = printableLines(bounded(strings.Join(append([]string{c.step.Position}, c.step.Account...), "\n"), maxText))
		}
		suite.Cases = append(suite.Cases, junit)
		suite.Tests++
	}
	return suite
}

// className is a path as readers of JUnit expect the name of a class, which
// they group cases by. Rows of a matrix are classes of their own.
func className(path, row string) string {
	path = filepath.ToSlash(filepath.Clean(strings.TrimSuffix(path, filepath.Ext(path))))
	class := strings.ReplaceAll(strings.TrimLeft(path, "./"), "/", ".")
	if row != "" {
		class += " " + strings.ReplaceAll(printable(row), ".", "_") // a dot would end the package
	}
	return class
}
