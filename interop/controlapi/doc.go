// Package controlapi holds the control API against its own OpenAPI document,
// with a validator that others wrote. It is a module of its own for the sake of
// what the validator requires.
package controlapi
