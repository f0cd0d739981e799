package scenarios

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/sigv4"
	"github.com/idharness/harness/internal/strictyaml"
)

// awsRequest calls an operation of an AWS API, with the names and in the
// protocol that AWS SDKs use.
type awsRequest struct {
	Service     string           `yaml:"service" required:"true" oneOf:"sso|sso-oidc|identitystore|sso-admin|sts" doc:"As the AWS CLI names it."`
	Operation   string           `yaml:"operation" required:"true" doc:"Such as ListUsers."`
	Input       *strictyaml.Node `yaml:"input" doc:"Members of the operation's input, named as in the API reference: accessToken for sso, clientId for sso-oidc, IdentityStoreId for identitystore."`
	Credentials *awsCredentials  `yaml:"credentials" doc:"Sign with these. Default: an administrator's."`
	Unsigned    bool             `yaml:"unsigned" doc:"Leave the signature out."`
}

// declare notes a permission set that is made by API.
func (a *awsRequest) declare(n *names) {
	if a.Service == "sso-admin" && a.Operation == "CreatePermissionSet" {
		n.add(sets, a.Input, a.Input.Get("Name"))
	}
}

// awsCredentials sign a request.
type awsCredentials struct {
	AccessKeyID     string `yaml:"accessKeyId" required:"true"`
	SecretAccessKey string `yaml:"secretAccessKey" required:"true"`
	SessionToken    string `yaml:"sessionToken"`
}

// awsService is how an API is spoken to (API models that AWS publishes with its
// SDKs).
type awsService struct {
	signingName string // empty: not signed
	target      string // X-Amz-Target before the dot, of AWS JSON 1.1
	version     string // of the Query protocol
	operations  map[string]restOperation
}

// restOperation is an operation of the REST-JSON protocol.
type restOperation struct {
	method, path string
	headers      map[string]string // member -> header
	query        map[string]string // member -> parameter; the others go into the body
}

// awsAdministrator is the example access key of AWS's documentation. The mocks
// know no administrators and take any.
var awsAdministrator = sigv4.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}

func awsServices() map[string]awsService {
	token := map[string]string{"accessToken": "x-amz-sso_bearer_token"}
	page := map[string]string{"nextToken": "next_token", "maxResults": "max_result"}
	of := func(more map[string]string) map[string]string {
		all := maps.Clone(page)
		maps.Copy(all, more)
		return all
	}
	return map[string]awsService{
		"identitystore": {signingName: "identitystore", target: "AWSIdentityStore"},
		"sso-admin":     {signingName: "sso", target: "SWBExternalService"},
		"sts":           {signingName: "sts", version: "2011-06-15"},
		"sso": {operations: map[string]restOperation{
			"ListAccounts":       {http.MethodGet, "/assignment/accounts", token, page},
			"ListAccountRoles":   {http.MethodGet, "/assignment/roles", token, of(map[string]string{"accountId": "account_id"})},
			"GetRoleCredentials": {http.MethodGet, "/federation/credentials", token, map[string]string{"accountId": "account_id", "roleName": "role_name"}},
			"Logout":             {http.MethodPost, "/logout", token, nil},
		}},
		"sso-oidc": {operations: map[string]restOperation{
			"RegisterClient":           {method: http.MethodPost, path: "/client/register"},
			"StartDeviceAuthorization": {method: http.MethodPost, path: "/device_authorization"},
			"CreateToken":              {method: http.MethodPost, path: "/token"},
		}},
	}
}

// check finds operations and members that a REST API does not have. The other
// APIs answer such things by themselves.
func (a *awsRequest) check(n *strictyaml.Node) strictyaml.Errors {
	if input := n.Get("input"); input != nil && input.Kind() != strictyaml.Map && !input.Unresolved() {
		return strictyaml.Errors{input.Errorf("expected a map of the operation's input, got %s", input.Kind())}
	}
	service, known := awsServices()[a.Service]
	if !known || service.operations == nil || n.Get("operation").Unresolved() {
		return nil
	}
	operation, known := service.operations[a.Operation]
	names := slices.Sorted(maps.Keys(service.operations))
	if !known {
		return strictyaml.Errors{near(n.Get("operation").Errorf("%s has no operation %q", a.Service, a.Operation), a.Operation, names)}
	}
	var errs strictyaml.Errors
	if operation.method == http.MethodGet && a.Input != nil {
		members := slices.Concat(slices.Sorted(maps.Keys(operation.headers)), slices.Sorted(maps.Keys(operation.query)))
		for _, pair := range a.Input.Pairs() {
			if name := pair.Key.Text(); !slices.Contains(members, name) {
				errs = append(errs, near(pair.Key.Errorf("the input of %s has no member %q", a.Operation, name), name, members))
			}
		}
	}
	return errs
}

// near adds the nearest name, or all of them, to an error.
func near(e *strictyaml.Error, got string, names []string) *strictyaml.Error {
	if nearest, ok := strictyaml.Nearest(got, names); ok {
		e.Hint = "did you mean " + nearest + "?"
	} else {
		e.Hint = "there is " + join(names)
	}
	return e
}

