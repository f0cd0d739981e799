package expression

import (
	"fmt"
	"strings"
)

// Positions of Replace's arguments.
const (
	replaceSource = iota
	replaceOld
	replacePattern
	replaceGroup
	replaceNew
	replaceAttribute
	replaceTemplate
)

// replaceMode is one of the five ways in which Replace works, told apart by
// the arguments that were written.
type replaceMode uint8

const (
	replaceNone replaceMode = iota
	replaceTexts
	replaceInTemplate
	replaceMatches
	replaceGroups
	extractGroup
)

func modeOf(n *callNode) replaceMode {
	has := func(i int) bool { return i < len(n.args) && n.args[i] != nil }
	switch {
	case has(replaceOld) && has(replaceTemplate):
		return replaceInTemplate
	case has(replaceOld) && has(replaceNew):
		return replaceTexts
	case has(replacePattern) && has(replaceGroup) && has(replaceAttribute):
		return extractGroup
	case has(replacePattern) && has(replaceGroup) && has(replaceNew):
		return replaceGroups
	case has(replacePattern) && has(replaceNew):
		return replaceMatches
	default:
		return replaceNone
	}
}

func checkReplace(n *callNode) error {
	if modeOf(n) == replaceNone {
		return &SyntaxError{Offset: n.at, Message: "these arguments of Replace do not go together", Hint: "give oldValue with replacementValue or template, or regexPattern with replacementValue, with regexGroupName and replacementValue, or with regexGroupName and replacementAttributeName"}
	}
	if len(n.args) <= replacePattern {
		return nil
	}
	pattern, ok := n.args[replacePattern].(*textNode)
	if !ok {
		return nil // computed; Eval checks it
	}
	re, err := compile(pattern.text)
	if err != nil {
		return &SyntaxError{Offset: pattern.at, Message: err.Error(), Hint: "patterns are those of .NET"}
	}
	n.pattern = re
	if len(n.args) <= replaceGroup {
		return nil
	}
	if group, ok := n.args[replaceGroup].(*textNode); ok && re.GroupNumberFromName(group.text) < 0 {
		return &SyntaxError{Offset: group.at, Message: fmt.Sprintf("the regular expression has no group named %q", group.text), Hint: "write it as (?<" + group.text + ">…)"}
	}
	return nil
}

func replace(c *call) (Value, error) {
	source, null, err := c.text(replaceSource)
	if err != nil {
		return Value{}, err
	}
	mode := modeOf(c.node)
	if mode == extractGroup {
		return c.extract(source)
	}
	if null {
		return Value{}, nil
	}
	switch mode {
	case replaceTexts, replaceInTemplate:
		return c.replaceText(source, mode)
	default:
		return c.replacePattern(source, mode)
	}
}

func (c *call) replaceText(source string, mode replaceMode) (Value, error) {
	old, _, err := c.text(replaceOld)
	if err != nil {
		return Value{}, err
	}
	if old == "" {
		return Value{}, c.errorf("oldValue is empty")
	}
	in, by := source, ""
	if mode == replaceInTemplate {
		by = source
		in, _, err = c.text(replaceTemplate)
	} else {
		by, _, err = c.text(replaceNew)
	}
	if err != nil {
		return Value{}, err
	}
	if n := strings.Count(in, old); n > 0 && len(in)+n*len(by) > maxResult+n*len(old) {
		return Value{}, c.errorf("the result is longer than %d bytes", maxResult)
	}
	return Text(strings.ReplaceAll(in, old, by)), nil
}

// extract gives the source where it has a value and otherwise a part of
// another attribute.
func (c *call) extract(source string) (Value, error) {
	if source != "" {
		return Text(source), nil
	}
	re, err := c.pattern()
	if err != nil {
		return Value{}, err
	}
	number, err := c.group(re)
	if err != nil {
		return Value{}, err
	}
	other, null, err := c.text(replaceAttribute)
	if err != nil || null {
		return Value{}, err
	}
	s := c.search(re, other)
	if !s.next() || len(s.match.GroupByNumber(number).Captures) == 0 {
		return Value{}, s.err
	}
	return Text(s.match.GroupByNumber(number).String()), nil
}
