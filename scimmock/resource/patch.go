package resource

import (
	"errors"
	"fmt"
	"strings"

	"github.com/idharness/harness/scimmock/document"
	"github.com/idharness/harness/scimmock/filter"
)

// Patcher applies the operations of a PATCH request (RFC 7644 section 3.5.2).
type Patcher struct {
	Reader

	// CreateFiltered makes a value where the filter of a replace selects none,
	// which Entra counts on (RFC 7644 erratum 8097), instead of noTarget.
	CreateFiltered bool
}

// operation is one operation of a PATCH request.
type operation struct {
	op    string
	path  filter.Path
	value document.Value // Kind is empty if there is none
	where string
}

// Patch changes o by the operations of a body. On an error o is spoilt: give it
// a Clone.
func (p Patcher) Patch(o Object, body document.Value) error {
	list, _ := member(body, "Operations")
	if list.Kind != document.Array || len(list.Items) == 0 {
		return bad(InvalidSyntax, "$.Operations", "none", "an array of at least one operation")
	}
	for _, item := range list.Items {
		if err := p.operation(o, item); err != nil {
			return err
		}
	}
	return p.Type.CheckRequired(o)
}

func (p Patcher) operation(o Object, item document.Value) error {
	if item.Kind != document.Object {
		return bad(InvalidSyntax, item.Path, item.Describe(), "an operation, which is an object")
	}
	verb, _ := member(item, "op")
	op := operation{op: strings.ToLower(verb.Text), where: item.Path}
	op.value, _ = member(item, "value")
	if op.op != "add" && op.op != "replace" && op.op != "remove" {
		return bad(InvalidSyntax, item.Path+".op", verb.Describe(), "add, replace or remove")
	}
	if op.op != "remove" && op.value.Kind == "" {
		return bad(InvalidValue, item.Path, "none", "a value: %s needs one", op.op)
	}
	path, _ := member(item, "path")
	switch {
	case path.Kind == document.String && path.Text != "":
		var err error
		if op.path, err = p.parse(path.Text, path.Path); err != nil {
			return err
		}
		return p.apply(o, op)
	case path.Kind != "" && path.Kind != document.Null && path.Kind != document.String:
		return bad(InvalidPath, path.Path, path.Describe(), "a string")
	case op.op == "remove":
		return bad(NoTarget, item.Path, "none", "a path: remove needs one")
	}
	return p.pathless(o, op)
}

func (p Patcher) parse(text, where string) (filter.Path, error) {
	path, err := filter.ParsePath(text, p.Type.URNs()...)
	if e := (*filter.Error)(nil); errors.As(err, &e) {
		return path, bad(InvalidPath, where, e.Got, "%s at byte %d", e.Expected, e.Offset)
	}
	if err != nil {
		return path, fmt.Errorf("read PATCH path: %w", err)
	}
	return path, nil
}

// pathless applies an operation whose value is a part of the resource. Its
// members may be paths: Entra sends name.givenName and URN:department.
func (p Patcher) pathless(o Object, op operation) error {
	if op.value.Kind != document.Object {
		return bad(InvalidValue, op.where+".value", op.value.Describe(), "an object, as there is no path")
	}
	for _, m := range op.value.Members {
		path, err := p.parse(m.Name, m.Value.Path)
		if err != nil {
			return err
		}
		at, ok := p.Type.locate(path.Attr)
		if ok && at.attr != nil && at.attr.Mutability == ReadOnly {
			p.Note("%s was ignored: it is read-only", m.Value.Path)
			continue
		}
		if !ok && p.IgnoreUnknown {
			p.Note("%s was ignored: no schema has such an attribute", m.Value.Path)
			continue
		}
		if err := p.apply(o, operation{op.op, path, m.Value, m.Value.Path}); err != nil {
			return err
		}
	}
	return nil
}

func (p Patcher) apply(o Object, op operation) error {
	at, ok := p.Type.locate(op.path.Attr)
	if !ok {
		return bad(InvalidPath, op.where, op.path.Attr.String(), "the path of an attribute of the resource type %s", p.Type.Name)
	}
	if at.attr == nil {
		if at.urn == "" {
			return p.pathless(o, op) // the type's own schema stands for the resource
		}
		return p.wholeExtension(o, at.urn, op)
	}
	if at.attr.Mutability == ReadOnly || at.sub != nil && at.sub.Mutability == ReadOnly {
		return bad(Mutability, op.where, op.path.Attr.String(), "an attribute that is not read-only")
	}
	in := at.container(o)
	if in == nil {
		in = Object{}
		o[at.urn] = in
	}
	var before []Object
	if at.attr.MultiValued {
		before = marked(in[at.attr.Name])
	}
	if err := p.change(in, at, op); err != nil {
		return err
	}
	if at.urn != "" && len(in) == 0 {
		delete(o, at.urn)
	}
	return onePrimary(in[at.attr.Name], before, op.where)
}

