// Package expression reads and evaluates the expressions of attribute mappings
// in Entra's provisioning service, as described in "Reference for writing
// expressions for attribute mappings in Microsoft Entra ID"
// (https://learn.microsoft.com/entra/identity/app-provisioning/functions-for-customizing-application-data).
//
// An expression is checked in full when it is parsed: names of functions,
// number of arguments, constants where a number, a date or a regular expression
// belongs. What remains for Eval to complain about depends on the values of
// attributes.
package expression

import (
	"errors"
	"io"
	"strings"
	"time"
)

// MaxLength is how long an expression may be (learn.microsoft.com, "Known
// issues for provisioning in Microsoft Entra ID": 10,000 characters).
const MaxLength = 10000

// maxResult bounds what a call may return: nested Replace calls multiply the
// length of their result.
const maxResult = 1 << 20

// Expression is a parsed expression. It is immutable and may be evaluated
// concurrently.
type Expression struct {
	text string
	root node
}

// Env is what an expression can reach while it is evaluated.
type Env struct {
	Attribute func(name string) Value // value of a source attribute; nil: every attribute is null
	Now       time.Time               // for Now
	Random    io.Reader               // for Guid and RandomString; nil: those functions fail

	DefaultDomain string // for DefaultDomain; empty: that function fails

	// Taken reports whether the target already has an object with this value.
	// Nil makes SelectUniqueValue fail: Entra offers it for on-premises
	// directories only, never for SCIM applications.
	Taken func(value string) (bool, error)
}

// String returns the expression in a uniform spelling, which parses to the
// same expression.
func (e *Expression) String() string {
	var b strings.Builder
	e.root.write(&b)
	return b.String()
}

// Text returns the expression as it was written.
func (e *Expression) Text() string { return e.text }

// Attribute is a reference to a source attribute.
type Attribute struct {
	Name   string
	Offset int // of its opening bracket
}

// Attributes returns the references to attributes in the order in which they
// are written.
func (e *Expression) Attributes() []Attribute {
	var out []Attribute
	walk(e.root, func(n node) {
		if a, ok := n.(*attributeNode); ok {
			out = append(out, Attribute{a.name, a.at})
		}
	})
	return out
}

// Call returns the offset of the first call of a function.
func (e *Expression) Call(function string) (offset int, ok bool) {
	offset = -1
	walk(e.root, func(n node) {
		if c, isCall := n.(*callNode); isCall && c.name == function && offset < 0 {
			offset = c.at
		}
	})
	return offset, offset >= 0
}

// Eval computes the expression's value.
func (e *Expression) Eval(env Env) (Value, error) {
	v, err := evaluator{env, new(time.Duration)}.eval(e.root)
	var failed *EvalError
	if errors.As(err, &failed) {
		failed.Position = PositionOf(e.text, failed.Offset)
	}
	return v, err
}
