package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// tagToken is a kind of word of a tag expression.
type tagToken int

const (
	tagEnd tagToken = iota
	tagName
	tagAnd
	tagOr
	tagNot
	tagOpen
	tagClose
)

// tagSigns end a tag that stands without quotes.
const tagSigns = `()!,&|"'`

// tagParser reads tag expressions by recursive descent.
type tagParser struct {
	text  []rune
	at    int // of what has not been read
	names []string

	token tagToken // the current word,
	name  string   // which tag it is,
	start int      // and where it begins
}

func (p *tagParser) errorf(format string, args ...any) error {
	return p.errorAt(p.start, format, args...)
}

func (p *tagParser) errorAt(at int, format string, args ...any) error {
	return &TagMistake{Expression: string(p.text), Column: at + 1, Message: fmt.Sprintf(format, args...)}
}

// got names the current word.
func (p *tagParser) got() string {
	if p.token == tagEnd {
		return "the end"
	}
	return string(p.text[p.start:p.at])
}

// next reads a word.
func (p *tagParser) next() error {
	for p.at < len(p.text) && unicode.IsSpace(p.text[p.at]) {
		p.at++
	}
	p.start = p.at
	if p.at == len(p.text) {
		p.token = tagEnd
		return nil
	}
	c := p.text[p.at]
	p.at++
	switch c {
	case '(':
		p.token = tagOpen
	case ')':
		p.token = tagClose
	case '!':
		p.token = tagNot
	case ',':
		p.token = tagOr
	case '&', '|':
		if p.at == len(p.text) || p.text[p.at] != c {
			return p.errorf("expected %c%c, got one %c", c, c, c)
		}
		p.at++
		p.token = tagAnd
		if c == '|' {
			p.token = tagOr
		}
	case '"', '\'':
		length := slices.Index(p.text[p.at:], c)
		if length < 0 {
			return p.errorf("the quote %c is never closed", c)
		}
		if length == 0 {
			return p.errorf("a tag is never empty")
		}
		p.token, p.name = tagName, string(p.text[p.at:p.at+length])
		p.at += length + 1
	default:
		for p.at < len(p.text) && !unicode.IsSpace(p.text[p.at]) && !strings.ContainsRune(tagSigns, p.text[p.at]) {
			p.at++
		}
		p.token, p.name = tagName, string(p.text[p.start:p.at])
		switch strings.ToLower(p.name) {
		case "and":
			p.token = tagAnd
		case "or":
			p.token = tagOr
		case "not":
			p.token = tagNot
		}
	}
	return nil
}

type tagPredicate = func(tags []string) bool

func (p *tagParser) disjunction() (tagPredicate, error) {
	return p.joined(tagOr, p.conjunction, func(a, b tagPredicate) tagPredicate {
		return func(tags []string) bool { return a(tags) || b(tags) }
	})
}

func (p *tagParser) conjunction() (tagPredicate, error) {
	return p.joined(tagAnd, p.term, func(a, b tagPredicate) tagPredicate {
		return func(tags []string) bool { return a(tags) && b(tags) }
	})
}

// joined reads operands with an operator between any two.
func (p *tagParser) joined(operator tagToken, operand func() (tagPredicate, error), join func(a, b tagPredicate) tagPredicate) (tagPredicate, error) {
	whole, err := operand()
	for err == nil && p.token == operator {
		if err = p.next(); err != nil {
			break
		}
		var further tagPredicate
		if further, err = operand(); err == nil {
			whole = join(whole, further)
		}
	}
	return whole, err
}

// term reads a tag, what ! stands before, or parentheses.
func (p *tagParser) term() (tagPredicate, error) {
	switch p.token {
	case tagName:
		name := p.name
		p.names = append(p.names, name)
		return func(tags []string) bool { return slices.Contains(tags, name) }, p.next()
	case tagNot:
		if err := p.next(); err != nil {
			return nil, err
		}
		inner, err := p.term()
		return func(tags []string) bool { return !inner(tags) }, err
	case tagOpen:
		open := p.start
		if err := p.next(); err != nil {
			return nil, err
		}
		inner, err := p.disjunction()
		if err != nil {
			return nil, err
		}
		switch p.token {
		case tagClose:
			return inner, p.next()
		case tagEnd:
			return nil, p.errorAt(open, "this parenthesis is never closed")
		default:
			return nil, p.errorf("expected &&, || or ) before %s", p.got())
		}
	default:
		return nil, p.errorf("expected a tag, got %s", p.got())
	}
}