func (p Patcher) wholeExtension(o Object, urn string, op operation) error {
	if op.op == "remove" || op.value.Kind == document.Null {
		delete(o, urn)
		return nil
	}
	if op.value.Kind != document.Object {
		return bad(InvalidValue, op.where, op.value.Describe(), "an object")
	}
	for _, m := range op.value.Members {
		path := filter.Path{Attr: filter.Attr{URN: urn, Name: m.Name}}
		if err := p.apply(o, operation{op.op, path, m.Value, m.Value.Path}); err != nil {
			return err
		}
	}
	return nil
}

// change changes one attribute of in.
func (p Patcher) change(in Object, at place, op operation) error {
	unassign := op.op == "remove" || op.value.Kind == document.Null
	switch {
	case unassign && op.op == "add":
		return nil // adds nothing
	case op.path.Filter != nil || at.attr.MultiValued && at.sub != nil:
		return p.within(in, at, op)
	case unassign && at.attr.Required:
		return bad(Mutability, op.where, "no value", "a value for %s, which is required", at.attr.Name)
	case at.attr.MultiValued:
		return p.list(in, at.attr, op)
	case at.sub != nil:
		inner, _ := in[at.attr.Name].(Object)
		if inner == nil {
			inner = Object{}
		}
		return p.set(in, at.attr.Name, inner, at.sub, op)
	case unassign:
		delete(in, at.attr.Name)
		return nil
	case at.attr.Type == Complex:
		inner, _ := in[at.attr.Name].(Object)
		if inner == nil {
			inner = Object{}
		}
		if err := p.merge(inner, at.attr, op); err != nil {
			return err
		}
		assign(in, at.attr.Name, inner)
		return nil
	}
	v, err := p.value(at.attr, op.value)
	if err != nil {
		return err
	}
	in[at.attr.Name] = v
	return nil
}

// set sets a sub-attribute of a value, which in holds under name.
func (p Patcher) set(in Object, name string, inner Object, sub *Attribute, op operation) error {
	if op.op == "remove" || op.value.Kind == document.Null {
		delete(inner, sub.Name)
	} else {
		v, err := p.value(sub, op.value)
		if err != nil {
			return err
		}
		inner[sub.Name] = v
	}
	assign(in, name, inner)
	return nil
}

func assign(in Object, name string, inner Object) {
	if len(inner) == 0 {
		delete(in, name)
		return
	}
	in[name] = inner
}

// merge sets the sub-attributes that the value has and keeps the others (RFC
// 7644 section 3.5.2.3). A text stands for the sub-attribute value, as Entra
// sends managers; an empty one for none.
func (p Patcher) merge(inner Object, a *Attribute, op operation) error {
	v := op.value
	if v.Kind == document.Array && len(v.Items) == 1 {
		v = v.Items[0]
	}
	if sub := find(a.SubAttributes, "value"); v.Kind == document.String && sub != nil {
		p.Note("%s: a text was taken for the value of %s, as Entra sends it", v.Path, a.Name)
		if delete(inner, sub.Name); v.Text != "" {
			inner[sub.Name] = v.Text
		}
		return nil
	}
	if v.Kind != document.Object {
		return bad(InvalidValue, v.Path, v.Describe(), "an object")
	}
	given, err := p.object(a.SubAttributes, v)
	if err != nil {
		return err
	}
	for _, m := range v.Members {
		sub := find(a.SubAttributes, m.Name)
		if sub == nil || sub.Mutability == ReadOnly {
			continue
		}
		next, has := given[sub.Name]
		if was, had := inner[sub.Name]; had && sub.Mutability == Immutable && was != next {
			return bad(Mutability, m.Value.Path, m.Value.Describe(), "the value that %s.%s has: it is immutable", a.Name, sub.Name)
		}
		if delete(inner, sub.Name); has {
			inner[sub.Name] = next
		}
	}
	return nil
}
