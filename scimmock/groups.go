package scimmock

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/idharness/harness/scimmock/document"
	"github.com/idharness/harness/sp/identitystore"
)

// maxMemberChanges bounds the members of CreateGroup and the membership
// changes of PatchGroup (developer guide, both pages).
const maxMemberChanges = 100

// createGroup: developer guide, CreateGroup, whose response has no members.
func (s *Server) createGroup(c *call) (reply, error) {
	body, err := c.body()
	if err != nil {
		return reply{}, err
	}
	g, members, err := decoder{c, s.profile}.group(body)
	if err != nil {
		return reply{}, err
	}
	g.CreatedBy = identitystore.CreatedBySCIM
	created, err := s.store.CreateGroup(g, members...)
	if err != nil {
		err = s.fromStore(err)
		// CreateGroup does not list a ResourceNotFoundException, so a member
		// who does not exist must be a ValidationException.
		return reply{}, another(err, http.StatusNotFound, s.profile.CreateUnknownMember)
	}
	c.passed(ruleSchema, "the group has a displayName, and no value breaks a rule")
	c.passed(ruleUniqueness, "displayName and externalId are not in use")
	return reply{status: http.StatusCreated, body: created.Resource()}, nil
}

// another gives a refusal with one status another one.
func another(err error, from, to int) error {
	p := (*problem)(nil)
	if !errors.As(err, &p) || p.status != from || from == to {
		return err
	}
	return byStatus(to, p.rule, why{p.Expected, p.Got, p.Where, p.Hint})
}

// group reads the body of CreateGroup.
func (d decoder) group(body document.Value) (g identitystore.Group, members []string, err error) {
	if err := checkSchemas(body, identitystore.GroupURN); err != nil {
		return g, nil, err
	}
	for _, m := range body.Members {
		switch m.Name {
		case "schemas", "id", "meta":
		case "displayName":
			err = d.text(&g.DisplayName, m.Name, m.Value)
		case "externalId":
			err = d.text(&g.ExternalID, m.Name, m.Value)
		case "members":
			members, err = d.members(m.Value)
		default:
			err = d.unknown(m.Name, m.Value, groupNames())
		}
		if err != nil {
			return g, nil, err
		}
	}
	return g, members, checkMemberCount(len(members), "$.members")
}

func groupNames() []string {
	return []string{"displayName", "externalId", "members", "id", "schemas", "meta"}
}

func checkMemberCount(count int, where string) error {
	if count <= maxMemberChanges {
		return nil
	}
	return invalid(ruleSchema, detailInvalid, why{
		fmt.Sprintf("at most %d membership changes in a request", maxMemberChanges), fmt.Sprint(count), where, "spread them over several requests"})
}

// members reads a list of members, or one member outside a list. "display" is
// not supported either, but clients have always sent it with members.
func (d decoder) members(v document.Value) ([]string, error) {
	items := v.Items
	switch v.Kind {
	case document.Null:
		return nil, nil
	case document.Object:
		items = []document.Value{v}
	case document.Array:
	default:
		return nil, wrongType(ruleSchema, `an array of {"value": user id}`, v)
	}
	var members []string
	for _, item := range items {
		id, err := d.member(item)
		if err != nil {
			return nil, err
		}
		members = append(members, id)
	}
	return members, nil
}

func (d decoder) member(v document.Value) (string, error) {
	value, ok := v.Member("value")
	if v.Kind != document.Object || !ok || value.Kind != document.String {
		return "", wrongType(ruleSchema, `an object {"value": user id}`, v)
	}
	if value.Text == "" {
		return "", empty("members.value", value)
	}
	if kind, ok := v.Member("type"); ok && strings.EqualFold(kind.Text, "Group") {
		return "", invalid(ruleSchema, detailInvalid, why{"a user", "a group", kind.Path, "IAM Identity Center does not support nested groups"})
	}
	return value.Text, nil
}

// groupResource is a group with its list of members, which is always empty
// where groups are read (developer guide, GetGroup and ListGroups).
type groupResource struct {
	identitystore.GroupResource
	Members []string `json:"members"`
}

func (s *Server) readGroup(g identitystore.Group) any {
	if s.profile.GroupMembers == GroupMembersOmitted {
		return g.Resource()
	}
	return groupResource{g.Resource(), []string{}}
}

// getGroup: developer guide, GetGroup.
func (s *Server) getGroup(c *call) (reply, error) {
	g, ok := s.store.Group(c.id)
	if !ok {
		return reply{}, notFound(ruleExistence, why{"the id of an existing group", c.id, "URL", ""})
	}
	c.passed(ruleExistence, g.DisplayName)
	if err := s.unsupportedParameters(c, "attributes", "excludedAttributes"); err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: s.readGroup(g)}, nil
}

// patchGroup: developer guide, PatchGroup, which answers without content.
func (s *Server) patchGroup(c *call) (reply, error) {
	body, err := c.body()
	if err != nil {
		return reply{}, err
	}
	operations, err := readPatch(c, s.profile, body)
	if err != nil {
		return reply{}, err
	}
	p := groupPatch{decoder: decoder{c, s.profile}}
	_, err = s.store.EditGroup(c.id, func(e *identitystore.GroupEdit) error {
		return p.apply(e, operations)
	})
	if err != nil {
		return reply{}, s.patchProblem(err)
	}
	if p.refused != nil {
		return reply{}, p.refused
	}
	c.passed(rulePatch, "every operation was applied")
	return reply{status: http.StatusNoContent, body: nil}, nil
}

// patchProblem is fromStore with the statuses of PatchGroup, whose page lists
// neither a user who does not exist nor a conflict.
func (s *Server) patchProblem(err error) error {
	if e := (*identitystore.Error)(nil); errors.As(err, &e) {
		switch {
		case e.Kind == identitystore.Conflict:
			return another(s.fromStore(err), http.StatusConflict, s.profile.RenameConflict)
		case e.Kind == identitystore.NotFound && e.Attribute == "members.value":
			return another(s.fromStore(err), http.StatusNotFound, s.profile.PatchUnknownMember)
		}
	}
	return s.fromStore(err)
}

// deleteGroup: developer guide, DeleteGroup.
func (s *Server) deleteGroup(c *call) (reply, error) {
	if err := s.store.DeleteGroup(c.id); err != nil {
		return reply{}, s.fromStore(err)
	}
	return reply{status: http.StatusNoContent, body: nil}, nil
}
