// Package scenarios reads and runs scenario files: YAML that describes a tenant
// and an Identity Center instance, what happens, and what must come of it.
//
// From a test:
//
//	func TestScenarios(t *testing.T) { scenarios.Test(t, "testdata/*.yaml") }
//
// From anywhere else: [Find] and [LoadFile] read files, [Run] runs one. Every
// scenario has a harness of its own.
package scenarios
