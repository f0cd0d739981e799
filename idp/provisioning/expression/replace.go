package expression

import (
	"fmt"
	"regexp"
	"strconv"
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
		return &SyntaxError{Offset: pattern.at, Message: err.Error(), Hint: "lookaround and back references are not supported here"}
	}
	if len(n.args) <= replaceGroup {
		return nil
	}
	if group, ok := n.args[replaceGroup].(*textNode); ok && re.SubexpIndex(group.text) < 0 {
		return &SyntaxError{Offset: group.at, Message: fmt.Sprintf("the regular expression has no group named %q", group.text)}
	}
	return nil
}

// compile accepts .NET regular expressions as far as Go's engine goes: named
// groups are spelled alike, lookaround and back references do not exist.
func compile(pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("the regular expression does not compile: %w", err)
	}
	return re, nil
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

func (c *call) pattern() (*regexp.Regexp, error) {
	pattern, _, err := c.text(replacePattern)
	if err != nil {
		return nil, err
	}
	re, err := compile(pattern)
	if err != nil {
		return nil, c.errorf("%v", err)
	}
	return re, nil
}

func (c *call) group(re *regexp.Regexp) (int, error) {
	name, _, err := c.text(replaceGroup)
	if err != nil {
		return 0, err
	}
	index := re.SubexpIndex(name)
	if index < 0 {
		return 0, c.errorf("the regular expression has no group named %q", name)
	}
	return index, nil
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
	index, err := c.group(re)
	if err != nil {
		return Value{}, err
	}
	other, null, err := c.text(replaceAttribute)
	if err != nil || null {
		return Value{}, err
	}
	match := re.FindStringSubmatchIndex(other)
	if match == nil || match[2*index] < 0 {
		return Value{}, nil
	}
	return Text(other[match[2*index]:match[2*index+1]]), nil
}

func (c *call) replacePattern(source string, mode replaceMode) (Value, error) {
	re, err := c.pattern()
	if err != nil {
		return Value{}, err
	}
	by, _, err := c.text(replaceNew)
	if err != nil {
		return Value{}, err
	}
	index := 0 // the whole match
	if mode == replaceGroups {
		if index, err = c.group(re); err != nil {
			return Value{}, err
		}
	}
	var b strings.Builder
	last := 0
	for _, match := range re.FindAllStringSubmatchIndex(source, -1) {
		from, to := match[2*index], match[2*index+1]
		if from < last {
			continue // the group took no part in this match
		}
		b.WriteString(source[last:from])
		if mode == replaceGroups {
			b.WriteString(by)
		} else {
			expand(&b, by, re, source, match)
		}
		last = to
		if b.Len() > maxResult {
			return Value{}, c.errorf("the result is longer than %d bytes", maxResult)
		}
	}
	b.WriteString(source[last:])
	return Text(b.String()), nil
}

// expand writes a .NET replacement pattern: ${name}, $1, $& and $$. What names
// no group stays as it is (learn.microsoft.com, "Substitutions in regular
// expressions").
func expand(b *strings.Builder, by string, re *regexp.Regexp, source string, match []int) {
	for by != "" {
		before, after, found := strings.Cut(by, "$")
		b.WriteString(before)
		if !found {
			return
		}
		by = after
		switch {
		case strings.HasPrefix(by, "$"):
			b.WriteByte('$')
			by = by[1:]
			continue
		case strings.HasPrefix(by, "&"):
			b.WriteString(source[match[0]:match[1]])
			by = by[1:]
			continue
		}
		name, length := groupReference(by)
		index := re.SubexpIndex(name)
		if n, err := strconv.Atoi(name); err == nil && n >= 0 && n <= re.NumSubexp() {
			index = n
		}
		if length == 0 || index < 0 {
			b.WriteByte('$')
			continue
		}
		if match[2*index] >= 0 {
			b.WriteString(source[match[2*index]:match[2*index+1]])
		}
		by = by[length:]
	}
}

// groupReference reads {name} or digits at the start of text.
func groupReference(text string) (name string, length int) {
	if strings.HasPrefix(text, "{") {
		if end := strings.IndexByte(text, '}'); end > 1 {
			return text[1:end], end + 1
		}
		return "", 0
	}
	for length < len(text) && text[length] >= '0' && text[length] <= '9' {
		length++
	}
	return text[:length], length
}
