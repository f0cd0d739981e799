package scenarios

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
)

// httpRequest sends a raw request to any URL.
type httpRequest struct {
	Method  string            `yaml:"method" doc:"Default: GET, or POST with a body."`
	URL     string            `yaml:"url" required:"true"`
	Headers map[string]string `yaml:"headers"`
	Body    *strictyaml.Node  `yaml:"body" doc:"Text, or a map or list that is sent as JSON."`
}

// scimRequest sends a raw request to the SCIM endpoint, or to the target in its
// place, with a valid token unless another is given.
type scimRequest struct {
	Method  string            `yaml:"method" doc:"Default: GET, or POST with a body."`
	Path    string            `yaml:"path" required:"true" doc:"Below the endpoint, such as /Users?filter=…"`
	Token   string            `yaml:"token" doc:"Bearer token. Default: one made for this purpose."`
	Headers map[string]string `yaml:"headers"`
	Body    *strictyaml.Node  `yaml:"body" doc:"Text, or a map or list that is sent as JSON."`
}

// methods are those of HTTP. Others may be sent, but not slips of these.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace}

func checkMethod(n *strictyaml.Node, method string) strictyaml.Errors {
	if n == nil || n.Unresolved() || slices.Contains(methods, strings.ToUpper(method)) {
		return nil
	}
	if near, ok := strictyaml.Nearest(method, methods); ok {
		return strictyaml.Errors{n.Errorf("there is no method %s; did you mean %s?", method, near)}
	}
	return nil
}

func (a *httpRequest) check(n *strictyaml.Node) strictyaml.Errors {
	errs := checkMethod(n.Get("method"), a.Method)
	at := n.Get("url")
	if at.Unresolved() {
		return errs
	}
	if u, err := url.Parse(strings.ReplaceAll(a.URL, " ", "%20")); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		e := at.Errorf("%q is no address that http can ask", a.URL)
		e.Hint = "a URL begins with http:// or https://; observe: entra.endpoints and identityCenter.endpoints tell those of the mocks"
		errs = append(errs, e)
	}
	return errs
}

func (a *scimRequest) check(n *strictyaml.Node) strictyaml.Errors {
	errs := checkMethod(n.Get("method"), a.Method)
	if at := n.Get("path"); !at.Unresolved() && !strings.HasPrefix(a.Path, "/") {
		e := at.Errorf("the path begins with a slash: it stands for what comes after the endpoint's address; got %q", a.Path)
		if _, name, isURL := strings.Cut(a.Path, "/scim/v2"); isURL {
			e.Hint = "write " + name
		}
		errs = append(errs, e)
	}
	return errs
}

func (a *httpRequest) run(ctx context.Context, r *running) (outcome, error) {
	return r.send(ctx, a.Method, a.URL, a.Headers, a.Body)
}

// leavesMocks reports whether the request goes to none of the mocks.
func (a *httpRequest) leavesMocks(r *running) bool {
	for _, base := range []string{r.h.Entra.BaseURL(), r.h.IdentityCenter.BaseURL(), r.h.ControlURL()} {
		if base != "" && strings.HasPrefix(a.URL, base) {
			return false
		}
	}
	return true
}

func (a *scimRequest) run(ctx context.Context, r *running) (outcome, error) {
	headers := map[string]string{"Content-Type": "application/scim+json"}
	for name, value := range a.Headers {
		headers[name] = value
	}
	token := a.Token
	if target := r.h.Targets().SCIM; target != nil {
		endpoint, _, _ := strings.Cut(target.URL, "?") // flags are Entra's
		headers["Authorization"] = "Bearer " + cmp.Or(token, target.Token)
		return r.send(ctx, a.Method, strings.TrimSuffix(endpoint, "/")+a.Path, headers, a.Body)
	}
	store := r.h.IdentityCenter.Store()
	if token == "" {
		made, secret, err := store.CreateToken() // at most two exist, so this one goes right after
		if err != nil {
			return outcome{}, fmt.Errorf("make a token for the request: %w (give one with token)", err)
		}
		defer store.DeleteToken(made.ID)
		token = secret
	}
	headers["Authorization"] = "Bearer " + token
	return r.send(ctx, a.Method, r.h.IdentityCenter.SCIMURL()+a.Path, headers, a.Body)
}

func (r *running) send(ctx context.Context, method, url string, headers map[string]string, body *strictyaml.Node) (outcome, error) {
	var payload string
	json := false
	if body != nil {
		var err error
		if payload, json, err = bodyText(body); err != nil {
			return outcome{}, err
		}
	}
	if method == "" {
		method = http.MethodGet
		if body != nil {
			method = http.MethodPost
		}
	}
	req, err := http.NewRequestWithContext(ctx, strings.ToUpper(method), strings.ReplaceAll(url, " ", "%20"), strings.NewReader(payload))
	if err != nil {
		return outcome{}, err
	}
	if json {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := r.h.Client().Do(req)
	if err != nil {
		return outcome{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 5<<20))
	if err != nil {
		return outcome{}, fmt.Errorf("read the answer: %w", err)
	}
	result := answer{resp.StatusCode, flatten(resp.Header), parsed(data)}
	account := []string{fmt.Sprintf("%s %s → %s", req.Method, shorten(url), resp.Status)}
	return outcome{Result: result, Account: append(account, answered(resp.StatusCode, result.Body)...)}, nil
}

func bodyText(n *strictyaml.Node) (text string, isJSON bool, err error) {
	if n.Kind() == strictyaml.String {
		return n.Text(), false, nil
	}
	data, err := json.Marshal(n.Any())
	return string(data), true, err
}

func flatten(header http.Header) map[string]string {
	out := make(map[string]string, len(header))
	for name, values := range header {
		out[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return out
}

// parsed is the JSON of a body, or its text.
func parsed(data []byte) any {
	var v any
	if json.Unmarshal(data, &v) == nil {
		return v
	}
	return string(data)
}
