package sp_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/web"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

// TestSignInFromThePortal is the whole way: portal, request, response, one-time
// code, cookie, portal. The parameters of the hand-over are those of LoginTo in
// CloudTrail's UserAuthentication.
func TestSignInFromThePortal(t *testing.T) {
	w := newWorld(t)
	request, relayState := w.startAtPortal()
	p := w.post(w.entra.signed(w.center, ana, request.SelectAttrValue("ID", "")), relayState)
	target, err := url.Parse(p.header.Get("Location"))
	if p.status != http.StatusFound || err != nil {
		t.Fatalf("ACS: status %d, Location %q\n%s", p.status, p.header.Get("Location"), p.body)
	}
	query := target.Query()
	target.RawQuery = ""
	if got, want := target.String(), w.center.PortalURL()+"/"; got != want {
		t.Errorf("handed over to %s, want %s", got, want)
	}
	keys := slices.Sorted(maps.Keys(query))
	if want := []string{"auth_code", "organization", "region", "state", "wdc_csrf_token"}; !slices.Equal(keys, want) {
		t.Errorf("parameters %v, want %v", keys, want)
	}
	if query.Get("organization") != "d-9067729b3d" || query.Get("region") != "eu-west-1" {
		t.Errorf("organization and region are %s and %s", query.Get("organization"), query.Get("region"))
	}
	if cookie := p.header.Get("Set-Cookie"); cookie != "" {
		t.Errorf("the ACS sets %s; the session is the portal's", cookie)
	}

	p = w.get(p.header.Get("Location"))
	if got := p.header.Get("Location"); p.status != http.StatusFound || got != w.center.PortalURL() {
		t.Errorf("code exchange: status %d, Location %q: the code must not stay in the address bar", p.status, got)
	}
	cookie := p.header.Get("Set-Cookie")
	if !regexp.MustCompile(`^x-amz-sso_authn=[A-Za-z0-9_-]{128}; Path=/; HttpOnly; SameSite=Lax$`).MatchString(cookie) {
		t.Errorf("cookie %q", cookie)
	}
	w.wantPortal(w.get(w.center.PortalURL()), ana)

	checks := map[string]bool{}
	for _, e := range w.trace.Exchanges() {
		for _, c := range e.Checks {
			checks[c.Name] = c.Pass
		}
	}
	want := map[string]bool{
		"status": true, "destination": true, "one assertion": true, "assertion signature": true, "issuer": true, "NameID": true, "recipient": true, "time window": true, "audience": true,
		"InResponseTo": true, "RelayState": true, "replay": true, "user": true,
	}
	if diff := cmp.Diff(want, checks); diff != "" {
		t.Errorf("checks in the trace (-want +got):\n%s", diff)
	}
}

// TestSignInFromTheIdentityProvider: a response to no request lands on the
// portal, whatever its RelayState, which is never followed (saml-profiles-2.0-os,
// section 4.1.5; open redirects such as CVE-2021-3639).
func TestSignInFromTheIdentityProvider(t *testing.T) {
	for _, relayState := range []string{"", "https://attacker.example/", "//attacker.example", "\"><script>alert(1)</script>"} {
		w := newWorld(t)
		p := w.post(w.entra.signed(w.center, ana, ""), relayState)
		if location := p.header.Get("Location"); !strings.HasPrefix(location, w.center.PortalURL()+"/?") {
			t.Errorf("RelayState %q leads to %q", relayState, location)
		}
		w.wantPortal(w.follow(p), ana)
	}
}

