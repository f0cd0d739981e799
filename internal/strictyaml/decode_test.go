package strictyaml_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/strictyaml"
)

func ptr[T any](v T) *T { return &v }

func TestDecode(t *testing.T) {
	got, errs := read("good.yaml", []byte(`
name: login
tags: [a, b]
vars: {domain: contoso.example, count: 3, deep: [{x: null}]}
clock: 2026-01-05T09:00:00+01:00
users:
  - &ana {userPrincipalName: ana@contoso.example, displayName: "12", enabled: false, assignments: [1, a]}
  - *ana
steps:
  - disableUser: ana@contoso.example
  - disableUser: {user: bob@contoso.example, reason: left}
  - provision: {cycle: initial, tries: 2.0}
  - provision:
  - advance: 1d
  - advance: null
labels: {"https://example.com/a.b": x}
mode: strict
modes: [relaxed, strict]
account: "012345678901"
timeout: 90d
retries: -4
ratio: 2
small: 127
positive: 7
debug: true
`))
	if len(errs) > 0 {
		t.Fatal(errs.Detail())
	}
	ana := user{UserPrincipalName: "ana@contoso.example", DisplayName: "12", Enabled: ptr(false), Assignments: []any{1, "a"}}
	want := scenario{
		Name:  "login",
		Tags:  []string{"a", "b"},
		Vars:  map[string]any{"domain": "contoso.example", "count": 3, "deep": []any{map[string]any{"x": nil}}},
		Clock: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC),
		Users: []user{ana, ana},
		Steps: []step{
			{DisableUser: &disable{User: "ana@contoso.example"}},
			{DisableUser: &disable{User: "bob@contoso.example", Reason: "left"}},
			{Provision: &provision{Cycle: "initial", Tries: 2}},
			{Provision: &provision{}}, // "provision:" alone is a step without arguments
			{Advance: ptr(24 * time.Hour)},
			{},
		},
		Labels:  map[string]string{"https://example.com/a.b": "x"},
		Mode:    "strict",
		Modes:   []string{"relaxed", "strict"},
		Account: "012345678901",
		numbers: numbers{Timeout: 90 * 24 * time.Hour, Retries: -4, Ratio: 2, Small: 127, Positive: 7, Debug: ptr(true)},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(scenario{})); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeGivesNodes(t *testing.T) {
	got, _ := read("x.yaml", []byte("name: x\nexpect: {users: 1}\n"))
	if got.Expect == nil || got.Expect.Get("users").Pos().String() != "x.yaml:2:17" {
		t.Errorf("got %v", got.Expect)
	}
}

