package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
	"github.com/idharness/harness/internal/strictyaml"
)

// entraActions are what an administrator does in Entra.
var entraActions = map[string]func() action{
	"createUser":           func() action { return &entraCreateUser{} },
	"updateUser":           func() action { return &entraUpdateUser{} },
	"disableUser":          func() action { return &entraSetEnabled{enabled: false} },
	"enableUser":           func() action { return &entraSetEnabled{enabled: true} },
	"deleteUser":           func() action { return &entraDeleteUser{} },
	"restoreUser":          func() action { return &entraDeletedUser{what: "restored", do: (*directory.Directory).RestoreUser} },
	"purgeUser":            func() action { return &entraDeletedUser{what: "purged", do: purge} },
	"createGroup":          func() action { return &entraCreateGroup{} },
	"updateGroup":          func() action { return &entraUpdateGroup{} },
	"deleteGroup":          func() action { return &entraDeleteGroup{} },
	"addMembers":           func() action { return &entraMembers{add: true} },
	"removeMembers":        func() action { return &entraMembers{} },
	"assign":               func() action { return &entraAssign{assign: true} },
	"unassign":             func() action { return &entraAssign{} },
	"setChoices":           func() action { return &setChoices{} },
	"createApp":            func() action { return &entraCreateApp{} },
	"updateApp":            func() action { return &updateApp{} },
	"uploadMetadata":       func() action { return &entraUploadMetadata{} },
	"setClaims":            func() action { return &setClaims{} },
	"setConditionalAccess": func() action { return &setConditionalAccess{} },
	"setNameID":            func() action { return &setNameID{} },
	"setSigning":           func() action { return &setSigning{} },
	"setTokenEncryption":   func() action { return &setTokenEncryption{} },
	"setVerification":      func() action { return &setVerification{} },
	"addCertificate":       func() action { return &addCertificate{} },
	"uploadCertificate":    func() action { return &uploadCertificate{} },
	"deleteCertificate":    func() action { return &deleteCertificate{} },
	"activateCertificate":  func() action { return &activateCertificate{} },
	"setMappings":          func() action { return &setMappings{} },
	"setScope":             func() action { return &setScope{} },
	"setProvisioning":      func() action { return &setProvisioning{} },
	"restoreDefaultMappings": func() action {
		return &jobAction{what: "set back to its default mappings", do: func(j *provisioning.Job, _ context.Context) error { return j.RestoreDefaultMappings() }}
	},
	"startProvisioning": func() action { return &jobAction{what: "started", do: (*provisioning.Job).Start} },
	"stopProvisioning": func() action {
		return &jobAction{what: "stopped", do: func(j *provisioning.Job, _ context.Context) error { j.Stop(); return nil }}
	},
	"restartProvisioning": func() action { return &restartProvisioning{} },
	"unlink":              func() action { return &unlink{} },
}

func did(result any, err error, format string, args ...any) (outcome, error) {
	if err != nil {
		return outcome{}, err
	}
	return outcome{Result: result, Account: []string{fmt.Sprintf(format, args...)}}, nil
}

type entraCreateUser struct{ userConfig }

// UnmarshalNode reads the user, which is the whole argument.
func (a *entraCreateUser) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return append(refuseCopies(n), a.userConfig.UnmarshalNode(n)...)
}

func (a *entraCreateUser) declare(n *names) { a.userConfig.declare(n) }

func (a *entraCreateUser) run(_ context.Context, r *running) (outcome, error) {
	u, err := r.h.Entra.CreateUser(a.User)
	return did(u, err, "Entra: user %s created", a.UserPrincipalName)
}

type entraUpdateUser struct {
	User userRef          `yaml:"user" required:"true"`
	Set  *strictyaml.Node `yaml:"set" required:"true" doc:"Properties to change; an empty text clears one."`
}

func (a *entraUpdateUser) check(*strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(a.Set, &directory.User{})
}

func (a *entraUpdateUser) declare(n *names) {
	n.rename(users, a.User.Name, a.Set, a.Set.Get("userPrincipalName"))
}

