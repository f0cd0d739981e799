package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/idharness/harness/internal/need"
)

// completions asks as the shells' scripts do: the candidates, then a number that
// says what to do with them.
func completions(t *testing.T, words ...string) (candidates []string, directive string) {
	t.Helper()
	got := command(t, append([]string{"__complete"}, words...)...)
	if got.status != exitPassed {
		t.Fatalf("%q: exit status %d: %s", words, got.status, got.stderr)
	}
	lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
	for _, line := range lines[:len(lines)-1] {
		name, _, _ := strings.Cut(line, "\t")
		candidates = append(candidates, name)
	}
	return candidates, lines[len(lines)-1]
}

func TestCompletions(t *testing.T) {
	const none, byExtension, files = ":4", ":8", ":0"
	dir := t.TempDir()
	write(t, dir, "a.yaml", "name: a\ntags: [login, slow]\nsteps: [{observe: entra.users, expect: []}]\n")
	write(t, dir, "b.yaml", "name: b\ntags: [login]\nsteps: [{observe: entra.users, expect: []}]\n")
	write(t, dir, "c.yaml", "nonsense: [")
	for _, test := range []struct {
		words     []string
		want      []string
		directive string
	}{
		{[]string{"ru"}, []string{"run"}, none},
		{[]string{"run", ""}, []string{"yaml", "yml"}, byExtension},
		{[]string{"lint", "x"}, []string{"yaml", "yml"}, byExtension},
		{[]string{"up", ""}, []string{"yaml", "yml"}, byExtension},
		{[]string{"up", "a.yaml", ""}, nil, none},
		{[]string{"decode", ""}, nil, files},
		{[]string{"version", ""}, nil, none},
		{[]string{"run", dir, "--tags", ""}, []string{"login", "slow"}, none},
		{[]string{"run", "--tags", ""}, nil, none},
		{[]string{"run", filepath.Join(dir, "none"), "--tags", ""}, nil, none},
		{[]string{"run", "--seed", ""}, nil, none},
		{[]string{"run", "--vars", ""}, []string{"yaml", "yml"}, byExtension},
		{[]string{"run", "--report-json", ""}, nil, files},
		{[]string{"up", "--t"}, []string{"--tls"}, none},
	} {
		if got, directive := completions(t, test.words...); !slices.Equal(got, test.want) || directive != test.directive {
			t.Errorf("%q: %q %s, want %q %s", test.words, got, directive, test.want, test.directive)
		}
	}
}

// Bash reads its script and completes a command with it.
func TestBashCompletes(t *testing.T) {
	bash := need.Program(t, "bash")
	dir := t.TempDir()
	write(t, dir, "completion.bash", command(t, "completion", "bash").stdout)
	// In the place of the program: what it answers to the words of this test.
	answer := command(t, "__complete", "sch").stdout
	program := write(t, dir, "harness", fmt.Sprintf("#!/bin/sh\n[ \"$*\" = '__complete sch' ] && printf '%%s' '%s'\n", answer))
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	// _get_comp_words_by_ref is of the package bash-completion.
	script := `_get_comp_words_by_ref() { cur=sch; prev=harness; words=(harness sch); cword=1; }
source ` + filepath.Join(dir, "completion.bash") + `
COMP_LINE='harness sch' COMP_POINT=11 COMP_TYPE=9 COMP_KEY=9
COMP_WORDS=(harness sch); COMP_CWORD=1
complete -p harness
__start_harness
echo "candidates: ${COMPREPLY[*]}"`
	cmd := exec.CommandContext(t.Context(), bash, "--norc", "-c", script)
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	output, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "candidates: schema") || !strings.Contains(string(output), "-F __start_harness harness") {
		t.Errorf("%v\n%s", err, output)
	}
}

// Scripts for the other shells are there, and the shells that Debian has read them.
func TestCompletionScripts(t *testing.T) {
	for shell, want := range map[string]string{"zsh": "#compdef harness", "fish": "complete -c harness", "powershell": "Register-ArgumentCompleter"} {
		t.Run(shell, func(t *testing.T) {
			got := command(t, "completion", shell)
			if got.status != exitPassed || !strings.Contains(got.stdout, want) {
				t.Errorf("exit status %d: %.200s", got.status, got.stdout)
			}
			if shell == "powershell" {
				return
			}
			if output, err := exec.CommandContext(t.Context(), need.Program(t, shell), "-n", write(t, t.TempDir(), "script", got.stdout)).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}
