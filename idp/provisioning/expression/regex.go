package expression

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// Bounds of regular expressions. Those of Entra are not published.
const (
	maxPattern   = 1 << 13 // bytes
	maxStack     = 1 << 20 // entries of the stack from which the engine takes back its guesses
	regexTimeout = time.Second
)

// compile reads a .NET regular expression.
func compile(pattern string) (*regexp2.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, fmt.Errorf("the regular expression is longer than %d bytes", maxPattern)
	}
	re, err := regexp2.Compile(pattern, regexp2.OptionMaxBacktrackingStackSize(maxStack))
	if err != nil {
		return nil, fmt.Errorf("the regular expression does not compile: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	re.MatchTimeout = regexTimeout
	return re, nil
}

// pattern gives the regular expression that was compiled with the expression,
// or compiles what an attribute or a function gives.
func (c *call) pattern() (*regexp2.Regexp, error) {
	if c.node.pattern != nil {
		return c.node.pattern, nil
	}
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

func (c *call) group(re *regexp2.Regexp) (int, error) {
	name, _, err := c.text(replaceGroup)
	if err != nil {
		return 0, err
	}
	number := re.GroupNumberFromName(name)
	if number < 0 {
		return 0, c.errorf("the regular expression has no group named %q", name)
	}
	return number, nil
}

// search goes through the matches of a text. All searches of one evaluation have
// regexTimeout together, by the clock of the machine: it bounds work.
type search struct {
	c     *call
	re    *regexp2.Regexp
	in    string
	match *regexp2.Match
	err   error
}

func (c *call) search(re *regexp2.Regexp, in string) *search {
	return &search{c: c, re: re, in: in}
}

func (s *search) next() bool {
	var err error
	began := time.Now()
	if s.match == nil {
		s.match, err = s.re.FindStringMatch(s.in)
	} else {
		s.match, err = s.re.FindNextMatch(s.match)
	}
	*s.c.spent += time.Since(began)
	if err != nil || *s.c.spent > regexTimeout { // out of time or of stack: nothing else is reported
		s.err = s.c.errorf("the regular expression takes too long on this value")
		s.match = nil
	}
	return s.match != nil
}

// replacePattern replaces every match, or the text of one group in every match.
func (c *call) replacePattern(source string, mode replaceMode) (Value, error) {
	re, err := c.pattern()
	if err != nil {
		return Value{}, err
	}
	by, _, err := c.text(replaceNew)
	if err != nil {
		return Value{}, err
	}
	number := 0 // the whole match
	if mode == replaceGroups {
		if number, err = c.group(re); err != nil {
			return Value{}, err
		}
	}
	var b strings.Builder
	last := 0
	s := c.search(re, source)
	for s.next() {
		group := s.match.GroupByNumber(number)
		from, length := group.ByteRange()
		if len(group.Captures) == 0 || from < last {
			continue // the group took no part in this match
		}
		b.WriteString(source[last:from])
		if mode == replaceGroups {
			b.WriteString(by)
		} else {
			expand(&b, by, source, s.match)
		}
		last = from + length
		if b.Len() > maxResult {
			return Value{}, c.errorf("the result is longer than %d bytes", maxResult)
		}
	}
	if s.err != nil {
		return Value{}, s.err
	}
	b.WriteString(source[last:])
	return Text(b.String()), nil
}

// expand writes a .NET replacement pattern (learn.microsoft.com,
// "Substitutions in regular expressions"): ${name} and $1 for groups, $& for
// the match, $` and $' for what is before and after it, $_ for the whole text,
// $+ for the last group, $$ for a dollar sign. What names no group stays.
func expand(b *strings.Builder, by, source string, match *regexp2.Match) {
	for b.Len() <= maxResult {
		before, after, found := strings.Cut(by, "$")
		b.WriteString(before)
		if !found {
			return
		}
		text, length, ok := substitution(after, source, match)
		if !ok {
			text = "$"
		}
		b.WriteString(text)
		by = after[length:]
	}
}

// substitution reads what stands behind a dollar sign.
func substitution(by, source string, match *regexp2.Match) (text string, length int, ok bool) {
	if by == "" {
		return "", 0, false
	}
	from, size := match.ByteRange()
	switch by[0] {
	case '$':
		return "$", 1, true
	case '&':
		return source[from : from+size], 1, true
	case '`':
		return source[:from], 1, true
	case '\'':
		return source[from+size:], 1, true
	case '_':
		return source, 1, true
	case '+':
		return match.GroupByNumber(match.GroupCount() - 1).String(), 1, true
	}
	name, length := groupReference(by)
	if length == 0 {
		return "", 0, false
	}
	group := match.GroupByName(name)
	if number, err := strconv.Atoi(name); err == nil {
		group = match.GroupByNumber(number)
	}
	if group == nil {
		return "", 0, false
	}
	return group.String(), length, true // nothing where the group took no part
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
