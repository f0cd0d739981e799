package awsapi_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/awsapi"
	"github.com/idharness/harness/sp/identitystore"
)

const (
	storeID    = "d-1234567890"
	nobody     = "f81d4fae-7dec-70d0-a765-00a0c91e6bf6" // the id of nothing
	production = "111122223333"
	sandbox    = "444455556666"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// startEpoch is start as JSON 1.1 has times: seconds since 1970.
var startEpoch = float64(start.Unix())

// client speaks to the APIs of one instance.
type client struct {
	t        *testing.T
	url      string
	instance *sp.Instance
	clock    *clock.Clock
	trace    *trace.Recorder
}

func newClient(t *testing.T) *client {
	t.Helper()
	c := &client{t: t, clock: clock.Frozen(start)}
	c.trace = trace.NewRecorder(c.clock)
	var err error
	c.instance, err = sp.New(sp.Config{Region: "eu-west-1", IdentityStoreID: storeID, ManagementAccount: "123456789012", Clock: c.clock, IDs: ids.New(7), Trace: c.trace})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(c.trace.Middleware("aws", awsapi.New(c.instance)))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *client) post(body string, header map[string]string) (*http.Response, string) {
	c.t.Helper()
	r, err := http.NewRequest(http.MethodPost, c.url+"/", strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response, string(text)
}

func headers(target string) map[string]string {
	return map[string]string{
		"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1",
		"Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260105/eu-west-1/sso/aws4_request, SignedHeaders=host, Signature=00",
	}
}

type object = map[string]any

// call makes a signed call and returns the JSON of the response.
func (c *client) call(target string, input any) (int, object) {
	c.t.Helper()
	body, ok := input.(string)
	if !ok {
		data, err := json.Marshal(input)
		if err != nil {
			c.t.Fatal(err)
		}
		body = string(data)
	}
	response, text := c.post(body, headers(target))
	if got := response.Header.Get("Content-Type"); got != "application/x-amz-json-1.1" {
		c.t.Errorf("%s: Content-Type %q", target, got)
	}
	var output object
	if err := json.Unmarshal([]byte(text), &output); err != nil {
		c.t.Fatalf("%s: %v in %s", target, err, text)
	}
	return response.StatusCode, output
}

// store calls the Identity Store, admin IAM Identity Center; both must work.
func (c *client) store(operation string, input object) object {
	c.t.Helper()
	return c.must("AWSIdentityStore."+operation, with(input, "IdentityStoreId", storeID))
}

func (c *client) admin(operation string, input object) object {
	c.t.Helper()
	return c.must("SWBExternalService."+operation, with(input, "InstanceArn", c.instance.ARN()))
}

func (c *client) must(target string, input object) object {
	c.t.Helper()
	status, output := c.call(target, input)
	if status != http.StatusOK {
		c.t.Fatalf("%s %v: status %d, %v", target, input, status, output)
	}
	return output
}

// changed returns base with some members replaced; nil takes a member out.
func changed(base, change object) object {
	all := maps.Clone(base)
	for name, value := range change {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	return all
}

// with adds a member unless the input has it, or has nil there.
func with(input object, name string, value any) object {
	return changed(object{name: value}, input)
}

var anyUUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// refusal is one call that must be refused.
type refusal struct {
	rule      string // that this proves
	operation string
	input     object
	want      object // body without RequestId, which is checked apart
}

// refused runs calls of one service that must be refused with status 400.
func (c *client) refused(target, common string, value any, requestID bool, tests []refusal) {
	c.t.Helper()
	for _, test := range tests {
		c.t.Run(test.rule, func(t *testing.T) {
			on := *c
			on.t = t
			status, got := on.call(target+"."+test.operation, with(test.input, common, value))
			if status != http.StatusBadRequest {
				t.Errorf("status %d", status)
			}
			if id, _ := got["RequestId"].(string); anyUUID.MatchString(id) != requestID {
				t.Errorf("RequestId %q", id)
			}
			delete(got, "RequestId")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

func person(userName, given, family string) identitystore.User {
	return identitystore.User{
		UserName: userName + "@contoso.example", Name: identitystore.Name{GivenName: given, FamilyName: family}, DisplayName: given + " " + family, Active: true,
		Emails: []identitystore.Email{{Value: userName + "@contoso.example", Type: "work", Primary: true}},
	}
}

func (c *client) addUser(u identitystore.User) identitystore.User {
	c.t.Helper()
	u, err := c.instance.Store().CreateUser(u)
	if err != nil {
		c.t.Fatal(err)
	}
	return u
}

func (c *client) addGroup(displayName string, members ...string) identitystore.Group {
	c.t.Helper()
	g, err := c.instance.Store().CreateGroup(identitystore.Group{DisplayName: displayName}, members...)
	if err != nil {
		c.t.Fatal(err)
	}
	return g
}

func TestHandles(t *testing.T) {
	for _, test := range []struct {
		name, method, path, target, contentType string
		want                                    bool
	}{
		{"Identity Store", "POST", "/", "AWSIdentityStore.ListUsers", "application/x-amz-json-1.1", true},
		{"SSO Admin", "POST", "/", "SWBExternalService.ListInstances", "application/x-amz-json-1.1", true},
		{"target without content type", "POST", "/", "AWSIdentityStore.ListUsers", "", true},
		{"another JSON service", "POST", "/", "DynamoDB_20120810.ListTables", "application/x-amz-json-1.1", true},
		{"form", "POST", "/", "", "application/x-www-form-urlencoded; charset=utf-8", true},
		{"GET", "GET", "/", "AWSIdentityStore.ListUsers", "application/x-amz-json-1.1", false},
		{"assertion at the ACS", "POST", "/platform/saml/acs/1", "", "application/x-www-form-urlencoded", false},
		{"SCIM", "POST", "/t/scim/v2/Users", "", "application/scim+json", false},
		{"nothing", "POST", "/", "", "", false},
		{"a prefix that only begins alike", "POST", "/", "AWSIdentityStoreX.ListUsers", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, test.path, strings.NewReader("Action=GetCallerIdentity"))
			r.Header.Set("X-Amz-Target", test.target)
			r.Header.Set("Content-Type", test.contentType)
			if got := awsapi.Handles(r); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
			if body, err := io.ReadAll(r.Body); err != nil || string(body) != "Action=GetCallerIdentity" {
				t.Errorf("the body was touched: %q, %v", body, err)
			}
		})
	}
}

func TestElsewhereIsNotFound(t *testing.T) {
	c := newClient(t)
	response, err := http.Get(c.url + "/start")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", response.StatusCode)
	}
}

func TestFrontDoor(t *testing.T) {
	c := newClient(t)
	listUsers := "AWSIdentityStore.ListUsers"
	valid := `{"IdentityStoreId":"` + storeID + `"}`
	unsigned := headers(listUsers)
	delete(unsigned, "Authorization")
	for _, test := range []struct {
		rule   string
		header map[string]string
		body   string
		status int
		want   string
	}{
		{"an operation that is not served", headers("SWBExternalService.CreateApplication"), "{}", 400, `{"__type":"UnknownOperationException"}`},
		{"an operation of nobody", headers("AWSIdentityStore.listusers"), valid, 400, `{"__type":"UnknownOperationException"}`},
		{"another service", headers("DynamoDB_20120810.ListTables"), "{}", 400, `{"__type":"UnknownOperationException"}`},
		{"no target", headers(""), "{}", 400, `{"__type":"UnknownOperationException"}`},
		{"no signature", unsigned, valid, 403, `{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`},
		{"no JSON", headers(listUsers), "{", 400, `{"__type":"SerializationException"}`},
		{"something after the JSON", headers(listUsers), valid + "x", 400, `{"__type":"SerializationException"}`},
		{"no body", headers(listUsers), "", 400, `{"__type":"SerializationException"}`},
		{"a list", headers(listUsers), "[]", 400, `{"__type":"SerializationException"}`},
		{"a number for a text", headers(listUsers), `{"IdentityStoreId":1}`, 400, `{"__type":"SerializationException"}`},
		{"a text for a number", headers(listUsers), `{"IdentityStoreId":"` + storeID + `","MaxResults":"10"}`, 400, `{"__type":"SerializationException"}`},
		{"1 MiB and a byte", headers(listUsers), valid + strings.Repeat(" ", 1<<20-len(valid)+1), 413, `{"__type":"RequestEntityTooLargeException"}`},
		{"1 MiB", headers(listUsers), valid + strings.Repeat(" ", 1<<20-len(valid)), 200, `{"Users":[]}`},
		{"unknown members are ignored", headers(listUsers), `{"IdentityStoreId":"` + storeID + `","Unknown":""}`, 200, `{"Users":[]}`},
		{"null is as good as missing", headers(listUsers), `{"IdentityStoreId":"` + storeID + `","MaxResults":null,"NextToken":null,"Filters":null}`, 200, `{"Users":[]}`},
	} {
		t.Run(test.rule, func(t *testing.T) {
			on := *c
			on.t = t
			response, got := on.post(test.body, test.header)
			if response.StatusCode != test.status || got != test.want {
				t.Errorf("got %d %s, want %d %s", response.StatusCode, got, test.status, test.want)
			}
			if id := response.Header.Get("x-amzn-RequestId"); !anyUUID.MatchString(id) {
				t.Errorf("x-amzn-RequestId %q", id)
			}
		})
	}
}

// Members have their names in one case only: a client that gets it wrong must
// not pass here and fail at AWS.
func TestMemberNamesAreExact(t *testing.T) {
	c := newClient(t)
	g, u := c.addGroup("admins"), c.addUser(person("ana", "Ana", "Sousa"))
	const null = "Value null at '%s' failed to satisfy constraint: Member must not be null"
	c.refused("AWSIdentityStore", "IdentityStoreId", storeID, true, []refusal{
		{"at the top", "DescribeUser", object{"userId": u.ID}, object{"__type": "ValidationException", "Message": "1 validation error detected: " + strings.ReplaceAll(null, "%s", "userId")}},
		{"inside", "GetGroupMembershipId", object{"GroupId": g.ID, "MemberId": object{"userId": u.ID}}, object{"__type": "ValidationException", "Message": "1 validation error detected: " + strings.ReplaceAll(null, "%s", "memberId.userId")}},
		{"in a list", "ListUsers", object{"Filters": []object{{"attributePath": "UserName", "AttributeValue": "x"}}}, object{"__type": "ValidationException", "Message": "1 validation error detected: " + strings.ReplaceAll(null, "%s", "filters.1.member.attributePath")}},
	})
}

func TestTrace(t *testing.T) {
	c := newClient(t)
	c.call("AWSIdentityStore.ListUsers", object{"IdentityStoreId": storeID})
	c.call("SWBExternalService.ListApplications", object{})
	c.call("AWSIdentityStore.CreateGroup", object{"IdentityStoreId": storeID, "DisplayName": "Administrator"})
	c.post("Action=GetCallerIdentity&Version=2011-06-15", map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Authorization": "AWS4-HMAC-SHA256 x"})
	type entry struct {
		Protocol, Kind string
		Notes          []string
	}
	var got []entry
	for _, e := range c.trace.Exchanges() {
		got = append(got, entry{e.Protocol, e.Kind, e.Notes})
	}
	want := []entry{
		{"aws", "IdentityStore.ListUsers", nil},
		{"aws", "SSOAdmin.ListApplications", []string{"this mock does not serve SSOAdmin.ListApplications"}},
		{"aws", "IdentityStore.CreateGroup", []string{`displayName: expected a name other than Administrator and AWSAdministrators, got "Administrator"`}},
		{"aws", "STS.GetCallerIdentity", []string{"the access portal gave out no such access key"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}
}

// Request ids come from a source of their own: looking at an instance does not
// change the ids that it makes.
func TestReadingLeavesIDsAlone(t *testing.T) {
	read, unread := newClient(t), newClient(t)
	read.store("ListUsers", nil)
	if a, b := read.addGroup("admins").ID, unread.addGroup("admins").ID; a != b {
		t.Errorf("after a call the group has the id %s, without one %s", a, b)
	}
	requestID := func(seed uint64) string {
		instance, err := sp.New(sp.Config{IDs: ids.New(seed)})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		awsapi.New(instance).ServeHTTP(w, r)
		return w.Header().Get("x-amzn-RequestId")
	}
	if a, same, other := requestID(1), requestID(1), requestID(2); a != same || a == other {
		t.Errorf("request ids %s and %s with one seed, %s with another", a, same, other)
	}
}
