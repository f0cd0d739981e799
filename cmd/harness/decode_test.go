package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const samples = "../../internal/saml/inspect/testdata/"

// TestDecode: the exit status and the last words of harness decode.
func TestDecode(t *testing.T) {
	read := func(name string) string {
		data, err := os.ReadFile(samples + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	signed := read("signed.xml")
	certificate := strings.Split(strings.TrimSpace(read("idp.pem")), "\n")
	metadata := `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.contoso.example/"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` +
		strings.Join(certificate[1:len(certificate)-1], "\n") + `</X509Certificate></X509Data></KeyInfo></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/metadata" {
			http.NotFound(w, r)
			return
		}
		w.Write([]byte(metadata))
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	metadataFile, notKey := filepath.Join(dir, "metadata.xml"), filepath.Join(dir, "key.pem")
	for name, text := range map[string]string{metadataFile: metadata, notKey: "SECRET-9d1c"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := []string{"--time", "2026-01-05T09:01:00Z"}
	for _, test := range []struct {
		name   string
		stdin  string
		args   []string
		status int
		stdout string
		stderr string
	}{
		{"from standard input", signed, nil, exitPassed, "decoded; no check was asked for", ""},
		{"from - and a file", signed, []string{"-"}, exitPassed, "Assertion _assertion1, not verified", ""},
		{"from a file", "", []string{samples + "signed.xml"}, exitPassed, "<saml:NameID", ""},
		{"with the certificate", signed, append(at, "--cert", samples+"idp.pem"), exitPassed, "all 3 checks asked for hold: structure, signature, times", ""},
		{"with another", signed, append(at, "--cert", samples+"other.pem"), exitFailed, "FAILED: signature", ""},
		{"with metadata", signed, append(at, "--metadata", metadataFile), exitPassed, "all 4 checks asked for hold: structure, signature, issuer, times", ""},
		{"with metadata at an address", signed, append(at, "--metadata", server.URL+"/metadata"), exitPassed, "all 4 checks asked for hold", ""},
		{"expired", signed, []string{"--time", "now"}, exitFailed, "FAILED: times", ""},
		{"expired, by skew", signed, []string{"--skew", "3m"}, exitFailed, "FAILED: times", ""},
		{"audience", signed, []string{"--audience", "x"}, exitFailed, "FAILED: audience", ""},
		{"recipient", signed, []string{"--recipient", "x"}, exitFailed, "FAILED: recipient", ""},
		{"destination", signed, []string{"--destination", "x"}, exitFailed, "FAILED: destination", ""},
		{"request", signed, []string{"--request-id", ""}, exitFailed, "expected none, got _request1", ""},
		{"redirect", read("redirect.url"), []string{"--cert", samples + "idp.pem"}, exitPassed, "over the query (Redirect binding): rsa-sha256", ""},
		{"full", signed, []string{"--full"}, exitPassed, certificate[1][:60], ""},
		{"not decodable", "PHNhbWw!", nil, exitInvalid, "", "not decodable: base64, position 8: '!'"},
		{"no file", "", []string{"no-such-file"}, exitUnreachable, "", "no-such-file"},
		{"no certificate file", signed, []string{"--cert", "no-such-file"}, exitUnreachable, "", "--cert: open no-such-file"},
		{"no certificate in it", signed, []string{"--cert", metadataFile}, exitInvalid, "", "read certificate"},
		{"no metadata in it", signed, []string{"--metadata", samples + "signed.xml"}, exitInvalid, "", "which is no SAML metadata"},
		{"no metadata there", signed, []string{"--metadata", server.URL + "/"}, exitUnreachable, "", "404 Not Found"},
		{"no key in it", signed, []string{"--key", notKey}, exitInvalid, "", "it is no private key"},
		{"bad time", signed, []string{"--time", "yesterday"}, exitUsage, "", `--time "yesterday"`},
		{"negative skew", signed, []string{"--skew", "-1m"}, exitUsage, "", "cannot be negative"},
		{"two files", signed, []string{"a", "b"}, exitUsage, "", "accepts at most 1 arg"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			p := &process{
				Args: append([]string{"decode"}, test.args...), LookupEnv: func(string) (string, bool) { return "", false },
				Stdin: strings.NewReader(test.stdin), Stdout: &stdout, Stderr: &stderr,
			}
			if status := p.main(t.Context()); status != test.status {
				t.Errorf("exit status %d, want %d\n%s%s", status, test.status, stdout.String(), stderr.String())
			}
			if !strings.Contains(stdout.String(), test.stdout) {
				t.Errorf("stdout lacks %q:\n%s", test.stdout, stdout.String())
			}
			if test.stderr != "" && !strings.Contains(stderr.String(), test.stderr) || test.stderr == "" && stderr.Len() > 0 {
				t.Errorf("stderr is %q, want %q", stderr.String(), test.stderr)
			}
			if strings.Contains(stdout.String()+stderr.String(), "SECRET-9d1c") {
				t.Error("the output repeats the key file")
			}
			if strings.Contains(stdout.String(), "\x1b") {
				t.Error("colour was used although the output is no terminal")
			}
		})
	}
}

// --json prints the same as data.
func TestDecodeJSON(t *testing.T) {
	got := command(t, "decode", samples+"signed.xml", "--json", "--cert", samples+"other.pem")
	var report struct {
		Messages []struct {
			Kind       string
			Assertions []struct{ NameID struct{ Value string } }
			Checks     []struct{ Name, Verdict string }
		}
	}
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil || got.status != exitFailed {
		t.Fatalf("exit status %d, %v\n%s", got.status, err, got.stdout)
	}
	m := report.Messages[0]
	if m.Kind != "Response" || m.Assertions[0].NameID.Value != "ana@contoso.example" {
		t.Errorf("message: %+v", m)
	}
	found := false
	for _, c := range m.Checks {
		found = found || c.Name == "signature" && c.Verdict == "fail"
	}
	if !found {
		t.Errorf("checks: %+v", m.Checks)
	}
}

// What a run leaves behind can be decoded: every message of its trace, once.
func TestDecodeReadsATrace(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace.json")
	if got := command(t, "run", walk, "--trace", trace); got.status != exitPassed {
		t.Fatalf("exit status %d\n%s", got.status, got.stderr)
	}
	got := command(t, "decode", trace)
	if got.status != exitPassed || !strings.Contains(got.stdout, "AuthnRequest (JSON, URL: URL decoding, then base64, then raw DEFLATE)") ||
		!strings.Contains(got.stdout, "Response (JSON, form body: URL decoding, then base64)") {
		t.Errorf("exit status %d\n%.2000s%s", got.status, got.stdout, got.stderr)
	}
}
