package harness_test

import (
	"context"
	"fmt"
	"log"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
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
