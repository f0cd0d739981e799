package scimmock

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/idharness/harness/scimmock/document"
	"github.com/idharness/harness/scimmock/filter"
	"github.com/idharness/harness/scimmock/resource"
	"github.com/idharness/harness/sp/identitystore"
)

// standard answers by RFC 7643, 7644 and 9865 what the rest of the package
// answers as AWS does. What it knows of attributes is in package resource.
type standard struct {
	*Server
	users, groups *resource.Type
}

func newStandard(s *Server) *standard { return &standard{s, resource.User(), resource.Group()} }

// operations lists what the server has; /Me and /Bulk it announces not to.
func (s *standard) operations() []operation {
	list := []operation{
		{"CreateUser", http.MethodPost, "Users", false, s.createUser},
		{"GetUser", http.MethodGet, "Users", true, s.getUser},
		{"ListUsers", http.MethodGet, "Users", false, s.listUsers},
		{"SearchUsers", http.MethodPost, "Users", true, s.searchUsers},
		{"PatchUser", http.MethodPatch, "Users", true, s.patchUser},
		{"PutUser", http.MethodPut, "Users", true, s.putUser},
		{"DeleteUser", http.MethodDelete, "Users", true, s.deleteUser},
		{"CreateGroup", http.MethodPost, "Groups", false, s.createGroup},
		{"GetGroup", http.MethodGet, "Groups", true, s.getGroup},
		{"ListGroups", http.MethodGet, "Groups", false, s.listGroups},
		{"SearchGroups", http.MethodPost, "Groups", true, s.searchGroups},
		{"PatchGroup", http.MethodPatch, "Groups", true, s.patchGroup},
		{"PutGroup", http.MethodPut, "Groups", true, s.putGroup},
		{"DeleteGroup", http.MethodDelete, "Groups", true, s.deleteGroup},
		{"Search", http.MethodPost, ".search", false, s.searchAll},
		{"ServiceProviderConfig", http.MethodGet, "ServiceProviderConfig", false, s.serviceProviderConfig},
		{"ListSchemas", http.MethodGet, "Schemas", false, s.listSchemas},
		{"GetSchema", http.MethodGet, "Schemas", true, s.getSchema},
		{"ListResourceTypes", http.MethodGet, "ResourceTypes", false, s.listResourceTypes},
		{"GetResourceType", http.MethodGet, "ResourceTypes", true, s.getResourceType},
		{"Bulk", http.MethodPost, "Bulk", false, notImplemented},
	}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		list = append(list, operation{"Me", method, "Me", false, notImplemented})
	}
	return list
}

// notImplemented: RFC 7644 section 3.11 for /Me.
func notImplemented(c *call) (reply, error) {
	return reply{}, refuse(http.StatusNotImplemented, validationException, ruleOperation, detailMethod, why{"an endpoint that ServiceProviderConfig announces", c.http.URL.Path, "URL", ""})
}

// base is the address that locations begin with.
func (c *call) base() string {
	scheme := "http"
	if c.http.TLS != nil {
		scheme = "https"
	}
	return fmt.Sprintf("%s://%s/%s/scim/v2", scheme, c.http.Host, c.tenant)
}

func (s *standard) reader(c *call, t *resource.Type) resource.Reader {
	return resource.Reader{Type: t, IgnoreUnknown: !s.profile.RefuseUnknown, Note: c.note}
}

// decode reads the body as a whole resource.
func (s *standard) decode(c *call, t *resource.Type) (resource.Object, error) {
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	o, err := s.reader(c, t).Decode(body)
	if err != nil {
		return nil, standardProblem(err)
	}
	return o, nil
}

// standardProblem turns an error of package resource into the endpoint's.
func standardProblem(err error) error {
	e := (*resource.Error)(nil)
	if !errors.As(err, &e) {
		return err
	}
	p := invalid(ruleSchema, detailInvalid, why{e.Expected, e.Got, e.Where, ""})
	p.scimType = e.ScimType
	return p
}

