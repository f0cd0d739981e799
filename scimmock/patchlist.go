package scimmock

import (
	"slices"
	"strings"

	"github.com/idharness/harness/scimmock/document"
	"github.com/idharness/harness/sp/identitystore"
)

// list changes a multi-valued attribute. That at most one value remains is
// the store's rule.
func (p userPatch) list(u *identitystore.User, l list, op patchOp) error {
	t := op.target
	if t.subsub != "" {
		return op.cannot("at most one sub-attribute", "")
	}
	for _, sub := range []string{t.sub, filterAttr(t)} {
		if sub != "" && !l.has(sub) {
			return op.cannot("a sub-attribute of "+l.name+": "+strings.Join(l.subs, ", ")+" or primary", "")
		}
	}
	before, entries := l.get(u), l.get(u)
	unassign := op.op == opRemove || op.value.Kind == document.Null // one state, RFC 7643 section 2.5
	var err error
	switch {
	case unassign && op.op == opAdd: // adds nothing
	case unassign:
		entries = removed(entries, t)
	case t.filter == nil && t.sub == "":
		entries, err = p.values(entries, l, op)
	default:
		entries, err = p.within(entries, l, op)
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if l.name == "emails" && !e.primary && !p.profile.SecondaryEmail && !slices.Contains(before, e) {
			return op.cannot("an e-mail address that is marked primary", "the e-mail address must be marked primary")
		}
	}
	l.set(u, entries)
	return nil
}

func filterAttr(t target) string {
	if t.filter == nil {
		return ""
	}
	return t.filter.Attr.Name
}

// matches reports whether the path's filter selects a value. A boolean may be
// quoted: Entra sends roles[primary eq "True"].
func (t target) matches(e *entry) bool {
	if t.filter == nil {
		return true
	}
	if t.filter.Attr.Name == "primary" {
		return strings.EqualFold(t.filter.Value.Text, "true") == e.primary
	}
	return strings.EqualFold(*e.text(t.filter.Attr.Name), t.filter.Value.Text) // the schema's caseExact is false
}

// removed removes the selected values, or a sub-attribute of them; a value of
// which only its label is left goes altogether.
func removed(entries []entry, t target) []entry {
	var kept []entry
	for _, e := range entries {
		if t.matches(&e) {
			switch t.sub {
			case "":
				continue
			case "primary":
				e.primary = false
			default:
				*e.text(t.sub) = ""
			}
			if !e.hasContent() {
				continue
			}
		}
		kept = append(kept, e)
	}
	return kept
}

// values adds or replaces whole values. The value may be one object outside an
// array. Adding what is there already changes nothing (RFC 7644 section
// 3.5.2.1).
func (p userPatch) values(entries []entry, l list, op patchOp) ([]entry, error) {
	v := *op.value
	if v.Kind == document.Object {
		v = document.Value{Kind: document.Array, Path: v.Path, Items: []document.Value{v}}
	}
	given, err := p.entries(l, v)
	if err != nil {
		return nil, err
	}
	if op.op == opReplace {
		return given, nil
	}
	for _, e := range given {
		if !slices.Contains(entries, e) {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// within sets a sub-attribute of the selected values, or merges an object into
// them. Where the path selects none it makes one: Entra counts on that, for
// add and for replace (RFC 7644 erratum 8097). An e-mail address made so
// becomes primary, as every e-mail address must be and as no other operation
// says so.
func (p userPatch) within(entries []entry, l list, op patchOp) ([]entry, error) {
	t := op.target
	found := false
	for i := range entries {
		if t.matches(&entries[i]) {
			found = true
			if err := p.into(&entries[i], l, op); err != nil {
				return nil, err
			}
		}
	}
	if found {
		return entries, nil
	}
	e := entry{primary: l.name == "emails"}
	if t.filter != nil {
		if t.filter.Attr.Name == "primary" {
			e.primary = strings.EqualFold(t.filter.Value.Text, "true")
		} else {
			*e.text(t.filter.Attr.Name) = t.filter.Value.Text
		}
	}
	if err := p.into(&e, l, op); err != nil {
		return nil, err
	}
	return append(entries, e), nil
}

func (p userPatch) into(e *entry, l list, op patchOp) error {
	if op.target.sub == "" {
		return p.entry(e, l, *op.value)
	}
	return p.sub(e, l, op.target.sub, *op.value)
}
