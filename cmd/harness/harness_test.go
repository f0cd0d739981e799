package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

type result struct {
	status         int
	stdout, stderr string
}

// command runs harness in this process.
func command(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &process{Args: args, LookupEnv: func(string) (string, bool) { return "", false }, Stdout: &stdout, Stderr: &stderr}
	status := p.main(t.Context())
	return result{status, stdout.String(), stderr.String()}
}

const walk = "../../scenarios/entra-to-aws.yaml"

func TestRunTellsEveryStepAndTheVerdict(t *testing.T) {
	got := command(t, "run", walk)
	if got.status != exitPassed || got.stderr != "" {
		t.Fatalf("exit status %d\n%s%s", got.status, got.stdout, got.stderr)
	}
	for _, want := range []string{
		"Entra ID users sign in to AWS through IAM Identity Center",
		"Exchange metadata (exchangeMetadata)",
		"Entra: it succeeded",
		"Portal: Production (111122223333): AdministratorAccess",
		"Refused by entra: AADSTS50105",
		"create ana@contoso.example: success",
		"passed: 1 scenario (1 passed), 31 steps",
	} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("the account lacks %q:\n%s", want, got.stdout)
		}
	}
	if strings.Contains(got.stdout, "\x1b[") {
		t.Error("colour was used although the output is no terminal")
	}
}

func TestReportsAreWritten(t *testing.T) {
	dir := t.TempDir()
	report, trace := filepath.Join(dir, "report.json"), filepath.Join(dir, "trace.json")
	if got := command(t, "run", walk, "--report-json", report, "--trace", trace); got.status != exitPassed {
		t.Fatalf("exit status %d\n%s%s", got.status, got.stdout, got.stderr)
	}
	var r struct {
		Scenarios []struct {
			Status string
			Steps  []struct {
				Title, Status, Position string
				Expectations            int
				Result                  any
			}
		}
	}
	decode(t, report, &r)
	if len(r.Scenarios) != 1 || r.Scenarios[0].Status != "passed" || len(r.Scenarios[0].Steps) != 31 {
		t.Fatalf("report: %+v", r)
	}
	if step := r.Scenarios[0].Steps[1]; !regexp.MustCompile(`entra-to-aws\.yaml:\d+:5$`).MatchString(step.Position) || step.Expectations != 7 || step.Result == nil {
		t.Errorf("second step of the report: %+v", step)
	}
	var tr []struct {
		Exchanges []struct {
			Kind   string
			Checks []struct {
				Name string
				Pass bool
			}
		}
	}
	decode(t, trace, &tr)
	kinds := make(map[string]int)
	for _, e := range tr[0].Exchanges {
		kinds[e.Kind]++
	}
	for _, kind := range []string{"AuthnRequest", "Response", "CreateUser", "PatchGroup", "federation metadata", "SP metadata"} {
		if kinds[kind] == 0 {
			t.Errorf("the trace has no %s: %v", kind, kinds)
		}
	}
}

