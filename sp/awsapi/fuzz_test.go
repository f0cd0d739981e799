package awsapi_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/awsapi"
	"github.com/idharness/harness/sp/identitystore"
)

// FuzzBody hunts panics: no body may bring an operation down.
func FuzzBody(f *testing.F) {
	instance, err := sp.New(sp.Config{IdentityStoreID: storeID})
	if err != nil {
		f.Fatal(err)
	}
	if _, err := instance.Store().CreateGroup(identitystore.Group{DisplayName: "admins"}); err != nil {
		f.Fatal(err)
	}
	user, err := instance.Store().CreateUser(person("ana", "Ana", "Sousa"))
	if err != nil {
		f.Fatal(err)
	}
	api := awsapi.New(instance)
	ids := `{"IdentityStoreId":"` + storeID + `","UserId":"` + user.ID + `",`
	arn := `{"InstanceArn":"` + instance.ARN() + `",`
	f.Add("AWSIdentityStore.UpdateUser", ids+`"Operations":[{"AttributePath":"emails","AttributeValue":[null]},null]}`)
	f.Add("AWSIdentityStore.UpdateUser", ids+`"Operations":[{"AttributePath":"aws:identitystore:enterprise.manager","AttributeValue":null},{"AttributePath":"aws:identitystore:enterprise.manager.value"}]}`)
	f.Add("AWSIdentityStore.ListUsers", ids+`"Filters":[null],"Extensions":[null],"MaxResults":1,"NextToken":"TGlzdFVzZXJzIDE="}`)
	f.Add("AWSIdentityStore.GetUserId", ids+`"AlternateIdentifier":{"UniqueAttribute":{"AttributePath":null},"ExternalId":{}}}`)
	f.Add("AWSIdentityStore.CreateUser", ids+`"Extensions":{"aws:identitystore:enterprise":null},"Name":[],"Emails":[null]}`)
	f.Add("AWSIdentityStore.IsMemberInGroups", ids+`"MemberId":{"UserId":"`+user.ID+`"},"GroupIds":[null]}`)
	f.Add("SWBExternalService.ListPermissionSets", arn+`"NextToken":"TGlzdFBlcm1pc3Npb25TZXRzIDE4NDQ2NzQ0MDczNzA5NTUxNjE1"}`)
	f.Add("SWBExternalService.ListAccountAssignmentsForPrincipal", arn+`"Filter":{},"PrincipalType":"USER","PrincipalId":"`+user.ID+`"}`)
	f.Add("SWBExternalService.CreatePermissionSet", arn+`"Name":"x","SessionDuration":"PT","Tags":null}`)
	f.Fuzz(func(t *testing.T, target, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		for name, value := range headers(target) {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code >= 500 || w.Body.Len() == 0 {
			t.Errorf("%s %s: %d %s", target, body, w.Code, w.Body)
		}
	})
}
