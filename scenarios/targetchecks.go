package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/idharness/harness"
	"github.com/idharness/harness/internal/strictyaml"
)

// absence is what a target leaves without a part in the scenario.
type absence struct {
	scenario *Scenario
	apps     []string // names of the applications
	errs     strictyaml.Errors
}

// checkAbsent reports what makes no sense beside a target: state of a mock that
// nothing reaches any more, and steps that change it.
func (s *Scenario) checkAbsent() strictyaml.Errors {
	a := &absence{scenario: s}
	targets := s.doc.Targets
	for _, app := range s.doc.Entra.apps() {
		a.apps = append(a.apps, app.Name)
	}
	for _, st := range s.steps {
		if made, ok := st.argument().(*entraCreateApp); ok {
			a.apps = append(a.apps, made.Name)
		}
	}
	if t := targets.ServiceProvider; t != nil {
		at := s.targetsNode.Get("serviceProvider")
		switch {
		case len(a.apps) == 0:
			a.wrong(at, "declare one under entra.app", "no application stands for the service provider")
		case t.App != "" && !slices.Contains(a.apps, t.App):
			hint := "the scenario declares " + strings.Join(a.apps, ", ")
			if near, ok := strictyaml.Nearest(t.App, a.apps); ok {
				hint = "did you mean " + near + "?"
			}
			a.wrong(at.Get("app"), hint, "unknown application %q", t.App)
		}
	}
	a.top(targets)
	for _, st := range slices.Concat(s.steps, s.final) {
		switch {
		case targets.IdentityProvider != nil:
			a.withoutEntra(st)
		case a.withoutPortal(targets):
			a.atServiceProvider(st)
		}
		if targets.SCIM != nil {
			a.atSCIMServer(st)
		}
	}
	return a.errs
}

// withoutPortal tells whether the service provider is everybody's: with another
// application Identity Center keeps a part.
func (a *absence) withoutPortal(t targetsConfig) bool {
	return t.ServiceProvider != nil && len(a.apps) == 1
}

// wrong enters a mistake, with what to do.
func (a *absence) wrong(n *strictyaml.Node, hint, format string, args ...any) {
	e := n.Errorf(format, args...)
	e.Hint = hint
	a.errs = append(a.errs, e)
}

const (
	noEntra  = "targets.identityProvider stands in the place of Entra"
	noPortal = "targets.serviceProvider stands in the place of Identity Center's sign-in"
	noSCIM   = "targets.scim stands in the place of Identity Center's SCIM endpoint"
)

// top looks at what stands above the steps.
func (a *absence) top(targets targetsConfig) {
	root := a.scenario.file.Root()
	if at := root.Get("clock"); at != nil && (targets.ServiceProvider != nil || targets.IdentityProvider != nil) {
		a.wrong(at, "leave it out: Entra and Identity Center then begin at the real time, and advance moves them on", "clock stands still, and the target has the time of its own: what the one signs has expired for the other, or is not valid yet")
	}
	below := func(section, because, hint string, keys ...string) {
		for _, pair := range root.Get(section).Pairs() {
			if len(keys) == 0 || slices.Contains(keys, pair.Key.Text()) {
				a.wrong(pair.Key, hint, "%s.%s has no part in this scenario: %s", section, pair.Key.Text(), because)
			}
		}
	}
	if root.Get("entra") != nil && targets.IdentityProvider != nil {
		below("entra", noEntra, "people are the identity provider's own; those of Identity Center are made with identityCenter: {createUser: …}")
	}
	if root.Get("identityCenter") != nil {
		if a.withoutPortal(targets) {
			below("identityCenter", noPortal, "", "accounts", "permissionSets", "assignments", "additionalRegions", "portalAlias", "choices")
		}
		if targets.SCIM != nil {
			below("identityCenter", noSCIM, "what the server is like stands under targets.scim.profile", "scim")
		}
	}
	if targets.SCIM == nil {
		return
	}
	for _, app := range a.scenario.doc.Entra.apps() {
		if app.Provisioning != nil && app.Provisioning.Target != nil {
			a.wrong(app.Provisioning.node.Get("target"), "leave one of the two out", "the application has a SCIM server of its own beside targets.scim")
		}
	}
}

