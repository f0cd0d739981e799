// Package scimpeer compares the SCIM endpoint's speed with that of a server
// that others would write: github.com/elimity-com/scim over a store with an
// index. It holds only tests, and is a module of its own so that nobody but
// these needs that library.
package scimpeer
