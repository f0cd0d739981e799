package strictyaml_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/strictyaml"
)

// TestSnippetPutsTheCaretUnderTheColumn counts what terminals show: tabs are
// repeated, wide characters take two cells, combining marks none.
func TestSnippetPutsTheCaretUnderTheColumn(t *testing.T) {
	tests := []struct {
		name   string
		line   string
		column int
		want   string // the last two lines
	}{
		{"first", "name: x", 1, " 7 | name: x\n   | ^\n"},
		{"middle", "name: x", 7, " 7 | name: x\n   |       ^\n"},
		{"after the end", "name:", 6, " 7 | name:\n   |      ^\n"},
		{"far after the end", "", 40, " 7 |\n   | ^\n"},
		{"tab", "a\tb: x", 3, " 7 | a\tb: x\n   |  \t^\n"},
		{"wide", "名前: x", 5, " 7 | 名前: x\n   |       ^\n"},
		{"emoji", "🎉: x", 4, " 7 | 🎉: x\n   |     ^\n"},
		{"combining", "e\u0301: x", 5, " 7 | e\u0301: x\n   |    ^\n"},
		{"escape sequence", "a\x1b[2J: x", 7, " 7 | a\ufffd[2J: x\n   |       ^\n"},
		{"bad byte", "a\xff: x", 5, " 7 | a\ufffd: x\n   |     ^\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := strictyaml.Snippet(strictyaml.Position{File: "f.yaml", Line: 7, Column: test.column}, test.line)
			_, got, _ = strings.Cut(got, "\n   |\n")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSnippetOfAWholeFile(t *testing.T) {
	if got := strictyaml.Snippet(strictyaml.Position{File: "f.yaml"}, ""); got != "  --> f.yaml\n" {
		t.Errorf("got %q", got)
	}
}

func TestSnippetClipsLongLines(t *testing.T) {
	line := strings.Repeat("a", 999) + "X" + strings.Repeat("b", 999)
	for _, column := range []int{1, 81, 1000, 1999} {
		lines := strings.Split(strictyaml.Snippet(strictyaml.Position{File: "f", Line: 7, Column: column}, line), "\n")
		shown, caret := []rune(lines[2]), []rune(lines[3])
		if len(shown) > 170 {
			t.Errorf("column %d: %d characters are shown", column, len(shown))
		}
		if at := len(caret) - 1; at >= len(shown) || (column == 1000) != (shown[at] == 'X') {
			t.Errorf("column %d: the caret is at %d of %q", column, at, string(shown))
		}
	}
}
