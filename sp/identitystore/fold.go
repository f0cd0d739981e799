package identitystore

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold maps texts that differ only in case to one text, as strings.EqualFold
// compares them: it is the key under which caseExact:false values are indexed
// (developer guide, ListSchemas: userName and displayName are not caseExact).
func fold(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return strings.Map(foldRune, s)
		}
	}
	return strings.ToLower(s)
}

// foldRune returns the smallest lower-case rune among those equal to r but for
// case: simple folding goes round them in a circle.
func foldRune(r rune) rune {
	smallest := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		smallest = min(smallest, next)
	}
	return unicode.ToLower(smallest)
}
