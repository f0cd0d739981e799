package scenarios

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/strictyaml"
)

// observe reads a piece of state.
type observe struct{ what string }

// observations are the pieces of state that a scenario can look at.
var observations = map[string]func(*running) (any, error){
	"entra.users":                   func(r *running) (any, error) { return r.directory().Users(), nil },
	"entra.groups":                  entraGroups,
	"entra.apps":                    entraApps,
	"entra.endpoints":               entraEndpoints,
	"entra.notifications":           func(r *running) (any, error) { return r.h.Entra.Notifications(), nil },
	"entra.provisioningLinks":       provisioningLinks,
	"entra.provisioningLog":         provisioningLog,
	"entra.provisioningAudit":       provisioningAudit,
	"entra.provisioningStatus":      provisioningStatus,
	"entra.quarantine":              quarantine,
	"identityCenter.endpoints":      awsEndpoints,
	"identityCenter.identitySource": func(r *running) (any, error) { return r.h.IdentityCenter.Source(), nil },
	"identityCenter.users":          func(r *running) (any, error) { return r.h.IdentityCenter.Store().Users(), nil },
	"identityCenter.groups":         awsGroups,
	"identityCenter.assignments":    awsAssignments,
	"identityCenter.permissionSets": awsPermissionSets,
	"identityCenter.scimFaults":     func(r *running) (any, error) { return r.h.SCIM.Faults(), nil },
	"identityCenter.sessions":       func(r *running) (any, error) { return r.h.IdentityCenter.PortalSessions(), nil },
	"identityCenter.tokens":         func(r *running) (any, error) { return r.h.IdentityCenter.Store().Tokens(), nil },
	"identityCenter.events":         func(r *running) (any, error) { return r.h.IdentityCenter.Events(), nil },
	"trace":                         func(r *running) (any, error) { return r.h.Trace(), nil },
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
	state, err := observations[o.what](r)
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

func entraGroups(r *running) (any, error) {
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

func entraApps(r *running) (any, error) {
	var out []observedApp
	for _, app := range r.h.Entra.Apps() {
		out = append(out, observedApp{app.Config(), app.Certificates()})
	}
	return out, nil
}

func provisioningLog(r *running) (any, error) {
	app, err := r.app("")
	if err != nil {
		return nil, err
	}
	return app.Provisioning().Log(), nil
}

func quarantine(r *running) (any, error) {
	app, err := r.app("")
	if err != nil {
		return nil, err
	}
	q, inQuarantine := app.Provisioning().Quarantine()
	if !inQuarantine {
		return map[string]any{"inQuarantine": false}, nil
	}
	data, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, err
	}
	out["inQuarantine"] = true
	return out, nil
}

// awsGroups are SCIM resources, with the members that SCIM never shows.
func awsGroups(r *running) (any, error) {
	store := r.h.IdentityCenter.Store()
	var out []any
	for _, g := range store.Groups() {
		plain, err := strictyaml.Plain(g)
		if err != nil {
			return nil, err
		}
		members := []string{}
		for _, id := range store.Members(g.ID) {
			if u, ok := store.User(id); ok {
				members = append(members, u.UserName)
			}
		}
		slices.Sort(members)
		resource, ok := plain.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("group %s is no JSON object", g.DisplayName)
		}
		resource["members"] = members
		out = append(out, resource)
	}
	return out, nil
}

// awsAssignments are the bound assignments with names instead of ids.
func awsAssignments(r *running) (any, error) {
	store := r.h.IdentityCenter.Store()
	accounts := make(map[string]string)
	for _, a := range r.h.IdentityCenter.Accounts() {
		accounts[a.ID] = a.Name
	}
	sets := make(map[string]string)
	for _, p := range r.h.IdentityCenter.PermissionSets() {
		sets[p.ARN] = p.Name
	}
	var out []map[string]any
	for _, a := range r.h.IdentityCenter.Assignments() {
		entry := map[string]any{"principalId": a.PrincipalID, "principalType": string(a.PrincipalType), "permissionSet": sets[a.PermissionSet], "account": accounts[a.AccountID]}
		if u, ok := store.User(a.PrincipalID); ok {
			entry["user"] = u.UserName
		} else if g, ok := store.Group(a.PrincipalID); ok {
			entry["group"] = g.DisplayName
		}
		if role, ok := r.h.IdentityCenter.RoleARN(a.AccountID, a.PermissionSet); ok {
			entry["role"] = role
		}
		out = append(out, entry)
	}
	return out, nil
}
