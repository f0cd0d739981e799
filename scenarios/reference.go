package scenarios

import (
	"reflect"
	"slices"

	"github.com/idharness/harness/internal/strictyaml"
)

// ref is the name of something in the scenario. K tells of what.
//
// The tag when of a field says at which time the thing must be there: now, when
// the step runs, without the tag; at some time with when:"ever"; in the recycle
// bin with when:"deleted".
type ref[K any] struct {
	Name string
	node *strictyaml.Node
}

// UnmarshalNode reads a name and remembers where it stands.
func (r *ref[K]) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	r.node = n
	return strictyaml.Decode(n, &r.Name)
}

func (r ref[K]) at() (string, *strictyaml.Node) { return r.Name, r.node }

func refNames[K any](refs []ref[K]) []string {
	out := make([]string, len(refs))
	for i, r := range refs {
		out[i] = r.Name
	}
	return out
}

// The kinds of references.
type (
	userRef    = ref[userKind]
	groupRef   = ref[groupKind]
	memberRef  = ref[memberKind] // user or group
	accountRef = ref[accountKind]
	setRef     = ref[setKind]
	appRef     = ref[appKind]

	userKind    struct{}
	groupKind   struct{}
	memberKind  struct{}
	accountKind struct{}
	setKind     struct{}
	appKind     struct{}
)

// kindsOf returns what a type of references can refer to.
func kindsOf(ref reflect.Type) []kind {
	switch ref {
	case reflect.TypeFor[userRef]():
		return []kind{users}
	case reflect.TypeFor[groupRef]():
		return []kind{groups}
	case reflect.TypeFor[memberRef]():
		return []kind{users, groups}
	case reflect.TypeFor[accountRef]():
		return []kind{accounts}
	case reflect.TypeFor[setRef]():
		return []kind{sets}
	case reflect.TypeFor[appRef]():
		return []kind{apps}
	default:
		return nil
	}
}

// reference is a name as it stands in the file, with what is known of it.
type reference struct {
	name  string
	node  *strictyaml.Node
	kinds []kind
	when  string // the tag of that name
}

// references collects the references in an argument.
func references(argument any) []reference {
	var out []reference
	collectReferences(reflect.ValueOf(argument), "", func(r reference) { out = append(out, r) })
	return out
}

func collectReferences(v reflect.Value, when string, add func(reference)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Type() != reflect.TypeFor[*strictyaml.Node]() {
			collectReferences(v.Elem(), when, add)
		}
	case reflect.Slice:
		for i := range v.Len() {
			collectReferences(v.Index(i), when, add)
		}
	case reflect.Struct:
		if kinds := kindsOf(v.Type()); kinds != nil {
			name, node := v.Interface().(interface {
				at() (string, *strictyaml.Node)
			}).at()
			if name != "" && node != nil && !node.Unresolved() {
				add(reference{name, node, kinds, when})
			}
			return
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() || f.Anonymous && f.Type.Kind() == reflect.Struct {
				collectReferences(v.Field(i), f.Tag.Get("when"), add)
			}
		}
	}
}

// places is a set of places at which something is wrong.
type places map[strictyaml.Position]bool

func placesOf(errs strictyaml.Errors) places {
	out := make(places)
	for _, e := range errs {
		out[e.Pos] = true
	}
	return out
}

// in reports whether one of the places is in a value.
func (p places) in(n *strictyaml.Node) bool {
	if n == nil || len(p) == 0 {
		return false
	}
	if p[n.Pos()] || slices.ContainsFunc(n.Items(), p.in) {
		return true
	}
	return slices.ContainsFunc(n.Pairs(), func(pair strictyaml.Pair) bool { return p[pair.Key.Pos()] || p.in(pair.Value) })
}
