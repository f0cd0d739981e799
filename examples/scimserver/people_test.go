package people

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
)

const token = "the token of this test"

// start starts the server and an Entra whose provisioning service is connected
// to it.
func start(t *testing.T) (*Store, *harness.Harness, *idp.Application) {
	t.Helper()
	store, handler, err := New(token)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)

	no := false
	h := harness.Run(t, harness.Config{
		Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC),
		Targets: harness.Targets{SCIM: &harness.SCIMTarget{
			URL:   server.URL + "/v2?aadOptscim062020", // without it Entra sends "False" for false, which the library refuses
			Token: token,
		}},
	})
	app, err := h.Entra.CreateApplication(idp.ApplicationConfig{Name: "People"})
	if err != nil {
		t.Fatal(err)
	}
	settings := app.Provisioning().Settings()
	settings.Groups.Enabled = &no // the server has no groups
	if err := app.Provisioning().Configure(settings); err != nil {
		t.Fatal(err)
	}
	if err := h.ConnectProvisioning(t.Context(), app, ""); err != nil { // "Test Connection" in the portal
		t.Fatal(err)
	}
	return store, h, app
}

func assign(t *testing.T, h *harness.Harness, app *idp.Application, user directory.User) directory.User {
	t.Helper()
	user = h.Entra.AddUser(user)
	if err := app.Assign(user); err != nil {
		t.Fatal(err)
	}
	return user
}

func TestJoinerArrives(t *testing.T) {
	store, h, app := start(t)
	ana := assign(t, h, app, directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa"})
	h.Entra.AddUser(directory.User{UserPrincipalName: "dan@contoso.example", DisplayName: "Dan Roth"}) // not assigned
	if err := h.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	user, ok := store.ByName("ana@contoso.example")
	if !ok || user["active"] != true || user["displayName"] != "Ana Sousa" || user["externalId"] != ana.MailNickname {
		t.Errorf("the server has %v", user)
	}
	if user, ok := store.ByName("dan@contoso.example"); ok {
		t.Errorf("the server has %v, who is not assigned", user)
	}
}

// What Entra sent is in the trace, with the answers.
func TestWhatIsSent(t *testing.T) {
	_, h, app := start(t)
	assign(t, h, app, directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa"})
	before := h.Exchanges()
	if err := h.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	var created []map[string]any
	for _, exchange := range h.Trace()[before:] {
		if exchange.Request.Method != http.MethodPost {
			continue
		}
		var body map[string]any
		if err := json.Unmarshal([]byte(exchange.Request.Body), &body); err != nil {
			t.Fatal(err)
		}
		created = append(created, body)
		if exchange.Response.Status != http.StatusCreated {
			t.Errorf("the server answered %d: %s", exchange.Response.Status, exchange.Response.Body)
		}
		if strings.Contains(strings.Join(exchange.Request.Header["Authorization"], ""), token) {
			t.Error("the trace shows the token")
		}
	}
	if len(created) != 1 || created[0]["userName"] != "ana@contoso.example" {
		t.Errorf("Entra created %v", created)
	}
}

// Whoever leaves is disabled with the next cycle, forty minutes later, which take
// no time at all.
func TestLeaverIsDisabled(t *testing.T) {
	store, h, app := start(t)
	ana := assign(t, h, app, directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"})
	if err := h.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Entra.Directory().SetEnabled(ana.ID, false); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(40 * time.Minute)
	if user, ok := store.ByName("ana@contoso.example"); !ok || user["active"] != false {
		t.Errorf("the server has %v, want her there and not active", user)
	}
}

// Somebody who was there before SCIM is found by name, and not made again.
func TestWhoIsThereIsMatched(t *testing.T) {
	store, h, app := start(t)
	if _, err := store.Create(nil, map[string]any{"userName": "ana@contoso.example", "displayName": "A. Sousa", "active": true}); err != nil {
		t.Fatal(err)
	}
	assign(t, h, app, directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"})
	summary, err := h.ProvisionApp(t.Context(), app)
	if err != nil || summary.Users.Created != 0 || summary.Users.Updated != 1 {
		t.Fatalf("%+v, %v", summary, err)
	}
	if user, _ := store.ByName("ana@contoso.example"); user["displayName"] != "Ana Sousa" {
		t.Errorf("the server has %v", user)
	}
}

func TestWrongTokenIsRefused(t *testing.T) {
	_, h, app := start(t)
	if err := h.ConnectProvisioning(t.Context(), app, "not the token"); err == nil {
		t.Error("the server takes any token")
	}
}
