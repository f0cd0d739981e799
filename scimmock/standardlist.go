package scimmock

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/idharness/harness/scimmock/document"
	"github.com/idharness/harness/scimmock/filter"
	"github.com/idharness/harness/scimmock/resource"
	"github.com/idharness/harness/sp/identitystore"
)

// The values of scimType of RFC 9865 section 2.1.
const (
	invalidCursor = "invalidCursor"
	expiredCursor = "expiredCursor"
	invalidCount  = "invalidCount"
)

const searchURN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

// search is what a query asks for (RFC 7644 section 3.4.2 and 3.4.3, RFC 9865
// section 2), from the URL or from the body of .search.
type search struct {
	params map[string]string // what was given, by the parameter's name
	start  int
	count  int // -1: not given
}

func searchParameters() []string {
	return []string{"filter", "sortBy", "sortOrder", "attributes", "excludedAttributes", "startIndex", "count", "cursor"}
}

// fromURL reads the query parameters.
func (s *standard) fromURL(c *call) (search, error) {
	q := search{params: make(map[string]string)}
	for _, name := range searchParameters() {
		text, present, err := c.query(name)
		if err != nil {
			return q, err
		}
		if present {
			q.params[name] = text
		}
	}
	return s.numbers(q)
}

// fromBody reads a SearchRequest.
func (s *standard) fromBody(c *call) (search, error) {
	q := search{params: make(map[string]string)}
	body, err := c.body()
	if err != nil {
		return q, err
	}
	if err := checkSchemas(body, searchURN); err != nil {
		return q, err
	}
	for _, m := range body.Members {
		at := slices.IndexFunc(searchParameters(), func(name string) bool { return strings.EqualFold(name, m.Name) })
		if at < 0 {
			continue
		}
		text := m.Value.Text
		if m.Value.Kind == document.Array {
			var names []string
			for _, item := range m.Value.Items {
				names = append(names, item.Text)
			}
			text = strings.Join(names, ",")
		}
		q.params[searchParameters()[at]] = text
	}
	return s.numbers(q)
}

