// Package interop holds the tests in which software that others wrote judges
// the mocks: real browsers, XML signature tools, SAML and SCIM implementations.
//
// It is a module of its own, so that none of that software joins the module
// graph of those who import harness.
package interop
