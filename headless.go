package harness

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/idharness/harness/control"
	"github.com/idharness/harness/internal/browser"
)

// signInHeadless signs a user in at Entra as SignInWith does, over HTTP and with
// the user's browser, and stops before the form with the response leaves for
// the service provider.
func (h *Harness) signInHeadless(ctx context.Context, request control.SignIn) (control.Post, error) {
	b := h.browserOf(request.User, request.Fresh)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.response, b.posted, b.hold = nil, "", true
	defer func() { b.hold = false }()
	v := &visit{
		harness: h, browser: b, session: &Session{},
		SignIn: SignIn{User: request.User, Password: request.Password, MFA: request.MFA, NewPassword: request.NewPassword, StaySignedIn: request.StaySignedIn},
	}
	page, err := v.arrive(h.arriveAtEntra(ctx, b.browser, request))
	if err == nil {
		page, err = v.answer(ctx, page)
	}
	if err != nil {
		return control.Post{}, fmt.Errorf("sign in %s: %w", request.User, err)
	}
	for _, form := range page.Forms() {
		if post, ok := heldPost(form); ok {
			return post, nil
		}
	}
	if _, err := v.verdict(page); err != nil {
		return control.Post{}, fmt.Errorf("sign in %s: %w", request.User, err)
	}
	return control.Post{}, fmt.Errorf("sign in %s: the browser came to rest at %s (%s) without a response of Entra", request.User, page.URL.Redacted(), page.Title())
}

// arriveAtEntra is how the browser comes to the sign-in page.
func (h *Harness) arriveAtEntra(ctx context.Context, b *browser.Browser, request control.SignIn) (*browser.Page, error) {
	switch {
	case request.App != "":
		app, ok := h.Entra.AppByName(request.App)
		if !ok {
			return nil, errors.New("there is no application " + request.App)
		}
		return b.Open(ctx, app.UserAccessURL())
	case request.URL != "":
		return b.Open(ctx, request.URL)
	case request.Binding == "post":
		fields := url.Values{"SAMLRequest": {request.SAMLRequest}}
		if request.RelayState != "" {
			fields.Set("RelayState", request.RelayState)
		}
		return b.Post(ctx, h.Entra.LoginURL(), fields)
	}
	// The order is that in which a signature covers them (saml-bindings-2.0-os,
	// 3.4.4.1).
	query := "SAMLRequest=" + url.QueryEscape(request.SAMLRequest)
	for _, one := range []struct{ name, value string }{{"RelayState", request.RelayState}, {"SigAlg", request.SigAlg}, {"Signature", request.Signature}} {
		if one.value != "" {
			query += "&" + one.name + "=" + url.QueryEscape(one.value)
		}
	}
	separator := "?"
	if strings.Contains(h.Entra.LoginURL(), "?") {
		separator = "&"
	}
	return b.Open(ctx, h.Entra.LoginURL()+separator+query)
}

// heldPost reads the form that the browser did not send.
func heldPost(form *browser.Form) (control.Post, bool) {
	if _, ok := form.Value("SAMLResponse"); !ok || form.Action == nil {
		return control.Post{}, false
	}
	post := control.Post{URL: form.Action.String(), Fields: make(map[string]string)}
	for _, field := range form.Fields {
		if field.Name != "" && !field.Disabled {
			post.Fields[field.Name] = field.Value
		}
	}
	return post, true
}
