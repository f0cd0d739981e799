// Package node holds a service in Node.js with a test of its own. The Go test
// here builds the harness and has Node.js run that test; in a repository without
// Go, go install makes the program, or its container image takes its place.
package node
