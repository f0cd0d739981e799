package harness_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
)

// A service provider that sends the browser on for ever refuses it, and the
// account of it ends where the first round does.
func TestServiceProviderInCircles(t *testing.T) {
	for name, test := range map[string]struct {
		session string // cookie that the ACS sets
		alone   bool   // it does not even ask Entra
		hint    string
	}{
		"its session is not found again": {session: "session=1; Path=/other", hint: "it gets a response and asks for another one at once: it does not find its session again, or takes the response for none of its own; by its metadata nothing is wrong with the response"},
		"its session is not stored":      {session: "__Host-session=1", hint: "cookie __Host-session was not stored: the prefix __Host- without Secure"},
		"without Entra":                  {alone: true, hint: "no SAML response has passed: the service provider sends the browser round without Entra"},
	} {
		t.Run(name, func(t *testing.T) {
			var h *harness.Harness
			mux := http.NewServeMux()
			mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
				if test.alone {
					http.Redirect(w, r, "/?again", http.StatusFound)
					return
				}
				http.Redirect(w, r, h.Entra.App().UserAccessURL(), http.StatusFound)
			})
			mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) })
			mux.HandleFunc("POST /acs", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Set-Cookie", test.session)
				http.Redirect(w, r, "/", http.StatusFound)
			})
			wiki := httptest.NewServer(mux)
			defer wiki.Close()
			metadata := `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://wiki.contoso.example"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="` + wiki.URL + `/acs" index="0"/></SPSSODescriptor></EntityDescriptor>`
			h = harness.Run(t, harness.Config{Targets: harness.Targets{ServiceProvider: &harness.ServiceProviderTarget{Metadata: metadata, Start: wiki.URL, Success: harness.Success{Text: "Hello"}}}})
			app := wikiApp(t, h)
			if err := app.Assign(h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"})); err != nil {
				t.Fatal(err)
			}
			if _, err := h.ExchangeMetadata(t.Context(), app); err != nil {
				t.Fatal(err)
			}
			session, err := h.SignIn(t.Context(), "ana@contoso.example")
			var refused *harness.Refusal
			if !errors.As(err, &refused) || session.By != "serviceProvider" || session.Code != "RedirectLoop" || session.Explanation.Hint != refused.Hint {
				t.Fatalf("%v, %+v", err, session)
			}
			if !strings.HasPrefix(refused.Hint, test.hint) || !strings.HasPrefix(refused.Where, wiki.URL) || !strings.HasSuffix(refused.Got, ", and so on") {
				t.Errorf("%+v", refused)
			}
			if test.alone != (session.NameID == nil) || len(session.Hops) > 10 {
				t.Errorf("NameID %v, %d hops", session.NameID, len(session.Hops))
			}
		})
	}
}
