package scenarios

import (
	"context"
	"fmt"
	"slices"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/scenarios/matching"
	"github.com/idharness/harness/scimmock"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

// observe reads a piece of state.
type observe struct{ what string }

// observation is a piece of state, and what it looks like.
type observation struct {
	look  func(*running) (any, error)
	shape matching.Shape
}

// seen makes an observation of what a function returns.
func seen[T any](look func(*running) (T, error)) observation {
	return observation{func(r *running) (any, error) { return look(r) }, shape[T]()}
}

// observations are the pieces of state that a scenario can look at.
var observations = map[string]observation{
	"entra.users":                   seen(func(r *running) ([]directory.User, error) { return r.directory().Users(), nil }),
	"entra.groups":                  seen(entraGroups),
	"entra.apps":                    seen(entraApps),
	"entra.endpoints":               seen(entraEndpoints),
	"entra.notifications":           seen(func(r *running) ([]idp.Notification, error) { return r.h.Entra.Notifications(), nil }),
	"entra.provisioningLinks":       seen(provisioningLinks),
	"entra.provisioningLog":         seen(provisioningLog),
	"entra.provisioningAudit":       seen(provisioningAudit),
	"entra.provisioningStatus":      seen(provisioningStatus),
	"entra.quarantine":              seen(quarantine),
	"identityCenter.endpoints":      seen(awsEndpoints),
	"identityCenter.identitySource": seen(func(r *running) (sp.Source, error) { return r.h.IdentityCenter.Source(), nil }),
	"identityCenter.users":          seen(func(r *running) ([]identitystore.User, error) { return r.h.IdentityCenter.Store().Users(), nil }),
	"identityCenter.groups":         seen(awsGroups),
	"identityCenter.assignments":    seen(awsAssignments),
	"identityCenter.permissionSets": seen(awsPermissionSets),
	"identityCenter.scimFaults":     seen(func(r *running) ([]scimmock.ArmedFault, error) { return r.h.SCIM.Faults(), nil }),
	"identityCenter.sessions":       seen(func(r *running) ([]sp.PortalSession, error) { return r.h.IdentityCenter.PortalSessions(), nil }),
	"identityCenter.tokens":         seen(func(r *running) ([]identitystore.Token, error) { return r.h.IdentityCenter.Store().Tokens(), nil }),
	"identityCenter.events":         seen(func(r *running) ([]sp.Event, error) { return r.h.IdentityCenter.Events(), nil }),
	"trace":                         seen(func(r *running) ([]trace.Exchange, error) { return r.h.Trace(), nil }),
}

// UnmarshalNode reads the name, which is the whole argument.
func (o *observe) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	errs := strictyaml.Decode(n, &o.what)
	if len(errs) > 0 || n.Unresolved() {
		return errs
	}
	if _, ok := observations[o.what]; !ok {
		var known []string
		for name := range observations {
			known = append(known, name)
		}
		e := n.Errorf("there is nothing called %q to observe", o.what)
		e.Hint = "there are " + join(known)
		if near, ok := strictyaml.Nearest(o.what, known); ok {
			e.Hint = "did you mean " + near + "?"
		}
		errs = append(errs, e)
	}
	return errs
}

func (o *observe) run(_ context.Context, r *running) (outcome, error) {
	state, err := observations[o.what].look(r)
	if err != nil {
		return outcome{}, err
	}
	plain, err := strictyaml.Plain(state)
	if err != nil {
		return outcome{}, fmt.Errorf("observe %s: %w", o.what, err)
	}
	if plain == nil {
		plain = []any{} // an empty list, however Go spells it
	}
	account := o.what
	if list, ok := plain.([]any); ok {
		account = fmt.Sprintf("%s: %d", o.what, len(list))
	}
	return outcome{Result: plain, Account: []string{account}}, nil
}

type observedGroup struct {
	directory.Group
	Members []string `json:"members"`
}

