// Package payroll shows how a repository tests with harness: a test in Go, and
// scenario files run as subtests.
package payroll
