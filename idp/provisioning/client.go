package provisioning

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/idharness/harness/internal/loopback"
)

const (
	maxReply       = 8 << 20 // of a target's answer
	contentType    = "application/scim+json"
	requestTimeout = 30 * time.Second
)

// DefaultTransport returns a new transport for requests to targets. It speaks TLS
// 1.2 or later, as the service does, and asks for no compression: Microsoft
// documents none.
func DefaultTransport() http.RoundTripper {
	return loopback.New(&http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     30 * time.Second,
		ForceAttemptHTTP2:   true,
		DisableCompression:  true,
	}, nil)
}

// client sends the requests of one cycle. It may be used concurrently. It has no
// http.Client, as SCIM has no use for redirects and cookies: following a redirect
// would repeat a POST as a GET or carry the token elsewhere.
type client struct {
	transport http.RoundTripper
	timeout   time.Duration // of one request
	target    *target
	token     func() (string, error)
	settings  *configuration
	now       func() time.Time
	requests  atomic.Int64

	authorization atomic.Pointer[string] // the header's last value
}

// bearer is "Bearer " and the token, which is seldom another one than before and
// long.
func (c *client) bearer(token string) string {
	const scheme = "Bearer "
	if last := c.authorization.Load(); last != nil && (*last)[len(scheme):] == token {
		return *last
	}
	text := scheme + token
	c.authorization.Store(&text)
	return text
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
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(limited, method, c.target.url(orTrue(c.settings.StripFlagFromURL), path, query), payload)
	if err != nil {
		return nil, fail(codeInternalError, "Making the request: "+err.Error()+".")
	}
	token, err := c.token()
	if err != nil {
		return nil, &failure{code: codeInvalidCredentials, reason: "Obtaining a token: " + err.Error() + ".", credential: true}
	}
	req.Header["Authorization"] = []string{c.bearer(token)}
	req.Header.Set("Accept", contentType)
	// Every request of the service has this header; servers tell it apart from
	// other clients by it (bitwarden/server, ScimContext).
	req.Header["ADSCIMVersion"] = []string{c.settings.ADSCIMVersion} // spelled like this on the wire
	req.Header.Set("User-Agent", c.settings.UserAgent)               // empty: net/http sends none
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	c.requests.Add(1)
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		failed := c.transportFailure(ctx, err)
		failed.request = method + " " + path
		return nil, failed
	}
	defer resp.Body.Close()
	text, err := read(resp)
	if err != nil {
		failed := c.transportFailure(ctx, err)
		failed.request = method + " " + path
		return nil, failed
	}
	if len(text) > maxReply {
		return nil, fail(codeServiceIncompatible, fmt.Sprintf("The answer is longer than %d bytes.", maxReply))
	}
	return &reply{resp.StatusCode, resp.Header, text, token, method, path}, nil
}

// read returns a response's body, or a little more than may be read of it.
func read(resp *http.Response) ([]byte, error) {
	if resp.ContentLength < 0 || resp.ContentLength > maxReply {
		return io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	}
	text := make([]byte, resp.ContentLength)
	_, err := io.ReadFull(resp.Body, text)
	return text, err
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

// create posts a resource and returns what the target made of it, or in brief its
// id and its enterprise extension.
func (c *client) create(ctx context.Context, path string, body any, brief bool) (resource, *failure) {
	r, failed := c.send(ctx, http.MethodPost, path, "", body)
	if failed != nil {
		return nil, failed
	}
	if r.status != http.StatusCreated && r.status != http.StatusOK {
		return nil, statusFailure(r, c.now())
	}
	read := r.brief
	if !brief {
		read = r.object
	}
	made, failed := read()
	if failed == nil && made.id() == "" {
		failed = r.incompatible(textNoID)
	}
	return made, failed
}

// patch changes a resource. The answer may have a body; it need not.
func (c *client) patch(ctx context.Context, path string, body any) *failure {
	r, failed := c.send(ctx, http.MethodPatch, path, "", body)
	if failed != nil {
		return failed
	}
	return c.done(r)
}

// done reports whether a change was made. A page that says 200, such as a
// gateway's, says nothing of it, and neither does an error that says 200.
func (c *client) done(r *reply) *failure {
	switch {
	case r.status == http.StatusNoContent || r.status == http.StatusOK && len(bytes.TrimSpace(r.body)) == 0:
		return nil
	case r.status == http.StatusOK:
		return r.confirms()
	default:
		return statusFailure(r, c.now())
	}
}

// delete removes a resource; deleted is false where the target did not have it.
func (c *client) delete(ctx context.Context, path string) (deleted bool, failed *failure) {
	r, failed := c.send(ctx, http.MethodDelete, path, "", nil)
	if failed != nil {
		return false, failed
	}
	if r.status == http.StatusNotFound {
		return false, nil
	}
	failed = c.done(r)
	return failed == nil, failed
}
