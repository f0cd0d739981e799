package scimmock_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestMoreExamples goes on from TestExamples: the filters and PATCH forms of
// the developer guide, the errors that the user guide prints ("Logging IAM
// Identity Center SCIM API calls with CloudTrail", "Troubleshooting"), those
// that users of the service published, and for every operation the error that
// its page lists for what does not exist.
func TestMoreExamples(t *testing.T) {
	e := run(t)
	const patch = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[%s]}`
	maria := e.person("maria@contoso.example")
	id := e.user(full())
	g := e.group("Group Bar", maria, id)
	none := "00000000-0000-7000-8000-000000000000"
	filter := func(kind, text string) string {
		return "/" + kind + "?filter=" + strings.NewReplacer(" ", "%20", `"`, "%22").Replace(text)
	}
	for _, x := range []struct{ name, method, path, body string }{
		// ListUsers and ListGroups, every filter
		{"list_users_by_external_id", "GET", filter("Users", `externalId eq "a-1"`), ""},
		{"list_users_by_id", "GET", filter("Users", `id eq "`+id+`"`), ""},
		{"list_users_by_group", "GET", filter("Users", `groups.value eq "`+g+`"`), ""},
		{"list_users_by_group_with_cursor", "GET", filter("Users", `groups.value eq "`+g+`"`) + "&count=1&cursor", ""},
		{"list_users_none", "GET", filter("Users", `userName eq "nobody"`), ""},
		{"list_groups_by_display_name", "GET", filter("Groups", `displayName eq "Group Bar"`), ""},
		{"list_groups_by_id_and_members", "GET", filter("Groups", `id eq "`+g+`" and members eq "`+maria+`"`), ""},
		{"list_groups_by_member_not_found", "GET", filter("Groups", `members.value eq "`+none+`"`), ""},
		{"list_groups_bad_filter", "GET", filter("Groups", `displayName sw "Group"`), ""},
		{"list_users_bad_cursor", "GET", "/Users?cursor=VGVzdFVzZXJDdXJzb3I", ""},

		// PatchUser
		{"patch_user_value_without_path", "PATCH", "/Users/" + id, fmt.Sprintf(patch, `{"op":"replace","value":{"displayName":"Ana S."}}`)},
		{"patch_user_email_by_type", "PATCH", "/Users/" + id, fmt.Sprintf(patch, `{"op":"Replace","path":"emails[type eq \"work\"].value","value":"ana.s@contoso.example"}`)},
		{"patch_user_department", "PATCH", "/Users/" + id, fmt.Sprintf(patch, `{"op":"Add","path":"`+enterprise+`:department","value":"Parks"}`)},
		{"patch_user_remove_title", "PATCH", "/Users/" + id, fmt.Sprintf(patch, `{"op":"remove","path":"title"}`)},
		{"patch_user_two_emails", "PATCH", "/Users/" + id, fmt.Sprintf(patch, `{"op":"replace","path":"emails","value":[{"value":"a@contoso.example","type":"work","primary":true},{"value":"b@contoso.example","type":"home"}]}`)},
		{"patch_user_several_attributes", "PATCH", "/Users/" + id, fmt.Sprintf(patch, `{"op":"replace","value":{"displayName":"X","title":"Y"}}`)},
		{"patch_user_remove_active", "PATCH", "/Users/" + id, fmt.Sprintf(patch, `{"op":"remove","path":"active"}`)},
		{"patch_user_user_name_taken", "PATCH", "/Users/" + id, fmt.Sprintf(patch, `{"op":"replace","path":"userName","value":"maria@contoso.example"}`)},
		{"patch_user_not_found", "PATCH", "/Users/" + none, fmt.Sprintf(patch, `{"op":"replace","path":"active","value":"false"}`)},

		// CreateUser and PutUser
		{"create_user_minimal", "POST", "/Users", `{"userName":"bo@contoso.example","name":{"familyName":"Lind","givenName":"Bo"},"displayName":"Bo Lind"}`},
		{"create_user_bad_characters", "POST", "/Users", ana("Sousa", `Sou\u0000sa`)},
		{"create_user_empty_manager", "POST", "/Users", with(ana(), `"`+enterprise+`":{"manager":{"value":""}}`)},
		{"create_user_without_name", "POST", "/Users", `{"userName":"x","displayName":"X"}`},
		{"create_user_photos", "POST", "/Users", with(ana(), `"photos":[{"value":"https://contoso.example/p.png"}]`)},
		{"put_user_not_found", "PUT", "/Users/" + none, ana()},
		{"put_user_empty_name", "PUT", "/Users/" + id, ana("Sousa", "")},

		// groups
		{"create_group_duplicate", "POST", "/Groups", `{"displayName":"Group Bar"}`},
		{"create_group_without_name", "POST", "/Groups", `{"externalId":"1"}`},
		{"create_group_unknown_member", "POST", "/Groups", `{"displayName":"Group Foo","members":[{"value":"` + none + `"}]}`},
		{"patch_group_value_without_path", "PATCH", "/Groups/" + g, fmt.Sprintf(patch, `{"op":"replace","value":{"id":"`+g+`","displayName":"Group Foo New"}}`)},
		{"patch_group_several_attributes", "PATCH", "/Groups/" + g, fmt.Sprintf(patch, `{"op":"replace","value":{"displayName":"X","externalId":"Y"}}`)},
		{"patch_group_remove_all_members", "PATCH", "/Groups/" + g, fmt.Sprintf(patch, `{"op":"remove","path":"members"}`)},
		{"patch_group_not_found", "PATCH", "/Groups/" + none, fmt.Sprintf(patch, `{"op":"add","path":"members","value":[]}`)},
		{"put_group", "PUT", "/Groups/" + g, `{"displayName":"X"}`},
		{"get_group_not_found", "GET", "/Groups/" + none, ""},
		{"delete_group_not_found", "DELETE", "/Groups/" + none, ""},
		{"delete_user_not_found", "DELETE", "/Users/" + none, ""},

		// discovery
		{"get_schema_user", "GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", ""},
		{"get_schema_enterprise", "GET", "/Schemas/" + enterprise, ""},
		{"get_schema_not_found", "GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Device", ""},
		{"bulk", "POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[]}`},
	} {
		t.Run(x.name, func(t *testing.T) {
			e.t = t
			e.example(x.name, x.method, x.path, x.body)
		})
	}
	t.Run("unauthorized", func(t *testing.T) {
		e.t = t
		e.example("unauthorized", "GET", "/Users", "", "Authorization", "")
	})
}
