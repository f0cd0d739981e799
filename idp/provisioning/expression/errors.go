package expression

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Position is a place in an expression as an editor counts it: lines and
// characters from 1.
type Position struct{ Line, Column int }

// PositionOf returns the place of a byte of a text.
func PositionOf(text string, offset int) Position {
	before := text[:min(offset, len(text))]
	line := strings.LastIndexByte(before, '\n') + 1
	return Position{strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[line:]) + 1}
}

// String gives the place in words.
func (p Position) String() string { return fmt.Sprintf("line %d, column %d", p.Line, p.Column) }

// SyntaxError says what is wrong with an expression and where.
type SyntaxError struct {
	Offset   int      // of the first byte in question
	Position Position // of the same
	Message  string   // what is wrong
	Hint     string   // how to mend it, or empty
}

// Error gives the position and the message.
func (e *SyntaxError) Error() string {
	text := fmt.Sprintf("%v: %s", e.Position, e.Message)
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// EvalError says which call could not work with the values it was given.
type EvalError struct {
	Function string
	Offset   int // of the call's first byte
	Position Position
	Message  string
}

// Error gives the position, the function and the reason.
func (e *EvalError) Error() string {
	return fmt.Sprintf("%v: %s: %s", e.Position, e.Function, e.Message)
}
