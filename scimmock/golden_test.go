package scimmock_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/scimmock"
)

var update = flag.Bool("update", false, "write the files in testdata instead of comparing with them")

// TestExamples plays the examples of the developer guide and of published error
// captures with synthetic values, and compares status, headers and body, in
// which the order of keys counts, with testdata. Where the guide's example
// departs from what clients see (PUT answered with 201, no profileUrl), the
// profile follows the guide.
func TestExamples(t *testing.T) {
	profile := scimmock.AWS()
	profile.Name, profile.PutUserStatus, profile.OmitProfileURL = "examples", 201, true
	e := run(t, profile)
	manager := e.person("maria@contoso.example")
	full := `{"externalId":"701984","userName":"ana@contoso.example","name":{"formatted":"Ms. Ana M Sousa, III","familyName":"Sousa","givenName":"Ana","middleName":"Maria","honorificPrefix":"Ms.","honorificSuffix":"III"},` +
		`"displayName":"Ana Sousa","nickName":"An","profileUrl":"https://login.contoso.example/ana","emails":[{"value":"ana@contoso.example","type":"work","primary":true}],` +
		`"addresses":[{"type":"work","streetAddress":"100 Long Street","locality":"Lisbon","region":"LX","postalCode":"1000","country":"PT","formatted":"100 Long Street Lisbon, LX 1000 PT","primary":true}],` +
		`"phoneNumbers":[{"value":"555-555-5555","type":"work"}],"roles":[{"value":"Researcher","type":"work","primary":true}],"userType":"Employee","title":"Tour Guide","preferredLanguage":"en-US","locale":"en-US","timezone":"Europe/Lisbon","active":true,` +
		`"` + enterprise + `":{"employeeNumber":"701984","costCenter":"4130","organization":"Contoso","division":"Theme Park","department":"Tour Operations","manager":{"value":"` + manager + `","$ref":"../Users/` + manager + `"}}}`
	const patch = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[%s]}`
	var user, group string

	for _, example := range []struct {
		name   string
		method string
		path   func() string
		body   func() string
		keep   *string // where to keep the id that was made
	}{
		{"create_user", "POST", at("/Users"), at(full), &user},
		{"create_user_duplicate", "POST", at("/Users"), at(full), nil},
		{"create_user_empty_name", "POST", at("/Users"), at(strings.Replace(full, `"Sousa"`, `""`, 1)), nil},
		{"create_user_two_emails", "POST", at("/Users"), at(strings.Replace(full, `"emails":[`, `"emails":[{"value":"other@contoso.example","type":"home"},`, 1)), nil},
		{"create_user_not_json", "POST", at("/Users"), at(`{"userName":`), nil},
		{"get_user", "GET", func() string { return "/Users/" + manager }, at(""), nil},
		{"list_users", "GET", at("/Users"), at(""), nil},
		{"list_users_by_user_name", "GET", at(`/Users?filter=userName+eq+%22ana%40contoso.example%22`), at(""), nil},
		{"list_users_by_id_and_manager", "GET", func() string {
			return `/Users?filter=id+eq+%22` + user + `%22+and+manager+eq+%22` + manager + `%22`
		}, at(""), nil},
		{"list_users_bad_filter", "GET", at(`/Users?filter=userName+co+%22ana%22`), at(""), nil},
		{"patch_user", "PATCH", func() string { return "/Users/" + user }, at(fmt.Sprintf(patch, `{"op":"replace","path":"active","value":"false"}`)), nil},
		{"patch_user_no_path", "PATCH", func() string { return "/Users/" + user }, at(fmt.Sprintf(patch, `{"op":"remove"}`)), nil},
		{"put_user", "PUT", func() string { return "/Users/" + user }, at(strings.Replace(full, "Tour Guide", "Tour Lead", 1)), nil},
		{"create_group", "POST", at("/Groups"), func() string {
			return `{"externalId":"701985","displayName":"Group Bar","members":[{"value":"` + user + `","$ref":"../Users/` + user + `","type":"User"}]}`
		}, &group},
		{"get_group", "GET", func() string { return "/Groups/" + group }, at(""), nil},
		{"list_groups", "GET", at("/Groups"), at(""), nil},
		{"list_groups_by_member_with_cursor", "GET", func() string { return "/Groups?cursor&filter=members.value+eq+%22" + user + "%22" }, at(""), nil},
		{"list_users_first_page", "GET", at("/Users?cursor&count=1"), at(""), nil},
		{"patch_group", "PATCH", func() string { return "/Groups/" + group }, at(fmt.Sprintf(patch, `{"op":"replace","path":"displayName","value":"Developers"}`)), nil},
		{"patch_group_add_member", "PATCH", func() string { return "/Groups/" + group }, func() string {
			return fmt.Sprintf(patch, `{"op":"add","path":"members","value":[{"value":"`+manager+`"}]}`)
		}, nil},
		{"patch_group_remove_members", "PATCH", func() string { return "/Groups/" + group }, func() string {
			return fmt.Sprintf(patch, `{"op":"remove","path":"members","value":[{"value":"`+manager+`"},{"value":"`+user+`"}]}`)
		}, nil},
		{"patch_group_replace_members", "PATCH", func() string { return "/Groups/" + group }, func() string {
			return fmt.Sprintf(patch, `{"op":"replace","path":"members","value":[{"value":"`+user+`"}]}`)
		}, nil},
		{"delete_group", "DELETE", func() string { return "/Groups/" + group }, at(""), nil},
		{"delete_user", "DELETE", func() string { return "/Users/" + user }, at(""), nil},
		{"get_user_not_found", "GET", func() string { return "/Users/" + user }, at(""), nil},
		{"service_provider_config", "GET", at("/ServiceProviderConfig"), at(""), nil},
		{"list_schemas", "GET", at("/Schemas"), at(""), nil},
		{"get_schema", "GET", at("/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group"), at(""), nil},
		{"list_resource_types", "GET", at("/ResourceTypes"), at(""), nil},
	} {
		t.Run(example.name, func(t *testing.T) {
			e.t = t
			r := e.example(example.name, example.method, example.path(), example.body())
			if example.keep != nil {
				*example.keep = r.id()
			}
		})
	}
}

// example sends a request and compares it and the response with a file.
func (e *endpoint) example(name, method, path, body string, header ...string) response {
	e.t.Helper()
	e.clock.Advance(time.Second)
	r := e.do(method, path, body, header...)
	var got bytes.Buffer
	fmt.Fprintf(&got, "%s {base}%s\n\n%s\n", method, path, indent(body))
	fmt.Fprintf(&got, "HTTP %d\nContent-Type: %s\nx-amzn-RequestId: %s\n\n%s", r.status, r.header.Get("Content-Type"), r.header.Get("x-amzn-RequestId"), indent(r.body))
	compare(e.t, filepath.Join("testdata", name+".http"), bytes.ReplaceAll(got.Bytes(), []byte(e.scim.URL()), []byte("{base}")))
	return r
}

func at(text string) func() string { return func() string { return text } }

// indent lays out JSON without changing the order of keys.
func indent(body string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(body), "", " ") != nil || body == "" {
		b.Reset()
		b.WriteString(body)
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

func compare(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run the test with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
