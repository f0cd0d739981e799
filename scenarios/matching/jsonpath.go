package matching

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/idharness/harness/internal/strictyaml"
)

// Path leads to a part of a result: $.portal.accounts[0].roles[-1],
// $.attributes["https://example.com/a"], $.users[?@.userName == "ana"].id, or
// $[*].id for all of them. It is a part of JSONPath (RFC 9535), but for one
// thing: a filter must hold for one element, and stands for that.
type Path struct {
	text  string
	steps []pathStep
}

// pathStep is one step of a path: one of these.
type pathStep struct {
	text   string // as it is written
	key    string
	index  int // negative: from the end
	filter []condition
	kind   stepKind
}

type stepKind int

const (
	keyStep stepKind = iota
	indexStep
	everyStep
	filterStep
)

// condition is what a filter asks of an element: a part of it is, or is not,
// equal to a value, or there is such a part.
type condition struct {
	path   []pathStep
	equals string // == or != or, for there is such a part, nothing
	value  any
}

// PathError says what is wrong with the text of a path, and at which byte.
type PathError struct {
	Offset  int
	Message string
}

func (e *PathError) Error() string { return e.Message }

// ParsePath reads a path. An error is a *[PathError].
func ParsePath(text string) (Path, error) {
	p := &pathParser{text: text}
	p.take("$")
	if p.at == 0 && text != "" && !strings.ContainsAny(text[:1], ".[") {
		p.text, p.lead = "."+text, 1 // users[0] is $.users[0]
	}
	steps := p.steps("]")
	if p.err == nil && p.at < len(p.text) {
		p.fail(p.at, "a path goes on with .name or with [, not with %q", p.text[p.at:])
	}
	if p.err != nil {
		p.err.Offset = max(0, p.err.Offset-p.lead)
		return Path{}, p.err
	}
	return Path{text, steps}, nil
}

// String gives the path as it was written.
func (p Path) String() string { return p.text }

type pathParser struct {
	text string
	lead int // bytes before the text proper
	at   int
	err  *PathError
}

func (p *pathParser) fail(at int, format string, args ...any) {
	if p.err == nil {
		p.err = &PathError{at, fmt.Sprintf(format, args...)}
	}
}

// take steps over a text if it comes next.
func (p *pathParser) take(text string) bool {
	if p.err != nil || !strings.HasPrefix(p.text[p.at:], text) {
		return false
	}
	p.at += len(text)
	return true
}

func (p *pathParser) blanks() {
	for p.take(" ") {
	}
}

// steps reads steps until something else comes, or one of the characters that
// end a name in a filter.
func (p *pathParser) steps(ends string) []pathStep {
	var out []pathStep
	for p.err == nil {
		from := p.at
		var s pathStep
		switch {
		case p.take("["):
			s = p.bracket()
		case p.take("."):
			rest := p.text[p.at:]
			end := strings.IndexAny(rest, ".["+ends)
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				p.fail(p.at, "a name is missing after the dot")
			}
			s.key = rest[:end]
			p.at += end
		default:
			return out
		}
		s.text = p.text[from:p.at]
		out = append(out, s)
	}
	return out
}

// bracket reads what follows [.
func (p *pathParser) bracket() pathStep {
	open := p.at - 1
	s := pathStep{}
	switch rest := p.text[p.at:]; {
	case p.take("*"):
		s.kind = everyStep
	case p.take("?"):
		s.kind, s.filter = filterStep, p.conditions()
	case rest != "" && (rest[0] == '"' || rest[0] == '\''):
		s.key = p.quoted()
	default:
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			break
		}
		i, err := strconv.Atoi(rest[:end])
		if err != nil {
			p.fail(p.at, "in brackets stands a number, *, a quoted name or a filter such as ?@.id == \"7\"; got %s", rest[:end])
		}
		s.kind, s.index = indexStep, i
		p.at += end
	}
	if p.err == nil && !p.take("]") {
		p.fail(open, "the bracket is never closed")
	}
	return s
}

// quoted reads a text in quotes of either kind, with a backslash before a quote
// or a backslash in it.
func (p *pathParser) quoted() string {
	open, quote := p.at, p.text[p.at]
	var b strings.Builder
	for i := open + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == quote:
			p.at = i + 1
			return b.String()
		case c == '\\' && i+1 < len(p.text):
			i++
			b.WriteByte(p.text[i])
		default:
			b.WriteByte(c)
		}
	}
	p.fail(open, "the quote is never closed")
	return ""
}

