package browser

import "strings"

// The browser has no JavaScript engine. It reads scripts as far as it takes to
// see whether they submit a form on their own: tokens, the brackets around
// them, and where functions begin and end.

type jsKind byte

const (
	jsName jsKind = iota
	jsNumber
	jsString // text is the value, quotes gone
	jsPunct
	jsRegexp
)

type jsToken struct {
	kind jsKind
	text string
	// open is the index of the bracket that the token stands in, -1 for none;
	// match is the index of the partner of a bracket, -1 for none.
	open, match int
}

func (t jsToken) is(text string) bool   { return t.kind == jsPunct && t.text == text }
func (t jsToken) word(text string) bool { return t.kind == jsName && t.text == text }

// Bounds of the work on one script. What lies beyond them is not read.
const (
	jsMaxTokens    = 200_000
	jsMaxFunctions = 5_000
	jsMaxArrow     = 1_000 // tokens of an arrow function without braces
	jsMaxRegexp    = 300   // octets
)

func lexJS(src string) []jsToken {
	l := jsLexer{src: src}
	for l.skipBlank(); l.pos < len(l.src) && len(l.tokens) < jsMaxTokens; l.skipBlank() {
		l.next()
	}
	matchBrackets(l.tokens)
	return l.tokens
}

type jsLexer struct {
	src    string
	pos    int
	tokens []jsToken
}

// skipBlank skips white space and comments, the old HTML-like ones too
// (ECMA-262 annex B.1.1): pages still wrap scripts in <!-- and //-->.
func (l *jsLexer) skipBlank() {
	lineStart := l.pos == 0
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch {
		case rest[0] == '\n' || rest[0] == '\r':
			lineStart = true
			l.pos++
		case rest[0] <= ' ':
			l.pos++
		case strings.HasPrefix(rest, "//"), strings.HasPrefix(rest, "<!--"), lineStart && strings.HasPrefix(rest, "-->"):
			if end := strings.IndexAny(rest, "\n\r"); end >= 0 {
				l.pos += end
			} else {
				l.pos = len(l.src)
			}
		case strings.HasPrefix(rest, "/*"):
			if end := strings.Index(rest[2:], "*/"); end >= 0 {
				l.pos += end + 4
			} else {
				l.pos = len(l.src)
			}
		default:
			return
		}
	}
}

// jsOperators are those of more than one character that must not be taken for
// an assignment, a property access or the brackets of one.
var jsOperators = []string{"===", "!==", "=>", "==", "!=", "<=", ">=", "+=", "-=", "*=", "&&", "||", "??", "++", "--", "..."}

func (l *jsLexer) next() {
	c := l.src[l.pos]
	switch {
	case isJSNameByte(c) && (c < '0' || c > '9'):
		l.take(jsName, l.span(isJSNameByte))
	case c >= '0' && c <= '9':
		l.take(jsNumber, l.span(func(b byte) bool { return isJSNameByte(b) || b == '.' }))
	case c == '"' || c == '\'' || c == '`':
		l.quoted(c)
	case c == '/' && l.regexpAllowed() && l.regexp():
	case strings.HasPrefix(l.src[l.pos:], "?.") && !(l.pos+2 < len(l.src) && l.src[l.pos+2] >= '0' && l.src[l.pos+2] <= '9'):
		l.tokens = append(l.tokens, jsToken{kind: jsPunct, text: "."})
		l.pos += 2
	default:
		for _, op := range jsOperators {
			if strings.HasPrefix(l.src[l.pos:], op) {
				l.take(jsPunct, len(op))
				return
			}
		}
		l.take(jsPunct, 1)
	}
}

func (l *jsLexer) take(kind jsKind, n int) {
	l.tokens = append(l.tokens, jsToken{kind: kind, text: l.src[l.pos : l.pos+n]})
	l.pos += n
}

func (l *jsLexer) span(accept func(byte) bool) int {
	n := 0
	for l.pos+n < len(l.src) && accept(l.src[l.pos+n]) {
		n++
	}
	return n
}

func isJSNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}

// quoted reads a string or a template literal; what stands in ${…} is not read
// as code.
func (l *jsLexer) quoted(quote byte) {
	var b strings.Builder
	i := l.pos + 1
	for ; i < len(l.src) && l.src[i] != quote; i++ {
		if l.src[i] == '\n' && quote != '`' {
			break
		}
		if l.src[i] == '\\' && i+1 < len(l.src) {
			i++
			switch l.src[i] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			default:
				b.WriteByte(l.src[i])
			}
			continue
		}
		b.WriteByte(l.src[i])
	}
	l.tokens = append(l.tokens, jsToken{kind: jsString, text: b.String()})
	l.pos = min(i+1, len(l.src))
}

// regexpAllowed tells a regular expression from a division by what came before.
func (l *jsLexer) regexpAllowed() bool {
	if len(l.tokens) == 0 {
		return true
	}
	last := l.tokens[len(l.tokens)-1]
	switch last.kind {
	case jsPunct:
		return !last.is(")") && !last.is("]") && !last.is("}")
	case jsName:
		return last.text == "return" || last.text == "typeof" || last.text == "case" || last.text == "in"
	}
	return false
}

func (l *jsLexer) regexp() bool {
	class := false
	for i := l.pos + 1; i < min(len(l.src), l.pos+jsMaxRegexp) && l.src[i] != '\n'; i++ {
		switch l.src[i] {
		case '\\':
			i++
		case '[':
			class = true
		case ']':
			class = false
		case '/':
			if class {
				continue
			}
			l.take(jsRegexp, i+1-l.pos)
			l.pos += l.span(isJSNameByte) // flags
			return true
		}
	}
	return false
}

func matchBrackets(tokens []jsToken) {
	var stack []int
	for i := range tokens {
		t := &tokens[i]
		t.open, t.match = -1, -1
		closes := t.is(")") || t.is("]") || t.is("}")
		if closes && len(stack) > 0 {
			opener := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			t.match, tokens[opener].match = opener, i
		}
		if len(stack) > 0 {
			t.open = stack[len(stack)-1]
		}
		if t.is("(") || t.is("[") || t.is("{") {
			stack = append(stack, i)
		}
	}
}
