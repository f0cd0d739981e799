package idp_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/browser"
)

// submit sends a form of a page as it came.
func (p person) submit(page *browser.Page, name string) *browser.Page {
	p.w.t.Helper()
	form, ok := page.Form(name)
	if !ok {
		p.w.t.Fatalf("%s has no form %s:\n%s", page.URL, name, page.Text())
	}
	next, err := p.b.Submit(p.w.t.Context(), form, nil)
	if err != nil {
		p.w.t.Fatalf("submit %s: %v", name, err)
	}
	return next
}

// twoAccounts is a browser in which Ana and then Ben are signed in, both of whom
// may use Wiki.
func twoAccounts(w *wire) (person, directory.User) {
	w.t.Helper()
	ben := w.AddUser(directory.User{UserPrincipalName: "ben@contoso.example", DisplayName: "Ben Okafor"})
	w.assign(w.app, ben)
	b := w.person()
	b.signIn(w.redirect(authnRequest(), ""))
	page := b.open(w.redirect(authnRequest(), "") + "&login_hint=" + url.QueryEscape(ben.UserPrincipalName))
	if !asksForPassword(page) {
		w.t.Fatalf("a hint at somebody else came to %s", page.URL)
	}
	b.enter(page, ben.UserPrincipalName, directory.DefaultPassword)
	if xml, _ := w.response(); find(w.t, xml, "//NameID") != ben.UserPrincipalName {
		w.t.Fatalf("NameID %s, want Ben's", find(w.t, xml, "//NameID"))
	}
	w.sp.forget()
	return b, ben
}

// With several accounts signed in the person picks one (learn.microsoft.com,
// "Single Sign-Out SAML protocol", note: with several sessions an account picker
// is shown).
func TestAccountPicker(t *testing.T) {
	w := newWire(t)
	b, ben := twoAccounts(w)
	for _, user := range []directory.User{w.ana, ben} {
		page := b.open(w.redirect(authnRequest(), "state"))
		if !strings.Contains(page.Text(), "Pick an account") || configOf(t, string(page.Body))["pgid"] != "ConvergedSignIn" {
			t.Fatalf("came to %s:\n%s", page.URL, page.Text())
		}
		if got := b.submit(page, "account-"+user.UserPrincipalName); !atServiceProvider(got) {
			t.Fatalf("%s came to %s", user.UserPrincipalName, got.URL)
		}
		xml, form := w.response()
		if find(t, xml, "//NameID") != user.UserPrincipalName || form.Get("RelayState") != "state" {
			t.Errorf("NameID %s with RelayState %q, want %s and state", find(t, xml, "//NameID"), form.Get("RelayState"), user.UserPrincipalName)
		}
	}
}

// login_hint makes the choice (learn.microsoft.com, "Single sign-on SAML
// protocol"), and IsPassive takes the latest account, since nobody can be asked.
func TestAccountIsPickedWithoutAsking(t *testing.T) {
	w := newWire(t)
	b, ben := twoAccounts(w)
	for name, test := range map[string]struct{ target, want string }{
		"hint":    {w.redirect(authnRequest(), "") + "&login_hint=ANA%40contoso.example", w.ana.UserPrincipalName},
		"passive": {w.redirect(authnRequest("Version", `IsPassive="true" Version`), ""), ben.UserPrincipalName},
	} {
		w.sp.forget()
		if page := b.open(test.target); !atServiceProvider(page) {
			t.Fatalf("%s came to %s", name, page.URL)
		}
		if xml, _ := w.response(); find(t, xml, "//NameID") != test.want {
			t.Errorf("%s: NameID %s, want %s", name, find(t, xml, "//NameID"), test.want)
		}
	}
}

// "Use another account" asks for name and password, and a program that takes
// the page for a sign-in page may post them at once.
func TestAnotherAccount(t *testing.T) {
	w := newWire(t)
	b, _ := twoAccounts(w)
	eva := w.AddUser(directory.User{UserPrincipalName: "eva@contoso.example"})
	w.assign(w.app, eva)
	page := b.submit(b.open(w.redirect(authnRequest(), "")), "account-other")
	if page = b.enter(page, eva.UserPrincipalName, directory.DefaultPassword); !atServiceProvider(page) {
		t.Fatalf("came to %s", page.URL)
	}
	if xml, _ := w.response(); find(t, xml, "//NameID") != eva.UserPrincipalName {
		t.Errorf("NameID %s", find(t, xml, "//NameID"))
	}
	if page = b.open(w.redirect(authnRequest(), "")); strings.Count(page.Text(), "@contoso.example") != 3 {
		t.Errorf("the picker shows:\n%s", page.Text())
	}
	picker := answer{page.Status, page.Header, string(page.Body)}
	w.posted(w.signInByForm(picker))
}

// An account that was signed out in another tab is not there any more: the
// others are offered again.
func TestPickedAccountIsGone(t *testing.T) {
	w := newWire(t)
	b, ben := twoAccounts(w)
	picker := b.open(w.redirect(authnRequest(), ""))
	out := b.open(w.BaseURL() + "/" + w.ID() + "/logout")
	if !strings.Contains(out.Text(), "Which account do you want to sign out of?") {
		t.Fatalf("sign-out shows:\n%s", out.Text())
	}
	if page := b.submit(out, "account-"+ben.UserPrincipalName); !strings.Contains(page.Text(), "You signed out of your account") {
		t.Fatalf("sign-out of Ben came to:\n%s", page.Text())
	}
	if page := b.submit(picker, "account-"+ben.UserPrincipalName); !atServiceProvider(page) {
		t.Fatalf("came to %s", page.URL)
	}
	if xml, _ := w.response(); find(t, xml, "//NameID") != w.ana.UserPrincipalName {
		t.Errorf("NameID %s, want that of the one account that is left", find(t, xml, "//NameID"))
	}
}

// A hint at Ben passes over the session of somebody who is gone for good.
func TestHintPassesOverAPurgedUser(t *testing.T) {
	w := newWire(t)
	p := w.person()
	p.signIn(w.redirect(authnRequest(), ""))
	ben := w.AddUser(directory.User{UserPrincipalName: "ben@contoso.example"})
	w.assign(w.app, ben)
	if _, err := w.Directory().DeleteUser(w.ana.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.Directory().PurgeUser(w.ana.ID); err != nil {
		t.Fatal(err)
	}
	if page := p.open(w.redirect(authnRequest(), "") + "&login_hint=ben@contoso.example"); !asksForPassword(page) {
		t.Errorf("came to %s\n%s", page.URL, page.Text())
	}
}
