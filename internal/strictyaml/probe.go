package strictyaml

import (
	"reflect"
	"slices"
)

// A Probe is a node of no file that remembers as what it is read. With it, what
// a NodeUnmarshaler accepts can be asked of the code that accepts it, instead
// of being written down a second time.
type Probe struct {
	Node *Node
	// Types are those that Decode was asked to read the node into.
	Types []reflect.Type
	// Below are the values of a map's keys.
	Below map[string]*Probe
}

// NewProbe makes a probe of a kind. A map has the keys; their values, and
// scalars, are Unresolved, so that they fit every type.
func NewProbe(kind Kind, keys ...string) *Probe {
	f := &File{name: "probe"}
	f.setText("${probe}")
	return newProbe(f, kind, keys)
}

func newProbe(f *File, kind Kind, keys []string) *Probe {
	n := &Node{file: f, line: 1, column: 1, kind: kind}
	p := &Probe{Node: n, Below: make(map[string]*Probe)}
	n.seen = func(t reflect.Type) {
		if !slices.Contains(p.Types, t) {
			p.Types = append(p.Types, t)
		}
	}
	if n.IsScalar() && kind != Null {
		n.text, n.value, n.unresolved = "${probe}", "${probe}", true
	}
	for _, key := range keys {
		below := newProbe(f, String, nil)
		p.Below[key] = below
		n.pairs = append(n.pairs, Pair{Key: &Node{file: f, line: 1, column: 1, kind: String, text: key, value: key}, Value: below.Node})
	}
	return p
}

// Give makes the value of a map's key a text that is known.
func (p *Probe) Give(key, text string) {
	if below, ok := p.Below[key]; ok {
		below.Node.text, below.Node.value, below.Node.unresolved = text, text, false
	}
}
