package filter

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Bounds on what is parsed: a filter is a client's question about one or two
// attributes, and anything far beyond is an attack.
const (
	maxLength = 8 << 10
	maxDepth  = 32
)

type tokenKind int

const (
	end    tokenKind = iota
	word             // attribute, operator, true, 12.5, …
	quoted           // string
	symbol           // one of ()[].
)

type token struct {
	kind   tokenKind
	text   string // of a quoted string, what it means
	offset int
}

func (t token) describe() string {
	switch t.kind {
	case end:
		return "the end"
	case quoted:
		return fmt.Sprintf("the string %q", t.text)
	default:
		return fmt.Sprintf("%q", t.text)
	}
}

func (t token) is(s string) bool { return t.kind == symbol && t.text == s }

// lex splits a text into tokens; the last one is the end.
func lex(text string) ([]token, error) {
	if len(text) > maxLength {
		return nil, &Error{text, maxLength, fmt.Sprintf("at most %d bytes", maxLength), fmt.Sprintf("%d", len(text))}
	}
	if !utf8.ValidString(text) {
		return nil, &Error{text, 0, "UTF-8", "other bytes"}
	}
	var tokens []token
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ':
			i++
		case c == '(' || c == ')' || c == '[' || c == ']':
			tokens = append(tokens, token{symbol, text[i : i+1], i})
			i++
		case c == '.' && i > 0 && text[i-1] == ']':
			tokens = append(tokens, token{symbol, ".", i})
			i++
		case c == '"':
			length, value, err := lexString(text, i)
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, token{quoted, value, i})
			i += length
		case wordByte(c):
			start := i
			for i < len(text) && wordByte(text[i]) {
				i++
			}
			tokens = append(tokens, token{word, text[start:i], start})
		default:
			r, _ := utf8.DecodeRuneInString(text[i:])
			return nil, &Error{text, i, "an attribute, operator, value or bracket", fmt.Sprintf("the character %q", r)}
		}
	}
	return append(tokens, token{end, "", len(text)}), nil
}

func wordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '_' || c == '$' || c == ':' || c == '.' || c == '+'
}

// lexString reads a JSON string that begins at text[start].
func lexString(text string, start int) (length int, value string, err error) {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			if json.Unmarshal([]byte(text[start:i+1]), &value) != nil {
				return 0, "", &Error{text, start, "a JSON string", text[start : i+1]}
			}
			return i + 1 - start, value, nil
		}
	}
	return 0, "", &Error{text, start, "a closing quotation mark", "the end"}
}
