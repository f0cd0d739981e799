package document

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// reader takes a text apart that encoding/json has found to be valid JSON. It
// is its own and not json.Decoder's token by token, which takes four times as
// long.
type reader struct {
	text  string
	next  int // where to read on
	start int // of the latest value or name
}

func (r *reader) fail(path, expected, got string) error {
	return &Error{path, int64(r.start), expected, got}
}

// skip goes to the next byte that is neither white space nor one of what
// separates values, and returns it.
func (r *reader) skip() byte {
	for ; r.next < len(r.text); r.next++ {
		switch c := r.text[r.next]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return c
		}
	}
	return 0
}

func (r *reader) value(path string, depth int) (Value, error) {
	first := r.skip()
	r.start = r.next
	if depth >= maxDepth {
		return Value{}, r.fail("", fmt.Sprintf("at most %d levels of nesting", maxDepth), "more")
	}
	v := Value{Path: path}
	var err error
	switch first {
	case '{':
		v.Kind = Object
		err = r.members(&v, depth)
	case '[':
		v.Kind = Array
		err = r.items(&v, depth)
	case '"':
		v.Kind = String
		v.Text, err = r.string(path)
		// A copy of its own: who keeps the text must not keep the whole body.
		v.Text = strings.Clone(v.Text)
	default:
		r.literal(&v)
	}
	return v, err
}

// literal reads null, true, false or a number.
func (r *reader) literal(v *Value) {
	end := r.next
	for end < len(r.text) && strings.IndexByte(" \t\r\n,:]}", r.text[end]) < 0 {
		end++
	}
	switch text := r.text[r.next:end]; text {
	case "null":
		v.Kind = Null
	case "true", "false":
		v.Kind, v.True = Bool, text == "true"
	default:
		v.Kind, v.Text = Number, strings.Clone(text)
	}
	r.next = end
}

// string reads a string. Without escapes it is a part of the text.
func (r *reader) string(path string) (string, error) {
	begin, escaped := r.next, false
	end := begin + 1
	for ; r.text[end] != '"'; end++ {
		if r.text[end] == '\\' {
			escaped = true
			end++
		}
	}
	r.next = end + 1
	if !escaped {
		return r.text[begin+1 : end], nil
	}
	var s string
	raw := r.text[begin:r.next]
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		return "", r.fail(path, "JSON", err.Error())
	}
	// encoding/json writes U+FFFD for half of a surrogate pair.
	if strings.ContainsRune(s, utf8.RuneError) && !strings.ContainsRune(raw, utf8.RuneError) && !strings.Contains(strings.ToLower(raw), `\ufffd`) {
		return "", r.fail(path, "Unicode text", "half of a surrogate pair")
	}
	return s, nil
}

func (r *reader) items(v *Value, depth int) error {
	r.next++
	for r.skip() != ']' {
		item, err := r.value(v.Path+"["+strconv.Itoa(len(v.Items))+"]", depth+1)
		if err != nil {
			return err
		}
		v.Items = append(v.Items, item)
	}
	r.next++
	return nil
}

// few is up to how many members are compared with each other; with more, a map
// finds those that are there twice.
const few = 32

func (r *reader) members(v *Value, depth int) error {
	r.next++
	room := 4
	if depth == 0 {
		room = 16 // a user has about a dozen
	}
	v.Members = make([]Member, 0, room)
	var seen map[string]bool
	for r.skip() != '}' {
		r.start = r.next
		name, err := r.string(v.Path)
		if err != nil {
			return err
		}
		path := Join(v.Path, name)
		var twice bool
		switch n := len(v.Members); {
		case n < few:
			_, twice = v.Member(name)
		case n == few:
			seen = make(map[string]bool, 2*few)
			for _, m := range v.Members {
				seen[m.Name] = true
			}
			fallthrough
		default:
			twice = seen[name]
			seen[name] = true
		}
		if twice {
			return r.fail(path, "each member once", "it twice")
		}
		value, err := r.value(path, depth+1)
		if err != nil {
			return err
		}
		v.Members = append(v.Members, Member{name, value})
	}
	r.next++
	return nil
}
