package matching_test

import (
	"fmt"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

func ExampleMatch() {
	file, err := strictyaml.Parse("login.yaml", []byte("expect:\n  status: success\n  users: {created: 2}\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	got := map[string]any{"status": "success", "users": map[string]any{"created": 1, "failed": 1}}
	for _, miss := range matching.Match(file.Root().Get("expect"), got) {
		fmt.Print(miss.Detail())
	}
	// Output:
	// $.users.created: the value differs
	//   --> login.yaml:3:20
	//    |
	//  3 |   users: {created: 2}
	//    |                    ^
	//    expected: 2
	//    received: 1
}

func ExampleFlip() {
	file, err := strictyaml.Parse("login.yaml", []byte("expect: {outcome: signedIn, portal: {accounts: {$len: 2}}}\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, flip := range matching.Flip(file.Root().Get("expect")) {
		fmt.Printf("%s: %s\n", flip.Path, flip.Change)
	}
	// Output:
	// $.outcome: "signedIn" became "signedIn (flipped)"
	// $.portal.accounts.$len: the length 2 became the length 3
}
