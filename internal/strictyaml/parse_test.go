package strictyaml_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/strictyaml"
)

func parse(t *testing.T, text string) *strictyaml.Node {
	t.Helper()
	file, err := strictyaml.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatalf("parsing %q: %v", text, err)
	}
	return file.Root()
}

// TestScalarsFollowTheCoreSchema covers YAML 1.2.2, section 10.3.2, and the
// YAML 1.1 readings that must not come back.
func TestScalarsFollowTheCoreSchema(t *testing.T) {
	tests := []struct {
		text string
		kind strictyaml.Kind
		want any
	}{
		{"null", strictyaml.Null, nil},
		{"~", strictyaml.Null, nil},
		{"NULL", strictyaml.Null, nil},
		{"nULL", strictyaml.String, "nULL"},
		{"true", strictyaml.Bool, true},
		{"False", strictyaml.Bool, false},
		{"yes", strictyaml.String, "yes"},
		{"on", strictyaml.String, "on"},
		{"n", strictyaml.String, "n"},
		{"0", strictyaml.Int, 0},
		{"-7", strictyaml.Int, -7},
		{"+7", strictyaml.Int, 7},
		{"0123", strictyaml.Int, 123}, // not octal
		{"0o17", strictyaml.Int, 15},
		{"0xFf", strictyaml.Int, 255},
		{"-0x1", strictyaml.String, "-0x1"},
		{"0b11", strictyaml.String, "0b11"},
		{"0o8", strictyaml.String, "0o8"},
		{"1_000", strictyaml.String, "1_000"},
		{"9223372036854775807", strictyaml.Int, math.MaxInt64},
		{"1.5", strictyaml.Float, 1.5},
		{"1.", strictyaml.Float, 1.0},
		{".5", strictyaml.Float, 0.5},
		{"-1e3", strictyaml.Float, -1000.0},
		{"1E-2", strictyaml.Float, 0.01},
		{".inf", strictyaml.Float, math.Inf(1)},
		{"-.INF", strictyaml.Float, math.Inf(-1)},
		{".", strictyaml.String, "."},
		{"e3", strictyaml.String, "e3"},
		{"1e", strictyaml.String, "1e"},
		{"+", strictyaml.String, "+"},
		{"1.2.3", strictyaml.String, "1.2.3"},
		{"12:30", strictyaml.String, "12:30"},
		{"2026-01-05", strictyaml.String, "2026-01-05"},
		{"2026-01-05T09:00:00Z", strictyaml.String, "2026-01-05T09:00:00Z"},
		{`"1"`, strictyaml.String, "1"},
		{`'true'`, strictyaml.String, "true"},
		{"\"caf\\u00e9\"", strictyaml.String, "café"},
		{"|\n  a\n  b", strictyaml.String, "a\nb\n"},
		{">-\n  a\n  b", strictyaml.String, "a b"},
		{"&anchor 5", strictyaml.Int, 5},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			got := parse(t, "a: "+test.text+"\n").Get("a")
			if got.Kind() != test.kind || got.Value() != test.want {
				t.Errorf("got %v %#v, want %v %#v", got.Kind(), got.Value(), test.kind, test.want)
			}
			if got.Pos().String() != "test.yaml:1:4" {
				t.Errorf("at %v", got.Pos())
			}
		})
	}
	if got := parse(t, "a: .nan").Get("a").Value().(float64); !math.IsNaN(got) {
		t.Errorf(".nan is %v", got)
	}
}

func TestAny(t *testing.T) {
	root := parse(t, "a: &x [1, 1.5, {b: null}]\nc: *x\n12: true\nnull: text\n")
	list := []any{1, 1.5, map[string]any{"b": nil}}
	want := map[string]any{"a": list, "c": list, "12": true, "null": "text"}
	if diff := cmp.Diff(want, root.Any()); diff != "" {
		t.Error(diff)
	}
}

func TestPairsKeepTheOrderOfTheFile(t *testing.T) {
	var keys []string
	for _, pair := range parse(t, "z: 1\na: 2\nm: 3\n").Pairs() {
		keys = append(keys, fmt.Sprintf("%s %v", pair.Key.Text(), pair.Key.Pos()))
	}
	want := []string{"z test.yaml:1:1", "a test.yaml:2:1", "m test.yaml:3:1"}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error(diff)
	}
}

