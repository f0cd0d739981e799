package expression

import (
	"strings"

	"github.com/dlclark/regexp2/v2"
)

// node is a part of a parsed expression.
type node interface {
	offset() int
	write(*strings.Builder)
}

type callNode struct {
	name string
	fn   *function
	args []node // nil where an optional argument was left empty
	at   int

	pattern *regexp2.Regexp // of Replace, where it is a constant
}

type attributeNode struct {
	name string
	at   int
}

type textNode struct {
	text string
	at   int
}

type numberNode struct {
	value Value
	at    int
}

// wordNode is a bare word: one of the two compare types of InStr.
type wordNode struct {
	word string
	at   int
}

type compareNode struct {
	op          string
	left, right node
	at          int // of the operator
}

func (n *callNode) offset() int      { return n.at }
func (n *attributeNode) offset() int { return n.at }
func (n *textNode) offset() int      { return n.at }
func (n *numberNode) offset() int    { return n.at }
func (n *wordNode) offset() int      { return n.at }
func (n *compareNode) offset() int   { return n.left.offset() }

func (n *callNode) write(b *strings.Builder) {
	b.WriteString(n.name + "(")
	for i, arg := range n.args {
		if i > 0 {
			b.WriteString(", ")
		}
		if arg != nil {
			arg.write(b)
		}
	}
	b.WriteString(")")
}

func (n *attributeNode) write(b *strings.Builder) { b.WriteString("[" + n.name + "]") }

func (n *textNode) write(b *strings.Builder) {
	b.WriteByte('"')
	b.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(n.text))
	b.WriteByte('"')
}

func (n *numberNode) write(b *strings.Builder) { b.WriteString(n.value.String()) }

func (n *wordNode) write(b *strings.Builder) { b.WriteString(n.word) }

func (n *compareNode) write(b *strings.Builder) {
	n.left.write(b)
	b.WriteString(" " + n.op + " ")
	n.right.write(b)
}

// constant gives a number that was written as such.
func constant(n node) (int64, bool) {
	switch n := n.(type) {
	case *numberNode:
		return n.value.integer()
	case *textNode:
		return Text(n.text).integer()
	}
	return 0, false
}

// walk visits n and everything below it, in the order of writing.
func walk(n node, visit func(node)) {
	switch n := n.(type) {
	case nil:
	case *callNode:
		visit(n)
		for _, arg := range n.args {
			walk(arg, visit)
		}
	case *compareNode:
		visit(n)
		walk(n.left, visit)
		walk(n.right, visit)
	default:
		visit(n)
	}
}
