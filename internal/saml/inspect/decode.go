package inspect

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/url"
	"regexp"
	"strings"

	"github.com/idharness/harness/internal/saml/binding"
)

func mapKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// decoded is the XML of a message and how it was got at.
type decoded struct {
	xml      []byte
	steps    []string // for people, in order
	deflated bool
	warnings []Warning
}

func (d *decoded) warn(code, format string, args ...any) {
	d.warnings = append(d.warnings, Warning{Code: code, Text: fmt.Sprintf(format, args...)})
}

var escapes = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// unescape undoes one level of escaping in a query, as far as it goes.
func unescape(value string) string {
	if plain, err := url.QueryUnescape(value); err == nil {
		return plain
	}
	return value
}

// decode takes a value apart until it is XML.
func decode(f found) (*decoded, error) {
	d := &decoded{}
	value := f.value
	if strings.TrimSpace(value) == "" {
		return nil, &Error{Stage: f.parameter, Message: "it is empty"}
	}
	value, err := d.unescaped(value, f)
	if err != nil {
		return nil, err
	}
	data := []byte(value)
	for range 2 {
		if looksLikeXML(data) {
			break
		}
		if data, err = d.base64(string(data)); err != nil {
			return nil, err
		}
		if looksLikeXML(data) {
			break
		}
		if looksLikeBase64XML(data) {
			d.warn("base64-twice", "the message was encoded in base64 twice")
			continue
		}
		if data, err = d.inflate(data); err != nil {
			return nil, err
		}
		break
	}
	if !looksLikeXML(data) {
		return nil, &Error{Message: fmt.Sprintf("decoded (%s) it is no XML: it begins with %q", strings.Join(d.steps, ", "), clip(string(data), 40))}
	}
	if len(data) > binding.MaxMessage {
		return nil, &Error{Message: tooLong("the message", len(data), binding.MaxMessage)}
	}
	d.xml = data
	return d, nil
}

// unescaped undoes URL escaping, once as it should be and more often with a
// warning.
func (d *decoded) unescaped(value string, f found) (string, error) {
	if strings.HasPrefix(strings.TrimSpace(value), "<") {
		return value, nil
	}
	for level := range 4 {
		if !escapes.MatchString(value) && !(level == 0 && f.escaped) {
			return value, nil
		}
		var plain string
		var err error
		if f.escaped && level == 0 && !strings.Contains(value, "+") {
			plain, err = url.QueryUnescape(value)
		} else {
			// A + in base64 is a +, though a query means a space by it.
			if f.escaped && level == 0 {
				d.warn("unescaped-plus", "a + of the base64 came unescaped: a server reads it as a space, it must be sent as %%2B")
			}
			plain, err = url.PathUnescape(value)
		}
		if err != nil {
			at := strings.Index(value, strings.Trim(strings.TrimPrefix(err.Error(), "invalid URL escape "), `"`))
			return "", &Error{Stage: "URL decoding", Where: fmt.Sprintf("position %d", at+1), Message: err.Error()}
		}
		if plain != value {
			d.steps = append(d.steps, "URL decoding")
		}
		if level == 1 {
			d.warn("double-url-encoding", "the value was URL-encoded twice: a server that decodes it once finds %% where base64 should be")
		}
		value = plain
	}
	return value, nil
}

func looksLikeXML(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff"))), []byte("<"))
}

// looksLikeBase64XML tells base64 of "<s", "<S", "<?" and the like.
func looksLikeBase64XML(data []byte) bool {
	text := bytes.TrimSpace(data)
	return len(text) > 16 && (text[0] == 'P' && bytes.IndexByte([]byte("DEFGHIJKLMNOPQRSTUVWXYZ"), text[1]) >= 0) && !bytes.ContainsAny(text, "<>\x00")
}

