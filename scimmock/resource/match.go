package resource

import (
	"reflect"
	"strings"
	"time"

	"github.com/idharness/harness/scimmock/filter"
)

// CheckFilter reports an attribute that none of the types has, and a comparison
// that its type does not allow (RFC 7644 section 3.4.2.2). On an endpoint of
// several types an attribute that a type lacks has no value there.
func CheckFilter(e filter.Expr, types ...*Type) error {
	var err error
	for _, t := range types {
		if err = t.check(e); err == nil {
			return nil
		}
	}
	return err
}

func (t *Type) check(e filter.Expr) error {
	switch e := e.(type) {
	case *filter.And:
		if err := t.check(e.Left); err != nil {
			return err
		}
		return t.check(e.Right)
	case *filter.Or:
		if err := t.check(e.Left); err != nil {
			return err
		}
		return t.check(e.Right)
	case *filter.Not:
		return t.check(e.Expr)
	case *filter.Compare:
		p, ok := t.locate(e.Attr)
		if !ok || p.attr == nil {
			return bad(InvalidFilter, "filter", e.Attr.String(), "an attribute of the resource type %s", t.Name)
		}
		return comparable(p.last(), e)
	case *filter.Element:
		p, ok := t.locate(e.Attr)
		if !ok || p.attr == nil || p.sub != nil || p.attr.Type != Complex {
			return bad(InvalidFilter, "filter", e.Attr.String(), "a complex attribute before the brackets")
		}
		inner := &Type{Name: p.attr.Name, Schema: Schema{Attributes: p.attr.SubAttributes}}
		if err := inner.checkSub(e.Filter); err != nil {
			return err
		}
		if e.Compare != nil {
			return inner.checkSub(e.Compare)
		}
	}
	return nil
}

// checkSub is check without the common attributes, which values do not have.
func (t *Type) checkSub(e filter.Expr) error {
	var err error
	eachCompare(e, func(c *filter.Compare) {
		sub := find(t.Schema.Attributes, c.Attr.Name)
		switch {
		case err != nil:
		case sub == nil || c.Attr.Sub != "" || c.Attr.URN != "":
			err = bad(InvalidFilter, "filter", c.Attr.String(), "a sub-attribute of %s", t.Name)
		default:
			err = comparable(sub, c)
		}
	}, func(e *filter.Element) {
		err = bad(InvalidFilter, "filter", e.Attr.String()+"[…]", "no brackets within brackets")
	})
	return err
}

func eachCompare(e filter.Expr, compare func(*filter.Compare), element func(*filter.Element)) {
	switch e := e.(type) {
	case *filter.And:
		eachCompare(e.Left, compare, element)
		eachCompare(e.Right, compare, element)
	case *filter.Or:
		eachCompare(e.Left, compare, element)
		eachCompare(e.Right, compare, element)
	case *filter.Not:
		eachCompare(e.Expr, compare, element)
	case *filter.Compare:
		compare(e)
	case *filter.Element:
		element(e)
	}
}

// compared is the attribute that a comparison is made with: of a complex one
// its sub-attribute value (RFC 7643 section 2.4).
func compared(a *Attribute) *Attribute {
	if a.Type == Complex {
		return find(a.SubAttributes, "value")
	}
	return a
}

func comparable(a *Attribute, c *filter.Compare) error {
	if a.Mutability == WriteOnly {
		return bad(InvalidFilter, "filter", a.Name, "an attribute that can be read")
	}
	if c.Op == filter.Pr || c.Value.Kind == filter.Null && (c.Op == filter.Eq || c.Op == filter.Ne) {
		return nil
	}
	of := compared(a)
	if of == nil {
		return bad(InvalidFilter, "filter", a.Name, "a sub-attribute of %s", a.Name)
	}
	switch of.Type {
	case Boolean:
		text := strings.ToLower(c.Value.Text)
		if c.Op != filter.Eq && c.Op != filter.Ne {
			return bad(InvalidFilter, "filter", string(c.Op), "eq, ne or pr: %s is a boolean", a.Name)
		}
		if text != "true" && text != "false" {
			return bad(InvalidFilter, "filter", c.Value.Text, "true or false")
		}
		return nil
	case Binary:
		if c.Op == filter.Gt || c.Op == filter.Ge || c.Op == filter.Lt || c.Op == filter.Le {
			return bad(InvalidFilter, "filter", string(c.Op), "another operator: %s is binary", a.Name)
		}
	case DateTime:
		if _, err := time.Parse(time.RFC3339, c.Value.Text); err != nil && c.Op != filter.Co && c.Op != filter.Sw && c.Op != filter.Ew {
			return bad(InvalidFilter, "filter", c.Value.Text, "a date and time, such as 2026-01-05T09:00:00Z")
		}
	}
	if c.Value.Kind != filter.String {
		return bad(InvalidFilter, "filter", c.Value.Text, "a value in quotation marks")
	}
	return nil
}

