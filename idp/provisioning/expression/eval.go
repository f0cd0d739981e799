package expression

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

type evaluator struct {
	env   Env
	spent *time.Duration // by regular expressions
}

func (ev evaluator) eval(n node) (Value, error) {
	switch n := n.(type) {
	case *callNode:
		return ev.call(n)
	case *attributeNode:
		if ev.env.Attribute == nil {
			return Value{}, nil
		}
		return ev.env.Attribute(n.name), nil
	case *textNode:
		return Text(n.text), nil
	case *wordNode:
		return Text(n.word), nil
	case *numberNode:
		return n.value, nil
	case *compareNode:
		return ev.compare(n)
	default: // an argument that was left empty
		return Value{}, nil
	}
}

func (ev evaluator) call(n *callNode) (Value, error) {
	c := &call{evaluator: ev, node: n}
	v, err := n.fn.eval(c)
	if err != nil {
		return Value{}, err
	}
	size := len(v.text)
	for _, s := range v.list {
		size += len(s)
	}
	if size > maxResult {
		return Value{}, c.errorf("the result is longer than %d bytes", maxResult)
	}
	v.redacted = v.redacted || c.redacted
	return v, nil
}

// call is one call under evaluation. Arguments are evaluated when they are
// asked for, so that the branch which IIF does not take cannot fail.
type call struct {
	evaluator
	node     *callNode
	redacted bool // an argument was redacted, so the result is
}

func (c *call) errorf(format string, args ...any) error {
	return &EvalError{Function: c.node.name, Offset: c.node.at, Message: fmt.Sprintf(format, args...)}
}

func (c *call) len() int { return len(c.node.args) }

// given reports whether the argument was written.
func (c *call) given(i int) bool { return i < len(c.node.args) && c.node.args[i] != nil }

func (c *call) arg(i int) (Value, error) {
	if !c.given(i) {
		return Value{}, nil
	}
	v, err := c.eval(c.node.args[i])
	c.redacted = c.redacted || v.redacted
	return v, err
}

// text gives an argument as one text; null is true where it has no value.
func (c *call) text(i int) (text string, null bool, err error) {
	v, err := c.arg(i)
	if err != nil {
		return "", false, err
	}
	if v.kind == List && len(v.list) > 1 {
		return "", false, c.errorf("argument %d has %d values where one text is needed; use Item or Join", i+1, len(v.list))
	}
	return v.String(), v.IsNull(), nil
}

func (c *call) number(i int) (int64, error) {
	v, err := c.arg(i)
	if err != nil {
		return 0, err
	}
	n, ok := v.integer()
	if !ok {
		return 0, c.errorf("argument %d must be a whole number, got %s", i+1, v.describe())
	}
	return n, nil
}

func (c *call) date(i int) (t time.Time, null bool, err error) {
	v, err := c.arg(i)
	if err != nil || v.IsEmpty() {
		return time.Time{}, true, err
	}
	if v.kind == Date {
		return v.date, false, nil
	}
	t, ok := parseDate(v.String())
	if !ok {
		return time.Time{}, false, c.errorf("argument %d must be a date, got %s", i+1, v.describe())
	}
	return t, false, nil
}

func (v Value) integer() (int64, bool) {
	switch v.kind {
	case Number:
		return v.number, v.text == ""
	case String:
		n, err := strconv.ParseInt(strings.TrimSpace(v.text), 10, 64)
		return n, err == nil
	default:
		return 0, false
	}
}

// fraction gives a number, or a text that reads as one, as float64: decimals
// are few digits long.
func (v Value) fraction() (float64, bool) {
	if v.kind != Number && v.kind != String {
		return 0, false
	}
	text := strings.TrimSpace(v.String())
	if strings.Trim(text, "-.0123456789") != "" {
		return 0, false // neither NaN nor 1e9 nor 0x10
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

func (v Value) describe() string {
	switch {
	case v.redacted:
		return "a redacted value"
	case v.kind == Null:
		return "null"
	case v.kind == Number || v.kind == Bool:
		return v.String()
	default:
		return strconv.Quote(v.String())
	}
}

// compare compares numbers as numbers, dates as dates and everything else as
// case-sensitive texts.
func (ev evaluator) compare(n *compareNode) (Value, error) {
	left, err := ev.eval(n.left)
	if err != nil {
		return Value{}, err
	}
	right, err := ev.eval(n.right)
	if err != nil {
		return Value{}, err
	}
	order := 0
	leftNumber, leftIs := left.integer()
	rightNumber, rightIs := right.integer()
	leftFraction, leftHasValue := left.fraction()
	rightFraction, rightHasValue := right.fraction()
	switch {
	case left.kind == Date && right.kind == Date:
		order = left.date.Compare(right.date)
	case leftIs && rightIs && (left.kind == Number || right.kind == Number):
		order = cmp.Compare(leftNumber, rightNumber)
	case leftHasValue && rightHasValue && (left.kind == Number || right.kind == Number):
		order = cmp.Compare(leftFraction, rightFraction)
	default:
		order = strings.Compare(left.String(), right.String())
	}
	var truth bool
	switch n.op {
	case "=":
		truth = order == 0
	case "<>":
		truth = order != 0
	case ">":
		truth = order > 0
	case ">=":
		truth = order >= 0
	case "<":
		truth = order < 0
	case "<=":
		truth = order <= 0
	}
	v := Truth(truth)
	v.redacted = left.redacted || right.redacted
	return v, nil
}
