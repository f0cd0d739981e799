package scenarios

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/idharness/harness/internal/strictyaml"
)

const (
	spTarget   = "targets: {serviceProvider: {metadata: 'https://wiki.contoso.example/m', success: {status: 200}}}\n"
	idpTarget  = "targets: {identityProvider: {metadata: 'https://idp.contoso.example/m', form: {user: u, password: p}}}\n"
	scimServer = "targets: {scim: {url: 'https://wiki.contoso.example/scim', token: a token of the server}}\n"
	oneApp     = "entra: {users: [{userPrincipalName: ana@contoso.example}], app: {name: Wiki}}\n"
	anyStep    = "steps: [{advance: 1m, expect: {cycles: 0}}]\n"
)

func steps(list string) string {
	return "steps:\n  - {advance: 1m, expect: {cycles: 0}}\n  - " + list + "\n"
}

// What makes no sense beside a target, and what is wrong with one in itself, is
// found before anything runs, with its place.
func TestTargetMistakes(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"notes.txt": "no metadata", "idp.xml": `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	target := func(text string) string { return "targets:\n  " + text + "\n" + oneApp + anyStep }
	for name, test := range map[string]struct{ text, want string }{
		"a state of the mock beside scim": {scimServer + oneApp + steps("observe: identityCenter.users"), "5:14: nothing is provisioned to identityCenter.users: targets.scim stands in the place of Identity Center's SCIM endpoint; read the target: scim: {path: /Users}"},
		"groups of the mock":              {scimServer + oneApp + steps("observe: identityCenter.groups"), "5:14: nothing is provisioned to identityCenter.groups: targets.scim stands in the place of Identity Center's SCIM endpoint; read the target: scim: {path: /Groups}"},
		"the identity store of the mock":  {scimServer + oneApp + steps("aws: {service: identitystore, operation: ListUsers}"), "5:20: nothing is provisioned to the identity store"},
		"a fault at the server":           {scimServer + oneApp + steps("fault: {at: scim, status: 500}"), "5:17: there is no request to meet"},
		"a token of the mock":             {scimServer + oneApp + steps("identityCenter: {createToken: {}}"), "createToken has no effect on the server"},
		"a profile of the mock":           {scimServer + oneApp + "identityCenter: {scim: {profile: rfc}}\n" + anyStep, "3:18: identityCenter.scim has no part in this scenario"},
		"two SCIM servers":                {scimServer + "entra: {app: {name: Wiki, provisioning: {target: {url: 'http://localhost/scim', token: t}}}}\n" + anyStep, "2:50: the application has a SCIM server of its own beside targets.scim"},

		"the portal beside a service provider": {spTarget + oneApp + steps("signIn: {user: ana@contoso.example, start: portal}"), "5:48: there is no portal to start at"},
		"a role beside a service provider":     {spTarget + oneApp + steps("signIn: {user: ana@contoso.example, role: Admin}"), "5:47: role is for AWS"},
		"consent beside a service provider":    {spTarget + oneApp + steps("signIn: {user: ana@contoso.example, consent: deny}"), "5:50: consent is for AWS"},
		"an API of AWS":                        {spTarget + oneApp + steps("aws: {service: sso-oidc, operation: RegisterClient}"), "5:20: sso-oidc has no part in this scenario"},
		"sign-out at the portal":               {spTarget + oneApp + steps("signOut: {user: ana@contoso.example}"), "signOut begins at the access portal"},
		"accounts beside a service provider":   {spTarget + oneApp + "identityCenter: {accounts: [{id: '111122223333', name: P, email: p@example.com}]}\n" + anyStep, "3:18: identityCenter.accounts has no part in this scenario"},
		"an action of Identity Center":         {spTarget + oneApp + steps("identityCenter: {setSessionDuration: 12h}"), "setSessionDuration has no part in this scenario"},
		"events of Identity Center":            {spTarget + oneApp + steps("observe: identityCenter.events"), "5:14: nothing happens at identityCenter.events"},
		"a clock beside a service provider":    {spTarget + oneApp + "clock: 2026-01-05T09:00:00Z\n" + anyStep, "3:8: clock stands still, and the target has the time of its own"},
		"a clock beside an identity provider":  {idpTarget + "clock: 2026-01-05T09:00:00Z\n" + anyStep, "2:8: clock stands still"},
		"no application":                       {spTarget + anyStep, "no application stands for the service provider"},
		"an application that is not there":     {strings.Replace(spTarget, "{metadata", "{app: Wikki, metadata", 1) + oneApp + anyStep, `1:34: unknown application "Wikki"; did you mean Wiki?`},

		"entra beside an identity provider":           {idpTarget + oneApp + anyStep, "2:9: entra.users has no part in this scenario: targets.identityProvider stands in the place of Entra"},
		"an action of Entra":                          {idpTarget + steps("entra: {createGroup: {displayName: g}}"), "entra has no part in this scenario"},
		"provisioning beside an identity provider":    {idpTarget + steps("provision: {}"), "provision is for Entra"},
		"My Apps beside an identity provider":         {idpTarget + steps("signIn: {user: ana, password: secret words, start: myApps}"), "there is no My Apps"},
		"a sign-in without a password":                {idpTarget + steps("signIn: {user: ana}"), "4:13: the identity provider's form asks for a password"},
		"a second factor of Entra":                    {idpTarget + steps("signIn: {user: ana, password: secret words, mfa: deny}"), "mfa is for Entra's pages"},
		"a log of Entra":                              {idpTarget + steps("observe: entra.provisioningLog"), "there is no entra.provisioningLog"},
		"a fault at Entra":                            {idpTarget + steps("fault: {at: entra.signIn, code: AADSTS50105}"), "there is no sign-in at Entra"},
		"an identity provider and a service provider": {strings.Replace(idpTarget, "{identityProvider", "{scim: {url: 'http://localhost', token: t}, identityProvider", 1) + anyStep, "it takes the place of Entra, so that nothing is left to test"},

		"a target that does not exist":        {target("serviceProvidr: {}"), `2:3: unknown key "serviceProvidr"`},
		"no success":                          {target("serviceProvider: {metadata: 'http://localhost/m', success: {}}"), "2:62: it must say how success shows"},
		"no URL":                              {target("serviceProvider: {metadata: 'http://localhost/m', start: wiki, success: {status: 200}}"), "2:60: it is no absolute http or https URL"},
		"no status":                           {target("serviceProvider: {metadata: 'http://localhost/m', success: {status: 1200}}"), "2:71: 1200 is no HTTP status"},
		"no regular expression":               {target("serviceProvider: {metadata: 'http://localhost/m', success: {matches: '('}}"), "2:72: error parsing regexp"},
		"no file":                             {target("serviceProvider: {metadata: m.xml, success: {status: 200}}"), "m.xml: no such file or directory"},
		"no metadata":                         {target("serviceProvider: {metadata: notes.txt, success: {status: 200}}"), "2:31: these are no metadata of the kind that is needed"},
		"metadata of the other kind":          {target("serviceProvider: {metadata: idp.xml, success: {status: 200}}"), "2:31: these are no metadata of the kind that is needed"},
		"no certificates":                     {target("serviceProvider: {metadata: 'http://localhost/m', caFile: notes.txt, success: {status: 200}}"), "2:61: the file holds no certificate in PEM"},
		"a negative timeout":                  {target("serviceProvider: {metadata: 'http://localhost/m', timeout: -1s, success: {status: 200}}"), "2:62: a timeout is longer than nothing"},
		"a password in a URL":                 {target("scim: {url: 'https://ana:secret@localhost/scim', token: t}"), "2:15: a user name or password does not belong in a URL"},
		"no profile":                          {target("scim: {url: 'http://localhost/scim', token: t, profile: aws}"), `2:59: there is no profile "aws"`},
		"a knob that does not exist":          {target("scim: {url: 'http://localhost/scim', token: t, profile: {complient: true}}"), "did you mean \"compliant\"?"},
		"a password for the service provider": {strings.Replace(spTarget, "{metadata", "{form: {user: u, password: p}, metadata", 1) + oneApp + anyStep, "1:55: people enter their password at Entra"},
		"a page of it without inputs":         {strings.Replace(spTarget, "{metadata", "{form: [{user: u}, {}], metadata", 1) + oneApp + anyStep, "1:47: a page is known by its inputs or its button"},
		"a page without inputs":               {strings.Replace(idpTarget, "{user: u, password: p}", "[{user: u}, {}]", 1) + anyStep, "a page is known by its inputs or its button"},
		"what a step saves":                   {strings.Replace(scimServer, "a token of the server", "\"${later}\"", 1) + oneApp + "steps: [{advance: 1m, expect: {cycles: 0}, save: {later: $.cycles}}]\n", "targets cannot use what a step saves"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(filepath.Join(folder, "s.yaml"), []byte(test.text+"name: x\n"), Options{})
			if err == nil {
				t.Fatal("it is accepted")
			}
			var errs strictyaml.Errors
			if !errors.As(err, &errs) {
				t.Fatal(err)
			}
			got := ""
			for _, e := range errs {
				got += e.Error() + "; " + e.Hint + "\n"
			}
			if !strings.Contains(got, test.want) {
				t.Errorf("want %q in\n%s", test.want, got)
			}
		})
	}
}

// What a variable lacks is told once, at the variable.
func TestTargetWithAVariableThatIsNotSet(t *testing.T) {
	text := "name: x\nvars: {token: \"${env:NOT_SET}\"}\n" + strings.Replace(scimServer, "a token of the server", "\"${token}\"", 1) + oneApp + anyStep
	_, err := Load("s.yaml", []byte(text), Options{Env: func(string) (string, bool) { return "", false }})
	var errs strictyaml.Errors
	if !errors.As(err, &errs) || len(errs) != 1 || !strings.Contains(err.Error(), "2:16: environment variable NOT_SET is not set") {
		t.Errorf("%v", err)
	}
}
