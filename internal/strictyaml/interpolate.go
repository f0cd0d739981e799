package strictyaml

import (
	"errors"
	"fmt"
	"strings"
)

// maxInterpolated bounds the text that one Interpolate can produce, so that
// variables made of variables cannot blow up.
const maxInterpolated = 8 << 20

// Lookup gives the value of a variable: name as written in ${name}, and what
// comes before the first dot or bracket of ${name.key[0][-1]["other key"]}. An
// environment variable comes as env:NAME. It reports false for a variable
// that has no value yet, and an error for one that can never have one.
type Lookup = func(name string, pos Position) (value any, ok bool, err error)

// Interpolate returns the node with every ${…} in scalars and keys replaced.
//
// A scalar that is nothing but one ${…}, quoted or not, takes the variable's
// value whatever its type; within other text the value must be a scalar. $${
// stands for ${ itself. What comes out is final: a ${ in a variable's value is
// not looked at again.
//
// A scalar or key with a variable that has no value yet stays as it is and
// reports Unresolved; interpolating again replaces all of it.
func (n *Node) Interpolate(lookup Lookup) (*Node, Errors) {
	i := interpolation{lookup: lookup, known: map[string]any{}}
	made := i.node(n)
	return made, i.errors.sorted()
}

type interpolation struct {
	lookup Lookup
	known  map[string]any // by name, so that each is looked up once
	errors Errors
	nodes  int
	bytes  int
	full   bool
}

func (i *interpolation) fail(err *Error) {
	if len(i.errors) < maxErrors {
		i.errors = append(i.errors, err)
	}
}

func (i *interpolation) node(n *Node) *Node {
	switch n.kind {
	case List:
		items := make([]*Node, len(n.items))
		changed := false
		for at, item := range n.items {
			items[at] = i.node(item)
			changed = changed || items[at] != item
		}
		if changed {
			return n.WithItems(items)
		}
	case Map:
		return i.pairs(n)
	case String:
		return i.scalar(n)
	}
	return n
}

func (i *interpolation) pairs(n *Node) *Node {
	pairs := make([]Pair, 0, len(n.pairs))
	seen := map[string]bool{}
	changed := false
	for _, pair := range n.pairs {
		key, value := i.key(pair.Key), i.node(pair.Value)
		changed = changed || key != pair.Key || value != pair.Value
		if seen[key.text] {
			i.fail(pair.Key.Errorf("the key %q is already given in this map", clip(key.text)))
			continue
		}
		seen[key.text] = true
		pairs = append(pairs, Pair{Key: key, Value: value})
	}
	if !changed {
		return n
	}
	return n.WithPairs(pairs)
}

// key interpolates a key, which stays text.
func (i *interpolation) key(n *Node) *Node {
	made := i.scalar(n)
	if !made.IsScalar() || made.kind == Null {
		i.fail(n.Errorf("%s is %s and cannot be a key", clip(n.text), made.kind))
		left := *n
		left.unresolved = true
		return &left
	}
	if made.kind != String {
		return made.WithValue(made.text)
	}
	return made
}

func (i *interpolation) scalar(n *Node) *Node {
	if n.final || !strings.Contains(n.text, "${") {
		return n
	}
	left := *n
	left.unresolved = true
	if i.full {
		return &left
	}
	places := n.placeholders()
	pieces, err := split(n.text)
	if err != nil {
		i.fail(n.ErrorAt(places.seek(err.occurrence), err.message, "write $${ for the characters ${ themselves"))
		return &left
	}
	complete := true
	values := make([]any, len(pieces))
	for at, p := range pieces {
		if p.name == "" {
			values[at] = p.text
			continue
		}
		pos := places.seek(p.occurrence)
		value, ok, failure := i.value(p, pos)
		if ok && failure == nil && len(pieces) > 1 && !isScalar(value) {
			failure = &Error{Message: fmt.Sprintf("%s is %s and cannot be part of text", clip(p.text), kindOf(value))}
		}
		if failure != nil {
			i.fail(n.ErrorAt(pos, failure.Message, failure.Hint))
		}
		values[at] = value
		complete = complete && ok && failure == nil
	}
	if !complete {
		return &left
	}
	if len(values) > 1 {
		values[0] = i.join(n, values)
	}
	if nodes, size := measure(values[0]); !i.spend(n, nodes, size) {
		return &left
	}
	return n.plant(values[0])
}