// represent answers with a resource, as much of it as was asked for.
func (s *standard) represent(c *call, status int, t *resource.Type, o resource.Object) (reply, error) {
	attributes, _, err := c.query("attributes")
	if err != nil {
		return reply{}, err
	}
	excluded, _, err := c.query("excludedAttributes")
	if err != nil {
		return reply{}, err
	}
	projection, err := t.Project(attributes, excluded)
	if err != nil {
		return reply{}, standardProblem(err)
	}
	text, err := t.Marshal(projection.Apply(o))
	if err != nil {
		return reply{}, err
	}
	r := reply{status: status, body: json.RawMessage(text)}
	if status == http.StatusCreated {
		meta, _ := o["meta"].(resource.Object)
		r.location, _ = meta["location"].(string)
	}
	return r, nil
}

// asObject writes a resource of the store as an Object.
func asObject(v any) (resource.Object, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write resource: %w", err)
	}
	var o resource.Object
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, fmt.Errorf("read resource: %w", err)
	}
	return o, nil
}

// the attributes of Additional, and those whose values have a display there.
func additionalLists(a *identitystore.Additional) map[string]*[]identitystore.Entry {
	return map[string]*[]identitystore.Entry{
		"ims": &a.IMs, "photos": &a.Photos, "entitlements": &a.Entitlements, "x509Certificates": &a.X509Certificates,
	}
}

func displayed() []string { return []string{"emails", "phoneNumbers", "roles"} }

// userAttributes are the attributes of a user that a client can write.
func userAttributes(u identitystore.User) (resource.Object, error) {
	o, err := asObject(u.Resource())
	if err != nil || u.Additional == nil {
		return o, err
	}
	for name, entries := range additionalLists(u.Additional) {
		var list []any
		for _, e := range *entries {
			one, err := asObject(e)
			if err != nil {
				return nil, err
			}
			list = append(list, one)
		}
		if list != nil {
			o[name] = list
		}
	}
	seen := make(map[string]bool)
	for _, d := range u.Additional.Displays {
		list, _ := o[d.Attribute].([]any)
		for i, v := range list {
			one, ok := v.(resource.Object)
			at := fmt.Sprint(d.Attribute, i)
			if !ok || seen[at] || textOf(one["value"]) != d.Value || textOf(one["type"]) != d.Type || (one["primary"] == true) != d.Primary {
				continue
			}
			if seen[at] = true; d.Display != "" {
				one["display"] = d.Display
			}
			break
		}
	}
	return o, nil
}

func textOf(v any) string {
	text, _ := v.(string)
	return text
}

// userObject is a user as it is shown.
func (s *standard) userObject(u identitystore.User, base string) (resource.Object, error) {
	o, err := userAttributes(u)
	if err != nil {
		return nil, err
	}
	locate(o, base+"/Users/"+u.ID)
	if inner, ok := o[identitystore.EnterpriseURN].(resource.Object); ok {
		if manager, ok := inner["manager"].(resource.Object); ok {
			manager["$ref"] = base + "/Users/" + textOf(manager["value"])
		}
	}
	var groups []any
	for _, id := range s.store.GroupsOf(u.ID) {
		one := resource.Object{"value": id, "$ref": base + "/Groups/" + id, "type": "direct"}
		if g, ok := s.store.Group(id); ok {
			one["display"] = g.DisplayName
		}
		groups = append(groups, one)
	}
	if groups != nil {
		o["groups"] = groups
	}
	return o, nil
}

func locate(o resource.Object, location string) {
	if meta, ok := o["meta"].(resource.Object); ok {
		meta["location"] = location
	}
}

// setUser gives a user the attributes that o has and no others. A password
// that o does not have stays: it cannot be read, so nobody can send it along.
func (s *standard) setUser(u *identitystore.User, o resource.Object) error {
	o = resource.Clone(o)
	additional := &identitystore.Additional{}
	if u.Additional != nil {
		additional.Password = u.Additional.Password
	}
	if password := textOf(o["password"]); password != "" {
		hash, err := s.hash(password)
		if err != nil {
			return err
		}
		additional.Password = hash
	}
	for name, entries := range additionalLists(additional) {
		text, err := json.Marshal(o[name])
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := json.Unmarshal(text, entries); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	for _, name := range displayed() {
		list, _ := o[name].([]any)
		var displays []identitystore.Display
		some := false
		for _, v := range list {
			if one, ok := v.(resource.Object); ok {
				some = some || textOf(one["display"]) != ""
				displays = append(displays, identitystore.Display{
					Attribute: name, Value: textOf(one["value"]), Type: textOf(one["type"]), Primary: one["primary"] == true, Display: textOf(one["display"])})
			}
		}
		if some { // of all, to tell apart those that are alike but for it
			additional.Displays = append(additional.Displays, displays...)
		}
	}
	for _, own := range []string{"id", "meta", "schemas", "groups"} {
		delete(o, own)
	}
	text, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("write user: %w", err)
	}
	r := identitystore.UserResource{Active: s.profile.ActiveByDefault}
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("read user: %w", err)
	}
	next := r.User()
	next.Additional, next.CreatedBy = additional, u.CreatedBy
	*u = next
	return nil
}

