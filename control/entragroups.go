package control

import (
	"net/http"
	"slices"

	"github.com/idharness/harness/idp/directory"
)

// entraGroup is a group with its direct members.
type entraGroup struct {
	directory.Group
	Members []string `json:"members" doc:"userPrincipalNames, and display names of groups."`
}

func (s *Server) entraGroupRoutes() []route {
	return []route{
		read(http.MethodGet, "/v1/entra/groups", "entraGroups", "The groups, by display name.", func(*call) ([]entraGroup, error) {
			list := []entraGroup{}
			for _, g := range s.directory().Groups() {
				list = append(list, s.withMembers(g))
			}
			return list, nil
		}),
		makes("/v1/entra/groups", "createEntraGroup", "Adds a group, with members.", `{"displayName": "auditors", "description": "They look on", "members": ["ana@contoso.example"]}`, s.createEntraGroup),
		read(http.MethodGet, "/v1/entra/groups/{group}", "entraGroup", "A group, by name or id.", func(c *call) (entraGroup, error) { return s.entraGroup(c.value("group")) }),
		send(http.MethodPatch, "/v1/entra/groups/{group}", "updateEntraGroup", "Changes a group; null removes a property.", `{"description": "They may do anything"}`,
			func(c *call, body changes[directory.Group]) (entraGroup, error) {
				g, err := s.directory().UpdateGroup(c.value("group"), func(g *directory.Group) { body.apply(g) })
				if err != nil {
					return entraGroup{}, err
				}
				return s.withMembers(g), nil
			}),
		read(http.MethodDelete, "/v1/entra/groups/{group}", "deleteEntraGroup", "Removes a group: security groups have no recycle bin.", func(c *call) (directory.Group, error) { return s.directory().DeleteGroup(c.value("group")) }),
		read(http.MethodPut, "/v1/entra/groups/{group}/members/{member}", "addEntraMember", "Makes a user or group a direct member.", func(c *call) (entraGroup, error) {
			return s.changeMembers(c, s.directory().AddMembers)
		}),
		read(http.MethodDelete, "/v1/entra/groups/{group}/members/{member}", "removeEntraMember", "Ends a direct membership.", func(c *call) (entraGroup, error) {
			return s.changeMembers(c, s.directory().RemoveMembers)
		}),
	}
}

func (s *Server) withMembers(g directory.Group) entraGroup {
	group := entraGroup{Group: g, Members: []string{}}
	for _, m := range s.directory().Members(g.ID) {
		if u, ok := s.directory().User(m.ID); ok && m.Kind == directory.KindUser {
			group.Members = append(group.Members, u.UserPrincipalName)
		} else if inner, ok := s.directory().Group(m.ID); ok {
			group.Members = append(group.Members, inner.DisplayName)
		}
	}
	slices.Sort(group.Members)
	return group
}

func (s *Server) entraGroup(ref string) (entraGroup, error) {
	if g, ok := s.directory().Group(ref); ok {
		return s.withMembers(g), nil
	}
	var names []string
	for _, g := range s.directory().Groups() {
		names = append(names, g.DisplayName)
	}
	return entraGroup{}, absent("group", ref, names)
}

func (s *Server) createEntraGroup(_ *call, body entraGroup) (entraGroup, error) {
	g, err := s.directory().CreateGroup(body.Group)
	if err != nil {
		return entraGroup{}, err
	}
	if err := s.directory().AddMembers(g.ID, body.Members...); err != nil {
		if _, undo := s.directory().DeleteGroup(g.ID); undo != nil {
			return entraGroup{}, undo
		}
		return entraGroup{}, err
	}
	return s.withMembers(g), nil
}

func (s *Server) changeMembers(c *call, change func(string, ...string) error) (entraGroup, error) {
	g, err := s.entraGroup(c.value("group"))
	if err != nil {
		return entraGroup{}, err
	}
	if err := change(g.ID, c.value("member")); err != nil {
		return entraGroup{}, err
	}
	return s.withMembers(g.Group), nil
}
