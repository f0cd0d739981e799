package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios"
)

//go:embed report.html
var pageText string

//go:embed report.css
var styleText string

// page is what the template shows.
type page struct {
	Style     template.CSS
	StyleHash string // for the page's Content-Security-Policy
	Title     string
	Verdict   scenarios.Status
	Summary   string
	Scenarios []scenarioView
}

type scenarioView struct {
	ID      int
	Report  scenarios.Report
	Open    bool
	Took    string
	Steps   []stepView
	Diagram diagram
}

type stepView struct {
	scenarios.StepReport
	ID        string
	Took      string
	Details   []detailView
	Result    string
	Expects   string // how many expectations it has, in words
	Exchanges string // a few words on those of the diagram; empty where there are none
}

type detailView struct {
	scenarios.Detail
	Excerpt string
	Diff    []diffLine
}

type diffLine struct{ Class, Text string }

// HTML writes reports as one page that needs nothing from outside: the steps of
// each scenario, what went wrong, and a sequence diagram of the exchanges, each
// of which opens to show what was sent and how it was judged. The page runs no
// script, and its policy forbids any.
func HTML(w io.Writer, reports []scenarios.Report) error {
	t, err := template.New("report").Parse(pageText)
	if err != nil {
		return fmt.Errorf("parse HTML report: %w", err)
	}
	hash := sha256.Sum256([]byte(styleText))
	totals := scenarios.Sum(reports)
	p := page{
		Style: template.CSS(styleText), StyleHash: "'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'", Title: "harness report",
		Summary: fmt.Sprintf("%s: %d passed, %d failed, %d could not be run. %s, %s in %s.", count(totals.Scenarios, "scenario"), totals.Passed, totals.Failed, totals.Errored,
			count(totals.Steps, "step"), count(totals.Expectations, "expectation"), round(totals.Duration)),
	}
	room := &budget{bytes: maxPage, rows: maxRows}
	for i, r := range reports {
		p.Verdict = max(p.Verdict, r.Status)
		p.Scenarios = append(p.Scenarios, scenarioViewOf(i+1, r, len(reports) == 1, room))
	}
	if len(reports) == 1 {
		p.Title = reports[0].Name + " – " + p.Title
	}
	var b strings.Builder
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("render HTML report: %w", err)
	}
	if _, err := io.WriteString(w, printableLines(b.String())); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	return nil
}

func scenarioViewOf(id int, r scenarios.Report, only bool, room *budget) scenarioView {
	v := scenarioView{ID: id, Report: r, Open: only || r.Status != scenarios.Passed, Took: round(r.Duration)}
	for _, s := range r.Steps {
		step := stepView{StepReport: s, ID: fmt.Sprintf("s%d-%d", id, s.Number), Took: round(s.Duration)}
		if s.LastExchange > 0 {
			step.Exchanges = count(s.LastExchange-s.FirstExchange+1, "exchange")
		}
		if s.Expectations > 0 {
			step.Expects = count(s.Expectations, "expectation")
		}
		for _, d := range s.Details {
			step.Details = append(step.Details, detailViewOf(d))
		}
		if s.Result != nil {
			step.Result = room.take(indentJSON(s.Result))
		}
		v.Steps = append(v.Steps, step)
	}
	v.Diagram = diagramOf(id, r, room)
	return v
}

func detailViewOf(d scenarios.Detail) detailView {
	v := detailView{Detail: d}
	if d.Place.File != "" {
		v.Excerpt = strings.TrimRight(strictyaml.Snippet(strictyaml.Position(d.Place), d.Source), "\n")
	}
	for line := range strings.Lines(d.Diff) {
		class := ""
		switch {
		case strings.HasPrefix(line, "- "):
			class = "del"
		case strings.HasPrefix(line, "+ "):
			class = "ins"
		}
		v.Diff = append(v.Diff, diffLine{class, strings.TrimRight(line, "\n")})
	}
	return v
}

const (
	maxPage = 16 << 20 // bytes of messages and results in a page
	maxShow = 24 << 10 // bytes of one of them
	maxRows = 6000     // exchanges in a page
)

const leftOut = "left out: the report would become too large"

// budget bounds what a page holds.
type budget struct{ bytes, rows int }

// take returns as much of a text as there is room for.
func (b *budget) take(text string) string {
	if text == "" {
		return ""
	}
	text = bounded(text, maxShow)
	if len(text) > b.bytes {
		return leftOut
	}
	b.bytes -= len(text)
	return text
}
