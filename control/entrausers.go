package control

import (
	"net/http"
	"strings"

	"github.com/idharness/harness/idp/directory"
)

// entraUser is a user with what is set and never shown.
type entraUser struct {
	directory.User
	Password string `json:"password,omitempty" doc:"Never shown. Default: the one that the sign-in page names."`
}

func (u entraUser) user() directory.User {
	u.User.Password = u.Password
	return u.User
}

func (s *Server) entraUserRoutes() []route {
	list := read(http.MethodGet, "/v1/entra/users", "entraUsers", "The users that are not deleted, by userPrincipalName.", s.entraUsers)
	list.query = []parameter{{name: "userPrincipalName", doc: "Only the user of this name, in any case.", example: "ana@contoso.example"}}
	d := s.directory
	return []route{
		list,
		makes("/v1/entra/users", "createEntraUser", "Adds a user.", `{"userPrincipalName": "dora@contoso.example", "displayName": "Dora Nunes", "givenName": "Dora", "surname": "Nunes", "department": "Finance"}`,
			func(_ *call, u entraUser) (directory.User, error) { return s.cfg.Entra.CreateUser(u.user()) }),
		read(http.MethodGet, "/v1/entra/users/{user}", "entraUser", "A user, by name or id.", func(c *call) (directory.User, error) { return s.entraUser(c.value("user")) }),
		send(http.MethodPatch, "/v1/entra/users/{user}", "updateEntraUser", "Changes a user; null removes a property.", `{"department": "Security", "officeLocation": null, "accountEnabled": true}`, s.updateEntraUser),
		read(http.MethodDelete, "/v1/entra/users/{user}", "deleteEntraUser", "Moves a user to the recycle bin.", func(c *call) (directory.User, error) { return d().DeleteUser(c.value("user")) }),
		read(http.MethodGet, "/v1/entra/deleted-users", "deletedEntraUsers", "The users in the recycle bin.", func(*call) ([]directory.User, error) { return d().DeletedUsers(), nil }),
		read(http.MethodPost, "/v1/entra/deleted-users/{user}/restore", "restoreEntraUser", "Brings a user back from the recycle bin.", func(c *call) (directory.User, error) { return d().RestoreUser(c.value("user")) }),
		read(http.MethodDelete, "/v1/entra/deleted-users/{user}", "purgeEntraUser", "Removes a user in the recycle bin for good.", s.purgeEntraUser),
	}
}

func (s *Server) directory() *directory.Directory { return s.cfg.Entra.Directory() }

func (s *Server) entraUsers(c *call) ([]directory.User, error) {
	values, err := c.parameters()
	if err != nil {
		return nil, err
	}
	name, one := values["userPrincipalName"]
	list := []directory.User{}
	for _, u := range s.directory().Users() {
		if !one || strings.EqualFold(u.UserPrincipalName, name) {
			list = append(list, u)
		}
	}
	return list, nil
}

func (s *Server) entraUser(ref string) (directory.User, error) {
	if u, ok := s.directory().User(ref); ok {
		return u, nil
	}
	var names []string
	for _, u := range s.directory().Users() {
		names = append(names, u.UserPrincipalName)
	}
	return directory.User{}, absent("user", ref, names)
}

func (s *Server) updateEntraUser(c *call, body changes[entraUser]) (directory.User, error) {
	return s.directory().UpdateUser(c.value("user"), func(u *directory.User) {
		changed := entraUser{*u, u.Password}
		body.apply(&changed) // without mistakes: it was tried when it was read
		*u = changed.user()
	})
}

func (s *Server) purgeEntraUser(c *call) (nothing, error) {
	ref := c.value("user")
	for _, u := range s.directory().DeletedUsers() {
		if u.ID == ref || strings.EqualFold(u.UserPrincipalName, ref) {
			return nothing{}, s.directory().PurgeUser(u.ID)
		}
	}
	return nothing{}, s.directory().PurgeUser(ref)
}
