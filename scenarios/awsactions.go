package scenarios

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

// awsActions are what an administrator does in Identity Center.
var awsActions = map[string]func() action{
	"createUser":             func() action { return &awsCreateUser{} },
	"updateUser":             func() action { return &awsUpdateUser{} },
	"deleteUser":             func() action { return &awsDeleteUser{} },
	"createGroup":            func() action { return &awsCreateGroup{} },
	"deleteGroup":            func() action { return &awsDeleteGroup{} },
	"addMembers":             func() action { return &awsMembers{add: true} },
	"removeMembers":          func() action { return &awsMembers{} },
	"createPermissionSet":    func() action { return &awsCreatePermissionSet{} },
	"updatePermissionSet":    func() action { return &awsUpdatePermissionSet{} },
	"deletePermissionSet":    func() action { return &awsDeletePermissionSet{} },
	"provisionPermissionSet": func() action { return &awsProvisionPermissionSet{} },
	"assign":                 func() action { return &awsAssign{assign: true} },
	"unassign":               func() action { return &awsAssign{} },
	"uploadMetadata":         func() action { return &awsUploadMetadata{} },
	"setIdentityProvider":    func() action { return &awsSetIdentityProvider{} },
	"importCertificate":      func() action { return &awsImportCertificate{} },
	"deleteCertificate":      func() action { return &awsDeleteCertificate{} },
	"addRegion":              func() action { return &awsAddRegion{} },
	"useDirectory":           func() action { return &awsLeaveIdentityProvider{to: sp.SourceDirectory} },
	"useActiveDirectory":     func() action { return &awsLeaveIdentityProvider{to: sp.SourceActiveDirectory} },
	"createToken":            func() action { return &awsCreateToken{} },
	"deleteToken":            func() action { return &awsDeleteToken{} },
	"disableProvisioning":    func() action { return &awsDisableProvisioning{} },
	"setAccessControl":       func() action { return &awsSetAccessControl{} },
	"createSamlProvider":     func() action { return &awsCreateSAMLProvider{} },
	"updateSamlProvider":     func() action { return &awsCreateSAMLProvider{update: true} },
	"deleteSamlProvider":     func() action { return &awsDeleteFederation{} },
	"createRole":             func() action { return &awsCreateRole{} },
	"deleteRole":             func() action { return &awsDeleteFederation{role: true} },
	"setSessionDuration":     func() action { return &awsSetSessionDuration{} },
	"endSessions":            func() action { return &awsEndSessions{} },
	"setChoices":             func() action { return &awsSetChoices{} },
}

// awsUserConfig is a user as the console's "Add user" form has it.
type awsUserConfig struct {
	UserName    string `yaml:"userName" required:"true"`
	GivenName   string `yaml:"givenName"`
	FamilyName  string `yaml:"familyName"`
	DisplayName string `yaml:"displayName"`
	Email       string `yaml:"email"`
}

func (u awsUserConfig) apply(to *identitystore.User) {
	set := func(field *string, value string) {
		if value != "" {
			*field = value
		}
	}
	set(&to.UserName, u.UserName)
	set(&to.Name.GivenName, u.GivenName)
	set(&to.Name.FamilyName, u.FamilyName)
	set(&to.DisplayName, u.DisplayName)
	if u.Email != "" {
		to.Emails = []identitystore.Email{{Value: u.Email, Type: "work", Primary: true}}
	}
}

type awsCreateUser struct{ awsUserConfig }

func (a *awsCreateUser) run(_ context.Context, r *running) (outcome, error) {
	var u identitystore.User
	a.apply(&u)
	created, err := r.h.IdentityCenter.CreateUser(u)
	return did(created, err, "Identity Center: user %s added by hand", a.UserName)
}

type awsUpdateUser struct {
	User string `yaml:"user" required:"true" doc:"userName"`
	Set  struct {
		UserName    string `yaml:"userName"`
		GivenName   string `yaml:"givenName"`
		FamilyName  string `yaml:"familyName"`
		DisplayName string `yaml:"displayName"`
		Email       string `yaml:"email"`
		Active      *bool  `yaml:"active"`
	} `yaml:"set" required:"true"`
}

