package directory_test

import (
	"fmt"
	"log"
	"time"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
)

// A user leaves for the recycle bin, is restored with the memberships, leaves
// again and is gone for good after thirty days.
func Example() {
	c := clock.Frozen(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	d := directory.New(c, ids.New(1), "contoso.example")
	must := func(err error) {
		if err != nil {
			log.Fatal(err)
		}
	}
	ana, err := d.CreateUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa"})
	must(err)
	_, err = d.CreateGroup(directory.Group{DisplayName: "staff"})
	must(err)
	must(d.AddMembers("staff", "ana@contoso.example"))

	show := func(when string) {
		u, ok := d.User(ana.ID)
		fmt.Printf("%s: known %v, deleted %v, %d members of staff\n", when, ok, ok && u.IsDeleted(), len(d.Members("staff")))
	}
	show("created")
	_, err = d.DeleteUser("ana@contoso.example")
	must(err)
	show("deleted")
	_, err = d.RestoreUser("ana@contoso.example")
	must(err)
	show("restored")
	_, err = d.DeleteUser("ana@contoso.example")
	must(err)
	c.Advance(directory.Retention)
	show("30 days later")
	// Output:
	// created: known true, deleted false, 1 members of staff
	// deleted: known true, deleted true, 0 members of staff
	// restored: known true, deleted false, 1 members of staff
	// 30 days later: known false, deleted false, 0 members of staff
}
