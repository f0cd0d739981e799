package claims

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// maxRegexInputs is how many further parameters RegexReplace takes
// (learn.microsoft.com, "Customize SAML token claims").
const maxRegexInputs = 5

// Bounds. What those of Entra are is not published, but that there is one on
// time is: AADSTS501621.
const (
	maxValue   = 1 << 13 // bytes of a value before and after
	maxPattern = 1 << 13 // bytes of an expression
	maxStack   = 1 << 20 // entries of the stack from which the engine takes back its guesses

	// DefaultRegexTimeout is what the expressions of the claims may take together,
	// and those of the NameID, unless the configuration says otherwise.
	DefaultRegexTimeout = time.Second
)

var (
	errRegexValue = fmt.Errorf("the value or its replacement is longer than %d bytes", maxValue)
	errRegexTime  = errors.New("the expression takes too long on this value")
)

// regexReplace replaces every match. It runs only if the expression matches;
// otherwise the value stays as it is or becomes the output for no match
// (learn.microsoft.com, "Customize SAML token claims", regex-based claims
// transformation).
func regexReplace(s step) (string, error) {
	re, err := compileRegex(s.Regex)
	if err != nil {
		return "", fmt.Errorf("regular expression: %w", err)
	}
	names := s.Inputs[len(s.Inputs)-len(s.further):]
	out, matched, err := s.effort.replace(re, parseReplacement(s.Replacement), s.in, func(name string) string {
		i := slices.IndexFunc(names, func(input string) bool { return inputMatches(input, name) })
		if i < 0 {
			return ""
		}
		return s.further[i]
	})
	switch {
	case err != nil:
		return "", err
	case matched:
		return out, nil
	case s.OutputIfNoMatch != "":
		return s.lookup(s.OutputIfNoMatch), nil
	}
	return s.in, nil
}

// inputMatches reports whether {name} stands for the input: user.country is
// {country} or {user.country}.
func inputMatches(input, name string) bool {
	return strings.EqualFold(input, name) || strings.EqualFold(input[strings.LastIndexByte(input, '.')+1:], name)
}

// part is a piece of a replacement: text, or the name of a placeholder.
type part struct {
	text        string
	placeholder bool
}

// of is what the part stands for in the replacement of one match.
func (p part) of(m *regexp2.Match, further func(string) string) string {
	if !p.placeholder {
		return p.text
	}
	if group := m.GroupByName(p.text); group != nil {
		return group.String() // nothing if the group took no part
	}
	return further(p.text)
}

// parseReplacement splits a replacement at its {placeholders}. A brace without
// its counterpart is text.
func parseReplacement(replacement string) []part {
	var parts []part
	for replacement != "" {
		before, rest, found := strings.Cut(replacement, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return append(parts, part{text: replacement})
		}
		if before != "" {
			parts = append(parts, part{text: before})
		}
		parts = append(parts, part{text: name, placeholder: true})
		replacement = after
	}
	return parts
}

// effort is the time that the expressions of the claims, or of the NameID, have
// left. It is real time, not the tenant's: it bounds work.
type effort struct{ left time.Duration }

func (c Configuration) effort() *effort {
	if c.RegexTimeout > 0 {
		return &effort{c.RegexTimeout}
	}
	return &effort{DefaultRegexTimeout}
}

// replace puts the replacement in the place of every match. A placeholder is a
// group of the expression, or else whatever further knows by that name.
func (e *effort) replace(re *regexp2.Regexp, replacement []part, in string, further func(string) string) (out string, matched bool, err error) {
	if len(in) > maxValue {
		return "", false, errRegexValue
	}
	var b strings.Builder
	end := 0
	m, err := e.next(re, in, nil)
	for ; err == nil && m != nil; m, err = e.next(re, in, m) {
		start, length := m.ByteRange()
		b.WriteString(in[end:start])
		end = start + length
		for _, p := range replacement {
			b.WriteString(p.of(m, further))
			if b.Len() > maxValue {
				return "", true, errRegexValue
			}
		}
		matched = true
	}
	b.WriteString(in[end:])
	switch {
	case err != nil:
		return "", matched, err
	case b.Len() > maxValue:
		return "", true, errRegexValue
	}
	return b.String(), matched, nil
}

// next finds the match after the one before, or the first one. The engine looks
// at a clock that it keeps in a goroutine of its own, which ends by itself about
// a second after the last deadline.
func (e *effort) next(re *regexp2.Regexp, in string, before *regexp2.Match) (*regexp2.Match, error) {
	if e.left <= 0 {
		return nil, errRegexTime
	}
	began := time.Now()
	defer func() { e.left -= time.Since(began) }()
	re.MatchTimeout = e.left
	find := func() (*regexp2.Match, error) { return re.FindStringMatch(in) }
	if before != nil {
		find = func() (*regexp2.Match, error) { return re.FindNextMatch(before) }
	}
	m, err := find()
	if err != nil { // it ran out of time or of stack: nothing else is reported
		return nil, fmt.Errorf("%w: %.60q: %w", errRegexTime, re.String(), err)
	}
	return m, nil
}

// compileRegex compiles a .NET expression.
func compileRegex(pattern string) (*regexp2.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, fmt.Errorf("the expression is longer than %d bytes", maxPattern)
	}
	re, err := regexp2.Compile(pattern, regexp2.OptionMaxBacktrackingStackSize(maxStack))
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re, nil
}

// checkReplacement reports placeholders that stand for nothing, inputs that the
// replacement does not use, and inputs given twice (learn.microsoft.com,
// "Customize SAML token claims", RegexReplace() transformation validations).
func (m *Mistakes) checkReplacement(path string, t *Transform, further []string, offset int) {
	re, err := compileRegex(t.Regex)
	if err != nil {
		m.add(path+".regex", err.Error(), "")
		return
	}
	groups := re.GetGroupNames()
	used := make([]bool, len(further))
	for _, p := range parseReplacement(t.Replacement) {
		if !p.placeholder || slices.Contains(groups, p.text) {
			continue
		}
		i := slices.IndexFunc(further, func(input string) bool { return inputMatches(input, p.text) })
		if i < 0 {
			m.add(path+".replacement", fmt.Sprintf("{%s} is neither a group of regex nor a further input", p.text), didYouMean(p.text, named(groups)))
			continue
		}
		used[i] = true
	}
	for i, input := range further {
		at := fmt.Sprintf("%s.inputs[%d]", path, i+offset)
		switch {
		case isConstant(input):
			m.add(at, "further inputs of RegexReplace are attributes", "write the constant in replacement")
		case slices.ContainsFunc(further[:i], func(other string) bool { return strings.EqualFold(other, input) }):
			m.add(at, fmt.Sprintf("input %s is given twice", input), "")
		case !used[i]:
			m.add(at, fmt.Sprintf("the replacement does not use %s", input), fmt.Sprintf("write {%s} in it or leave the input out", input[strings.LastIndexByte(input, '.')+1:]))
		}
	}
}

// named leaves out the groups that go by their number.
func named(groups []string) []string {
	return slices.DeleteFunc(slices.Clone(groups), func(name string) bool { return strings.Trim(name, "0123456789") == "" })
}