// TestWhatIdentityProvidersMaySend are responses that differ from Entra's and
// are right.
func TestWhatIdentityProvidersMaySend(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(*etree.Element)
	}{
		{"as Entra sends it", func(*etree.Element) {}},
		{"no Destination on an unsigned Response (saml-bindings-2.0-os, 3.5.5.2)", set("", "Destination", "")},
		{"no Issuer on the Response (saml-profiles-2.0-os, 4.1.4.2)", remove("Issuer")},
		{"OneTimeUse (saml-core-2.0-os, 2.5.1.5)", func(r *etree.Element) { element(at(r, "Assertion/Conditions"), "OneTimeUse", "") }},
		{"one of two audiences (saml-core-2.0-os, 2.5.1.4: OR inside)", func(r *etree.Element) {
			restriction := at(r, "Assertion/Conditions/AudienceRestriction")
			ours := at(restriction, "Audience")
			element(restriction, "Audience", "https://other.example")
			restriction.AddChild(ours) // last
		}},
		{"another confirmation before ours (saml-profiles-2.0-os, 4.1.4.2: at least one)", func(r *etree.Element) {
			other := at(r, "Assertion/Subject/SubjectConfirmation").Copy()
			at(other, "SubjectConfirmationData").CreateAttr("Recipient", "https://other.example/acs")
			at(r, "Assertion/Subject").InsertChildAt(1, other)
		}},
		{"no NotBefore (saml-core-2.0-os, 2.5.1.2: optional)", set("Assertion/Conditions", "NotBefore", "")},
		{"no NotOnOrAfter on the Conditions (saml-core-2.0-os, 2.5.1.2: optional)", set("Assertion/Conditions", "NotOnOrAfter", "")},
		{"no attributes at all", remove("Assertion/AttributeStatement")},
		{"white space around the Issuer", setText("Assertion/Issuer", "\n "+entraIssuer+"\n")},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.wantPortal(w.signIn(ana, test.edit), ana)
		})
	}
}

// TestResponseAndAssertionSigned: Entra's option "Sign SAML response and
// assertion".
func TestResponseAndAssertionSigned(t *testing.T) {
	w := newWorld(t)
	response := w.entra.response(w.center, ana, "")
	w.entra.sign(at(response, "Assertion"))
	w.entra.sign(response)
	w.wantPortal(w.follow(w.post(write(t, response), "")), ana)
}

