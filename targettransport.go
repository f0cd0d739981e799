package harness

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/idharness/harness/internal/loopback"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/saml/document"
	"github.com/idharness/harness/internal/trace"
)

// originOf is scheme, host and port of an address.
func originOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return strings.ToLower(u.Scheme+"://"+u.Hostname()) + ":" + port
}

// reachTargets makes the harness's transports fit for its targets.
func (h *Harness) reachTargets() error {
	sides := h.targets.sides()
	var pool *x509.CertPool
	if h.authority != nil {
		pool = h.transport.TLSClientConfig.RootCAs
	}
	for _, side := range sides {
		var err error
		if pool, err = side.reach.pool(pool); err != nil {
			return &TargetError{side.name, "caFile", "", err}
		}
	}
	if pool != nil {
		h.transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	// A real system may be behind a proxy; a mock never is.
	h.transport.Proxy = func(req *http.Request) (*url.URL, error) {
		if h.recorder.Serves(req.URL.Host) {
			return nil, nil
		}
		return http.ProxyFromEnvironment(req)
	}
	h.outward = &targetTransport{h.transport, sides}
	return nil
}

// maxIdleProvisioning is how many connections the provisioning service keeps to
// a host, as it sends requests side by side.
const maxIdleProvisioning = 16

// provisioningTransport makes the transport of the provisioning service: as
// the others are, but it asks for no compression. Microsoft documents none.
func (h *Harness) provisioningTransport() http.RoundTripper {
	next := h.transport.Clone()
	next.DisableCompression = true
	next.MaxIdleConnsPerHost = maxIdleProvisioning
	h.scim = loopback.New(next, h.addresses.reach)
	if h.targets == (Targets{}) {
		return h.scim
	}
	return &targetTransport{h.scim, h.targets.sides()}
}

// targetTransport sends requests to targets with their headers, within their
// timeouts, and everything else as it is. The trace learns which target it was,
// and what SAML message a request to a real system carried.
type targetTransport struct {
	base  http.RoundTripper
	sides []targetSide
}

// sideOf finds the target at whose addresses a request goes; nil where it goes
// to none. Where two share an origin, what is below the tenant URL is the SCIM
// server's.
func (t *targetTransport) sideOf(u *url.URL) *targetSide {
	var found *targetSide
	for i := range t.sides {
		side := &t.sides[i]
		for _, address := range side.addresses {
			base, err := url.Parse(address)
			if err != nil || !isAddress(address) || originOf(base) != originOf(u) {
				continue
			}
			if side.name == "scim" && strings.HasPrefix(u.Path+"/", strings.TrimSuffix(base.Path, "/")+"/") {
				return side
			}
			if found == nil {
				found = side
			}
		}
	}
	return found
}

// RoundTrip sends a request.
func (t *targetTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	open := trace.From(req.Context())
	traceSAML(open, req)
	side := t.sideOf(req.URL)
	if side == nil {
		return t.base.RoundTrip(req)
	}
	open.Receiver(side.name)
	timeout := side.reach.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(req.Context(), timeout, fmt.Errorf("no answer within %v", timeout))
	sent := req.WithContext(ctx)
	if len(side.reach.Headers) > 0 {
		sent.Header = maps.Clone(req.Header)
		for name, value := range side.reach.Headers {
			sent.Header.Set(name, value)
		}
	}
	resp, err := t.base.RoundTrip(sent)
	if err != nil {
		if req.Context().Err() == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		cancel()
		return nil, err
	}
	resp.Body = &limitedBody{resp.Body, cancel}
	return resp, nil
}

// limitedBody ends a request's time when its answer has been read.
type limitedBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *limitedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// traceSAML writes the SAML message that a request carries into its exchange. A
// mock does so itself; of a real system nobody else can.
func traceSAML(open *trace.Open, req *http.Request) {
	if open == nil {
		return
	}
	for _, name := range []string{"SAMLRequest", "SAMLResponse"} {
		var xml []byte
		var err error
		if text := req.URL.Query().Get(name); text != "" {
			xml, err = binding.Inflate(text)
		} else if text := postedField(req, name); text != "" {
			xml, err = binding.DecodePOST(text)
		}
		if err != nil || len(xml) == 0 {
			continue
		}
		open.Decode(name, string(xml))
		if doc, err := document.Parse(xml); err == nil {
			open.Kind("saml", doc.Root().Tag)
		}
	}
}

// maxPosted bounds what is read of a form to find a message in it.
const maxPosted = 1 << 20

// postedField is a field of the form that a request posts.
func postedField(req *http.Request, name string) string {
	if req.GetBody == nil || !strings.HasPrefix(req.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return ""
	}
	body, err := req.GetBody()
	if err != nil {
		return ""
	}
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, maxPosted))
	if err != nil {
		return ""
	}
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return ""
	}
	return form.Get(name)
}
