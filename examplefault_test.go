package harness_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/scimmock"
)

// Break a sign-in that is otherwise right, and look at what was sent.
func ExampleHarness_Trace() {
	ctx := context.Background()
	h, err := harness.New(ctx, harness.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	if _, err := h.Entra.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"}); err != nil {
		log.Fatal(err)
	}
	if err := h.Entra.FailNext(50053); err != nil { // the account is locked
		log.Fatal(err)
	}
	before := h.Exchanges()
	session, _ := h.SignIn(ctx, "ana@contoso.example")
	fmt.Println(session.Outcome, session.Code)
	for _, exchange := range h.Trace()[before:] {
		fmt.Println(exchange.To, exchange.Kind)
	}
	// Output:
	// refused AADSTS50053
	// identityCenter access portal
	// entra AuthnRequest
	// entra sign-in form
}

// Break the SCIM endpoint, and see what provisioning makes of it: what has failed
// is tried again with the next cycle.
func ExampleHarness_ProvisionApp_fault() {
	ctx := context.Background()
	h, err := harness.New(ctx, harness.Config{Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	app := h.Entra.App()
	ana, err := h.Entra.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", GivenName: "Ana", Surname: "Sousa"})
	if err != nil {
		log.Fatal(err)
	}
	if err := app.Assign(ana); err != nil {
		log.Fatal(err)
	}
	if err := h.SCIM.Fail(scimmock.Fault{Operation: "CreateUser", Status: http.StatusInternalServerError, Times: -1}); err != nil {
		log.Fatal(err)
	}
	summary, err := h.ProvisionApp(ctx, app)
	fmt.Println(summary.Status, "created", summary.Users.Created, "failed", summary.Users.Failed, err)

	h.SCIM.ClearFaults()
	h.Clock.Advance(40 * time.Minute)
	summary, _ = app.Provisioning().LastCycle()
	fmt.Println(summary.Status, "created", summary.Users.Created, "failed", summary.Users.Failed)
	// Output:
	// failed created 0 failed 1 <nil>
	// success created 1 failed 0
}
