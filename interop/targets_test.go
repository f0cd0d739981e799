package interop

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios"
	"github.com/idharness/harness/scenarios/matching"
)

// The scenario files of examples/targets run as they are against software that
// others wrote, and fail with the reason where the set-up is wrong.
const targetFiles = "../examples/targets"

// runTarget runs a file of examples/targets.
func runTarget(t *testing.T, file string, env map[string]string) scenarios.Report {
	t.Helper()
	o := scenarios.Options{Env: func(name string) (string, bool) { value, ok := env[name]; return value, ok }}
	s, err := scenarios.LoadFile(filepath.Join(targetFiles, file), o)
	if err != nil {
		t.Fatal(err)
	}
	return scenarios.Run(t.Context(), s, o)
}

// wrongIn is everything that a report says went wrong, and its end.
func wrongIn(r scenarios.Report) string {
	text := r.Status.String() + "\n" + r.Error
	for _, s := range r.Steps {
		if s.Status != scenarios.Passed && s.Status != scenarios.Skipped {
			text += s.Title + "\n" + s.Error + strings.Join(append(s.Failures, s.Account...), "\n") + "\n"
		}
	}
	return text
}

func passes(t *testing.T, file string, env map[string]string) {
	t.Helper()
	r := runTarget(t, file, env)
	if r.Status != scenarios.Passed {
		t.Fatalf("%s: %s", file, wrongIn(r))
	}
	canFail(t, file, env, r)
	for _, s := range r.Steps {
		for name, secret := range env {
			if strings.Contains(strings.Join(s.Account, "\n"), secret) && !strings.HasPrefix(secret, "http") {
				t.Errorf("step %d shows %s", s.Number, name)
			}
		}
	}
}

// canFail makes every expectation of a file wrong, one at a time, and holds it
// against what came when the file ran: each must miss.
func canFail(t *testing.T, file string, env map[string]string, r scenarios.Report) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(targetFiles, file))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := strictyaml.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	var lookup strictyaml.Lookup = func(name string, pos strictyaml.Position) (any, bool, error) {
		value, ok := env[strings.TrimPrefix(name, "env:")]
		return value, ok, nil
	}
	vars := parsed.Root().Get("vars")
	flipped := 0
	for i, step := range parsed.Root().Get("steps").Items() {
		for _, key := range []string{"expect", "until"} {
			if step.Get(key) == nil {
				continue
			}
			wanted, errs := step.Get(key).Interpolate(func(name string, pos strictyaml.Position) (any, bool, error) {
				if vars.Get(name) != nil {
					filled, _ := vars.Get(name).Interpolate(lookup)
					return filled.Value(), true, nil
				}
				return lookup(name, pos)
			})
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			if misses := matching.Match(wanted, r.Steps[i].Result); len(misses) > 0 {
				t.Fatalf("%s: it missed before it was made wrong: %v", step.Pos(), misses)
			}
			for _, flip := range matching.Flip(wanted) {
				if flip.Node == nil {
					t.Errorf("%s: %s cannot be made wrong: %s", flip.Pos, flip.Path, flip.Skip)
					continue
				}
				flipped++
				if len(matching.Match(flip.Node, r.Steps[i].Result)) == 0 {
					t.Errorf("%s: with %s nothing misses", flip.Pos, flip.Change)
				}
			}
		}
	}
	if flipped == 0 {
		t.Errorf("%s: nothing was made wrong", file)
	}
}

// fails expects a status, and texts in what went wrong.
func fails(t *testing.T, file string, env map[string]string, status scenarios.Status, texts ...string) {
	t.Helper()
	r := runTarget(t, file, env)
	wrong := wrongIn(r)
	for _, text := range texts {
		if r.Status != status || !strings.Contains(wrong, text) {
			t.Errorf("%s: want %v with %q, got %s", file, status, text, wrong)
		}
	}
}

