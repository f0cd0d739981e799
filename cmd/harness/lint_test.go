package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is allowed but most likely not meant is told, with the same places as
// mistakes; only --strict takes it for one.
func TestWarnings(t *testing.T) {
	paths, err := filepath.Glob("testdata/warned/*.yaml")
	if err != nil || len(paths) < 6 {
		t.Fatalf("%d files: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			got := command(t, "lint", path)
			if got.status != exitPassed || !strings.HasPrefix(got.stdout, "1 file valid, ") || !strings.HasSuffix(got.stdout, " warnings\n") && got.stdout != "1 file valid, 1 warning\n" {
				t.Errorf("exit status %d, %q", got.status, got.stdout)
			}
			if strict := command(t, "lint", "--strict", path); strict.status != exitInvalid || strict.stderr != got.stderr || strict.stdout != "" {
				t.Errorf("--strict: exit status %d, %q\n%s", strict.status, strict.stdout, strict.stderr)
			}
			golden := strings.TrimSuffix(path, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got.stderr), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.stderr); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

// Nothing that is shipped is warned of.
func TestLibraryHasNoWarnings(t *testing.T) {
	if got := command(t, "lint", "--strict", "../../scenarios"); got.status != exitPassed {
		t.Errorf("exit status %d\n%s", got.status, got.stderr)
	}
}

func TestLintJSON(t *testing.T) {
	for _, test := range []struct {
		path     string
		status   int
		severity string
		want     diagnostic
	}{
		{"testdata/broken/unknown-user.yaml", exitInvalid, "error", diagnostic{}},
		{"testdata/warned/tag-twice.yaml", exitPassed, "warning", diagnostic{
			File: "testdata/warned/tag-twice.yaml", Line: 7, Column: 12, Severity: "warning", Message: `the tag "slow" chooses nothing here: the scenario has it too`,
		}},
	} {
		got := command(t, "lint", "--json", test.path)
		var list []diagnostic
		if err := json.Unmarshal([]byte(got.stdout), &list); err != nil {
			t.Fatalf("%s: %v\n%s", test.path, err, got.stdout)
		}
		if got.status != test.status || got.stderr != "" || len(list) == 0 || list[0].Severity != test.severity || list[0].Line == 0 || list[0].File != test.path {
			t.Errorf("%s: exit status %d, %q, %+v", test.path, got.status, got.stderr, list)
		}
		if test.want != (diagnostic{}) && list[0] != test.want {
			t.Errorf("%s: %+v, want %+v", test.path, list[0], test.want)
		}
	}
	if got := command(t, "lint", "--json", "../../scenarios/demo.yaml"); got.stdout != "[]\n" || got.status != exitPassed {
		t.Errorf("a file without mistakes: exit status %d, %q", got.status, got.stdout)
	}
	if got := command(t, "lint", "--json", "--strict", "testdata/warned/tag-twice.yaml"); got.status != exitInvalid {
		t.Errorf("--strict: exit status %d", got.status)
	}
}

// An expression that chooses nothing is found before anything runs.
func TestLintTags(t *testing.T) {
	const path = "testdata/warned/tag-twice.yaml"
	for _, test := range []struct {
		tags   string
		status int
		says   string
	}{
		{"login", exitPassed, ""},
		{"lgoin", exitUnreachable, "did you mean login instead of lgoin?"},
		{"!slow", exitUnreachable, "choose no scenario"},
		{"login &&", exitUsage, "--tags"},
	} {
		got := command(t, "lint", "--tags", test.tags, path)
		if got.status != test.status || !strings.Contains(got.stderr, test.says) {
			t.Errorf("%s: exit status %d, want %d with %q\n%s", test.tags, got.status, test.status, test.says, got.stderr)
		}
	}
}
