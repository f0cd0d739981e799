package strictyaml

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// piece is a part of a scalar: plain text, or a variable with a path into its
// value.
type piece struct {
	text       string // what stands for itself, or the whole ${…} as written
	name       string // the variable; "" for plain text
	path       []segment
	occurrence int // which "${" of the scalar this is, from zero
}

// placeholderError is a mistake in one ${…} of a scalar.
type placeholderError struct {
	message    string
	occurrence int
}

// split cuts the text of a scalar at its placeholders.
func split(text string) ([]piece, *placeholderError) {
	var pieces []piece
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			pieces = append(pieces, piece{text: plain.String()})
			plain.Reset()
		}
	}
	for occurrence := 0; ; occurrence++ {
		before, after, found := strings.Cut(text, "${")
		if !found {
			plain.WriteString(text)
			break
		}
		if strings.HasSuffix(before, "$") {
			plain.WriteString(before + "{")
			text = after
			continue
		}
		plain.WriteString(before)
		flush()
		p, length, err := parsePlaceholder(after)
		if err != nil {
			return nil, &placeholderError{message: err.Error(), occurrence: occurrence}
		}
		p.text, p.occurrence = "${"+after[:length], occurrence
		pieces = append(pieces, p)
		text = after[length:]
	}
	flush()
	return pieces, nil
}

// parsePlaceholder reads what follows "${" up to and with its "}".
func parsePlaceholder(text string) (p piece, length int, err error) {
	end := strings.IndexByte(text, '}')
	if end < 0 {
		return p, 0, fmt.Errorf("the ${ is never closed with }")
	}
	shown := clip("${" + text[:end+1])
	prefix := ""
	if strings.HasPrefix(text, "env:") {
		prefix = "env:"
	}
	rest := text[len(prefix):]
	name := rest[:nameLength(rest)]
	if name == "" {
		return p, 0, fmt.Errorf("%s does not name a variable; names look like user, user.mail, users[0] or env:HOME", shown)
	}
	p.name = prefix + name
	rest = rest[len(name):]
	if prefix == "" {
		if p.path, rest, err = parseSegments(rest); err != nil {
			return p, 0, fmt.Errorf("%s cannot be read: %w", shown, err)
		}
	}
	if !strings.HasPrefix(rest, "}") {
		return p, 0, fmt.Errorf("%s cannot be read: %q is not part of a name", shown, firstRune(rest))
	}
	return p, len(text) - len(rest) + 1, nil
}

func firstRune(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}

// locator finds the "${" of a scalar in the file, one after the other.
type locator struct {
	node       *Node
	rest       string // the scalar's text after the last one found
	offset     int    // of the file's text after the last one found
	occurrence int    // the number of the next one
	pos        Position
}

// placeholders returns a locator for the scalar. It gives up on absurdly long
// lines: counting their characters anew for every scalar would take minutes.
func (n *Node) placeholders() *locator {
	const maxColumn = 10_000
	l := &locator{node: n, rest: n.text, offset: len(n.file.text), pos: n.Pos()}
	if n.column <= maxColumn {
		l.offset = n.file.offset(n.line, n.column)
	}
	return l
}

// seek returns the position of the given "${", which must not come before one
// sought earlier. Where escapes hide it, that is where the scalar begins.
func (l *locator) seek(occurrence int) Position {
	const compared = 12
	text := l.node.file.text
	for ; l.occurrence <= occurrence; l.occurrence++ {
		source, value := strings.Index(text[l.offset:], "${"), strings.Index(l.rest, "${")
		if source < 0 || value < 0 {
			return l.node.Pos()
		}
		l.advance(l.offset + source)
		l.rest = l.rest[value+2:]
		if l.occurrence < occurrence {
			l.advance(l.offset + 2)
		}
	}
	pos := l.pos
	sample, _, _ := strings.Cut(l.rest[:min(len(l.rest), compared)], "\n")
	matches := strings.HasPrefix(text[l.offset+2:], strings.TrimRight(sample, " "))
	l.advance(l.offset + 2)
	if !matches {
		return l.node.Pos()
	}
	return pos
}

// advance moves to an offset further on in the file.
func (l *locator) advance(offset int) {
	f := l.node.file
	from := l.offset
	for l.pos.Line < len(f.starts) && f.starts[l.pos.Line] <= offset {
		from = f.starts[l.pos.Line]
		l.pos.Line, l.pos.Column = l.pos.Line+1, 1
	}
	l.pos.Column += utf8.RuneCountInString(f.text[from:offset])
	l.offset = offset
}

// ErrorAt makes an error at a position in the node's file.
func (n *Node) ErrorAt(pos Position, message, hint string) *Error {
	return &Error{Pos: pos, Message: message, Hint: hint, SourceLine: n.file.Line(pos.Line)}
}
