package filter

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Parse parses a filter. The schemas are the URNs that may stand before an
// attribute name; the last colon separates the name, as with any other URN.
func Parse(text string, schemas ...string) (Expr, error) {
	p, err := newParser(text, schemas)
	if err != nil {
		return nil, err
	}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != end {
		return nil, p.fail(t, `"and", "or" or the end`)
	}
	return e, nil
}

// ParsePath parses the path of a PATCH operation.
func ParsePath(text string, schemas ...string) (Path, error) {
	p, err := newParser(text, schemas)
	if err != nil {
		return Path{}, err
	}
	var path Path
	if path.Attr, err = p.attr(); err != nil {
		return Path{}, err
	}
	if p.peek().is("[") {
		if path.Filter, err = p.brackets(); err != nil {
			return Path{}, err
		}
		if p.peek().is(".") {
			p.next()
			if path.Sub, err = p.subAttr(); err != nil {
				return Path{}, err
			}
		}
	}
	if t := p.peek(); t.kind != end {
		return Path{}, p.fail(t, "the end")
	}
	return path, nil
}

type parser struct {
	text    string
	schemas []string
	tokens  []token
	depth   int
}

func newParser(text string, schemas []string) (*parser, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	return &parser{text: text, schemas: schemas, tokens: tokens}, nil
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) next() token {
	t := p.tokens[0]
	if t.kind != end {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) fail(t token, expected string) error {
	return &Error{p.text, t.offset, expected, t.describe()}
}

// keyword takes a word if it is the next one, in any case.
func (p *parser) keyword(text string) bool {
	t := p.peek()
	if t.kind != word || !strings.EqualFold(t.text, text) {
		return false
	}
	p.next()
	return true
}

func (p *parser) or() (Expr, error) {
	left, err := p.and()
	for err == nil && p.keyword("or") {
		var right Expr
		if right, err = p.and(); err == nil {
			left = &Or{left, right}
		}
	}
	return left, err
}

func (p *parser) and() (Expr, error) {
	left, err := p.term()
	for err == nil && p.keyword("and") {
		var right Expr
		if right, err = p.term(); err == nil {
			left = &And{left, right}
		}
	}
	return left, err
}

func (p *parser) term() (Expr, error) {
	t := p.peek()
	if t.is("(") {
		return p.group("(", ")")
	}
	if t.kind == word && strings.EqualFold(t.text, "not") && p.tokens[1].is("(") {
		p.next()
		e, err := p.group("(", ")")
		if err != nil {
			return nil, err
		}
		return &Not{e}, nil
	}
	attr, err := p.attr()
	if err != nil {
		return nil, err
	}
	if p.peek().is("[") {
		return p.element(attr)
	}
	return p.compare(attr)
}

// group parses an expression between brackets of either kind.
func (p *parser) group(open, shut string) (Expr, error) {
	first := p.next()
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail(first, fmt.Sprintf("at most %d brackets within each other", maxDepth))
	}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	p.depth--
	if t := p.next(); !t.is(shut) {
		return nil, p.fail(t, fmt.Sprintf(`"and", "or" or %q`, shut))
	}
	return e, nil
}

func (p *parser) brackets() (Expr, error) { return p.group("[", "]") }

func (p *parser) element(attr Attr) (Expr, error) {
	e := &Element{Attr: attr}
	var err error
	if e.Filter, err = p.brackets(); err != nil {
		return nil, err
	}
	if !p.peek().is(".") {
		return e, nil
	}
	p.next()
	at := p.peek().offset
	sub, err := p.subAttr()
	if err != nil {
		return nil, err
	}
	if e.Compare, err = p.compare(Attr{Name: sub, Offset: at}); err != nil {
		return nil, err
	}
	return e, nil
}

func (p *parser) compare(attr Attr) (*Compare, error) {
	t := p.next()
	op, ok := operator(t.text)
	if t.kind != word || !ok {
		return nil, p.fail(t, "an operator (eq ne co sw ew pr gt ge lt le)")
	}
	c := &Compare{Attr: attr, Op: op}
	if op == Pr {
		return c, nil
	}
	var err error
	c.Value, err = p.value()
	return c, err
}

func (p *parser) value() (Value, error) {
	t := p.next()
	v := Value{Text: t.text, Offset: t.offset}
	switch {
	case t.kind == quoted:
		v.Kind = String
	case t.kind == word && (t.text == "true" || t.text == "false"):
		v.Kind = Bool
	case t.kind == word && t.text == "null":
		v.Kind = Null
	case t.kind == word && json.Valid([]byte(t.text)):
		v.Kind = Number
	default:
		return Value{}, p.fail(t, "a value in quotation marks")
	}
	return v, nil
}

// attr parses an attribute path: [URN:]name[.sub].
func (p *parser) attr() (Attr, error) {
	t := p.next()
	if t.kind != word {
		return Attr{}, p.fail(t, "an attribute name")
	}
	a := Attr{Offset: t.offset}
	rest := t.text
	if urn, ok := p.schema(rest); ok {
		a.URN = urn
		return a, nil
	}
	if colon := strings.LastIndexByte(rest, ':'); colon >= 0 {
		a.URN, rest = rest[:colon], rest[colon+1:]
		if slices.Contains(strings.Split(a.URN, ":"), "") {
			return Attr{}, p.fail(t, "an attribute name after a URN and a colon")
		}
		if urn, ok := p.schema(a.URN); ok {
			a.URN = urn
		}
	}
	var dotted bool
	a.Name, a.Sub, dotted = strings.Cut(rest, ".")
	if !attrName(a.Name) || dotted && !attrName(a.Sub) {
		return Attr{}, p.fail(t, "an attribute name, or two with a dot between them")
	}
	return a, nil
}

// schema finds a known schema by its URN, which is compared in any case (RFC
// 8141 section 3 has it for a part of it, RFC 7643 section 2.1 for attribute
// names, which it begins).
func (p *parser) schema(urn string) (string, bool) {
	for _, known := range p.schemas {
		if strings.EqualFold(urn, known) {
			return known, true
		}
	}
	return "", false
}

func (p *parser) subAttr() (string, error) {
	t := p.next()
	if t.kind != word || !attrName(t.text) {
		return "", p.fail(t, "a sub-attribute name")
	}
	return t.text, nil
}

// attrName reports whether s is a name by RFC 7643 section 2.1, or $ref.
func attrName(s string) bool {
	s = strings.TrimPrefix(s, "$")
	if s == "" || !letter(s[0]) {
		return false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i]; !letter(c) && !('0' <= c && c <= '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
