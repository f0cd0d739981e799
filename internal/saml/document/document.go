// Package document parses XML that a stranger sent. Whatever it lets through
// has one meaning: no document type, no entities, no processing instructions,
// one root, UTF-8, and bounded depth and size.
package document

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// Limits on what is parsed; a document beyond one of them is refused.
const (
	MaxBytes      = 2 << 20
	MaxDepth      = 64
	MaxElements   = 20_000
	MaxAttributes = 64 // of one element
)

// Error says where a document is wrong. Line and Column count from 1.
type Error struct {
	Line, Column int
	Message      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, position %d: %s", e.Line, e.Column, e.Message)
}

// Parse checks data and returns it as a tree. Every error is an *Error.
func Parse(data []byte) (*etree.Document, error) {
	if err := check(data); err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	doc.ReadSettings.ValidateInput = false // done by check
	if err := doc.ReadFromBytes(data); err != nil {
		return nil, &Error{1, 1, err.Error()}
	}
	// One spelling on the way out, so that what was signed is what is sent.
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	return doc, nil
}

// check walks the tokens once and refuses what could be read in two ways.
func check(data []byte) error {
	if len(data) > MaxBytes {
		return &Error{1, 1, fmt.Sprintf("the document has %d bytes, more than %d", len(data), MaxBytes)}
	}
	if !utf8.Valid(data) {
		line, column := position(data, firstInvalid(data))
		return &Error{line, column, "not valid UTF-8"}
	}
	decoder := xml.NewDecoder(bytes.NewReader(data))
	decoder.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("encoding %q is not supported, only UTF-8", charset)
	}
	var depth, elements, roots int
	for {
		line, column := decoder.InputPos()
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return syntaxError(decoder, err)
		}
		fault := ""
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			elements++
			if depth == 1 {
				roots++
			}
			fault = checkElement(token, depth, elements, roots)
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(bytes.TrimPrefix(token, []byte("\ufeff")))) > 0 {
				fault = "text outside the root element"
			}
		case xml.Directive:
			fault = "document type declarations are refused"
		case xml.ProcInst:
			if token.Target != "xml" || roots > 0 {
				fault = "processing instructions are refused"
			}
		}
		if fault != "" {
			return &Error{line, column, fault}
		}
	}
	if roots == 0 {
		return &Error{1, 1, "there is no root element"}
	}
	return nil
}

func checkElement(token xml.StartElement, depth, elements, roots int) string {
	switch {
	case roots > 1:
		return "a second root element"
	case depth > MaxDepth:
		return fmt.Sprintf("elements are nested deeper than %d", MaxDepth)
	case elements > MaxElements:
		return fmt.Sprintf("more than %d elements", MaxElements)
	case len(token.Attr) > MaxAttributes:
		return fmt.Sprintf("more than %d attributes on one element", MaxAttributes)
	case badName(token.Name.Local):
		return fmt.Sprintf("%q is no element name", token.Name.Local)
	}
	seen := make(map[xml.Name]bool, len(token.Attr))
	for _, attr := range token.Attr {
		switch {
		case badName(attr.Name.Local):
			return fmt.Sprintf("%q is no attribute name", attr.Name.Local)
		case seen[attr.Name]:
			return fmt.Sprintf("attribute %q appears twice", attr.Name.Local)
		case attr.Name.Space == "xmlns" && !strings.Contains(attr.Value, ":"),
			attr.Name.Space == "" && attr.Name.Local == "xmlns" && attr.Value != "" && !strings.Contains(attr.Value, ":"):
			// A relative namespace URI makes some canonicalisers give up and
			// sign nothing (CVE-2025-66568).
			return fmt.Sprintf("namespace %q is not an absolute URI", attr.Value)
		}
		seen[attr.Name] = true
	}
	return ""
}

// badName reports names that Go's decoder and other parsers split differently
// (CVE-2020-29509, CVE-2020-29511).
func badName(local string) bool { return local == "" || strings.Contains(local, ":") }

func syntaxError(decoder *xml.Decoder, err error) error {
	line, column := decoder.InputPos()
	message := err.Error()
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		message = syntax.Msg
	}
	return &Error{line, column, message}
}

func firstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}

func position(data []byte, offset int) (line, column int) {
	before := data[:offset]
	return 1 + bytes.Count(before, []byte("\n")), offset - bytes.LastIndexByte(before, '\n')
}
