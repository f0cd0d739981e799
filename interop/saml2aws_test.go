package interop

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/versent/saml2aws/v2/pkg/cfg"
	"github.com/versent/saml2aws/v2/pkg/creds"
	"github.com/versent/saml2aws/v2/pkg/prompter"
	"github.com/versent/saml2aws/v2/pkg/provider/aad"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/saml/binding"
)

// oneTimeCode is what the page for the second factor says that phones show.
const oneTimeCode = "246810"

// saml2aws goes through Entra's pages without a browser: it reads $Config of
// each, calls what that names, and takes the response out of the last page.
func TestSaml2awsSignsIn(t *testing.T) {
	for _, test := range []struct {
		name    string
		user    directory.User
		choices idp.Choices
		login   creds.LoginDetails // its name and password are the user's
		mfa     string             // the method that is configured
		shown   string             // on the terminal, at least
	}{
		{name: "password"},
		{name: "no question whether to stay signed in", choices: idp.Choices{HideStaySignedIn: true}},
		{name: "phone", user: directory.User{PerUserMFAState: directory.MFAEnforced}, mfa: "Auto", shown: "Phone approval required. Entropy is: "},
		{name: "code", user: directory.User{PerUserMFAState: directory.MFAEnforced}, mfa: "PhoneAppOTP", login: creds.LoginDetails{MFAToken: oneTimeCode}},
		{name: "code in a message", user: directory.User{PerUserMFAState: directory.MFAEnforced, MobilePhone: "+351 210000042"}, mfa: "OneWaySMS", login: creds.LoginDetails{MFAToken: oneTimeCode}},
		{name: "second factor to be registered later", user: directory.User{PerUserMFAState: directory.MFAEnabled}, choices: idp.Choices{SkipMFARegistration: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSaml2aws(t, test.user, test.choices)
			test.login.Username, test.login.Password = s.user.UserPrincipalName, directory.DefaultPassword
			encoded, err := s.authenticate(t, test.mfa, test.login)
			if err != nil {
				t.Fatalf("saml2aws: %v", err)
			}
			response, err := binding.DecodePOST(encoded)
			if err != nil {
				t.Fatalf("saml2aws took for a response what is none: %v", err)
			}
			for _, want := range []string{">ana@contoso.example</NameID>", ">" + singleAccountRole + "</AttributeValue>"} {
				if !strings.Contains(string(response), want) {
					t.Errorf("the response does not hold %s:\n%s", want, response)
				}
			}
			if !strings.Contains(s.shown, test.shown) {
				t.Errorf("saml2aws showed %q, want %q", s.shown, test.shown)
			}
		})
	}
}

func TestSaml2awsIsRefused(t *testing.T) {
	enforced := directory.User{PerUserMFAState: directory.MFAEnforced}
	for _, test := range []struct {
		name    string
		user    directory.User
		choices idp.Choices
		login   creds.LoginDetails
		mfa     string
		want    string // in its error
	}{
		{name: "wrong password", login: creds.LoginDetails{Username: "ana@contoso.example", Password: "wrong"}, want: "login error 50126"},
		{name: "unknown user", login: creds.LoginDetails{Username: "nobody@contoso.example", Password: "wrong"}, want: "login error 50034"},
		{name: "phone denies", user: enforced, choices: idp.Choices{PhoneAnswers: idp.PhoneDenies}, mfa: "Auto", want: "errcode: 500121"},
		{name: "wrong code", user: enforced, mfa: "PhoneAppOTP", login: creds.LoginDetails{MFAToken: "000000"}, want: "errcode: 500121"},
		{name: "a method that the user has not", user: enforced, mfa: "OneWaySMS", choices: idp.Choices{PhoneAnswers: idp.PhoneDenies}, want: "errcode: 500121"}, // it takes the first there is
		{name: "registration that cannot wait", user: directory.User{PerUserMFAState: directory.MFAEnabled}, want: "login error 50072"},
		{name: "not assigned", login: creds.LoginDetails{Username: "dan@contoso.example", Password: directory.DefaultPassword}, want: "failed get SAMLAssertion"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSaml2aws(t, test.user, test.choices)
			s.tenant.AddUser(directory.User{UserPrincipalName: "dan@contoso.example"})
			if test.login.Username == "" {
				test.login.Username, test.login.Password = s.user.UserPrincipalName, directory.DefaultPassword
			}
			encoded, err := s.authenticate(t, test.mfa, test.login)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("saml2aws ends with %q, %v, want the error %q", encoded, err, test.want)
			}
		})
	}
}

const singleAccountRole = "arn:aws:iam::111122223333:role/Admin,arn:aws:iam::111122223333:saml-provider/Entra"

// saml2aws is a person at a command line with saml2aws, and the tenant that it is
// configured for. It insists on https.
type saml2aws struct {
	tenant *idp.Tenant
	app    *idp.Application
	user   directory.User
	shown  string // on the terminal
}

func newSaml2aws(t *testing.T, user directory.User, choices idp.Choices) *saml2aws {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	t.Cleanup(server.Close)
	s := &saml2aws{}
	var err error
	if s.tenant, err = idp.New(idp.Config{BaseURL: "https://" + server.Listener.Addr().String(), Choices: choices}); err != nil {
		t.Fatal(err)
	}
	s.tenant.SetTester(t)
	server.Config.Handler = s.tenant.Handler()
	server.StartTLS()

	user.UserPrincipalName = "ana@contoso.example"
	s.user = s.tenant.AddUser(user)
	s.app, err = s.tenant.CreateApplication(idp.ApplicationConfig{
		Template: idp.TemplateAWSSingleAccount, AppRoles: []idp.AppRole{{DisplayName: "Admin", Value: singleAccountRole}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.app.AssignRole(s.user, singleAccountRole); err != nil {
		t.Fatal(err)
	}
	return s
}

// authenticate signs in as saml2aws login does, and returns the SAMLResponse.
func (s *saml2aws) authenticate(t *testing.T, mfa string, login creds.LoginDetails) (string, error) {
	t.Helper()
	client, err := aad.New(&cfg.IDPAccount{URL: s.tenant.BaseURL(), AppID: s.app.AppID(), MFA: mfa, SkipVerify: true, HttpAttemptsCount: "1"})
	if err != nil {
		t.Fatal(err)
	}
	terminal := prompter.ActivePrompter
	prompter.SetPrompter(screen{terminal, &s.shown})
	defer prompter.SetPrompter(terminal)
	return client.Authenticate(&login)
}

// screen keeps what saml2aws shows.
type screen struct {
	prompter.Prompter
	shown *string
}

func (s screen) Display(text string) { *s.shown += text + "\n" }