func decode(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// Each wrong input has a file in testdata/broken; what the command prints for it
// stands beside it in a golden file.
func TestWrongScenarios(t *testing.T) {
	paths, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil || len(paths) < 15 {
		t.Fatalf("%d broken scenarios: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			got := command(t, "run", path)
			if got.status != exitInvalid {
				t.Errorf("exit status %d, want %d\n%s", got.status, exitInvalid, got.stdout)
			}
			if linted := command(t, "lint", path); linted.status != exitInvalid || linted.stderr != got.stderr {
				t.Errorf("lint exits with %d and says\n%s", linted.status, linted.stderr)
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
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if !regexp.MustCompile(`broken/[a-z-]+\.yaml:\d+:\d+`).MatchString(got.stderr) && path != "testdata/broken/empty-file.yaml" {
				t.Errorf("the message has no file:line:column:\n%s", got.stderr)
			}
		})
	}
}

func TestExitStatuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	steps := func(text string) string {
		return "name: n\nentra:\n  users: [{userPrincipalName: ana@contoso.example}]\n  app: {name: App}\nsteps:\n" + text
	}
	for _, test := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"help", []string{"--help"}, exitPassed, "Exit status: 0 passed"},
		{"version", []string{"version"}, exitPassed, "harness "},
		{"lint of the library", []string{"lint", "../../scenarios"}, exitPassed, "files valid"},
		{"no file", []string{"run"}, exitUsage, "name at least one scenario file or directory"},
		{"unknown command", []string{"rnu"}, exitUsage, "unknown command"},
		{"unknown flag", []string{"run", walk, "--sed", "1"}, exitUsage, "unknown flag: --sed"},
		{"bad --var", []string{"run", walk, "--var", "domain"}, exitUsage, "want name=value"},
		{"missing file", []string{"run", filepath.Join(dir, "none.yaml")}, exitUnreachable, "no such file or directory"},
		{"empty folder", []string{"run", t.TempDir()}, exitUnreachable, "holds no .yaml file"},
		{"--vars with a broken file", []string{"run", walk, "--vars", write("vars.txt", "a: [")}, exitInvalid, "vars.txt:1:5"},
		{"no application", []string{"run", write("app.yaml", "name: n\nsteps: [{exchangeMetadata: {}, expect: {}}, {observe: entra.users, expect: []}]\n")}, exitUnreachable, "the tenant has no application"},
		{"metadata that is not XML", []string{"run", write("xml.yaml", steps(`- {identityCenter: {uploadMetadata: {text: "hello"}}, expect: {external: true}}`))}, exitUnreachable, "metadata file, line 1, position 1"},
		{"metadata without a certificate", []string{"run", write("cert.yaml", steps(`- {identityCenter: {uploadMetadata: {text: '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"><IDPSSODescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="http://x"/></IDPSSODescriptor></EntityDescriptor>'}}, expect: {external: true}}`))}, exitUnreachable, "no signing certificate"},
		{"metadata over 75,000 characters", []string{"run", write("long.yaml", steps(`- {identityCenter: {uploadMetadata: {text: "`+strings.Repeat("x", 75_001)+`"}}, expect: {external: true}}`))}, exitUnreachable, "at most 75000 characters; got 75001"},
		{"expectation that does not hold", []string{"run", write("miss.yaml", steps("- observe: entra.users\n  expect: [{userPrincipalName: eva@contoso.example}]\n"))}, exitFailed, "miss.yaml:7:32"},
		{"refusal that nobody expected", []string{"run", write("refused.yaml", steps("- signIn: {user: ana@contoso.example}\n- observe: entra.users\n  expect: [{}]\n"))}, exitFailed, "expect: {outcome: …}"},
		{"one of each", []string{"run", filepath.Join(dir, "miss.yaml"), filepath.Join(dir, "app.yaml")}, exitUnreachable, "2 scenarios (0 passed, 1 failed, 1 could not be run)"},
		{"fail fast", []string{"run", "--fail-fast", "--jobs", "1", filepath.Join(dir, "miss.yaml"), filepath.Join(dir, "app.yaml")}, exitFailed, "1 scenario (0 passed, 1 failed)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := command(t, test.args...)
			if got.status != test.status {
				t.Errorf("exit status %d, want %d", got.status, test.status)
			}
			if !strings.Contains(got.stdout+got.stderr, test.says) {
				t.Errorf("it does not say %q:\n%s%s", test.says, got.stdout, got.stderr)
			}
		})
	}
}

func TestVariablesFromOutsideOutrankTheFile(t *testing.T) {
	dir := t.TempDir()
	file, vars := filepath.Join(dir, "s.yaml"), filepath.Join(dir, "vars.yaml")
	for path, text := range map[string]string{
		vars: "domain: from-vars.example\nname: ben\n",
		file: "name: n\nvars: {domain: from-file.example, name: ana}\nentra:\n  users: [{userPrincipalName: \"${name}@${domain}\"}]\nsteps:\n- observe: entra.users\n  expect: [{userPrincipalName: ben@from-flag.example}]\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := command(t, "run", file, "--vars", vars, "--var", "domain=from-flag.example"); got.status != exitPassed {
		t.Errorf("exit status %d\n%s%s", got.status, got.stdout, got.stderr)
	}
}

