package harness_test

import (
	"context"
	"fmt"
	"log"
	"testing"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/sp"
)

// A test of a sign-in starts both mocks, puts somebody into Entra, and signs
// in.
func TestSignIn(t *testing.T) {
	ctx := t.Context()
	h := harness.Run(t) // both mocks, trusting each other, closed by t.Cleanup
	ana := h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa"})
	h.Entra.App().Assign(ana)
	if err := h.Provision(ctx); err != nil {
		t.Fatal(err)
	}
	session, err := h.SignIn(ctx, "ana@contoso.example") // a browser-true login, both redirects and the POST
	if err != nil {
		t.Fatal(err)
	}
	if session.Outcome != harness.SignedIn || session.NameID.Value != "ana@contoso.example" || session.Portal == nil {
		t.Errorf("session = %+v", session)
	}
}

// Outside a test, New starts a harness and Close stops it.
func ExampleNew() {
	ctx := context.Background()
	h, err := harness.New(ctx, harness.Config{Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()

	if _, err := h.IdentityCenter.CreateAccount(sp.Account{ID: "111122223333", Name: "Production"}); err != nil {
		log.Fatal(err)
	}
	if _, err := h.IdentityCenter.CreatePermissionSet(sp.PermissionSet{Name: "ReadOnlyAccess"}); err != nil {
		log.Fatal(err)
	}
	admins := sp.Wish{Group: "aws-admins", PermissionSet: "ReadOnlyAccess", Account: "Production"}
	if _, err := h.IdentityCenter.Assign(admins); err != nil {
		log.Fatal(err)
	}
	ana, err := h.Entra.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa"})
	if err != nil {
		log.Fatal(err)
	}
	if err := h.Entra.App().Assign(h.Entra.AddGroup("aws-admins", ana)); err != nil {
		log.Fatal(err)
	}
	if err := h.Provision(ctx); err != nil {
		log.Fatal(err)
	}
	session, err := h.SignIn(ctx, "ana@contoso.example")
	if err != nil {
		log.Fatal(err)
	}
	for _, account := range session.Portal.Accounts {
		fmt.Println(account.Name, account.ID, account.Roles)
	}
	// Output:
	// Production 111122223333 [ReadOnlyAccess]
}

// What a side refuses comes back as an error that explains itself.
func ExampleHarness_SignIn_refused() {
	ctx := context.Background()
	h, err := harness.New(ctx, harness.Config{Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	if _, err := h.Entra.CreateUser(directory.User{UserPrincipalName: "dan@contoso.example", DisplayName: "Dan Roth"}); err != nil {
		log.Fatal(err)
	}

	session, err := h.SignIn(ctx, "dan@contoso.example")
	fmt.Println(err != nil, session.Outcome, "by", session.By, "with", session.Code)
	fmt.Println("expected", session.Explanation.Expected)
	fmt.Println("fix on the side of", session.Explanation.Fix)
	// Output:
	// true refused by entra with AADSTS50105
	// expected an assignment of dan@contoso.example to AWS IAM Identity Center, or of a group of which the user is a direct member
	// fix on the side of entra
}

// Time moves when the test says so: forty minutes bring the next provisioning
// cycle.
func ExampleClock() {
	ctx := context.Background()
	h, err := harness.New(ctx, harness.Config{Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	ana, err := h.Entra.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa"})
	if err != nil {
		log.Fatal(err)
	}
	if err := h.Entra.App().Assign(ana); err != nil {
		log.Fatal(err)
	}
	if err := h.Provision(ctx); err != nil {
		log.Fatal(err)
	}
	if _, err := h.Entra.Directory().SetEnabled("ana@contoso.example", false); err != nil {
		log.Fatal(err)
	}

	show := func() {
		user, _ := h.IdentityCenter.Store().UserByName("ana@contoso.example")
		fmt.Println(h.Clock.Now().Format(time.Kitchen), user.UserName, "active:", user.Active)
	}
	show()
	h.Clock.Advance(40 * time.Minute)
	show()
	// Output:
	// 9:00AM ana@contoso.example active: true
	// 9:40AM ana@contoso.example active: false
}