// hash is what is kept of a password: RFC 7643 section 4.1.1 forbids clear text.
func (s *standard) hash(password string) (string, error) {
	const iterations = 10_000
	salt := s.ids.Bytes(16)
	key, err := pbkdf2.Key(sha256.New, password, salt, iterations, 32)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return fmt.Sprintf("pbkdf2-sha256$%d$%s$%s", iterations, base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

func (s *standard) showUser(c *call, status int, u identitystore.User) (reply, error) {
	o, err := s.userObject(u, c.base())
	if err != nil {
		return reply{}, err
	}
	return s.represent(c, status, s.users, o)
}

func (s *standard) createUser(c *call) (reply, error) {
	o, err := s.decode(c, s.users)
	if err != nil {
		return reply{}, err
	}
	u := identitystore.User{CreatedBy: identitystore.CreatedBySCIM}
	if err := s.setUser(&u, o); err != nil {
		return reply{}, err
	}
	created, err := s.store.CreateUser(u)
	if err != nil {
		return reply{}, s.fromStore(err)
	}
	return s.showUser(c, http.StatusCreated, created)
}

func (s *standard) getUser(c *call) (reply, error) {
	u, ok := s.store.User(c.id)
	if !ok {
		return reply{}, noUser(c)
	}
	return s.showUser(c, http.StatusOK, u)
}

// putUser: RFC 7644 section 3.5.1.
func (s *standard) putUser(c *call) (reply, error) {
	o, err := s.decode(c, s.users)
	if err != nil {
		return reply{}, err
	}
	return s.updateUser(c, s.profile.PutUserStatus, func(u *identitystore.User) error { return s.setUser(u, o) })
}

// patchUser: RFC 7644 section 3.5.2. All operations take effect, or none.
func (s *standard) patchUser(c *call) (reply, error) {
	body, err := s.patchBody(c)
	if err != nil {
		return reply{}, err
	}
	return s.updateUser(c, http.StatusOK, func(u *identitystore.User) error {
		o, err := userAttributes(*u)
		if err != nil {
			return err
		}
		if err := (resource.Patcher{Reader: s.reader(c, s.users), CreateFiltered: s.profile.CreateFiltered}).Patch(o, body); err != nil {
			return err
		}
		return s.setUser(u, o)
	})
}

func (s *standard) updateUser(c *call, status int, change func(*identitystore.User) error) (reply, error) {
	updated, err := s.store.UpdateUser(c.id, change)
	if err != nil {
		return reply{}, s.fromStore(standardProblem(err))
	}
	return s.showUser(c, status, updated)
}

func (s *standard) patchBody(c *call) (document.Value, error) {
	body, err := c.body()
	if err != nil {
		return body, err
	}
	if err := checkSchemas(body, patchOpURN); err != nil {
		p := err.(*problem)
		p.scimType = resource.InvalidSyntax
		return body, p
	}
	return body, nil
}

// parseFilter reads a filter about resources of some types.
func parseFilter(text string, types ...*resource.Type) (filter.Expr, error) {
	var urns []string
	for _, t := range types {
		urns = append(urns, t.URNs()...)
	}
	e, err := filter.Parse(text, urns...)
	if bad := (*filter.Error)(nil); errors.As(err, &bad) {
		return nil, badFilter(bad.Expected, bad.Got, fmt.Sprintf("filter, byte %d", bad.Offset), bad.Caret())
	}
	if err != nil {
		return nil, fmt.Errorf("read filter: %w", err)
	}
	if err := resource.CheckFilter(e, types...); err != nil {
		return nil, standardProblem(err)
	}
	return e, nil
}
