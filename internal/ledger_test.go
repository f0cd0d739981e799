package internal_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fewestRows is how many behaviours docs/fidelity.md lists at least: fewer mean
// that its tables are no longer read.
const fewestRows = 100

// confidences are the words that say how a behaviour is known.
var confidences = []string{"documented", "observed", "inferred", "unknown"}

// TestLedgerNamesRealTests: every row of docs/fidelity.md is whole, and the
// tests that it names exist.
func TestLedgerNamesRealTests(t *testing.T) {
	text, err := os.ReadFile("../docs/fidelity.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, mistakes := readLedger(string(text), os.DirFS(".."))
	for _, mistake := range mistakes {
		t.Errorf("docs/fidelity.md:%s", mistake)
	}
	if rows < fewestRows {
		t.Errorf("docs/fidelity.md has %d rows, want at least %d", rows, fewestRows)
	}
}

// The ledger's reader must not let a broken row pass.
func TestLedgerMistakesAreFound(t *testing.T) {
	module := os.DirFS("..")
	const head = "| behaviour | source | confidence | test | knob |\n|---|---|---|---|---|\n"
	for _, test := range []struct{ name, text, want string }{
		{"a good row", head + "| It does `a \\| b`. | RFC 1 | documented | `internal.TestImportRules`, `harness.TestSignIn` | – |", ""},
		{"no test", head + "| a | b | unknown | – | `Config.X` |", ""},
		{"a subtest is not looked for", head + "| a | b | observed | `internal.TestImportRules/with a / and a . in it` | – |", ""},
		{"a fuzz target and an example", head + "| a | b | observed | `idp/claims.FuzzTransform`, `idp/claims.ExampleConfiguration_Validate` | – |", ""},
		{"four columns", head + "| a | b | observed | – |", "3: 4 columns, want 5"},
		{"six columns", head + "| a | b | observed | – | – | – |", "3: 6 columns, want 5"},
		{"an empty column", head + "| a | | observed | – | – |", "3: column source is empty"},
		{"another word", head + "| a | b | certain | – | – |", `3: confidence "certain"`},
		{"a test that does not exist", head + "| a | b | observed | `internal.TestNothing` | – |", "3: package internal has no test TestNothing"},
		{"the second of two tests", head + "| a | b | observed | `internal.TestImportRules`, `internal.TestNo` | – |", "3: package internal has no test TestNo"},
		{"a function that is no test", head + "| a | b | observed | `internal.permitted` | – |", "3: permitted is not the name of a test"},
		{"a function of another package", head + "| a | b | observed | `idp.TestImportRules` | – |", "3: package idp has no test TestImportRules"},
		{"a package that does not exist", head + "| a | b | observed | `idq.TestX` | – |", "3: package idq"},
		{"a path out of the module", head + "| a | b | observed | `../x.TestX` | – |", "3: `../x.TestX` is not package.Test"},
		{"no package", head + "| a | b | observed | `TestImportRules` | – |", "3: `TestImportRules` is not package.Test"},
		{"words for a test", head + "| a | b | observed | see internal.TestImportRules | – |", "3: column test: want code spans"},
		{"an empty test", head + "| a | b | observed | `` | – |", "3: `` is not package.Test"},
		{"another header", "| what | source | confidence | test | knob |\n|---|---|---|---|---|", "1: header"},
		{"no rule below the header", "| behaviour | source | confidence | test | knob |\n| a | b | observed | – | – |", "2: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, mistakes := readLedger(test.text, module)
			got := strings.Join(mistakes, "\n")
			if (got == "") != (test.want == "") || !strings.HasPrefix(got, test.want) {
				t.Errorf("mistakes %q, want %q", got, test.want)
			}
		})
	}
}

var ledgerColumns = []string{"behaviour", "source", "confidence", "test", "knob"}

// readLedger counts the rows of all tables and says what is wrong with them,
// each mistake after its line number.
func readLedger(text string, module fs.FS) (rows int, mistakes []string) {
	tests := testNames{module, make(map[string][]string)}
	below := 0 // lines of the table so far
	for i, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "|") {
			below = 0
			continue
		}
		below++
		cells := cellsOf(line)
		var wrong []string
		switch {
		case below == 1 && !slices.Equal(cells, ledgerColumns):
			wrong = append(wrong, fmt.Sprintf("header %q, want %q", cells, ledgerColumns))
		case below == 2 && strings.Trim(line, "|-") != "":
			wrong = append(wrong, "there is no rule below the header")
		case below > 2:
			rows++
			wrong = checkRow(cells, tests)
		}
		for _, w := range wrong {
			mistakes = append(mistakes, fmt.Sprintf("%d: %s", i+1, w))
		}
	}
	return rows, mistakes
}

// cellsOf splits a row of a table; \| is a bar within a cell.
func cellsOf(line string) []string {
	const bar = "\x00"
	line = strings.ReplaceAll(strings.TrimSpace(line), `\|`, bar)
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(cell, bar, "|"))
	}
	return cells
}

func checkRow(cells []string, tests testNames) (wrong []string) {
	if len(cells) != len(ledgerColumns) {
		return []string{fmt.Sprintf("%d columns, want %d", len(cells), len(ledgerColumns))}
	}
	for i, cell := range cells {
		if cell == "" {
			wrong = append(wrong, "column "+ledgerColumns[i]+" is empty")
		}
	}
	if confidence := cells[2]; !slices.Contains(confidences, confidence) {
		wrong = append(wrong, fmt.Sprintf("confidence %q, want one of %q", confidence, confidences))
	}
	if cells[3] == "–" {
		return wrong
	}
	for i, span := range strings.Split(cells[3], "`") {
		if i%2 == 1 {
			if err := tests.check(span); err != nil {
				wrong = append(wrong, err.Error())
			}
		} else if strings.Trim(span, " ,") != "" {
			wrong = append(wrong, fmt.Sprintf("column test: want code spans or –, got %q", span))
		}
	}
	return wrong
}

// testNames finds the tests of packages, which are named by their folder below
// the module; the root package is harness.
type testNames struct {
	module fs.FS
	known  map[string][]string // by package
}

// check reports whether package.Test, or package.Test/subtest, exists. Names of
// subtests come to be when they run, so they are not looked at.
func (n testNames) check(reference string) error {
	pkg, test, found := strings.Cut(reference, ".") // folders have no dot
	if !found || pkg == "" {
		return fmt.Errorf("`%s` is not package.Test", reference)
	}
	test, _, _ = strings.Cut(test, "/")
	if !slices.ContainsFunc([]string{"Test", "Fuzz", "Example"}, func(kind string) bool { return strings.HasPrefix(test, kind) }) {
		return fmt.Errorf("%s is not the name of a test", test)
	}
	if _, seen := n.known[pkg]; !seen {
		functions, err := testFunctions(n.module, pkg)
		if err != nil {
			return fmt.Errorf("package %s: %w", pkg, err)
		}
		n.known[pkg] = functions
	}
	if !slices.Contains(n.known[pkg], test) {
		return fmt.Errorf("package %s has no test %s", pkg, test)
	}
	return nil
}

// testFunctions returns the names of the functions in a package's test files.
func testFunctions(module fs.FS, pkg string) (names []string, err error) {
	folder := pkg
	if pkg == "harness" {
		folder = "."
	}
	entries, err := fs.ReadDir(module, folder)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file := path.Join(folder, entry.Name())
		source, err := fs.ReadFile(module, file)
		if err != nil {
			return nil, err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(file), source, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range parsed.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names, nil
}
