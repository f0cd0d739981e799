package harness_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
)

// BenchmarkSnapshot takes, restores and writes the state of a pair whose users,
// each in a group, are provisioned.
func BenchmarkSnapshot(b *testing.B) {
	for _, users := range []int{10, 10_000} {
		h, err := harness.New(b.Context(), harness.Config{Start: monday})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { h.Close() })
		members := make([]directory.Principal, users)
		for i := range members {
			members[i] = h.Entra.AddUser(directory.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i), GivenName: "U", Surname: fmt.Sprint(i)})
		}
		if err := h.Entra.App().Assign(h.Entra.AddGroup("everybody", members...)); err != nil {
			b.Fatal(err)
		}
		if err := h.Provision(b.Context()); err != nil {
			b.Fatal(err)
		}
		kept, err := h.Snapshot()
		if err != nil {
			b.Fatal(err)
		}
		text, err := json.Marshal(kept)
		if err != nil {
			b.Fatal(err)
		}
		run := func(name string, what func() error) {
			b.Run(fmt.Sprintf("%s/%d", name, users), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := what(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(len(text))/1e6, "MB-as-JSON")
			})
		}
		run("take", func() error { _, err := h.Snapshot(); return err })
		run("restore", func() error { return h.Restore(kept) })
		run("write", func() error { _, err := json.Marshal(kept); return err })
		run("read", func() error { var s harness.Snapshot; return json.Unmarshal(text, &s) })
	}
}
