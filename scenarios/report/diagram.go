package report

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/idharness/harness"
	"github.com/idharness/harness/scenarios"
)

// diagram is the sequence diagram of a scenario. Each lane is two columns of a
// grid wide, so that its middle is a line of the grid, at which arrows begin
// and end.
type diagram struct {
	Lanes   []string
	Groups  []diagramGroup
	LeftOut int // exchanges for which there was no room
}

// diagramGroup holds the exchanges of a step, or those before, between and
// after steps.
type diagramGroup struct {
	ID, Title string
	Rows      []diagramRow
}

type diagramRow struct {
	Seq        int
	Time       string
	From, To   string // names of lanes
	Kind       string
	Line       string // method and path
	Outcome    string // status, or why none came
	Bad        bool   // it was refused, or a check failed
	Start, End int    // lines of the grid, the lesser first
	Direction  string // right, left or self
	Checks     []harness.Check
	Notes      []string
	Parts      []messagePart
}

// maxLanes bounds the lanes; further ones share the last.
const maxLanes = 8

// laneNames are what the parties of the trace are called in a diagram, in the
// order in which they stand.
var laneNames = []struct{ party, name string }{
	{"browser", "Browser"}, {"client", "Client"}, {"entra", "Entra ID"}, {"identityCenter", "Identity Center"}, {"scim", "SCIM endpoint"},
	{"serviceProvider", "Service provider"}, {"identityProvider", "Identity provider"},
}

// lanesOf gives each party of a trace its lane: those that everybody knows
// first, others as they appear.
func lanesOf(exchanges []harness.Exchange) (names []string, lane map[string]int) {
	var parties []string
	for _, e := range exchanges {
		for _, party := range []string{e.From, e.To} {
			if !slices.Contains(parties, party) && len(parties) < 1000 {
				parties = append(parties, party)
			}
		}
	}
	rank := func(party string) int {
		for i, known := range laneNames {
			if known.party == party {
				return i
			}
		}
		return len(laneNames)
	}
	slices.SortStableFunc(parties, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	lane = make(map[string]int)
	for i, party := range parties {
		name := party
		if r := rank(party); r < len(laneNames) {
			name = laneNames[r].name
		}
		switch {
		case i < maxLanes:
			names = append(names, name)
			lane[party] = i
		default:
			names[maxLanes-1] = "others"
			lane[party] = maxLanes - 1
		}
	}
	return names, lane
}

func diagramOf(id int, r scenarios.Report, room *budget) diagram {
	var d diagram
	var lane map[string]int
	d.Lanes, lane = lanesOf(r.Trace)
	step := 0 // the first that may hold the exchange
	for _, e := range r.Trace {
		if room.rows == 0 {
			d.LeftOut++
			continue
		}
		room.rows--
		for step < len(r.Steps) && r.Steps[step].LastExchange < e.Seq {
			step++
		}
		group := diagramGroup{Title: "Outside the steps"}
		if step < len(r.Steps) && r.Steps[step].FirstExchange <= e.Seq {
			s := r.Steps[step]
			group = diagramGroup{ID: fmt.Sprintf("x%d-%d", id, s.Number), Title: fmt.Sprintf("%d %s", s.Number, s.Title)}
		}
		if last := len(d.Groups) - 1; last < 0 || d.Groups[last].ID != group.ID {
			d.Groups = append(d.Groups, group)
		}
		last := &d.Groups[len(d.Groups)-1]
		last.Rows = append(last.Rows, rowOf(e, d.Lanes, lane, room))
	}
	return d
}

func rowOf(e harness.Exchange, names []string, lane map[string]int, room *budget) diagramRow {
	from, to := lane[e.From], lane[e.To]
	row := diagramRow{
		Seq: e.Seq, Time: e.Time.UTC().Format("2006-01-02 15:04:05Z"), From: names[from], To: names[to], Kind: e.Kind, Line: e.Request.Method + " " + pathOf(e.Request.URL),
		Start: 2*from + 2, End: 2*to + 2, Direction: "right", Checks: e.Checks, Notes: e.Notes, Parts: partsOf(e, room),
	}
	switch {
	case to == from:
		row.Direction, row.End = "self", row.Start+1
	case to < from:
		row.Direction, row.Start, row.End = "left", row.End, row.Start
	}
	row.Bad = e.Response.Status >= http.StatusBadRequest || e.Error != ""
	for _, c := range e.Checks {
		row.Bad = row.Bad || !c.Pass
	}
	switch {
	case e.Error != "":
		row.Outcome = e.Error
	case e.Response.Status != 0:
		row.Outcome = fmt.Sprintf("%d %s", e.Response.Status, http.StatusText(e.Response.Status))
	default:
		row.Outcome = "no response yet"
	}
	return row
}

// pathOf is the path of an address and the names of its parameters, which is
// what people recognize it by; the address itself stands in the request.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return clip(address, 120)
	}
	path := u.Path
	if u.RawQuery != "" {
		path += "?…"
	}
	return clip(path, 120)
}