// TestAliasesPointAtTheirAnchor: what an alias stands for is mended where the
// anchor is.
func TestAliasesPointAtTheirAnchor(t *testing.T) {
	root := parse(t, "? &k key\n: &v {a: 1}\nother: *v\nname: *k\nmore: {*k : 2}\n")
	if got := root.Get("other").Get("a").Pos().String(); got != "test.yaml:2:10" {
		t.Errorf("the alias of a map is at %s", got)
	}
	if got := root.Get("name").Text(); got != "key" {
		t.Errorf("the alias of a key is %q", got)
	}
	if got := root.Get("more").Get("key").Value(); got != 2 {
		t.Errorf("the value of an alias as a key is %v", got)
	}
}

func TestLimits(t *testing.T) {
	// The elements of a list of MaxNodes nodes, itself included: 999 lists of
	// 250 and 249 numbers.
	thousand := "&a [" + strings.Repeat("1,", 249) + "]," + strings.Repeat("*a,", 998) + strings.Repeat("1,", 249)
	tests := []struct {
		name, text, want string // want is empty where the text is within limits
	}{
		{"size", strings.Repeat("#", strictyaml.MaxSize) + "\n", "big.yaml: the file has 1048577 bytes; the limit is 1048576"},
		{"size met", "a: 1\n" + strings.Repeat("#", strictyaml.MaxSize-5), ""},
		{"depth", strings.Repeat("[", 101) + strings.Repeat("]", 101), "big.yaml:1:101: nested more than 100 deep"},
		{"depth met", strings.Repeat("[", 100) + strings.Repeat("]", 100), ""},
		{"absurd depth", strings.Repeat("[", 100_000), "big.yaml:1:10001: nested more than 100 deep"},
		{"nodes", "[" + thousand + "1]", "big.yaml:1:1: more than 250000 values, counting what aliases stand for"},
		{"nodes met", "[" + thousand + "]", ""},
		{"errors", "a: 1\n" + strings.Repeat("a: 1\n", 10_100), "10000 errors"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := strictyaml.Parse("big.yaml", []byte(test.text))
			got := ""
			if errs, ok := errors.AsType[strictyaml.Errors](err); ok {
				got = errs[0].Error()
				if len(errs) > 1 {
					got = fmt.Sprintf("%d errors", len(errs))
				}
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestErrorsAreFoundOneByOne(t *testing.T) {
	_, err := strictyaml.Parse("test.yaml", []byte("a: 1\na: 2\nb: !x 1\n"))
	want := "test.yaml:2:1: the key \"a\" is already given on line 1\ntest.yaml:3:4: the tag !x is not supported"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	one, ok := errors.AsType[*strictyaml.Error](fmt.Errorf("reading: %w", err))
	if !ok || one.Pos.Line != 2 {
		t.Errorf("errors.As found %v", one)
	}
	if err := (strictyaml.Errors)(nil).Err(); err != nil {
		t.Errorf("no errors are the error %v", err)
	}
}

func TestJoinSortsAndDropsRepetitions(t *testing.T) {
	at := func(file string, line, column int) *strictyaml.Error {
		return &strictyaml.Error{Pos: strictyaml.Position{File: file, Line: line, Column: column}, Message: "wrong"}
	}
	got := strictyaml.Join(strictyaml.Errors{at("b", 1, 1), at("a", 2, 9)}, nil, strictyaml.Errors{at("a", 2, 3), at("a", 2, 9), at("a", 1, 5)})
	want := "a:1:5: wrong\na:2:3: wrong\na:2:9: wrong\nb:1:1: wrong"
	if got.Error() != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// What Brief leaves out it counts, file by file.
func TestBriefCountsWhatItLeavesOut(t *testing.T) {
	at := func(file string, line int) *strictyaml.Error {
		return &strictyaml.Error{Pos: strictyaml.Position{File: file, Line: line, Column: 1}, Message: fmt.Sprint("wrong ", line)}
	}
	errs := strictyaml.Errors{at("a", 1), at("a", 2), at("a", 3), at("a", 4), at("b", 1), at("b", 2)}
	got := errs.Brief(2)
	want := errs[:2].Detail() + "\n… and 2 more in a\n\n" + errs[4:].Detail()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(errs.Detail(), errs.Brief(4)); diff != "" {
		t.Error(diff)
	}
}
