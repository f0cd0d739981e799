package resource

import (
	"fmt"
	"strings"

	"github.com/idharness/harness/scimmock/document"
	"github.com/idharness/harness/scimmock/filter"
)

// list adds, replaces or removes values of a multi-valued attribute. Removing
// with a list of values removes these, as Entra and AWS's clients send it;
// without one, all.
func (p Patcher) list(in Object, a *Attribute, op operation) error {
	values, _ := in[a.Name].([]any)
	var given []any
	if op.value.Kind != "" && op.value.Kind != document.Null {
		v := op.value
		if v.Kind != document.Array {
			v = document.Value{Kind: document.Array, Path: v.Path, Items: []document.Value{v}}
		}
		read, err := p.value(a, v)
		if err != nil {
			return err
		}
		given, _ = read.([]any)
	}
	switch {
	case op.op == "add":
		for _, v := range given {
			if !contains(values, v) && !hasMember(a, values, v) {
				values = append(values, v)
			}
		}
	case op.op == "replace":
		values = given
	case len(given) > 0:
		var kept []any
		for _, v := range values {
			if !listed(given, v) {
				kept = append(kept, v)
			}
		}
		values = kept
	default:
		values = nil
	}
	setList(in, a.Name, values)
	return nil
}

func setList(in Object, name string, values []any) {
	if len(values) == 0 {
		delete(in, name)
		return
	}
	in[name] = values
}

// hasMember reports whether a value is there already under the same id, as
// members have it, whose sub-attributes are immutable.
func hasMember(a *Attribute, values []any, v any) bool {
	id := find(a.SubAttributes, "value")
	return id != nil && id.Mutability == Immutable && listed([]any{v}, values...)
}

// listed reports whether one of values has the id of one that is given.
func listed(given []any, values ...any) bool {
	for _, v := range values {
		o, _ := v.(Object)
		for _, g := range given {
			if other, _ := g.(Object); o != nil && other != nil && o["value"] == other["value"] {
				return true
			}
		}
	}
	return false
}

// within changes the values of a multi-valued attribute that the path's filter
// selects, or without a filter all.
func (p Patcher) within(in Object, at place, op operation) error {
	a := at.attr
	if !a.MultiValued || a.Type != Complex || op.path.Filter != nil && at.sub != nil {
		return bad(InvalidPath, op.where, op.path.Attr.String(), "brackets after a multi-valued attribute only")
	}
	sub := at.sub
	if op.path.Filter != nil {
		inner := &Type{Name: a.Name, Schema: Schema{Attributes: a.SubAttributes}}
		if err := inner.checkSub(op.path.Filter); err != nil {
			e := err.(*Error)
			return bad(InvalidPath, op.where, e.Got, "%s", e.Expected)
		}
		if op.path.Sub != "" {
			if sub = find(a.SubAttributes, op.path.Sub); sub == nil {
				return bad(InvalidPath, op.where, op.path.Sub, "a sub-attribute of %s", a.Name)
			}
			if sub.Mutability == ReadOnly {
				return bad(Mutability, op.where, op.path.Sub, "an attribute that is not read-only")
			}
		}
	}
	values, _ := in[a.Name].([]any)
	var kept []any
	selected := 0
	for _, v := range values {
		o, _ := v.(Object)
		if op.path.Filter != nil && !matchValue(a.SubAttributes, o, op.path.Filter) {
			kept = append(kept, v)
			continue
		}
		selected++
		if err := p.into(o, a, sub, op); err != nil {
			return err
		}
		dropFalsePrimary(o)
		if hasContent(o) {
			kept = append(kept, o)
		}
	}
	if selected == 0 && op.op != "remove" && op.value.Kind != document.Null {
		made, err := p.fresh(a, op)
		if err != nil {
			return err
		}
		if err := p.into(made, a, sub, op); err != nil {
			return err
		}
		dropFalsePrimary(made)
		kept = append(kept, made)
	}
	setList(in, a.Name, kept)
	return nil
}

// into changes one value.
func (p Patcher) into(o Object, a, sub *Attribute, op operation) error {
	unassign := op.op == "remove" || op.value.Kind == document.Null
	switch {
	case sub == nil && unassign:
		clear(o)
		return nil
	case sub == nil:
		return p.merge(o, a, op)
	}
	was, had := o[sub.Name]
	holder := Object{}
	if err := p.set(holder, "", o, sub, op); err != nil {
		return err
	}
	if had && sub.Mutability == Immutable && o[sub.Name] != was {
		return bad(Mutability, op.where, fmt.Sprint(o[sub.Name]), "the value that %s.%s has: it is immutable", a.Name, sub.Name)
	}
	return nil
}

// hasContent reports whether anything but a label is left of a value.
func hasContent(o Object) bool {
	for name := range o {
		if name != "type" && name != "primary" {
			return true
		}
	}
	return false
}

// fresh makes a value where a path selects none: for add, and for replace if
// that is switched on. What the filter says of the value by eq it gets.
func (p Patcher) fresh(a *Attribute, op operation) (Object, error) {
	made := Object{}
	if op.path.Filter == nil {
		return made, nil
	}
	if op.op == "replace" && !p.CreateFiltered {
		return nil, bad(NoTarget, op.where, "none", "a value of %s that the path's filter selects", a.Name)
	}
	simple := true
	eachCompare(op.path.Filter, func(c *filter.Compare) {
		sub := find(a.SubAttributes, c.Attr.Name)
		if c.Op != filter.Eq || c.Value.Kind == filter.Null {
			simple = false
			return
		}
		if made[sub.Name] = any(c.Value.Text); sub.Type == Boolean {
			made[sub.Name] = strings.EqualFold(c.Value.Text, "true")
		}
	}, func(*filter.Element) {})
	if !simple || !matchValue(a.SubAttributes, made, op.path.Filter) {
		return nil, bad(NoTarget, op.where, "none", "a value of %s that the path's filter selects; one can be made from comparisons by eq only", a.Name)
	}
	return made, nil
}

// marked lists the values that are primary.
func marked(list any) []Object {
	var found []Object
	values, _ := list.([]any)
	for _, v := range values {
		if o, ok := v.(Object); ok && o["primary"] == true {
			found = append(found, o)
		}
	}
	return found
}

// onePrimary takes the mark from the values that had it before an operation set
// it on another (RFC 7644 section 3.5.2).
func onePrimary(list any, before []Object, where string) error {
	values, _ := list.([]any)
	if primaries(values) < 2 {
		return nil
	}
	for _, o := range before {
		delete(o, "primary")
	}
	if primaries(values) > 1 {
		return bad(InvalidValue, where, "more", "at most one value that is primary")
	}
	return nil
}
