package expression

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// The compare types of InStr.
const (
	binaryCompare = "vbBinaryCompare"
	textCompare   = "vbTextCompare"
)

// mapText makes a function of one text. Null stays null.
func mapText(change func(string) string) func(*call) (Value, error) {
	return func(c *call) (Value, error) {
		s, null, err := c.text(0)
		if err != nil || null {
			return Value{}, err
		}
		return Text(change(s)), nil
	}
}

func appendSuffix(c *call) (Value, error) {
	source, null, err := c.text(0)
	if err != nil || null {
		return Value{}, err
	}
	suffix, _, err := c.text(1)
	return Text(source + suffix), err
}

// convertToBase64 encodes what .NET calls Unicode: UTF-16, low byte first.
func convertToBase64(c *call) (Value, error) {
	s, null, err := c.text(0)
	if err != nil || null {
		return Value{}, err
	}
	var b []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return Text(base64.StdEncoding.EncodeToString(b)), nil
}

func convertToUTF8Hex(c *call) (Value, error) {
	s, null, err := c.text(0)
	if err != nil || null {
		return Value{}, err
	}
	return Text(strings.ToUpper(hex.EncodeToString([]byte(s)))), nil
}

// inStr counts from 1 and gives 0 where nothing is found.
func inStr(c *call) (Value, error) {
	haystack, _, err := c.text(0)
	if err != nil {
		return Value{}, err
	}
	needle, _, err := c.text(1)
	if err != nil {
		return Value{}, err
	}
	start := int64(1)
	if c.given(2) {
		if start, err = c.number(2); err != nil {
			return Value{}, err
		}
	}
	mode, _, err := c.text(3)
	if err != nil {
		return Value{}, err
	}
	switch mode {
	case "", binaryCompare:
	case textCompare:
		haystack, needle = strings.ToLower(haystack), strings.ToLower(needle)
	default:
		return Value{}, c.errorf("compareType must be %s or %s, got %q", textCompare, binaryCompare, mode)
	}
	chars := []rune(haystack)
	if start < 1 || start > int64(len(chars)) {
		return Int(0), nil
	}
	before, _, found := strings.Cut(string(chars[start-1:]), needle)
	if !found {
		return Int(0), nil
	}
	return Int(start + int64(len([]rune(before)))), nil
}

// join leaves out what is empty, as the page's example Join(", ", "",
// [surname], [givenName]) gives "Doe, John".
func join(c *call) (Value, error) {
	separator, _, err := c.text(0)
	if err != nil {
		return Value{}, err
	}
	var parts []string
	size := 0
	for i := 1; i < c.len(); i++ {
		v, err := c.arg(i)
		if err != nil {
			return Value{}, err
		}
		for _, s := range v.Strings() {
			if s != "" {
				parts = append(parts, s)
				size += len(separator) + len(s)
			}
			if size > maxResult+len(separator) {
				return Value{}, c.errorf("the result is longer than %d bytes", maxResult)
			}
		}
	}
	return Text(strings.Join(parts, separator)), nil
}

func left(c *call) (Value, error) {
	s, null, err := c.text(0)
	if err != nil || null {
		return Text(""), err
	}
	n, err := c.number(1)
	if err != nil {
		return Value{}, err
	}
	chars := []rune(s)
	if n < 0 || n >= int64(len(chars)) {
		return Text(s), nil
	}
	return Text(string(chars[:n])), nil
}

// length counts the characters of a text or of a number as it is written.
func length(c *call) (Value, error) {
	s, _, err := c.text(0)
	return Int(int64(utf8.RuneCountInString(s))), err
}

// defaultDomain fails where the tenant has none, as the page says.
func defaultDomain(c *call) (Value, error) {
	if c.env.DefaultDomain == "" {
		return Value{}, c.errorf("the tenant has no default verified domain")
	}
	return Text(c.env.DefaultDomain), nil
}

