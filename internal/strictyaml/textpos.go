package strictyaml

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// TextPos returns where a byte of a scalar's value stands in the file, for the
// scalar at a JSON path below root: plain, quoted or a block, over one line or
// several. Where that cannot be told, because a variable stands before it, it
// returns what PathPos does, and false.
func TextPos(root *Node, jsonPath string, offset int) (Position, bool) {
	n, pos, found := find(root, jsonPath)
	if !found || !n.IsScalar() || offset < 0 || offset > len(n.text) {
		return pos, false
	}
	s := &scalarSource{rest: n.file.text[n.file.offset(n.line, n.column):]}
	s.open()
	// Folding and indentation change white space only, so that the other
	// characters follow each other in the file as they do in the value.
	for at, r := range n.text {
		if isBlank(r) {
			continue
		}
		s.skipBlanks()
		if at >= offset {
			break
		}
		if s.next() != r {
			return pos, false
		}
	}
	line, column := n.file.position(len(n.file.text) - len(s.rest))
	return Position{File: n.file.name, Line: line, Column: column}, true
}

func isBlank(r rune) bool { return strings.ContainsRune(" \t\r\n", r) }

// scalarSource reads a scalar as it is written. It gives its characters without
// caring for white space.
type scalarSource struct {
	rest  string
	quote byte // of a quoted scalar
}

// open skips the quotation mark, or the header of a block.
func (s *scalarSource) open() {
	switch {
	case s.rest == "":
	case s.rest[0] == '"' || s.rest[0] == '\'':
		s.quote, s.rest = s.rest[0], s.rest[1:]
	case s.rest[0] == '|' || s.rest[0] == '>':
		_, s.rest, _ = strings.Cut(s.rest, "\n")
	}
}

// skipBlanks goes to the next character that is no white space, also in its
// escaped forms.
func (s *scalarSource) skipBlanks() {
	for {
		s.rest = strings.TrimLeft(s.rest, " \t\r\n")
		if s.quote != '"' || len(s.rest) < 2 || s.rest[0] != '\\' || !strings.ContainsRune("nrt \t\r\n", rune(s.rest[1])) {
			return
		}
		s.rest = s.rest[2:]
	}
}

// next takes one character.
func (s *scalarSource) next() rune {
	r, size := utf8.DecodeRuneInString(s.rest)
	if s.quote == '\'' && strings.HasPrefix(s.rest, "''") {
		size = 2
	}
	if s.quote == '"' && r == '\\' {
		r, size = escaped(s.rest)
	}
	s.rest = s.rest[size:]
	return r
}

// escaped reads \" and \u00e9 and the like (YAML 1.2.2, section 5.7).
func escaped(text string) (r rune, size int) {
	if len(text) < 2 {
		return utf8.RuneError, len(text)
	}
	if digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[text[1]]; digits > 0 {
		if len(text) < 2+digits {
			return utf8.RuneError, len(text)
		}
		n, err := strconv.ParseUint(text[2:2+digits], 16, 31)
		if err != nil {
			return utf8.RuneError, 2
		}
		return rune(n), 2 + digits
	}
	r, size = utf8.DecodeRuneInString(text[1:])
	if other, ok := map[rune]rune{'0': 0, 'a': 7, 'b': 8, 'v': 11, 'f': 12, 'e': 27, 'N': 0x85, '_': 0xa0, 'L': 0x2028, 'P': 0x2029}[r]; ok {
		r = other
	}
	return r, 1 + size
}
