package scenarios

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/idharness/harness"
	"github.com/idharness/harness/internal/strictyaml"
)

// targetsConfig names the real systems that take the place of a mock.
type targetsConfig struct {
	ServiceProvider  *serviceProviderTarget  `yaml:"serviceProvider" doc:"A real service provider, at which Entra signs people in."`
	IdentityProvider *identityProviderTarget `yaml:"identityProvider" doc:"A real identity provider, which signs people in at Identity Center."`
	SCIM             *scimTarget             `yaml:"scim" doc:"A real SCIM server, into which Entra provisions."`
}

// serviceProviderTarget takes one page for a list of one.
type serviceProviderTarget struct {
	harness.ServiceProviderTarget
	Form signInPages `yaml:"form" doc:"A page of its own that it shows on the way, such as one that asks for the mail address, or a list of pages; each is filled in once."`
}

// identityProviderTarget takes one page for a list of one.
type identityProviderTarget struct {
	harness.IdentityProviderTarget
	Form signInPages `yaml:"form" doc:"The page that asks for name and password, or a list of pages; each is filled in once."`
}

type signInPages []harness.SignInPage

// UnmarshalNode reads a page or a list of them.
func (p *signInPages) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	if n.Kind() == strictyaml.Map {
		var one harness.SignInPage
		errs := strictyaml.Decode(n, &one)
		*p = signInPages{one}
		return errs
	}
	return strictyaml.Decode(n, (*[]harness.SignInPage)(p))
}

type scimTarget struct {
	harness.SCIMTarget
	Profile serverProfile `yaml:"profile" doc:"What the server is like: rfc, or knobs of provisioning."`
}

// serverProfile is the name of a profile, or its knobs.
type serverProfile struct{ harness.ServerProfile }

// profileRFC is the name of [harness.RFCServer].
const profileRFC = "rfc"

// UnmarshalNode reads a name or knobs.
func (p *serverProfile) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	if n.Kind() != strictyaml.String {
		return strictyaml.Decode(n, &p.ServerProfile)
	}
	var name string
	if errs := strictyaml.Decode(n, &name); len(errs) > 0 || n.Unresolved() {
		return errs
	}
	if name != profileRFC {
		e := n.Errorf("there is no profile %q", name)
		e.Hint = "there is " + profileRFC + ", or a map of knobs such as {compliant: true}"
		return strictyaml.Errors{e}
	}
	p.ServerProfile = harness.RFCServer()
	return nil
}

// targets returns what the harness takes.
func (c targetsConfig) targets() harness.Targets {
	var t harness.Targets
	if c.ServiceProvider != nil {
		t.ServiceProvider = &c.ServiceProvider.ServiceProviderTarget
		t.ServiceProvider.Form = c.ServiceProvider.Form
	}
	if c.IdentityProvider != nil {
		t.IdentityProvider = &c.IdentityProvider.IdentityProviderTarget
		t.IdentityProvider.Form = c.IdentityProvider.Form
	}
	if c.SCIM != nil {
		t.SCIM = &c.SCIM.SCIMTarget
		t.SCIM.Profile = c.SCIM.Profile.ServerProfile
	}
	return t
}

// checkTargets reports what is wrong with the targets in themselves, and what
// makes no sense beside them.
func (s *Scenario) checkTargets(mistaken places) strictyaml.Errors {
	n := s.targetsNode
	if n == nil || mistaken.in(n) {
		return nil
	}
	for _, st := range slices.Concat(s.steps, s.final) {
		s.free(st.argument())
	}
	if at := unresolved(n); at != nil {
		if s.varsWrong {
			return nil // it is not known for a reason that is told
		}
		e := at.Errorf("targets cannot use what a step saves: they are set up before the first step")
		e.Hint = "use vars, --var or ${env:NAME}"
		return strictyaml.Errors{e}
	}
	s.doc.Targets.rebase(filepath.Dir(s.Path))
	s.needs(s.doc.Targets.files()...)
	return append(s.targetErrors(n, s.doc.Targets.targets().Validate()), s.checkAbsent()...)
}

// targetErrors places the mistakes of targets.
func (s *Scenario) targetErrors(n *strictyaml.Node, err error) strictyaml.Errors {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	var errs strictyaml.Errors
	for _, err := range list {
		var mistake *harness.TargetError
		switch {
		case err == nil:
		case errors.As(err, &mistake):
			errs = append(errs, s.errorAt(n, pathOf(n, mistake), mistake.Problem(), ""))
		default:
			errs = append(errs, n.Errorf("%v", err))
		}
	}
	return errs
}

// mistakeOf places what went wrong in a step: at the setting of a target where
// that is to blame.
func (s *Scenario) mistakeOf(st *step, err error) *strictyaml.Error {
	var mistake *harness.TargetError
	if errors.As(err, &mistake) && s.targetsNode != nil {
		return s.errorAt(s.targetsNode, pathOf(s.targetsNode, mistake), st.title()+": "+mistake.Problem(), "")
	}
	return st.node.Errorf("%s: %v", st.title(), err)
}

// pathOf is where a mistake stands below targets: one page needs no list.
func pathOf(n *strictyaml.Node, mistake *harness.TargetError) string {
	if target := n.Get(mistake.Target); target != nil && target.Get("form") != nil && target.Get("form").Kind() == strictyaml.Map {
		return strings.Replace(mistake.Path(), "form[0]", "form", 1)
	}
	return mistake.Path()
}

// unresolved finds a variable in a node that a step has yet to save.
func unresolved(n *strictyaml.Node) *strictyaml.Node {
	if n.Unresolved() {
		return n
	}
	for _, pair := range n.Pairs() {
		if at := unresolved(pair.Value); at != nil {
			return at
		}
	}
	for _, item := range n.Items() {
		if at := unresolved(item); at != nil {
			return at
		}
	}
	return nil
}

// reach asks the targets for an answer before the first step: a target that
// gives none is no failure of what is tested.
func (s *Scenario) reach(ctx context.Context, h *harness.Harness) error {
	if err := h.CheckTargets(ctx); err != nil {
		return s.targetErrors(s.targetsNode, err).Err()
	}
	return nil
}

// secretsOfTargets lists what no report may show of the targets.
func secretsOfTargets(n *strictyaml.Node) []string {
	if n == nil {
		return nil
	}
	found := secretsIn(n.Any())
	for _, target := range n.Pairs() {
		headers := target.Value.Get("headers")
		if headers == nil {
			continue
		}
		for _, header := range headers.Pairs() {
			name := strings.ToLower(header.Key.Text())
			if slices.ContainsFunc([]string{"secret", "token", "key", "auth", "password", "credential", "cookie"}, func(word string) bool { return strings.Contains(name, word) }) {
				found = append(found, header.Value.Text())
			}
		}
	}
	return found
}

// free takes the names of people from what is held against the directory: with
// a real identity provider they are its own.
func (s *Scenario) free(a action) {
	if s.doc.Targets.IdentityProvider == nil {
		return
	}
	switch a := a.(type) {
	case *signIn:
		a.User.node = nil
	case *signOut:
		a.User.node = nil
	}
}
