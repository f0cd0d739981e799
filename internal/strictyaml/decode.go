package strictyaml

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// NodeUnmarshaler is implemented by types that read themselves, such as one
// that takes a scalar as a short form of a map. The node may be Unresolved.
type NodeUnmarshaler interface {
	UnmarshalNode(n *Node) Errors
}

// Decode reads a node into the value that into points to and reports
// everything that does not fit. See Field for the tags of structs.
//
// Types are taken strictly: a number is not text. A time.Duration is read by
// ParseDuration, a time.Time as RFC 3339, an encoding.TextUnmarshaler as it
// reads text; a field of type *Node receives the
// node itself, one of type any its Any. Null stands for an empty list or map,
// for a struct without keys, and for a nil pointer to anything else.
//
// A scalar that is Unresolved fits every type: it leaves the value at zero
// (a pointer points to a zero value), but a string receives the text with its
// ${…}.
func Decode(n *Node, into any) Errors {
	d := decoder{fields: map[reflect.Type][]Field{}}
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return Errors{n.Errorf("cannot read YAML into a %T: want a pointer", into)}
	}
	if n.seen != nil {
		n.seen(target.Type().Elem())
	}
	d.decode(n, target.Elem(), nil)
	return d.errors.sorted()
}

type decoder struct {
	errors Errors
	fields map[reflect.Type][]Field
}

var (
	nodeType        = reflect.TypeFor[*Node]()
	unmarshalerType = reflect.TypeFor[NodeUnmarshaler]()
	durationType    = reflect.TypeFor[time.Duration]()
	timeType        = reflect.TypeFor[time.Time]()
	textType        = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func (d *decoder) fail(errs ...*Error) {
	room := max(0, maxErrors-len(d.errors))
	d.errors = append(d.errors, errs[:min(room, len(errs))]...)
}

// decode reads n into v, which must be settable. oneOf restricts texts.
func (d *decoder) decode(n *Node, v reflect.Value, oneOf []string) {
	t := v.Type()
	switch {
	case t == nodeType:
		v.Set(reflect.ValueOf(n))
	case t.Kind() == reflect.Pointer:
		d.pointer(n, v, oneOf)
	case reflect.PointerTo(t).Implements(unmarshalerType):
		if self, ok := v.Addr().Interface().(NodeUnmarshaler); ok {
			d.fail(self.UnmarshalNode(n)...)
		}
	case t.Kind() == reflect.Interface && t.NumMethod() == 0:
		if value := n.Any(); value != nil {
			v.Set(reflect.ValueOf(value))
		} else {
			v.SetZero()
		}
	case n.unresolved:
		if t.Kind() == reflect.String {
			v.SetString(n.text)
		}
	case t == durationType:
		d.duration(n, v)
	case t == timeType:
		d.time(n, v)
	case n.IsScalar() && n.kind != Null && reflect.PointerTo(t).Implements(textType):
		if self, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
			if err := self.UnmarshalText([]byte(n.text)); err != nil {
				d.fail(n.Errorf("%v", err))
			}
		}
	default:
		d.byKind(n, v, oneOf)
	}
}

func (d *decoder) byKind(n *Node, v reflect.Value, oneOf []string) {
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v)
	case reflect.Map:
		d.mapping(n, v, oneOf)
	case reflect.Slice:
		d.list(n, v, oneOf)
	case reflect.String:
		d.text(n, v, oneOf)
	case reflect.Bool:
		if n.kind != Bool {
			d.wrongType(n, v.Type())
			return
		}
		v.SetBool(n.value == true)
	default:
		d.number(n, v)
	}
}

func (d *decoder) pointer(n *Node, v reflect.Value, oneOf []string) {
	elem := v.Type().Elem()
	if n.kind == Null && elem.Kind() != reflect.Struct && !v.Type().Implements(unmarshalerType) {
		v.SetZero()
		return
	}
	made := reflect.New(elem)
	d.decode(n, made.Elem(), oneOf)
	v.Set(made)
}