func (s *standard) numbers(q search) (search, error) {
	q.start, q.count = 1, -1
	_, cursor := q.params["cursor"]
	for name, at := range map[string]*int{"startIndex": &q.start, "count": &q.count} {
		text, ok := q.params[name]
		if !ok {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || name == "count" && s.profile.CountRange == CountRefused && (n < 0 || n > s.profile.PageSize) {
			p := invalid(rulePaging, detailInvalid, why{"a number", text, "parameter " + name, ""})
			if cursor && name == "count" {
				p.scimType = invalidCount
			}
			return q, p
		}
		*at = max(n, 0) // RFC 7644 section 3.4.2.4: a negative count is 0
	}
	q.start = max(q.start, 1)
	if q.count < 0 || q.count > s.profile.PageSize {
		q.count = s.profile.PageSize
	}
	return q, nil
}

// collection is the resources of one type that an index of the store narrows
// down, page by page.
type collection struct {
	typ  *resource.Type
	page func(identitystore.Page) ([]resource.Object, uint64, error)
}

// page makes objects of what the store gives.
func page[T any](find finder[T], object func(T, string) (resource.Object, error), base string) func(identitystore.Page) ([]resource.Object, uint64, error) {
	return func(p identitystore.Page) ([]resource.Object, uint64, error) {
		found, next := find(p)
		objects := make([]resource.Object, len(found))
		for i, one := range found {
			var err error
			if objects[i], err = object(one, base); err != nil {
				return nil, 0, err
			}
		}
		return objects, next, nil
	}
}

// must finds a value that every result of a filter has, by an attribute in
// lower case: only comparisons that are joined by and count.
func must(e filter.Expr, attribute string) (string, bool) {
	switch e := e.(type) {
	case *filter.And:
		if v, ok := must(e.Left, attribute); ok {
			return v, true
		}
		return must(e.Right, attribute)
	case *filter.Compare:
		name := e.Attr.Name
		if e.Attr.Sub != "" {
			name += "." + e.Attr.Sub
		}
		core := e.Attr.URN == "" || strings.EqualFold(e.Attr.URN, identitystore.UserURN) || strings.EqualFold(e.Attr.URN, identitystore.GroupURN)
		return e.Value.Text, core && e.Op == filter.Eq && e.Value.Kind == filter.String && strings.EqualFold(name, attribute)
	}
	return "", false
}

func (s *standard) userCollection(e filter.Expr, base string) collection {
	find := finder[identitystore.User](s.store.UserPage)
	if v, ok := must(e, "id"); ok {
		find = single(s.store.User(v))
	} else if v, ok := must(e, "username"); ok {
		find = single(s.store.UserByName(v))
	} else if v, ok := must(e, "externalid"); ok {
		find = single(s.store.UserByExternalID(v))
	} else if v, ok := must(e, "groups.value"); ok {
		find = func(p identitystore.Page) ([]identitystore.User, uint64) { return s.store.MemberPage(v, p) }
	} else if v, ok := must(e, "displayname"); ok && v != "" {
		find = func(p identitystore.Page) ([]identitystore.User, uint64) { return s.store.DisplayNamePage(v, p) }
	}
	return collection{s.users, page(find, s.userObject, base)}
}

func (s *standard) groupCollection(e filter.Expr, base string) collection {
	find := finder[identitystore.Group](s.store.GroupPage)
	if v, ok := must(e, "id"); ok {
		find = single(s.store.Group(v))
	} else if v, ok := must(e, "displayname"); ok {
		find = single(s.store.GroupByName(v))
	} else if v, ok := must(e, "externalid"); ok {
		find = single(s.store.GroupByExternalID(v))
	} else if v, ok := must(e, "members.value"); ok {
		find = func(p identitystore.Page) ([]identitystore.Group, uint64) { return s.store.MembershipPage(v, p) }
	}
	return collection{s.groups, page(find, s.groupObject, base)}
}

func (s *standard) listUsers(c *call) (reply, error) {
	q, err := s.fromURL(c)
	if err != nil {
		return reply{}, err
	}
	return s.query(c, q, []*resource.Type{s.users}, s.userCollection)
}

func (s *standard) listGroups(c *call) (reply, error) {
	q, err := s.fromURL(c)
	if err != nil {
		return reply{}, err
	}
	return s.query(c, q, []*resource.Type{s.groups}, s.groupCollection)
}

// searchOnly refuses POST on anything but .search.
func (s *standard) searchOnly(c *call) error {
	if c.id != ".search" {
		return s.noSuchMethod(c, s.profile.UnsupportedMethod, []string{http.MethodGet, http.MethodPatch, http.MethodPut, http.MethodDelete})
	}
	return nil
}

func (s *standard) searchUsers(c *call) (reply, error) {
	if err := s.searchOnly(c); err != nil {
		return reply{}, err
	}
	q, err := s.fromBody(c)
	if err != nil {
		return reply{}, err
	}
	return s.query(c, q, []*resource.Type{s.users}, s.userCollection)
}

func (s *standard) searchGroups(c *call) (reply, error) {
	if err := s.searchOnly(c); err != nil {
		return reply{}, err
	}
	q, err := s.fromBody(c)
	if err != nil {
		return reply{}, err
	}
	return s.query(c, q, []*resource.Type{s.groups}, s.groupCollection)
}

// searchAll searches users and groups (RFC 7644 section 3.4.2.1).
func (s *standard) searchAll(c *call) (reply, error) {
	q, err := s.fromBody(c)
	if err != nil {
		return reply{}, err
	}
	return s.query(c, q, []*resource.Type{s.users, s.groups}, s.userCollection, s.groupCollection)
}

// hit is a resource that a query found.
type hit struct {
	typ    *resource.Type
	object resource.Object
}

// listResponse is a ListResponse (RFC 7644 section 3.4.2, RFC 9865 section 2). There
// is no startIndex where a cursor was used, and no total: it is not counted.
type listResponse struct {
	Schemas      []string          `json:"schemas"`
	TotalResults *int              `json:"totalResults,omitempty"`
	StartIndex   int               `json:"startIndex,omitempty"`
	ItemsPerPage int               `json:"itemsPerPage"`
	NextCursor   string            `json:"nextCursor,omitempty"`
	Resources    []json.RawMessage `json:"Resources"`
}

func (s *standard) query(c *call, q search, types []*resource.Type, collections ...func(filter.Expr, string) collection) (reply, error) {
	var e filter.Expr
	if text, ok := q.params["filter"]; ok {
		var err error
		if e, err = parseFilter(text, types...); err != nil {
			return reply{}, err
		}
	}
	projections := make(map[*resource.Type]resource.Projection)
	for _, t := range types {
		var err error
		if projections[t], err = t.Project(q.params["attributes"], q.params["excludedAttributes"]); err != nil {
			return reply{}, standardProblem(err)
		}
	}
	var from []collection
	for _, one := range collections {
		from = append(from, one(e, c.base()))
	}
	answer := listResponse{Schemas: []string{listURN}}
	var hits []hit
	if cursor, ok := q.params["cursor"]; ok {
		after, err := s.readCursor(c, q, cursor)
		if err != nil {
			return reply{}, err
		}
		var next uint64
		if hits, next, err = s.afterCursor(q, e, from, after); err != nil {
			return reply{}, err
		}
		if next > 0 {
			answer.NextCursor = s.cursor(c, q, next)
		}
	} else {
		all, err := found(e, from)
		if err == nil {
			err = q.sort(all, types[0])
		}
		if err != nil {
			return reply{}, standardProblem(err)
		}
		total := len(all)
		first := min(q.start-1, total)
		hits = all[first:min(first+q.count, total)]
		answer.TotalResults, answer.StartIndex = &total, q.start
	}
	answer.ItemsPerPage = len(hits)
	answer.Resources = make([]json.RawMessage, len(hits))
	for i, h := range hits {
		var err error
		if answer.Resources[i], err = h.typ.Marshal(projections[h.typ].Apply(h.object)); err != nil {
			return reply{}, err
		}
	}
	c.passed(ruleFilter, fmt.Sprintf("%d found", len(hits)))
	return reply{status: http.StatusOK, body: answer}, nil
}

// found lists everything that a filter selects.
func found(e filter.Expr, from []collection) ([]hit, error) {
	var hits []hit
	for _, one := range from {
		objects, _, err := one.page(identitystore.Page{})
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			if e == nil || one.typ.Match(o, e) {
				hits = append(hits, hit{one.typ, o})
			}
		}
	}
	return hits, nil
}

func (q search) sort(hits []hit, t *resource.Type) error {
	by, ok := q.params["sortBy"]
	if !ok || by == "" {
		return nil
	}
	order, err := t.Order(by)
	if err != nil {
		return err
	}
	descending := false
	switch direction := q.params["sortOrder"]; {
	case strings.EqualFold(direction, "descending"):
		descending = true
	case direction != "" && !strings.EqualFold(direction, "ascending"):
		return &resource.Error{ScimType: resource.InvalidValue, Expected: "ascending or descending", Got: direction, Where: "sortOrder"}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return order(a.object, b.object) })
	if descending {
		slices.Reverse(hits)
	}
	return nil
}
