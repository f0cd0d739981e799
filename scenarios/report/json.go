package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/idharness/harness"
	"github.com/idharness/harness/scenarios"
)

// JSON writes reports as JSON: {totals, scenarios}. docs/commands.md describes
// its fields, which stay.
func JSON(w io.Writer, reports []scenarios.Report) error {
	if reports == nil {
		reports = []scenarios.Report{}
	}
	return encode(w, "JSON report", struct {
		Totals    scenarios.Totals   `json:"totals"`
		Scenarios []scenarios.Report `json:"scenarios"`
	}{scenarios.Sum(reports), reports})
}

// Trace writes the exchanges of each scenario as JSON: a list of {scenario,
// path, exchanges}.
func Trace(w io.Writer, reports []scenarios.Report) error {
	type entry struct {
		Scenario  string             `json:"scenario"`
		Path      string             `json:"path"`
		Exchanges []harness.Exchange `json:"exchanges"`
	}
	entries := make([]entry, len(reports))
	for i, r := range reports {
		entries[i] = entry{r.Name, r.Path, r.Trace}
	}
	return encode(w, "trace", entries)
}

func encode(w io.Writer, what string, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return nil
}
