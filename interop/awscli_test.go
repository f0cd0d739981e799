package interop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/internal/need"
)

// needAWSCLI returns the AWS CLI, version 2: version 1 cannot sign in.
func needAWSCLI(t *testing.T) string {
	t.Helper()
	for _, path := range []string{"aws", "/usr/bin/aws", "/usr/local/bin/aws"} {
		if found, err := exec.LookPath(path); err == nil {
			if version, err := exec.CommandContext(t.Context(), found, "--version").Output(); err == nil && bytes.HasPrefix(version, []byte("aws-cli/2.")) {
				return found
			}
		}
	}
	need.Missing(t, "aws", "there is no AWS CLI of version 2; interop/install-peers.sh installs it on Debian as root")
	return ""
}

// awsCLI is the real AWS CLI with a home of its own. It speaks to the hosts of
// AWS, which a proxy leads to the mock.
type awsCLI struct {
	t    *testing.T
	path string
	env  []string
}

func newAWSCLI(t *testing.T, h *harness.Harness, config string) *awsCLI {
	t.Helper()
	c := &awsCLI{t: t, path: needAWSCLI(t)}
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	c.env = append(awsHosts(t, h.IdentityCenter.BaseURL()), "HOME="+home, "PATH="+os.Getenv("PATH"), "AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1")
	return c
}

func (c *awsCLI) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(c.t.Context(), c.path, args...)
	cmd.Env = c.env
	cmd.WaitDelay = time.Second
	return cmd
}

// run runs a command and returns what it printed.
func (c *awsCLI) run(args ...string) (string, error) {
	out, err := c.command(args...).CombinedOutput()
	return string(out), err
}

// login runs aws sso login while a person opens the page that it names.
func (c *awsCLI) login(profile string, person func(page string)) (string, error) {
	c.t.Helper()
	cmd := c.command("sso", "login", "--no-browser", "--profile", profile)
	reader, writer := io.Pipe()
	cmd.Stdout, cmd.Stderr = writer, writer
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait(); writer.Close() }()
	var said strings.Builder
	for lines := bufio.NewScanner(reader); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		said.WriteString(line + "\n")
		if strings.Contains(line, "/device?user_code=") {
			person(line)
		}
	}
	return said.String(), <-ended
}

const awsProfiles = `[profile production]
sso_start_url = https://START/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = AdministratorAccess
region = us-east-1

[sso-session contoso]
sso_start_url = https://START/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access

[profile session]
sso_session = contoso
sso_account_id = 111122223333
sso_role_name = AdministratorAccess
region = us-east-1

[profile elsewhere]
sso_start_url = https://other.awsapps.com/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = AdministratorAccess
region = us-east-1

[profile unassigned]
sso_start_url = https://START/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = ReadOnlyAccess
region = us-east-1
`

// The AWS CLI signs in: a person approves its code at the portal after the
// sign-in at Entra, it fetches role credentials with its token, STS says whose
// they are, and after the logout they are gone.
func TestAWSCLISignsIn(t *testing.T) {
	h := startPair(t, time.Now())
	cli := newAWSCLI(t, h, strings.ReplaceAll(awsProfiles, "START", h.IdentityCenter.IdentityStoreID()+".awsapps.com"))
	person := func(consent string) func(string) {
		return func(page string) {
			session, err := h.SignInWith(t.Context(), harness.SignIn{User: "ana@contoso.example", Start: page, Consent: consent})
			if err != nil {
				t.Errorf("approve: %v", err)
				return
			}
			if a := session.Authorization; a == nil || !strings.HasPrefix(a.Client, "botocore-client-") || a.Granted != (consent != harness.ConsentDeny) || a.UserCode == "" {
				t.Errorf("authorization %+v", a)
			}
		}
	}
	for _, profile := range []string{"production", "session"} {
		t.Run(profile, func(t *testing.T) {
			said, err := cli.login(profile, person(""))
			if err != nil || !strings.Contains(said, "Successfully logged into Start URL: https://"+h.IdentityCenter.IdentityStoreID()+".awsapps.com/start") {
				t.Fatalf("aws sso login: %v\n%s", err, said)
			}
			out, err := cli.run("sts", "get-caller-identity", "--profile", profile, "--output", "json")
			var caller struct{ Account, Arn string }
			if err != nil || json.Unmarshal([]byte(out), &caller) != nil {
				t.Fatalf("aws sts get-caller-identity: %v\n%s", err, out)
			}
			if caller.Account != "111122223333" || !strings.Contains(caller.Arn, "assumed-role/AWSReservedSSO_AdministratorAccess_") || !strings.HasSuffix(caller.Arn, "/ana@contoso.example") {
				t.Errorf("caller %+v", caller)
			}
		})
	}
	t.Run("no assignment", func(t *testing.T) {
		if out, err := cli.run("sts", "get-caller-identity", "--profile", "unassigned"); err == nil || !strings.Contains(out, "ForbiddenException") || !strings.Contains(out, "No access") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("logout", func(t *testing.T) {
		if out, err := cli.run("sso", "logout"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if open := h.IdentityCenter.PortalSessions(); len(open) != 1 || open[0].Client != "" {
			t.Errorf("after the logout these sessions are open: %+v", open)
		}
		if out, err := cli.run("sts", "get-caller-identity", "--profile", "production"); err == nil || !strings.Contains(out, "Error loading SSO Token") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("denied", func(t *testing.T) {
		if said, err := cli.login("production", person(harness.ConsentDeny)); err == nil || !strings.Contains(said, "AccessDeniedException") {
			t.Errorf("%v\n%s", err, said)
		}
	})
	t.Run("start URL of another instance", func(t *testing.T) {
		if said, err := cli.login("elsewhere", person("")); err == nil || !strings.Contains(said, "InvalidRequestException") {
			t.Errorf("%v\n%s", err, said)
		}
	})
}
