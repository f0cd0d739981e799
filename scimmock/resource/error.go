package resource

import "fmt"

// The values of scimType that this package uses (RFC 7644 table 9).
const (
	InvalidFilter = "invalidFilter"
	InvalidSyntax = "invalidSyntax"
	InvalidPath   = "invalidPath"
	InvalidValue  = "invalidValue"
	NoTarget      = "noTarget"
	Mutability    = "mutability"
)

// Error is a request that the RFCs have refused with 400.
type Error struct {
	ScimType string
	Expected string
	Got      string
	Where    string // JSON path, or part of the filter
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: expected %s, got %s", e.Where, e.Expected, e.Got)
}

func bad(scimType, where, got, expected string, args ...any) error {
	return &Error{scimType, fmt.Sprintf(expected, args...), got, where}
}
