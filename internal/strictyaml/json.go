package strictyaml

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseJSON reads a JSON text (RFC 8259) in the same strict way as Parse reads
// YAML, which is nearly the same language and not quite: tabs, long keys and
// surrogate pairs are JSON's own. Repeated members are refused.
//
// A non-nil error is always an Errors. There is no File beside one.
func ParseJSON(name string, data []byte) (*File, error) {
	f := &File{name: name}
	f.setText(string(data))
	if !utf8.Valid(data) {
		return nil, Errors{f.errorAtOffset(firstInvalid(data), "this byte is not UTF-8")}
	}
	p := jsonParser{file: f, data: data, decoder: json.NewDecoder(bytes.NewReader(data))}
	p.decoder.UseNumber()
	failure := p.wellFormed()
	var root *Node
	if failure == nil {
		root, failure = p.value(0)
	}
	if failure != nil {
		return nil, Errors{failure}
	}
	if len(p.errors) > 0 {
		return nil, p.errors.sorted()
	}
	f.root = root
	return f, nil
}

func firstInvalid(data []byte) int {
	at := 0
	for at < len(data) {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		at += size
	}
	return at
}

// errorAtOffset makes an error at a byte of the text.
func (f *File) errorAtOffset(offset int, format string, args ...any) *Error {
	line, column := f.position(offset)
	return f.errorAt(line, column, format, args...)
}

// jsonParser makes nodes of the tokens that encoding/json reads.
type jsonParser struct {
	file    *File
	data    []byte
	decoder *json.Decoder
	nodes   int
	errors  Errors // mistakes after which reading can go on
}

// wellFormed points at the first character that cannot stand where it does.
func (p *jsonParser) wellFormed() *Error {
	var whole json.RawMessage
	err := json.Unmarshal(p.data, &whole)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &syntax):
		return p.file.errorAtOffset(0, "no JSON: %v", err)
	case strings.Contains(err.Error(), "unexpected end"):
		return p.file.errorAtOffset(len(p.data), "the JSON text ends too early, at byte %d", len(p.data))
	}
	at := min(max(int(syntax.Offset)-1, 0), len(p.data))
	return p.file.errorAtOffset(at, "no JSON at byte %d: %v", at, err)
}

// token reads the next token and says where it begins.
func (p *jsonParser) token() (json.Token, int, *Error) {
	start := int(p.decoder.InputOffset())
	for start < len(p.data) && strings.IndexByte(" \t\r\n,:", p.data[start]) >= 0 {
		start++
	}
	token, err := p.decoder.Token()
	if err != nil {
		return nil, start, p.file.errorAtOffset(start, "no JSON: %v", err)
	}
	return token, start, nil
}

func (p *jsonParser) value(depth int) (*Node, *Error) {
	token, start, failure := p.token()
	if failure != nil {
		return nil, failure
	}
	return p.node(token, start, depth)
}

func (p *jsonParser) node(token json.Token, start, depth int) (*Node, *Error) {
	line, column := p.file.position(start)
	n := &Node{file: p.file, line: line, column: column, final: true}
	if p.nodes++; p.nodes > MaxNodes {
		return nil, p.file.errorAt(line, column, "more than %d values", MaxNodes)
	}
	switch v := token.(type) {
	case nil:
		n.text = "null"
	case bool:
		n.kind, n.value, n.text = Bool, v, strconv.FormatBool(v)
	case string:
		n.kind, n.value, n.text = String, v, v
	case json.Number:
		return n, p.number(n, v)
	case json.Delim:
		if depth == MaxDepth {
			return nil, p.file.errorAt(line, column, "nested more than %d deep", MaxDepth)
		}
		if v == '{' {
			return n, p.object(n, depth+1)
		}
		return n, p.array(n, depth+1)
	}
	return n, nil
}

func (p *jsonParser) number(n *Node, number json.Number) *Error {
	n.text = number.String()
	if whole, err := strconv.Atoi(n.text); err == nil {
		n.kind, n.value = Int, whole
		return nil
	}
	fraction, err := number.Float64()
	if err != nil {
		return n.Errorf("the number %s is out of range", clip(n.text))
	}
	n.kind, n.value = Float, fraction
	return nil
}

func (p *jsonParser) object(n *Node, depth int) *Error {
	n.kind = Map
	seen := make(map[string]bool)
	for {
		token, start, failure := p.token()
		if failure != nil {
			return failure
		}
		if token == json.Delim('}') {
			return nil
		}
		key, failure := p.node(token, start, depth)
		if failure != nil {
			return failure
		}
		value, failure := p.value(depth)
		if failure != nil {
			return failure
		}
		if seen[key.text] {
			p.errors = append(p.errors, key.Errorf("the key %q is given twice", clip(key.text)))
			continue
		}
		seen[key.text] = true
		n.pairs = append(n.pairs, Pair{key, value})
	}
}

func (p *jsonParser) array(n *Node, depth int) *Error {
	n.kind = List
	for {
		token, start, failure := p.token()
		if failure != nil {
			return failure
		}
		if token == json.Delim(']') {
			return nil
		}
		item, failure := p.node(token, start, depth)
		if failure != nil {
			return failure
		}
		n.items = append(n.items, item)
	}
}
