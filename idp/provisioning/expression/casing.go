package expression

import (
	"strings"
	"unicode"
)

// casing is one direction of changing case.
type casing struct {
	invariant, cultural func(string) string
	special             func(unicode.SpecialCase, string) string
}

var (
	lower = casing{lowerInvariant, strings.ToLower, strings.ToLowerSpecial}
	upper = casing{upperInvariant, strings.ToUpper, strings.ToUpperSpecial}
)

// lowerInvariant and upperInvariant leave the letters İ and ı alone, as the
// invariant culture of .NET does and its other cultures do not.
func lowerInvariant(s string) string {
	return strings.Map(func(r rune) rune {
		if r == 'İ' {
			return r
		}
		return unicode.ToLower(r)
	}, s)
}

func upperInvariant(s string) string {
	return strings.Map(func(r rune) rune {
		if r == 'ı' {
			return r
		}
		return unicode.ToUpper(r)
	}, s)
}

// change uses the invariant rules without a culture. Of the cultures only
// Turkish and Azerbaijani have rules of their own: .NET changes one character
// at a time, so that what Unicode says of Lithuanian does not apply.
func (k casing) change(c *call) (Value, error) {
	s, null, err := c.text(0)
	if err != nil || null {
		return Value{}, err
	}
	culture, _, err := c.text(1)
	if err != nil {
		return Value{}, err
	}
	language, _, _ := strings.Cut(strings.ToLower(culture), "-")
	switch language {
	case "":
		return Text(k.invariant(s)), nil
	case "tr", "az":
		return Text(k.special(unicode.TurkishCase, s)), nil
	default:
		return Text(k.cultural(s)), nil
	}
}
