package scenarios

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// testPattern names the files of TestFilesOfAnotherTest.
const testPattern = "HARNESS_SCENARIOS_OF_A_TEST"

// What [Test] does when scenarios fail is only to be seen from outside: the
// tests below run this one in a process of its own.
func TestFilesOfAnotherTest(t *testing.T) {
	pattern, ok := os.LookupEnv(testPattern)
	if !ok {
		t.Skip("other tests run this one")
	}
	var o Options
	if tags, ok := os.LookupEnv(testPattern + "_TAGS"); ok {
		var err error
		if o.Tags, err = ParseTags(tags); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HARNESS_TEST_SECRET", "wonderful-and-secret")
	defer t.Log("what the test defers")
	Test(t, pattern, o)
}

// testOutput runs the test above on files and returns what it says, without the
// places in Go files and the durations.
func testOutput(t *testing.T, pattern string, env ...string) (output string, passed bool) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestFilesOfAnotherTest$", "-test.v", "-test.parallel=4")
	cmd.Env = append(append(os.Environ(), testPattern+"="+pattern), env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)^ *\w+\.go:\d+: | \(\d+\.\d+s\)$`).ReplaceAllString(string(out), "")
	return text, err == nil
}

func files(t *testing.T, byName map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range byName {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const nothing = "name: Nothing\ntags: [some]\nsteps: [{observe: entra.users, expect: []}]\n"

func TestNamesOfSubtests(t *testing.T) {
	dir := files(t, map[string]string{
		"a.yaml": nothing, "more/a.yaml": nothing,
		"rows.yaml": "name: Rows\nmatrix: [{x: 1, name: one/two}, {x: 2, name: three}]\nsteps: [{observe: entra.users, expect: []}]\n",
	})
	for pattern, want := range map[string][]string{
		"*":           {"", "/a", "/more/a", "/rows/one_two", "/rows/three"},
		"a.yaml":      {"", "/a"},
		"more/*.yaml": {"", "/a"},
	} {
		out, passed := testOutput(t, filepath.Join(dir, pattern))
		for _, name := range want {
			if !strings.Contains(out, "--- PASS: TestFilesOfAnotherTest"+name+"\n") {
				t.Errorf("%s: no test %s passes", pattern, name)
			}
		}
		if n := strings.Count(out, "--- PASS"); !passed || n != len(want) {
			t.Errorf("%s: %d tests, want %d\n%s", pattern, n, len(want), out)
		}
	}
}

// A failure is told with its place and the exchanges of the step, and the rest runs;
// secrets stay secret.
func TestFailuresOfSubtests(t *testing.T) {
	dir := files(t, map[string]string{
		"a.yaml":      nothing,
		"broken.yaml": "name: Broken\nstep: []\n",
		"misses.yaml": `name: Misses
entra: {app: {name: AWS, template: aws-iam-identity-center}, users: [{userPrincipalName: ana@contoso.example, displayName: Ana}]}
steps:
  - exchangeMetadata: {}
  - signIn: {user: ana@contoso.example, password: "${env:HARNESS_TEST_SECRET}"}
    expect: {outcome: signedIn}
  - observe: entra.users
`,
	})
	out, passed := testOutput(t, dir)
	if passed {
		t.Error("the test passes")
	}
	for _, want := range []string{
		"--- PASS: TestFilesOfAnotherTest/a\n", "--- FAIL: TestFilesOfAnotherTest/broken\n", "--- FAIL: TestFilesOfAnotherTest/misses\n",
		`unknown key "step"`, "broken.yaml:2:1\n", "entra: AuthnRequest (200), GET http://localhost:", "misses.yaml:6:23\n", " 6 |     expect: {outcome: signedIn}\n", "1 passed: exchangeMetadata\n", "2 failed: signIn\n", "3 skipped: observe\n",
		"exchanges of step 2, signIn:\n", "browser → entra: ", "what the test defers",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if strings.Contains(out, "wonderful") {
		t.Error("it tells the password")
	}
	if end := strings.Index(out, "what the test defers"); end < strings.Index(out, "exchanges of step 2") {
		t.Error("the test went on before its scenarios had ended")
	}
	if t.Failed() {
		t.Log(out)
	}
}

// What would test nothing fails.
func TestTestOfNothing(t *testing.T) {
	dir := files(t, map[string]string{"a.yaml": nothing, "empty/x.txt": ""})
	for _, test := range []struct{ pattern, tags, says string }{
		{"*.yml", "", "no file matches"},
		{"[", "", "syntax error in pattern"},
		{"empty", "", "holds no .yaml file"},
		{"*.yaml", "other", "tags other choose no scenario of 1; there are the tags some"},
	} {
		var env []string
		if test.tags != "" {
			env = append(env, testPattern+"_TAGS="+test.tags)
		}
		out, passed := testOutput(t, filepath.Join(dir, test.pattern), env...)
		if passed || !strings.Contains(out, test.says) || !strings.Contains(out, "--- FAIL: TestFilesOfAnotherTest\n") {
			t.Errorf("%s: passed: %v, want %q:\n%s", test.pattern, passed, test.says, out)
		}
	}
}

// Subtests run side by side, each here waiting for the others, but for those
// that say parallel: false.
func TestSubtestsRunSideBySide(t *testing.T) {
	var mu sync.Mutex
	come, now, together, all := 0, 0, false, make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now++
		if r.URL.Path == "/alone" {
			together = together || now > 1
		} else if come++; come == 4 {
			close(all)
		}
		mu.Unlock()
		if r.URL.Path != "/alone" {
			<-all
		}
		mu.Lock()
		now--
		mu.Unlock()
	}))
	defer server.Close()
	byName := make(map[string]string)
	for i := range 4 {
		byName[fmt.Sprintf("%d.yaml", i)] = fmt.Sprintf("name: n\nsteps: [{http: {url: '%s/'}, expect: {status: 200}}]\n", server.URL)
	}
	for _, name := range []string{"4.yaml", "5.yaml"} {
		byName[name] = fmt.Sprintf("name: n\nparallel: false\nsteps: [{http: {url: '%s/alone'}, expect: {status: 200}}]\n", server.URL)
	}
	if out, passed := testOutput(t, files(t, byName)); !passed || together {
		t.Errorf("two that say parallel: false ran together: %v\n%s", together, out)
	}
}
