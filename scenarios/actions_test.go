package scenarios

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	signingkeys "github.com/idharness/harness/internal/keys"
	"github.com/idharness/harness/internal/strictyaml"
)

func TestEveryAction(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/acs" { // a service provider that takes whatever comes
			io.WriteString(w, "<title>Signed in</title>")
			return
		}
		body := map[string]string{"method": r.Method, "header": r.Header.Get("X-Test")}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		json.NewEncoder(w).Encode(body)
	}))
	defer server.Close()
	pair := keyPair(t)
	certificate, _, _ := strings.Cut(pair, "-----BEGIN PRIVATE KEY-----")
	env := map[string]string{"HARNESS_TEST_URL": server.URL, "HARNESS_TEST_KEYPAIR": pair, "HARNESS_TEST_CERTIFICATE": certificate}
	Test(t, "testdata/*.yaml", Options{Env: func(name string) (string, bool) { value, ok := env[name]; return value, ok }, received: shaped(t)})
}

// keyPair is a certificate with its key, PEM, as an administrator uploads them.
func keyPair(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := signingkeys.SelfSigned(key, "Contoso signing", time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})) + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// Whatever the language has stands in a scenario that is run: a verb, action or
// observation that nobody uses is one that nobody has seen work.
func TestNothingOfTheLanguageIsUntried(t *testing.T) {
	used := make(map[string]bool)
	for _, pattern := range []string{"*.yaml", "testdata/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file, err := strictyaml.Parse(path, data)
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range file.Root().Get("steps").Items() {
				for _, pair := range step.Pairs() {
					verb := pair.Key.Text()
					used[verb] = true
					switch verb {
					case "entra", "identityCenter":
						used[verb+" "+pair.Value.Pairs()[0].Key.Text()] = true
					case "observe":
						used["observe "+pair.Value.Text()] = true
					}
				}
			}
		}
	}
	check := func(name string) {
		if !used[name] {
			t.Errorf("no scenario uses %s", name)
		}
	}
	for verb := range verbs {
		check(verb)
	}
	for action := range entraActions {
		check("entra " + action)
	}
	for action := range awsActions {
		check("identityCenter " + action)
	}
	for name := range observations {
		check("observe " + name)
	}
}
