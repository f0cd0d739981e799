package harness_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp/identitystore"
)

// federated starts an identity provider of its own, an Entra of somebody else,
// with Ana.
func federated(t *testing.T) (*idp.Tenant, *idp.Application) {
	t.Helper()
	tenant := idp.Run(t)
	ana := tenant.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"})
	app, err := tenant.CreateApplication(idp.ApplicationConfig{Name: "AWS", Template: idp.TemplateAWSIdentityCenter})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Assign(ana); err != nil {
		t.Fatal(err)
	}
	return tenant, app
}

func withIdentityProvider(t *testing.T, target harness.IdentityProviderTarget) (*harness.Harness, harness.Trust) {
	t.Helper()
	h := harness.Run(t, harness.Config{Targets: harness.Targets{IdentityProvider: &target}})
	_, err := h.IdentityCenter.CreateUser(identitystore.User{UserName: "ana@contoso.example", DisplayName: "Ana Sousa", Name: identitystore.Name{GivenName: "Ana", FamilyName: "Sousa"}})
	if err != nil {
		t.Fatal(err)
	}
	trust, err := h.ExchangeMetadata(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return h, trust
}

func TestIdentityProviderTarget(t *testing.T) {
	_, app := federated(t)
	h, trust := withIdentityProvider(t, harness.IdentityProviderTarget{
		Metadata: app.MetadataURL(), Form: []harness.SignInPage{{Submit: "No"}, {User: "loginfmt", Password: "passwd"}}, // in any order
	})
	if err := app.UploadMetadata([]byte(trust.Metadata.Text)); err != nil {
		t.Fatal(err)
	}
	if trust.Metadata.EntityID != h.IdentityCenter.EntityID() || trust.Metadata.Location != h.IdentityCenter.ACSURL() {
		t.Errorf("metadata for the identity provider: %s, %s", trust.Metadata.EntityID, trust.Metadata.Location)
	}
	session, err := h.SignInWith(t.Context(), harness.SignIn{User: "ana@contoso.example", Password: directory.DefaultPassword})
	if err != nil {
		t.Fatal(err)
	}
	if session.Outcome != harness.SignedIn || session.Portal == nil || session.Portal.User != "ana@contoso.example" || session.NameID.Value != "ana@contoso.example" {
		t.Errorf("signed in as %+v", session)
	}

	// Each page is filled in once: a refused password is no reason to go on.
	session, err = h.SignInWith(t.Context(), harness.SignIn{User: "ana@contoso.example", Password: "not hers", Fresh: true})
	var refused *harness.Refusal
	if !errors.As(err, &refused) || session.By != "identityProvider" || session.Page == nil || !strings.Contains(session.Message, "password") {
		t.Errorf("%v, %+v", err, session)
	}
	entered := 0
	for _, hop := range session.Hops {
		if hop.Method == http.MethodPost {
			entered++
		}
	}
	if entered != 1 {
		t.Errorf("the page was filled in %d times", entered)
	}
	if session.Explanation == nil || !strings.Contains(session.Explanation.Got, "loginfmt, passwd") {
		t.Errorf("explanation: %+v", session.Explanation)
	}
}

// A page that no entry of the form describes is a mistake of the set-up.
func TestIdentityProviderWithAnotherForm(t *testing.T) {
	_, app := federated(t)
	h, trust := withIdentityProvider(t, harness.IdentityProviderTarget{Metadata: app.MetadataURL(), Form: []harness.SignInPage{{User: "login", Password: "passwd"}}})
	if err := app.UploadMetadata([]byte(trust.Metadata.Text)); err != nil {
		t.Fatal(err)
	}
	session, err := h.SignInWith(t.Context(), harness.SignIn{User: "ana@contoso.example", Password: directory.DefaultPassword})
	var mistake *harness.TargetError
	if !errors.As(err, &mistake) || mistake.Path() != "identityProvider.form" || session.Outcome != "" || !strings.Contains(err.Error(), "it has inputs loginfmt, passwd, and the target lists inputs login, passwd") {
		t.Errorf("%v, %+v", err, session)
	}
}

// A page that scripts make has no form that this browser could see.
func TestIdentityProviderMadeByScripts(t *testing.T) {
	_, app := federated(t)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `<title>Sign in</title><div id="root"></div><script src="/app.js"></script>`)
	}))
	defer page.Close()
	metadata := regexp.MustCompile(`(SingleSignOnService[^>]*Location=")[^"]*`).ReplaceAllString(get(t, app.MetadataURL()), "${1}"+page.URL)
	h, _ := withIdentityProvider(t, harness.IdentityProviderTarget{Metadata: metadata, Form: []harness.SignInPage{{User: "login", Password: "passwd"}}})
	_, err := h.SignInWith(t.Context(), harness.SignIn{User: "ana@contoso.example", Password: directory.DefaultPassword})
	if err == nil || !strings.Contains(err.Error(), "it has no form to fill in (scripts make this page, and the browser runs none)") {
		t.Errorf("%v", err)
	}
}

