package scenarios

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// chapters are the parts of docs/library.md. A scenario stands in the chapter of
// its first tag.
var chapters = []struct{ tag, title string }{
	{"login", "Signing in"},
	{"claims", "Claims and NameID"},
	{"certificates", "Certificates and signatures"},
	{"provisioning", "Automatic provisioning"},
	{"aws", "Accounts and permission sets"},
	{"misconfiguration", "What goes wrong"},
	{"demo", "What `harness up` starts"},
}

const libraryHead = `# The scenario library

Files to run, read and copy from: ` + "`harness run scenarios/`" + ` runs all of them, ` + "`harness run scenarios/NAME.yaml`" + ` one. Each begins with what it
shows, what the person sees, and which page says so. [scenarios.md](scenarios.md) explains the language. Written by ` + "`make update`" + ` from
the files.
`

// The index has a line for every scenario.
func TestLibraryIndexIsCurrent(t *testing.T) {
	paths, err := filepath.Glob("*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	lines := make(map[string][]string)
	for _, path := range paths {
		all, err := LoadAll(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		s, rows := all[0], "" // rows of a matrix differ in nothing else that stands in the index
		if s.Row != "" {
			s.Name, rows = strings.TrimSuffix(s.Name, " ["+s.Row+"]"), fmt.Sprintf(", %d rows", len(all))
		}
		if len(s.Tags) == 0 || !slices.ContainsFunc(chapters, func(c struct{ tag, title string }) bool { return c.tag == s.Tags[0] }) {
			t.Errorf("%s: the first tag is that of a chapter of docs/library.md; tags are %q", path, s.Tags)
			continue
		}
		lines[s.Tags[0]] = append(lines[s.Tags[0]], fmt.Sprintf("- [%s](../scenarios/%s): %s (%s)%s\n", strings.TrimSuffix(path, ".yaml"), path, s.Name, strings.Join(s.Tags, ", "), rows))
	}
	got := libraryHead
	for _, c := range chapters {
		got += "\n## " + c.title + "\n\n" + strings.Join(lines[c.tag], "")
	}
	if *update {
		if err := os.WriteFile("../docs/library.md", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("../docs/library.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("docs/library.md is not what the scenarios are: run make update (-committed +generated):\n%s", diff)
	}
}

// A scenario begins with what it shows, in two to six lines below that of the
// schema, and with the page that says so.
func TestScenariosSayWhatTheyShow(t *testing.T) {
	paths, err := filepath.Glob("*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	page := regexp.MustCompile(`\b(Microsoft|AWS), |\bRFC \d`)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var header []string
		for i, line := range strings.Split(string(data), "\n") {
			text, isComment := strings.CutPrefix(line, "#")
			if !isComment {
				break
			}
			if text = strings.TrimSpace(text); i > 0 && text != "" {
				header = append(header, text)
			}
		}
		if n := len(header); n < 2 || n > 6 {
			t.Errorf("%s: the header has %d lines, want 2 to 6", path, n)
		}
		if text := strings.Join(header, " "); path != "demo.yaml" && !page.MatchString(text) {
			t.Errorf("%s: the header names no page, such as AWS, \"Troubleshooting\"", path)
		}
	}
}
