package idp_test

import (
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/refusal"
)

// A policy that blocks answers with AADSTS53003, at the sign-in and in a session
// (learn.microsoft.com, "Microsoft Entra authentication and authorization error
// codes"); one that requires a second factor asks for it.
func TestConditionalAccess(t *testing.T) {
	const blocked = "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."
	w := newWire(t)
	inner := w.AddGroup("contractors", w.ana)
	outer := w.AddGroup("externals", inner)
	blog := w.create(idp.ApplicationConfig{Name: "Blog", Identifiers: []string{"urn:blog"}, ReplyURLs: []string{w.sp.URL + "/blog"}})
	w.assign(blog, w.ana)
	session := w.person()
	session.signIn(w.redirect(authnRequest(), ""))
	for _, test := range []struct {
		name   string
		policy idp.ConditionalAccessPolicy
		want   string // block, mfa or nothing
	}{
		{"everybody, all applications", idp.ConditionalAccessPolicy{Grant: idp.GrantBlock}, "block"},
		{"the user", idp.ConditionalAccessPolicy{Grant: idp.GrantBlock, Users: []string{"ANA@contoso.example"}}, "block"},
		{"another user", idp.ConditionalAccessPolicy{Grant: idp.GrantBlock, Users: []string{"ben@contoso.example"}}, ""},
		{"a group, through another", idp.ConditionalAccessPolicy{Grant: idp.GrantBlock, Groups: []string{outer.DisplayName}}, "block"},
		{"a group by id", idp.ConditionalAccessPolicy{Grant: idp.GrantMFA, Groups: []string{inner.ID}}, "mfa"},
		{"another group", idp.ConditionalAccessPolicy{Grant: idp.GrantMFA, Groups: []string{"staff"}}, ""},
		{"the application", idp.ConditionalAccessPolicy{Grant: idp.GrantMFA, Apps: []string{"Wiki"}}, "mfa"},
		{"another application", idp.ConditionalAccessPolicy{Grant: idp.GrantBlock, Apps: []string{blog.AppID()}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := w.in(t)
			test.policy.DisplayName = "Office only"
			if err := w.SetConditionalAccess(test.policy); err != nil {
				t.Fatal(err)
			}
			fresh := w.person()
			for how, page := range map[string]answer{
				"session": asAnswer(session.open(w.redirect(authnRequest(), ""))), "sign-in": asAnswer(fresh.enterOnly(fresh.open(w.redirect(authnRequest(), "")))),
			} {
				switch test.want {
				case "block":
					if why := checkRefused(t, page, "AADSTS53003", blocked); why.Got != "the policy Office only" || why.Fix != refusal.Entra {
						t.Errorf("%s: explained by %+v", how, why)
					}
				case "mfa":
					if pgid := configOf(t, page.body)["pgid"]; pgid != "ConvergedTFA" {
						t.Errorf("%s: page %v", how, pgid)
					}
				default:
					if page.status != 200 || how == "sign-in" && configOf(t, page.body)["pgid"] != "KmsiInterrupt" {
						t.Errorf("%s: status %d\n%s", how, page.status, page.body)
					}
				}
			}
		})
	}
	// What callers hold is theirs.
	users := []string{"ana@contoso.example"}
	if err := w.SetConditionalAccess(idp.ConditionalAccessPolicy{DisplayName: "p", Users: users, Grant: idp.GrantBlock}); err != nil {
		t.Fatal(err)
	}
	users[0], w.ConditionalAccess()[0].Users[0] = "nobody", "nobody"
	if got := w.ConditionalAccess()[0].Users[0]; got != "ana@contoso.example" {
		t.Errorf("a caller changed the policy's users to %s", got)
	}
	for _, bad := range []idp.ConditionalAccessPolicy{{Grant: idp.GrantBlock}, {DisplayName: "x"}, {DisplayName: "x", Grant: "allow"}} {
		if err := w.SetConditionalAccess(bad); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

// Guests that are disabled have a code of their own.
func TestDisabledGuest(t *testing.T) {
	w := newWire(t)
	off := false
	if _, err := w.Directory().UpdateUser(w.ana.ID, func(u *directory.User) { u.UserType, u.AccountEnabled = "Guest", &off }); err != nil {
		t.Fatal(err)
	}
	p := w.person()
	checkRefused(t, asAnswer(p.enterOnly(p.open(w.redirect(authnRequest(), "")))), "AADSTS500571", "The guest user account is disabled.")
}
