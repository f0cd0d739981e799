package strictyaml

import (
	"fmt"
	"reflect"
	"strconv"
)

// Kind is the type of a node's value.
type Kind int

// The kinds of YAML's core schema.
const (
	Null Kind = iota
	Bool
	Int
	Float
	String
	List
	Map
)

// String names the kind as messages do.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "true or false"
	case Int, Float:
		return "a number"
	case String:
		return "text"
	case List:
		return "a list"
	default:
		return "a map"
	}
}

// Node is a value in a file. Nodes are never changed once made, and the same
// node may stand in several places (an alias).
type Node struct {
	file         *File
	line, column int

	kind  Kind
	text  string // of a scalar, without quotes
	value any    // of a scalar
	items []*Node
	pairs []Pair

	unresolved bool // its value is not known
	final      bool // came out of Interpolate: a ${ in it is just text

	seen func(reflect.Type) // of a Probe: told what Decode reads it into
}

// Pair is a key of a map and its value. The key is a String node.
type Pair struct{ Key, Value *Node }

// PointAt returns the node to point at for a mistake in the value: the key if
// the value begins on a line below it.
func (p Pair) PointAt() *Node {
	if p.Key.line != p.Value.line {
		return p.Key
	}
	return p.Value
}

// Kind returns the type of the value.
func (n *Node) Kind() Kind { return n.kind }

// IsScalar reports whether the node is neither a list nor a map.
func (n *Node) IsScalar() bool { return n.kind != List && n.kind != Map }

// Pos returns where the value begins.
func (n *Node) Pos() Position {
	return Position{File: n.file.name, Line: n.line, Column: n.column}
}

// SourceLine returns the line of the file on which the value begins.
func (n *Node) SourceLine() string { return n.file.Line(n.line) }

// Text returns a scalar as written, without quotes; "" for lists and maps.
func (n *Node) Text() string { return n.text }

// Value returns a scalar's value: nil, bool, int, float64 or string; nil for
// lists and maps.
func (n *Node) Value() any { return n.value }

// Items returns the elements of a list; none of a nil node.
func (n *Node) Items() []*Node {
	if n == nil {
		return nil
	}
	return n.items
}

// Pairs returns the keys and values of a map in the order of the file; none of
// a nil node.
func (n *Node) Pairs() []Pair {
	if n == nil {
		return nil
	}
	return n.pairs
}

// Get returns the value of a map's key, or nil, also for a nil node.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for _, pair := range n.pairs {
		if pair.Key.text == key {
			return pair.Value
		}
	}
	return nil
}

// Unresolved reports whether the value is not known: a scalar holds a ${…}
// that Interpolate had no value for, or Parse refused what stands there. Text
// and Kind are then those of the placeholder.
func (n *Node) Unresolved() bool { return n.unresolved }

// Any returns the value as plain Go: map[string]any, []any, string, int,
// float64, bool or nil.
func (n *Node) Any() any {
	switch n.kind {
	case Map:
		all := make(map[string]any, len(n.pairs))
		for _, pair := range n.pairs {
			all[pair.Key.text] = pair.Value.Any()
		}
		return all
	case List:
		all := make([]any, len(n.items))
		for i, item := range n.items {
			all[i] = item.Any()
		}
		return all
	default:
		return n.value
	}
}

// Errorf makes an error at the node's position.
func (n *Node) Errorf(format string, args ...any) *Error {
	return n.file.errorAt(n.line, n.column, format, args...)
}

// WithValue returns a scalar at n's position. A value that is not nil, bool,
// int, float64 or string stands as its text.
func (n *Node) WithValue(value any) *Node {
	made := &Node{file: n.file, line: n.line, column: n.column, value: value, final: true}
	switch v := value.(type) {
	case nil:
		made.text = "null"
	case bool:
		made.kind, made.text = Bool, strconv.FormatBool(v)
	case int:
		made.kind, made.text = Int, strconv.Itoa(v)
	case float64:
		made.kind, made.text = Float, FormatFloat(v)
	case string:
		made.kind, made.text = String, v
	default:
		made.kind, made.text = String, fmt.Sprint(v)
		made.value = made.text
	}
	return made
}

// WithItems returns a list at n's position.
func (n *Node) WithItems(items []*Node) *Node {
	return &Node{file: n.file, line: n.line, column: n.column, kind: List, items: items}
}

// WithPairs returns a map at n's position.
func (n *Node) WithPairs(pairs []Pair) *Node {
	return &Node{file: n.file, line: n.line, column: n.column, kind: Map, pairs: pairs}
}

// plant returns plain Go values (see Plain) as nodes at n's position.
func (n *Node) plant(value any) *Node {
	switch v := value.(type) {
	case map[string]any:
		made := n.WithPairs(make([]Pair, 0, len(v)))
		for _, key := range sortedKeys(v) {
			made.pairs = append(made.pairs, Pair{Key: n.WithValue(key), Value: n.plant(v[key])})
		}
		return made
	case []any:
		made := n.WithItems(make([]*Node, len(v)))
		for i, item := range v {
			made.items[i] = n.plant(item)
		}
		return made
	default:
		return n.WithValue(v)
	}
}

// clip shortens text for a message.
func clip(text string) string {
	const most = 80
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}
