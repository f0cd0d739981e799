package strictyaml_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/strictyaml"
)

// TestNodesCanBeRebuilt: the parts are replaced, positions and the original
// stay.
func TestNodesCanBeRebuilt(t *testing.T) {
	root := parse(t, "a:\n  - 1\n  - x\n")
	list := root.Get("a")
	values := []any{nil, true, 3, 0.5, 1e30, "${x}", []int{1}}
	var items []*strictyaml.Node
	for _, value := range values {
		items = append(items, list.Items()[0].WithValue(value))
	}
	made := root.WithPairs([]strictyaml.Pair{{Key: root.WithValue("b"), Value: list.WithItems(items)}})
	want := map[string]any{"b": []any{nil, true, 3, 0.5, 1e30, "${x}", "[1]"}}
	if diff := cmp.Diff(want, made.Any()); diff != "" {
		t.Error(diff)
	}
	var texts []string
	for _, item := range made.Get("b").Items() {
		texts = append(texts, item.Text())
		if item.Pos().String() != "test.yaml:2:5" || item.SourceLine() != "  - 1" {
			t.Errorf("%q is at %v, %q", item.Text(), item.Pos(), item.SourceLine())
		}
	}
	if diff := cmp.Diff([]string{"null", "true", "3", "0.5", "1e+30", "${x}", "[1]"}, texts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"a": []any{1, "x"}}, root.Any()); diff != "" {
		t.Errorf("the original changed: %s", diff)
	}
	if root.Get("missing") != nil || list.Get("a") != nil {
		t.Error("found a key that is not there")
	}
}

func TestPairPointsAtWhatTheEyeFinds(t *testing.T) {
	var got []string
	for _, pair := range parse(t, "beside: {a: 1}\nbelow:\n  a: 1\ntext: |\n  x\n").Pairs() {
		got = append(got, pair.PointAt().Pos().String())
	}
	if diff := cmp.Diff([]string{"test.yaml:1:9", "test.yaml:2:1", "test.yaml:4:7"}, got); diff != "" {
		t.Error(diff)
	}
}
