// Package filter parses SCIM filters and the paths of PATCH operations
// (RFC 7644 sections 3.4.2.2 and 3.5.2).
//
// The whole grammar is understood, more than AWS supports, so that a refusal
// can tell a filter that AWS does not support from one that is none. Every
// part knows at which byte of the text it begins.
package filter

import (
	"fmt"
	"strings"
)

// Expr is a filter expression: [*And], [*Or], [*Not], [*Compare] or [*Element].
type Expr interface{ expr() }

// And is true where both sides are; it binds tighter than Or.
type And struct{ Left, Right Expr }

// Or is true where at least one side is.
type Or struct{ Left, Right Expr }

// Not is true where its expression is not.
type Not struct{ Expr Expr }

// Compare compares an attribute with a value. For Pr, Value is unused.
type Compare struct {
	Attr  Attr
	Op    Op
	Value Value
}

// Element is true where one value of a multi-valued attribute satisfies Filter
// and, if Compare is not nil, that same value's sub-attribute the comparison.
// The second form, emails[type eq "work"].value eq "x", is not in the RFC's
// grammar, yet Entra sends it when users are matched by e-mail address.
type Element struct {
	Attr    Attr
	Filter  Expr
	Compare *Compare
}

func (*And) expr()     {}
func (*Or) expr()      {}
func (*Not) expr()     {}
func (*Compare) expr() {}
func (*Element) expr() {}

// Op is a comparison operator in lower case.
type Op string

// The operators of RFC 7644 table 3.
const (
	Eq Op = "eq"
	Ne Op = "ne"
	Co Op = "co"
	Sw Op = "sw"
	Ew Op = "ew"
	Pr Op = "pr"
	Gt Op = "gt"
	Ge Op = "ge"
	Lt Op = "lt"
	Le Op = "le"
)

func operator(word string) (Op, bool) {
	switch op := Op(strings.ToLower(word)); op {
	case Eq, Ne, Co, Sw, Ew, Pr, Gt, Ge, Lt, Le:
		return op, true
	}
	return "", false
}

// Attr names an attribute: urn:…:name.sub. Name is empty if it names the
// schema itself.
type Attr struct {
	URN    string // as given to the parser if it is one of the known schemas
	Name   string
	Sub    string
	Offset int
}

// String writes the path as it stands in a filter.
func (a Attr) String() string {
	text := a.Name
	if a.URN != "" {
		text = a.URN
		if a.Name != "" {
			text += ":" + a.Name
		}
	}
	if a.Sub != "" {
		text += "." + a.Sub
	}
	return text
}

// ValueKind is the JSON type of a value.
type ValueKind string

// The kinds of values.
const (
	String ValueKind = "string"
	Number ValueKind = "number"
	Bool   ValueKind = "boolean"
	Null   ValueKind = "null"
)

// Value is the value that an attribute is compared with. Text is the text of a
// string, or the literal of any other value.
type Value struct {
	Kind   ValueKind
	Text   string
	Offset int
}

// Path is the path of a PATCH operation: attribute, attribute[filter] or
// attribute[filter].sub.
type Path struct {
	Attr   Attr
	Filter Expr   // nil without brackets
	Sub    string // the sub-attribute after the brackets
}

// Error says where a text stops being a filter or path.
type Error struct {
	Text     string
	Offset   int // byte of Text
	Expected string
	Got      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("at byte %d: expected %s, got %s", e.Offset, e.Expected, e.Got)
}

// Caret returns the text with a mark under the place, in two lines.
func (e *Error) Caret() string {
	return e.Text + "\n" + strings.Repeat(" ", len([]rune(e.Text[:e.Offset]))) + "^"
}