// Match reports whether a filter that CheckFilter has passed selects a resource.
func (t *Type) Match(o Object, e filter.Expr) bool {
	switch e := e.(type) {
	case *filter.And:
		return t.Match(o, e.Left) && t.Match(o, e.Right)
	case *filter.Or:
		return t.Match(o, e.Left) || t.Match(o, e.Right)
	case *filter.Not:
		return !t.Match(o, e.Expr)
	case *filter.Compare:
		p, ok := t.locate(e.Attr)
		if !ok {
			return holds(&Attribute{Type: String}, nil, e)
		}
		return holds(p.last(), p.values(o), e)
	case *filter.Element:
		p, ok := t.locate(e.Attr)
		if !ok {
			return false
		}
		for _, v := range p.values(o) {
			inner, _ := v.(Object)
			if matchValue(p.attr.SubAttributes, inner, e.Filter) && (e.Compare == nil || matchValue(p.attr.SubAttributes, inner, e.Compare)) {
				return true
			}
		}
	}
	return false
}

// matchValue reports whether one value of a complex attribute satisfies a
// filter about its sub-attributes.
func matchValue(subs []Attribute, o Object, e filter.Expr) bool {
	switch e := e.(type) {
	case *filter.And:
		return matchValue(subs, o, e.Left) && matchValue(subs, o, e.Right)
	case *filter.Or:
		return matchValue(subs, o, e.Left) || matchValue(subs, o, e.Right)
	case *filter.Not:
		return !matchValue(subs, o, e.Expr)
	case *filter.Compare:
		sub := find(subs, e.Attr.Name)
		if sub == nil {
			return false
		}
		v, ok := o[sub.Name]
		if !ok && sub.Type == Boolean { // primary: absent means false
			v, ok = false, e.Op != filter.Pr
		}
		if !ok {
			return holds(sub, nil, e)
		}
		return holds(sub, []any{v}, e)
	}
	return false
}

// values lists the values at a place: of a multi-valued attribute each.
func (p place) values(o Object) []any {
	if p.attr == nil {
		return nil
	}
	v, ok := p.container(o)[p.attr.Name]
	if !ok {
		return nil
	}
	all, multi := v.([]any)
	if !multi {
		all = []any{v}
	}
	if p.sub == nil {
		return all
	}
	var subs []any
	for _, one := range all {
		if inner, ok := one.(Object); ok {
			if v, ok := inner[p.sub.Name]; ok {
				subs = append(subs, v)
			}
		}
	}
	return subs
}

// holds compares; one value of several is enough. Without a value only ne, and
// eq with null, hold.
func holds(a *Attribute, values []any, c *filter.Compare) bool {
	null := c.Value.Kind == filter.Null
	switch {
	case c.Op == filter.Pr || c.Op == filter.Ne && null:
		return len(values) > 0
	case c.Op == filter.Eq && null:
		return len(values) == 0
	case len(values) == 0:
		return c.Op == filter.Ne
	}
	of := compared(a)
	for _, v := range values {
		if inner, ok := v.(Object); ok {
			if v, ok = inner["value"]; !ok {
				continue
			}
		}
		if compare(of, v, c) {
			return true
		}
	}
	return false
}

func compare(a *Attribute, v any, c *filter.Compare) bool {
	if b, ok := v.(bool); ok {
		return b == strings.EqualFold(c.Value.Text, "true") == (c.Op == filter.Eq)
	}
	left, _ := v.(string)
	right := c.Value.Text
	if a.Type == DateTime {
		l, errL := time.Parse(time.RFC3339, left)
		r, errR := time.Parse(time.RFC3339, right)
		if errL == nil && errR == nil {
			return ordered(c.Op, l.Compare(r))
		}
	}
	if !a.CaseExact {
		left, right = strings.ToLower(left), strings.ToLower(right)
	}
	switch c.Op {
	case filter.Co:
		return strings.Contains(left, right)
	case filter.Sw:
		return strings.HasPrefix(left, right)
	case filter.Ew:
		return strings.HasSuffix(left, right)
	}
	return ordered(c.Op, strings.Compare(left, right))
}

func ordered(op filter.Op, order int) bool {
	switch op {
	case filter.Eq:
		return order == 0
	case filter.Ne:
		return order != 0
	case filter.Gt:
		return order > 0
	case filter.Ge:
		return order >= 0
	case filter.Lt:
		return order < 0
	case filter.Le:
		return order <= 0
	}
	return false
}

func contains(values []any, v any) bool {
	for _, other := range values {
		if reflect.DeepEqual(other, v) {
			return true
		}
	}
	return false
}
