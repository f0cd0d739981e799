package scenarios

import (
	"reflect"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
)

// ref is a name that must be declared somewhere in the scenario. K tells in
// which list it is looked up.
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

// names are the things that a scenario declares, at the top or in its steps.
type names struct {
	users, groups, accounts, sets, apps []string
}

// known returns the list for a reference type and what it lists.
func (n names) known(ref reflect.Type) (list []string, what string, ok bool) {
	switch ref {
	case reflect.TypeFor[userRef]():
		return n.users, "user", true
	case reflect.TypeFor[groupRef]():
		return n.groups, "group", true
	case reflect.TypeFor[memberRef]():
		return slices.Concat(n.users, n.groups), "user or group", true
	case reflect.TypeFor[accountRef]():
		return n.accounts, "account", true
	case reflect.TypeFor[setRef]():
		return n.sets, "permission set", true
	case reflect.TypeFor[appRef]():
		return n.apps, "application", true
	default:
		return nil, "", false
	}
}

// checkReferences walks v for references and reports the names that nothing in
// the scenario declares.
func (n names) checkReferences(v reflect.Value) strictyaml.Errors {
	var errs strictyaml.Errors
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Type() != reflect.TypeFor[*strictyaml.Node]() {
			errs = n.checkReferences(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			errs = append(errs, n.checkReferences(v.Index(i))...)
		}
	case reflect.Struct:
		if list, what, ok := n.known(v.Type()); ok {
			name, node := v.Interface().(interface {
				at() (string, *strictyaml.Node)
			}).at()
			return checkName(name, node, list, what)
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() || f.Anonymous && f.Type.Kind() == reflect.Struct {
				errs = append(errs, n.checkReferences(v.Field(i))...)
			}
		}
	}
	return errs
}

func checkName(name string, node *strictyaml.Node, list []string, what string) strictyaml.Errors {
	if name == "" || node == nil || node.Unresolved() {
		return nil
	}
	if slices.ContainsFunc(list, func(known string) bool { return strings.EqualFold(known, name) }) {
		return nil
	}
	e := node.Errorf("unknown %s %q", what, name)
	if near, ok := strictyaml.Nearest(name, list); ok {
		e.Hint = "did you mean " + near + "?"
	} else if len(list) > 0 {
		e.Hint = "the scenario declares " + strings.Join(list[:min(len(list), 10)], ", ")
	}
	return strictyaml.Errors{e}
}