func (d *decoder) structure(n *Node, v reflect.Value) {
	if n.kind != Map && n.kind != Null {
		d.wrongType(n, v.Type())
		return
	}
	fields, ok := d.fields[v.Type()]
	if !ok {
		fields = Fields(v.Type())
		d.fields[v.Type()] = fields
	}
	given := map[string]bool{}
	var meant []string // keys that an unknown one is a slip of
	for _, pair := range n.pairs {
		name := pair.Key.text
		at := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
		switch {
		case at >= 0:
			f := fields[at]
			given[name] = !(pair.Value.kind == Null && isContainer(f.Type))
			d.decode(pair.Value, v.FieldByIndex(f.Index), f.OneOf)
		case !pair.Key.unresolved:
			if near, ok := Nearest(name, names(fields)); ok {
				meant = append(meant, near)
			}
			d.fail(pair.Key.Errorf("unknown key %q%s", clip(name), suggest(name, "known keys", names(fields))))
		}
	}
	for _, f := range fields {
		if f.Required && !given[f.Name] && !slices.Contains(meant, f.Name) {
			d.fail(n.Errorf("the key %q is missing", f.Name))
		}
	}
}

// names lists the keys of a struct.
func names(fields []Field) []string {
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = f.Name
	}
	return all
}

func isContainer(t reflect.Type) bool { return t.Kind() == reflect.Slice || t.Kind() == reflect.Map }

func (d *decoder) mapping(n *Node, v reflect.Value, oneOf []string) {
	t := v.Type()
	switch {
	case t.Key().Kind() != reflect.String:
		d.fail(n.Errorf("cannot read YAML into a %s: keys are text", t))
		return
	case n.kind == Null:
		v.SetZero()
		return
	case n.kind != Map:
		d.wrongType(n, t)
		return
	}
	made := reflect.MakeMapWithSize(t, len(n.pairs))
	for _, pair := range n.pairs {
		value := reflect.New(t.Elem()).Elem()
		d.decode(pair.Value, value, oneOf)
		made.SetMapIndex(reflect.ValueOf(pair.Key.text).Convert(t.Key()), value)
	}
	v.Set(made)
}

func (d *decoder) list(n *Node, v reflect.Value, oneOf []string) {
	switch n.kind {
	case Null:
		v.SetZero()
	case List:
		made := reflect.MakeSlice(v.Type(), len(n.items), len(n.items))
		for i, item := range n.items {
			d.decode(item, made.Index(i), oneOf)
		}
		v.Set(made)
	default:
		d.wrongType(n, v.Type())
	}
}

func (d *decoder) text(n *Node, v reflect.Value, oneOf []string) {
	if n.kind != String {
		d.wrongType(n, v.Type())
		return
	}
	if len(oneOf) > 0 && !slices.Contains(oneOf, n.text) {
		d.fail(n.Errorf("unknown value %q%s", clip(n.text), suggest(n.text, "known values", oneOf)))
		return
	}
	v.SetString(n.text)
}

func (d *decoder) number(n *Node, v reflect.Value) {
	whole, isWhole := n.value.(int)
	fraction, isFraction := n.value.(float64)
	if isFraction && fraction == float64(int(fraction)) {
		whole, isWhole = int(fraction), true
	}
	fits := true
	switch {
	case v.CanFloat() && (n.kind == Int || n.kind == Float):
		if n.kind == Int {
			fraction = float64(whole)
		}
		v.SetFloat(fraction)
	case v.CanInt() && isWhole:
		if fits = !v.OverflowInt(int64(whole)); fits {
			v.SetInt(int64(whole))
		}
	case v.CanUint() && isWhole:
		if fits = whole >= 0 && !v.OverflowUint(uint64(whole)); fits {
			v.SetUint(uint64(whole))
		}
	default:
		d.wrongType(n, v.Type())
	}
	if !fits {
		d.fail(n.Errorf("the number %s is out of range", n.text))
	}
}

func (d *decoder) duration(n *Node, v reflect.Value) {
	if n.kind != String {
		err := n.Errorf("expected a duration such as 30s, 40m, 1h30m or 90d, got %s", describe(n))
		if n.kind == Int {
			err.Hint = fmt.Sprintf("which unit? write %[1]ss, %[1]sm, %[1]sh or %[1]sd", n.text)
		}
		d.fail(err)
		return
	}
	duration, err := ParseDuration(n.text)
	if err != nil {
		d.fail(n.Errorf("%s", err.Error()))
		return
	}
	v.SetInt(int64(duration))
}

func (d *decoder) time(n *Node, v reflect.Value) {
	at, err := time.Parse(time.RFC3339, n.text)
	if n.kind != String || err != nil {
		d.fail(n.Errorf("expected a time such as 2026-01-05T09:00:00Z (RFC 3339), got %s", describe(n)))
		return
	}
	v.Set(reflect.ValueOf(at))
}
