package expression

import (
	"fmt"

	"github.com/dlclark/regexp2/v2"
)

// Pattern is a .NET regular expression outside of an expression.
type Pattern struct{ re *regexp2.Regexp }

// CompilePattern reads a .NET regular expression.
func CompilePattern(text string) (*Pattern, error) {
	re, err := compile(text)
	if err != nil {
		return nil, err
	}
	return &Pattern{re}, nil
}

// Match reports whether the pattern occurs in a text. It gives up on a text that
// takes too long.
func (p *Pattern) Match(text string) (bool, error) {
	ok, err := p.re.MatchString(text)
	if err != nil {
		return false, fmt.Errorf("matching the regular expression %s: %w", p.re, err)
	}
	return ok, nil
}
