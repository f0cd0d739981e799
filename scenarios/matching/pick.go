package matching

import (
	"fmt"
	"strconv"
	"strings"
)

// Pick follows a path such as $.users[0].id through the shape, as far as that is
// known. If there never is such a value it says why, perhaps with a hint.
func (s Shape) Pick(whole string) (why, hint string) {
	at, rest := (*path)(nil), strings.TrimPrefix(strings.TrimPrefix(whole, "$"), ".")
	for rest != "" {
		is := s.form()
		key, tail, ok := firstOf(rest)
		switch {
		case is == unknown:
			return "", ""
		case !ok:
			return fmt.Sprintf("the bracket at %q is never closed", rest), ""
		case is == list:
			i, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(key, "["), "]"))
			if !strings.HasPrefix(key, "[") || err != nil || i < 0 {
				return subjectAt(at) + " is a list, which has no " + key, "an element is " + at.element(0).String()
			}
			s, _ = s.Elem()
			at = at.element(i)
		case strings.HasPrefix(key, "[") || is != object && is != mapping:
			return fmt.Sprintf("%s is %s: there is no %s below it", subjectAt(at), is, key), ""
		default:
			inner, known := s.field(key)
			if !known {
				return s.lacks(key, at)
			}
			s, at = inner, at.child(key)
		}
		rest = tail
	}
	return "", ""
}

// firstOf splits the first part off a path: name, ["any name"], which stands for
// the name in it, or [0].
func firstOf(rest string) (first, tail string, ok bool) {
	closed := true
	switch {
	case strings.HasPrefix(rest, `["`):
		first, tail, closed = strings.Cut(rest[2:], `"]`)
	case strings.HasPrefix(rest, "["):
		first, tail, closed = strings.Cut(rest, "]")
		first += "]"
	default:
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			return rest, "", true
		}
		first, tail = rest[:end], rest[end:]
	}
	return first, strings.TrimPrefix(tail, "."), closed
}
