package awsapi

import (
	"encoding/json"
	"reflect"
	"strings"
)

// decode reads the JSON body of a request. Unknown members are ignored, as by
// the services.
func decode(body []byte, v any) error {
	if err := json.Unmarshal(exact(body, reflect.TypeOf(v)), v); err != nil {
		return &fault{code: "SerializationException", note: "the body does not fit the operation: " + err.Error()}
	}
	return nil
}

// exact drops the members of a value that t does not have under just this
// name. Package json takes names in any case; to the services a member in
// another case is an unknown one.
func exact(data json.RawMessage, t reflect.Type) json.RawMessage {
	switch {
	case t.Kind() == reflect.Pointer:
		return exact(data, t.Elem())
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8: // a RawMessage stays as it is
		var list []json.RawMessage
		if json.Unmarshal(data, &list) != nil || list == nil {
			return data
		}
		for i := range list {
			list[i] = exact(list[i], t.Elem())
		}
		return encoded(list, data)
	case t.Kind() == reflect.Struct:
		var members map[string]json.RawMessage
		if json.Unmarshal(data, &members) != nil || members == nil {
			return data
		}
		known := make(map[string]json.RawMessage)
		for _, field := range reflect.VisibleFields(t) {
			if value, ok := members[field.Name]; ok && !field.Anonymous {
				known[field.Name] = exact(value, field.Type)
			}
		}
		return encoded(known, data)
	default:
		return data
	}
}

func encoded(v any, fallback json.RawMessage) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		return fallback
	}
	return data
}

// emptyText finds an empty text in a body and returns the path of its member.
// No text member of the Identity Store may be empty (SDK model: each has at
// least one character).
func emptyText(body []byte) (path string, found bool) {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return "", false
	}
	return emptyIn(value, "")
}

func emptyIn(value any, path string) (string, bool) {
	switch value := value.(type) {
	case string:
		return path, value == ""
	case []any:
		for _, element := range value {
			if at, found := emptyIn(element, path); found {
				return at, true
			}
		}
	case map[string]any:
		for _, name := range sortedKeys(value) { // the same one each time
			if at, found := emptyIn(value[name], strings.TrimPrefix(path+"."+lowerFirst(name), ".")); found {
				return at, true
			}
		}
	}
	return "", false
}