func (a *awsRequest) run(ctx context.Context, r *running) (outcome, error) {
	service := awsServices()[a.Service]
	input := map[string]any{}
	if a.Input != nil {
		input, _ = a.Input.Any().(map[string]any) // check has seen that it is one
	}
	req, body, err := service.request(ctx, r.h.IdentityCenter.BaseURL(), a.Operation, input)
	if err != nil {
		return outcome{}, err
	}
	if service.signingName != "" && !a.Unsigned {
		signer := awsAdministrator
		if c := a.Credentials; c != nil {
			signer = sigv4.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
		}
		sigv4.Sign(req, body, signer, r.h.IdentityCenter.Region(), service.signingName, r.h.Clock.Now())
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
	answer := awsAnswer{Status: resp.StatusCode, Headers: flatten(resp.Header), Body: parsed(data)}
	if service.version != "" {
		answer.Body = queryResult(data)
	}
	if resp.StatusCode >= 300 {
		answer.readError(resp.Header)
	}
	account := fmt.Sprintf("%s %s → %s", a.Service, a.Operation, resp.Status)
	if answer.Code != "" {
		account += " " + answer.Code
	}
	v := verdict{Key: "status", Or: "code", Success: resp.StatusCode < 300}
	if !v.Success {
		v.Reason = strings.TrimSuffix(strings.TrimSpace(answer.Code+": "+answer.Message), ":")
	}
	return outcome{Result: answer, Account: []string{account}, Verdict: v}, nil
}

// request makes the HTTP request of an operation.
func (s awsService) request(ctx context.Context, base, operation string, input map[string]any) (*http.Request, []byte, error) {
	method, path, contentType := http.MethodPost, "/", "application/x-amz-json-1.1"
	headers := http.Header{}
	var body []byte
	var err error
	switch {
	case s.operations != nil:
		rest := s.operations[operation]
		method, path, contentType = rest.method, rest.path, "application/json"
		query, members := url.Values{}, map[string]any{}
		for name, value := range input {
			switch {
			case rest.headers[name] != "":
				headers.Set(rest.headers[name], fmt.Sprint(value))
			case rest.query[name] != "":
				query.Set(rest.query[name], fmt.Sprint(value))
			default:
				members[name] = value
			}
		}
		if len(query) > 0 {
			path += "?" + query.Encode()
		}
		if method == http.MethodGet {
			contentType = ""
		} else if body, err = json.Marshal(members); err != nil {
			return nil, nil, err
		}
	case s.version != "":
		form := url.Values{"Action": {operation}, "Version": {s.version}}
		for name, value := range input {
			flattenInput(form, name, value)
		}
		contentType, body = "application/x-www-form-urlencoded; charset=utf-8", []byte(form.Encode())
	default:
		headers.Set("X-Amz-Target", s.target+"."+operation)
		if body, err = json.Marshal(input); err != nil {
			return nil, nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.Header = headers
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return req, body, nil
}

// flattenInput writes a member as the Query protocol does (Smithy, "AWS query
// protocol").
func flattenInput(form url.Values, name string, value any) {
	switch v := value.(type) {
	case []any:
		for i, item := range v {
			flattenInput(form, name+".member."+strconv.Itoa(i+1), item)
		}
	case map[string]any:
		for key, item := range v {
			flattenInput(form, name+"."+key, item)
		}
	default:
		form.Set(name, fmt.Sprint(v))
	}
}

// awsAnswer is the result of a call.
type awsAnswer struct {
	Status  int               `json:"status"`
	Code    string            `json:"code,omitempty"`    // of an error, as SDKs name it
	Message string            `json:"message,omitempty"` // of an error
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body"`
}

// readError finds name and message of an error where SDKs look for them.
func (a *awsAnswer) readError(header http.Header) {
	text := func(names ...string) string {
		members, _ := a.Body.(map[string]any)
		for _, name := range names {
			if s, ok := members[name].(string); ok && s != "" {
				return s
			}
		}
		return ""
	}
	code := header.Get("x-amzn-ErrorType")
	if code == "" {
		code = text("__type", "Code", "code")
	}
	code, _, _ = strings.Cut(code, ":")
	if _, name, ok := strings.Cut(code, "#"); ok {
		code = name
	}
	a.Code, a.Message = code, text("message", "Message", "error_description")
}

// queryResult reads the XML of the Query protocol into what SDKs return: what
// stands in the element of the result or of the error.
func queryResult(data []byte) any {
	doc := etree.NewDocument()
	if doc.ReadFromBytes(data) != nil || doc.Root() == nil {
		return string(data)
	}
	for _, child := range doc.Root().ChildElements() {
		if child.Tag == "Error" || strings.HasSuffix(child.Tag, "Result") {
			return xmlValue(child)
		}
	}
	return xmlValue(doc.Root())
}

func xmlValue(e *etree.Element) any {
	children := e.ChildElements()
	if len(children) == 0 {
		return e.Text()
	}
	if children[0].Tag == "member" {
		list := make([]any, len(children))
		for i, child := range children {
			list[i] = xmlValue(child)
		}
		return list
	}
	out := make(map[string]any, len(children))
	for _, child := range children {
		out[child.Tag] = xmlValue(child)
	}
	return out
}
