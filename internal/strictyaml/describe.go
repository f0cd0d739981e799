package strictyaml

import (
	"fmt"
	"reflect"
	"strings"
)

// wrongType notes that n cannot be read as a t.
func (d *decoder) wrongType(n *Node, t reflect.Type) {
	wanted := expected(t)
	if wanted == "" {
		d.fail(n.Errorf("cannot read YAML into a %s", t))
		return
	}
	err := n.Errorf("expected %s, got %s", wanted, describe(n))
	switch {
	case t.Kind() == reflect.Slice && n.kind == Map:
		if expected(t.Elem()) == "a map" {
			err.Hint = `begin every element with "- "`
		}
	case t.Kind() == reflect.Slice:
		if kind := expected(t.Elem()); kind != "a map" && !strings.HasPrefix(kind, "a list") {
			err.Hint = fmt.Sprintf("for a list of one, write [%s]", clip(n.quoted()))
		}
	case t.Kind() == reflect.String && n.IsScalar() && n.kind != Null:
		err.Hint = fmt.Sprintf("for text, put it in quotes: %q", clip(n.text))
	case t.Kind() == reflect.Bool && n.kind == String:
		err.Hint = "write true or false, without quotes"
	}
	d.fail(err)
}

// describe names what a node is, and the value if it is short enough.
func describe(n *Node) string {
	switch n.kind {
	case Null:
		return "nothing"
	case Bool:
		return n.text
	case Int, Float:
		return "the number " + clip(n.text)
	case String:
		return fmt.Sprintf("the text %q", clip(n.text))
	default:
		return n.kind.String()
	}
}

// quoted gives a scalar as it could stand in the file.
func (n *Node) quoted() string {
	if n.kind == String {
		return fmt.Sprintf("%q", n.text)
	}
	return n.text
}

// expected names the kind of value that a type takes; "" if it takes none.
func expected(t reflect.Type) string {
	switch {
	case t == durationType:
		return "a duration"
	case t == timeType:
		return "a time"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return expected(t.Elem())
	case reflect.Struct, reflect.Map:
		return "a map"
	case reflect.Slice:
		return "a list of " + elements(t.Elem())
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	default:
		return ""
	}
}

// elements names the elements of a list in the plural.
func elements(t reflect.Type) string {
	switch {
	case t == nodeType || t.Kind() == reflect.Interface || reflect.PointerTo(t).Implements(unmarshalerType):
		return "values"
	case t == durationType:
		return "durations"
	case t == timeType:
		return "times"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return elements(t.Elem())
	case reflect.Struct, reflect.Map:
		return "maps"
	case reflect.Slice:
		return "lists"
	case reflect.String:
		return "texts"
	case reflect.Bool:
		return "true or false"
	default:
		return "numbers"
	}
}
