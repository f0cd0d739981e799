package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const taggedFile = `name: %
tags: [%]
steps:
  - {observe: entra.users, expect: []}
  - {observe: entra.groups, expect: [], tags: [slow]}
`

// Tags choose scenarios and steps; every report says which steps were left out,
// and nothing says of what was not chosen that it passed.
func TestRunByTags(t *testing.T) {
	dir := t.TempDir()
	for _, tag := range []string{"login", "mail"} {
		write(t, dir, tag+".yaml", strings.ReplaceAll(taggedFile, "%", tag))
	}
	path := func(name string) string { return filepath.Join(dir, name) }
	got := command(t, "run", dir, "--tags", "login && !slow", "--report-junit", path("r.xml"), "--report-tap", path("r.tap"), "--report-html", path("r.html"), "--report-json", path("r.json"))
	if got.status != exitPassed || !strings.Contains(got.stdout, "passed: 1 scenario (1 passed), 1 step, 1 expectation") || strings.Contains(got.stdout, "mail") {
		t.Errorf("exit status %d\n%s%s", got.status, got.stdout, got.stderr)
	}
	if !strings.Contains(got.stdout, "  2  skipped  observe\n     not chosen by the tags login && !slow\n") {
		t.Errorf("it does not say which step is left out:\n%s", got.stdout)
	}
	for name, want := range map[string]string{
		"r.xml":  `<skipped message="not chosen by the tags login &amp;&amp; !slow">`,
		"r.tap":  "ok 2 - login: 2 observe # SKIP not chosen by the tags login && !slow\n",
		"r.html": "not chosen by the tags login &amp;&amp; !slow",
		"r.json": `"reason": "not chosen by the tags login && !slow"`,
	} {
		data, err := os.ReadFile(path(name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(data), want) || strings.Contains(string(data), "mail") {
			t.Errorf("%s lacks %q, or has the other scenario:\n%.3000s", name, want, data)
		}
	}
}

func TestTagsMistakes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "s.yaml", strings.ReplaceAll(taggedFile, "%", "login"))
	for _, test := range []struct {
		expression string
		status     int
		says       string
	}{
		{"login &&", exitUsage, "harness: --tags: column 9: expected a tag, got the end\n  login &&\n          ^\n"},
		{"", exitUsage, "harness: --tags: column 1: expected a tag, got the end\n"},
		{"logn", exitUnreachable, "harness: tags logn choose no scenario of 1; there are the tags login, slow; did you mean login instead of logn?\n"},
	} {
		got := command(t, "run", dir, "--tags", test.expression)
		if got.status != test.status || !strings.HasPrefix(got.stderr, test.says) || got.stdout != "" {
			t.Errorf("%q: exit status %d, %s%s", test.expression, got.status, got.stdout, got.stderr)
		}
	}
}
