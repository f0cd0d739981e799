package scimmock

import (
	"net/http"

	"github.com/idharness/harness/scimmock/resource"
	"github.com/idharness/harness/sp/identitystore"
)

// groupAttributes are the attributes of a group that a client can write.
func groupAttributes(g identitystore.Group, members []string) (resource.Object, error) {
	o, err := asObject(g.Resource())
	if err != nil {
		return nil, err
	}
	var list []any
	for _, id := range members {
		list = append(list, resource.Object{"value": id, "type": "User"})
	}
	if list != nil {
		o["members"] = list
	}
	return o, nil
}

func (s *standard) groupObject(g identitystore.Group, base string) (resource.Object, error) {
	o, err := groupAttributes(g, s.store.Members(g.ID))
	if err != nil {
		return nil, err
	}
	locate(o, base+"/Groups/"+g.ID)
	members, _ := o["members"].([]any)
	for _, v := range members {
		one, _ := v.(resource.Object)
		id := textOf(one["value"])
		one["$ref"] = base + "/Users/" + id
		if u, ok := s.store.User(id); ok && u.DisplayName != "" {
			one["display"] = u.DisplayName
		}
	}
	return o, nil
}

func (s *standard) showGroup(c *call, status int, g identitystore.Group) (reply, error) {
	o, err := s.groupObject(g, c.base())
	if err != nil {
		return reply{}, err
	}
	return s.represent(c, status, s.groups, o)
}

// memberIDs lists the members that an object names.
func memberIDs(o resource.Object) ([]string, error) {
	var ids []string
	members, _ := o["members"].([]any)
	for _, v := range members {
		one, _ := v.(resource.Object)
		id := textOf(one["value"])
		if id == "" {
			return nil, &resource.Error{ScimType: resource.InvalidValue, Expected: "the id of a user", Got: "nothing", Where: "$.members.value"}
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (s *standard) createGroup(c *call) (reply, error) {
	o, err := s.decode(c, s.groups)
	if err != nil {
		return reply{}, err
	}
	members, err := memberIDs(o)
	if err != nil {
		return reply{}, standardProblem(err)
	}
	g := identitystore.Group{DisplayName: textOf(o["displayName"]), ExternalID: textOf(o["externalId"]), CreatedBy: identitystore.CreatedBySCIM}
	created, err := s.store.CreateGroup(g, members...)
	if err != nil {
		return reply{}, another(s.fromStore(err), http.StatusNotFound, s.profile.CreateUnknownMember)
	}
	return s.showGroup(c, http.StatusCreated, created)
}

func (s *standard) getGroup(c *call) (reply, error) {
	g, ok := s.store.Group(c.id)
	if !ok {
		return reply{}, notFound(ruleExistence, why{"the id of an existing group", c.id, "URL", ""})
	}
	return s.showGroup(c, http.StatusOK, g)
}

func (s *standard) putGroup(c *call) (reply, error) {
	o, err := s.decode(c, s.groups)
	if err != nil {
		return reply{}, err
	}
	return s.updateGroup(c, func(e *identitystore.GroupEdit) error { return setGroup(e, o) })
}

func (s *standard) patchGroup(c *call) (reply, error) {
	body, err := s.patchBody(c)
	if err != nil {
		return reply{}, err
	}
	return s.updateGroup(c, func(e *identitystore.GroupEdit) error {
		o, err := groupAttributes(e.Group, e.Current())
		if err != nil {
			return err
		}
		if err := (resource.Patcher{Reader: s.reader(c, s.groups), CreateFiltered: s.profile.CreateFiltered}).Patch(o, body); err != nil {
			return err
		}
		return setGroup(e, o)
	})
}

func (s *standard) updateGroup(c *call, edit func(*identitystore.GroupEdit) error) (reply, error) {
	updated, err := s.store.EditGroup(c.id, edit)
	if err != nil {
		return reply{}, s.patchProblem(standardProblem(err))
	}
	return s.showGroup(c, http.StatusOK, updated)
}

// setGroup makes the group what o says.
func setGroup(e *identitystore.GroupEdit, o resource.Object) error {
	e.Group.DisplayName, e.Group.ExternalID = textOf(o["displayName"]), textOf(o["externalId"])
	ids, err := memberIDs(o)
	if err != nil {
		return err
	}
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	current := make(map[string]bool)
	for _, id := range e.Current() {
		if current[id] = true; !wanted[id] {
			e.Members = append(e.Members, identitystore.MemberChange{UserID: id, Remove: true})
		}
	}
	for _, id := range ids {
		if !current[id] {
			e.Members = append(e.Members, identitystore.MemberChange{UserID: id})
		}
	}
	return nil
}
