package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
)

// kind is a kind of things that have names.
type kind int

// The kinds.
const (
	users kind = iota
	groups
	apps
	accounts
	sets
	kinds // how many there are
)

func (k kind) String() string {
	return [kinds]string{"user", "group", "application", "account", "permission set"}[k]
}

// thing is something that the scenario names.
type thing struct {
	names []string         // the first is what it is called in messages
	node  *strictyaml.Node // where it comes from
	step  bool             // a step makes it

	gone  *strictyaml.Node // where it goes away; nil while it is there
	how   string           // it goes: deleted, renamed or purged
	later string           // what it is called after it was renamed
}

func (t *thing) is(name string, exactly bool) bool {
	return slices.ContainsFunc(t.names, func(own string) bool {
		return own == name || !exactly && strings.EqualFold(own, name)
	})
}

// names are the things of a scenario at one point of it. Going through its
// steps in order tells which names a step can use.
type names struct {
	things [kinds][]*thing
	// vague are the kinds of which there may be more than is known, because
	// a variable gives the name or because a mistake stands where one would be.
	vague [kinds]bool
	all   *names // everything that there is at any time; nil while that is found out

	steps bool // what comes now comes from a step
	errs  strictyaml.Errors
}

// add notes that there is a new thing. The first name is the one that must not
// be taken. A name that is not known makes the kind vague.
func (n *names) add(k kind, node *strictyaml.Node, own ...*strictyaml.Node) {
	t := &thing{node: node, step: n.steps}
	for i, name := range own {
		switch {
		case name != nil && name.IsScalar() && !name.Unresolved() && name.Text() != "":
			t.names = append(t.names, name.Text())
			if i == 0 {
				n.refuseSecond(k, name)
			}
		case i == 0 || name != nil:
			n.vague[k] = true
		}
	}
	if len(t.names) > 0 {
		n.things[k] = append(n.things[k], t)
	}
}

// refuseSecond reports a name that is taken, where names must differ. What
// stands above the steps is compared by the services themselves.
func (n *names) refuseSecond(k kind, name *strictyaml.Node) {
	if n.all == nil || !n.steps || k != users && k != sets {
		return
	}
	if other := n.find(k, name.Text(), true); other != nil {
		n.errs = append(n.errs, name.Errorf("there is a %s %q already, %s", k, name.Text(), placeFrom(name, other.node)))
	}
}

// find returns the thing of a name that is there, or that is gone.
func (n *names) find(k kind, name string, there bool) *thing {
	for _, t := range slices.Backward(n.things[k]) {
		if t.is(name, k != users) && (t.gone == nil) == there {
			return t
		}
	}
	return nil
}

// end notes that a thing goes away.
func (n *names) end(k kind, name string, node *strictyaml.Node, how string) *thing {
	t := n.find(k, name, true)
	if t != nil {
		t.gone, t.how = node, how
	}
	return t
}

// rename notes that a thing has another name from now on.
func (n *names) rename(k kind, name string, node, later *strictyaml.Node) {
	if later == nil {
		return
	}
	old := n.find(k, name, true)
	if old != nil && old.is(later.Text(), k != users) {
		return
	}
	n.add(k, later, later)
	if old != nil {
		old.gone, old.how, old.later = node, "renamed", later.Text()
	}
}

// check reports references to what is not there.
func (n *names) check(refs []reference) {
	for _, r := range refs {
		if e := n.mistake(r); e != nil {
			n.errs = append(n.errs, e)
		}
	}
}

// mistake says what is wrong with a reference; nil if nothing is.
func (n *names) mistake(r reference) *strictyaml.Error {
	var what []string
	for _, k := range r.kinds {
		switch {
		case r.when == "deleted" && n.find(k, r.name, false) != nil && n.find(k, r.name, false).how == "deleted":
			return nil
		case r.when != "deleted" && n.find(k, r.name, true) != nil:
			return nil
		case r.when == "ever" && n.all.ever(k, r.name):
			return nil
		}
		what = append(what, k.String())
	}
	if slices.ContainsFunc(r.kinds, func(k kind) bool { return n.vague[k] || r.when == "ever" && n.all.vague[k] }) {
		return nil
	}
	for _, k := range r.kinds {
		if e := n.untimely(r, k); e != nil {
			return e
		}
	}
	var known []string
	for _, k := range r.kinds {
		for _, t := range n.all.things[k] {
			known = append(known, t.names...)
		}
	}
	e := r.node.Errorf("unknown %s %q", strings.Join(what, " or "), r.name)
	if near, ok := strictyaml.Nearest(r.name, known); ok {
		e.Hint = "did you mean " + near + "?"
	} else if len(known) > 0 {
		e.Hint = "the scenario declares " + strings.Join(known[:min(len(known), 10)], ", ")
	} else {
		e.Hint = "the scenario declares no " + strings.Join(what, " or ")
	}
	return e
}

// ever reports whether there is such a thing at any time. Conditional Access
// takes names in any case.
func (n *names) ever(k kind, name string) bool {
	return slices.ContainsFunc(n.things[k], func(t *thing) bool { return t.is(name, false) })
}

// untimely explains a reference to what there is, but not at this point.
func (n *names) untimely(r reference, k kind) *strictyaml.Error {
	var e *strictyaml.Error
	there, gone := n.find(k, r.name, true), n.find(k, r.name, false)
	switch {
	case r.when == "deleted" && there != nil:
		e = r.node.Errorf("the %s %q is not deleted at this point", k, r.name)
		e.Hint = "deleteUser comes before restoreUser and purgeUser"
	case gone != nil:
		e = r.node.Errorf("the %s %q is gone at this point: it is %s %s", k, r.name, gone.how, placeFrom(r.node, gone.gone))
		if gone.later != "" {
			e.Hint = "it is called " + gone.later + " from then on"
		}
	default:
		for _, t := range n.all.things[k] {
			if t.step && t.is(r.name, k != users) {
				e = r.node.Errorf("there is no %s %q yet: it comes only %s", k, r.name, placeFrom(r.node, t.node))
				e.Hint = "move that step up, or declare the " + k.String() + " above the steps"
				return e
			}
		}
	}
	return e
}

// placeFrom says where a node is, for a message that stands at another.
func placeFrom(at, other *strictyaml.Node) string {
	pos := other.Pos()
	if pos.File == at.Pos().File {
		return fmt.Sprintf("on line %d", pos.Line)
	}
	return "at " + pos.String()
}