func (a *entraUpdateUser) run(_ context.Context, r *running) (outcome, error) {
	var errs strictyaml.Errors
	u, err := r.directory().UpdateUser(a.User.Name, func(u *directory.User) { errs = strictyaml.Decode(a.Set, u) })
	return did(u, errors.Join(errs.Err(), err), "Entra: user %s changed: %s", a.User.Name, keys(a.Set))
}

func keys(n *strictyaml.Node) string {
	var out []string
	for _, pair := range n.Pairs() {
		text := pair.Value.Text()
		switch pair.Value.Kind() {
		case strictyaml.List, strictyaml.Map:
			if data, err := json.Marshal(pair.Value.Any()); err == nil {
				text = string(data)
			}
		}
		out = append(out, pair.Key.Text()+" = "+text)
	}
	return strings.Join(out, ", ")
}

// scalarUser is the argument of actions for which the user's name is enough.
type scalarUser struct{ User userRef }

// UnmarshalNode reads the name.
func (a *scalarUser) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return a.User.UnmarshalNode(n)
}

type entraSetEnabled struct {
	scalarUser
	enabled bool
}

func (a *entraSetEnabled) run(_ context.Context, r *running) (outcome, error) {
	u, err := r.directory().SetEnabled(a.User.Name, a.enabled)
	return did(u, err, "Entra: user %s: accountEnabled = %v", a.User.Name, a.enabled)
}

type entraDeleteUser struct{ scalarUser }

func (a *entraDeleteUser) declare(n *names) { n.end(users, a.User.Name, a.User.node, "deleted") }

func (a *entraDeleteUser) run(_ context.Context, r *running) (outcome, error) {
	u, err := r.directory().DeleteUser(a.User.Name)
	return did(u, err, "Entra: user %s deleted", a.User.Name)
}

// entraDeletedUser is what becomes of a user in the recycle bin.
type entraDeletedUser struct {
	User userRef `when:"deleted"`

	what string
	do   func(*directory.Directory, string) (directory.User, error)
}

// UnmarshalNode reads the name.
func (a *entraDeletedUser) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return a.User.UnmarshalNode(n)
}

func (a *entraDeletedUser) declare(n *names) {
	switch u := n.find(users, a.User.Name, false); {
	case u == nil: // whoever a variable names
		n.vague[users] = true
	case a.what == "restored":
		u.gone, u.how = nil, ""
	default:
		u.gone, u.how = a.User.node, a.what
	}
}

func (a *entraDeletedUser) run(_ context.Context, r *running) (outcome, error) {
	u, err := a.do(r.directory(), a.User.Name)
	return did(u, err, "Entra: user %s %s", a.User.Name, a.what)
}

func purge(d *directory.Directory, ref string) (directory.User, error) {
	for _, u := range d.DeletedUsers() {
		if u.ID == ref || strings.EqualFold(u.UserPrincipalName, ref) {
			return u, d.PurgeUser(u.ID)
		}
	}
	return directory.User{}, d.PurgeUser(ref)
}

type entraCreateGroup struct{ groupConfig }

// UnmarshalNode reads the group, which is the whole argument.
func (a *entraCreateGroup) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return append(refuseCopies(n), a.groupConfig.UnmarshalNode(n)...)
}

func (a *entraCreateGroup) declare(n *names) { a.groupConfig.declare(n) }

func (a *entraCreateGroup) run(_ context.Context, r *running) (outcome, error) {
	g, err := r.directory().CreateGroup(a.Group)
	if err == nil {
		err = r.directory().AddMembers(g.ID, refNames(a.Members)...)
	}
	return did(g, err, "Entra: group %s created with %d members", a.DisplayName, len(a.Members))
}

type entraUpdateGroup struct {
	Group groupRef         `yaml:"group" required:"true"`
	Set   *strictyaml.Node `yaml:"set" required:"true" doc:"Properties to change."`
}

func (a *entraUpdateGroup) check(*strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(a.Set, &directory.Group{})
}

func (a *entraUpdateGroup) declare(n *names) {
	n.rename(groups, a.Group.Name, a.Set, a.Set.Get("displayName"))
}