// value returns what a placeholder stands for; false when that is not known.
func (i *interpolation) value(p piece, pos Position) (any, bool, *Error) {
	value, ok := i.known[p.name]
	if !ok {
		found, ok, err := i.lookup(p.name, pos)
		if err == nil && ok {
			value, err = Plain(found)
		}
		if detailed, ok := errors.AsType[*Error](err); ok {
			return nil, false, detailed
		}
		if err != nil {
			return nil, false, &Error{Message: err.Error()}
		}
		if !ok {
			return nil, false, nil
		}
		i.known[p.name] = value
	}
	value, err := walk(p.name, value, p.path)
	if err != nil {
		return nil, false, &Error{Message: err.Error()}
	}
	return value, true, nil
}

// join puts the pieces of a scalar together.
func (i *interpolation) join(n *Node, values []any) string {
	var b strings.Builder
	for _, value := range values {
		b.WriteString(n.WithValue(value).text)
		if i.bytes+b.Len() > maxInterpolated {
			break // spend refuses it
		}
	}
	return b.String()
}

// spend counts what is produced and fails once when it is too much.
func (i *interpolation) spend(n *Node, nodes, bytes int) bool {
	i.nodes += nodes
	i.bytes += bytes
	if i.nodes <= MaxNodes && i.bytes <= maxInterpolated {
		return true
	}
	if !i.full {
		i.full = true
		i.fail(n.Errorf("the variables in this file unfold to too much: at most %d values and %d bytes", MaxNodes, maxInterpolated))
	}
	return false
}

// measure counts the values in a plain value and the bytes of their text.
func measure(value any) (nodes, size int) {
	nodes = 1
	add := func(item any) {
		n, s := measure(item)
		nodes, size = nodes+n, size+s
	}
	switch v := value.(type) {
	case string:
		size = len(v)
	case []any:
		for _, item := range v {
			add(item)
		}
	case map[string]any:
		for key, item := range v {
			size += len(key)
			add(item)
		}
	}
	return nodes, size
}

func isScalar(value any) bool {
	kind := kindOf(value)
	return kind != Null && kind != List && kind != Map
}

// kindOf names the type of a plain value.
func kindOf(value any) Kind {
	switch value.(type) {
	case nil:
		return Null
	case bool:
		return Bool
	case int, float64:
		return Int
	case string:
		return String
	case []any:
		return List
	default:
		return Map
	}
}

// walk follows a path into a plain value.
func walk(name string, value any, path []segment) (any, error) {
	for _, s := range path {
		switch v := value.(type) {
		case map[string]any:
			if s.isIndex {
				return nil, fmt.Errorf("%s is a map, so it has no element %s", name, s)
			}
			next, ok := v[s.key]
			if !ok {
				return nil, fmt.Errorf("%s has no key %q%s", name, s.key, suggest(s.key, "keys", sortedKeys(v)))
			}
			value = next
		case []any:
			if !s.isIndex {
				return nil, fmt.Errorf("%s is a list, so it has no key %q", name, s.key)
			}
			at, ok := s.element(len(v))
			if !ok {
				return nil, fmt.Errorf("%s has %d elements, so it has no element %s", name, len(v), s)
			}
			value = v[at]
		default:
			return nil, fmt.Errorf("%s is %s, so %s leads nowhere", name, kindOf(v), s)
		}
		name += s.String()
	}
	return value, nil
}
