package control

import (
	"net/http"
	"slices"

	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

// centerUser is a user as the console's "Add user" form has it.
type centerUser struct {
	UserName    string `json:"userName" required:"true"`
	GivenName   string `json:"givenName"`
	FamilyName  string `json:"familyName"`
	DisplayName string `json:"displayName"`
	Email       string `json:"email" doc:"The primary one."`
}

// centerUserChanges are what the console lets an administrator change.
type centerUserChanges struct {
	UserName    string `json:"userName"`
	GivenName   string `json:"givenName"`
	FamilyName  string `json:"familyName"`
	DisplayName string `json:"displayName"`
	Email       string `json:"email"`
	Active      *bool  `json:"active" doc:"A user who is not active cannot sign in."`
}

// centerGroup is a group with its members.
type centerGroup struct {
	identitystore.GroupResource
	Members []string `json:"members" doc:"userNames."`
}

// newCenterGroup is a group to be made.
type newCenterGroup struct {
	DisplayName string   `json:"displayName" required:"true"`
	Description string   `json:"description"`
	Members     []string `json:"members" doc:"userNames."`
}

func (s *Server) centerUserRoutes() []route {
	const users, groups = "/v1/identity-center/users", "/v1/identity-center/groups"
	list := read(http.MethodGet, users, "users", "The users of the identity store, as SCIM resources.", s.centerUsers)
	list.query = []parameter{{name: "userName", doc: "Only the user of this name.", example: "ana@contoso.example"}}
	return []route{
		list,
		makes(users, "createUser", "Adds a user by hand, which Identity Center allows while automatic provisioning is off.", `{"userName": "bruno", "givenName": "Bruno", "familyName": "Lima", "displayName": "Bruno Lima", "email": "bruno@contoso.example"}`,
			func(_ *call, body centerUser) (identitystore.User, error) {
				u := identitystore.User{UserName: body.UserName, DisplayName: body.DisplayName, Name: identitystore.Name{GivenName: body.GivenName, FamilyName: body.FamilyName}}
				setEmail(&u, body.Email)
				return s.cfg.IdentityCenter.CreateUser(u)
			}),
		read(http.MethodGet, users+"/{userName}", "user", "A user, by name or id.", s.centerUser),
		send(http.MethodPatch, users+"/{userName}", "updateUser", "Changes a user by hand; null removes an attribute.", `{"displayName": "Bruno M. Lima", "active": true}`, s.updateCenterUser),
		read(http.MethodDelete, users+"/{userName}", "deleteUser", "Deletes a user, whoever made it.", func(c *call) (identitystore.User, error) { return s.cfg.IdentityCenter.DeleteUser(c.value("userName")) }),
		read(http.MethodDelete, users+"/{userName}/sessions", "endSessions", "Ends the portal sessions of a user and returns them.", func(c *call) ([]sp.PortalSession, error) {
			return s.cfg.IdentityCenter.EndPortalSessions(c.value("userName"))
		}),
		read(http.MethodGet, groups, "groups", "The groups, as SCIM resources with their members.", func(*call) ([]centerGroup, error) {
			list := []centerGroup{}
			for _, g := range s.cfg.IdentityCenter.Store().Groups() {
				list = append(list, s.centerMembers(g))
			}
			return list, nil
		}),
		makes(groups, "createGroup", "Adds a group by hand.", `{"displayName": "auditors", "members": ["bruno"]}`, func(_ *call, body newCenterGroup) (centerGroup, error) {
			g, err := s.cfg.IdentityCenter.CreateGroup(identitystore.Group{DisplayName: body.DisplayName, Description: body.Description}, body.Members...)
			return s.shown(g, err)
		}),
		read(http.MethodGet, groups+"/{groupName}", "group", "A group, by name or id.", func(c *call) (centerGroup, error) {
			if g, ok := s.cfg.IdentityCenter.Store().GroupByName(c.value("groupName")); ok {
				return s.centerMembers(g), nil
			}
			var names []string
			for _, g := range s.cfg.IdentityCenter.Store().Groups() {
				names = append(names, g.DisplayName)
			}
			return centerGroup{}, absent("group", c.value("groupName"), names)
		}),
		read(http.MethodDelete, groups+"/{groupName}", "deleteGroup", "Deletes a group, whoever made it.", func(c *call) (identitystore.Group, error) {
			return s.cfg.IdentityCenter.DeleteGroup(c.value("groupName"))
		}),
		read(http.MethodPut, groups+"/{groupName}/members/{userName}", "addMember", "Makes a user a member by hand.", func(c *call) (centerGroup, error) {
			return s.shown(s.cfg.IdentityCenter.AddMembers(c.value("groupName"), c.value("userName")))
		}),
		read(http.MethodDelete, groups+"/{groupName}/members/{userName}", "removeMember", "Ends a membership by hand.", func(c *call) (centerGroup, error) {
			return s.shown(s.cfg.IdentityCenter.RemoveMembers(c.value("groupName"), c.value("userName")))
		}),
	}
}

func setEmail(u *identitystore.User, email string) {
	u.Emails = nil
	if email != "" {
		u.Emails = []identitystore.Email{{Value: email, Type: "work", Primary: true}}
	}
}

func (s *Server) centerUsers(c *call) ([]identitystore.User, error) {
	values, err := c.parameters()
	if err != nil {
		return nil, err
	}
	name, one := values["userName"]
	if !one {
		return s.cfg.IdentityCenter.Store().Users(), nil
	}
	list := []identitystore.User{}
	if u, ok := s.cfg.IdentityCenter.Store().UserByName(name); ok {
		list = append(list, u)
	}
	return list, nil
}

func (s *Server) centerUser(c *call) (identitystore.User, error) {
	name := c.value("userName")
	if u, ok := s.cfg.IdentityCenter.Store().UserByName(name); ok {
		return u, nil
	}
	var names []string
	for _, u := range s.cfg.IdentityCenter.Store().Users() {
		names = append(names, u.UserName)
	}
	return identitystore.User{}, absent("user", name, names)
}

func (s *Server) updateCenterUser(c *call, body changes[centerUserChanges]) (identitystore.User, error) {
	return s.cfg.IdentityCenter.UpdateUser(c.value("userName"), func(u *identitystore.User) error {
		form := centerUserChanges{u.UserName, u.Name.GivenName, u.Name.FamilyName, u.DisplayName, u.PrimaryEmail(), &u.Active}
		body.apply(&form) // without mistakes: it was tried when it was read
		u.UserName, u.Name.GivenName, u.Name.FamilyName, u.DisplayName = form.UserName, form.GivenName, form.FamilyName, form.DisplayName
		u.Active = form.Active != nil && *form.Active
		if body.names("email") {
			setEmail(u, form.Email)
		}
		return nil
	})
}

func (s *Server) shown(g identitystore.Group, err error) (centerGroup, error) {
	if err != nil {
		return centerGroup{}, err
	}
	return s.centerMembers(g), nil
}

func (s *Server) centerMembers(g identitystore.Group) centerGroup {
	store := s.cfg.IdentityCenter.Store()
	members := []string{}
	for _, id := range store.Members(g.ID) {
		if u, ok := store.User(id); ok {
			members = append(members, u.UserName)
		}
	}
	slices.Sort(members)
	return centerGroup{g.Resource(), members}
}
