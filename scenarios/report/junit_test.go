package report_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/scenarios"
	"github.com/idharness/harness/scenarios/report"
)

// junitRule is what Jenkins' schema junit-10.xsd
// (github.com/jenkinsci/xunit-plugin) says of an element.
type junitRule struct {
	parents            []string
	required, optional []string // attributes
	text               bool     // it may hold text
}

var junitRules = map[string]junitRule{
	"testsuites": {[]string{""}, nil, []string{"name", "time", "tests", "failures", "errors"}, false},
	"testsuite": {
		[]string{"testsuites", "testsuite"}, []string{"name", "tests", "failures", "errors"},
		[]string{"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"}, false,
	},
	"properties": {[]string{"testsuite"}, nil, nil, false},
	"property":   {[]string{"properties"}, []string{"name", "value"}, nil, false},
	"testcase":   {[]string{"testsuite"}, []string{"name"}, []string{"time", "classname", "group"}, false},
	"failure":    {[]string{"testcase"}, nil, []string{"type", "message"}, true},
	"error":      {[]string{"testcase"}, nil, []string{"type", "message"}, true},
	"skipped":    {[]string{"testcase"}, nil, []string{"type", "message"}, true},
	"system-out": {[]string{"testcase", "testsuite"}, nil, nil, true},
	"system-err": {[]string{"testcase", "testsuite"}, nil, nil, true},
}

var surefireTime = regexp.MustCompile(`^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$`)

// junitMistakes judges a report by the schema, and counts whether its totals
// are true.
func junitMistakes(data []byte) []string {
	var mistakes []string
	wrong := func(format string, args ...any) { mistakes = append(mistakes, fmt.Sprintf(format, args...)) }
	var open []xml.StartElement
	counted := make(map[string]int) // since the beginning of the suite
	all := make(map[string]int)
	promised := make(map[string]int)
	decoder := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return append(mistakes, err.Error())
		}
		switch token := token.(type) {
		case xml.StartElement:
			name, parent := token.Name.Local, ""
			if len(open) > 0 {
				parent = open[len(open)-1].Name.Local
			}
			rule, known := junitRules[name]
			if !known || !slices.Contains(rule.parents, parent) {
				wrong("%s may not stand in %q", name, parent)
			}
			attrs := make(map[string]string)
			for _, a := range token.Attr {
				attrs[a.Name.Local] = a.Value
				if !slices.Contains(rule.required, a.Name.Local) && !slices.Contains(rule.optional, a.Name.Local) {
					wrong("%s may not have the attribute %s", name, a.Name.Local)
				}
			}
			for _, attr := range rule.required {
				if _, ok := attrs[attr]; !ok {
					wrong("%s lacks the attribute %s", name, attr)
				}
			}
			if t, ok := attrs["time"]; ok && !surefireTime.MatchString(t) {
				wrong("%s has the time %q", name, t)
			}
			if name == "testsuite" || name == "testsuites" {
				for _, total := range []string{"tests", "failures", "errors", "skipped"} {
					if text, ok := attrs[total]; ok {
						promised[name+total], err = strconv.Atoi(text)
						if err != nil {
							wrong("%s has %s=%q", name, total, text)
						}
					}
				}
			}
			counted[name]++
			all[name]++
			open = append(open, token.Copy())
		case xml.CharData:
			if len(open) > 0 && !junitRules[open[len(open)-1].Name.Local].text && strings.TrimSpace(string(token)) != "" {
				wrong("%s holds the text %q", open[len(open)-1].Name.Local, token)
			}
		case xml.EndElement:
			open = open[:len(open)-1]
			count := counted
			if token.Name.Local == "testsuites" {
				count = all
			}
			if token.Name.Local == "testsuite" || token.Name.Local == "testsuites" {
				for total, element := range map[string]string{"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"} {
					if said, ok := promised[token.Name.Local+total]; ok && said != count[element] {
						wrong("%s says %s=%d and holds %d", token.Name.Local, total, said, count[element])
					}
				}
				clear(counted)
			}
		}
	}
	if all["testsuites"] != 1 || all["testcase"] == 0 {
		wrong("%d testsuites, %d cases", all["testsuites"], all["testcase"])
	}
	return mistakes
}

func TestJUnitKeepsToTheSchema(t *testing.T) {
	reports := sample()
	reports[0].Duration = 4321 * time.Second
	reports = append(reports, scenarios.Report{Name: "\x00", Path: "/tmp/../x y/\u202e.yaml", Tags: []string{"\x01"}, Status: scenarios.Failed})
	var out bytes.Buffer
	if err := report.JUnit(&out, reports); err != nil {
		t.Fatal(err)
	}
	for _, mistake := range junitMistakes(out.Bytes()) {
		t.Error(mistake)
	}
	if strings.ContainsFunc(out.String(), func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
		t.Error("it holds characters that XML 1.0 forbids")
	}
}

// The judge itself finds what is wrong.
func TestJUnitJudgeFinds(t *testing.T) {
	var out bytes.Buffer
	if err := report.JUnit(&out, sample()); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`failures="1"`, `failures="2"`}, {`errors="2"`, `errors="1"`}, {`skipped="1"`, `skipped="0"`}, {`<testcase name="3 observe"`, `<testcase title="3 observe"`},
		{"<properties>", "<properties>text"}, {`time="1.235"`, `time="1m"`}, {"<skipped ", "<skip "}, {`</testsuites>`, ``},
	} {
		broken := bytes.Replace(out.Bytes(), []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(broken, out.Bytes()) {
			t.Errorf("%s is not in the report", change[0])
		}
		if len(junitMistakes(broken)) == 0 {
			t.Errorf("%s for %s goes unnoticed", change[1], change[0])
		}
	}
}

// No format grows without bounds with what a system under test sends.
func TestHugeTextsAreCut(t *testing.T) {
	reports := sample()
	reports[0].Steps[1].Failures = []string{strings.Repeat("é", 1<<20)}
	reports[0].Steps[1].Account = []string{strings.Repeat("é", 1<<20)}
	for name, write := range map[string]func(io.Writer, []scenarios.Report) error{"JUnit": report.JUnit, "TAP": report.TAP, "GitHub": report.GitHub} {
		var out bytes.Buffer
		if err := write(&out, reports); err != nil {
			t.Fatal(err)
		}
		if out.Len() > 600<<10 || !strings.Contains(out.String(), "bytes left out") {
			t.Errorf("%s takes %d bytes", name, out.Len())
		}
		if strings.ContainsRune(out.String(), '\ufffd') && strings.Contains(out.String(), "é\ufffd") {
			t.Errorf("%s: a character was cut in two", name)
		}
	}
}
