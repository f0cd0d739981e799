package sp_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

// Start an instance beside a test of your identity provider: give the provider
// the instance's metadata, give the instance the provider's, and let a browser
// begin at PortalURL.
func ExampleRun() {
	t := new(exampleTest) // a *testing.T in a test
	defer t.end()
	instance := sp.Run(t, sp.Config{Region: "eu-west-1", IdentityStoreID: "d-9067729b3d"})

	_, err := instance.CreateUser(identitystore.User{
		UserName: "ana@contoso.example", DisplayName: "Ana Sousa", Name: identitystore.Name{GivenName: "Ana", FamilyName: "Sousa"},
	})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println("Identifier (Entity ID):", instance.EntityID())

	resp, err := http.Get(instance.MetadataURL()) // what the identity provider imports
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	fmt.Println("metadata:", resp.Header.Get("Content-Type"))

	err = instance.UploadIdPMetadata([]byte("<html>Sign in</html>")) // not what the instance imports
	fmt.Println(err)
	// Output:
	// Identifier (Entity ID): https://eu-west-1.signin.aws.amazon.com/platform/saml/d-9067729b3d
	// metadata: application/samlmetadata+xml
	// InvalidIdPMetadata: The metadata file is not valid. (expected SAML 2.0 metadata with an entityID, a signing certificate and a SingleSignOnService; got the document is no SAML metadata: the root element is html, not EntityDescriptor at /html; at metadata file, /html; fix on the side of request; download the federation metadata XML of the application)
}

// An assignment may name a group before provisioning has brought it.
func ExampleInstance_Assign() {
	instance, err := sp.New(sp.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	instance.CreateAccount(sp.Account{ID: "111122223333", Name: "Production"})
	instance.CreatePermissionSet(sp.PermissionSet{Name: "ReadOnlyAccess", SessionDuration: "PT8H"})
	bound, err := instance.Assign(sp.Wish{Group: "aws-readers", PermissionSet: "ReadOnlyAccess", Account: "Production"})
	fmt.Println(bound, err)

	ana, _ := instance.CreateUser(identitystore.User{
		UserName: "ana@contoso.example", DisplayName: "Ana Sousa", Name: identitystore.Name{GivenName: "Ana", FamilyName: "Sousa"},
	})
	instance.CreateGroup(identitystore.Group{DisplayName: "aws-readers"}, "ana@contoso.example")
	for _, account := range instance.AccessOf(ana.ID) {
		fmt.Println(account.Name, account.Roles)
	}
	// Output:
	// false <nil>
	// Production [ReadOnlyAccess]
}

// exampleTest does what testing.T does for Run.
type exampleTest struct{ cleanups []func() }

func (e *exampleTest) Helper()                        {}
func (e *exampleTest) Name() string                   { return "example" }
func (e *exampleTest) Cleanup(f func())               { e.cleanups = append(e.cleanups, f) }
func (e *exampleTest) Logf(format string, a ...any)   { fmt.Printf(format+"\n", a...) }
func (e *exampleTest) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }
func (e *exampleTest) end() {
	for _, f := range e.cleanups {
		f()
	}
}

var _ sp.Tester = (*testing.T)(nil)
