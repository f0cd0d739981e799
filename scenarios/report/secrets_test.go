package report_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/idharness/harness/scenarios"
	"github.com/idharness/harness/scenarios/report"
)

const secretScenario = `name: Secrets everywhere, ${word}
secrets: [word, nick]
vars: {word: hushed, nick: "Nick & <Name>", scimToken: token-by-its-name}
tags: ["${word}"]
entra:
  users: [{userPrincipalName: ana@contoso.example, displayName: "${nick}", givenName: "${nick}", surname: "${word}", password: 'Of<Ana>&"9'}]
  app: {name: App, template: aws-iam-identity-center, assignments: [{user: ana@contoso.example}]}
steps:
  - exchangeMetadata: {}
  - connectProvisioning: {}
  - provision: {cycle: initial}
  - signIn: {user: ana@contoso.example}
  - {scim: {path: /Users}, expect: {status: 200}}
finally:
  - {signIn: {user: ana@contoso.example, password: Typed-Wrong-1, fresh: true}, expect: {outcome: signedIn}}
  - {http: {url: "${env:SERVER}/pin", headers: {Authorization: Bearer typed-bearer-1, Cookie: c=typed-cookie-1, X-Pin: "${env:PIN}"}}, expect: {headers: {set-cookie: x}, body: {accessToken: x, deep: {}}}}
  - {observe: entra.users, name: "${scimToken}", expect: [{displayName: "${word}", givenName: "${scimToken}"}]}
  - {scim: {path: /Users, token: typed-scim-token-1}, expect: {status: 200}}
  - {observe: entra.users, expect: [{displayName: "${env:PIN}"}]}
  - {entra: {uploadCertificate: {keyPair: "${env:KEY}"}}, expect: {thumbprint: "${env:KEY}"}}
  - {scim: {path: /Users, token: "${env:PIN}"}, name: "With ${env:PIN}", expect: {status: 401}}
  - {entra: {uploadCertificate: {keyPair: "no ${env:PIN}"}}, expect: {thumbprint: x}}
`

// Passwords, tokens, cookies, keys and what comes from the environment are in
// no report, whatever their form, also where an expectation shows what came.
func TestNoReportHoldsSecrets(t *testing.T) {
	const pin = `env "pin" 4711 & <more>`
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pair := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Pin") != pin || r.Header.Get("Authorization") != "Bearer typed-bearer-1" {
			t.Errorf("secrets did not arrive: %v", r.Header)
		}
		w.Header().Add("Set-Cookie", "sid=cookie-of-server-1; Path=/; Expires=Thu, 01 Jan 2099 00:00:00 GMT")
		w.Header().Add("Set-Cookie", `other="cookie-of-server-2"; HttpOnly`)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"accessToken":"token-of-server-1","deep":[{"roleCredentials":{"secretAccessKey":"key/of+server=1","sessionToken":"session-of-server-1"}}],"echo":"`+"cookie-of-server-1"+`","pin":`+strconv.Quote(pin)+`}`)
	}))
	defer server.Close()
	env := map[string]string{"SERVER": server.URL, "PIN": pin, "KEY": pair}
	o := scenarios.Options{Env: func(name string) (string, bool) { value, ok := env[name]; return value, ok }}
	s, err := scenarios.Load("secrets.yaml", []byte(secretScenario), o)
	if err != nil {
		t.Fatal(err)
	}
	var screen bytes.Buffer
	c := report.NewConsole(&screen, report.ConsoleOptions{})
	o.OnStepStart, o.OnStep = c.StepBegins, c.Step
	c.Begin(s)
	r := scenarios.Run(t.Context(), s, o)
	c.End(s, r)
	for _, step := range r.Steps {
		if step.Status == scenarios.Skipped || step.Number < 6 && step.Status != scenarios.Passed {
			t.Fatalf("step %d %s: %s\n%s%s", step.Number, step.Title, step.Status, step.Error, strings.Join(step.Failures, "\n"))
		}
	}
	known := map[string]string{
		"a user's password": `Of<Ana>&"9`, "a typed password": "Typed-Wrong-1", "a typed token": "typed-bearer-1", "a typed cookie": "typed-cookie-1", "a typed SCIM token": "typed-scim-token-1",
		"a cookie": "cookie-of-server-1", "a quoted cookie": "cookie-of-server-2", "an access token": "token-of-server-1", "a secret access key": "key/of+server=1", "a session token": "session-of-server-1",
		"the environment": pin, "a key": strings.Fields(pair)[5], "a declared secret": `Nick & <Name>`, "a short one": "hushed", "one by its name": "token-by-its-name",
		"the end of a key": strings.Fields(pair)[20],
	}
	texts := map[string]string{"console": screen.String()}
	for _, format := range formats[:6] {
		var out bytes.Buffer
		if err := format.write(&out, []scenarios.Report{r}); err != nil {
			t.Fatal(err)
		}
		texts[format.file] = out.String()
	}
	assertions := false
	for where, text := range texts {
		if !strings.Contains(text, "***") && where != "trace.json" {
			t.Errorf("%s: nothing is masked:\n%s", where, text)
		}
		for _, encoded := range encodings.FindAllString(text, -1) {
			decoded, err := base64.RawStdEncoding.DecodeString(encoded[:len(encoded)&^3])
			if err == nil && (bytes.Contains(decoded, []byte("Nick &")) || bytes.Contains(decoded, []byte("hushed"))) {
				t.Errorf("%s holds a declared secret in Base64: %s", where, decoded)
			}
			assertions = assertions || bytes.Contains(decoded, []byte(":assertion"))
		}
		for what, secret := range known {
			for _, form := range spellings(secret) {
				if i := strings.Index(text, form); i >= 0 {
					t.Errorf("%s holds %s: …%s…", where, what, text[max(0, i-200):min(len(text), i+len(form)+20)])
				}
			}
		}
	}
	if !strings.Contains(texts["report.json"], server.URL) {
		t.Error("the server's address is masked although it is no secret")
	}
	if !assertions {
		t.Error("no report holds an assertion in Base64: nothing was looked into")
	}
	if !strings.Contains(texts["report.json"], "With ***") {
		t.Error("the title of a step is lost")
	}
}

var encodings = regexp.MustCompile(`[A-Za-z0-9+/]{200,}`)

// spellings are the ways in which the formats write a text.
func spellings(text string) []string {
	html := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;", "+", "&#43;")
	quoted := strings.Trim(strconv.Quote(text), `"`)
	twice := strings.Trim(strconv.Quote(quoted), `"`)
	return []string{text, quoted, twice, html.Replace(text), html.Replace(quoted), strings.ReplaceAll(text, " ", "%20"), strings.ReplaceAll(strings.ReplaceAll(text, " ", "+"), `"`, "%22")}
}