func (a *entraUpdateGroup) run(_ context.Context, r *running) (outcome, error) {
	var errs strictyaml.Errors
	g, err := r.directory().UpdateGroup(a.Group.Name, func(g *directory.Group) { errs = strictyaml.Decode(a.Set, g) })
	return did(g, errors.Join(errs.Err(), err), "Entra: group %s changed: %s", a.Group.Name, keys(a.Set))
}

type entraDeleteGroup struct{ Group groupRef }

// UnmarshalNode reads the name.
func (a *entraDeleteGroup) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return a.Group.UnmarshalNode(n)
}

func (a *entraDeleteGroup) declare(n *names) { n.end(groups, a.Group.Name, a.Group.node, "deleted") }

func (a *entraDeleteGroup) run(_ context.Context, r *running) (outcome, error) {
	g, err := r.directory().DeleteGroup(a.Group.Name)
	return did(g, err, "Entra: group %s deleted", a.Group.Name)
}

type entraMembers struct {
	Group   groupRef    `yaml:"group" required:"true"`
	Members []memberRef `yaml:"members" required:"true"`

	add bool
}

func (a *entraMembers) run(_ context.Context, r *running) (outcome, error) {
	what, do := "left", r.directory().RemoveMembers
	if a.add {
		what, do = "joined", r.directory().AddMembers
	}
	if err := do(a.Group.Name, refNames(a.Members)...); err != nil {
		return outcome{}, err
	}
	groups, err := entraGroups(r)
	if err != nil {
		return outcome{}, err
	}
	for _, g := range groups {
		if g.DisplayName == a.Group.Name || g.ID == a.Group.Name {
			return did(g, nil, "Entra: %s %s %s", strings.Join(refNames(a.Members), ", "), what, g.DisplayName)
		}
	}
	return outcome{}, fmt.Errorf("group %s is gone", a.Group.Name)
}

type entraAssign struct {
	App   appRef   `yaml:"app" doc:"Name of the application. Default: the first."`
	User  userRef  `yaml:"user"`
	Group groupRef `yaml:"group"`
	Role  string   `yaml:"role"`

	assign bool
}

func (a *entraAssign) check(n *strictyaml.Node) strictyaml.Errors {
	if (n.Get("user") == nil) == (n.Get("group") == nil) {
		return strictyaml.Errors{n.Errorf("an assignment takes either user or group")}
	}
	return nil
}

func (a *entraAssign) run(_ context.Context, r *running) (outcome, error) {
	app, err := r.app(a.App.Name)
	if err != nil {
		return outcome{}, err
	}
	principal := appAssignment{User: a.User, Group: a.Group}.principal()
	what := "unassigned from"
	switch {
	case a.assign:
		what = "assigned to"
		err = app.AssignRole(principal, a.Role)
	case a.Role != "":
		err = app.UnassignRole(principal, a.Role)
	default:
		err = app.Unassign(principal)
	}
	return did(app.Assignments(), err, "Entra: %s %s %s", principal.ObjectID(), what, app.Name())
}

// setChoices changes the tenant's choices: those that are named.
type setChoices struct{ set *strictyaml.Node }

// UnmarshalNode reads the choices, which are the whole argument.
func (a *setChoices) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	a.set = n
	return strictyaml.Decode(n, &idp.Choices{})
}

func (a *setChoices) run(_ context.Context, r *running) (outcome, error) {
	var errs strictyaml.Errors
	r.h.Entra.Choose(func(c *idp.Choices) { errs = strictyaml.Decode(a.set, c) })
	return did(r.h.Entra.Choices(), errs.Err(), "Entra: %s", keys(a.set))
}

// setConditionalAccess replaces the tenant's policies.
type setConditionalAccess struct{ Policies []accessPolicy }

// UnmarshalNode reads the list of policies, which is the whole argument.
func (a *setConditionalAccess) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(n, &a.Policies)
}

func (a *setConditionalAccess) run(_ context.Context, r *running) (outcome, error) {
	err := r.h.Entra.SetConditionalAccess(policies(a.Policies)...)
	return did(r.h.Entra.ConditionalAccess(), err, "Entra: %d Conditional Access policies", len(a.Policies))
}
