package controlapi

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/errors"

	"github.com/idharness/harness"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/sp"
)

// openAPI is the document of the control API, and a validator of others for it.
type openAPI struct {
	validator.Validator
	operations map[string]apiOperation // by operationId
}

// apiOperation is what the document says of one operation.
type apiOperation struct {
	method, path string
	OperationID  string `json:"operationId"`
	Parameters   []struct {
		Name, In string
		Example  any
	}
	RequestBody struct {
		Content map[string]struct{ Example json.RawMessage }
	}
	Responses map[string]any
}

func readOpenAPI(t *testing.T, text []byte) *openAPI {
	t.Helper()
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	checker, errs := validator.NewValidator(document)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, errs := checker.ValidateDocument(); !ok {
		t.Fatalf("the document is no OpenAPI: %s", spelled(errs))
	}
	var content struct {
		Paths map[string]map[string]apiOperation
	}
	if err := json.Unmarshal(text, &content); err != nil {
		t.Fatal(err)
	}
	api := &openAPI{checker, make(map[string]apiOperation)}
	for path, operations := range content.Paths {
		for method, o := range operations {
			o.method, o.path = strings.ToUpper(method), path
			api.operations[o.OperationID] = o
		}
	}
	return api
}

func spelled(errs []*errors.ValidationError) string {
	var b strings.Builder
	for _, e := range errs {
		fmt.Fprintf(&b, "\n%s: %s", e.Message, e.Reason)
		for _, s := range e.SchemaValidationErrors {
			fmt.Fprintf(&b, "\n  %s at %s", s.Reason, s.FieldPath)
		}
	}
	return b.String()
}

// apiStep is one request of the walk. What it leaves out is the document's
// example.
type apiStep struct {
	operation string
	path      map[string]string
	query     map[string]string
	body      string
	status    int                 // default: the documented one
	save      func(answer []byte) // looks at the answer
	stream    bool                // read only the beginning
	later     func(step *apiStep) // fills in what an earlier step saved
}

// apiWalk sends requests to a harness and has each checked, and each answer.
type apiWalk struct {
	t      *testing.T
	h      *harness.Harness
	api    *openAPI
	walked map[string]bool
}

