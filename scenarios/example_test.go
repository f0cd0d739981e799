package scenarios_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/idharness/harness/scenarios"
)

// Run a scenario outside go test. LoadFile reads one from a file.
func ExampleRun() {
	s, err := scenarios.Load("joiner.yaml", []byte(`
name: Somebody joins
entra:
  users: [{userPrincipalName: ana@contoso.example, displayName: Ana Sousa, givenName: Ana, surname: Sousa}]
  app: {template: aws-iam-identity-center, assignments: [{user: ana@contoso.example}]}
steps:
  - exchangeMetadata: {}
  - connectProvisioning: {}
  - provision: {cycle: initial}
    expect: {status: success, users: {created: 1}}
  - signIn: {user: ana@contoso.example}
    expect: {outcome: signedIn}
`), scenarios.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	report := scenarios.Run(context.Background(), s, scenarios.Options{})
	fmt.Println(report.Status)
	for _, step := range report.Steps {
		fmt.Println(step.Number, step.Status, step.Title)
		for _, failure := range step.Failures {
			fmt.Println(failure)
		}
	}
	// Output:
	// passed
	// 1 passed exchangeMetadata
	// 2 passed connectProvisioning
	// 3 passed provision
	// 4 passed signIn
}

// A file that does not mean anything is refused with the place of the mistake.
func ExampleLoad() {
	_, err := scenarios.Load("joiner.yaml", []byte("name: Somebody joins\nsteps:\n  - provison: {}\n"), scenarios.Options{})
	fmt.Println(err)
	var mistakes interface{ Detail() string }
	if errors.As(err, &mistakes) {
		fmt.Println(mistakes.Detail())
	}
	// Output:
	// joiner.yaml:3:5: unknown verb or key "provison"
	// unknown verb or key "provison"
	//   --> joiner.yaml:3:5
	//    |
	//  3 |   - provison: {}
	//    |     ^
	// hint: did you mean provision?
}
