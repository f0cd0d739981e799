package provisioning

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

const (
	maxReply       = 8 << 20 // of a target's answer
	contentType    = "application/scim+json"
	requestTimeout = 30 * time.Second
)

// defaultClient speaks TLS 1.2 or later, as the service does.
func defaultClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConnsPerHost: 4,
			IdleConnTimeout:     30 * time.Second,
			ForceAttemptHTTP2:   true,
		},
	}
}

// client sends the requests of one cycle. It may be used concurrently.
type client struct {
	http     *http.Client
	target   *target
	token    func() (string, error)
	settings *configuration
	now      func() time.Time
	requests atomic.Int64
}

// reply is a target's answer.
type reply struct {
	status int
	header http.Header
	body   []byte
	secret string
}

// text is the body without the token, which a hostile target may echo.
func (r *reply) text() string {
	text := string(r.body)
	if r.secret != "" {
		text = strings.ReplaceAll(text, r.secret, "***")
	}
	return text
}

// scimError reads scimType and detail of an error (RFC 7644 section 3.12).
func (r *reply) scimError() (scimType, detail string) {
	var e struct {
		ScimType string `json:"scimType"`
		Detail   string `json:"detail"`
	}
	if json.Unmarshal(r.body, &e) != nil {
		return "", r.text()
	}
	return e.ScimType, e.Detail
}

// send makes one request. Only a request that got no whole answer fails here.
func (c *client) send(ctx context.Context, method, path, query string, body any) (*reply, *failure) {
	var payload io.Reader
	if body != nil {
		text, err := encode(body)
		if err != nil {
			return nil, fail(codeInternalError, "Writing the request: "+err.Error()+".")
		}
		payload = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.target.url(orTrue(c.settings.StripFlagFromURL), path, query), payload)
	if err != nil {
		return nil, fail(codeInternalError, "Making the request: "+err.Error()+".")
	}
	token, err := c.token()
	if err != nil {
		return nil, &failure{code: codeInvalidCredentials, reason: "Obtaining a token: " + err.Error() + ".", credential: true}
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", contentType)
	// Every request of the service has this header; servers tell it apart from
	// other clients by it (bitwarden/server, ScimContext).
	req.Header["ADSCIMVersion"] = []string{c.settings.ADSCIMVersion} // spelled like this on the wire
	req.Header.Set("User-Agent", c.settings.UserAgent)               // empty: net/http sends none
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	c.requests.Add(1)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.transportFailure(ctx, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil {
		return nil, c.transportFailure(ctx, err)
	}
	if len(text) > maxReply {
		return nil, fail(codeServiceIncompatible, fmt.Sprintf("The answer is longer than %d bytes.", maxReply))
	}
	return &reply{resp.StatusCode, resp.Header, text, token}, nil
}

func (c *client) transportFailure(ctx context.Context, err error) *failure {
	if cause := ctx.Err(); cause != nil {
		return fail(codeInternalError, "The cycle was interrupted: "+cause.Error()+".")
	}
	var u *url.Error
	if errors.As(err, &u) { // without the address, whose query may show a redacted value
		err = u.Err
	}
	return transportFailure(err)
}

// get reads one resource. A nil resource without failure means that the target
// does not have it.
func (c *client) get(ctx context.Context, path, query string) (resource, *failure) {
	r, failed := c.send(ctx, http.MethodGet, path, query, nil)
	if failed != nil {
		return nil, failed
	}
	switch r.status {
	case http.StatusOK:
		return r.resource()
	case http.StatusNotFound:
		return nil, nil
	default:
		return nil, statusFailure(r, c.now())
	}
}

// find runs a filter query. A 404 is no empty list: servers must answer 200
// with a ListResponse.
func (c *client) find(ctx context.Context, path, query string) ([]resource, *failure) {
	r, failed := c.send(ctx, http.MethodGet, path, query, nil)
	if failed != nil {
		return nil, failed
	}
	switch r.status {
	case http.StatusOK:
		return r.list()
	case http.StatusNotFound:
		f := statusFailure(r, c.now())
		f.code = codeServiceIncompatible
		return nil, f
	default:
		return nil, statusFailure(r, c.now())
	}
}

// create posts a resource and returns what the target made of it.
func (c *client) create(ctx context.Context, path string, body any) (resource, *failure) {
	r, failed := c.send(ctx, http.MethodPost, path, "", body)
	if failed != nil {
		return nil, failed
	}
	if r.status != http.StatusCreated && r.status != http.StatusOK {
		return nil, statusFailure(r, c.now())
	}
	return r.resource()
}

// patch changes a resource. The answer may have a body; it need not.
func (c *client) patch(ctx context.Context, path string, body any) *failure {
	r, failed := c.send(ctx, http.MethodPatch, path, "", body)
	switch {
	case failed != nil:
		return failed
	case r.status == http.StatusNoContent || r.status == http.StatusOK && len(bytes.TrimSpace(r.body)) == 0:
		return nil
	case r.status == http.StatusOK:
		_, failed := r.object()
		return failed
	default:
		return statusFailure(r, c.now())
	}
}

// delete removes a resource; deleted is false where the target did not have it.
func (c *client) delete(ctx context.Context, path string) (deleted bool, failed *failure) {
	r, failed := c.send(ctx, http.MethodDelete, path, "", nil)
	switch {
	case failed != nil:
		return false, failed
	case r.status == http.StatusNoContent || r.status == http.StatusOK:
		return true, nil
	case r.status == http.StatusNotFound:
		return false, nil
	default:
		return false, statusFailure(r, c.now())
	}
}

// object reads the body as a JSON object that is no error in disguise.
func (r *reply) object() (map[string]any, *failure) {
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.UseNumber()
	var o map[string]any
	if err := decoder.Decode(&o); err != nil || o == nil {
		return nil, r.incompatible("the answer is not a JSON object")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, r.incompatible("something follows the JSON object in the answer")
	}
	if slices.Contains(schemasOf(o), schemaError) {
		return nil, r.incompatible("the status says success and the body an error")
	}
	return o, nil
}

func schemasOf(o map[string]any) []string {
	v, _ := lookup(o, "schemas")
	list, _ := v.([]any)
	var out []string
	for _, s := range list {
		out = append(out, plain(s))
	}
	return out
}

func (r *reply) incompatible(problem string) *failure {
	return &failure{
		code: codeServiceIncompatible, status: r.status,
		reason: fmt.Sprintf(textIncompatible, problem, shorten(r.text())),
	}
}

func (r *reply) resource() (resource, *failure) {
	o, failed := r.object()
	if failed != nil {
		return nil, failed
	}
	if resource(o).id() == "" {
		return nil, r.incompatible("the resource has no id")
	}
	return o, nil
}

func (r *reply) list() ([]resource, *failure) {
	o, failed := r.object()
	if failed != nil {
		return nil, failed
	}
	if !slices.Contains(schemasOf(o), schemaListResponse) {
		return nil, r.incompatible("the answer to a query is not a ListResponse")
	}
	v, _ := lookup(o, "Resources")
	items, isList := v.([]any)
	if v != nil && !isList {
		return nil, r.incompatible("Resources is not a list")
	}
	var out []resource
	for _, item := range items {
		found, _ := item.(map[string]any)
		if resource(found).id() == "" {
			return nil, r.incompatible("a resource in the list has no id")
		}
		out = append(out, found)
	}
	return out, nil
}
