package provisioning

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// reply is a target's answer.
type reply struct {
	status int
	header http.Header
	body   []byte
	secret string

	method, path string // of the request
}

func (r *reply) request() string { return r.method + " " + r.path }

// said is what the target gives as the reason, for people.
func (r *reply) said() string {
	_, detail := r.scimError()
	if r.secret != "" {
		detail = strings.ReplaceAll(detail, r.secret, "***")
	}
	const most = 300
	if detail = strings.ToValidUTF8(detail, "\uFFFD"); len(detail) > most {
		detail = strings.ToValidUTF8(detail[:most], "") + "…"
	}
	return detail
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

// object reads the body as a JSON object that is no error in disguise.
func (r *reply) object() (resource, *failure) {
	var o resource
	if err := decode(r.body, &o); err != nil {
		return nil, r.notAnObject(err)
	}
	if o == nil {
		return nil, r.notAnObject(nil)
	}
	return o, r.disguised(o)
}

// brief is object for whom id and manager are enough, which takes less time:
// every creation and change is answered by the whole resource.
func (r *reply) brief() (resource, *failure) {
	var known struct {
		Schemas    any
		ID         any
		Enterprise struct {
			Manager json.RawMessage
		} `json:"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`
	}
	if !r.startsWith('{') || json.Unmarshal(r.body, &known) != nil {
		return r.object() // which says what is wrong
	}
	o := resource{"schemas": known.Schemas, "id": known.ID}
	if known.Enterprise.Manager != nil {
		var manager any
		if err := decode(known.Enterprise.Manager, &manager); err != nil {
			return r.object()
		}
		o[schemaEnterprise] = map[string]any{"manager": manager}
	}
	return o, r.disguised(o)
}

// confirms is object for whom it is enough that the answer is one. What could be
// an error in disguise is read as a whole.
func (r *reply) confirms() *failure {
	suspect := bytes.Contains(r.body, []byte(schemaError)) || bytes.IndexByte(r.body, '\\') >= 0
	if r.startsWith('{') && !suspect && json.Valid(r.body) {
		return nil
	}
	_, failed := r.object()
	return failed
}

func (r *reply) startsWith(c byte) bool {
	text := bytes.TrimLeft(r.body, " \t\r\n")
	return len(text) > 0 && text[0] == c
}

// errTrailing is for what follows a JSON value.
var errTrailing = errors.New("something follows the JSON value")

// decode is json.Unmarshal that keeps numbers as they are written.
func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errTrailing
	}
	return nil
}

func (r *reply) notAnObject(err error) *failure {
	if errors.Is(err, errTrailing) {
		return r.incompatible("something follows the JSON object in the answer")
	}
	return r.incompatible("the answer is not a JSON object")
}

// disguised refuses an error that came with a status of success.
func (r *reply) disguised(o resource) *failure {
	if slices.Contains(schemasOf(o), schemaError) {
		return r.incompatible("the status says success and the body an error")
	}
	return nil
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
		code: codeServiceIncompatible, status: r.status, request: r.request(), detail: problem,
		reason: fmt.Sprintf(textIncompatible, problem, shorten(r.text())),
	}
}

func (r *reply) resource() (resource, *failure) {
	o, failed := r.object()
	if failed == nil && o.id() == "" {
		failed = r.incompatible(textNoID)
	}
	return o, failed
}

func (r *reply) list() ([]resource, *failure) {
	var known struct {
		Schemas   any
		Resources json.RawMessage
	}
	if !r.startsWith('{') || json.Unmarshal(r.body, &known) != nil {
		if _, failed := r.object(); failed != nil { // which says what is wrong
			return nil, failed
		}
	}
	message := resource{"schemas": known.Schemas}
	if failed := r.disguised(message); failed != nil {
		return nil, failed
	}
	if !slices.Contains(schemasOf(message), schemaListResponse) {
		return nil, r.incompatible("the answer to a query is not a ListResponse")
	}
	if len(known.Resources) == 0 {
		return nil, nil
	}
	var found []resource
	if err := decode(known.Resources, &found); err != nil {
		return nil, r.incompatible("Resources is not a list of objects")
	}
	for _, one := range found {
		if one.id() == "" {
			return nil, r.incompatible("a resource in the list has no id")
		}
	}
	return found, nil
}
