package expression

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dateFormat is a .NET custom date and time format string
// (learn.microsoft.com, "Custom date and time format strings"), with the
// names of the invariant culture.
type dateFormat struct {
	text  string
	parts []formatPart
}

// formatPart is a specifier such as yyyy, or a literal where verb is 0.
type formatPart struct {
	verb    byte
	n       int
	literal string
}

// standardFormats are the single letters that stand for whole formats.
var standardFormats = map[string]string{
	"d": "MM/dd/yyyy", "D": "dddd, dd MMMM yyyy", "t": "HH:mm", "T": "HH:mm:ss",
	"f": "dddd, dd MMMM yyyy HH:mm", "F": "dddd, dd MMMM yyyy HH:mm:ss", "g": "MM/dd/yyyy HH:mm", "G": "MM/dd/yyyy HH:mm:ss",
	"m": "MMMM dd", "M": "MMMM dd", "o": "yyyy-MM-ddTHH:mm:ss.fffffffK", "O": "yyyy-MM-ddTHH:mm:ss.fffffffK",
	"r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'", "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'", "s": "yyyy-MM-ddTHH:mm:ss",
	"u": "yyyy-MM-dd HH:mm:ss'Z'", "y": "yyyy MMMM", "Y": "yyyy MMMM",
}

func parseFormat(text string) (dateFormat, error) {
	f := dateFormat{text: text}
	rest := text
	if standard, ok := standardFormats[text]; ok {
		rest = standard
	}
	if rest == "" {
		return f, errors.New("it is empty")
	}
	for rest != "" {
		switch c := rest[0]; {
		case strings.IndexByte("dfFhHKmMstyz", c) >= 0:
			n := len(rest) - len(strings.TrimLeft(rest, rest[:1]))
			if (c == 'f' || c == 'F') && n > 7 {
				return f, fmt.Errorf("%q has more than seven digits", rest[:n])
			}
			f.parts = append(f.parts, formatPart{verb: c, n: n})
			rest = rest[n:]
		case c == '\'' || c == '"':
			end := strings.IndexByte(rest[1:], c)
			if end < 0 {
				return f, errors.New("a quoted literal is not closed")
			}
			f.literal(rest[1 : 1+end])
			rest = rest[end+2:]
		case c == '\\':
			if len(rest) == 1 {
				return f, errors.New("it ends with a backslash")
			}
			f.literal(rest[1:2])
			rest = rest[2:]
		case c == '%':
			rest = rest[1:]
			if rest == "" || rest[0] == '%' {
				return f, errors.New("a percent sign must stand before a specifier")
			}
		case c == 'g':
			return f, errors.New("the era specifier g is not supported")
		default:
			f.literal(rest[:1])
			rest = rest[1:]
		}
	}
	return f, nil
}

func (f *dateFormat) literal(s string) {
	if last := len(f.parts) - 1; last >= 0 && f.parts[last].verb == 0 {
		f.parts[last].literal += s
		return
	}
	f.parts = append(f.parts, formatPart{literal: s})
}

// format writes a time in UTC.
func (f dateFormat) format(t time.Time) string {
	var b strings.Builder
	for _, p := range f.parts {
		b.WriteString(p.format(t.UTC()))
	}
	return b.String()
}

func (p formatPart) format(t time.Time) string {
	padded := func(n int) string { return fmt.Sprintf("%0*d", min(p.n, 2), n) }
	switch p.verb {
	case 'd':
		switch {
		case p.n >= 4:
			return t.Weekday().String()
		case p.n == 3:
			return t.Weekday().String()[:3]
		}
		return padded(t.Day())
	case 'M':
		switch {
		case p.n >= 4:
			return t.Month().String()
		case p.n == 3:
			return t.Month().String()[:3]
		}
		return padded(int(t.Month()))
	case 'y':
		if p.n <= 2 {
			return padded(t.Year() % 100)
		}
		return fmt.Sprintf("%0*d", p.n, t.Year())
	case 'h':
		return padded((t.Hour()+11)%12 + 1)
	case 'H':
		return padded(t.Hour())
	case 'm':
		return padded(t.Minute())
	case 's':
		return padded(t.Second())
	case 'f':
		return fmt.Sprintf("%09d", t.Nanosecond())[:p.n]
	case 'F':
		return strings.TrimRight(fmt.Sprintf("%09d", t.Nanosecond())[:p.n], "0")
	case 't':
		return t.Format("PM")[:min(p.n, 2)]
	case 'z':
		return []string{"+0", "+00", "+00:00"}[min(p.n, 3)-1]
	case 'K':
		return "Z"
	default:
		return p.literal
	}
}

// fields is what has been read of a date.
type fields struct {
	year, month, day, hour, minute, second, nanosecond int
	pm, half                                           bool // afternoon; the hour is one of twelve
	offset                                             time.Duration
}

