package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
)

// Warnings are what is allowed but most likely not meant, such as a variable
// that nothing uses, in the order of positions.
func (s *Scenario) Warnings() strictyaml.Errors {
	errs := unusedVariables(s.file.Root(), true)
	for _, included := range s.included {
		if included.file != nil {
			errs = append(errs, unusedVariables(included.file.Root(), false)...)
		}
	}
	errs = append(errs, s.idleSteps()...)
	errs = append(errs, s.idleTags()...)
	errs = append(errs, s.looseVariables()...)
	errs = append(errs, s.strangers()...)
	return strictyaml.Join(errs)
}

// unusedVariables finds variables of a file that nothing in it uses. What steps
// of an included file save may be for the file that includes it.
func unusedVariables(root *strictyaml.Node, saves bool) strictyaml.Errors {
	used := make(map[string]bool)
	root.Interpolate(func(name string, _ strictyaml.Position) (any, bool, error) {
		used[name] = true
		return nil, false, nil
	})
	var errs strictyaml.Errors
	seen := make(map[string]bool)
	declared := func(n *strictyaml.Node, how string) {
		for _, pair := range n.Pairs() {
			if name := pair.Key.Text(); !used[name] && !seen[name] {
				seen[name] = true
				errs = append(errs, pair.Key.Errorf("the variable %q is %snever used", name, how))
			}
		}
	}
	declared(root.Get("vars"), "")
	for _, row := range root.Get("matrix").Items() {
		seen["name"] = seen["name"] || root.Get("vars").Get("name") == nil // of the row
		declared(row, "")
	}
	if saves {
		for _, step := range slices.Concat(root.Get("steps").Items(), root.Get("finally").Items()) {
			declared(step.Get("save"), "saved and ")
		}
	}
	return errs
}

// speaks are the verbs that fail by themselves when they do not succeed, so that
// they show something without an expect.
var speaks = map[string]bool{"aws": true, "connectProvisioning": true, "provision": true, "signIn": true}

// idleSteps finds steps that show nothing: observations that nobody looks at, and
// what is done last, after the last expectation.
func (s *Scenario) idleSteps() strictyaml.Errors {
	var errs strictyaml.Errors
	for _, st := range slices.Concat(s.steps, s.final) {
		if _, ok := st.action.(*observe); ok && st.expectations() == 0 && len(st.Save) == 0 {
			errs = append(errs, st.node.Errorf("nothing is done with what is observed: the step has no expect, until or save"))
		}
	}
	for _, st := range slices.Backward(s.steps) {
		if st.expectations() > 0 || speaks[st.verb] || len(st.Save) > 0 {
			break
		}
		if _, ok := st.action.(*observe); !ok {
			errs = append(errs, st.node.Errorf("nothing shows what comes of this: no expectation follows"))
		}
	}
	return errs
}

// idleTags finds tags that choose nothing: a step runs with its scenario anyway
// if they are the scenario's own.
func (s *Scenario) idleTags() strictyaml.Errors {
	var errs strictyaml.Errors
	for _, st := range slices.Concat(s.steps, s.final) {
		for _, tag := range st.node.Get("tags").Items() {
			if slices.Contains(s.Tags, tag.Text()) {
				errs = append(errs, tag.Errorf("the tag %q chooses nothing here: the scenario has it too", tag.Text()))
			}
		}
	}
	return errs
}

// looseVariables finds variables that are saved by a step which tags may leave
// out, and used by one that runs without it.
func (s *Scenario) looseVariables() strictyaml.Errors {
	var errs strictyaml.Errors
	saved := make(map[string][]string) // tags of the step that saves a variable; none: it has a value in any case
	for _, pair := range s.file.Root().Get("vars").Pairs() {
		saved[pair.Key.Text()] = nil
	}
	for _, st := range slices.Concat(s.steps, s.final) {
		if st.in == nil { // included files have variables of their own
			st.node.Interpolate(func(name string, at strictyaml.Position) (any, bool, error) {
				if tags := saved[name]; len(tags) > 0 && !slices.Equal(tags, st.Tags) {
					message := fmt.Sprintf("the variable %q is saved by a step with the tags %s: where --tags leaves that out, this one fails", name, strings.Join(tags, ", "))
					errs = append(errs, st.node.ErrorAt(at, message, "give both steps the same tags"))
				}
				return nil, false, nil
			})
		}
		for name := range st.Save {
			if tags, before := saved[name]; !before || len(tags) > 0 {
				saved[name] = st.Tags
			}
		}
	}
	return errs
}

// strangers finds names of users and groups of Identity Center that are slips of
// names which the scenario has. Which others there are, mappings decide.
func (s *Scenario) strangers() strictyaml.Errors {
	var known []string
	add := func(n *strictyaml.Node, key string) {
		if name := n.Get(key); name != nil && name.IsScalar() {
			known = append(known, name.Text())
		}
	}
	for _, things := range [][]*thing{s.names.things[users], s.names.things[groups]} {
		for _, t := range things {
			known = append(known, t.names...)
		}
	}
	var used []*strictyaml.Node
	use := func(nodes ...*strictyaml.Node) { used = append(used, nodes...) }
	for _, a := range s.doc.AWS.Assignments {
		use(a.node.Get("user"), a.node.Get("group"))
	}
	for _, st := range slices.Concat(s.steps, s.final) {
		at := argumentNode(st.action, st.filled.Get(st.verb))
		switch a := st.argument().(type) {
		case *awsCreateUser:
			add(at, "userName")
		case *awsCreateGroup:
			add(at, "displayName")
			use(at.Get("members").Items()...)
		case *awsUpdateUser:
			use(at.Get("user"))
			add(at.Get("set"), "userName")
		case *awsMembers:
			use(at.Get("group"))
			use(at.Get("members").Items()...)
		case *awsDeleteUser, *awsDeleteGroup, *awsEndSessions:
			use(at)
		case *awsAssign:
			use(a.node.Get("user"), a.node.Get("group"))
		}
	}
	var errs strictyaml.Errors
	for _, n := range used {
		if n == nil || n.Unresolved() || slices.ContainsFunc(known, func(name string) bool { return strings.EqualFold(name, n.Text()) }) {
			continue
		}
		if near, ok := strictyaml.Nearest(n.Text(), known); ok {
			errs = append(errs, n.Errorf("the scenario has no %q; did you mean %q?", n.Text(), near))
		}
	}
	return errs
}
