package scimmock

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/idharness/harness/scimmock/filter"
	"github.com/idharness/harness/sp/identitystore"
)

// The filters of ListUsers and ListGroups (developer guide, both pages): one
// comparison by eq, or id together with a reference. Each is answered from an
// index of the store.

// term is one comparison of a filter.
type term struct{ attribute, value string }

// terms reads the filter of a request; there is none if it has no filter.
func (c *call) terms(base string) ([]term, error) {
	text, present, err := c.query("filter")
	if err != nil || !present {
		return nil, err
	}
	parsed, err := filter.Parse(text, base, identitystore.EnterpriseURN)
	if bad := (*filter.Error)(nil); errors.As(err, &bad) {
		return nil, badFilter(bad.Expected, bad.Got, fmt.Sprintf("filter, byte %d", bad.Offset), bad.Caret())
	}
	if err != nil {
		return nil, fmt.Errorf("read filter: %w", err)
	}
	if both, ok := parsed.(*filter.And); ok {
		first, err := oneTerm(both.Left, base)
		if err != nil {
			return nil, err
		}
		second, err := oneTerm(both.Right, base)
		if err != nil {
			return nil, err
		}
		if first.attribute != "id" {
			first, second = second, first
		}
		return []term{first, second}, nil
	}
	only, err := oneTerm(parsed, base)
	return []term{only}, err
}

func oneTerm(e filter.Expr, base string) (term, error) {
	c, ok := e.(*filter.Compare)
	if !ok || c.Op != filter.Eq {
		return term{}, badFilter(`comparisons by eq, such as userName eq "ana@contoso.example"`, describe(e), "filter", "IAM Identity Center supports only eq, and two of them joined by and")
	}
	where := fmt.Sprintf("filter, byte %d", c.Value.Offset)
	if c.Value.Kind != filter.String || c.Value.Text == "" {
		return term{}, badFilter("a value in quotation marks that is not empty", c.Value.Text, where, "")
	}
	if c.Attr.URN == base {
		c.Attr.URN = ""
	}
	return term{strings.ToLower(c.Attr.String()), c.Value.Text}, nil
}

func describe(e filter.Expr) string {
	switch e := e.(type) {
	case *filter.Or:
		return "or"
	case *filter.Not:
		return "not"
	case *filter.And:
		return "more than two comparisons"
	case *filter.Element:
		return e.Attr.String() + "[…]"
	case *filter.Compare:
		return string(e.Op)
	}
	return "another filter"
}

func badFilter(expected, got, where, hint string) error {
	return invalid(ruleFilter, detailBadFilter, why{expected, got, where, hint})
}

func unsupportedFilter(terms []term, supported string) error {
	var names []string
	for _, t := range terms {
		names = append(names, t.attribute)
	}
	return badFilter(supported, strings.Join(names, " and "), "filter", "IAM Identity Center does not support other attributes")
}

// listUsers: developer guide, ListUsers.
func (s *Server) listUsers(c *call) (reply, error) {
	terms, err := c.terms(identitystore.UserURN)
	if err != nil {
		return reply{}, err
	}
	find, err := s.findUsers(terms)
	if err != nil {
		return reply{}, err
	}
	if err := s.unsupportedParameters(c, "startIndex", "attributes", "excludedAttributes", "sortBy"); err != nil {
		return reply{}, err
	}
	return listing(c, s.profile, find, func(u identitystore.User) any { return s.userResource(u) })
}

// finder answers a filter page by page.
type finder[T any] func(identitystore.Page) ([]T, uint64)

func single[T any](found T, ok bool) finder[T] {
	return func(p identitystore.Page) ([]T, uint64) {
		if !ok || p.After > 0 {
			return nil, 0
		}
		return []T{found}, 0
	}
}

func (s *Server) findUsers(terms []term) (finder[identitystore.User], error) {
	if len(terms) == 0 {
		return s.store.UserPage, nil
	}
	first := terms[0]
	if len(terms) == 2 {
		u, ok := s.store.User(first.value)
		second := terms[1]
		if first.attribute != "id" || second.attribute != "manager" && second.attribute != strings.ToLower(identitystore.EnterpriseURN)+":manager" {
			return nil, unsupportedFilter(terms, "userName, externalId, groups.value, or id and manager")
		}
		return single(u, ok && u.Enterprise != nil && u.Enterprise.Manager != nil && u.Enterprise.Manager.Value == second.value), nil
	}
	switch first.attribute {
	case "username":
		return single(s.store.UserByName(first.value)), nil
	case "externalid":
		return single(s.store.UserByExternalID(first.value)), nil
	case "id":
		return single(s.store.User(first.value)), nil
	case "groups.value":
		return func(p identitystore.Page) ([]identitystore.User, uint64) { return s.store.MemberPage(first.value, p) }, nil
	}
	return nil, unsupportedFilter(terms, "userName, externalId, groups.value, or id and manager")
}

// listGroups: developer guide, ListGroups.
func (s *Server) listGroups(c *call) (reply, error) {
	terms, err := c.terms(identitystore.GroupURN)
	if err != nil {
		return reply{}, err
	}
	find, err := s.findGroups(terms)
	if err != nil {
		return reply{}, err
	}
	if err := s.unsupportedParameters(c, "startIndex", "attributes", "excludedAttributes", "sortBy"); err != nil {
		return reply{}, err
	}
	return listing(c, s.profile, find, func(g identitystore.Group) any { return s.readGroup(g) })
}

func (s *Server) findGroups(terms []term) (finder[identitystore.Group], error) {
	const supported = "displayName, externalId, members.value, or id and members"
	if len(terms) == 0 {
		return s.store.GroupPage, nil
	}
	first := terms[0]
	if len(terms) == 2 {
		second := terms[1]
		if first.attribute != "id" || second.attribute != "members" && second.attribute != "member" && second.attribute != "members.value" {
			return nil, unsupportedFilter(terms, supported)
		}
		if err := s.member(second.value); err != nil {
			return nil, err
		}
		g, ok := s.store.Group(first.value)
		return single(g, ok && s.store.IsMember(first.value, second.value)), nil
	}
	switch first.attribute {
	case "displayname":
		return single(s.store.GroupByName(first.value)), nil
	case "externalid":
		return single(s.store.GroupByExternalID(first.value)), nil
	case "id":
		return single(s.store.Group(first.value)), nil
	case "members.value":
		if err := s.member(first.value); err != nil {
			return nil, err
		}
		return func(p identitystore.Page) ([]identitystore.Group, uint64) {
			return s.store.MembershipPage(first.value, p)
		}, nil
	}
	return nil, unsupportedFilter(terms, supported)
}

// member refuses a member who does not exist, as ListGroups does and ListUsers
// does not.
func (s *Server) member(id string) error {
	if _, ok := s.store.User(id); !ok {
		return refuse(http.StatusNotFound, resourceNotFoundException, ruleExistence, detailNotFound, why{"the id of an existing user", id, "filter", ""})
	}
	return nil
}
