package strictyaml

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// syntaxError puts the YAML parser's complaint into words for somebody who
// does not know the grammar, and at the place that needs mending.
func (f *File) syntaxError(err error) *Error {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return &Error{Pos: Position{File: f.name}, Message: err.Error()}
	}
	at, begin := load.Mark, load.ContextMark
	ended := strings.TrimSpace(f.text[f.offset(at.Line, at.Column):]) == "" // the file does, where more was to come
	if ended {
		at.Line, at.Column = f.position(len(strings.TrimRight(f.text, " \t\r\n")))
	}
	say := func(format string, args ...any) *Error { return f.errorAt(at.Line, at.Column, format, args...) }
	hinted := func(e *Error, hint string) *Error { e.Hint = hint; return e }
	opened := func() string { return fmt.Sprintf("that begins at %d:%d", begin.Line, begin.Column) }

	switch message := load.Message; {
	case strings.Contains(message, "tab"),
		message == "found character that cannot start any token" && f.characterAt(at) == "\t":
		if offset := strings.IndexByte(f.Line(at.Line), '\t'); offset >= 0 {
			at.Column = utf8.RuneCountInString(f.Line(at.Line)[:offset]) + 1
		}
		return hinted(say("a tab cannot indent YAML"), "use spaces")
	case message == "found character that cannot start any token":
		return hinted(say("plain text cannot begin with %q", f.characterAt(at)), "put the text in quotes")
	case message == "mapping values are not allowed in this context" && f.lacksSpace(at.Line-1) > 0:
		at.Line, at.Column = at.Line-1, f.lacksSpace(at.Line-1)
		return say(`a space is missing after ":"`)
	case message == "mapping values are not allowed in this context":
		return hinted(say(`":" is not expected here`), `text that contains ": " needs quotes; if this is a key, check its indentation and the line before`)
	case message == "block sequence entries are not allowed in this context":
		return hinted(say(`a list cannot begin here`), `begin it on a line of its own, or write [a, b]; text that begins with "- " needs quotes`)
	case strings.HasPrefix(message, "did not find expected ','") && ended:
		at = begin
		return say("the %q that opens here is never closed", f.characterAt(begin))
	case message == "did not find expected ',' or ']'":
		return hinted(say(`expected "," or "]" in the list %s`, opened()), f.flowHint(at))
	case message == "did not find expected ',' or '}'":
		return hinted(say(`expected "," or "}" in the map %s`, opened()), f.flowHint(at))
	case message == "did not find expected key" && f.closedBefore(at) != "":
		return hinted(say("nothing can follow %s on this line", f.closedBefore(at)), "put the whole text in quotes")
	case message == "did not find expected key":
		return hinted(say("expected a key of the map %s", opened()), "keys of one map begin in the same column")
	case message == "did not find expected '-' indicator":
		return hinted(say(`expected "- ", as in the list %s`, opened()), "a map and a list cannot be mixed; check the indentation")
	case message == "could not find expected ':'":
		at = begin
		return hinted(say(`a key without ":"`), `write "key: value", with a space after the colon`)
	case message == "did not find expected node content" && ended:
		return hinted(say("the file ends where a value is expected"), "a { or [ before it is never closed")
	case message == "did not find expected node content":
		return say("expected a value, found %q", f.characterAt(at))
	case message == "found unexpected end of stream" && strings.Contains(load.ContextMsg, "quoted"):
		at = begin
		return say("the quote that opens here is never closed")
	case message == "found unknown escape character":
		return hinted(say(`\%s is not an escape of double-quoted text`, f.characterAt(yaml.Mark{Line: at.Line, Column: at.Column + 1})),
			`write \\ for a backslash, or use single quotes`)
	case strings.HasPrefix(message, "unknown anchor"):
		name := strings.TrimSuffix(strings.TrimPrefix(message, "unknown anchor '"), "' referenced")
		return hinted(say("there is no anchor &%s before this alias", name), `text that begins with "*" needs quotes`)
	case strings.Contains(message, "exceeded max depth"):
		return say("nested more than %d deep", MaxDepth)
	case load.ContextMsg != "":
		return say("%s, %s", message, load.ContextMsg)
	default:
		return say("%s", message)
	}
}

// flowHint explains the commonest way to break {…} and […].
func (f *File) flowHint(at yaml.Mark) string {
	before := yaml.Mark{Line: at.Line, Column: at.Column - 1}
	if at.Column > 1 && f.characterAt(before) == "$" || f.characterAt(at) == "$" || f.characterAt(at) == "{" {
		return `between {…} or […], text with ${…} needs quotes: "${name}"`
	}
	return `text with , [ ] { } or ": " in it needs quotes`
}

// lacksSpace returns the column of the colon in a line such as "name:login",
// which YAML takes for plain text; 0 if it is none.
func (f *File) lacksSpace(number int) int {
	line := f.Line(number)
	key, value, _ := strings.Cut(line, ":")
	name := strings.TrimLeft(key, " -")
	if value == "" || value[0] == ' ' || value[0] == '/' || name == "" || nameLength(name) != len(name) {
		return 0
	}
	return len(key) + 1
}

// closedBefore returns the closing quote or bracket that stands before a mark,
// if there is one.
func (f *File) closedBefore(mark yaml.Mark) string {
	before := strings.TrimRight(f.text[f.offset(mark.Line, 1):f.offset(mark.Line, mark.Column)], " ")
	if last := before[max(0, len(before)-1):]; last != "" && strings.Contains("\"']}", last) {
		return last
	}
	return ""
}

// characterAt returns the character at a mark, or "" past the end of its line.
func (f *File) characterAt(mark yaml.Mark) string {
	line := []rune(f.Line(mark.Line))
	if mark.Column < 1 || mark.Column > len(line) {
		return ""
	}
	return string(line[mark.Column-1])
}