// parse reads text, all of it. A date without an offset counts as UTC.
func (f dateFormat) parse(text string) (time.Time, bool) {
	v := fields{year: 1, month: 1, day: 1}
	for _, p := range f.parts {
		rest, ok := p.parse(text, &v)
		if !ok {
			return time.Time{}, false
		}
		text = rest
	}
	if text != "" {
		return time.Time{}, false
	}
	return v.time()
}

func (v fields) time() (time.Time, bool) {
	if v.half {
		if v.hour < 1 || v.hour > 12 {
			return time.Time{}, false
		}
		v.hour %= 12
		if v.pm {
			v.hour += 12
		}
	}
	if v.year < 1 || v.month < 1 || v.month > 12 || v.day < 1 || v.hour > 23 || v.minute > 59 || v.second > 59 {
		return time.Time{}, false
	}
	t := time.Date(v.year, time.Month(v.month), v.day, v.hour, v.minute, v.second, v.nanosecond, time.UTC)
	return t.Add(-v.offset), t.Day() == v.day
}

func (p formatPart) parse(text string, v *fields) (rest string, ok bool) {
	switch p.verb {
	case 'd':
		if p.n >= 3 {
			_, rest, ok = cutName(text, p.n, 7, func(i int) string { return time.Weekday(i).String() })
			return rest, ok
		}
		return cutNumber(text, p.n, 2, &v.day)
	case 'M':
		if p.n >= 3 {
			i, rest, ok := cutName(text, p.n, 12, func(i int) string { return time.Month(i + 1).String() })
			v.month = i + 1
			return rest, ok
		}
		return cutNumber(text, p.n, 2, &v.month)
	case 'y':
		rest, ok = cutNumber(text, p.n, max(p.n, 2), &v.year)
		if p.n <= 2 { // .NET's invariant calendar takes 49 for 2049 and 50 for 1950
			v.year += 1900
			if v.year < 1950 {
				v.year += 100
			}
		}
		return rest, ok
	case 'h':
		v.half = true
		return cutNumber(text, p.n, 2, &v.hour)
	case 'H':
		return cutNumber(text, p.n, 2, &v.hour)
	case 'm':
		return cutNumber(text, p.n, 2, &v.minute)
	case 's':
		return cutNumber(text, p.n, 2, &v.second)
	case 'f', 'F':
		return cutFraction(text, p, v)
	case 't':
		for i, name := range []string{"AM", "PM"} {
			name = name[:min(p.n, 2)]
			if len(text) >= len(name) && strings.EqualFold(text[:len(name)], name) {
				v.pm = i == 1
				return text[len(name):], true
			}
		}
		return "", false
	case 'z', 'K':
		return cutOffset(text, p, v)
	default:
		return strings.CutPrefix(text, p.literal)
	}
}

// cutNumber reads exactly least digits where least is two or more, and else
// one up to most.
func cutNumber(text string, least, most int, into *int) (rest string, ok bool) {
	n := 0
	for n < len(text) && n < most && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	if n == 0 || least >= 2 && n < least {
		return "", false
	}
	number, err := strconv.Atoi(text[:n])
	*into = number
	return text[n:], err == nil
}

func cutName(text string, length, count int, name func(int) string) (index int, rest string, ok bool) {
	for i := range count {
		full := name(i)
		if length == 3 {
			full = full[:3]
		}
		if len(text) >= len(full) && strings.EqualFold(text[:len(full)], full) {
			return i, text[len(full):], true
		}
	}
	return 0, "", false
}

func cutFraction(text string, p formatPart, v *fields) (rest string, ok bool) {
	n := 0
	for n < len(text) && n < p.n && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	if p.verb == 'f' && n < p.n {
		return "", false
	}
	v.nanosecond, _ = strconv.Atoi((text[:n] + "000000000")[:9])
	return text[n:], true
}

func cutOffset(text string, p formatPart, v *fields) (rest string, ok bool) {
	if p.verb == 'K' && text == "" {
		return "", true
	}
	if rest, ok := strings.CutPrefix(text, "Z"); ok && (p.verb == 'K' || p.n >= 3) {
		return rest, true
	}
	if text == "" || text[0] != '+' && text[0] != '-' {
		return "", false
	}
	sign := time.Duration(1)
	if text[0] == '-' {
		sign = -1
	}
	digits := 2
	if p.verb == 'z' && p.n == 1 {
		digits = 1
	}
	var hours, minutes int
	if rest, ok = cutNumber(text[1:], digits, 2, &hours); !ok {
		return "", false
	}
	if p.verb == 'K' || p.n >= 3 {
		rest, ok = strings.CutPrefix(rest, ":")
		if !ok {
			return "", false
		}
		if rest, ok = cutNumber(rest, 2, 2, &minutes); !ok {
			return "", false
		}
	}
	v.offset = sign * (time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute)
	return rest, hours <= 14 && minutes <= 59
}
