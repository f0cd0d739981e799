package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/strictyaml"
)

// checkStep reports what is wrong with the configuration that a step brings.
func (s *Scenario) checkStep(st *step) strictyaml.Errors {
	return strictyaml.Join(s.checkArgument(st), checkResult(st))
}

func (s *Scenario) checkArgument(st *step) strictyaml.Errors {
	switch a := st.argument().(type) {
	case *entraCreateApp:
		return s.checkApp(a.appConfig, st.broken)
	case *awsCreatePermissionSet:
		if isKnown(a.node) && !st.broken.in(a.node) && st.Expect.Get("refused") == nil {
			return s.checkSet(a.PermissionSet, a.node)
		}
	case *fault:
		return s.checkOperation(a, st)
	case *entraAssign:
		if a.assign && !s.changesRoles() && st.Expect.Get("refused") == nil {
			return checkRole(s.app(a.App.Name), a.Role, argumentNode(st.action, st.filled.Get(st.verb)).Get("role"))
		}
	case *setMappings:
		if isKnown(a.node) && !st.broken.in(a.node) {
			return s.checkSettings(a.node, provisioning.Settings{Users: a.Users, Groups: a.Groups}, s.template(a.App.Name))
		}
	}
	return nil
}

// changesRoles reports whether steps may change the roles of applications.
func (s *Scenario) changesRoles() bool {
	return slices.ContainsFunc(slices.Concat(s.steps, s.final), func(st *step) bool {
		a, ok := st.argument().(*updateApp)
		return ok && (a.Set.Get("appRoles") != nil || !isKnown(a.Set))
	})
}

func (e entraSide) apps() []appConfig {
	if e.App != nil {
		return append([]appConfig{*e.App}, e.Apps...)
	}
	return e.Apps
}

// checkTop reports what can be known to fail before anything runs, by making
// the tenant's directory and the claims of its applications.
func (s *Scenario) checkTop(mistaken places) strictyaml.Errors {
	var errs strictyaml.Errors
	d := directory.New(clock.Frozen(clockStart), ids.New(1), cmp.Or(s.doc.Entra.Tenant.Domain, "contoso.example"))
	for _, u := range s.doc.Entra.Users {
		if u.node == nil || mistaken.in(u.node) || !isKnown(u.node) {
			continue
		}
		if _, err := d.CreateUser(u.User); err != nil {
			errs = append(errs, explain(u.node, "userPrincipalName", err))
		}
	}
	for _, g := range s.doc.Entra.Groups {
		if g.node == nil || mistaken.in(g.node) || !isKnown(g.node) {
			continue
		}
		if _, err := d.CreateGroup(g.Group); err != nil {
			errs = append(errs, explain(g.node, "displayName", err))
		}
	}
	for _, a := range s.doc.Entra.apps() {
		errs = append(errs, s.checkApp(a, mistaken)...)
	}
	return errs
}

// app returns an application of the file, by default the first; nil if there is
// none.
func (s *Scenario) app(name string) *appConfig {
	for _, a := range s.doc.Entra.apps() {
		if name == "" || a.Name == name {
			return &a
		}
	}
	return nil
}

func (s *Scenario) template(name string) string {
	if a := s.app(name); a != nil {
		return string(a.Template)
	}
	return ""
}

// checkApp reports what is wrong with an application in itself. What a variable
// that is not known yet will say shows when the step runs.
func (s *Scenario) checkApp(a appConfig, mistaken places) strictyaml.Errors {
	if a.node == nil || !isKnown(a.node) || mistaken.in(a.node) {
		return nil
	}
	errs := s.mistakes(a.node, a.ApplicationConfig.Validate())
	if a.Provisioning != nil {
		errs = append(errs, s.checkProvisioning(a.Provisioning, string(a.Template))...)
	}
	for i, as := range a.Assignments {
		errs = append(errs, checkRole(&a, as.Role, a.node.Get("assignments").Items()[i].Get("role"))...)
	}
	return errs
}

// isKnown reports whether a node holds no variable that a step has yet to save.
func isKnown(n *strictyaml.Node) bool {
	for _, pair := range n.Pairs() {
		if pair.Key.Unresolved() || !isKnown(pair.Value) {
			return false
		}
	}
	return !n.Unresolved() && !slices.ContainsFunc(n.Items(), func(item *strictyaml.Node) bool { return !isKnown(item) })
}

// explain places an error at a key of a node, or at the node if it has no such
// key.
func explain(n *strictyaml.Node, key string, err error) *strictyaml.Error {
	if at := n.Get(key); at != nil {
		n = at
	}
	return n.Errorf("%v", err)
}

// mistakes places what an application's configuration reports by JSON path.
func (s *Scenario) mistakes(n *strictyaml.Node, err error) strictyaml.Errors {
	if err == nil {
		return nil
	}
	var list claims.Mistakes
	if !errors.As(err, &list) {
		if why, ok := refusal.From(err); ok {
			return strictyaml.Errors{s.errorAt(n, why.Where, fmt.Sprintf("%s Expected %s, got %s.", why.Message, why.Expected, why.Got), why.Hint)}
		}
		return strictyaml.Errors{n.Errorf("%v", err)}
	}
	var errs strictyaml.Errors
	for _, m := range list {
		errs = append(errs, s.errorAt(n, m.Path, m.Problem, m.Hint))
	}
	return errs
}

// errorAt places a mistake that is known by its JSON path below a node.
func (s *Scenario) errorAt(n *strictyaml.Node, path, message, hint string) *strictyaml.Error {
	pos, _ := strictyaml.PathPos(n, path) // the nearest place where the path itself is not in the file
	return n.ErrorAt(pos, message, hint)
}