// conditions reads a filter, with or without parentheses around it.
func (p *pathParser) conditions() []condition {
	p.blanks()
	enclosed := p.take("(")
	var out []condition
	for p.err == nil {
		p.blanks()
		if !p.take("@") {
			p.fail(p.at, "a filter begins with @, which is the element")
			break
		}
		c := condition{path: p.steps(" =!)]&")}
		p.blanks()
		for _, op := range []string{"==", "!="} {
			if c.equals == "" && p.take(op) {
				c.equals = op
				p.blanks()
				c.value = p.literal()
				p.blanks()
			}
		}
		out = append(out, c)
		if !p.take("&&") {
			break
		}
	}
	if enclosed && !p.take(")") {
		p.fail(p.at, "the parenthesis is never closed")
	}
	return out
}

// literal reads a text in quotes, a number, true, false or null.
func (p *pathParser) literal() any {
	rest := p.text[p.at:]
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		return p.quoted()
	}
	end := strings.IndexAny(rest, " )]&")
	if end < 0 {
		end = len(rest)
	}
	word := rest[:end]
	p.at += end
	switch word {
	case "true", "false":
		return word == "true"
	case "null":
		return nil
	}
	number, err := strconv.ParseFloat(word, 64)
	if err != nil {
		p.fail(p.at-end, "a filter compares with text in quotes, a number, true, false or null; got %q", word)
	}
	return number
}

// Pick returns the part of a value that the path leads to.
func (p Path) Pick(value any) (any, error) {
	plain, err := strictyaml.Plain(value)
	if err != nil {
		return nil, err
	}
	return pick(plain, p.steps, "$")
}

func pick(value any, steps []pathStep, at string) (any, error) {
	if len(steps) == 0 {
		return value, nil
	}
	s, rest := steps[0], steps[1:]
	there := at + s.text
	if s.kind == keyStep {
		m, ok := value.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s is %s, so that there is no %q in it", at, kindOf(value), s.key)
		}
		inner, ok := m[s.key]
		if !ok {
			return nil, fmt.Errorf("%s has no %q%s", at, s.key, suggestion(s.key, m))
		}
		return pick(inner, rest, there)
	}
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("%s is %s, so that there is no %s in it", at, kindOf(value), s.text)
	}
	switch s.kind {
	case everyStep:
		out := make([]any, len(list))
		for i, item := range list {
			var err error
			if out[i], err = pick(item, rest, at+"["+strconv.Itoa(i)+"]"); err != nil {
				return nil, err
			}
		}
		return out, nil
	case filterStep:
		found := slices.DeleteFunc(slices.Clone(list), func(item any) bool { return !s.holds(item) })
		if len(found) != 1 {
			return nil, fmt.Errorf("%s holds for %d of the %d elements of %s; it must for one", s.text, len(found), len(list), at)
		}
		return pick(found[0], rest, there)
	default:
		i := s.index
		if i < 0 {
			i += len(list)
		}
		if i < 0 || i >= len(list) {
			return nil, fmt.Errorf("%s has %d elements, so that there is no %s", at, len(list), s.text)
		}
		return pick(list[i], rest, there)
	}
}

// holds reports whether all conditions of a filter do.
func (s pathStep) holds(item any) bool {
	return !slices.ContainsFunc(s.filter, func(c condition) bool {
		got, err := pick(item, c.path, "@")
		switch c.equals {
		case "":
			return err != nil
		case "==":
			return err != nil || !same(got, c.value)
		default:
			return err == nil && same(got, c.value)
		}
	})
}

// same compares a scalar with a literal.
func same(got, want any) bool {
	if number, ok := want.(float64); ok {
		switch v := got.(type) {
		case int:
			return float64(v) == number
		case float64:
			return v == number
		default:
			return false
		}
	}
	switch got.(type) {
	case map[string]any, []any:
		return false
	}
	return got == want
}

func suggestion(key string, m map[string]any) string {
	known := make([]string, 0, len(m))
	for name := range m {
		known = append(known, name)
	}
	slices.Sort(known)
	if near, ok := strictyaml.Nearest(key, known); ok {
		return "; did you mean " + near + "?"
	}
	if len(known) == 0 || len(known) > 20 {
		return ""
	}
	text := strings.Join(known, ", ")
	if utf8.RuneCountInString(text) > 300 {
		return ""
	}
	return "; it has " + text
}
