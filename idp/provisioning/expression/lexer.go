package expression

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenName
	tokenAttribute
	tokenText
	tokenNumber
	tokenOperator // = <> > >= < <=
	tokenOpen
	tokenClose
	tokenComma
)

type token struct {
	kind   tokenKind
	text   string // name, attribute name, unescaped text, operator
	number Value
	at     int
}

func (t token) describe() string {
	switch t.kind {
	case tokenEnd:
		return "the end of the expression"
	case tokenAttribute:
		return "[" + t.text + "]"
	case tokenText:
		return strconv.Quote(t.text)
	case tokenNumber:
		return t.number.String()
	case tokenOpen:
		return "'('"
	case tokenClose:
		return "')'"
	case tokenComma:
		return "','"
	default:
		return "'" + t.text + "'"
	}
}

type lexer struct {
	text string
	pos  int
}

func (l *lexer) next() (token, error) {
	for l.pos < len(l.text) && strings.IndexByte(" \t\r\n", l.text[l.pos]) >= 0 {
		l.pos++
	}
	at := l.pos
	if at >= len(l.text) {
		return token{kind: tokenEnd, at: at}, nil
	}
	single := func(kind tokenKind) (token, error) {
		l.pos++
		return token{kind: kind, text: l.text[at:l.pos], at: at}, nil
	}
	switch c := l.text[at]; {
	case c == '(':
		return single(tokenOpen)
	case c == ')':
		return single(tokenClose)
	case c == ',':
		return single(tokenComma)
	case c == '[':
		return l.attribute()
	case c == '"':
		return l.quoted()
	case c == '=':
		return single(tokenOperator)
	case c == '<' || c == '>':
		l.pos++
		if l.pos < len(l.text) && (l.text[l.pos] == '=' || c == '<' && l.text[l.pos] == '>') {
			l.pos++
		}
		return token{kind: tokenOperator, text: l.text[at:l.pos], at: at}, nil
	case c == '-' || c >= '0' && c <= '9':
		return l.decimal()
	case c == '&':
		return l.hexadecimal()
	case isNameByte(c):
		for l.pos < len(l.text) && isNameByte(l.text[l.pos]) {
			l.pos++
		}
		return token{kind: tokenName, text: l.text[at:l.pos], at: at}, nil
	default:
		r, _ := utf8.DecodeRuneInString(l.text[at:])
		e := &SyntaxError{Offset: at, Message: fmt.Sprintf("unexpected character %q", r)}
		if strings.ContainsRune("“”‘’'", r) {
			e.Hint = `texts stand in straight double quotes, such as "United States"`
		}
		return token{}, e
	}
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func (l *lexer) attribute() (token, error) {
	at := l.pos
	length := strings.IndexAny(l.text[at+1:], "[]")
	if length < 0 || l.text[at+1+length] != ']' {
		return token{}, &SyntaxError{Offset: at, Message: "the attribute's closing bracket is missing", Hint: "write attributes as [givenName]"}
	}
	name := strings.TrimSpace(l.text[at+1 : at+1+length])
	if name == "" {
		return token{}, &SyntaxError{Offset: at, Message: "the attribute has no name", Hint: "write attributes as [givenName]"}
	}
	l.pos = at + length + 2
	return token{kind: tokenAttribute, text: name, at: at}, nil
}

// quoted reads a text constant. A backslash or quotation mark inside it is
// written with a backslash before it; the reference knows no other escape.
func (l *lexer) quoted() (token, error) {
	at := l.pos
	var b strings.Builder
	for i := at + 1; i < len(l.text); i++ {
		switch l.text[i] {
		case '"':
			l.pos = i + 1
			return token{kind: tokenText, text: b.String(), at: at}, nil
		case '\\':
			if i+1 >= len(l.text) || l.text[i+1] != '\\' && l.text[i+1] != '"' {
				return token{}, &SyntaxError{Offset: i, Message: "a backslash must be followed by a backslash or a quotation mark", Hint: `write \\ for one backslash, also in regular expressions: "\\d+"`}
			}
			i++
		}
		b.WriteByte(l.text[i])
	}
	return token{}, &SyntaxError{Offset: at, Message: "the text's closing quotation mark is missing"}
}

// decimal reads a number. Of those with a fraction the page shows one,
// Len(42568.75).
func (l *lexer) decimal() (token, error) {
	at := l.pos
	l.pos++
	for l.pos < len(l.text) && (isNameByte(l.text[l.pos]) || l.text[l.pos] == '.') {
		l.pos++
	}
	digits := l.text[at:l.pos]
	whole, fraction, found := strings.Cut(digits, ".")
	if !found {
		return l.number(at, digits, 10)
	}
	if _, err := strconv.ParseInt(whole, 10, 64); err != nil || fraction == "" || strings.Trim(fraction, "0123456789") != "" {
		return token{}, &SyntaxError{Offset: at, Message: fmt.Sprintf("%q is not a number", digits)}
	}
	return token{kind: tokenNumber, number: Value{kind: Number, text: digits}, at: at}, nil
}

func (l *lexer) hexadecimal() (token, error) {
	at := l.pos
	if !strings.HasPrefix(l.text[at:], "&H") {
		return token{}, &SyntaxError{Offset: at, Message: "unexpected character '&'", Hint: "hexadecimal numbers are written as &HF7"}
	}
	l.pos += 2
	for l.pos < len(l.text) && isNameByte(l.text[l.pos]) {
		l.pos++
	}
	return l.number(at, l.text[at+2:l.pos], 16)
}

func (l *lexer) number(at int, digits string, base int) (token, error) {
	number, err := strconv.ParseInt(digits, base, 64)
	if err != nil {
		return token{}, &SyntaxError{Offset: at, Message: fmt.Sprintf("%q is not a whole number", l.text[at:l.pos])}
	}
	return token{kind: tokenNumber, number: Int(number), at: at}, nil
}
