package provisioning_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// scimServer is a SCIM server of maps, as RFC 7644 describes one: enough for
// what the service asks, with faults on demand.
type scimServer struct {
	*httptest.Server
	token string

	mu       sync.Mutex
	users    map[string]map[string]any
	groups   map[string]map[string]any
	unique   []string // attributes of which no two objects may have the same value when they are created
	serial   int
	requests []wireRequest
	fault    func(w http.ResponseWriter, r *http.Request, body []byte) bool // true: the request was answered
	after    func(r *http.Request) bool                                     // true: drop the connection although the request was carried out
}

// wireRequest is a request as it arrived.
type wireRequest struct {
	method, target, body string
	header               http.Header
}

func (r wireRequest) String() string {
	return strings.TrimSpace(r.method + " " + r.target + " " + r.body)
}

const testToken = "scim-token-0123456789"

func newSCIMServer(t testing.TB) *scimServer {
	t.Helper()
	s := &scimServer{token: testToken, users: make(map[string]map[string]any), groups: make(map[string]map[string]any), unique: []string{"userName", "externalId"}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *scimServer) tenantURL() string { return s.URL + "/scim/v2" }

func (s *scimServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	target := strings.TrimPrefix(r.URL.RequestURI(), "/scim/v2")
	s.requests = append(s.requests, wireRequest{r.Method, target, string(body), r.Header.Clone()})
	if r.Header.Get("Authorization") != "Bearer "+s.token {
		s.fail(w, http.StatusUnauthorized, "", "wrong token")
		return
	}
	if s.fault != nil && s.fault(w, r, body) {
		return
	}
	rec := httptest.NewRecorder()
	s.route(rec, r, body)
	if s.after != nil && s.after(r) {
		panic(http.ErrAbortHandler) // the client sees a closed connection
	}
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(rec.Code)
	w.Write(rec.Body.Bytes())
}

func (s *scimServer) route(w http.ResponseWriter, r *http.Request, body []byte) {
	parts := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/scim/v2"), "/"), "/")
	objects := map[string]map[string]map[string]any{"Users": s.users, "Groups": s.groups}[parts[0]]
	if objects == nil {
		s.fail(w, http.StatusNotFound, "", "no such endpoint")
		return
	}
	if len(parts) == 1 {
		switch r.Method {
		case http.MethodGet:
			s.list(w, r, objects)
		case http.MethodPost:
			s.create(w, objects, body)
		}
		return
	}
	o := objects[parts[1]]
	if o == nil {
		s.fail(w, http.StatusNotFound, "", "not found")
		return
	}
	switch r.Method {
	case http.MethodGet:
		s.write(w, http.StatusOK, shown(o, r))
	case http.MethodPatch:
		if err := applyPatch(o, body); err != nil {
			s.fail(w, http.StatusBadRequest, "invalidPath", err.Error())
			return
		}
		w.WriteHeader(http.StatusNoContent)
	case http.MethodDelete:
		delete(objects, parts[1])
		for _, g := range s.groups {
			removeMember(g, parts[1])
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

func shown(o map[string]any, r *http.Request) map[string]any {
	if r.URL.Query().Get("excludedAttributes") != "members" {
		return o
	}
	out := make(map[string]any)
	for name, v := range o {
		if name != "members" {
			out[name] = v
		}
	}
	return out
}

var filterForm = regexp.MustCompile(`^(\S+|emails\[type eq "work"\]\.value) eq "([^"]*)"$`)

func (s *scimServer) list(w http.ResponseWriter, r *http.Request, objects map[string]map[string]any) {
	filter := r.URL.Query().Get("filter")
	found := []any{}
	if id, rest, ok := strings.Cut(filter, `" and `); ok { // id eq "x" and manager eq "y"
		o := objects[strings.TrimPrefix(id, `id eq "`)]
		m := filterForm.FindStringSubmatch(rest)
		if o != nil && m != nil && strings.Contains(mustJSON(o[m[1]])+mustJSON(o[enterpriseURN]), `"`+m[2]+`"`) {
			found = append(found, shown(o, r))
		}
	} else if m := filterForm.FindStringSubmatch(filter); m != nil {
		for _, id := range sortedKeys(objects) {
			if strings.EqualFold(fmt.Sprint(attributeOf(objects[id], m[1])), m[2]) {
				found = append(found, shown(objects[id], r))
			}
		}
	} else {
		s.fail(w, http.StatusBadRequest, "invalidFilter", "bad filter "+filter)
		return
	}
	s.write(w, http.StatusOK, map[string]any{
		"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"}, "totalResults": len(found),
		"Resources": found, "startIndex": 1, "itemsPerPage": 20,
	})
}

func attributeOf(o map[string]any, path string) any {
	if strings.HasPrefix(path, "emails") {
		emails, _ := o["emails"].([]any)
		for _, e := range emails {
			return e.(map[string]any)["value"]
		}
		return nil
	}
	return o[path]
}

func (s *scimServer) create(w http.ResponseWriter, objects map[string]map[string]any, body []byte) {
	var o map[string]any
	if err := json.Unmarshal(body, &o); err != nil {
		s.fail(w, http.StatusBadRequest, "invalidSyntax", err.Error())
		return
	}
	for _, other := range objects {
		for _, unique := range s.unique {
			if v, ok := o[unique].(string); ok && strings.EqualFold(v, fmt.Sprint(other[unique])) {
				s.fail(w, http.StatusConflict, "uniqueness", "Refused to create a new, duplicate resource.")
				return
			}
		}
	}
	s.serial++
	prefix := "u"
	if _, isGroup := o["displayName"]; isGroup && o["userName"] == nil {
		prefix = "g"
	}
	o["id"] = fmt.Sprintf("%s%d", prefix, s.serial)
	objects[o["id"].(string)] = o
	s.write(w, http.StatusCreated, o)
}

func (s *scimServer) write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func (s *scimServer) fail(w http.ResponseWriter, status int, scimType, detail string) {
	e := map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, "detail": detail, "status": fmt.Sprint(status)}
	if scimType != "" {
		e["scimType"] = scimType
	}
	s.write(w, status, e)
}

const enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// applyPatch understands both dialects.
func applyPatch(o map[string]any, body []byte) error {
	var p struct {
		Operations []struct {
			Op, Path string
			Value    any
		}
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return err
	}
	for _, op := range p.Operations {
		if op.Path == "" {
			values, _ := op.Value.(map[string]any)
			for path, v := range values {
				set(o, path, v)
			}
			continue
		}
		if op.Path == "members" || strings.HasPrefix(op.Path, "members[") {
			patchMembers(o, strings.ToLower(op.Op), op.Path, op.Value)
			continue
		}
		set(o, op.Path, op.Value)
	}
	return nil
}

func patchMembers(o map[string]any, op, path string, value any) {
	if strings.HasPrefix(path, "members[") {
		removeMember(o, strings.Split(path, `"`)[1])
		return
	}
	for _, v := range value.([]any) {
		id := v.(map[string]any)["value"].(string)
		removeMember(o, id)
		if op == "add" {
			members, _ := o["members"].([]any)
			o["members"] = append(members, map[string]any{"value": id})
		}
	}
}

func removeMember(o map[string]any, id string) {
	members, _ := o["members"].([]any)
	o["members"] = slices.DeleteFunc(members, func(m any) bool { return m.(map[string]any)["value"] == id })
}

var elementPath = regexp.MustCompile(`^(\w+)\[(\w+) eq "([^"]*)"\]\.(\w+)$`)

// set writes an attribute as a good server does: a missing element of a
// multi-valued attribute is made, "False" is a boolean, a bare manager is an id.
func set(o map[string]any, path string, v any) {
	if path == "manager" { // the oldest form: a list of one on a path without schema
		path = enterpriseURN + ":manager"
		if list, ok := v.([]any); ok {
			v = list[0]
		}
	}
	if schema, name, ok := cutExtension(path); ok {
		extension, _ := o[schema].(map[string]any)
		if extension == nil {
			extension = make(map[string]any)
			o[schema] = extension
		}
		if name == "manager" {
			if id, isText := v.(string); isText {
				v = map[string]any{"value": id}
				if id == "" {
					v = nil
				}
			}
		}
		extension[name] = v
		return
	}
	if m := elementPath.FindStringSubmatch(path); m != nil {
		list, _ := o[m[1]].([]any)
		for _, e := range list {
			if e.(map[string]any)[m[2]] == m[3] {
				e.(map[string]any)[m[4]] = v
				return
			}
		}
		o[m[1]] = append(list, map[string]any{m[2]: m[3], m[4]: v})
		return
	}
	if root, sub, ok := strings.Cut(path, "."); ok {
		parent, _ := o[root].(map[string]any)
		if parent == nil {
			parent = make(map[string]any)
			o[root] = parent
		}
		parent[sub] = v
		return
	}
	if path == "active" {
		if text, isText := v.(string); isText {
			v = strings.EqualFold(text, "true")
		}
	}
	o[path] = v
}

func cutExtension(path string) (schema, name string, ok bool) {
	i := strings.LastIndexByte(path, ':')
	if !strings.HasPrefix(path, "urn:") || i < 0 {
		return "", "", false
	}
	return path[:i], path[i+1:], true
}

// taken returns the requests since the last call, as "METHOD target body", with
// the random ids of probes masked.
func (s *scimServer) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, r := range s.requests {
		r.target = probeID.ReplaceAllString(r.target, "%22<guid>%22")
		out = append(out, r.String())
	}
	s.requests = nil
	return out
}

var probeID = regexp.MustCompile(`%22[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}%22`)

// user returns a user by userName.
func (s *scimServer) user(name string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.users {
		if strings.EqualFold(fmt.Sprint(u["userName"]), name) {
			return u
		}
	}
	return nil
}

// members returns the userNames of a group's members.
func (s *scimServer) members(displayName string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, g := range s.groups {
		if g["displayName"] != displayName {
			continue
		}
		members, _ := g["members"].([]any)
		for _, m := range members {
			id := m.(map[string]any)["value"].(string)
			if u := s.users[id]; u != nil {
				out = append(out, fmt.Sprint(u["userName"]))
			} else {
				out = append(out, "?"+id)
			}
		}
	}
	slices.Sort(out)
	return out
}

// put adds an object directly.
func (s *scimServer) put(o map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o["userName"] != nil {
		s.users[o["id"].(string)] = o
	} else {
		s.groups[o["id"].(string)] = o
	}
}

func (s *scimServer) setFault(fault func(w http.ResponseWriter, r *http.Request, body []byte) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

func (s *scimServer) setToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = token
}

func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func sortedKeys(m map[string]map[string]any) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// unescape makes expected queries readable.
func unescape(t testing.TB, requests []string) []string {
	t.Helper()
	var out []string
	for _, r := range requests {
		method, rest, _ := strings.Cut(r, " ")
		target, body, _ := strings.Cut(rest, " ")
		plain, err := url.QueryUnescape(target)
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		out = append(out, strings.TrimSpace(method+" "+plain+" "+body))
	}
	return out
}
