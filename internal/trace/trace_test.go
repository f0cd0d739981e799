package trace

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

type fixedClock struct{}

func (fixedClock) Now() time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) }

func TestSecretsNeverEnterTheTrace(t *testing.T) {
	r := NewRecorder(fixedClock{})
	r.Secret("aws-token-0123456789")
	server := httptest.NewServer(r.Middleware("entra", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		io.Copy(io.Discard, req.Body)
		From(req.Context()).Check("token", true, "got aws-token-0123456789")
		From(req.Context()).Secret("page+secret")
		http.SetCookie(w, &http.Cookie{Name: "ESTSAUTH", Value: "session-secret"})
		w.Header().Set("Location", "/start?auth_code=code-secret&state=s")
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"accessToken":"json-secret","token":"aws-token-0123456789","page":"page+secret or page&#43;secret"}`)
	})))
	defer server.Close()

	form := strings.NewReader("login=ana&passwd=form-secret%21&ctx=1")
	req, err := http.NewRequest("POST", server.URL+"/login?code=query-secret&X-Amz-Security-Token=signed-secret", form)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer header-secret")
	req.Header.Set("X-Amz-Security-Token", "signed-secret")
	req.Header.Set("Cookie", "a=cookie-secret; b=cookie-secret")
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()

	exchanges := r.Exchanges()
	if len(exchanges) != 1 {
		t.Fatalf("recorded %d exchanges, want 1", len(exchanges))
	}
	all, err := json.Marshal(exchanges)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"session-secret", "code-secret", "json-secret", "form-secret", "query-secret", "header-secret", "cookie-secret", "aws-token", "signed-secret", "page+secret", "page&#43;secret", `page\u0026#43;secret`} {
		if strings.Contains(string(all), secret) {
			t.Errorf("the trace holds %q: %s", secret, all)
		}
	}
	for _, kept := range []string{"login=ana", "ctx=1", "state=s", "Bearer ***"} {
		if !strings.Contains(string(all), strings.ReplaceAll(kept, "&", `\u0026`)) {
			t.Errorf("the trace lost %q: %s", kept, all)
		}
	}
}

func TestTransportRecordsOnlyForeignSystems(t *testing.T) {
	r := NewRecorder(fixedClock{})
	own := httptest.NewServer(r.Middleware("scim", http.NotFoundHandler()))
	defer own.Close()
	r.Serve(strings.TrimPrefix(own.URL, "http://"), "scim")
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
	defer foreign.Close()

	client := &http.Client{Transport: r.Transport("entra", "scim", http.DefaultTransport)}
	for _, url := range []string{own.URL, foreign.URL} {
		resp, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}

	exchanges := r.Exchanges()
	if len(exchanges) != 2 {
		t.Fatalf("recorded %d exchanges, want one by each side", len(exchanges))
	}
	if got := exchanges[0].To; got != "scim" {
		t.Errorf("first exchange went to %q, want scim", got)
	}
	if got := exchanges[1]; got.From != "entra" || got.Response.Body != "hello" || got.Response.Status != 200 {
		t.Errorf("second exchange = %+v, want entra's request with its answer", got)
	}
}

// A SCIM PATCH names the attribute in path and carries the secret in value
// (RFC 7644 section 3.5.2), so the key alone does not give it away.
func TestPasswordsInSCIMPatchesAreMasked(t *testing.T) {
	for _, test := range []struct{ body, secret, kept string }{
		{`{"Operations":[{"op":"replace","path":"password","value":"patch-secret"}]}`, "patch-secret", `"path":"password"`},
		{`{"Operations":[{"value": "patch-\"secret", "op":"add", "path" : "PassWord"}]}`, "secret", `"op":"add"`},
		{`{"Operations":[{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:User:password","value":"patch-secret"}]}`, "patch-secret", "User:password"},
		{`{"Operations":[{"op":"replace","value":{"password":"patch-secret","title":"Engineer"}}]}`, "patch-secret", "Engineer"},
		{`{"Operations":[{"op":"replace","path":"title","value":"password"}]}`, "", `"value":"password"`},
	} {
		got := maskBody("application/scim+json", []byte(test.body))
		if test.secret != "" && strings.Contains(got, test.secret) {
			t.Errorf("%s became %s, which holds the secret", test.body, got)
		}
		if !strings.Contains(got, test.kept) {
			t.Errorf("%s became %s, which lost %s", test.body, got, test.kept)
		}
	}
}

// Every name whose value is a secret is found in any case, also where (?i)
// takes a letter for another one that is not its lower case.
func TestSecretNamesInAnyCase(t *testing.T) {
	for _, name := range secretNames {
		for _, spelled := range []string{name, strings.ToUpper(name), strings.ToTitle(name[:1]) + name[1:], strings.ReplaceAll(name, "s", "\u017f"), strings.ReplaceAll(name, "k", "\u212a")} {
			body := `{"title":"Engineer","` + spelled + `" : "hidden"}`
			if got := maskBody("application/json", []byte(body)); strings.Contains(got, "hidden") || !strings.Contains(got, "Engineer") {
				t.Errorf("%s became %s", body, got)
			}
		}
	}
	const plain = `{"title":"Engineer","name":{"givenName":"Ana"}}`
	if got := maskBody("application/json", []byte(plain)); got != plain || mayHoldSecret(plain) {
		t.Errorf("%s became %s", plain, got)
	}
}