// up writes the environment file when everything is ready, serves until it is
// interrupted, and stops cleanly.
func TestUp(t *testing.T) {
	envFile := filepath.Join(t.TempDir(), "env")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var stdout, stderr bytes.Buffer
	p := &process{
		Args:      []string{"up", "--env-file", envFile, "--json", "--entra-addr", "127.0.0.1:0", "--aws-addr", "127.0.0.1:0", "--control-addr", "127.0.0.1:0"},
		LookupEnv: os.LookupEnv, Stdout: &stdout, Stderr: &stderr,
	}
	done := make(chan int, 1)
	go func() { done <- p.main(ctx) }()
	env := waitForEnv(t, envFile, done, &stderr)
	for name, value := range env {
		if value == "" && name != "HARNESS_CA_FILE" && name != "HARNESS_CONTROL_TOKEN" {
			t.Errorf("%s is empty", name)
		}
	}
	for url, want := range map[string]string{
		env["HARNESS_ENTRA_METADATA_URL"]:      `entityID="` + env["HARNESS_ENTRA_ISSUER"] + `"`,
		env["HARNESS_AWS_SP_METADATA_URL"]:     `entityID="` + env["HARNESS_AWS_ENTITY_ID"] + `"`,
		env["HARNESS_SCIM_URL"] + "/Users":     `"userName":"ana@contoso.example"`,
		env["HARNESS_CONTROL_URL"] + "/readyz": "ready",
	} {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+env["HARNESS_SCIM_TOKEN"])
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s answered %s, %v, without %s:\n%s", url, resp.Status, err, want, body)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if status := <-done; status != exitPassed || stderr.Len() > 0 {
		t.Errorf("exit status %d: %s", status, stderr.String())
	}
	var printed map[string]string
	if err := json.Unmarshal(stdout.Bytes(), &printed); err != nil || strings.Count(stdout.String(), "\n") != 1 {
		t.Errorf("--json printed %q: %v", stdout.String(), err)
	}
	if diff := cmp.Diff(env, printed); diff != "" {
		t.Errorf("environment file and JSON differ:\n%s", diff)
	}
}

// waitForEnv polls for the file, which is there once everything is ready.
func waitForEnv(t *testing.T, path string, done <-chan int, stderr *bytes.Buffer) map[string]string {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for {
		select {
		case status := <-done:
			t.Fatalf("up ended with status %d: %s", status, stderr.String())
		case <-deadline:
			t.Fatal("up wrote no environment file within 30 seconds")
		case <-tick.C:
			data, err := os.ReadFile(path)
			if err != nil {
				continue
			}
			env := make(map[string]string)
			for line := range strings.Lines(string(data)) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				env[name] = strings.Trim(value, "'")
			}
			return env
		}
	}
}

// A scenario that leaves automatic provisioning off keeps it off: users stay in
// the administrator's hands.
func TestUpWithManualProvisioning(t *testing.T) {
	dir := t.TempDir()
	file, envFile := filepath.Join(dir, "manual.yaml"), filepath.Join(dir, "env")
	text := "name: n\nentra: {app: {name: App}}\nsteps: [{exchangeMetadata: {}}]\n" // up asks for no expectations
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var stdout, stderr bytes.Buffer
	p := &process{
		Args:      []string{"up", file, "--env-file", envFile, "--entra-addr", "127.0.0.1:0", "--aws-addr", "127.0.0.1:0", "--control-addr", "127.0.0.1:0"},
		LookupEnv: os.LookupEnv, Stdout: &stdout, Stderr: &stderr,
	}
	done := make(chan int, 1)
	go func() { done <- p.main(ctx) }()
	env := waitForEnv(t, envFile, done, &stderr)
	stop()
	if status := <-done; status != exitPassed {
		t.Errorf("exit status %d: %s", status, stderr.String())
	}
	if env["HARNESS_SCIM_TOKEN"] != "" || env["HARNESS_SCIM_URL"] == "" {
		t.Errorf("token %q, endpoint %q; want no token", env["HARNESS_SCIM_TOKEN"], env["HARNESS_SCIM_URL"])
	}
	if !strings.HasSuffix(stdout.String(), "stopped\n") {
		t.Errorf("it printed\n%s", stdout.String())
	}
}

func TestUpOnAPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := command(t, "up", "--entra-addr", l.Addr().String(), "--aws-addr", "127.0.0.1:0", "--control-addr", "127.0.0.1:0")
	if got.status != exitUnreachable || !strings.Contains(got.stderr, "start Entra: listen on "+l.Addr().String()) || !strings.Contains(got.stderr, "address already in use: another program has port") {
		t.Errorf("exit status %d: %s", got.status, got.stderr)
	}
}

func TestQuoteIsSafeForAShell(t *testing.T) {
	for in, want := range map[string]string{
		"http://localhost:8400": "http://localhost:8400", "a b": "'a b'", "it's": `'it'\''s'`, "$(rm)": "'$(rm)'", "x?y=1&z": "'x?y=1&z'",
	} {
		if got := quote(in); got != want {
			t.Errorf("quote(%s) = %s, want %s", in, got, want)
		}
	}
}
