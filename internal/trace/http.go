package trace

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

const (
	masked  = "***"
	maxBody = 256 << 10 // of a body, what the trace keeps
)

// Middleware records every request that next serves, as sent to the mock
// called name.
func (r *Recorder) Middleware(name string, next http.Handler) http.Handler {
	if r == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		e := &Exchange{From: sender(req), To: name, Protocol: "http", Kind: req.Method + " " + req.URL.Path}
		open := r.begin(e)
		var sent capture
		if req.Body != nil {
			req.Body = &teeBody{ReadCloser: req.Body, copy: &sent}
		}
		target := *req.URL
		target.Host, target.Scheme = req.Host, "http"
		if req.TLS != nil {
			target.Scheme = "https"
		}
		rec := &recordingWriter{ResponseWriter: w}
		defer func() {
			defer open.finish()
			open.edit(func(e *Exchange) {
				e.Request = r.request(req.Method, &target, req.Header, sent.Bytes())
				e.Response = r.response(rec.status(), rec.Header(), rec.body.Bytes())
				e.Response.Body = maskAll(e.Response.Body, open.secrets)
			})
		}()
		next.ServeHTTP(rec, req.WithContext(context.WithValue(req.Context(), contextKey{}, open)))
	})
}

// sender guesses who sent a request: Entra's provisioning service marks its
// requests with ADSCIMVersion, browsers accept HTML.
func sender(req *http.Request) string {
	switch {
	case req.Header.Get("Adscimversion") != "":
		return "entra"
	case strings.Contains(req.Header.Get("Accept"), "text/html"):
		return "browser"
	default:
		return "client"
	}
}

