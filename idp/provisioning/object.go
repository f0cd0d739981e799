package provisioning

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// object is a JSON object whose members keep their order. Bodies for users
// have keys that only the mappings know, so no struct can hold them.
type object []member

type member struct {
	name  string
	value any
}

// index is the place of a member, or -1.
func (o object) index(name string) int {
	for i := range o {
		if o[i].name == name {
			return i
		}
	}
	return -1
}

// get returns a member's value, or nil.
func (o object) get(name string) any {
	if i := o.index(name); i >= 0 {
		return o[i].value
	}
	return nil
}

// set replaces a member or puts it at the end.
func (o *object) set(name string, value any) {
	if i := o.index(name); i >= 0 {
		(*o)[i].value = value
	} else {
		*o = append(*o, member{name, value})
	}
}

// encode is json.Marshal without the escapes for HTML, which .NET's
// serializers do not make either, and with objects whose members keep their
// order.
func encode(value any) ([]byte, error) { return appendValue(nil, value) }

func appendValue(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendText(b, v)
	case object:
		return appendObject(b, v)
	case []object:
		return appendList(b, v)
	case []string:
		return appendList(b, v)
	case []any:
		return appendList(b, v)
	default:
		return appendMarshaled(b, v)
	}
}

func appendObject(b []byte, o object) ([]byte, error) {
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendText(b, m.name); err != nil {
			return nil, err
		}
		if b, err = appendValue(append(b, ':'), m.value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func appendList[T any](b []byte, list []T) ([]byte, error) {
	b = append(b, '[')
	for i, one := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendValue(b, one); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendText leaves every text that is not plain ASCII to the library.
func appendText(b []byte, text string) ([]byte, error) {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendMarshaled(b, text)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"'), nil
}

func appendMarshaled(b []byte, value any) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return append(b, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...), nil
}