func (a *awsUpdateUser) run(_ context.Context, r *running) (outcome, error) {
	u, err := r.h.IdentityCenter.UpdateUser(a.User, func(u *identitystore.User) error {
		awsUserConfig{a.Set.UserName, a.Set.GivenName, a.Set.FamilyName, a.Set.DisplayName, a.Set.Email}.apply(u)
		if a.Set.Active != nil {
			u.Active = *a.Set.Active
		}
		return nil
	})
	return did(u, err, "Identity Center: user %s changed", a.User)
}

type awsDeleteUser struct{ user string }

// UnmarshalNode reads the user name, which is the whole argument.
func (a *awsDeleteUser) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(n, &a.user)
}

func (a *awsDeleteUser) run(_ context.Context, r *running) (outcome, error) {
	u, err := r.h.IdentityCenter.DeleteUser(a.user)
	return did(u, err, "Identity Center: user %s deleted", a.user)
}

type awsCreateGroup struct {
	DisplayName string   `yaml:"displayName" required:"true"`
	Description string   `yaml:"description"`
	Members     []string `yaml:"members" doc:"userNames"`
}

func (a *awsCreateGroup) run(_ context.Context, r *running) (outcome, error) {
	g, err := r.h.IdentityCenter.CreateGroup(identitystore.Group{DisplayName: a.DisplayName, Description: a.Description}, a.Members...)
	return did(g, err, "Identity Center: group %s added by hand", a.DisplayName)
}

type awsDeleteGroup struct{ group string }

// UnmarshalNode reads the display name, which is the whole argument.
func (a *awsDeleteGroup) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(n, &a.group)
}

func (a *awsDeleteGroup) run(_ context.Context, r *running) (outcome, error) {
	g, err := r.h.IdentityCenter.DeleteGroup(a.group)
	return did(g, err, "Identity Center: group %s deleted", a.group)
}

type awsMembers struct {
	Group   string   `yaml:"group" required:"true" doc:"displayName"`
	Members []string `yaml:"members" required:"true" doc:"userNames"`

	add bool
}

func (a *awsMembers) run(_ context.Context, r *running) (outcome, error) {
	what, do := "left", r.h.IdentityCenter.RemoveMembers
	if a.add {
		what, do = "joined", r.h.IdentityCenter.AddMembers
	}
	g, err := do(a.Group, a.Members...)
	return did(g, err, "Identity Center: %v %s %s", a.Members, what, a.Group)
}

type awsAssign struct {
	awsAssignment
	assign bool
}

// UnmarshalNode reads the assignment, which is the whole argument.
func (a *awsAssign) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return a.awsAssignment.UnmarshalNode(n)
}

func (a *awsAssign) run(_ context.Context, r *running) (outcome, error) {
	who := a.User + a.Group
	if !a.assign {
		err := r.h.IdentityCenter.Unassign(a.wish())
		return did(unassigned{}, err, "Identity Center: %s loses %s in %s", who, a.PermissionSet.Name, a.Account.Name)
	}
	bound, err := r.h.IdentityCenter.Assign(a.wish())
	text := "Identity Center: %s gets %s in %s"
	if !bound {
		text += ", once it exists"
	}
	return did(assigned{true, bound}, err, text, who, a.PermissionSet.Name, a.Account.Name)
}

type awsCreateToken struct{ empty }

func (a *awsCreateToken) run(_ context.Context, r *running) (outcome, error) {
	token, _, err := r.h.IdentityCenter.Store().CreateToken()
	return did(token, err, "Identity Center: access token %s made", token.ID)
}

type awsDeleteToken struct{ id string }

// UnmarshalNode takes an id, or {} for the only token.
func (a *awsDeleteToken) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	if n.IsScalar() && n.Kind() != strictyaml.Null {
		return strictyaml.Decode(n, &a.id)
	}
	return empty{}.UnmarshalNode(n)
}

