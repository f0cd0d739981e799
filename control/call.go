package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
)

// maxBody bounds the body of a request; a snapshot may be larger.
const (
	maxBody     = 1 << 20
	maxSnapshot = 64 << 20
)

// call is one request on its way through a route.
type call struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	route  *route
	values map[string]string // of the path's parameters
}

func (c *call) context() context.Context { return c.r.Context() }

// value returns a parameter of the path.
func (c *call) value(name string) string { return c.values[name] }

// parameters reads the query: each parameter once, and none but those that the
// route has.
func (c *call) parameters() (map[string]string, error) {
	given, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("the query does not parse: "+err.Error(), "query", "")
	}
	known := make([]string, len(c.route.query))
	for i, p := range c.route.query {
		known[i] = p.name
	}
	values := make(map[string]string)
	for name, all := range given {
		at := slices.IndexFunc(c.route.query, func(p parameter) bool { return p.name == name })
		if at < 0 {
			p := badRequest(fmt.Sprintf("there is no query parameter %q", clip(name)), "query", "")
			p.Expected, p.Got = strings.Join(known, ", "), clip(name)
			if near, ok := strictyaml.Nearest(name, known); ok {
				p.Hint = "did you mean " + near + "?"
			}
			return nil, p
		}
		if len(all) > 1 {
			return nil, badRequest(fmt.Sprintf("the query parameter %s is given %d times", name, len(all)), name, "")
		}
		if p := c.route.query[at]; len(p.oneOf) > 0 && !slices.Contains(p.oneOf, all[0]) {
			wrong := badRequest(fmt.Sprintf("%s is %q", name, clip(all[0])), name, "")
			wrong.Expected, wrong.Got = strings.Join(p.oneOf, " or "), clip(all[0])
			return nil, wrong
		}
		values[name] = all[0]
	}
	return values, nil
}

// number reads a parameter that is a whole number, zero or more.
func number(values map[string]string, name string) (int, error) {
	text, ok := values[name]
	if !ok {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		p := badRequest(fmt.Sprintf("%s is %q", name, clip(text)), name, "")
		p.Expected, p.Got = "a whole number, 0 or more", clip(text)
		return 0, p
	}
	return n, nil
}

// noBody refuses a body where none is taken: it would be ignored.
func (c *call) noBody() error {
	body, err := c.body(maxBody)
	if err != nil {
		return err
	}
	if len(body) > 0 && strings.TrimSpace(string(body)) != "{}" {
		return badRequest(fmt.Sprintf("%s %s takes no body", c.r.Method, c.route.path), "body", "")
	}
	_, err = c.parameters()
	return err
}

// body reads the body of a request.
func (c *call) body(limit int64) ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, &problem{
			Kind: "body", Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("the body is larger than %d bytes", limit),
			Expected: fmt.Sprintf("at most %d bytes", limit), Where: "body",
		}
	case err != nil:
		return nil, badRequest("the body could not be read: "+err.Error(), "body", "")
	}
	return data, nil
}

// decode reads a JSON body into a value, strictly.
func (c *call) decode(into any) error {
	if _, err := c.parameters(); err != nil {
		return err
	}
	if err := c.mediaType("application/json"); err != nil {
		return err
	}
	data, err := c.body(maxBody)
	if err != nil {
		return err
	}
	file, err := strictyaml.ParseJSON("body", data)
	if err == nil {
		err = strictyaml.Decode(file.Root(), into).Err()
	}
	if err != nil {
		return badBody(err)
	}
	return nil
}

// mediaType refuses a body of another type than the route takes.
func (c *call) mediaType(wanted ...string) error {
	header := c.r.Header.Get("Content-Type")
	got, parameters, err := mime.ParseMediaType(header)
	charset := parameters["charset"]
	if err == nil && slices.Contains(wanted, got) && (charset == "" || strings.EqualFold(charset, "utf-8")) {
		return nil
	}
	return &problem{
		Kind: "media-type", Status: http.StatusUnsupportedMediaType, Detail: fmt.Sprintf("%s %s takes %s", c.r.Method, c.route.path, strings.Join(wanted, " or ")),
		Expected: strings.Join(wanted, " or "), Got: clip(header), Where: "Content-Type",
	}
}

// answer writes a result.
func (c *call) answer(status int, result any) error {
	if _, none := result.(nothing); none {
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if document, ok := result.(raw); ok {
		c.write(status, document.media, document.text)
		return nil
	}
	text, err := encode(result)
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	c.write(status, "application/json", text)
	return nil
}

// raw is an answer that is written as it is.
type raw struct {
	media string
	text  []byte
}

func (c *call) write(status int, media string, text []byte) {
	c.w.Header().Set("Content-Type", media)
	c.w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead {
		c.w.Write(text) // a broken connection is the client's business
	}
}

// clip shortens what a client sent, for a message.
func clip(text string) string {
	const most = 120
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
