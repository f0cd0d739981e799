package browser

import (
	"strings"

	"golang.org/x/net/html"
)

// selector is a CSS selector as scripts use to find a form or its button: type,
// id, class and attribute selectors, joined by descendant combinators.
type selector [][]simpleSelector // compounds, outermost first

type simpleSelector struct {
	kind  byte // 't' type, '#' id, '.' class, '[' attribute
	name  string
	value string
	any   bool // the attribute only has to be there
}

const maxCompounds = 16

// parseSelector reads the first selector of a list. It gives false for what it
// does not know.
func parseSelector(s string) (selector, bool) {
	s, _, _ = strings.Cut(s, ",")
	s = strings.NewReplacer(">", " ", ":first-of-type", "", ":first", "").Replace(s)
	var out selector
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimLeft(s, htmlSpace) {
		var compound []simpleSelector
		for s != "" && !strings.ContainsAny(s[:1], htmlSpace) {
			simple, rest, ok := parseSimple(s)
			if !ok {
				return nil, false
			}
			compound, s = append(compound, simple), rest
		}
		out = append(out, compound)
		if len(out) > maxCompounds {
			return nil, false
		}
	}
	return out, len(out) > 0
}

func parseSimple(s string) (simple simpleSelector, rest string, ok bool) {
	switch s[0] {
	case '#', '.':
		n := identLength(s[1:])
		return simpleSelector{kind: s[0], name: s[1 : 1+n]}, s[1+n:], n > 0
	case '[':
		inside, rest, found := strings.Cut(s[1:], "]")
		name, value, hasValue := strings.Cut(inside, "=")
		simple = simpleSelector{kind: '[', name: strings.ToLower(strings.TrimSpace(name)), any: !hasValue}
		simple.value = strings.Trim(strings.TrimSpace(value), `"'`)
		return simple, rest, found && identLength(simple.name) == len(simple.name) && simple.name != ""
	case '*':
		return simpleSelector{kind: 't', name: "*"}, s[1:], true
	default:
		n := identLength(s)
		return simpleSelector{kind: 't', name: strings.ToLower(s[:n])}, s[n:], n > 0
	}
}

func identLength(s string) int {
	n := 0
	for n < len(s) && (isJSNameByte(s[n]) && s[n] != '$' || s[n] == '-') {
		n++
	}
	return n
}

func (sel selector) matches(n *html.Node) bool {
	last := len(sel) - 1
	if !matchesAll(n, sel[last]) {
		return false
	}
	want := last - 1
	for a := n.Parent; a != nil && want >= 0; a = a.Parent {
		if matchesAll(a, sel[want]) {
			want--
		}
	}
	return want < 0
}

func matchesAll(n *html.Node, compound []simpleSelector) bool {
	if n.Type != html.ElementNode {
		return false
	}
	for _, s := range compound {
		ok := false
		switch s.kind {
		case 't':
			ok = s.name == "*" || n.Data == s.name
		case '#':
			value, has := attribute(n, "id")
			ok = has && value == s.name
		case '.':
			value, _ := attribute(n, "class")
			for class := range strings.FieldsSeq(value) {
				ok = ok || class == s.name
			}
		case '[':
			value, has := attribute(n, s.name)
			ok = has && (s.any || value == s.value)
		}
		if !ok {
			return false
		}
	}
	return true
}