// Where a page waits for somebody to press a button, somebody does.
func TestIdentityProviderThatPostsOnAButton(t *testing.T) {
	_, app := federated(t)
	metadata := get(t, app.MetadataURL())
	var acs string
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		response := base64.StdEncoding.EncodeToString([]byte(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0"/>`))
		fmt.Fprintf(w, `<title>Go on</title><form method="post" action="%s"><input type="hidden" name="SAMLResponse" value="%s"><button>Continue</button></form>`, acs, response)
	}))
	defer page.Close()
	metadata = regexp.MustCompile(`(SingleSignOnService[^>]*Location=")[^"]*`).ReplaceAllString(metadata, "${1}"+page.URL)
	h, trust := withIdentityProvider(t, harness.IdentityProviderTarget{Metadata: metadata})
	acs = trust.Metadata.Location
	session, err := h.SignInWith(t.Context(), harness.SignIn{User: "ana@contoso.example"})
	if err == nil || session.By != "identityCenter" || session.Response == nil || session.URL != acs {
		t.Errorf("%v, %+v", err, session)
	}
}

// What is for Entra is entered at no page of a service provider, whatever its
// forms are called.
func TestServiceProviderGetsNoPassword(t *testing.T) {
	var posted url.Values
	wiki := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posted = url.Values{}
			if err := r.ParseForm(); err == nil {
				posted = r.PostForm
			}
		}
		io.WriteString(w, `<title>Local login</title><form name="signin" method="post"><input name="loginfmt"><input name="passwd" type="password"><button>Go</button></form>`)
	}))
	defer wiki.Close()
	metadata := `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="urn:wiki"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="` + wiki.URL + `/acs" index="0"/></SPSSODescriptor></EntityDescriptor>`
	h := harness.Run(t, harness.Config{Targets: harness.Targets{ServiceProvider: &harness.ServiceProviderTarget{Metadata: metadata, Start: wiki.URL, Success: harness.Success{Text: "Hello"}}}})
	h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"})
	session, err := h.SignIn(t.Context(), "ana@contoso.example")
	if err == nil || session.Outcome != harness.Refused || session.By != "serviceProvider" || !strings.Contains(session.Explanation.Hint, "no SAML response has passed") {
		t.Errorf("%v, %+v", err, session)
	}
	if posted != nil {
		t.Errorf("the service provider got %v", posted)
	}
}

// A real SCIM server is provisioned with its own token, as its profile says.
func TestSCIMTarget(t *testing.T) {
	server := scimmock.Run(t, scimmock.Config{Profile: scimmock.RFC()})
	h := harness.Run(t, harness.Config{Targets: harness.Targets{SCIM: &harness.SCIMTarget{URL: server.URL(), Token: server.Token(), Profile: harness.RFCServer()}}})
	app, err := h.Entra.CreateApplication(idp.ApplicationConfig{Name: "Wiki"})
	if err != nil {
		t.Fatal(err)
	}
	ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa"})
	if err := app.Assign(ana); err != nil {
		t.Fatal(err)
	}
	if err := h.ConnectProvisioning(t.Context(), app, "not the right token"); err == nil {
		t.Error("another token is accepted")
	}
	if err := h.ConnectProvisioning(t.Context(), app, ""); err != nil {
		t.Fatal(err)
	}
	if err := h.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	if users := server.Store().Users(); len(users) != 1 || users[0].UserName != "ana@contoso.example" {
		t.Errorf("the server has %v", users)
	}
	if users := h.IdentityCenter.Store().Users(); len(users) != 0 {
		t.Errorf("the mock's store has %v", users)
	}
}