func (a *awsDeleteToken) run(_ context.Context, r *running) (outcome, error) {
	store := r.h.IdentityCenter.Store()
	tokens := store.Tokens()
	if a.id == "" {
		if len(tokens) != 1 {
			return outcome{}, fmt.Errorf("there are %d tokens: say which", len(tokens))
		}
		a.id = tokens[0].ID
	}
	for _, t := range tokens {
		if t.ID == a.id {
			return did(t, store.DeleteToken(a.id), "Identity Center: access token %s deleted", a.id)
		}
	}
	return outcome{}, errors.Join(store.DeleteToken(a.id), fmt.Errorf("there is no token %s", a.id))
}

type awsDisableProvisioning struct{ empty }

func (a *awsDisableProvisioning) run(_ context.Context, r *running) (outcome, error) {
	err := r.h.IdentityCenter.Store().DisableProvisioning()
	return did(provisioningDisabled{}, err, "Identity Center: automatic provisioning disabled")
}

// awsSetAccessControl turns "Attributes for access control" on or off, and says
// which attributes come from the profile.
type awsSetAccessControl struct {
	Enabled    bool              `yaml:"enabled" required:"true"`
	Attributes map[string]string `yaml:"attributes" doc:"Paths into the profile by key of the session tag, such as enterprise.department. Left out: as they are."`
}

func (a *awsSetAccessControl) check(n *strictyaml.Node) strictyaml.Errors {
	if !a.Enabled && a.Attributes != nil {
		return strictyaml.Errors{n.Get("attributes").Errorf("attributes for access control that are off have no attributes")}
	}
	return nil
}

func (a *awsSetAccessControl) run(_ context.Context, r *running) (outcome, error) {
	center := r.h.IdentityCenter
	var err error
	if a.Attributes == nil {
		center.SetAccessControl(a.Enabled)
	} else {
		attributes := make(map[string]string)
		for key, source := range a.Attributes {
			if !strings.HasPrefix(source, "${") {
				source = "${path:" + source + "}"
			}
			attributes[key] = source
		}
		err = center.SetAccessControlAttributes(attributes)
	}
	return did(accessControl{center.AccessControl(), center.AccessControlAttributes()}, err, "Identity Center: attributes for access control: %v", a.Enabled)
}

type awsSetSessionDuration struct{ duration time.Duration }

// UnmarshalNode reads the duration, which is the whole argument.
func (a *awsSetSessionDuration) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(n, &a.duration)
}

func (a *awsSetSessionDuration) run(_ context.Context, r *running) (outcome, error) {
	err := r.h.IdentityCenter.SetSessionDuration(a.duration)
	return did(portalDuration{a.duration.String()}, err, "Identity Center: new portal sessions last %s", a.duration)
}

type awsEndSessions struct{ user string }

// UnmarshalNode reads the user name, which is the whole argument.
func (a *awsEndSessions) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	return strictyaml.Decode(n, &a.user)
}

func (a *awsEndSessions) run(_ context.Context, r *running) (outcome, error) {
	ended, err := r.h.IdentityCenter.EndPortalSessions(a.user)
	return did(endedSessions{ended}, err, "Identity Center: %d portal sessions of %s ended", len(ended), a.user)
}

// awsSetChoices changes the instance's choices: those that are named.
type awsSetChoices struct{ set *strictyaml.Node }

// UnmarshalNode reads the choices, which are the whole argument.
func (a *awsSetChoices) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	a.set = n
	return strictyaml.Decode(n, &sp.Choices{})
}

func (a *awsSetChoices) run(_ context.Context, r *running) (outcome, error) {
	var errs strictyaml.Errors
	r.h.IdentityCenter.Choose(func(c *sp.Choices) { errs = strictyaml.Decode(a.set, c) })
	return did(r.h.IdentityCenter.Choices(), errs.Err(), "Identity Center: %s", keys(a.set))
}
