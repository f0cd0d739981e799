package claims

import (
	"fmt"
	"strings"
	"unicode"
)

// The functions follow the tables of learn.microsoft.com, "Customize SAML token
// claims" and "Claims customization using a policy". An empty result means that
// there is no value. Comparisons are by character, with case.

func extractMailPrefix(s step) (string, error) {
	local, _, _ := strings.Cut(s.in, "@")
	return local, nil
}

// join puts the separator between its inputs. For a NameID the domain of the
// first input goes first ("Join() has specific behavior"), and the second must be
// a verified domain of the tenant ("Claims customization using a policy",
// transformation methods allowed for SAML NameID).
func join(s step) (string, error) {
	if len(s.further) == 0 {
		return "", nil
	}
	in, suffix := s.in, s.further[0]
	if s.nameID {
		in, _, _ = strings.Cut(in, "@")
		if !strings.EqualFold(strings.TrimPrefix(suffix, "@"), s.domain) {
			return "", &illegalValue{fmt.Sprintf("Join for a NameID takes a verified domain of the tenant (%s), not %q", s.domain, suffix)}
		}
	}
	return in + s.Separator + suffix, nil
}

func valueTest(name string, holds func(in, value string) bool) function {
	return function{
		name: name, required: []string{"value", "output"}, allowed: []string{"outputIfNoMatch"},
		apply: func(s step) (string, error) {
			if holds(s.in, s.Value) {
				return s.lookup(s.Output), nil
			}
			return s.lookup(s.OutputIfNoMatch), nil
		},
	}
}

func extractAfter(s step) (string, error) {
	_, after, _ := strings.Cut(s.in, s.Value)
	return after, nil
}

func extractBefore(s step) (string, error) {
	before, _, found := strings.Cut(s.in, s.Value)
	if !found {
		return "", nil
	}
	return before, nil
}

func extractBetween(s step) (string, error) {
	_, after, _ := strings.Cut(s.in, s.Value)
	between, _, found := strings.Cut(after, s.Value2)
	if !found {
		return "", nil
	}
	return between, nil
}

func isLetter(r rune) bool { return unicode.IsLetter(r) }
func isDigit(r rune) bool  { return unicode.IsDigit(r) }

func prefixOf(belongs func(rune) bool) func(step) (string, error) {
	return func(s step) (string, error) {
		return s.in[:len(s.in)-len(strings.TrimLeftFunc(s.in, belongs))], nil
	}
}

func suffixOf(belongs func(rune) bool) func(step) (string, error) {
	return func(s step) (string, error) {
		return s.in[len(strings.TrimRightFunc(s.in, belongs)):], nil
	}
}

func ifEmpty(s step) (string, error) {
	if s.in == "" {
		return s.lookup(s.Output), nil
	}
	return s.lookup(s.OutputIfNoMatch), nil
}

func ifNotEmpty(s step) (string, error) {
	if s.in == "" {
		return "", nil
	}
	return s.lookup(s.Output), nil
}

// substring counts characters. Beyond the end there is nothing to extract.
func substring(s step) (string, error) {
	if s.StartIndex == nil {
		return "", nil
	}
	runes := []rune(s.in)
	start := min(max(*s.StartIndex, 0), len(runes))
	end := len(runes)
	if s.Length != nil {
		end = start + min(max(*s.Length, 0), end-start)
	}
	return string(runes[start:end]), nil
}