// TestPortalShowsDirectAndGroupAssignments: what a person may do is the union of
// both (user guide, "Assign user access to AWS accounts").
func TestPortalShowsDirectAndGroupAssignments(t *testing.T) {
	w := newWorld(t)
	for _, a := range []sp.Account{{ID: "111122223333", Name: "Production", Email: "prod@contoso.example"}, {ID: "444455556666", Name: "Development"}, {ID: "777788889999", Name: "Audit"}} {
		if _, err := w.center.CreateAccount(a); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"ReadOnlyAccess", "AdministratorAccess", "Billing"} {
		if _, err := w.center.CreatePermissionSet(sp.PermissionSet{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.center.CreateGroup(identitystore.Group{DisplayName: "aws-admins"}, ana); err != nil {
		t.Fatal(err)
	}
	if _, err := w.center.CreateGroup(identitystore.Group{DisplayName: "auditors"}); err != nil {
		t.Fatal(err)
	}
	for _, wish := range []sp.Wish{
		{User: ana, PermissionSet: "ReadOnlyAccess", Account: "Production"},
		{Group: "aws-admins", PermissionSet: "AdministratorAccess", Account: "Production"},
		{Group: "aws-admins", PermissionSet: "ReadOnlyAccess", Account: "Production"}, // both ways: shown once
		{Group: "aws-admins", PermissionSet: "AdministratorAccess", Account: "444455556666"},
		{Group: "auditors", PermissionSet: "Billing", Account: "Audit"}, // not hers
	} {
		if bound, err := w.center.Assign(wish); err != nil || !bound {
			t.Fatalf("assign %+v: bound %v, %v", wish, bound, err)
		}
	}
	p := w.signIn(ana)
	w.wantPortal(p, ana)
	_, data, _ := strings.Cut(p.body, `id="`+web.DataID+`">`)
	data, _, _ = strings.Cut(data, "</script>")
	want := `{"user":"ana@contoso.example","accounts":[{"id":"444455556666","name":"Development","roles":["AdministratorAccess"]},` +
		`{"id":"111122223333","name":"Production","email":"prod@contoso.example","roles":["AdministratorAccess","ReadOnlyAccess"]}]}`
	if data != want {
		t.Errorf("portal data\n got %s\nwant %s", data, want)
	}
	if shown := htmlText(t, p); !strings.Contains(shown, "Production") || !strings.Contains(shown, "prod@contoso.example") {
		t.Errorf("the page does not show the accounts: %s", shown)
	}
	if _, err := w.center.RemoveMembers("aws-admins", ana); err != nil {
		t.Fatal(err)
	}
	if got := w.wantPortal(w.get(w.center.PortalURL()), ana); len(got.Accounts) != 1 || !slices.Equal(got.Accounts[0].Roles, []string{"ReadOnlyAccess"}) {
		t.Errorf("after leaving the group: %+v, want the direct assignment", got.Accounts)
	}
}

// TestAuthCodeWorksOnceAndNotForLong: the code that hands over a session is no
// second key to it.
func TestAuthCodeWorksOnceAndNotForLong(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(w *world, address string) string
	}{
		{"used twice", func(w *world, address string) string { w.get(address); return address }},
		{"too late", func(w *world, address string) string { w.clock.Advance(5*time.Minute + time.Second); return address }},
		{"made up", func(w *world, _ string) string { return w.center.PortalURL() + "/?auth_code=x" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			address := test.spoil(w, w.post(w.entra.signed(w.center, ana, ""), "").header.Get("Location"))
			w.freshBrowser()
			p := w.get(address)
			why, ok := script[refusal.Refusal](t, p, web.RefusalID)
			if p.status != http.StatusBadRequest || !ok || why.Code != "AuthCode" || why.Message != "Session token not found or invalid" {
				t.Errorf("status %d, %+v", p.status, why)
			}
			if p.header.Get("Set-Cookie") != "" {
				t.Error("a cookie is set")
			}
		})
	}
}

// TestTwoPeopleSignInAtTheSameTime: the code of one is not lost to the other.
func TestTwoPeopleSignInAtTheSameTime(t *testing.T) {
	w := newWorld(t)
	const bob = "bob@contoso.example"
	w.addUser(bob)
	anas, bobs := w.post(w.entra.signed(w.center, ana, ""), ""), w.post(w.entra.signed(w.center, bob, ""), "")
	w.wantPortal(w.follow(bobs), bob)
	w.freshBrowser()
	w.wantPortal(w.follow(anas), ana)
}

// TestIgnoredAttributesAreNoted: what counts only in direct IAM federation is
// said to be ignored; a plain claim is not worth a word.
func TestIgnoredAttributesAreNoted(t *testing.T) {
	const prefix = "https://aws.amazon.com/SAML/Attributes/"
	w := newWorld(t)
	w.wantPortal(w.signIn(ana, withAttribute(prefix+"Role", "arn:aws:iam::111122223333:role/x,arn:aws:iam::111122223333:saml-provider/y"),
		withAttribute(prefix+"RoleSessionName", ana), withAttribute(prefix+"PrincipalTag:Email", ana), withAttribute(prefix+"AccessControl:Department", "Platform"),
		withAttribute("Role", "no attribute of AWS's"), withAttribute("AccessControl:Department", "nor this")), ana)
	var notes []string
	for _, e := range w.trace.Exchanges() {
		notes = append(notes, e.Notes...)
	}
	iam := " is ignored by Identity Center; it counts only in direct IAM federation (AssumeRoleWithSAML)"
	want := []string{prefix + "Role" + iam, prefix + "RoleSessionName" + iam, prefix + "PrincipalTag:Email" + iam, prefix + "AccessControl:Department is ignored: attributes for access control are not enabled"}
	if diff := cmp.Diff(want, notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}
