package wiki_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crewjam/saml/samlsp"

	"example.com/wiki"
	"github.com/idharness/harness/harnesstest"
)

// start serves a wiki that trusts the Entra ID of a container.
func start(t *testing.T) (base string, entra *harnesstest.Container) {
	t.Helper()
	pool := harnesstest.Pool(t)
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	entra = harnesstest.Run(t, pool, harnesstest.Config{Scenario: "testdata/wiki.yaml", Env: []string{"HARNESS_UP_VAR=wiki=" + server.URL}})

	from, err := url.Parse(entra.MetadataURL)
	if err != nil {
		t.Fatal(err)
	}
	metadata, err := samlsp.FetchMetadata(t.Context(), http.DefaultClient, *from)
	if err != nil {
		t.Fatal(err)
	}
	key, certificate := newKeyPair(t)
	if handler, err = wiki.New(wiki.Config{Root: server.URL, Entra: metadata, Key: key, Certificate: certificate}); err != nil {
		t.Fatal(err)
	}
	return server.URL, entra
}

func newKeyPair(t *testing.T) (*rsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "wiki"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, certificate
}

// visit opens the wiki as somebody who is not signed in and returns where it
// sends them.
func visit(t *testing.T, client *http.Client, base string) string {
	t.Helper()
	once := *client
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := once.Get(base + "/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusFound {
		t.Fatalf("the wiki answered %s, want a redirect to Entra", resp.Status)
	}
	return resp.Header.Get("Location")
}

// signIn has the harness sign somebody in at the address that the wiki sent the
// browser to. Into reads the answer: the form for the wiki, or a refusal.
func signIn(t *testing.T, entra *harnesstest.Container, user, address string, into any) (status int) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"user": user, "url": address})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, entra.ControlURL+"/v1/sign-in", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+entra.ControlToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

func TestAnaSignsIn(t *testing.T) {
	base, entra := start(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	var form struct {
		URL    string
		Fields map[string]string
	}
	if status := signIn(t, entra, "ana@contoso.example", visit(t, client, base), &form); status != http.StatusOK {
		t.Fatalf("Entra answered %d", status)
	}
	if form.URL != base+"/saml/acs" {
		t.Errorf("Entra posts to %s", form.URL)
	}
	values := url.Values{}
	for name, value := range form.Fields {
		values.Set(name, value)
	}
	resp, err := client.PostForm(form.URL, values)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(page), "Hello, Ana Sousa") {
		t.Errorf("the wiki answered %s, %v: %s", resp.Status, err, page)
	}
}

// Dan is not assigned: Entra refuses, and the harness says why and what to do.
func TestDanIsNotAssigned(t *testing.T) {
	base, entra := start(t)
	var refusal struct{ Code, Fix string }
	status := signIn(t, entra, "dan@contoso.example", visit(t, &http.Client{}, base), &refusal)
	if status < 400 || refusal.Code != "AADSTS50105" || refusal.Fix == "" {
		t.Errorf("Entra answered %d, %+v; want AADSTS50105", status, refusal)
	}
}
