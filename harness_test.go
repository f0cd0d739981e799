package harness_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
)

// provisioned starts a pair with Ana assigned and provisioned.
func provisioned(t *testing.T, cfg harness.Config) *harness.Harness {
	t.Helper()
	h := harness.Run(t, cfg)
	ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa", Mail: "ana@contoso.example"})
	if err := h.Entra.App().Assign(ana); err != nil {
		t.Fatal(err)
	}
	if err := h.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

// Two harnesses of one process with different frozen times must not see each
// other: no package may keep time, ids or users for itself.
func TestHarnessesAreIsolated(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 4 {
		start := time.Date(2026+10*i, 1, 5, 9, 0, 0, 0, time.UTC)
		h := provisioned(t, harness.Config{Start: start, Seed: uint64(i + 1)})
		wg.Go(func() {
			for range 5 {
				session, err := h.SignInWith(t.Context(), harness.SignIn{User: "ana@contoso.example", Fresh: true})
				if err != nil {
					t.Errorf("harness at %v: %v", start, err)
					return
				}
				if session.Outcome != harness.SignedIn {
					t.Errorf("harness at %v: %+v", start, session)
				}
			}
			for _, e := range h.Trace() {
				if !e.Time.Equal(start) {
					t.Errorf("exchange %d has time %v, want %v", e.Seq, e.Time, start)
					return
				}
			}
		})
	}
	wg.Wait()
}

// The same seed and start give the same ids, so that what a test prints today
// it prints tomorrow.
func TestSameSeedSameIDs(t *testing.T) {
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	a, b := provisioned(t, harness.Config{Start: start, Seed: 7}), provisioned(t, harness.Config{Start: start, Seed: 7})
	other := provisioned(t, harness.Config{Start: start, Seed: 8})
	ids := func(h *harness.Harness) string {
		u, _ := h.IdentityCenter.Store().UserByName("ana@contoso.example")
		return strings.Join([]string{h.Entra.ID(), h.Entra.App().AppID(), h.IdentityCenter.EntityID(), u.ID}, " ")
	}
	if ids(a) != ids(b) {
		t.Errorf("seed 7 gave %s and %s", ids(a), ids(b))
	}
	if ids(a) == ids(other) {
		t.Errorf("seeds 7 and 8 both gave %s", ids(a))
	}
}

func TestSecretsStayOutOfTheTrace(t *testing.T) {
	h := harness.Run(t)
	const password = "correct horse battery staple"
	user, err := h.Entra.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Entra.App().Assign(user); err != nil {
		t.Fatal(err)
	}
	if err := h.IdentityCenter.Store().DeleteToken(h.IdentityCenter.Store().Tokens()[0].ID); err != nil {
		t.Fatal(err)
	}
	access, err := h.EnableProvisioning()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.ConnectProvisioning(t.Context(), h.Entra.App(), access.Token); err != nil {
		t.Fatal(err)
	}
	if err := h.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SignIn(t.Context(), "ana@contoso.example"); err != nil {
		t.Fatal(err)
	}
	trace, err := json.Marshal(h.Trace())
	if err != nil {
		t.Fatal(err)
	}
	for what, secret := range map[string]string{
		"password": password, "password, escaped": strings.ReplaceAll(password, " ", "+"), "SCIM token": access.Token, "private key": "PRIVATE KEY",
	} {
		if strings.Contains(string(trace), secret) {
			t.Errorf("the trace holds the %s", what)
		}
	}
	if n := len(h.Trace()); n < 10 {
		t.Errorf("the trace has only %d exchanges", n)
	}
}

// Both sides record what they receive, decoded, with the checks that they made.
func TestTraceTellsTheWholeSignIn(t *testing.T) {
	h := provisioned(t, harness.Config{})
	before := len(h.Trace())
	if _, err := h.SignIn(t.Context(), "ana@contoso.example"); err != nil {
		t.Fatal(err)
	}
	var story []string
	for _, e := range h.Trace()[before:] {
		var decoded, failed []string
		for _, d := range e.Decoded {
			decoded = append(decoded, d.Name)
		}
		for _, c := range e.Checks {
			if !c.Pass {
				failed = append(failed, c.Name)
			}
		}
		story = append(story, fmt.Sprintf("%s→%s %s %d %v %v", e.From, e.To, e.Kind, e.Response.Status, decoded, failed))
	}
	want := []string{
		"browser→identityCenter access portal 302 [SAMLRequest] []",
		"browser→entra AuthnRequest 200 [SAMLRequest] []",
		"browser→entra sign-in form 200 [] []",
		"browser→entra Stay signed in? 200 [SAMLResponse] []",
		"browser→identityCenter Response 302 [SAMLResponse] []",
		"browser→identityCenter access portal 302 [] []",
		"browser→identityCenter access portal 200 [] []",
	}
	if got := strings.Join(story, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("the trace tells\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestBrowserKeepsItsSessions(t *testing.T) {
	h := provisioned(t, harness.Config{})
	count := func(kind string) (n int) {
		for _, e := range h.Trace() {
			if e.Kind == kind {
				n++
			}
		}
		return n
	}
	for range 2 {
		if _, err := h.SignIn(t.Context(), "ana@contoso.example"); err != nil {
			t.Fatal(err)
		}
	}
	if got := count("sign-in form"); got != 1 {
		t.Errorf("the sign-in form was filled in %d times in one browser, want once", got)
	}
	// Signing out of the portal leaves the session at Entra alone: Identity
	// Center has no single logout.
	if _, err := h.SignOut(t.Context(), "ana@contoso.example", harness.StartPortal); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SignIn(t.Context(), "ana@contoso.example"); err != nil {
		t.Fatal(err)
	}
	if got := count("sign-in form"); got != 1 {
		t.Errorf("after the portal's sign-out the form was filled in %d times, want still once", got)
	}
	if _, err := h.SignOut(t.Context(), "ana@contoso.example", "entra"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SignOut(t.Context(), "ana@contoso.example", harness.StartPortal); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SignInWith(t.Context(), harness.SignIn{User: "ana@contoso.example", Start: harness.StartMyApps}); err != nil {
		t.Fatal(err)
	}
	if got := count("sign-in form"); got != 2 {
		t.Errorf("after both sign-outs the form was filled in %d times, want twice", got)
	}
}

func TestWrongPasswordAndUnknownUser(t *testing.T) {
	h := provisioned(t, harness.Config{})
	for _, test := range []struct{ user, password, code string }{
		{"ana@contoso.example", "wrong", "AADSTS50126"},
		{"nobody@contoso.example", "wrong", "AADSTS50034"},
	} {
		session, err := h.SignInWith(t.Context(), harness.SignIn{User: test.user, Password: test.password, Fresh: true})
		var refused *harness.Refusal
		if !errors.As(err, &refused) || refused.Code != test.code || session.By != "entra" {
			t.Errorf("%s: %v, want %s by entra", test.user, err, test.code)
		}
	}
}

func TestBaseURLsShowInEveryDocument(t *testing.T) {
	h := harness.Run(t, harness.Config{EntraURL: "https://entra.test:8443", AWSURL: "https://aws.test:9443/", Unconnected: true})
	if got := h.Entra.LoginURL(); !strings.HasPrefix(got, "https://entra.test:8443/") {
		t.Errorf("LoginURL = %s", got)
	}
	if got := string(h.IdentityCenter.Metadata()); !strings.Contains(got, `Location="https://aws.test:9443/platform/saml/acs/`) {
		t.Errorf("SP metadata = %s", got)
	}
}

func TestHealthAndReadiness(t *testing.T) {
	h := harness.Run(t)
	for _, path := range []string{"/healthz", "/readyz", "/v1/trace"} {
		resp, err := http.Get(h.ControlURL() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !json.Valid(body) {
			t.Errorf("%s answered %s, %v: %s", path, resp.Status, err, body)
		}
	}
}

func TestNewSaysWhatIsWrong(t *testing.T) {
	taken := harness.Run(t, harness.Config{Unconnected: true})
	_, port, _ := strings.Cut(strings.TrimPrefix(taken.ControlURL(), "http://"), ":")
	for _, test := range []struct {
		name string
		cfg  harness.Config
		want string
	}{
		{"port in use", harness.Config{AWSAddr: "127.0.0.1:" + port}, "address already in use: another program has port " + port + ", another harness perhaps"},
		{"address without a port", harness.Config{EntraAddr: "localhost"}, `address "localhost": want host:port`},
		{"base URL with a path", harness.Config{EntraURL: "http://localhost/entra"}, `base URL "http://localhost/entra" of Entra: BadBaseURL: This is no base URL. (expected an address without name, path, query and fragment;`},
		{"base URL without a scheme", harness.Config{AWSURL: "aws.test"}, `base URL "aws.test"`},
		{"no scheme, control", harness.Config{ControlURL: "control.test"}, `base URL "control.test" of control`},
		{"scheme of something else", harness.Config{AWSURL: "ftp://aws.test"}, "expected http:// or https:// and a host"},
		{"base URL with a query", harness.Config{EntraURL: "https://entra.test?a=b"}, "without name, path, query and fragment"},
		{"base URL with a fragment", harness.Config{EntraURL: "https://entra.test#a"}, "without name, path, query and fragment"},
		{"base URL with a password", harness.Config{EntraURL: "https://ana:secret@entra.test"}, `base URL "https://ana:xxxxx@entra.test" of Entra`},
		{"base URL with a bad port", harness.Config{EntraURL: "https://entra.test:70000"}, "a port of 1 to 65535"},
		{"base URL beyond ASCII", harness.Config{EntraURL: "https://enträ.test", TLS: true}, "xn-- form"},
		{"one base URL for two", harness.Config{EntraURL: "https://id.test", AWSURL: "https://ID.test/"}, "of Identity Center: Entra has the same"},
		{"one address for two", harness.Config{EntraAddr: "127.0.0.1:9", ControlAddr: "127.0.0.1:9"}, `address "127.0.0.1:9": Entra and control cannot both listen there`},
		{"port that is none", harness.Config{AWSAddr: "127.0.0.1:http"}, `want a port of 0 to 65535 after the colon, got "http"`},
		{"port too large", harness.Config{AWSAddr: "127.0.0.1:65536"}, `want a port of 0 to 65535`},
		{"address of another machine", harness.Config{AWSAddr: "192.0.2.1:0"}, "this machine has no such address"},
		{"tenant id that is no GUID", harness.Config{TenantID: "contoso"}, `tenant id "contoso"`},
		{"country of three letters", harness.Config{CountryLetterCode: "DEU"}, `country letter code "DEU"`},
		{"short control token", harness.Config{ControlToken: "secret"}, "the control token has 6 characters; it needs at least 8"},
		{"no region", harness.Config{Region: "mars"}, `region "mars"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, err := harness.New(t.Context(), test.cfg)
			if err == nil {
				h.Close()
				t.Fatal("New succeeded")
			}
			if strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("New = %v, want it to say %q", err, test.want)
			}
		})
	}
}

func BenchmarkRunToSignIn(b *testing.B) {
	for b.Loop() {
		h, err := harness.New(b.Context(), harness.Config{})
		if err != nil {
			b.Fatal(err)
		}
		ana, err := h.Entra.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa"})
		if err != nil {
			b.Fatal(err)
		}
		if err := errors.Join(h.Entra.App().Assign(ana), h.Provision(b.Context())); err != nil {
			b.Fatal(err)
		}
		if _, err := h.SignIn(b.Context(), "ana@contoso.example"); err != nil {
			b.Fatal(err)
		}
		if err := h.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// Harnesses of one process share signing keys for speed, but a test about trust
// can have keys of its own.
func TestFreshKeys(t *testing.T) {
	key := func(cfg harness.Config) string {
		cert := harness.Run(t, cfg).Entra.App().Certificates()[0].X509
		return fmt.Sprint(cert.PublicKey)
	}
	shared, again, fresh := key(harness.Config{}), key(harness.Config{}), key(harness.Config{FreshKeys: true})
	if shared != again {
		t.Error("two harnesses do not share their key")
	}
	if fresh == shared {
		t.Error("FreshKeys gave the shared key")
	}
}
