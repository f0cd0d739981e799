package sp_test

import (
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

// TestProfileAttributesBecomeTags: user guide, "Supported directory attributes".
func TestProfileAttributesBecomeTags(t *testing.T) {
	w := newWorld(t)
	if _, err := w.center.UpdateUser(ana, func(u *identitystore.User) error {
		u.NickName, u.UserType, u.Title, u.Locale, u.Timezone = "nick", "type", "title", "locale", "zone"
		u.Name = identitystore.Name{GivenName: "given", FamilyName: "family"}
		u.DisplayName = "display"
		u.Emails = []identitystore.Email{{Value: "mail@contoso.example", Primary: true}}
		u.PhoneNumbers = []identitystore.PhoneNumber{{Value: "555", Type: "Work"}}
		u.Addresses = []identitystore.Address{{Type: "work", StreetAddress: "street", Locality: "town", Region: "region", PostalCode: "post", Country: "PT", Formatted: "all"}}
		u.Enterprise = &identitystore.Enterprise{EmployeeNumber: "number", CostCenter: "cost", Organization: "organization", Division: "division", Department: "department", Manager: &identitystore.Manager{Value: "manager"}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	work := func(part string) string { return `${path:addresses[type eq "work"].` + part + "}" }
	sources := map[string]string{
		"userName": "${path:userName}", "family": "${path:name.familyName}", "given": "${path:name.givenName}", "display": "${path:displayName}", "nick": "${path:nickName}",
		"mail": "${path:emails[primary eq true].value}", "street": work("streetAddress"), "town": work("locality"), "region": work("region"), "post": work("postalCode"),
		"country": work("country"), "all": work("formatted"), "phone": `${path:phoneNumbers[type eq "work"].value}`, "type": "${path:userType}", "title": "${path:title}",
		"locale": "${path:locale}", "zone": "${path:timezone}", "number": "${path:enterprise.employeeNumber}", "cost": "${path:enterprise.costCenter}",
		"organization": "${path:enterprise.organization}", "division": "${path:enterprise.division}", "department": "${path:enterprise.department}", "manager": "${path:enterprise.manager.value}",
	}
	if err := w.center.SetAccessControlAttributes(sources); err != nil {
		t.Fatal(err)
	}
	want := make(map[string]string)
	for key := range sources {
		want[key] = key
	}
	want["userName"], want["mail"], want["phone"], want["country"] = ana, "mail@contoso.example", "555", "PT"
	if diff := cmp.Diff(want, w.wantPortal(w.signIn(ana), ana).AccessControl); diff != "" {
		t.Errorf("session tags (-want +got):\n%s", diff)
	}
	// They follow the profile without another sign-in, and what has no value is no tag.
	if _, err := w.center.UpdateUser(ana, func(u *identitystore.User) error {
		u.Title, u.Enterprise, u.Addresses, u.PhoneNumbers = "boss", nil, nil, nil
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"street", "town", "region", "post", "country", "all", "phone", "number", "cost", "organization", "division", "department", "manager"} {
		delete(want, key)
	}
	want["title"] = "boss"
	if diff := cmp.Diff(want, w.wantPortal(w.get(w.center.PortalURL()), ana).AccessControl); diff != "" {
		t.Errorf("after a change (-want +got):\n%s", diff)
	}
	w.center.SetAccessControl(false)
	if got := w.wantPortal(w.get(w.center.PortalURL()), ana).AccessControl; len(got) != 0 || len(w.center.AccessControlAttributes()) != 0 {
		t.Errorf("turned off, session tags %v of %v", got, w.center.AccessControlAttributes())
	}
}

// Where both give a tag the profile's value replaces the assertion's (API
// reference, CreateInstanceAccessControlAttributeConfiguration); a note of the
// user guide says the opposite.
func TestPrecedenceOfAttributesForAccessControl(t *testing.T) {
	for name, test := range map[string]struct {
		precedence sp.AccessControlSource
		want       map[string]string
	}{
		"by default":    {"", map[string]string{"Team": "of the profile", "Color": "blue", "Locale": "pt"}},
		"the profile":   {sp.FromProfile, map[string]string{"Team": "of the profile", "Color": "blue", "Locale": "pt"}},
		"the assertion": {sp.FromAssertion, map[string]string{"Team": "of the assertion", "Color": "blue", "Locale": "pt"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.center.Choose(func(c *sp.Choices) { c.AccessControlPrecedence = test.precedence })
			if _, err := w.center.UpdateUser(ana, func(u *identitystore.User) error {
				u.Title, u.Locale = "of the profile", "pt"
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if err := w.center.SetAccessControlAttributes(map[string]string{"Team": "${path:title}", "Color": "${path:nickName}", "Locale": "${path:locale}"}); err != nil {
				t.Fatal(err)
			}
			got := w.wantPortal(w.signIn(ana, func(r *etree.Element) {
				withAttribute(accessControl+"Team", "of the assertion")(r)
				withAttribute(accessControl+"Color", "blue")(r)
			}), ana).AccessControl
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("session tags (-want +got):\n%s", diff)
			}
			// Off, it leaves neither tag, though the session has those of its assertion.
			w.center.SetAccessControl(false)
			if got := w.wantPortal(w.get(w.center.PortalURL()), ana).AccessControl; len(got) != 0 {
				t.Errorf("turned off, session tags %v", got)
			}
		})
	}
}

func TestSourcesOfAttributesForAccessControl(t *testing.T) {
	w := newWorld(t)
	for _, source := range []string{"", "title", "${path:shoeSize}", "${path:enterprise}", "${path:}", "${path:emails.value}", "${path:title} ", "$${path:title}"} {
		wantRefusal(t, w.center.SetAccessControlAttributes(map[string]string{"k": source}), "ValidationException", source)
	}
	for _, key := range []string{"", "a!", strings.Repeat("k", 129)} {
		wantRefusal(t, w.center.SetAccessControlAttributes(map[string]string{key: "${path:title}"}), "ValidationException", key)
	}
	if err := w.center.SetAccessControlAttributes(map[string]string{strings.Repeat("k", 128): "${path:title}"}); err != nil {
		t.Errorf("a key of 128 characters: %v", err)
	}
	w.center.SetAccessControl(false)
	many := make(map[string]string)
	for key := range tags(51) {
		many[key] = "${path:title}"
	}
	wantRefusal(t, w.center.SetAccessControlAttributes(many), "ValidationException", "51")
	if w.center.AccessControl() {
		t.Error("a refused configuration turned the feature on")
	}
}

// Session tags stand in the account's record of the role session, and the trace
// says where each comes from.
func TestSessionTagsExplainThemselves(t *testing.T) {
	w := withAccess(t, sp.PermissionSet{})
	if _, err := w.center.UpdateUser(ana, func(u *identitystore.User) error { u.Title = "boss"; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := w.center.SetAccessControlAttributes(map[string]string{"Title": "${path:title}", "Nick": "${path:nickName}"}); err != nil {
		t.Fatal(err)
	}
	w.signIn(ana, sessionTag(accessControl+"Team", "blue"), sessionTag(accessControl+"Nick", "annie"), sessionTag(accessControl+"Title", "assistant"))
	before := len(w.center.Events())
	w.openConsole("account_id=" + production + "&role_name=Admin")
	_, records := w.since(before)
	want := map[string]string{"Title": "boss", "Nick": "annie", "Team": "blue"}
	if diff := cmp.Diff(any(want), records["AssumeRoleWithSAML"].RequestParameters["principalTags"]); diff != "" {
		t.Errorf("principalTags (-want +got):\n%s", diff)
	}
	var notes []string
	for _, exchange := range w.trace.Exchanges() {
		for _, note := range exchange.Notes {
			if strings.HasPrefix(note, "session tag ") {
				notes = append(notes, note)
			}
		}
	}
	if diff := cmp.Diff([]string{"session tag Nick comes from the assertion", "session tag Team comes from the assertion", "session tag Title comes from the user's profile, ${path:title}"}, notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}
