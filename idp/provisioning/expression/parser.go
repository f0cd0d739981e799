package expression

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/idharness/harness/idp/provisioning/spelling"
)

// Parse reads an expression. An error is a *SyntaxError.
func Parse(text string) (*Expression, error) {
	e, err := parse(text)
	var syntax *SyntaxError
	if errors.As(err, &syntax) {
		syntax.Position = PositionOf(text, syntax.Offset)
	}
	return e, err
}

func parse(text string) (*Expression, error) {
	if n := len([]rune(text)); n > MaxLength {
		return nil, &SyntaxError{Offset: 0, Message: fmt.Sprintf("the expression has %d characters, more than %d", n, MaxLength)}
	}
	p := &parser{lexer: lexer{text: text}}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if k := p.current.kind; k != tokenName && k != tokenAttribute {
		return nil, &SyntaxError{Offset: p.current.at, Message: "expected a function, got " + p.current.describe(), Hint: `a whole expression is a call, such as Append([mailNickname], "@contoso.example")`}
	}
	root, err := p.operand()
	if err != nil {
		return nil, err
	}
	if p.current.kind != tokenEnd {
		return nil, &SyntaxError{Offset: p.current.at, Message: "unexpected " + p.current.describe() + " after the expression"}
	}
	if err := checkTop(root); err != nil {
		return nil, err
	}
	return &Expression{text: text, root: root}, nil
}

// checkTop refuses SelectUniqueValue anywhere but outermost.
func checkTop(root node) error {
	var err error
	walk(root, func(n node) {
		if c, ok := n.(*callNode); ok && c.name == "SelectUniqueValue" && n != root && err == nil {
			err = &SyntaxError{Offset: c.at, Message: "SelectUniqueValue must be the outermost function"}
		}
	})
	return err
}

type parser struct {
	lexer   lexer
	current token
}

func (p *parser) advance() error {
	t, err := p.lexer.next()
	if err != nil {
		return err
	}
	p.current = t
	return nil
}

// operand reads a call, attribute, text or number.
func (p *parser) operand() (node, error) {
	t := p.current
	var n node
	switch t.kind {
	case tokenName:
		return p.callOrWord()
	case tokenAttribute:
		n = &attributeNode{t.text, t.at}
	case tokenText:
		n = &textNode{t.text, t.at}
	case tokenNumber:
		n = &numberNode{t.number, t.at}
	default:
		return nil, &SyntaxError{Offset: t.at, Message: "expected a function, [attribute], \"text\" or number, got " + t.describe()}
	}
	return n, p.advance()
}

func (p *parser) callOrWord() (node, error) {
	name := p.current
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.current.kind != tokenOpen {
		if name.text == binaryCompare || name.text == textCompare {
			return &wordNode{name.text, name.at}, nil
		}
		return nil, &SyntaxError{Offset: name.at, Message: fmt.Sprintf("unexpected word %q", name.text), Hint: fmt.Sprintf("write %q as a text, [%s] as an attribute, or %s(…) as a function", name.text, name.text, name.text)}
	}
	fn, ok := functions[name.text]
	if !ok {
		return nil, unknownFunction(name)
	}
	call := &callNode{name: name.text, fn: &fn, at: name.at}
	if err := p.arguments(call); err != nil {
		return nil, err
	}
	return call, fn.check(call)
}

func (p *parser) arguments(call *callNode) error {
	if err := p.advance(); err != nil { // over the parenthesis
		return err
	}
	if p.current.kind == tokenClose {
		return p.advance()
	}
	for {
		arg, err := p.argument(call)
		if err != nil {
			return err
		}
		call.args = append(call.args, arg)
		switch p.current.kind {
		case tokenComma:
			if err := p.advance(); err != nil {
				return err
			}
		case tokenClose:
			return p.advance()
		case tokenEnd:
			return &SyntaxError{Offset: p.current.at, Message: "the closing parenthesis of " + call.name + " is missing"}
		default:
			return &SyntaxError{Offset: p.current.at, Message: "expected ',' or ')' in the arguments of " + call.name + ", got " + p.current.describe()}
		}
	}
}

// argument reads one argument; an empty place between commas gives nil.
func (p *parser) argument(call *callNode) (node, error) {
	if p.current.kind == tokenComma || p.current.kind == tokenClose {
		return nil, nil
	}
	left, err := p.operand()
	if err != nil || p.current.kind != tokenOperator {
		return left, err
	}
	op := p.current
	if len(call.args) > 0 || !call.fn.condition {
		return nil, &SyntaxError{Offset: op.at, Message: "a comparison can stand only in the first argument of IIF and in CBool"}
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	right, err := p.operand()
	if err != nil {
		return nil, err
	}
	if p.current.kind == tokenOperator || p.current.kind == tokenName {
		return nil, &SyntaxError{Offset: p.current.at, Message: "a condition is one comparison, got " + p.current.describe() + " after it", Hint: "there is no AND and no OR: nest IIF in its second argument for AND, in its third for OR"}
	}
	return &compareNode{op.text, left, right, op.at}, nil
}

func unknownFunction(name token) error {
	e := &SyntaxError{Offset: name.at, Message: fmt.Sprintf("there is no function %q", name.text)}
	known := spelling.Nearest(name.text, maps.Keys(functions))
	switch {
	case strings.EqualFold(known, name.text):
		e.Hint = "names of functions are case-sensitive: write " + known
	case known != "":
		e.Hint = "did you mean " + known + "?"
	}
	return e
}