func checkMid(n *callNode) error {
	if start, ok := constant(n.args[1]); ok && start < 1 {
		return &SyntaxError{Offset: n.args[1].offset(), Message: fmt.Sprintf("start counts from 1, got %d", start)}
	}
	if length, ok := constant(n.args[2]); ok && length < 0 {
		return &SyntaxError{Offset: n.args[2].offset(), Message: fmt.Sprintf("length cannot be negative, got %d", length)}
	}
	return nil
}

func mid(c *call) (Value, error) {
	s, null, err := c.text(0)
	if err != nil || null {
		return Value{}, err
	}
	start, err := c.number(1)
	if err != nil {
		return Value{}, err
	}
	length, err := c.number(2)
	if err != nil {
		return Value{}, err
	}
	chars := []rune(s)
	if start < 1 {
		return Value{}, c.errorf("start counts from 1, got %d", start)
	}
	if length < 0 {
		return Value{}, c.errorf("length cannot be negative, got %d", length)
	}
	if start > int64(len(chars)) {
		return Text(""), nil
	}
	rest := chars[start-1:]
	return Text(string(rest[:min(length, int64(len(rest)))])), nil
}

// pCase without separators works like .NET's TextInfo.ToTitleCase: a word begins
// with a letter, and neither an apostrophe nor a digit ends it. That method
// leaves words in capitals alone, but the page turns them too.
func pCase(c *call) (Value, error) {
	s, null, err := c.text(0)
	if err != nil || null {
		return Value{}, err
	}
	separators, _, err := c.text(1)
	if err != nil {
		return Value{}, err
	}
	separates := func(r rune) bool { return strings.ContainsRune(separators, r) }
	if !c.given(1) {
		separates = func(r rune) bool {
			return r != '\'' && (unicode.IsSpace(r) || unicode.IsControl(r) || unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.Is(unicode.Cf, r))
		}
	}
	var b strings.Builder
	atStart := true
	for _, r := range lowerInvariant(s) {
		if atStart {
			b.WriteRune(unicode.ToTitle(r))
		} else {
			b.WriteRune(r)
		}
		if c.given(1) || unicode.IsLetter(r) {
			atStart = false
		}
		atStart = atStart || separates(r)
	}
	return Text(b.String()), nil
}

// split trims the parts: the page splits "PermissionSetOne, PermissionSetTwo"
// at the comma into two names without blanks.
func split(c *call) (Value, error) {
	s, null, err := c.text(0)
	if err != nil || null {
		return Value{}, err
	}
	delimiter, _, err := c.text(1)
	if err != nil {
		return Value{}, err
	}
	if delimiter == "" {
		return Texts([]string{s}), nil
	}
	var parts []string
	for part := range strings.SplitSeq(s, delimiter) {
		parts = append(parts, strings.TrimSpace(part))
	}
	return Texts(parts), nil
}

func word(c *call) (Value, error) {
	s, _, err := c.text(0)
	if err != nil {
		return Value{}, err
	}
	n, err := c.number(1)
	if err != nil {
		return Value{}, err
	}
	delimiters, _, err := c.text(2)
	if err != nil {
		return Value{}, err
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(delimiters, r) })
	if n < 1 || n > int64(len(words)) {
		return Text(""), nil
	}
	return Text(words[n-1]), nil
}

func count(c *call) (Value, error) {
	v, err := c.arg(0)
	return Int(int64(len(v.Strings()))), err
}

// item counts from 1; beyond the last value there is none.
func item(c *call) (Value, error) {
	v, err := c.arg(0)
	if err != nil {
		return Value{}, err
	}
	n, err := c.number(1)
	if err != nil {
		return Value{}, err
	}
	list := v.Strings()
	if n < 1 || n > int64(len(list)) {
		return Value{}, nil
	}
	return Text(list[n-1]), nil
}

func removeDuplicates(c *call) (Value, error) {
	v, err := c.arg(0)
	if err != nil {
		return Value{}, err
	}
	var out []string
	for _, s := range v.Strings() {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return Texts(out), nil
}
