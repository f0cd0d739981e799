package scimmock

import (
	"net/http"

	"github.com/idharness/harness/sp/identitystore"
)

// createUser: developer guide, CreateUser. A user without "active" is not
// active, as BurdaForward/terraform-provider-aws-sso-scim observed.
func (s *Server) createUser(c *call) (reply, error) {
	body, err := c.body()
	if err != nil {
		return reply{}, err
	}
	u, err := decoder{c, s.profile}.user(body)
	if err != nil {
		return reply{}, err
	}
	u.CreatedBy = identitystore.CreatedBySCIM
	created, err := s.store.CreateUser(u)
	if err != nil {
		return reply{}, s.fromStore(err)
	}
	c.passed(ruleSchema, "the user has every required attribute, and no value breaks a rule")
	c.passed(ruleUniqueness, "userName, primary e-mail address and externalId are not in use")
	return reply{status: http.StatusCreated, body: s.userResource(created)}, nil
}

// getUser: developer guide, GetUser.
func (s *Server) getUser(c *call) (reply, error) {
	u, ok := s.store.User(c.id)
	if !ok {
		return reply{}, noUser(c)
	}
	c.passed(ruleExistence, u.UserName)
	return reply{status: http.StatusOK, body: s.userResource(u)}, nil
}

// putUser: developer guide, PutUser. Attributes that the body does not have
// are dropped, and the user becomes inactive without "active", as
// BurdaForward/terraform-provider-aws-sso-scim observed.
func (s *Server) putUser(c *call) (reply, error) {
	body, err := c.body()
	if err != nil {
		return reply{}, err
	}
	next, err := decoder{c, s.profile}.user(body)
	if err != nil {
		return reply{}, err
	}
	if id, ok := body.Member("id"); ok && id.Text != c.id {
		c.note("%s was ignored: the URL names the user %s", id.Path, c.id)
	}
	updated, err := s.store.UpdateUser(c.id, func(u *identitystore.User) error {
		*u = next
		return nil
	})
	if err != nil {
		return reply{}, s.fromStore(err)
	}
	c.passed(ruleSchema, "the user has every required attribute, and no value breaks a rule")
	return reply{status: s.profile.PutUserStatus, body: s.userResource(updated)}, nil
}

// patchUser: developer guide, PatchUser, which answers with the whole user.
func (s *Server) patchUser(c *call) (reply, error) {
	body, err := c.body()
	if err != nil {
		return reply{}, err
	}
	operations, err := readPatch(c, s.profile, body)
	if err != nil {
		return reply{}, err
	}
	p := userPatch{decoder{c, s.profile}}
	if err := p.check(operations); err != nil {
		return reply{}, err
	}
	updated, err := s.store.UpdateUser(c.id, func(u *identitystore.User) error {
		return p.apply(u, operations)
	})
	if err != nil {
		return reply{}, s.fromStore(err)
	}
	c.passed(rulePatch, "every operation was applied")
	return reply{status: http.StatusOK, body: s.userResource(updated)}, nil
}

// deleteUser: developer guide, DeleteUser.
func (s *Server) deleteUser(c *call) (reply, error) {
	if err := s.store.DeleteUser(c.id); err != nil {
		return reply{}, s.fromStore(err)
	}
	return reply{status: http.StatusNoContent, body: nil}, nil
}

func noUser(c *call) error {
	return notFound(ruleExistence, why{"the id of an existing user", c.id, "URL", ""})
}

func (s *Server) userResource(u identitystore.User) identitystore.UserResource {
	r := u.Resource()
	if s.profile.OmitProfileURL {
		r.ProfileURL = ""
	}
	return r
}
