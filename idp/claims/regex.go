package claims

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// maxRegexInputs is how many further parameters RegexReplace takes
// (learn.microsoft.com, "Customize SAML token claims").
const maxRegexInputs = 5

// Bounds in the place of Entra's time limit, so that the outcome does not depend
// on the machine: an expression that matches everywhere can square the length of
// its input, and one with large repetitions takes that many steps a byte.
const (
	maxValue = 1 << 13 // bytes of a value before and after
	maxSteps = 1 << 22 // instructions of the expression times bytes of the value
)

var (
	errRegexValue = fmt.Errorf("the value or its replacement is longer than %d bytes", maxValue)
	errRegexSteps = errors.New("the expression is too complex for a value of this length")
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
	out, matched, err := replace(re, parseReplacement(s.Replacement), s.in, func(name string) string {
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

// replace puts the replacement in the place of every match. A placeholder is a
// group of the expression, or else whatever further knows by that name.
func replace(re expression, replacement []part, in string, further func(string) string) (out string, matched bool, err error) {
	switch {
	case len(in) > maxValue:
		return "", false, errRegexValue
	case len(in)*re.size > maxSteps:
		return "", false, errRegexSteps
	}
	matches := re.FindAllStringSubmatchIndex(in, -1)
	if matches == nil {
		return "", false, nil
	}
	var b strings.Builder
	end := 0
	for _, m := range matches {
		b.WriteString(in[end:m[0]])
		end = m[1]
		for _, p := range replacement {
			switch group := re.SubexpIndex(p.text); {
			case !p.placeholder:
				b.WriteString(p.text)
			case group < 0:
				b.WriteString(further(p.text))
			case m[2*group] >= 0:
				b.WriteString(in[m[2*group]:m[2*group+1]])
			}
		}
		if b.Len() > maxValue {
			return "", true, errRegexValue
		}
	}
	b.WriteString(in[end:])
	if b.Len() > maxValue {
		return "", true, errRegexValue
	}
	return b.String(), true, nil
}

// expression is a compiled regular expression and the number of its
// instructions.
type expression struct {
	*regexp.Regexp
	size int
}

// compileRegex compiles a .NET expression as RE2.
func compileRegex(pattern string) (expression, error) {
	translated, err := translateRegex(pattern)
	if err != nil {
		return expression{}, err
	}
	parsed, err := syntax.Parse(translated, syntax.Perl)
	if err != nil {
		return expression{}, errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return expression{}, fmt.Errorf("compile: %w", err)
	}
	re, err := regexp.Compile(translated)
	if err != nil {
		return expression{}, fmt.Errorf("compile: %w", err)
	}
	return expression{re, len(program.Inst)}, nil
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
	groups := slices.DeleteFunc(re.SubexpNames(), func(name string) bool { return name == "" })
	used := make([]bool, len(further))
	for _, p := range parseReplacement(t.Replacement) {
		if !p.placeholder || slices.Contains(groups, p.text) {
			continue
		}
		i := slices.IndexFunc(further, func(input string) bool { return inputMatches(input, p.text) })
		if i < 0 {
			m.add(path+".replacement", fmt.Sprintf("{%s} is neither a group of regex nor a further input", p.text), didYouMean(p.text, groups))
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
