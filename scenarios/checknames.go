package scenarios

import (
	"slices"

	"github.com/idharness/harness/internal/strictyaml"
)

// checkNames goes through the scenario in order, twice: to learn what there is
// at any time, and to compare what each step refers to with what there is then.
// filled is the document with its variables; hidden says that a mistake hides
// some of it.
func (s *Scenario) checkNames(filled *strictyaml.Node, mistaken places, hidden bool) strictyaml.Errors {
	all := &names{}
	s.declareTop(all, filled, mistaken, hidden)
	s.walk(all, nil)
	s.names = all
	n := &names{all: all}
	s.declareTop(n, filled, mistaken, hidden)
	n.check(references(s.doc))
	s.walk(n, func(st *step) { n.check(references(st.argument())) })
	return n.errs
}

// walk goes through the steps: before, if it is not nil, is called before each
// of them takes effect.
func (s *Scenario) walk(n *names, before func(*step)) {
	n.steps = true
	for _, st := range slices.Concat(s.steps, s.final) {
		known := len(n.errs)
		if before != nil {
			before(st)
		}
		if st.argument() == nil { // a mistake: it could do anything
			n.blur(users, groups, apps, accounts, sets)
		} else if d, ok := st.argument().(declarer); ok {
			d.declare(n)
		}
		copy(n.errs[known:], st.in.explain(n.errs[known:]))
	}
}

// blur makes kinds vague.
func (n *names) blur(which ...kind) {
	for _, k := range which {
		n.vague[k] = true
	}
}

// declareTop notes what the file declares above its steps.
func (s *Scenario) declareTop(n *names, root *strictyaml.Node, mistaken places, hidden bool) {
	if hidden {
		n.blur(users, groups, apps, accounts, sets)
	}
	entra, aws := root.Get("entra"), root.Get("identityCenter")
	if isBroken(entra, strictyaml.Map, mistaken) {
		n.blur(users, groups, apps)
	}
	if isBroken(aws, strictyaml.Map, mistaken) {
		n.blur(accounts, sets)
	}
	for _, list := range []struct {
		of   *strictyaml.Node
		key  string
		kind kind
	}{{entra, "users", users}, {entra, "groups", groups}, {entra, "apps", apps}, {aws, "accounts", accounts}, {aws, "permissionSets", sets}} {
		if isBroken(list.of.Get(list.key), strictyaml.List, nil) {
			n.blur(list.kind)
		}
	}
	for _, u := range s.doc.Entra.Users {
		u.declare(n)
	}
	for _, g := range s.doc.Entra.Groups {
		g.declare(n)
	}
	for _, a := range s.doc.Entra.apps() {
		a.declare(n)
	}
	for _, a := range aws.Get("accounts").Items() {
		n.add(accounts, a, a.Get("id"), a.Get("name"))
	}
	for _, p := range aws.Get("permissionSets").Items() {
		declareSet(n, p)
	}
}

func (u userConfig) declare(n *names) {
	n.add(users, u.node, u.node.Get("userPrincipalName"), u.node.Get("id"))
}

func (g groupConfig) declare(n *names) {
	n.add(groups, g.node, g.node.Get("displayName"), g.node.Get("id"))
}

func (a appConfig) declare(n *names) {
	name := a.node.Get("name")
	if name == nil && a.Name != "" {
		name = a.node.WithValue(a.Name) // of the template
	}
	n.add(apps, a.node, name, a.node.Get("appId"))
}

// isBroken reports whether a value is of another kind than it must be, or has a
// key that is a mistake.
func isBroken(n *strictyaml.Node, want strictyaml.Kind, mistaken places) bool {
	if n == nil || n.Kind() == strictyaml.Null && !n.Unresolved() {
		return false
	}
	return n.Kind() != want || slices.ContainsFunc(n.Pairs(), func(p strictyaml.Pair) bool { return mistaken[p.Key.Pos()] })
}

// lacks reports whether a map has no such key, nor one that may be meant by it.
func lacks(n *strictyaml.Node, key string) bool {
	return n.Kind() == strictyaml.Map && n.Get(key) == nil && !slices.ContainsFunc(n.Pairs(), func(p strictyaml.Pair) bool {
		_, near := strictyaml.Nearest(p.Key.Text(), []string{key})
		return near
	})
}
