package harness_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
)

// The whole walk over HTTPS: provisioning, browser and clients trust the local
// authority, and every address in every document says https.
func TestTLS(t *testing.T) {
	h := harness.Run(t, harness.Config{TLS: true})
	for _, v := range h.Environment() {
		if strings.HasSuffix(v.Name, "_URL") && !strings.HasPrefix(v.Value, "https://") {
			t.Errorf("%s = %s", v.Name, v.Value)
		}
	}
	ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa"})
	h.Entra.App().Assign(ana)
	if err := h.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	session, err := h.SignIn(t.Context(), "ana@contoso.example")
	if err != nil {
		t.Fatal(err)
	}
	if session.Outcome != harness.SignedIn || session.Portal == nil || !strings.HasPrefix(session.URL, "https://127.0.0.1:") {
		t.Errorf("signed in: %+v", session)
	}
	cookies := 0
	for _, e := range h.Trace() {
		if !strings.HasPrefix(e.Request.URL, "https://") {
			t.Errorf("exchange %d went to %s", e.Seq, e.Request.URL)
		}
		if e.Protocol == "scim" && len(e.Request.Header["Accept-Encoding"]) > 0 {
			t.Errorf("provisioning asks for compression: %v", e.Request.Header)
		}
		for _, cookie := range e.Response.Header["Set-Cookie"] {
			cookies++
			if !strings.Contains(cookie, "; Secure") {
				t.Errorf("a cookie without Secure: %s", cookie)
			}
		}
	}
	if cookies == 0 {
		t.Error("no cookie was set")
	}
}

func ask(t *testing.T, client *http.Client, address string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err == nil {
		resp.Body.Close()
	}
	return resp, err
}

// Who trusts the authority is served, nobody else is; base URLs that are set
// later are among the names, and so is the address that a client has reached.
func TestTLSForOtherClients(t *testing.T) {
	// A real moment far from the virtual one: certificates follow the former.
	h := harness.Run(t, harness.Config{TLS: true, Start: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), EntraAddr: "0.0.0.0:0"})
	client := func(config *tls.Config) *http.Client {
		transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true, DisableKeepAlives: true, DialContext: func(_ context.Context, network, addr string) (net.Conn, error) {
			return net.Dial(network, strings.Replace(addr, "entra.test:", "127.0.0.1:", 1))
		}}
		return &http.Client{Transport: transport}
	}
	stranger := client(nil)
	if _, err := ask(t, stranger, h.ControlURL()+"/readyz"); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("a client that does not know the authority: %v", err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(h.CACertificate())
	for name, config := range map[string]*tls.Config{"CACertificate": {RootCAs: pool}, "TLSClientConfig": h.TLSClientConfig()} {
		for _, address := range []string{h.Entra.MetadataURL(""), h.IdentityCenter.MetadataURL(), h.ControlURL() + "/readyz"} {
			resp, err := ask(t, client(config), address)
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("%s: %s: %v, %v", name, address, resp, err)
				continue
			}
			if resp.ProtoMajor != 1 {
				t.Errorf("%s speaks %s", address, resp.Proto)
			}
		}
	}
	u, err := url.Parse(h.Entra.BaseURL())
	if err != nil {
		t.Fatal(err)
	}
	trusting := client(h.TLSClientConfig())
	named := "https://entra.test:" + u.Port()
	if _, err := ask(t, trusting, named+"/"); err == nil || !strings.Contains(err.Error(), "not entra.test") {
		t.Errorf("a name that is nobody's: %v", err)
	}
	if err := h.SetBaseURLs(harness.BaseURLs{Entra: named}); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(t, trusting, h.Entra.MetadataURL("")); err != nil {
		t.Errorf("a base URL that was set later: %v", err)
	}
	if app := h.Entra.App(); app == nil {
		t.Error("no application")
	} else if _, err := h.ExchangeMetadata(t.Context(), app); err != nil { // the harness itself finds it
		t.Error(err)
	}
	second := "127.0.0.2:" + u.Port() // this machine's too, as a container's address is
	if conn, err := net.Dial("tcp", second); err != nil {
		t.Logf("this machine has no 127.0.0.2: %v", err)
	} else {
		conn.Close()
		if _, err := ask(t, trusting, "https://"+second+"/"); err != nil {
			t.Errorf("the address that was reached: %v", err)
		}
	}
}

// Plain HTTP at a port that speaks TLS is told so.
func TestHTTPToTLSPort(t *testing.T) {
	h := harness.Run(t, harness.Config{TLS: true})
	for _, base := range []string{h.Entra.BaseURL(), h.IdentityCenter.BaseURL(), h.ControlURL()} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(base, "https://"))
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		conn.Close()
		if err != nil || resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "HTTPS") {
			t.Errorf("%s: %s %q, %v", base, resp.Status, body, err)
		}
	}
}

func TestWriteCAFile(t *testing.T) {
	h := harness.Run(t, harness.Config{TLS: true})
	name := filepath.Join(t.TempDir(), "ca.pem")
	if err := h.WriteCAFile(name); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) || strings.Contains(string(data), "PRIVATE KEY") || strings.Count(string(data), "BEGIN") != 1 {
		t.Errorf("the file is not the certificate alone:\n%s", data)
	}
	told := ""
	for _, v := range h.Environment() {
		if v.Name == "HARNESS_CA_FILE" {
			told = v.Value
		}
	}
	if told != name {
		t.Errorf("HARNESS_CA_FILE = %q, want %q", told, name)
	}
	if err := h.WriteCAFile(filepath.Join(name, "below-a-file.pem")); err == nil {
		t.Error("a file below a file was written")
	}
	if entries, err := os.ReadDir(filepath.Dir(name)); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	plain := harness.Run(t)
	if err := plain.WriteCAFile(name); err == nil || plain.CACertificate() != nil {
		t.Errorf("without TLS: %v, %v", err, plain.CACertificate())
	}
	if config := plain.TLSClientConfig(); config == nil || config.RootCAs != nil {
		t.Errorf("without TLS clients trust %+v", config)
	}
}