// withoutEntra looks at a step beside a real identity provider.
func (a *absence) withoutEntra(st *step) {
	verb, at := st.node.Get(st.verb), st.node
	if verb != nil {
		at = verb
	}
	switch x := st.action.(type) {
	case *provision, *connectProvisioning:
		a.wrong(st.node, "what the identity provider provisions, it provisions itself; scim sends requests to the endpoint", "%s is for Entra, and %s", st.verb, noEntra)
	case *exchangeMetadata:
		if x.App.Name != "" {
			a.wrong(at.Get("app"), "leave it out", "there is no application: %s", noEntra)
		}
	case *admin:
		if st.verb == "entra" {
			a.wrong(st.node, "", "entra has no part in this scenario: %s", noEntra)
		}
	case *fault:
		if x.At == "entra.signIn" {
			a.wrong(at.Get("at"), "", "there is no sign-in at Entra: %s", noEntra)
		}
	case *observe:
		if strings.HasPrefix(x.what, "entra.") {
			a.wrong(at, "observe what came of it: identityCenter.… or trace", "there is no %s: %s", x.what, noEntra)
		}
	case *signOut:
		if x.Start == "entra" {
			a.wrong(at.Get("start"), "", "there is no Entra to sign out from: %s", noEntra)
		}
	case *signIn:
		if x.Start == harness.StartMyApps {
			a.wrong(at.Get("start"), "name the address at the identity provider, or leave start out for the portal", "there is no My Apps: %s", noEntra)
		}
		for _, key := range []string{"app", "mfa", "newPassword", "staySignedIn"} {
			if given := at.Get(key); given != nil {
				a.wrong(given, "what its pages ask for stands under targets.identityProvider.form", "%s is for Entra's pages, and %s", key, noEntra)
			}
		}
		if a.scenario.doc.Targets.targets().IdentityProvider.AsksForPassword() && at.Get("password") == nil {
			a.wrong(at, `add password: "${env:NAME}"`, "the identity provider's form asks for a password, and only Entra's users have one of their own")
		}
	}
}

// identityCenterUsers are the actions of Identity Center that have sense without
// its sign-in.
var identityCenterUsers = []string{"createUser", "updateUser", "deleteUser", "createGroup", "deleteGroup", "addMembers", "removeMembers", "createToken", "deleteToken", "disableProvisioning"}

// atServiceProvider looks at a step beside a real service provider.
func (a *absence) atServiceProvider(st *step) {
	at := st.node.Get(st.verb)
	switch x := st.action.(type) {
	case *admin:
		if st.verb == "identityCenter" && !slices.Contains(identityCenterUsers, x.name) {
			a.wrong(st.node, "", "%s has no part in this scenario: %s", x.name, noPortal)
		}
	case *awsRequest:
		if x.Service != "identitystore" {
			a.wrong(at.Get("service"), "", "%s has no part in this scenario: %s", x.Service, noPortal)
		}
	case *observe:
		if slices.Contains([]string{"identityCenter.identitySource", "identityCenter.assignments", "identityCenter.permissionSets", "identityCenter.sessions", "identityCenter.events"}, x.what) {
			a.wrong(at, "what the service provider shows is the result of signIn, under page", "nothing happens at %s: %s", x.what, noPortal)
		}
	case *signOut:
		if x.Start != "entra" {
			a.wrong(st.node, "say start: entra, or call the service provider's own sign-out with http", "signOut begins at the access portal, and %s", noPortal)
		}
	case *signIn:
		if x.Start == harness.StartPortal {
			a.wrong(at.Get("start"), "leave start out for targets.serviceProvider.start, or say myApps or a URL", "there is no portal to start at: %s", noPortal)
		}
		for _, key := range []string{"console", "role", "consent"} {
			if given := at.Get(key); given != nil {
				a.wrong(given, "", "%s is for AWS, and %s", key, noPortal)
			}
		}
	}
}

// atSCIMServer looks at a step beside a real SCIM server.
func (a *absence) atSCIMServer(st *step) {
	at := st.node.Get(st.verb)
	switch x := st.action.(type) {
	case *awsRequest:
		if x.Service == "identitystore" {
			a.wrong(at.Get("service"), "read the target: scim: {path: /Users}", "nothing is provisioned to the identity store: %s", noSCIM)
		}
	case *observe:
		if slices.Contains([]string{"identityCenter.users", "identityCenter.groups", "identityCenter.scimFaults"}, x.what) {
			hint := "read the target: scim: {path: /Users}"
			if x.what == "identityCenter.groups" {
				hint = "read the target: scim: {path: /Groups}"
			}
			a.wrong(at, hint, "nothing is provisioned to %s: %s", x.what, noSCIM)
		}
	case *fault:
		if x.At == "scim" {
			a.wrong(at.Get("at"), "faults can be armed in the mock's endpoint only", "there is no request to meet: %s", noSCIM)
		}
	case *admin:
		if st.verb == "identityCenter" && slices.Contains([]string{"createToken", "deleteToken", "disableProvisioning"}, x.name) {
			a.wrong(st.node, fmt.Sprintf("the token of the server stands under targets.scim; another one is entered with connectProvisioning: {token: …}, not with %s", x.name), "%s has no effect on the server: %s", x.name, noSCIM)
		}
	}
}