// TestDecodeOverwritesOnlyWhatIsGiven: defaults are set before decoding.
func TestDecodeOverwritesOnlyWhatIsGiven(t *testing.T) {
	got := provision{Cycle: "incremental", Tries: 5}
	if errs := strictyaml.Decode(parse(t, "tries: 6"), &got); len(errs) > 0 {
		t.Fatal(errs)
	}
	if want := (provision{Cycle: "incremental", Tries: 6}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestUnresolvedFitsEveryType: before a scenario runs, what its steps will
// save is not known, and must not be reported as wrong.
func TestUnresolvedFitsEveryType(t *testing.T) {
	root, errs := parse(t, `
name: ${later}
tags: ${later}
vars: ${later}
clock: ${later}
users: [{userPrincipalName: "${later}", enabled: "${later}", "${later}": 1}, "${later}"]
steps: [{provision: "${later}", advance: "${later}"}, {provision: {cycle: "${later}", tries: "${later}"}}, {disableUser: "${later}"}]
mode: ${later}
modes: [strict, "${later}"]
timeout: ${later}
retries: ${later}
ratio: ${later}
`).Interpolate(variables)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var got scenario
	if errs := strictyaml.Decode(root, &got); len(errs) > 0 {
		t.Fatal(errs.Detail())
	}
	if got.Name != "${later}" || got.Steps[2].DisableUser.User != "${later}" {
		t.Errorf("texts do not show their placeholder: %+v", got)
	}
	if got.Steps[0].Provision == nil || got.Steps[0].Advance == nil || got.Retries != 0 || got.Tags != nil {
		t.Errorf("got %+v", got)
	}
}

func TestDecodeRefusesWhatItCannotFill(t *testing.T) {
	root := parse(t, "a: 1")
	for _, into := range []any{
		nil, scenario{}, (*scenario)(nil), new(map[int]string), new(struct{ A chan int }), new(struct{ A error }), new(struct{ A [2]int }),
		new(struct{ A complex128 }),
	} {
		if errs := strictyaml.Decode(root, into); len(errs) != 1 {
			t.Errorf("into %T: %v", into, errs)
		}
	}
}

// TestWrongTypesAreNamed: what is expected is said in the words of the file,
// not of Go.
func TestWrongTypesAreNamed(t *testing.T) {
	type inner struct{ X int }
	tests := []struct {
		into any
		text string
		want string
	}{
		{new(struct{ A []inner }), "a: 5", "expected a list of maps, got the number 5"},
		{new(struct{ A []*inner }), "a: x", `expected a list of maps, got the text "x"`},
		{new(struct{ A []map[string]int }), "a: {}", "expected a list of maps, got a map"},
		{new(struct{ A [][]string }), "a: true", "expected a list of lists, got true"},
		{new(struct{ A []time.Duration }), "a: 5m", `expected a list of durations, got the text "5m"`},
		{new(struct{ A []time.Time }), "a: {}", "expected a list of times, got a map"},
		{new(struct{ A []bool }), "a: true", "expected a list of true or false, got true"},
		{new(struct{ A []float64 }), "a: 1.5", "expected a list of numbers, got the number 1.5"},
		{new(struct{ A []any }), "a: x", `expected a list of values, got the text "x"`},
		{new(struct{ A []disable }), "a: x", `expected a list of values, got the text "x"`},
		{new(struct{ A []string }), "a: [[]]", "expected text, got a list"},
		{new(struct{ A *inner }), "a: []", "expected a map, got a list"},
		{new(struct{ A *bool }), "a: 0", "expected true or false, got the number 0"},
		{new(struct{ A bool }), "a:", "expected true or false, got nothing"},
		{new(struct{ A int }), "a: '5'", `expected a whole number, got the text "5"`},
		{new(struct{ A uint8 }), "a: .inf", "expected a whole number, got the number .inf"},
		{new(struct{ A float64 }), "a: {}", "expected a number, got a map"},
		{new(struct{ A time.Duration }), "a:", "expected a duration such as 30s, 40m, 1h30m or 90d, got nothing"},
		{new(struct{ A time.Time }), "a: 2026", "expected a time such as 2026-01-05T09:00:00Z (RFC 3339), got the number 2026"},
		{new(struct{ A map[string]string }), "a: x", `expected a map, got the text "x"`},
		{new(struct {
			A map[string]string `oneOf:"on|off"`
		}), "a: {b: offf}", `unknown value "offf"; did you mean "off"?`},
		{new(struct{}), "a: 1", `unknown key "a"; there are no known keys here`},
		{new(struct{ A string }), "a: {b: &x [1]}", "expected text, got a map"},
		{new(struct{ A string }), "a: " + strings.Repeat("9", 18), "expected text, got the number 999999999999999999"},
		{new(struct{ A int }), "a: " + strings.Repeat("x", 200), `expected a whole number, got the text "` + strings.Repeat("x", 79) + `…"`},
	}
	for _, test := range tests {
		errs := strictyaml.Decode(parse(t, test.text), test.into)
		if len(errs) != 1 || errs[0].Message != test.want {
			t.Errorf("%.40s into %T: got %v, want %s", test.text, test.into, errs, test.want)
		}
	}
}

func TestFields(t *testing.T) {
	type Base struct {
		ID   string `yaml:"id" doc:"what it is called"`
		Name string `yaml:"name" doc:"hidden by the outer name"`
	}
	type options struct{ AllowURLs bool }
	type outer struct {
		Base
		options
		Name     string   `json:"name,omitempty" required:"true"`
		Kinds    []string `yaml:"kinds" oneOf:"a|b"`
		UserName int
		HTTPPort int
		URL      string
		Hidden   string `yaml:"-" json:"shown"`
		private  string
	}
	_ = outer{}.private
	want := []strictyaml.Field{
		{Name: "id", Type: reflect.TypeFor[string](), Index: []int{0, 0}, Doc: "what it is called"},
		{Name: "name", Type: reflect.TypeFor[string](), Index: []int{2}, Required: true},
		{Name: "allowURLs", Type: reflect.TypeFor[bool](), Index: []int{1, 0}},
		{Name: "kinds", Type: reflect.TypeFor[[]string](), Index: []int{3}, OneOf: []string{"a", "b"}},
		{Name: "userName", Type: reflect.TypeFor[int](), Index: []int{4}},
		{Name: "httpPort", Type: reflect.TypeFor[int](), Index: []int{5}},
		{Name: "url", Type: reflect.TypeFor[string](), Index: []int{6}},
	}
	byName := cmp.Comparer(func(a, b reflect.Type) bool { return a == b })
	if diff := cmp.Diff(want, strictyaml.Fields(reflect.TypeFor[outer]()), byName); diff != "" {
		t.Error(diff)
	}
}

func TestPlain(t *testing.T) {
	type inner struct {
		At   time.Time `json:"at"`
		Tags []string  `json:"tags"`
		Big  uint64    `json:"big"`
	}
	got, err := strictyaml.Plain(map[string]any{
		"struct": inner{time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), []string{"a"}, 18446744073709551615},
		"list":   []any{int64(9007199254740993), float32(0.5), nil},
		"node":   parse(t, "[1, x]"),
		"nil":    (*strictyaml.Node)(nil),
	})
	want := map[string]any{
		"struct": map[string]any{"at": "2026-01-05T00:00:00Z", "tags": []any{"a"}, "big": 18446744073709551616.0},
		"list":   []any{9007199254740993, 0.5, nil},
		"node":   []any{1, "x"},
		"nil":    nil,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	loop := []any{nil}
	loop[0] = loop
	if _, err := strictyaml.Plain(loop); err == nil {
		t.Error("a list within itself was accepted")
	}
}

// level is a type that reads text.
type level int

// UnmarshalText reads low or high.
func (l *level) UnmarshalText(text []byte) error {
	switch string(text) {
	case "low":
		*l = 1
	case "high":
		*l = 2
	default:
		return fmt.Errorf("%q is neither low nor high", text)
	}
	return nil
}

func TestDecodeTextUnmarshaler(t *testing.T) {
	for _, test := range []struct {
		yaml, wrong string
		want        level
	}{
		{"level: high", "", 2},
		{"level: loud", `1:8: "loud" is neither low nor high`, 0},
		{"level: [high]", "1:8", 0},
	} {
		file, err := strictyaml.Parse("f.yaml", []byte(test.yaml))
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Level level `yaml:"level"`
		}
		errs := strictyaml.Decode(file.Root(), &got)
		if test.wrong == "" && len(errs) > 0 || test.wrong != "" && !strings.Contains(errs.Error(), test.wrong) {
			t.Errorf("%s: Decode = %v, want %q", test.yaml, errs, test.wrong)
		}
		if got.Level != test.want {
			t.Errorf("%s: level = %d, want %d", test.yaml, got.Level, test.want)
		}
	}
}
