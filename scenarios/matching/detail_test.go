package matching_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

var update = flag.Bool("update", false, "rewrite the golden files of testdata")

// TestDetail holds the text that explains a failed expectation to golden
// files. NAME.yaml is the expectation, NAME.json what was received.
func TestDetail(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(path, ".yaml")
		t.Run(filepath.Base(name), func(t *testing.T) {
			file, err := strictyaml.Parse(filepath.Base(path), read(t, path))
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, miss := range matching.Match(file.Root().Get("expect"), received(t, string(read(t, name+".json")))) {
				fmt.Fprintf(&b, "%s\n", miss.Detail())
			}
			if *update {
				if err := os.WriteFile(name+".golden", []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(read(t, name+".golden")), b.String()); diff != "" {
				t.Errorf("details (-want +got):\n%s", diff)
			}
		})
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestLargeValuesStayReadable: a thousand users do not fill the screen.
func TestLargeValuesStayReadable(t *testing.T) {
	users := make([]any, 3000)
	for i := range users {
		users[i] = map[string]any{"userName": fmt.Sprintf("user%d@contoso.example", i), "note": strings.Repeat("é", 5000)}
	}
	for _, expect := range []string{`[{userName: ana@contoso.example}]`, `{$contains: [{userName: ana@contoso.example}]}`, `{a: 1}`, `x`} {
		misses := matching.Match(expectation(t, expect), users)
		if len(misses) != 1 {
			t.Fatalf("%s: %d misses", expect, len(misses))
		}
		for line := range strings.Lines(misses[0].Detail()) {
			if len([]rune(line)) > 300 && !strings.Contains(line, "note") {
				t.Errorf("%s: a line of %d characters", expect, len(line))
			}
		}
		if lines := strings.Count(misses[0].Detail(), "\n"); lines > 250 {
			t.Errorf("%s: %d lines", expect, lines)
		}
	}
}
