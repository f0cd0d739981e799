package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idharness/harness/internal/need"
)

func manPage(t *testing.T) string {
	t.Helper()
	var page bytes.Buffer
	p := &process{}
	if err := writeMan(&page, p.command(), version{Version: "v1.2.3", Time: "2026-01-05T09:00:00Z"}); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

// Every command and every flag is in the manual page.
func TestManNamesEverything(t *testing.T) {
	page := manPage(t)
	flags := 0
	for _, cmd := range (&process{}).command().Commands() {
		if !strings.Contains(page, ".SS "+roff(cmd.UseLine())+"\n") {
			t.Errorf("no section on %s", cmd.UseLine())
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if flags++; !strings.Contains(page, `\fB`+roff("--"+f.Name)+`\fR`) {
				t.Errorf("%s: no --%s", cmd.Name(), f.Name)
			}
		})
	}
	if flags < 40 {
		t.Errorf("only %d flags", flags)
	}
	if !strings.HasPrefix(page, `.TH HARNESS 1 "2026-01-05" "harness v1.2.3"`) {
		t.Errorf("head: %.80s", page)
	}
	if got := command(t, "man"); got.status != exitPassed || !strings.Contains(got.stdout, ".SH DESCRIPTION\n") {
		t.Errorf("exit status %d: %s%s", got.status, got.stdout, got.stderr)
	}
}

func TestManEscapes(t *testing.T) {
	root := &cobra.Command{Use: "harness", Short: "s", Long: ".danger\n'quoted\n\n  a\\b --flag"}
	var page bytes.Buffer
	if err := writeMan(&page, root, version{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n\\&.danger\n\\&'quoted\n.PP\n.nf\n  a\\eb \\-\\-flag\n.fi\n"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, page.String())
		}
	}
}

// Formatters find nothing to warn of.
func TestManIsWellFormed(t *testing.T) {
	for _, judge := range [][]string{
		{"mandoc", "-Tlint", "-W", "warning"},
		{"groff", "-man", "-Tascii", "-ww", "-z"},
	} {
		t.Run(judge[0], func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), need.Program(t, judge[0]), judge[1:]...)
			cmd.Stdin = strings.NewReader(manPage(t))
			if output, err := cmd.CombinedOutput(); err != nil || len(output) > 0 {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}
