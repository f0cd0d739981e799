package scimmock

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/scimmock/document"
)

// maxBody bounds request bodies. It is the maxPayloadSize of AWS's
// ServiceProviderConfig, the only size that it names.
const maxBody = 1 << 20

// call is one request under way.
type call struct {
	http      *http.Request
	writer    http.ResponseWriter
	open      *trace.Open
	requestID string
	tenant    string
	operation string // its name
	id        string // of the resource, from the path
	token     string // the accepted access token

	parsed *document.Value // the body, once it has been read
	looked bool            // whether a fault has looked into the body
	sent   []byte          // what it found there
}

func (c *call) passed(rule, detail string) { c.open.Check(rule, true, detail) }

func (c *call) note(format string, args ...any) {
	if c.open != nil { // otherwise nobody would read it
		c.open.Note(fmt.Sprintf(format, args...))
	}
}

// body reads the request's body as a JSON object. Its Content-Type does not
// matter: AWS takes application/scim+json and application/json, and its own
// examples send none.
func (c *call) body() (document.Value, error) {
	if c.parsed != nil {
		return *c.parsed, nil
	}
	var read bytes.Buffer
	if n := c.http.ContentLength; n > 0 && n <= maxBody {
		read.Grow(int(n) + bytes.MinRead) // so that it does not grow again
	}
	_, err := read.ReadFrom(http.MaxBytesReader(c.writer, c.http.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return document.Value{}, refuse(http.StatusRequestEntityTooLarge, validationException, ruleJSON, detailTooLarge,
			why{fmt.Sprintf("at most %d bytes", maxBody), "more", "body", ""})
	}
	if err != nil {
		return document.Value{}, invalid(ruleJSON, detailNotJSON, why{"a complete body", err.Error(), "body", ""})
	}
	v, err := document.Parse(read.Bytes())
	if bad := (*document.Error)(nil); errors.As(err, &bad) {
		w := why{expected: bad.Expected, got: bad.Got, where: fmt.Sprintf("body, byte %d", bad.Offset)}
		if bad.Path != "" {
			w.where += ", " + bad.Path
		}
		return document.Value{}, invalid(ruleJSON, detailNotJSON, w)
	}
	if err != nil {
		return document.Value{}, fmt.Errorf("read request body: %w", err)
	}
	if v.Kind != document.Object {
		return document.Value{}, wrongType(ruleJSON, "an object", v)
	}
	c.passed(ruleJSON, "one object")
	c.parsed = &v
	return v, nil
}

// query reads a query parameter. The query is taken apart by hand because
// net/url drops every pair with a semicolon in it, and a filter may have one.
func (c *call) query(name string) (value string, present bool, err error) {
	for pair := range strings.SplitSeq(c.http.URL.RawQuery, "&") {
		key, text, _ := strings.Cut(pair, "=")
		key, keyErr := url.QueryUnescape(key)
		if key != name {
			continue
		}
		text, textErr := url.QueryUnescape(text)
		if err := errors.Join(keyErr, textErr); err != nil {
			return "", false, invalid(rulePaging, detailInvalid, why{"percent-encoded text", err.Error(), "query parameter " + name, ""})
		}
		if present {
			return "", false, invalid(rulePaging, detailInvalid, why{"the parameter once", "it twice", "query parameter " + name, ""})
		}
		value, present = text, true
	}
	return value, present, nil
}

// unsupportedParameters says which query parameters have no effect (developer
// guide, ListUsers, "Not supported"), or refuses them.
func (s *Server) unsupportedParameters(c *call, names ...string) error {
	for _, name := range names {
		if _, present, _ := c.query(name); present {
			if s.profile.RefuseParameters {
				return invalid(rulePaging, detailInvalid, why{"no such parameter", "one", "query parameter " + name, "IAM Identity Center does not support it"})
			}
			c.note("query parameter %s was ignored: IAM Identity Center does not support it", name)
		}
	}
	return nil
}
