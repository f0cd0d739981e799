package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxErrors bounds what one broken file can bring up; Brief shows fewer.
const maxErrors = 10_000

// Position is a place in a file. Line and Column count from one; Column counts
// characters, not bytes. Line is zero for a mistake of the file as a whole.
type Position struct {
	File         string
	Line, Column int
}

// String gives file:line:column.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

func comparePositions(a, b Position) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// Error is one mistake in a file.
type Error struct {
	Pos        Position
	Message    string // what is wrong
	Hint       string // how to mend it; may be empty
	SourceLine string // the text of the line at Pos
}

// Error gives the mistake in one line.
func (e *Error) Error() string { return e.Pos.String() + ": " + e.Message }

// Detail gives the mistake with its source line, a caret under the column and
// the hint. It ends in a newline.
func (e *Error) Detail() string {
	detail := e.Message + "\n" + Snippet(e.Pos, e.SourceLine)
	if e.Hint != "" {
		detail += "hint: " + e.Hint + "\n"
	}
	return detail
}

// Errors are all mistakes found, in the order of their positions. Beware of
// assigning a nil Errors to an error variable; Err does it right.
type Errors []*Error

// Error gives one line for each mistake.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Detail gives the details of every mistake, with an empty line between them.
func (e Errors) Detail() string {
	details := make([]string, len(e))
	for i, one := range e {
		details[i] = one.Detail()
	}
	return strings.Join(details, "\n")
}

// Brief is Detail with at most so many mistakes of each file, and a line that
// counts the others.
func (e Errors) Brief(most int) string {
	var b strings.Builder
	for from := 0; from < len(e); {
		to := from
		for to < len(e) && e[to].Pos.File == e[from].Pos.File {
			to++
		}
		if from > 0 {
			b.WriteString("\n")
		}
		b.WriteString(e[from:min(to, from+most)].Detail())
		if more := to - from - most; more > 0 {
			fmt.Fprintf(&b, "\n… and %d more in %s\n", more, e[from].Pos.File)
		}
		from = to
	}
	return b.String()
}

// Unwrap lets errors.As find a single mistake.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, one := range e {
		all[i] = one
	}
	return all
}

// Err returns e as an error, or nil when there is none.
func (e Errors) Err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// Join puts the mistakes that several steps found into one list, in the order
// of their positions and without repetitions.
func Join(lists ...Errors) Errors { return slices.Concat(lists...).sorted() }

// sorted orders mistakes by position and drops repetitions, which an anchor
// that is used twice gives rise to.
func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b *Error) int { return comparePositions(a.Pos, b.Pos) })
	return slices.CompactFunc(e, func(a, b *Error) bool { return a.Pos == b.Pos && a.Message == b.Message })
}