// base64 decodes either alphabet and is lenient where servers often are, but
// says so.
func (d *decoded) base64(value string) ([]byte, error) {
	var b strings.Builder
	var spaces, breaks, urlSafe bool
	padding := 0
	position := 0
	for _, r := range strings.TrimSpace(value) {
		position++
		switch {
		case r == '\r' || r == '\n' || r == '\t':
			breaks = true
			continue
		case r == ' ':
			spaces = true
			r = '+'
		case r == '=':
			padding++
			continue
		case r == '-' || r == '_':
			urlSafe = true
			r = map[rune]rune{'-': '+', '_': '/'}[r]
		case r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '+' || r == '/':
		default:
			return nil, &Error{
				Stage: "base64", Where: fmt.Sprintf("position %d", position), Message: fmt.Sprintf("%q is no character of base64", r),
				Hint: "give the value of SAMLRequest or SAMLResponse alone, or the whole URL or form body",
			}
		}
		if padding > 0 {
			return nil, &Error{Stage: "base64", Where: fmt.Sprintf("position %d", position), Message: "something follows the padding (=)"}
		}
		b.WriteRune(r)
	}
	text := b.String()
	if spaces && breaks || strings.Count(strings.TrimSpace(value), "  ") > 0 {
		// Indented lines: the spaces are layout.
		text = strings.Join(strings.Fields(value), "")
		text = strings.NewReplacer("-", "+", "_", "/", "=", "").Replace(text)
		spaces, breaks = false, true
	}
	if len(text)%4 == 1 {
		return nil, &Error{
			Stage: "base64", Where: fmt.Sprintf("position %d", position), Message: fmt.Sprintf("it ends within a byte, after %d characters", len(text)),
			Hint: "the value is cut off, or a character is missing",
		}
	}
	data, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, &Error{Stage: "base64", Message: err.Error()}
	}
	d.steps = append(d.steps, "base64")
	if spaces {
		d.warn("space-for-plus", "the base64 has spaces: a + that was not escaped as %%2B became one; they were read as +")
	}
	if breaks {
		d.warn("whitespace-in-base64", "the base64 has line breaks or tabs: the POST binding allows them, but some receivers do not, and a query must not have them")
	}
	if urlSafe {
		d.warn("url-safe-base64", "the base64 is in the alphabet for URLs (- and _), which SAML does not use")
	}
	if want := (4 - len(text)%4) % 4; padding != want {
		d.warn("base64-padding", "the base64 ends in %d = instead of %d: some receivers refuse that", padding, want)
	}
	return data, nil
}

// inflate undoes the compression of the Redirect binding, which is raw DEFLATE;
// some senders put the header of zlib or gzip before it.
func (d *decoded) inflate(data []byte) ([]byte, error) {
	var r io.Reader
	var err error
	step := "raw DEFLATE"
	switch {
	case len(data) > 2 && data[0] == 0x1f && data[1] == 0x8b:
		step = "gzip"
		r, err = gzip.NewReader(bytes.NewReader(data))
	case len(data) > 2 && data[0]&0x0f == 8 && (int(data[0])<<8|int(data[1]))%31 == 0:
		step = "zlib"
		r, err = zlib.NewReader(bytes.NewReader(data))
	default:
		r = flate.NewReader(bytes.NewReader(data))
	}
	fault := func(err error) error {
		e := &Error{Stage: step, Message: err.Error()}
		var corrupt flate.CorruptInputError
		switch {
		case errors.As(err, &corrupt):
			e.Where = fmt.Sprintf("byte %d", int64(corrupt))
			e.Message = fmt.Sprintf("neither XML nor compressed: it begins with % x", data[:min(len(data), 8)])
		case errors.Is(err, io.ErrUnexpectedEOF):
			e.Where = fmt.Sprintf("byte %d", len(data))
			e.Message = "the compressed message ends too early"
			e.Hint = "the value is cut off; logs and terminals clip long lines"
		}
		return e
	}
	if err != nil {
		return nil, fault(err)
	}
	message, err := io.ReadAll(io.LimitReader(r, binding.MaxMessage+1))
	if len(message) > binding.MaxMessage {
		return nil, &Error{Stage: step, Message: fmt.Sprintf("it inflates to more than %d bytes", binding.MaxMessage)}
	}
	if err != nil {
		return nil, fault(err)
	}
	d.steps, d.deflated = append(d.steps, step), true
	if step != "raw DEFLATE" {
		d.warn("wrong-compression", "the message has the header of %s: the Redirect binding wants raw DEFLATE (saml-bindings-2.0-os, section 3.4.4.1)", step)
	}
	return message, nil
}
