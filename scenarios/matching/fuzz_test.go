package matching_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

// FuzzMatch looks for panics, and for expectations that are met and cannot
// fail.
func FuzzMatch(f *testing.F) {
	for _, test := range matched {
		f.Add([]byte(test.expect), []byte(test.got))
	}
	f.Add([]byte("{$contain: [a], b: {$len: x}}"), []byte(`{"a": [1]}`))
	f.Fuzz(func(t *testing.T, expect, got []byte) {
		if len(expect)+len(got) > 4096 || strings.Contains(string(got), "flipped") {
			return
		}
		file, err := strictyaml.Parse("fuzz.yaml", expect)
		var value any
		if err != nil || json.Unmarshal(got, &value) != nil {
			return
		}
		misses := matching.Match(file.Root(), value)
		for _, miss := range misses {
			if miss.Message == "" || miss.Expected == "" || miss.Received == "" || miss.Detail() == "" {
				t.Errorf("%+v explains nothing", miss)
			}
		}
		flips := matching.Flip(file.Root())
		if count := matching.Count(file.Root()); count > len(flips) {
			t.Errorf("%d expectations, %d flips", count, len(flips))
		}
		if len(misses) > 0 {
			return
		}
		for _, flip := range flips {
			if flip.Node != nil && len(matching.Match(flip.Node, value)) == 0 {
				t.Errorf("%s, where %s, still matches", flip.Path, flip.Change)
			}
		}
	})
}