type jackson struct{ Base, TenantURL, Token string }

func startJackson(t *testing.T) jackson {
	t.Helper()
	node := needNode(t, "jackson", "@boxyhq/saml-jackson")
	var j jackson
	line := startNode(t, node, "jackson", "server.js", map[string]any{"apiKey": "an API key of the test"})
	if err := json.Unmarshal([]byte(line), &j); err != nil {
		t.Fatalf("jackson writes %q: %v", line, err)
	}
	return j
}

func TestTargetJacksonSignIn(t *testing.T) {
	j := startJackson(t)
	passes(t, "jackson-sign-in.yaml", map[string]string{"JACKSON_URL": j.Base, "JACKSON_API_KEY": "an API key of the test"})
	fails(t, "jackson-sign-in.yaml", map[string]string{"JACKSON_URL": j.Base, "JACKSON_API_KEY": "another key"}, scenarios.Failed, "by its API", "401", "Unauthorized")
	fails(t, "jackson-sign-in.yaml", map[string]string{"JACKSON_URL": "http://127.0.0.1:1", "JACKSON_API_KEY": "an API key of the test"}, scenarios.Errored,
		"jackson-sign-in.yaml:22:15", "tried http://127.0.0.1:1/.well-known/sp-metadata", "connection refused")
}

func TestTargetSCIMServers(t *testing.T) {
	for _, server := range []struct {
		name  string
		start func(t *testing.T) (url, token string)
	}{
		{"elimity", func(t *testing.T) (string, string) { s := startElimity(t); return s.tenantURL, s.token }},
		{"jackson", func(t *testing.T) (string, string) { j := startJackson(t); return j.TenantURL, j.Token }},
		{"scimmy", func(t *testing.T) (string, string) {
			s := startSCIM(t, "scimmy", "scimmy-routers")
			return s.tenantURL, s.token
		}},
	} {
		t.Run(server.name, func(t *testing.T) {
			url, token := server.start(t)
			fails(t, "scim-server.yaml", map[string]string{"SCIM_URL": url, "SCIM_TOKEN": "not the right token"}, scenarios.Failed, "Test Connection", "CredentialValidationUnavailable", "invalid credentials")
			fails(t, "scim-server.yaml", map[string]string{"SCIM_URL": "http://127.0.0.1:1/scim", "SCIM_TOKEN": token}, scenarios.Errored, "the SCIM server cannot be reached", "connection refused")
			passes(t, "scim-server.yaml", map[string]string{"SCIM_URL": url, "SCIM_TOKEN": token})
		})
	}
}

func TestTargetIdentityProvider(t *testing.T) {
	node := needNode(t, "samlp", "samlp")
	key, cert := newKeyPair(t)
	start := func(t *testing.T, options map[string]any) map[string]string {
		base := startNode(t, node, "samlp", "idp.js", map[string]any{
			"key": pkcs8(t, key), "cert": certPEM(cert), "passwords": map[string]string{"ana": "correct horse"},
			"user": map[string]any{"nameID": "ana@contoso.example", "nameIDFormat": claims.FormatEmailAddress}, "options": options,
		})
		return map[string]string{"IDP_URL": base, "ANA_PASSWORD": "correct horse"}
	}
	passes(t, "identity-provider.yaml", start(t, nil))
	fails(t, "identity-provider.yaml", start(t, map[string]any{"audience": "https://wiki.contoso.example"}), scenarios.Failed, "WrongAudience", "https://wiki.contoso.example")
	wrong := start(t, nil)
	wrong["ANA_PASSWORD"] = "battery staple"
	fails(t, "identity-provider.yaml", wrong, scenarios.Failed, "identityProvider", "HTTP401")
	wrong["IDP_URL"] = "http://127.0.0.1:1"
	fails(t, "identity-provider.yaml", wrong, scenarios.Errored, "the identity provider cannot be reached", "identity-provider.yaml:18:15")
}