func entraGroups(r *running) ([]observedGroup, error) {
	var out []observedGroup
	for _, g := range r.directory().Groups() {
		entry := observedGroup{Group: g, Members: []string{}}
		for _, m := range r.directory().Members(g.ID) {
			if u, ok := r.directory().User(m.ID); ok && m.Kind == directory.KindUser {
				entry.Members = append(entry.Members, u.UserPrincipalName)
			} else if inner, ok := r.directory().Group(m.ID); ok {
				entry.Members = append(entry.Members, inner.DisplayName)
			}
		}
		slices.Sort(entry.Members)
		out = append(out, entry)
	}
	return out, nil
}

// observedApp is an application with its certificates.
type observedApp struct {
	idp.ApplicationConfig
	Certificates []idp.Certificate `json:"certificates"`
}

func entraApps(r *running) ([]observedApp, error) {
	var out []observedApp
	for _, app := range r.h.Entra.Apps() {
		out = append(out, observedApp{app.Config(), app.Certificates()})
	}
	return out, nil
}

func provisioningLog(r *running) ([]provisioning.LogEntry, error) {
	app, err := r.app("")
	if err != nil {
		return nil, err
	}
	return app.Provisioning().Log(), nil
}

// observedQuarantine is the quarantine, if the job is in one.
type observedQuarantine struct {
	InQuarantine bool `json:"inQuarantine"`
	*provisioning.Quarantine
}

func quarantine(r *running) (observedQuarantine, error) {
	app, err := r.app("")
	if err != nil {
		return observedQuarantine{}, err
	}
	if q, inQuarantine := app.Provisioning().Quarantine(); inQuarantine {
		return observedQuarantine{true, &q}, nil
	}
	return observedQuarantine{}, nil
}

// observedAWSGroup is a SCIM resource, with the members that SCIM never shows.
type observedAWSGroup struct {
	identitystore.GroupResource
	Members []string `json:"members"`
}

func awsGroups(r *running) ([]observedAWSGroup, error) {
	store := r.h.IdentityCenter.Store()
	var out []observedAWSGroup
	for _, g := range store.Groups() {
		members := []string{}
		for _, id := range store.Members(g.ID) {
			if u, ok := store.User(id); ok {
				members = append(members, u.UserName)
			}
		}
		slices.Sort(members)
		out = append(out, observedAWSGroup{g.Resource(), members})
	}
	return out, nil
}

// observedAssignment is a bound assignment, with names instead of ids.
type observedAssignment struct {
	PrincipalID   string `json:"principalId"`
	PrincipalType string `json:"principalType" oneOf:"USER|GROUP"`
	User          string `json:"user,omitempty"`
	Group         string `json:"group,omitempty"`
	PermissionSet string `json:"permissionSet"`
	Account       string `json:"account"`
	Role          string `json:"role,omitempty"`
}

func awsAssignments(r *running) ([]observedAssignment, error) {
	store := r.h.IdentityCenter.Store()
	accounts := make(map[string]string)
	for _, a := range r.h.IdentityCenter.Accounts() {
		accounts[a.ID] = a.Name
	}
	sets := make(map[string]string)
	for _, p := range r.h.IdentityCenter.PermissionSets() {
		sets[p.ARN] = p.Name
	}
	var out []observedAssignment
	for _, a := range r.h.IdentityCenter.Assignments() {
		entry := observedAssignment{PrincipalID: a.PrincipalID, PrincipalType: string(a.PrincipalType), PermissionSet: sets[a.PermissionSet], Account: accounts[a.AccountID]}
		if u, ok := store.User(a.PrincipalID); ok {
			entry.User = u.UserName
		} else if g, ok := store.Group(a.PrincipalID); ok {
			entry.Group = g.DisplayName
		}
		if role, ok := r.h.IdentityCenter.RoleARN(a.AccountID, a.PermissionSet); ok {
			entry.Role = role
		}
		out = append(out, entry)
	}
	return out, nil
}
