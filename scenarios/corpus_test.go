package scenarios

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var verbOfFormat = regexp.MustCompile(`%[-+#0-9.\[\]]*[a-zA-Z]`)

// Every mistake that reading a file can find stands in the corpus of the command
// or in a test: nobody has seen a message that is in neither.
func TestEveryMistakeIsTried(t *testing.T) {
	tried := ""
	for _, pattern := range []string{
		"../cmd/harness/testdata/broken/*.golden", "../cmd/harness/testdata/warned/*.golden", "../internal/strictyaml/testdata/broken/*",
		"*_test.go", "matching/*_test.go", "../internal/strictyaml/*_test.go",
	} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			tried += string(data)
		}
	}
	// What only a mistake in the program, or a file beyond all bounds, brings up.
	untried := map[string]bool{
		"cannot read YAML into a %T: want a pointer": true, "cannot read YAML into a %s: keys are text": true, "cannot read YAML into a %s": true,
		"the variables in this file unfold to too much: at most %d values and %d bytes":  true,
		"matrix has %d rows; the limit is %d":                                            true,
		"the text after [ is not quoted properly":                                        true,
		"write the file and its variables here; a single variable cannot stand for them": true,
	}
	found := 0
	for _, pattern := range []string{"*.go", "matching/*.go", "../internal/strictyaml/*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			for place, format := range mistakesIn(t, path) {
				found++
				if untried[format] {
					continue
				}
				if !shown(format, tried) {
					t.Errorf("%s: no file of the corpus and no test has the mistake %q", place, format)
				}
			}
		}
	}
	if found < 120 {
		t.Errorf("%d mistakes found in the source, want more", found)
	}
}

// shown reports whether a text has every constant part of a format.
func shown(format, text string) bool {
	parts := verbOfFormat.Split(format, -1)
	expression := make([]string, len(parts))
	for i, part := range parts {
		expression[i] = regexp.QuoteMeta(part)
	}
	if regexp.MustCompile(strings.Join(expression, `.*`)).MatchString(text) {
		return true
	}
	for _, part := range parts { // tests name a part of a message
		if part = strings.TrimSpace(part); len(part) > 8 && strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// mistakesIn lists the formats that a file makes mistakes in files with: calls of
// a method Errorf, not of fmt's function.
func mistakesIn(t *testing.T, path string) map[string]string {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]string)
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || method.Sel.Name != "Errorf" {
			return true
		}
		if from, ok := method.X.(*ast.Ident); ok && (from.Name == "fmt" || from.Name == "t" || from.Name == "p") {
			return true
		}
		if text, ok := call.Args[0].(*ast.BasicLit); ok {
			if format, err := strconv.Unquote(text.Value); err == nil && len(strings.TrimSpace(verbOfFormat.ReplaceAllString(format, ""))) > 3 {
				out[set.Position(call.Pos()).String()] = format
			}
		}
		return true
	})
	return out
}
