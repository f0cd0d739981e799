package interop

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/need"
	"github.com/idharness/harness/internal/saml/binding"
)

// entraHost is the host that aws-azure-login has built in.
const entraHost = "login.microsoftonline.com"

const (
	awsRole     = "arn:aws:iam::111122223333:role/Administrator"
	awsProvider = "arn:aws:iam::111122223333:saml-provider/Entra"
)

// awsAzureLogin is somebody at a command line with aws-azure-login, which drives
// a Chromium through Entra's pages, finds its way by their ids and classes, and
// trades the response at AWS STS for credentials. Its Chromium takes the tenant
// for the real host, knows no other and looks at no certificate.
type awsAzureLogin struct {
	tenant *idp.Tenant
	ana    directory.User
	node   string
	env    []string
	home   string

	mu    sync.Mutex
	asked []url.Values // what AWS STS was asked
}

// newAWSAzureLogin assigns a role to Ana unless it is told not to.
func newAWSAzureLogin(t *testing.T, assigned bool) *awsAzureLogin {
	t.Helper()
	chromium, node := need.Program(t, "chromium"), needNode(t, "awsazurelogin", "aws-azure-login")
	tenant, err := idp.New(idp.Config{BaseURL: "https://" + entraHost})
	if err != nil {
		t.Fatal(err)
	}
	tenant.SetTester(t)
	const role = awsRole + "," + awsProvider
	app, err := tenant.CreateApplication(idp.ApplicationConfig{
		Template: idp.TemplateAWSSingleAccount, AppRoles: []idp.AppRole{{DisplayName: "Administrator,Entra", Value: role}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &awsAzureLogin{tenant: tenant, node: node, home: t.TempDir()}
	c.ana = tenant.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", Mail: "ana@contoso.example", PerUserMFAState: directory.MFAEnforced})
	if assigned {
		if err := app.AssignRole(c.ana, role); err != nil {
			t.Fatal(err)
		}
	}
	entra, sts := httptest.NewTLSServer(tenant.Handler()), httptest.NewServer(http.HandlerFunc(c.assumeRole))
	t.Cleanup(entra.Close)
	t.Cleanup(sts.Close)
	if err := os.Mkdir(filepath.Join(c.home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(c.home, ".aws/config"), "[default]\nregion=eu-west-1\nazure_tenant_id="+tenant.ID()+"\nazure_app_id_uri="+app.Identifiers()[0]+
		"\nazure_default_duration_hours=1\nazure_default_remember_me=true\n")
	program := filepath.Join(c.home, "chromium")
	write(t, program, fmt.Sprintf("#!/bin/sh\nexec %s --host-resolver-rules='MAP %s:443 %s, MAP * ~NOTFOUND' --ignore-certificate-errors --disable-quic --disable-component-update \"$@\"\n",
		chromium, entraHost, entra.Listener.Addr()))
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	c.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.home, "PUPPETEER_EXECUTABLE_PATH=" + program, "AWS_ENDPOINT_URL_STS=" + sts.URL, "NODE_NO_WARNINGS=1"}
	return c
}

// assumeRole stands in for AWS STS.
func (c *awsAzureLogin) assumeRole(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	c.asked = append(c.asked, r.PostForm)
	c.mu.Unlock()
	w.Header().Set("Content-Type", "text/xml")
	io.WriteString(w, `<AssumeRoleWithSAMLResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithSAMLResult><Credentials>`+
		`<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>example</SecretAccessKey><SessionToken>example</SessionToken><Expiration>2040-01-05T10:00:00Z</Expiration>`+
		`</Credentials></AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>`)
}

// requests returns what AWS STS was asked so far.
func (c *awsAzureLogin) requests() []url.Values {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

// answer is what somebody types when the program asks for something.
type answer struct{ prompt, text string }

// run logs in and returns what the program wrote. Nobody is there to answer
// anything else than these prompts.
func (c *awsAzureLogin) run(t *testing.T, answers ...answer) (string, error) {
	t.Helper()
	program, err := filepath.Abs("awsazurelogin/node_modules/aws-azure-login/lib/index.js")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, c.node, program, "--no-prompt")
	if os.Geteuid() == 0 {
		command.Args = append(command.Args, "--no-sandbox") // Chromium refuses to run as root with one
	}
	command.Dir, command.Env = c.home, c.env
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) } // it takes Chromium with it
	command.WaitDelay = 10 * time.Second
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	console := &console{input: input, answers: answers}
	command.Stdout, command.Stderr = console, console
	if len(answers) == 0 {
		input.Close()
	}
	err = command.Run()
	if ctx.Err() != nil {
		t.Fatalf("aws-azure-login does not end:\n%s", console.output.String())
	}
	if len(console.answers) > 0 {
		t.Errorf("aws-azure-login did not ask for %q", console.answers[0].prompt)
	}
	return console.output.String(), err
}

// console keeps what a program writes and answers its prompts in their order.
// The program's output goes through one goroutine.
type console struct {
	output  bytes.Buffer
	seen    int // of output, up to the prompt that was answered last
	input   io.WriteCloser
	answers []answer
}

func (c *console) Write(p []byte) (int, error) {
	c.output.Write(p)
	if len(c.answers) == 0 || !bytes.Contains(c.output.Bytes()[c.seen:], []byte(c.answers[0].prompt)) {
		return len(p), nil
	}
	c.seen = c.output.Len()
	if _, err := io.WriteString(c.input, c.answers[0].text+"\n"); err != nil {
		return 0, fmt.Errorf("answer %q: %w", c.answers[0].prompt, err)
	}
	c.answers = c.answers[1:]
	if len(c.answers) == 0 {
		c.input.Close()
	}
	return len(p), nil
}

// The program gets past a wrong name, a wrong password and a wrong code, each of
// which it asks for again after the page's words, says that the browser may stay
// signed in, and the next time is not asked for anything.
func TestAWSAzureLoginSignsIn(t *testing.T) {
	t.Parallel() // it mostly waits
	c := newAWSAzureLogin(t, true)
	out, err := c.run(t,
		answer{"Username:", "nobody@contoso.example"}, answer{"This username may be incorrect.", c.ana.UserPrincipalName},
		answer{"Password:", "wrong"}, answer{"Your account or password is incorrect.", directory.DefaultPassword},
		answer{"Enter the code", "000000"}, answer{"Authentication failed during strong authentication request.", oneTimeCode},
	)
	if err != nil {
		t.Fatalf("aws-azure-login: %v\n%s", err, out)
	}
	again, err := c.run(t)
	if err != nil {
		t.Fatalf("aws-azure-login, a second time: %v\n%s", err, again)
	}

	requests := c.requests()
	if len(requests) != 2 {
		t.Fatalf("AWS STS was asked %d times, want twice\n%s\n%s", len(requests), out, again)
	}
	for _, asked := range requests {
		if asked.Get("RoleArn") != awsRole || asked.Get("PrincipalArn") != awsProvider || asked.Get("DurationSeconds") != "3600" {
			t.Errorf("AWS STS was asked for %v", asked)
		}
		xml, err := binding.DecodePOST(asked.Get("SAMLAssertion"))
		if err != nil || !strings.Contains(string(xml), ">ana@contoso.example</NameID>") {
			t.Errorf("AWS STS got the response %s, %v", xml, err)
		}
	}
	credentials, err := os.ReadFile(filepath.Join(c.home, ".aws/credentials"))
	if err != nil || !strings.Contains(string(credentials), "aws_access_key_id=ASIAEXAMPLE") {
		t.Errorf("the credentials are %q, %v", credentials, err)
	}
}

// The program reports the message of the error page.
func TestAWSAzureLoginIsRefused(t *testing.T) {
	t.Parallel() // it mostly waits
	c := newAWSAzureLogin(t, false)
	out, err := c.run(t, answer{"Username:", c.ana.UserPrincipalName}, answer{"Password:", directory.DefaultPassword}, answer{"Verification Code:", oneTimeCode})
	if err == nil || !strings.Contains(out, "AADSTS50105: ") || len(c.requests()) != 0 {
		t.Errorf("aws-azure-login ends with %v:\n%s", err, out)
	}
}
