package control

import (
	"reflect"
	"slices"

	"github.com/idharness/harness/internal/strictyaml"
)

// changes is the body of a PATCH of a T: its members take the place of those of
// the object, each as a whole, and null removes one. That is how updateUser and
// updateApp of the scenario language change things too.
type changes[T any] struct{ node *strictyaml.Node }

// UnmarshalNode reads the body and reports what a T does not take.
func (p *changes[T]) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	p.node = n
	var scratch T
	return p.apply(&scratch)
}

// patched is the type that the body changes.
func (changes[T]) patched() reflect.Type { return reflect.TypeFor[T]() }

// apply changes an object.
func (p *changes[T]) apply(to *T) strictyaml.Errors {
	if p.node.Kind() != strictyaml.Map {
		return strictyaml.Decode(p.node, new(T))
	}
	var errs strictyaml.Errors
	fields := strictyaml.Fields(reflect.TypeFor[T]())
	object := reflect.ValueOf(to).Elem()
	for _, pair := range p.node.Pairs() {
		at := slices.IndexFunc(fields, func(f strictyaml.Field) bool { return f.Name == pair.Key.Text() })
		if at >= 0 && pair.Value.Kind() == strictyaml.Null {
			object.FieldByIndex(fields[at].Index).SetZero()
			continue
		}
		var given T
		wrong := strictyaml.Decode(p.node.WithPairs([]strictyaml.Pair{pair}), &given)
		errs = append(errs, wrong...)
		if at >= 0 && len(wrong) == 0 {
			object.FieldByIndex(fields[at].Index).Set(reflect.ValueOf(given).FieldByIndex(fields[at].Index))
		}
	}
	return errs
}

// names reports whether the body has a member.
func (p *changes[T]) names(member string) bool { return p.node.Get(member) != nil }
