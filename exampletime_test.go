package harness_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
)

// A signing certificate is valid for three years, a session of the access portal
// for eight hours. Stop provisioning before a long time, or its cycles run, one
// every forty minutes.
func ExampleClock_expiry() {
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
	if _, err := h.SignIn(ctx, "ana@contoso.example"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(h.Clock.Now().Format(time.TimeOnly), len(h.IdentityCenter.PortalSessions()), "sessions")
	h.Clock.Advance(8 * time.Hour)
	fmt.Println(h.Clock.Now().Format(time.TimeOnly), len(h.IdentityCenter.PortalSessions()), "sessions")

	h.Entra.App().Provisioning().Stop()
	h.Clock.Advance(1097 * 24 * time.Hour)
	_, err = h.SignIn(ctx, "ana@contoso.example")
	var refused *harness.Refusal
	if errors.As(err, &refused) {
		fmt.Println(h.Clock.Now().Format(time.DateOnly), refused.Code, "to be fixed by", refused.Fix)
	}
	// Output:
	// 09:00:00 1 sessions
	// 17:00:00 0 sessions
	// 2029-01-06 CertificateExpired to be fixed by entra
}

// The access token of provisioning is valid for a year.
func ExampleClock_tokenExpires() {
	ctx := context.Background()
	h, err := harness.New(ctx, harness.Config{Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	job := h.Entra.App().Provisioning()
	fmt.Println(job.TestConnection(ctx))
	h.Clock.Advance(366 * 24 * time.Hour)
	err = job.TestConnection(ctx)
	var refused *harness.Refusal
	if errors.As(err, &refused) {
		fmt.Println(refused.Code, strings.Contains(refused.Got, "Authorization failure"))
	}
	// Output:
	// <nil>
	// CredentialValidationUnavailable true
}
