package control

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
)

// route is one operation: how it is reached, what it takes and gives, and what
// it does. The router and the OpenAPI document are made of the same routes.
type route struct {
	method, path string // {name} stands for one segment
	id           string // operationId
	summary      string
	tag          string
	query        []parameter
	example      string // of the body
	takes        reflect.Type
	gives        reflect.Type
	media        string // of the answer; default application/json
	status       int
	open         bool // served without a token, whatever the Host

	serve func(*call) error
}

// parameter is a part of the path or of the query.
type parameter struct {
	name, doc string
	example   string
	kind      string // string or integer
	oneOf     []string
}

// nothing is the answer of routes that have none.
type nothing struct{}

// read makes a route that takes no body.
func read[R any](method, path, id, summary string, do func(*call) (R, error)) route {
	r := route{method: method, path: path, id: id, summary: summary, gives: reflect.TypeFor[R](), status: http.StatusOK}
	if r.gives == reflect.TypeFor[nothing]() {
		r.status = http.StatusNoContent
	}
	r.serve = func(c *call) error {
		if err := c.noBody(); err != nil {
			return err
		}
		result, err := do(c)
		if err != nil {
			return err
		}
		return c.answer(c.route.status, result)
	}
	return r
}

// send makes a route that takes a JSON body.
func send[B, R any](method, path, id, summary, example string, do func(*call, B) (R, error)) route {
	r := route{method: method, path: path, id: id, summary: summary, example: example, takes: reflect.TypeFor[B](), gives: reflect.TypeFor[R](), status: http.StatusOK}
	if r.gives == reflect.TypeFor[nothing]() {
		r.status = http.StatusNoContent
	}
	r.serve = func(c *call) error {
		var body B
		if err := c.decode(&body); err != nil {
			return err
		}
		result, err := do(c, body)
		if err != nil {
			return err
		}
		return c.answer(c.route.status, result)
	}
	return r
}

// makes is a route that makes something: it answers 201.
func makes[B, R any](path, id, summary, example string, do func(*call, B) (R, error)) route {
	return created(send(http.MethodPost, path, id, summary, example, do))
}

func created(r route) route {
	r.status = http.StatusCreated
	return r
}

// tagged puts routes into a part of the document.
func tagged(tag string, routes ...route) []route {
	for i := range routes {
		routes[i].tag = tag
	}
	return routes
}

// table lists every route, in the order of the document.
func (s *Server) table() []route {
	return slices.Concat(
		tagged("service", s.serviceRoutes()...),
		tagged("clock", s.clockRoutes()...),
		tagged("trace", s.traceRoutes()...),
		tagged("faults", s.faultRoutes()...),
		tagged("sign-in", s.signInRoutes()...),
		tagged("entra", s.entraUserRoutes()...),
		tagged("entra", s.entraGroupRoutes()...),
		tagged("entra", s.entraTenantRoutes()...),
		tagged("applications", s.appRoutes()...),
		tagged("applications", s.certificateRoutes()...),
		tagged("applications", s.trustRoutes()...),
		tagged("provisioning", s.provisioningRoutes()...),
		tagged("identityCenter", s.centerUserRoutes()...),
		tagged("identityCenter", s.centerAccessRoutes()...),
		tagged("identityCenter", s.centerSettingRoutes()...),
		tagged("state", s.stateRoutes()...),
	)
}

// match finds the route of a request. Path parameters go to the call.
func (s *Server) match(c *call) (*route, error) {
	path := c.r.URL.EscapedPath()
	var methods []string
	for i := range s.routes {
		at := &s.routes[i]
		values, ok := fits(at.path, path)
		if !ok {
			continue
		}
		if at.method == c.r.Method || at.method == http.MethodGet && c.r.Method == http.MethodHead && at.media != eventStream {
			c.values = values
			c.route = at
			return at, nil
		}
		methods = append(methods, at.method)
	}
	if len(methods) == 0 {
		return nil, s.noRoute(path)
	}
	slices.Sort(methods)
	c.w.Header().Set("Allow", strings.Join(methods, ", "))
	return nil, &problem{
		Kind: "method", Status: http.StatusMethodNotAllowed, Detail: c.r.Method + " is not what " + c.r.URL.Path + " takes",
		Expected: strings.Join(methods, " or "), Got: c.r.Method,
	}
}

// fits compares a path with a route's, segment by segment, and returns what
// stands for its parameters.
func fits(pattern, path string) (map[string]string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	values := make(map[string]string)
	for i, segment := range want {
		name, isParameter := strings.CutPrefix(segment, "{")
		if !isParameter {
			if segment != got[i] {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(got[i])
		if err != nil || value == "" {
			return nil, false
		}
		values[strings.TrimSuffix(name, "}")] = value
	}
	return values, true
}

// noRoute says that there is nothing at a path, and what may have been meant.
func (s *Server) noRoute(path string) error {
	p := &problem{Kind: "route", Status: http.StatusNotFound, Detail: "there is no route " + clip(path), Got: clip(path), Hint: "/openapi.json lists the routes"}
	if near, ok := s.nearest(path); ok {
		p.Expected = near
		p.Hint = "did you mean " + near + "?"
	}
	return p
}

// nearest finds the route that a path is a slip of: the one that differs in the
// fewest segments, each by a slip, or that the path is a part of.
func (s *Server) nearest(path string) (string, bool) {
	got := strings.Split(strings.TrimSuffix(path, "/"), "/")
	best, fewest := "", len(got)+1
	for i := range s.routes {
		pattern := s.routes[i].path
		if slips, ok := slipsOf(strings.Split(pattern, "/"), got); ok && slips < fewest {
			best, fewest = pattern, slips
		}
	}
	return best, best != ""
}

func slipsOf(want, got []string) (int, bool) {
	if len(got) == len(want)-1 && len(got) > 1 && got[1] != "v1" { // /clock for /v1/clock
		got = slices.Insert(slices.Clone(got), 1, "v1")
	}
	if len(want) != len(got) {
		return 0, false
	}
	slips := 0
	for i, segment := range want {
		switch {
		case strings.HasPrefix(segment, "{"), segment == got[i]:
		default:
			if _, near := strictyaml.Nearest(got[i], []string{segment}); !near {
				return 0, false
			}
			slips++
		}
	}
	return slips, true
}
