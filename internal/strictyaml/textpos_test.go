package strictyaml_test

import (
	"strings"
	"testing"

	"github.com/idharness/harness/internal/strictyaml"
)

// The exclamation mark is looked for in the value, and must be found where it
// stands in the file.
func TestTextPos(t *testing.T) {
	for _, file := range []string{
		"a: {b: Join(x!)}\n",
		"a:\n  b: Join(!,\n    x)\n",
		"a:\n  b: Join(x,\n    é, !)\n",
		"a:\n  b: 'it''s \"!\"'\n",
		"a:\n  b: 'it''s\n\n    \"!\"'\n",
		"a:\n  b: \"\\\"é\\u00e9\\x41\\U0001F600\\/\\\\ !\"\n",
		"a:\n  b: \"x\\n\\ty \\\n    z !\"\n",
		"a:\n  b: \"\\e\\0\\_!\"\n",
		"a:\n  b: |\n    Join(\n      x,\n\n      !)\n  c: x\n",
		"a:\n  b: >-  # folded\n    Join(\n    é, !)\n",
		"a:\n  b: |2+\n     Join(\n      !)\n\n",
		"a:\r\n  b: |\r\n    Join(\r\n      !)\r\n",
	} {
		root := parse(t, file)
		text := root.Get("a").Get("b").Text()
		offset := strings.IndexByte(text, '!')
		if offset < 0 {
			t.Fatalf("%q has the value %q", file, text)
		}
		before, _, _ := strings.Cut(file, "!")
		line := strings.Count(before, "\n")
		column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
		pos, ok := strictyaml.TextPos(root, "a.b", offset)
		if !ok || pos.Line != line+1 || pos.Column != column+1 {
			t.Errorf("%q: at %d:%d, %v; want %d:%d", file, pos.Line, pos.Column, ok, line+1, column+1)
		}
	}
}

func TestTextPosElsewhere(t *testing.T) {
	root := parse(t, "a: Join(x)\nb: [1]\nc: \"\\\"x\\\"\"\n")
	for _, test := range []struct {
		path         string
		offset       int
		line, column int
		ok           bool
	}{
		{"a", 7, 1, 11, true}, // just after the value
		{"c", 3, 3, 10, true}, // just before the closing quotation mark
		{"a", 8, 1, 4, false},
		{"a", -1, 1, 4, false},
		{"b", 0, 2, 4, false},
		{"d", 0, 1, 1, false},
	} {
		if pos, ok := strictyaml.TextPos(root, test.path, test.offset); ok != test.ok || pos.Line != test.line || pos.Column != test.column {
			t.Errorf("%s byte %d: at %d:%d, %v; want %d:%d, %v", test.path, test.offset, pos.Line, pos.Column, ok, test.line, test.column, test.ok)
		}
	}
	variables := parse(t, "a: \"Join(${x}, y)\"\n")
	made, _ := variables.Interpolate(func(string, strictyaml.Position) (any, bool, error) { return "abc", true, nil })
	if pos, ok := strictyaml.TextPos(made, "a", strings.IndexByte(made.Get("a").Text(), 'y')); ok || pos.Column != 4 {
		t.Errorf("behind a variable: %v, %v", pos, ok)
	}
	if pos, ok := strictyaml.TextPos(made, "a", 4); !ok || pos.Column != 9 {
		t.Errorf("before a variable: %v, %v", pos, ok)
	}
}
