// Package scenarios reads and runs scenario files: YAML that describes a tenant
// and an Identity Center instance, what happens, and what must come of it.
//
// From a test:
//
//	func TestScenarios(t *testing.T) { scenarios.Test(t, "testdata/*.yaml") }
//
// From anywhere else: [Find] lists files, [LoadFile] reads one, [LoadAll] one with
// a matrix, and [Run] and [RunAll] run them. Every scenario has a harness of its
// own, which [Options].Harness gives addresses. [Up] leaves it running.
//
// The language is described in docs/scenarios.md of the repository, and by
// [JSONSchema] for editors. [Library] has the files that come with the harness.
//
// # Mistakes and failures
//
// A file that is wrong is an error when it is read: all mistakes, each with line
// and column. So is a file that expects nothing, because it could not fail.
//
// What does not hold when it runs is no error but a [Status] of the [Report] and of
// its steps: [Failed] where an expectation does not hold, [Errored] where something
// could not be run or reached. Steps after that are [Skipped], but for those under
// finally.
//
// # Secrets
//
// Passwords, tokens, private keys and what comes from the environment are masked
// in reports and traces.
package scenarios
