package harness_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
)

// Go back to a state that took long to set up. Reset does so for the one in
// which New ended.
func ExampleHarness_Restore() {
	h, err := harness.New(context.Background(), harness.Config{Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	if _, err := h.Entra.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"}); err != nil {
		log.Fatal(err)
	}
	snapshot, err := h.Snapshot()
	if err != nil {
		log.Fatal(err)
	}

	show := func() {
		fmt.Println(h.Clock.Now().Format(time.Kitchen), len(h.Entra.Directory().Users()), "users in Entra")
	}
	if _, err := h.Entra.Directory().DeleteUser("ana@contoso.example"); err != nil {
		log.Fatal(err)
	}
	h.Clock.Advance(time.Hour)
	show()
	if err := h.Restore(snapshot); err != nil { // in this harness or in another
		log.Fatal(err)
	}
	show()
	if err := h.Reset(); err != nil {
		log.Fatal(err)
	}
	show()
	// Output:
	// 10:00AM 0 users in Entra
	// 9:00AM 1 users in Entra
	// 9:00AM 0 users in Entra
}
