package scenarios

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

// A check that cannot fail is none: every single expectation of every shipped
// scenario is made wrong, one at a time, and must then miss what met it. That a
// miss ends in exit status 4 is cmd/harness's to show.
func TestEveryExpectationCanFail(t *testing.T) {
	paths, err := filepath.Glob("*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			flipped := 0
			o := Options{received: shaped(t), judged: func(expect *strictyaml.Node, result any) {
				for _, flip := range matching.Flip(expect) {
					flipped++
					switch {
					case flip.Node == nil:
						t.Errorf("%s: %s cannot be made wrong: %s", flip.Pos, flip.Path, flip.Skip)
					case len(matching.Match(flip.Node, result)) == 0:
						t.Errorf("%s: with %s it is still met: %s", flip.Pos, flip.Change, flip.Path)
					}
				}
			}}
			rows, err := LoadAll(path, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range rows {
				if report := Run(context.Background(), s, o); report.Status != Passed {
					t.Errorf("unchanged %s is not passed but %s: %s", s.Row, report.Status, report.Error)
				}
			}
			if flipped == 0 {
				t.Error("nothing was made wrong")
			}
			t.Logf("%d expectations made wrong", flipped)
		})
	}
}