// The server's profile shapes what Entra sends, without a word from the test;
// what the test changes in the settings counts for more.
func TestProfileShapesWhatIsSent(t *testing.T) {
	for name, test := range map[string]struct {
		profile harness.ServerProfile
		change  func(*provisioning.Settings)
		schemas int
	}{
		"no profile":              {schemas: 2},
		"rfc":                     {profile: harness.RFCServer(), schemas: 1},
		"rfc, another scope":      {profile: harness.RFCServer(), change: func(s *provisioning.Settings) { s.Scope = provisioning.ScopeAll }, schemas: 1},
		"rfc, the test wants two": {profile: harness.RFCServer(), change: func(s *provisioning.Settings) { s.GroupExtraSchema = new(true) }, schemas: 2},
	} {
		t.Run(name, func(t *testing.T) {
			server := scimmock.Run(t, scimmock.Config{Profile: scimmock.RFC()})
			h := harness.Run(t, harness.Config{Targets: harness.Targets{SCIM: &harness.SCIMTarget{URL: server.URL(), Token: server.Token(), Profile: test.profile}}})
			app, err := h.Entra.CreateApplication(idp.ApplicationConfig{Name: "Wiki"})
			if err != nil {
				t.Fatal(err)
			}
			if test.change != nil {
				settings := app.Provisioning().Settings()
				test.change(&settings)
				if err := app.Provisioning().Configure(settings); err != nil {
					t.Fatal(err)
				}
			}
			if err := app.Assign(h.Entra.AddGroup("writers")); err != nil {
				t.Fatal(err)
			}
			if err := h.ConnectProvisioning(t.Context(), app, ""); err != nil {
				t.Fatal(err)
			}
			if err := h.Provision(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, e := range server.Exchanges() {
				if e.Request.Method != http.MethodPost {
					continue
				}
				var group struct{ Schemas []string }
				if err := json.Unmarshal([]byte(e.Request.Body), &group); err != nil {
					t.Fatal(err)
				}
				if len(group.Schemas) != test.schemas {
					t.Errorf("the group has schemas %v, want %d", group.Schemas, test.schemas)
				}
				return
			}
			t.Error("no group was created")
		})
	}
}

// The application's own settings count for more than the server's profile.
func TestProfileFits(t *testing.T) {
	yes := true
	own := provisioning.Settings{Scope: provisioning.ScopeAll, ManagerValueForm: provisioning.ManagerArray, EmptyRoles: &yes}
	got := harness.RFCServer().Fit(own)
	if !got.Compliant || got.ManagerValueForm != provisioning.ManagerArray || !*got.EmptyRoles || *got.GroupExtraSchema || got.Scope != provisioning.ScopeAll || got.ProbeGroups != nil {
		t.Errorf("%+v", got)
	}
	if got := harness.RFCServer().Fit(provisioning.Settings{}); got.ManagerValueForm != provisioning.ManagerObject || *got.EmptyRoles {
		t.Errorf("%+v", got)
	}
}

// A harness with targets that make no sense does not start, and says all of it.
func TestTargetsAreValidated(t *testing.T) {
	_, err := harness.New(t.Context(), harness.Config{Targets: harness.Targets{SCIM: &harness.SCIMTarget{URL: "wiki", Profile: harness.ServerProfile{ManagerValueForm: "list", MemberBatchSize: -1}}}})
	var mistake *harness.TargetError
	if !errors.As(err, &mistake) || mistake.Path() != "scim.url" {
		t.Errorf("%v", err)
	}
	for _, want := range []string{"targets.scim.token: ", `targets.scim.profile.managerValueForm: "list" is none of string, object, array`, "targets.scim.profile.memberBatchSize: -1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, without %s", err, want)
		}
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
