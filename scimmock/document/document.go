// Package document reads JSON request bodies.
//
// A [Value] keeps what encoding/json drops: the order of members, whether one
// is missing or null, and the path of every value, for error messages. What a
// server should not have to guess about is refused: members given twice, text
// that is not Unicode, anything after the value, and deep nesting.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds nesting: a SCIM message needs six levels.
const maxDepth = 24

// Kind is the type of a JSON value.
type Kind string

// The kinds of values.
const (
	Null   Kind = "null"
	Bool   Kind = "a boolean"
	Number Kind = "a number"
	String Kind = "a string"
	Array  Kind = "an array"
	Object Kind = "an object"
)

// Value is a JSON value.
type Value struct {
	Kind    Kind
	Path    string // JSON path from the root, which is $
	Text    string // of a string its text, of a number its literal
	True    bool   // of a boolean
	Items   []Value
	Members []Member
}

// Member is a name and its value in an object.
type Member struct {
	Name  string
	Value Value
}

// Member returns an object's member.
func (v Value) Member(name string) (Value, bool) {
	for i := range v.Members {
		if v.Members[i].Name == name {
			return v.Members[i].Value, true
		}
	}
	return Value{}, false
}

// Describe says what the value is, shortly, for error messages.
func (v Value) Describe() string {
	switch v.Kind {
	case String:
		text := []rune(v.Text)
		if len(text) > 60 {
			return fmt.Sprintf("the string %q… of %d characters", string(text[:60]), len(text))
		}
		return fmt.Sprintf("the string %q", v.Text)
	case Number:
		return "the number " + v.Text
	case Bool:
		return fmt.Sprint(v.True)
	case Array:
		return fmt.Sprintf("an array of %d", len(v.Items))
	case Object:
		names := make([]string, len(v.Members))
		for i, m := range v.Members {
			names[i] = m.Name
		}
		return "an object with the members {" + strings.Join(names, ", ") + "}"
	default:
		return "null"
	}
}

// Error says why a text is no acceptable JSON document.
type Error struct {
	Path     string // of the value at fault, if known
	Offset   int64  // byte of the text
	Expected string
	Got      string
}

func (e *Error) Error() string {
	where := fmt.Sprintf("byte %d", e.Offset)
	if e.Path != "" {
		where += " (" + e.Path + ")"
	}
	return fmt.Sprintf("%s: expected %s, got %s", where, e.Expected, e.Got)
}

// Parse reads a JSON document.
func Parse(text []byte) (Value, error) {
	if !utf8.Valid(text) {
		return Value{}, &Error{Offset: invalidAt(text), Expected: "UTF-8", Got: "other bytes"}
	}
	if !json.Valid(text) {
		return Value{}, syntaxError(text)
	}
	r := reader{text: string(text)}
	return r.value("$", 0)
}

func syntaxError(text []byte) error {
	e := &Error{Offset: int64(len(text)), Expected: "one JSON value", Got: "something else"}
	if err := json.Unmarshal(text, new(json.RawMessage)); err != nil {
		e.Got = err.Error()
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			e.Offset = syntax.Offset
		}
	}
	if len(bytes.TrimSpace(text)) == 0 {
		e.Got = "nothing"
	}
	return e
}

func invalidAt(text []byte) int64 {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return int64(i)
		}
		i += size
	}
	return int64(len(text))
}

// Join returns the path of an object's member.
func Join(path, name string) string {
	plain := name != ""
	for _, c := range name {
		plain = plain && ('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '$' || c == '_' || c == '-')
	}
	if plain {
		return path + "." + name
	}
	return path + "[" + strconv.Quote(name) + "]"
}
