package provisioning_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/idp/provisioning"
)

// aws answers the way Identity Center does.
func aws(detail string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","detail":"` + detail + `"}`
}

// A failure says what was expected, what the target answered, in which request
// and mapping, which side to mend, and how.
func TestExplanations(t *testing.T) {
	second := provisioning.Mapping{Target: `emails[type eq "other"].value`, Expression: `Item([otherMails], 1)`}
	work := provisioning.Mapping{Target: `emails[type eq "work"].value`, Source: "mail"}
	family := provisioning.Mapping{Target: "name.familyName", Source: "surname"}
	for _, test := range []struct {
		name     string
		mappings []provisioning.Mapping
		status   int
		body     string
		code     string
		want     provisioning.Explanation
	}{
		{
			"a second e-mail address", []provisioning.Mapping{userName, work, second}, 400, aws("List attribute emails exceeds allowed limit of 1"), "UnprocessableEntity",
			provisioning.Explanation{
				Expected: "one value where the target takes one (AWS: one e-mail address, one phone number, one postal address)",
				Got:      "status 400: List attribute emails exceeds allowed limit of 1",
				Where:    `POST BASE/Users, mapping emails[type eq "work"].value from mail, mapping emails[type eq "other"].value from Item([otherMails], 1)`,
				Fix:      "entra", Hint: "2 mappings fill the same multi-valued attribute; keep one of them",
			},
		},
		{
			"no surname", []provisioning.Mapping{userName, family}, 400,
			aws("1 validation errors detected: Value null at 'name.familyName' failed to satisfy constraint: Member must not be null"), "MandatoryFieldsMissing",
			provisioning.Explanation{
				Expected: "a value for name.familyName",
				Got:      "status 400: 1 validation errors detected: Value null at 'name.familyName' failed to satisfy constraint: Member must not be null",
				Where:    "POST BASE/Users, mapping name.familyName from surname",
				Fix:      "entra", Hint: "fill in surname in Entra, or give the mapping a default value",
			},
		},
		{
			"no mapping of the surname", []provisioning.Mapping{userName}, 400, aws("Value null at 'name.familyName' failed to satisfy constraint: Member must not be null"), "MandatoryFieldsMissing",
			provisioning.Explanation{
				Expected: "a value for every required attribute", Got: "status 400: Value null at 'name.familyName' failed to satisfy constraint: Member must not be null",
				Where: "POST BASE/Users, no mapping fills name.familyName", Fix: "entra", Hint: "give the user a value for every attribute that the target requires",
			},
		},
		{
			"forbidden characters", []provisioning.Mapping{userName, family}, 400,
			aws("Value at 'name.familyName' failed to satisfy constraint: Member must satisfy regular expression pattern: x"), "UnprocessableEntity",
			provisioning.Explanation{
				Expected: "a value without the characters that the target forbids (AWS: <>;:% and control characters)",
				Got:      "status 400: Value at 'name.familyName' failed to satisfy constraint: Member must satisfy regular expression pattern: x",
				Where:    "POST BASE/Users, mapping name.familyName from surname", Fix: "entra",
				Hint: "change the value in Entra, or take the characters out with Replace in the mapping",
			},
		},
		{
			"a broken target", []provisioning.Mapping{userName}, 500, "", "InternalServerError",
			provisioning.Explanation{
				Expected: "an answer with status 200, 201 or 204", Got: "status 500 without a SCIM error", Where: "POST BASE/Users",
				Fix: "identityCenter", Hint: "look at the target's own log; the object is retried",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, users(test.mappings[1:]...))
			f.assign(f.addUser("ann", func(u *directory.User) { u.Mail, u.OtherMails = "ann@contoso.example", []string{"a@contoso.example"} }).ID)
			f.server.setFault(answer("POST", "/Users", test.status, test.body))
			s := f.cycle()
			e := f.entry("ann@contoso.example").Error
			if e == nil || e.Code != test.code || e.Explanation == nil {
				t.Fatalf("error %+v", e)
			}
			base, _, _ := strings.Cut(f.server.tenantURL(), "?")
			test.want.Where = strings.ReplaceAll(test.want.Where, "BASE", strings.TrimRight(base, "/"))
			if diff := cmp.Diff(test.want, *e.Explanation); diff != "" {
				t.Errorf("explanation (-want +got):\n%s", diff)
			}
			if err := s.Err(); err == nil || !contains(err.Error(), test.want.Hint) || !contains(err.Error(), test.want.Where) {
				t.Errorf("summary %v", err)
			}
		})
	}
}

// A mistake in a mapping names the mapping, and the target is not asked.
func TestExplanationOfAMapping(t *testing.T) {
	f := newFixture(t, users(provisioning.Mapping{Target: "title", Expression: `CDate([jobTitle])`}))
	f.assign(f.addUser("ann", func(u *directory.User) { u.JobTitle = "no date" }).ID)
	f.cycle()
	e := f.entry("ann@contoso.example").Error
	if e == nil || e.Explanation == nil || e.Explanation.Where != "mapping title from CDate([jobTitle])" || e.Explanation.Fix != "entra" || !contains(e.Explanation.Got, "title") {
		t.Errorf("error %+v", e)
	}
}

// A job in quarantine says why, and what to do.
func TestExplanationOfQuarantine(t *testing.T) {
	f := newFixture(t, provisioning.Settings{})
	f.server.setToken("another")
	s := f.cycle()
	q := s.Quarantine
	if q == nil || q.Error.Explanation == nil {
		t.Fatalf("summary %+v", s)
	}
	e := q.Error.Explanation
	if !strings.HasPrefix(e.Where, "Secret Token, GET http") || e.Fix != "entra" || !contains(e.Hint, "copy the token again") || !contains(e.Got, "status 401") {
		t.Errorf("explanation %+v", e)
	}
	if text := s.Err().Error(); contains(text, testToken) || !contains(text, "copy the token again") {
		t.Errorf("error %s", text)
	}
	f.check(f.job.SetTarget("http://127.0.0.1:1/scim", testToken))
	s, err := f.job.RunCycle(context.Background())
	f.check(err)
	if e := s.Quarantine.Error.Explanation; e == nil || !strings.HasPrefix(e.Where, "Tenant URL http://127.0.0.1:1/scim, GET http://127.0.0.1:1/scim/Users") || !contains(e.Hint, "cannot be reached") {
		t.Errorf("explanation %+v", s.Quarantine.Error)
	}
}

// An attribute is mentioned by its whole name: emailsVerified is not emails.
func TestExplanationWantsWholeNames(t *testing.T) {
	f := newFixture(t, users(provisioning.Mapping{Target: `emails[type eq "work"].value`, Source: "mail"}))
	f.assign(f.addUser("ann", func(u *directory.User) { u.Mail = "ann@contoso.example" }).ID)
	f.server.setFault(answer("POST", "/Users", 400, aws("emailsVerified and myemails are unknown")))
	f.cycle()
	if e := f.entry("ann@contoso.example").Error; e == nil || e.Explanation == nil || contains(e.Explanation.Where, "mapping") {
		t.Errorf("error %+v", e)
	}
}
