package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// pathParameters describes the parameters of paths, by name.
var pathParameters = map[string]parameter{
	"user":          {doc: "userPrincipalName or object id.", example: "ana@contoso.example"},
	"group":         {doc: "Display name or object id.", example: "aws-admins"},
	"member":        {doc: "userPrincipalName, or name of a group, or object id.", example: "ana@contoso.example"},
	"principal":     {doc: "userPrincipalName, or display name of a group, or object id.", example: "ana@contoso.example"},
	"app":           {doc: "Name or application id.", example: "AWS IAM Identity Center"},
	"thumbprint":    {doc: "SHA-1 of the certificate, in hex.", example: "0123456789ABCDEF0123456789ABCDEF01234567"},
	"id":            {doc: "Object id, in the directory or in the target.", example: "8f3f0c52-6f0b-4e0c-9d0e-0a4d1b2c3d4e"},
	"userName":      {doc: "userName in Identity Center.", example: "bruno"},
	"groupName":     {doc: "displayName in Identity Center.", example: "auditors"},
	"permissionSet": {doc: "Name or ARN.", example: "ReadOnlyAccess"},
	"token":         {doc: "Id of the access token.", example: "8f3f0c52-6f0b-4e0c-9d0e-0a4d1b2c3d4e"},
}

// tags are the parts of the document.
var tags = []struct{ name, doc string }{
	{"service", "Health, addresses, this document."},
	{"clock", "The virtual time of both mocks."},
	{"trace", "Every exchange, with what was inside and the checks that were made."},
	{"faults", "Counted failures of what nothing is wrong with."},
	{"sign-in", "Sign-ins without a browser."},
	{"entra", "The mock Microsoft Entra ID tenant."},
	{"applications", "Enterprise applications of the tenant."},
	{"provisioning", "Entra's provisioning service."},
	{"identityCenter", "The mock IAM Identity Center instance."},
	{"state", "Snapshot and reset of everything."},
}

type object = map[string]any

// document makes the OpenAPI document of the routes.
func document(routes []route) ([]byte, error) {
	s := newSchemas()
	paths := make(object)
	for i := range routes {
		r := &routes[i]
		operations, ok := paths[r.path].(object)
		if !ok {
			operations = make(object)
			paths[r.path] = operations
		}
		operations[strings.ToLower(r.method)] = operation(s, r)
	}
	var parts []any
	for _, t := range tags {
		parts = append(parts, object{"name": t.name, "description": t.doc})
	}
	problems := object{problemMedia: object{"schema": s.of(reflect.TypeFor[problem](), true, nil)}}
	root := object{
		"openapi": "3.1.0",
		"info": object{
			"title": "harness control API", "version": "1",
			"description": "Steers a running harness: a mock Microsoft Entra ID and a mock AWS IAM Identity Center. Objects have the names of the scenario language.",
			"license":     object{"name": "Apache 2.0", "identifier": "Apache-2.0"},
		},
		"servers": []any{object{"url": "/"}},
		"tags":    parts,
		"paths":   paths,
		"components": object{
			"schemas":         s.components,
			"responses":       object{"problem": object{"description": "What went wrong (RFC 9457).", "content": problems}},
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer", "description": "The control token. On loopback none is needed unless one was set."}},
		},
		"security": []any{object{}, object{"token": []any{}}},
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return b.Bytes(), nil
}

func operation(s *schemas, r *route) object {
	op := object{
		"operationId": r.id, "summary": r.summary, "tags": []any{r.tag},
		"responses": object{strconv.Itoa(r.status): success(s, r), "default": object{"$ref": "#/components/responses/problem"}},
	}
	if r.open {
		op["security"] = []any{}
	}
	var parameters []any
	for _, name := range parametersOf(r.path) {
		p := pathParameters[name]
		parameters = append(parameters, object{"name": name, "in": "path", "required": true, "description": p.doc, "schema": object{"type": "string"}, "example": p.example})
	}
	for _, p := range r.query {
		parameters = append(parameters, queryParameter(p))
	}
	if r.media == eventStream {
		parameters = append(parameters, object{"name": "Last-Event-ID", "in": "header", "description": "Number after which the stream goes on.", "schema": object{"type": "integer", "minimum": 0}})
	}
	if parameters != nil {
		op["parameters"] = parameters
	}
	if r.takes != nil {
		op["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": s.of(r.takes, false, nil), "example": json.RawMessage(r.example)}}}
	}
	return op
}

func queryParameter(p parameter) object {
	schema := object{"type": "string"}
	made := object{"name": p.name, "in": "query", "description": p.doc, "schema": schema, "example": p.example}
	if p.kind == "integer" {
		n, err := strconv.Atoi(p.example)
		if err == nil {
			made["example"] = n
		}
		schema["type"], schema["minimum"] = "integer", 0
	}
	if len(p.oneOf) > 0 {
		schema["enum"] = anyOf(p.oneOf)
	}
	return made
}

func success(s *schemas, r *route) object {
	answer := object{"description": http.StatusText(r.status)}
	switch {
	case r.media == eventStream:
		answer["content"] = object{eventStream: object{"schema": object{"type": "string"}}}
	case r.gives == reflect.TypeFor[raw]():
		answer["content"] = object{"application/json": object{"schema": object{"type": "object"}}}
	case r.gives != reflect.TypeFor[nothing]():
		answer["content"] = object{"application/json": object{"schema": s.of(r.gives, true, nil)}}
	}
	return answer
}

// parametersOf lists the names of a path's parameters.
func parametersOf(path string) []string {
	var names []string
	for segment := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}
