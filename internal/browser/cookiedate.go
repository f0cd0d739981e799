package browser

import (
	"strings"
	"time"
)

// parseCookieDate reads an Expires value by the lenient algorithm of RFC
// 6265bis section 5.1.1: tokens in any order, the first that looks like a time,
// a day, a month or a year counts as that.
func parseCookieDate(s string) (time.Time, bool) {
	var hour, minute, second, day, year int
	var month time.Month
	var foundTime, foundDay, foundMonth, foundYear bool
	for _, token := range strings.FieldsFunc(s, isDateDelimiter) {
		if !foundTime {
			if h, m, sec, ok := clockTime(token); ok {
				hour, minute, second, foundTime = h, m, sec, true
				continue
			}
		}
		if !foundDay {
			if n, _, ok := leadingNumber(token, 1, 2); ok {
				day, foundDay = n, true
				continue
			}
		}
		if !foundMonth {
			if m, ok := monthNamed(token); ok {
				month, foundMonth = m, true
				continue
			}
		}
		if !foundYear {
			if n, _, ok := leadingNumber(token, 2, 4); ok {
				year, foundYear = n, true
			}
		}
	}
	switch {
	case year >= 70 && year <= 99:
		year += 1900
	case year >= 0 && year <= 69:
		year += 2000
	}
	if !foundTime || !foundDay || !foundMonth || !foundYear ||
		day < 1 || day > 31 || year < 1601 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	date := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	return date, date.Day() == day // the 30th of February does not exist
}

func isDateDelimiter(r rune) bool {
	return r == '\t' || r >= ' ' && r <= '/' || r >= ';' && r <= '@' || r >= '[' && r <= '`' || r >= '{' && r <= '~'
}

func clockTime(token string) (hour, minute, second int, ok bool) {
	parts := strings.SplitN(token, ":", 3)
	if len(parts) != 3 {
		return 0, 0, 0, false
	}
	hour, rest, ok := leadingNumber(parts[0], 1, 2)
	if !ok || rest != "" {
		return 0, 0, 0, false
	}
	minute, rest, ok = leadingNumber(parts[1], 1, 2)
	if !ok || rest != "" {
		return 0, 0, 0, false
	}
	second, _, ok = leadingNumber(parts[2], 1, 2)
	return hour, minute, second, ok
}

// leadingNumber reads the digits that s begins with; there must be least to most.
func leadingNumber(s string, least, most int) (n int, rest string, ok bool) {
	digits := 0
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		if digits == most {
			return 0, "", false
		}
		n = n*10 + int(s[digits]-'0')
		digits++
	}
	return n, s[digits:], digits >= least
}

func monthNamed(token string) (time.Month, bool) {
	if len(token) < 3 {
		return 0, false
	}
	for m := time.January; m <= time.December; m++ {
		if strings.EqualFold(token[:3], m.String()[:3]) {
			return m, true
		}
	}
	return 0, false
}
