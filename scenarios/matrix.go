package scenarios

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
)

// maxMatrix is how many rows a matrix may have.
const maxMatrix = 1000

// matrixRow is a row of a matrix: variables for one run of the scenario.
type matrixRow struct {
	name   string
	values []strictyaml.Pair
	node   *strictyaml.Node
}

// get returns a variable of the row, or nil.
func (r *matrixRow) get(name string) *strictyaml.Node {
	if r != nil {
		for _, pair := range r.values {
			if pair.Key.Text() == name {
				return pair.Value
			}
		}
	}
	return nil
}

// readMatrix reads the rows of a matrix. declared are the variables of the file,
// which a row may leave at their value.
func readMatrix(n, declared *strictyaml.Node) ([]*matrixRow, strictyaml.Errors) {
	switch {
	case n.Kind() != strictyaml.List:
		return nil, strictyaml.Errors{n.Errorf("expected a list of rows, each a map of variables, got %s", n.Kind())}
	case len(n.Items()) == 0:
		return nil, strictyaml.Errors{n.Errorf("matrix has no row: the scenario would never run")}
	case len(n.Items()) > maxMatrix:
		return nil, strictyaml.Errors{n.Errorf("matrix has %d rows; the limit is %d", len(n.Items()), maxMatrix)}
	}
	var rows []*matrixRow
	var errs strictyaml.Errors
	for _, item := range n.Items() {
		row, rowErrs := readRow(item)
		if len(rowErrs) == 0 && len(rows) > 0 {
			rowErrs = row.compare(rows, declared)
		}
		errs = append(errs, rowErrs...)
		if len(rowErrs) == 0 {
			rows = append(rows, row)
		}
	}
	return rows, errs
}

// compare checks a row against those before it. The first one says which
// variables there are; beside these a row may give those of the file another
// value.
func (r *matrixRow) compare(before []*matrixRow, declared *strictyaml.Node) strictyaml.Errors {
	var errs strictyaml.Errors
	first := before[0]
	for _, pair := range r.values {
		name := pair.Key.Text()
		if first.get(name) != nil || declared != nil && declared.Get(name) != nil {
			continue
		}
		e := pair.Key.Errorf("the first row has no %q", name)
		e.Hint = "every row gives the same variables; a value for all others can stand under vars"
		if near, ok := strictyaml.Nearest(name, first.columns()); ok {
			e.Hint = "did you mean " + near + "?"
		}
		errs = append(errs, e)
	}
	if len(errs) > 0 {
		return errs
	}
	for _, name := range first.columns() {
		if r.get(name) == nil && (declared == nil || declared.Get(name) == nil) {
			e := r.node.Errorf("the row lacks %q, which the first row has", name)
			e.Hint = "every row gives the same variables; a value for all others can stand under vars"
			errs = append(errs, e)
		}
	}
	if at := slices.IndexFunc(before, func(other *matrixRow) bool { return other.name == r.name }); at >= 0 && len(errs) == 0 {
		e := r.node.Errorf("this row is called %q like the one in line %d: no report could tell them apart", r.name, before[at].node.Pos().Line)
		e.Hint = "give them different values, or a name each"
		errs = append(errs, e)
	}
	return errs
}

func (r *matrixRow) columns() []string {
	names := make([]string, len(r.values))
	for i, pair := range r.values {
		names[i] = pair.Key.Text()
	}
	return names
}

func readRow(n *strictyaml.Node) (*matrixRow, strictyaml.Errors) {
	if n.Kind() != strictyaml.Map {
		return nil, strictyaml.Errors{n.Errorf("expected a row, which is a map of variables, got %s", n.Kind())}
	}
	row := &matrixRow{node: n}
	var errs strictyaml.Errors
	var described []string
	for _, pair := range n.Pairs() {
		name := pair.Key.Text()
		switch {
		case name == "name":
			if pair.Value.Kind() != strictyaml.String || pair.Value.Text() == "" {
				errs = append(errs, pair.Value.Errorf("the name of a row is text, got %s", pair.Value.Kind()))
			}
			row.name = pair.Value.Text()
		case !isVariable(name):
			errs = append(errs, pair.Key.Errorf("%q is no name for a variable: use letters, digits and _", name))
		default:
			row.values = append(row.values, pair)
			described = append(described, name+"="+rowText(pair.Value))
		}
	}
	if len(row.values) == 0 && len(errs) == 0 {
		errs = append(errs, n.Errorf("the row gives no variable"))
	}
	if row.name == "" {
		row.name = strings.Join(described, ", ")
	}
	return row, errs
}

// rowText is a value as it is written in the file: what a variable stands for
// may be a secret.
func rowText(n *strictyaml.Node) string {
	const most = 40
	text := n.Text()
	if !n.IsScalar() {
		if data, err := json.Marshal(n.Any()); err == nil {
			text = string(data)
		}
	}
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most-1]) + "…"
	}
	return text
}

// rowErrors puts the mistakes of all rows into one list. Those that not every
// row has tell which do.
func rowErrors(rows []*matrixRow, perRow []strictyaml.Errors) strictyaml.Errors {
	if len(rows) == 1 && rows[0] == nil {
		return perRow[0]
	}
	type mistake struct {
		strictyaml.Position
		message string
	}
	found := make(map[mistake][]string)
	for i, errs := range perRow {
		for _, e := range strictyaml.Join(errs) {
			key := mistake{e.Pos, e.Message}
			found[key] = append(found[key], rows[i].name)
		}
	}
	var all strictyaml.Errors
	for _, errs := range perRow {
		for _, e := range errs {
			if in := found[mistake{e.Pos, e.Message}]; len(in) < len(rows) {
				told := *e
				told.Message += fmt.Sprintf(" (in the row %q", in[0])
				if len(in) > 1 {
					told.Message += fmt.Sprintf(" and %d more", len(in)-1)
				}
				told.Message += ")"
				e = &told
			}
			all = append(all, e)
		}
	}
	return strictyaml.Join(all)
}
