package strictyaml

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Limits of a file.
const (
	MaxSize  = 1 << 20 // bytes
	MaxDepth = 100     // maps and lists within each other
	MaxNodes = 250_000 // keys and values, aliases unfolded
)

// File is one parsed YAML file.
type File struct {
	name   string
	text   string
	starts []int // byte offset of each line in text
	root   *Node
}

// Name returns the name that the file was parsed under.
func (f *File) Name() string { return f.name }

// Root returns the value of the document.
func (f *File) Root() *Node { return f.root }

// Parse reads one file. name appears in positions.
//
// A non-nil error is always an Errors. After a syntax error there is no File;
// after other mistakes (repeated keys, tags, numbers out of range) there is
// one without the offending values, so that a caller can go on to Decode it
// and report everything wrong with the file at once.
func Parse(name string, data []byte) (*File, error) {
	f := &File{name: name}
	if len(data) > MaxSize {
		return nil, Errors{{
			Pos:     Position{File: name},
			Message: fmt.Sprintf("the file has %d bytes; the limit is %d", len(data), MaxSize),
		}}
	}
	f.setText(strings.TrimPrefix(string(data), "\ufeff"))
	if err := f.checkCharacters(); err != nil {
		return nil, Errors{err}
	}
	document, failure := f.readDocument()
	if failure != nil {
		return nil, Errors{failure}
	}
	c := composer{file: f, anchored: map[*yaml.Node]composed{}, open: map[*yaml.Node]bool{}}
	f.root = c.compose(document, 0).node
	if len(c.errors) > 0 {
		return f, c.errors.sorted()
	}
	return f, nil
}

// readDocument runs the YAML parser and refuses everything but one document.
func (f *File) readDocument() (*yaml.Node, *Error) {
	decoder := yaml.NewDecoder(strings.NewReader(f.text))
	var document, next yaml.Node
	err := decoder.Decode(&document)
	if err == nil && len(document.Content) == 1 && !isEmpty(document.Content[0]) {
		err = decoder.Decode(&next)
		if errors.Is(err, io.EOF) {
			return document.Content[0], nil
		}
		if err == nil {
			return nil, f.errorAt(next.Line, next.Column, "a second YAML document begins here; a file holds one")
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, f.syntaxError(err)
	}
	return nil, &Error{Pos: Position{File: f.name}, Message: "the file is empty"}
}

func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0
}

// setText splits the text into lines as the parser counts them.
func (f *File) setText(text string) {
	f.text = text
	f.starts = []int{0}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' || text[i] == '\r' && !strings.HasPrefix(text[i+1:], "\n") {
			f.starts = append(f.starts, i+1)
		}
	}
}

// Line returns the text of a line, counted from one, without its line break.
func (f *File) Line(number int) string {
	if number < 1 || number > len(f.starts) {
		return ""
	}
	end := len(f.text)
	if number < len(f.starts) {
		end = f.starts[number]
	}
	return strings.TrimRight(f.text[f.starts[number-1]:end], "\r\n")
}

// offset returns where a position is in the text.
func (f *File) offset(line, column int) int {
	if line < 1 || line > len(f.starts) {
		return len(f.text)
	}
	at := f.starts[line-1]
	for ; column > 1 && at < len(f.text); column-- {
		_, size := utf8.DecodeRuneInString(f.text[at:])
		at += size
	}
	return at
}

// position returns the line and column of an offset in the text.
func (f *File) position(offset int) (line, column int) {
	line = len(f.starts)
	for line > 1 && f.starts[line-1] > offset {
		line--
	}
	return line, utf8.RuneCountInString(f.text[f.starts[line-1]:offset]) + 1
}

func (f *File) errorAt(line, column int, format string, args ...any) *Error {
	return &Error{
		Pos:        Position{File: f.name, Line: line, Column: column},
		Message:    fmt.Sprintf(format, args...),
		SourceLine: f.Line(line),
	}
}

// checkCharacters refuses what the YAML parser would refuse without saying
// where (YAML 1.2.2, section 5.1), and the line breaks of YAML 1.1 that
// editors do not count as lines.
func (f *File) checkCharacters() *Error {
	for at, r := range f.text {
		var message string
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(f.text[at:], "\ufffd"):
			message = fmt.Sprintf("the byte 0x%02X is not UTF-8", f.text[at])
		case r == '\u0085' || r == '\u2028' || r == '\u2029':
			message = fmt.Sprintf(`the line separator U+%04X is not allowed; in double quotes it can be written "\u%04x"`, r, r)
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0x7f, r >= 0x80 && r < 0xa0, r == 0xfffe, r == 0xffff, r == 0xfeff:
			message = fmt.Sprintf(`the character U+%04X is not allowed; in double quotes it can be written "\u%04x"`, r, r)
		default:
			continue
		}
		line, column := f.position(at)
		err := f.errorAt(line, column, "%s", message)
		if start := f.text[:min(len(f.text), 2)]; start == "\xff\xfe" || start == "\xfe\xff" || strings.Contains(start, "\x00") {
			err.Hint = "the file looks like UTF-16; save it as UTF-8"
		}
		return err
	}
	return nil
}
