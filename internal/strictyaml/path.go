package strictyaml

import (
	"fmt"
	"strconv"
	"strings"
)

// element returns the place of an indexed element in a list of so many.
func (s segment) element(length int) (int, bool) {
	at := s.index
	if at < 0 {
		at += length
	}
	return at, at >= 0 && at < length
}

// segment is one step of a path: a key of a map or an index of a list.
type segment struct {
	key     string
	index   int // negative: from the end, -1 is the last
	isIndex bool
}

func (s segment) String() string {
	switch {
	case s.isIndex:
		return fmt.Sprintf("[%d]", s.index)
	case nameLength(s.key) == len(s.key):
		return "." + s.key
	default:
		return "[" + strconv.Quote(s.key) + "]"
	}
}

// PathPos returns the position of a JSON path such as
// claims[2].transform.function or $.attributes["https://example.com/a"] below
// root. Where the file has no such value it returns the position of the
// nearest value on the way there, and false.
func PathPos(root *Node, jsonPath string) (Position, bool) {
	_, pos, found := find(root, jsonPath)
	return pos, found
}

// find returns the value at a path, or the nearest on the way, and where to
// point for it.
func find(root *Node, jsonPath string) (*Node, Position, bool) {
	if root == nil {
		return nil, Position{}, false
	}
	path := strings.TrimPrefix(jsonPath, "$")
	if path != "" && path[0] != '.' && path[0] != '[' {
		path = "." + path
	}
	segments, rest, err := parseSegments(path)
	found := err == nil && rest == ""
	at, pos := root, root.Pos()
	for _, s := range segments {
		next, where := at.child(s)
		if next == nil {
			return at, pos, false
		}
		at, pos = next, where
	}
	return at, pos, found
}

// child returns the value that a segment leads to and where to point for it.
func (n *Node) child(s segment) (*Node, Position) {
	if s.isIndex {
		if at, ok := s.element(len(n.items)); ok {
			return n.items[at], n.items[at].Pos()
		}
		return nil, Position{}
	}
	for _, pair := range n.pairs {
		if pair.Key.text == s.key {
			return pair.Value, pair.PointAt().Pos()
		}
	}
	return nil, Position{}
}

// parseSegments reads .key, [1], ["key"] and ['key'] as far as they go and
// returns what comes after them.
func parseSegments(text string) (segments []segment, rest string, err error) {
	for {
		switch {
		case strings.HasPrefix(text, "."):
			length := nameLength(text[1:])
			if length == 0 {
				return segments, text, fmt.Errorf("a name must follow the dot")
			}
			segments = append(segments, segment{key: text[1 : 1+length]})
			text = text[1+length:]
		case strings.HasPrefix(text, "["):
			s, length, err := parseBracket(text)
			if err != nil {
				return segments, text, err
			}
			segments = append(segments, s)
			text = text[length:]
		default:
			return segments, text, nil
		}
	}
}

// parseBracket reads [1], [-1], ["key"] or ['key'] at the beginning of text.
func parseBracket(text string) (s segment, length int, err error) {
	inner := text[1:]
	switch {
	case strings.HasPrefix(inner, `"`):
		quoted, err := strconv.QuotedPrefix(inner)
		if err != nil {
			return s, 0, fmt.Errorf("the quote after [ is not closed")
		}
		if s.key, err = strconv.Unquote(quoted); err != nil {
			return s, 0, fmt.Errorf("the text after [ is not quoted properly")
		}
		length = 1 + len(quoted)
	case strings.HasPrefix(inner, `'`):
		end := strings.IndexByte(inner[1:], '\'')
		if end < 0 {
			return s, 0, fmt.Errorf("the quote after [ is not closed")
		}
		s.key = inner[1 : 1+end]
		length = end + 3
	default:
		digits := len(inner) - len(strings.TrimLeft(strings.TrimPrefix(inner, "-"), decimal))
		if s.index, err = strconv.Atoi(inner[:digits]); err != nil {
			return s, 0, fmt.Errorf("an index or a quoted key must follow [")
		}
		s.isIndex = true
		length = 1 + digits
	}
	if !strings.HasPrefix(text[length:], "]") {
		return s, 0, fmt.Errorf("] is missing")
	}
	return s, length + 1, nil
}

// nameLength returns the length of the name (letters, digits, _ and -) that
// text begins with.
func nameLength(text string) int {
	for i, r := range text {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if !letter && (i == 0 || (r < '0' || r > '9') && r != '-') {
			return i
		}
	}
	return len(text)
}