// Transport records the requests that from sends through base to systems that
// are not mocks of this harness; those record what they receive themselves. base
// finds the exchange with [From] in the request's context.
func (r *Recorder) Transport(from, protocol string, base http.RoundTripper) http.RoundTripper {
	if r == nil {
		return base
	}
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		if r.Serves(req.URL.Host) {
			return base.RoundTrip(req)
		}
		e := &Exchange{From: from, To: req.URL.Host, Protocol: protocol, Kind: req.Method + " " + req.URL.Path}
		open := r.begin(e)
		var sent []byte
		if req.GetBody != nil {
			if body, err := req.GetBody(); err == nil {
				sent, _ = io.ReadAll(io.LimitReader(body, maxBody))
				body.Close()
			}
		}
		open.edit(func(e *Exchange) { e.Request = r.request(req.Method, req.URL, req.Header, sent) })
		resp, err := base.RoundTrip(req.WithContext(context.WithValue(req.Context(), contextKey{}, open)))
		if err != nil {
			open.edit(func(e *Exchange) { e.Error = r.mask(err.Error()) })
			open.finish()
			return nil, err
		}
		var received capture
		status, header := resp.StatusCode, resp.Header.Clone()
		open.edit(func(e *Exchange) { e.Response = r.response(status, header, nil) })
		resp.Body = &teeBody{ReadCloser: resp.Body, copy: &received, done: func() {
			open.edit(func(e *Exchange) { e.Response = r.response(status, header, received.Bytes()) })
			open.finish()
		}}
		return resp, nil
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// request and response mask what must not be kept. The recorder is locked.
func (r *Recorder) request(method string, target *url.URL, header http.Header, body []byte) Request {
	return Request{method, r.mask(maskQuery(target)), r.header(header), r.mask(maskBody(header.Get("Content-Type"), body))}
}

func (r *Recorder) response(status int, header http.Header, body []byte) Response {
	return Response{status, r.header(header), r.mask(maskBody(header.Get("Content-Type"), body))}
}

func (r *Recorder) header(header http.Header) map[string][]string {
	out := make(map[string][]string, len(header))
	for name, values := range header {
		for _, value := range values {
			switch name {
			case "Authorization":
				scheme, _, _ := strings.Cut(value, " ")
				value = scheme + " " + masked
			case "Cookie":
				value = cookieValue.ReplaceAllString(value, "$1="+masked)
			case "Set-Cookie":
				value = firstCookieValue.ReplaceAllString(value, "$1="+masked)
			case "X-Amz-Sso_bearer_token", "X-Amz-Sso-Bearer-Token", "X-Amz-Security-Token":
				value = masked
			case "Location":
				if target, err := url.Parse(value); err == nil {
					value = maskQuery(target)
				}
			}
			out[name] = append(out[name], r.mask(value))
		}
	}
	return out
}

var (
	cookieValue      = regexp.MustCompile(`([^=;\s]+)=[^;]*`)
	firstCookieValue = regexp.MustCompile(`^([^=;\s]+)=[^;]*`)
	patchedPassword  = regexp.MustCompile(`(?i)"path"\s*:\s*"(?:[^"]*:)?password"`)
	patchValue       = regexp.MustCompile(`("value"\s*:\s*")(?:[^"\\]|\\.)*`)
	patchValues      = regexp.MustCompile(`("value"\s*:\s*)(?:\[[^\]]*\]|\{[^}]*\})`)
	jsonPassword     = regexp.MustCompile(`(?i)("password"\s*:\s*)(?:\[[^\]]*\]|\{[^}]*\})`) // of another type than it should have
	jsonSecret       = regexp.MustCompile(`(?i)("(?:` + strings.Join(secretNames, "|") + `)"\s*:\s*")(?:[^"\\]|\\.)*`)
)

// secretNames are the members of JSON bodies whose values are secrets, in lower
// case.
var secretNames = []string{
	"password", "additionalauthdata", "flowtoken", "ctx", "apicanary", "clientsecret", "accesstoken", "refreshtoken", "signintoken", "secretaccesskey", "sessiontoken", "devicecode",
}

// secretParams are form fields and query parameters whose values are secrets.
var secretParams = map[string]bool{
	"passwd": true, "password": true, "oldpasswd": true, "newpasswd": true, "confirmnewpasswd": true, "otc": true, "flowtoken": true, "canary": true, "auth_code": true, "code": true,
	"code_verifier": true, "signintoken": true, "session": true, "client_secret": true, "access_token": true, "refresh_token": true, "x-amz-security-token": true,
}

func maskQuery(target *url.URL) string {
	if target.RawQuery == "" {
		return target.String()
	}
	c := *target
	c.RawQuery = maskForm(target.RawQuery)
	return c.String()
}

// maskForm masks secret values and leaves every other byte as it came.
func maskForm(form string) string {
	pairs := strings.Split(form, "&")
	for i, pair := range pairs {
		name, _, found := strings.Cut(pair, "=")
		secret := secretParams[strings.ToLower(name)] || strings.EqualFold(name, "filter") && strings.Contains(strings.ToLower(pair), "password") // one that compares a password
		if found && secret {
			pairs[i] = name + "=" + masked
		}
	}
	return strings.Join(pairs, "&")
}

func maskBody(contentType string, body []byte) string {
	text := string(body)
	switch {
	case strings.HasPrefix(contentType, "application/x-www-form-urlencoded"):
		return maskForm(text)
	case strings.Contains(contentType, "json"):
		if !mayHoldSecret(text) {
			return text
		}
		if patchedPassword.MatchString(text) { // which of the values it is does not matter here
			text = patchValue.ReplaceAllString(text, "${1}"+masked)
			text = patchValues.ReplaceAllString(text, `${1}"`+masked+`"`)
		}
		text = jsonPassword.ReplaceAllString(text, `${1}"`+masked+`"`)
		return jsonSecret.ReplaceAllString(text, "${1}"+masked)
	default:
		return text
	}
}

// mayHoldSecret reports whether one of the names of jsonSecret or
// patchedPassword can be in a text. Most have none, and looking for the names
// is much faster than the expressions.
func mayHoldSecret(text string) bool {
	lower := strings.ToLower(text)
	if strings.Contains(lower, "\u017f") { // the long s, which (?i) takes for an s and ToLower does not
		return true
	}
	for _, name := range secretNames {
		if strings.Contains(lower, name) {
			return true
		}
	}
	return false
}

// capture keeps the first maxBody bytes written to it.
type capture struct{ bytes.Buffer }

func (c *capture) Write(p []byte) (int, error) {
	if room := maxBody - c.Len(); room > 0 {
		c.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

type teeBody struct {
	io.ReadCloser
	copy *capture
	done func() // if non-nil, called once the body is read or closed
}

func (t *teeBody) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	t.copy.Write(p[:n])
	if err != nil {
		t.finish()
	}
	return n, err
}

func (t *teeBody) Close() error {
	t.finish()
	return t.ReadCloser.Close()
}

func (t *teeBody) finish() {
	if t.done != nil {
		t.done()
		t.done = nil
	}
}

type recordingWriter struct {
	http.ResponseWriter
	code int
	body capture
}

func (w *recordingWriter) WriteHeader(code int) {
	if w.code == 0 {
		w.code = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *recordingWriter) Write(p []byte) (int, error) {
	if w.code == 0 {
		w.code = http.StatusOK
	}
	w.body.Write(p)
	return w.ResponseWriter.Write(p)
}

func (w *recordingWriter) status() int {
	if w.code == 0 {
		return http.StatusOK
	}
	return w.code
}

// Unwrap lets [http.ResponseController] reach the connection.
func (w *recordingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
