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
	for _, m := range v.Members {
		if m.Name == name {
			return m.Value, true
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
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		e := &Error{Offset: int64(len(text)), Expected: "one JSON value", Got: err.Error()}
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			e.Offset = syntax.Offset
		}
		if len(bytes.TrimSpace(text)) == 0 {
			e.Got = "nothing"
		}
		return Value{}, e
	}
	r := reader{text: text, dec: json.NewDecoder(bytes.NewReader(text))}
	r.dec.UseNumber()
	v, err := r.value("$", 0)
	if err != nil {
		return Value{}, err
	}
	return v, nil
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

type reader struct {
	text  []byte
	dec   *json.Decoder
	start int64 // of the latest token
}

func (r *reader) fail(path, expected, got string) error {
	return &Error{path, r.start, expected, got}
}

// token reads the next token; the text has been found to be valid before.
func (r *reader) token(path string) (json.Token, error) {
	r.start = r.dec.InputOffset()
	for r.start < int64(len(r.text)) && strings.IndexByte(" \t\r\n,:", r.text[r.start]) >= 0 {
		r.start++
	}
	t, err := r.dec.Token()
	if err != nil {
		return nil, r.fail(path, "JSON", err.Error())
	}
	if s, ok := t.(string); ok && strings.ContainsRune(s, utf8.RuneError) {
		// The decoder writes this character for half of a surrogate pair.
		raw := strings.ToLower(string(r.text[r.start:r.dec.InputOffset()]))
		if !strings.ContainsRune(raw, utf8.RuneError) && !strings.Contains(raw, `\ufffd`) {
			return nil, r.fail(path, "Unicode text", "half of a surrogate pair")
		}
	}
	return t, nil
}

func (r *reader) value(path string, depth int) (Value, error) {
	if depth >= maxDepth {
		return Value{}, r.fail("", fmt.Sprintf("at most %d levels of nesting", maxDepth), "more")
	}
	t, err := r.token(path)
	if err != nil {
		return Value{}, err
	}
	v := Value{Path: path}
	switch t := t.(type) {
	case nil:
		v.Kind = Null
	case bool:
		v.Kind, v.True = Bool, t
	case json.Number:
		v.Kind, v.Text = Number, t.String()
	case string:
		v.Kind, v.Text = String, t
	case json.Delim:
		if t == '[' {
			v.Kind = Array
			err = r.items(&v, depth)
		} else {
			v.Kind = Object
			err = r.members(&v, depth)
		}
		if err == nil {
			_, err = r.token(path) // the closing bracket
		}
	}
	return v, err
}

func (r *reader) items(v *Value, depth int) error {
	for r.dec.More() {
		item, err := r.value(v.Path+"["+strconv.Itoa(len(v.Items))+"]", depth+1)
		if err != nil {
			return err
		}
		v.Items = append(v.Items, item)
	}
	return nil
}

func (r *reader) members(v *Value, depth int) error {
	seen := make(map[string]bool)
	for r.dec.More() {
		t, err := r.token(v.Path)
		if err != nil {
			return err
		}
		name, ok := t.(string)
		if !ok {
			return r.fail(v.Path, "a member name", fmt.Sprint(t))
		}
		path := Join(v.Path, name)
		if seen[name] {
			return r.fail(path, "each member once", "it twice")
		}
		seen[name] = true
		value, err := r.value(path, depth+1)
		if err != nil {
			return err
		}
		v.Members = append(v.Members, Member{name, value})
	}
	return nil
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
