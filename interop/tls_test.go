package interop

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/need"
)

// startTLS starts a pair that serves HTTPS and returns it with the file of its
// authority's certificate. The one user is assigned and provisioned.
func startTLS(t *testing.T) (*harness.Harness, string) {
	t.Helper()
	h := harness.Run(t, harness.Config{TLS: true})
	ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa"})
	if err := h.Entra.App().Assign(ana); err != nil {
		t.Fatal(err)
	}
	if err := h.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := h.WriteCAFile(file); err != nil {
		t.Fatal(err)
	}
	return h, file
}

// run runs a program with variables beside ours and returns what it prints.
func run(t *testing.T, env []string, name string, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Env = append(os.Environ(), env...)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	err := command.Run()
	return output.String(), err
}

// Programs that are given the certificate of the authority reach all three
// addresses, under the names that stand in them; without it they refuse.
func TestProgramsTrustTheAuthority(t *testing.T) {
	h, file := startTLS(t)
	const fetch = `fetch(process.argv[1]).then(async r => { console.log(await r.text()) }, e => { console.log(e.cause); process.exit(1) })`
	for _, program := range []struct {
		name           string
		untrusted      string // what it says without the certificate
		with, withhold func(address string) (env, args []string)
	}{
		{
			"curl", "certificate",
			func(u string) ([]string, []string) {
				return nil, []string{"-sS", "--noproxy", "*", "--cacert", file, u}
			},
			func(u string) ([]string, []string) { return nil, []string{"-sS", "--noproxy", "*", u} },
		},
		{
			"node", "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
			func(u string) ([]string, []string) {
				return []string{"NODE_EXTRA_CA_CERTS=" + file}, []string{"-e", fetch, u}
			},
			func(u string) ([]string, []string) {
				return []string{"NODE_EXTRA_CA_CERTS="}, []string{"-e", fetch, u}
			},
		},
	} {
		t.Run(program.name, func(t *testing.T) {
			path := need.Program(t, program.name)
			for _, address := range []string{h.Entra.MetadataURL(""), h.IdentityCenter.MetadataURL()} {
				env, args := program.with(address)
				if output, err := run(t, env, path, args...); err != nil || !strings.Contains(output, "EntityDescriptor") {
					t.Errorf("%s: %v\n%s", address, err, output)
				}
			}
			env, args := program.withhold(h.ControlURL() + "/readyz")
			if output, err := run(t, env, path, args...); err == nil || !strings.Contains(output, program.untrusted) {
				t.Errorf("without the certificate: %v\n%s", err, output)
			}
		})
	}
}

// OpenSSL, which is stricter than Go about some extensions, verifies the chain,
// the host and the address.
func TestOpenSSLVerifiesTheServer(t *testing.T) {
	h, file := startTLS(t)
	path := need.Program(t, "openssl")
	entra, aws := strings.TrimPrefix(h.Entra.BaseURL(), "https://"), strings.TrimPrefix(h.IdentityCenter.BaseURL(), "https://")
	for _, test := range []struct {
		args []string
		ok   bool
	}{
		{[]string{"-connect", entra, "-CAfile", file, "-verify_hostname", "localhost"}, true},
		{[]string{"-connect", aws, "-CAfile", file, "-verify_ip", "127.0.0.1"}, true},
		{[]string{"-connect", entra, "-CAfile", file, "-verify_hostname", "login.microsoftonline.com"}, false},
		{[]string{"-connect", entra, "-verify_hostname", "localhost"}, false},
	} {
		output, err := run(t, nil, path, append([]string{"s_client", "-brief", "-x509_strict", "-verify_return_error"}, test.args...)...)
		if (err == nil) != test.ok || strings.Contains(output, "Verification: OK") != test.ok {
			t.Errorf("%v: %v\n%s", test.args, err, output)
		}
	}
}

// Chromium, with the certificate among those of its user, signs in over HTTPS;
// without it no page is shown.
func TestChromiumTrustsTheAuthority(t *testing.T) {
	need.Program(t, "chromium")
	certutil := need.Program(t, "certutil")
	h, file := startTLS(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	ctx := newChromium(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(h.IdentityCenter.PortalURL())); err == nil || !strings.Contains(err.Error(), "ERR_CERT_AUTHORITY_INVALID") {
		t.Errorf("without the certificate: %v", err)
	}
	store := filepath.Join(home, ".pki", "nssdb")
	if err := os.MkdirAll(store, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-N", "--empty-password"}, {"-A", "-t", "C,,", "-n", "harness", "-i", file}} {
		if output, err := run(t, nil, certutil, append([]string{"-d", "sql:" + store}, args...)...); err != nil {
			t.Fatalf("certutil %v: %v\n%s", args, err, output)
		}
	}
	ctx = newChromium(t)
	steps := []chromedp.Action[chromedp.Void]{chromedp.Navigate(h.IdentityCenter.PortalURL()), chromedp.WaitVisible(`input[name=loginfmt]`)}
	steps = append(steps, enterCredentials("ana@contoso.example")...)
	steps = append(steps, chromedp.WaitVisible(askedToStay), chromedp.Click("#idBtn_Back"), chromedp.WaitVisible(onPortal))
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("chromium: %v\n%s", err, traceOf(h))
	}
	if at := read(t, ctx, chromedp.Location()); at != h.IdentityCenter.PortalURL() || !strings.HasPrefix(at, "https://") {
		t.Errorf("the browser rests at %s", at)
	}
}
