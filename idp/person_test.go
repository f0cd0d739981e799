package idp_test

import (
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/browser"
)

// person is somebody with a browser.
type person struct {
	w *wire
	b *browser.Browser
}

func (w *wire) person() person {
	b := browser.New(browser.Config{Clock: w.clock, IgnoreRedirectChain: true})
	w.t.Cleanup(b.Close)
	return person{w, b}
}

func (p person) open(target string) *browser.Page {
	p.w.t.Helper()
	page, err := p.b.Open(p.w.t.Context(), target)
	if err != nil {
		p.w.t.Fatalf("open %s: %v", target, err)
	}
	return page
}

// enter sends the sign-in page's form.
func (p person) enter(page *browser.Page, user, password string) *browser.Page {
	p.w.t.Helper()
	form, ok := page.Form("signin")
	if !ok {
		p.w.t.Fatalf("%s shows no sign-in form:\n%s", page.URL, page.Body)
	}
	next, err := p.b.Submit(p.w.t.Context(), form, map[string]string{"loginfmt": user, "passwd": password})
	if err != nil {
		p.w.t.Fatalf("sign in: %v", err)
	}
	return p.stay(next, "3")
}

// enterOnly sends the sign-in page's form as Ana and stays on the page that comes.
func (p person) enterOnly(page *browser.Page) *browser.Page {
	p.w.t.Helper()
	form, ok := page.Form("signin")
	if !ok {
		p.w.t.Fatalf("%s shows no sign-in form:\n%s", page.URL, page.Body)
	}
	next, err := p.b.Submit(p.w.t.Context(), form, map[string]string{"loginfmt": p.w.ana.UserPrincipalName, "passwd": p.w.ana.Password})
	if err != nil {
		p.w.t.Fatalf("sign in: %v", err)
	}
	return next
}

// stay answers "Stay signed in?", if that is what the page asks: 1 is Yes, 3 is No.
func (p person) stay(page *browser.Page, answer string) *browser.Page {
	p.w.t.Helper()
	form, ok := page.Form("staysignedin")
	if !ok {
		return page
	}
	next, err := p.b.Press(p.w.t.Context(), form, answer, nil)
	if err != nil {
		p.w.t.Fatalf("stay signed in: %v", err)
	}
	return next
}

// signIn opens a page and signs in there as Ana.
func (p person) signIn(target string) *browser.Page {
	p.w.t.Helper()
	return p.enter(p.open(target), p.w.ana.UserPrincipalName, directory.DefaultPassword)
}

func atServiceProvider(page *browser.Page) bool { return page.Title() == "Service provider" }

func asksForPassword(page *browser.Page) bool {
	_, ok := page.Form("signin")
	return ok
}

// asAnswer is a page as the checks of answers take it.
func asAnswer(page *browser.Page) answer {
	return answer{page.Status, page.Header, string(page.Body)}
}
