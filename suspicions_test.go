package harness_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
)

// What a service provider may have held against a response is told: its
// metadata, and the cookies that did not come or were not kept.
func TestSuspicionsOfARefusal(t *testing.T) {
	const fine = "by its metadata nothing is wrong with the response"
	for name, test := range map[string]struct {
		formats string
		grace   bool
		cookie  string // set where the sign-in begins
		session string // set by the ACS
		want    string
		not     string
	}{
		"nothing":                 {want: fine, not: "cookie"},
		"format":                  {formats: "<NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</NameIDFormat>", want: "the NameID has the format emailAddress, and its metadata ask for urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"},
		"any format":              {formats: "<NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</NameIDFormat>", want: fine},
		"empty format":            {formats: "<NameIDFormat/>", want: fine},
		"cookie is not sent":      {cookie: "state=1; SameSite=Lax", want: "cookie state was not sent with the response: SameSite=Lax on a cross-site POST from http://localhost to http://127.0.0.1 (SameSite=None and Secure would let it); " + fine},
		"cookie without SameSite": {cookie: "state=1", want: "from http://localhost to http://127.0.0.1 (SameSite=None and Secure would let it; targets.serviceProvider.sameSiteGrace gives it the two minutes that it has in Chrome); " + fine},
		"its grace":               {cookie: "state=1", grace: true, want: fine, not: "cookie"},
		"cookie of the session":   {session: "__Host-session=1; Path=/", want: "cookie __Host-session was not stored: the prefix __Host- without Secure; " + fine},
	} {
		t.Run(name, func(t *testing.T) {
			var h *harness.Harness
			mux := http.NewServeMux()
			mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
				if test.cookie != "" {
					w.Header().Set("Set-Cookie", test.cookie)
				}
				http.Redirect(w, r, h.Entra.App().UserAccessURL(), http.StatusFound)
			})
			mux.HandleFunc("POST /acs", func(w http.ResponseWriter, _ *http.Request) {
				if test.session != "" {
					w.Header().Set("Set-Cookie", test.session)
				}
				http.Error(w, "no", http.StatusForbidden)
			})
			wiki := httptest.NewServer(mux)
			defer wiki.Close()
			metadata := fmt.Sprintf(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://wiki.contoso.example"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">%s<AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="%s/acs" index="0"/></SPSSODescriptor></EntityDescriptor>`, test.formats, wiki.URL)
			h = harness.Run(t, harness.Config{Targets: harness.Targets{ServiceProvider: &harness.ServiceProviderTarget{Metadata: metadata, Start: wiki.URL + "/login", SameSiteGrace: test.grace, Success: harness.Success{Text: "Hello"}}}})
			ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", Mail: "ana@contoso.example"})
			app := wikiApp(t, h)
			if err := app.Assign(ana); err != nil {
				t.Fatal(err)
			}
			if _, err := h.ExchangeMetadata(t.Context(), app); err != nil {
				t.Fatal(err)
			}
			session, err := h.SignIn(t.Context(), "ana@contoso.example")
			if err == nil || session.By != "serviceProvider" {
				t.Fatalf("%v, %+v", err, session)
			}
			if last := h.Trace()[len(h.Trace())-1]; last.To != "serviceProvider" || last.Protocol != "saml" || last.Kind != "Response" || len(last.Decoded) != 1 || last.Decoded[0].Name != "SAMLResponse" || !strings.Contains(last.Decoded[0].Text, "ana@contoso.example") {
				t.Errorf("the trace has %s %s for %s, decoded %v", last.Protocol, last.Kind, last.To, last.Decoded)
			}
			if hint := session.Explanation.Hint; !strings.Contains(hint, test.want) || test.not != "" && strings.Contains(hint, test.not) {
				t.Errorf("want %q, got %q", test.want, hint)
			}
		})
	}
}

func wikiApp(t *testing.T, h *harness.Harness) *idp.Application {
	t.Helper()
	app, err := h.Entra.CreateApplication(idp.ApplicationConfig{Name: "Wiki"})
	if err != nil {
		t.Fatal(err)
	}
	return app
}
