package expression

import "strings"

// plainLetters is the table of NormalizeDiacritics for characters that are one
// code point. Letters followed by combining marks need no rows: the marks are
// dropped.
var plainLetters = letterTable(map[string]string{
	"a": "äàâãåáąăāǟǡ", "A": "ÄÀÂÃÅÁĄĂĀǞǠ",
	"ae": "æǣ", "AE": "ÆǢ",
	"c": "çčć", "C": "ÇČĆ",
	"d": "ďḏ", "D": "ĎḎ",
	"e": "ëèéêęěėēḗḕ", "E": "ËÈÉÊĘĚĖĒḖḔ",
	"g": "ğḡ", "G": "ĞḠ",
	"i": "ïîìíıī", "I": "ÏÎÌÍİĪ",
	"l": "ľłḹḻ", "L": "ŁĽḸḺ",
	"n": "ñńňṉ", "N": "ÑŃŇṈ",
	"o": "öòőõôóōṓṑȫǭȭȱ", "O": "ÖÒŐÕÔÓŌṒṐȪǬȬȰ",
	"oe": "ø", "OE": "Ø",
	"r": "řṟṝ", "R": "ŘṞṜ",
	"ss": "ß",
	"s":  "šśșş", "S": "ŠŚȘŞ",
	"t": "ťțṯ", "T": "ŤȚṮ",
	"u": "üùûúůűūǖṻṳ", "U": "ÜÙÛÚŮŰŪǕṺṲ",
	"y": "ÿýȳ", "Y": "ŸÝȲ",
	"z": "źžżẕ", "Z": "ŹŽŻẔ",
})

func letterTable(rows map[string]string) map[rune]string {
	table := make(map[rune]string)
	for plain, letters := range rows {
		for _, r := range letters {
			table[r] = plain
		}
	}
	return table
}

// normalizeDiacritics follows the page's table; characters that are not in it
// stay. The ligature œ is there only with a macron.
func normalizeDiacritics(s string) string {
	s = strings.NewReplacer("œ\u0304", "oe", "Œ\u0304", "OE").Replace(s)
	var b strings.Builder
	afterLetter := false
	for _, r := range s {
		plain, known := plainLetters[r]
		switch {
		case known:
			b.WriteString(plain)
		case afterLetter && r >= 0x0300 && r <= 0x036f:
			continue
		default:
			b.WriteRune(r)
		}
		afterLetter = known || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return b.String()
}