func (w *apiWalk) request(ctx context.Context, s *apiStep) *http.Request {
	o, ok := w.api.operations[s.operation]
	if !ok {
		w.t.Fatalf("the document has no operation %s", s.operation)
	}
	path := o.path
	for _, p := range o.Parameters {
		if p.In == "path" {
			value, ok := s.path[p.Name]
			if !ok {
				value = fmt.Sprint(p.Example)
			}
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(value))
		}
	}
	query := make(url.Values)
	for name, value := range s.query {
		query.Set(name, value)
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	body := s.body
	if body == "" {
		body = string(o.RequestBody.Content["application/json"].Example)
	}
	req, err := http.NewRequestWithContext(ctx, o.method, w.h.ControlURL()+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// step sends a request. Both it and the answer must be as the document says.
func (w *apiWalk) step(s apiStep) {
	w.t.Helper()
	if s.later != nil {
		s.later(&s)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	checked := w.request(ctx, &s)
	wrong := s.status == http.StatusBadRequest
	if ok, errs := w.api.ValidateHttpRequest(checked); ok == wrong {
		w.t.Errorf("%s: the request of the walk is valid: %v, want %v: %s", s.operation, ok, !wrong, spelled(errs))
	}
	resp, err := http.DefaultClient.Do(w.request(ctx, &s))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	want := fmt.Sprint(s.status)
	if s.status == 0 {
		for status := range w.api.operations[s.operation].Responses {
			if status != "default" {
				want = status
			}
		}
	}
	var answer []byte
	if s.stream {
		answer = make([]byte, 16)
		_, err = io.ReadFull(resp.Body, answer)
		cancel()
	} else {
		answer, err = io.ReadAll(resp.Body)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	if fmt.Sprint(resp.StatusCode) != want {
		w.t.Errorf("%s: status %d, want %s: %s", s.operation, resp.StatusCode, want, answer)
	}
	if s.status == 0 {
		w.walked[s.operation] = true
	}
	if !s.stream {
		resp.Body = io.NopCloser(bytes.NewReader(answer))
		if ok, errs := w.api.ValidateHttpResponse(checked, resp); !ok {
			w.t.Errorf("%s: the answer is not what the document says: %s\n%s", s.operation, spelled(errs), answer)
		}
	}
	if s.save != nil {
		s.save(answer)
	}
}

// into saves a member of an answer, by its path.
func into(t *testing.T, where *string, path ...any) func([]byte) {
	return func(answer []byte) {
		t.Helper()
		var value any
		if err := json.Unmarshal(answer, &value); err != nil {
			t.Fatal(err)
		}
		for _, key := range path {
			switch key := key.(type) {
			case string:
				value = value.(map[string]any)[key]
			case int:
				value = value.([]any)[key]
			}
		}
		*where = fmt.Sprint(value)
	}
}

// TestControlAPIIsAsDocumented walks through every operation of the control
// API, with the requests that the document gives as examples, and has
// libopenapi-validator check the document, each request and each answer.
func TestControlAPIIsAsDocumented(t *testing.T) {
	h := harness.Run(t)
	if _, err := h.IdentityCenter.CreateAccount(sp.Account{ID: "111122223333", Name: "Production"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.IdentityCenter.CreatePermissionSet(sp.PermissionSet{Name: "ReadOnlyAccess"}); err != nil {
		t.Fatal(err)
	}
	h.Entra.AddGroup("aws-admins", h.Entra.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", DisplayName: "Ana Sousa", GivenName: "Ana", Surname: "Sousa"}))
	resp, err := http.Get(h.ControlURL() + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	if committed, err := os.ReadFile("../../docs/openapi.json"); err != nil || !bytes.Equal(text, committed) {
		t.Errorf("/openapi.json is not docs/openapi.json: %v", err)
	}
	w := &apiWalk{t, h, readOpenAPI(t, text), make(map[string]bool)}
	for _, steps := range [][]apiStep{w.service(), w.entra(), w.applications(), w.provisioning(), w.identityCenter(), w.rest(), w.state()} {
		for _, s := range steps {
			w.step(s)
		}
	}
	for id := range w.api.operations {
		if !w.walked[id] {
			t.Errorf("the walk leaves out %s", id)
		}
	}
}

func (w *apiWalk) service() []apiStep {
	return []apiStep{
		{operation: "health"}, {operation: "readiness"}, {operation: "openapi"}, {operation: "info"}, {operation: "baseURLs"},
		{operation: "clock"}, {operation: "setClock"}, {operation: "setClock", body: `{"now": 1}`, status: 400},
		{operation: "advance"},
		{operation: "advance", body: `{"buy": "40m"}`, status: 400},
	}
}

func (w *apiWalk) entra() []apiStep {
	dora := map[string]string{"user": "dora@contoso.example"}
	return []apiStep{
		{operation: "createEntraUser"},
		{operation: "createEntraUser", status: 409},
		{operation: "entraUsers"}, {operation: "entraUsers", query: map[string]string{"userPrincipalName": "ANA@contoso.example"}},
		{operation: "entraUser"}, {operation: "entraUser", path: map[string]string{"user": "anna@contoso.example"}, status: 404},
		{operation: "updateEntraUser"}, {operation: "updateEntraUser", body: `{"departmnt": null}`, status: 400},
		{operation: "deleteEntraUser", path: dora}, {operation: "deletedEntraUsers"}, {operation: "restoreEntraUser", path: dora},
		{operation: "deleteEntraUser", path: dora}, {operation: "purgeEntraUser", path: dora}, {operation: "purgeEntraUser", path: dora, status: 404},
		{operation: "createEntraGroup"}, {operation: "entraGroups"}, {operation: "entraGroup"}, {operation: "updateEntraGroup"},
		{operation: "addEntraMember", path: map[string]string{"member": "auditors"}}, {operation: "removeEntraMember", path: map[string]string{"member": "auditors"}},
		{operation: "deleteEntraGroup", path: map[string]string{"group": "auditors"}},
		{operation: "setEntraChoices"}, {operation: "entraChoices"}, {operation: "setEntraChoices", body: `{"lockoutThreshold": null, "assertionValidity": null}`},
		{operation: "setConditionalAccess"}, {operation: "conditionalAccess"}, {operation: "clearConditionalAccess"}, {operation: "notifications"},
	}
}

func (w *apiWalk) applications() []apiStep {
	payroll := map[string]string{"app": "Payroll"}
	var added string
	thumbprint := func(s *apiStep) { s.path = map[string]string{"app": "Payroll", "thumbprint": added} }
	return []apiStep{
		{operation: "createApplication"}, {operation: "createApplication", body: `{"name": "Payroll", "identifiers": ["https://payroll.contoso.example"]}`, status: 409},
		{operation: "applications"}, {operation: "application", path: payroll}, {operation: "application", path: map[string]string{"app": "Payrol"}, status: 404},
		{operation: "updateApplication", path: payroll}, {operation: "uploadMetadata", path: payroll},
		{operation: "assign"}, {operation: "assign", path: payroll, query: map[string]string{"role": "reader"}},
		{operation: "applicationAssignments"}, {operation: "unassign", path: payroll, query: map[string]string{"role": "reader"}},
		{operation: "certificates", path: payroll}, {operation: "addCertificate", path: payroll, save: into(w.t, &added, "thumbprint")},
		{operation: "activateCertificate", later: thumbprint}, {operation: "deleteCertificate", later: thumbprint, status: 422},
		{operation: "certificates", path: payroll, save: into(w.t, &added, 0, "thumbprint")}, {operation: "deleteCertificate", later: thumbprint},
		{operation: "uploadCertificate", path: payroll, body: quotedJSON(map[string]string{"keyPair": keyPairPEM(w.t)})},
		{operation: "exchangeMetadata"},
	}
}

func (w *apiWalk) provisioning() []apiStep {
	var id string
	return []apiStep{
		{operation: "connectProvisioning"}, {operation: "provisioningStatus"}, {operation: "setProvisioning"}, {operation: "provisioningSettings"},
		{operation: "setProvisioning", body: `{"interval": null, "scope": "some"}`, status: 422},
		{operation: "startProvisioning"}, {operation: "provision"}, {operation: "provision", body: `{"cycle": "onDemand", "users": ["ana@contoso.example"]}`},
		{operation: "provisioningLog"}, {operation: "quarantine"}, {operation: "provisioningLinks", save: into(w.t, &id, 0, "sourceId")},
		{operation: "stopProvisioning"}, {operation: "unlink", later: func(s *apiStep) { s.path = map[string]string{"id": id} }},
		{operation: "restartProvisioning"}, {operation: "restartProvisioning", body: `{"resetScope": "Everything"}`, status: 422}, {operation: "provisioningStatus"},
	}
}

func (w *apiWalk) identityCenter() []apiStep {
	var token, second string
	bruno := map[string]string{"user": "bruno", "permissionSet": "ReadOnlyAccess", "account": "Production"}
	auditor := map[string]string{"permissionSet": "Auditor"}
	return []apiStep{
		{operation: "users"}, {operation: "createUser", status: 422},
		{operation: "tokens", save: into(w.t, &token, 0, "id")}, {operation: "deleteToken", later: func(s *apiStep) { s.path = map[string]string{"token": token} }}, {operation: "deleteToken", status: 404},
		{operation: "createToken", save: into(w.t, &second, "id")}, {operation: "disableProvisioning", status: 422},
		{operation: "deleteToken", later: func(s *apiStep) { s.path = map[string]string{"token": second} }},
		{operation: "tokens", save: into(w.t, &token, 0, "id")}, {operation: "deleteToken", later: func(s *apiStep) { s.path = map[string]string{"token": token} }}, {operation: "disableProvisioning"},
		{operation: "createUser"}, {operation: "users", query: map[string]string{"userName": "bruno"}}, {operation: "user"}, {operation: "updateUser"},
		{operation: "createGroup"}, {operation: "groups"}, {operation: "group"}, {operation: "removeMember"}, {operation: "addMember"},
		{operation: "accounts"}, {operation: "createAccount"}, {operation: "createPermissionSet"}, {operation: "permissionSets"},
		{operation: "updatePermissionSet", path: auditor}, {operation: "deletePermissionSet", path: auditor},
		{operation: "assignAccount", query: bruno},
		{operation: "assignments"}, {operation: "unassignAccount", query: bruno}, {operation: "unassignAccount", query: bruno, status: 404},
		{operation: "identityCenterChoices"}, {operation: "setIdentityCenterChoices"}, {operation: "sessions"}, {operation: "endSessions"},
		{operation: "setSessionDuration"}, {operation: "sessionDuration"}, {operation: "events"},
		{operation: "deleteGroup"}, {operation: "deleteUser"},
	}
}

func (w *apiWalk) rest() []apiStep {
	metadata, err := w.h.Entra.App().FederationMetadata()
	if err != nil {
		w.t.Fatal(err)
	}
	certificate := string(w.h.Entra.App().Certificates()[0].PEM())
	return []apiStep{
		{operation: "signIn"}, {operation: "signIn", body: `{"user": "nobody@contoso.example", "app": "AWS IAM Identity Center"}`, status: 422},
		{operation: "setSignInFault"}, {operation: "clearSignInFaults"},
		{operation: "addSCIMFault"}, {operation: "scimFaults"}, {operation: "clearSCIMFaults"},
		{operation: "trace"}, {operation: "trace", query: map[string]string{"after": "3", "limit": "5", "protocol": "saml"}}, {operation: "trace", query: map[string]string{"after": "x"}, status: 400},
		{operation: "traceEvents", stream: true}, {operation: "clearTrace"},
		{operation: "identityProvider"},
		{operation: "setIdentityProvider", body: quotedJSON(map[string]string{"signInUrl": "https://idp.contoso.example/sso", "issuer": "https://idp.contoso.example", "certificate": certificate})},
		{operation: "uploadIdPMetadata", body: quotedJSON(map[string]string{"text": string(metadata)})}, {operation: "uploadIdPMetadata", status: 422},
		{operation: "useDirectory"},
		{operation: "setBaseURLs"},
	}
}

// state is what comes last: it forgets the rest.
func (w *apiWalk) state() []apiStep {
	var snapshot string
	steps := []apiStep{
		{operation: "snapshot", save: func(answer []byte) { snapshot = string(answer) }},
		{operation: "restore", later: func(s *apiStep) { s.body = snapshot }},
		{operation: "reset"},
	}
	return slices.DeleteFunc(steps, func(s apiStep) bool { _, has := w.api.operations[s.operation]; return !has })
}

func quotedJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// keyPairPEM is a certificate with its key.
func keyPairPEM(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "payroll.contoso.example"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})) + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
