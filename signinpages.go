package harness

import (
	"cmp"
	"context"
	"strings"

	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/browser"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/web"
)

// maxPages bounds the pages that one sign-in answers.
const maxPages = 12

// answer fills in the pages that come on the way. Entra asks which account, for
// name and password, a new password, the second factor, "Stay signed in?"; AWS
// for a role, a device's code, access for a client. It stops
// where the same page comes again with a refusal, or where nothing is asked.
// What is for Entra is entered nowhere else: a real system may have forms of the
// same names.
func (v *visit) answer(ctx context.Context, page *browser.Page) (*browser.Page, error) {
	answered := make(map[string]bool)
	for range maxPages {
		switch v.sideOf(page.URL) {
		case sideServiceProvider, sideIdentityProvider:
			key, next := v.fill(page, v.harness.targets.form(), answered)
			if next == nil {
				return page, nil
			}
			answered[key] = true
			v.filled++
			var err error
			if page, err = next(ctx); err != nil {
				return nil, err
			}
			continue
		}
		form, fill := v.question(page)
		if form == nil || answered[form.Name] {
			return page, nil
		}
		if why, refused := readScript[refusal.Refusal](page, web.RefusalID); refused && (why.Code != codePasswordExpired || v.NewPassword == "") {
			return page, nil
		}
		answered[form.Name] = true
		var err error
		if page, err = fill(ctx); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// codePasswordExpired comes with the page that asks for a new password.
const codePasswordExpired = "AADSTS50055"

// question finds the form that a page asks to be filled in, and what
// the person does with it.
func (v *visit) question(page *browser.Page) (*browser.Form, func(context.Context) (*browser.Page, error)) {
	submit := func(form *browser.Form, set map[string]string) func(context.Context) (*browser.Page, error) {
		return func(ctx context.Context) (*browser.Page, error) {
			return v.arrive(v.browser.browser.Submit(ctx, form, set))
		}
	}
	press := func(form *browser.Form, button string) func(context.Context) (*browser.Page, error) {
		return func(ctx context.Context) (*browser.Page, error) {
			return v.arrive(v.browser.browser.Press(ctx, form, button, nil))
		}
	}
	for _, form := range page.Forms() {
		if strings.EqualFold(form.Name, "account-"+v.User) {
			return form, submit(form, nil)
		}
	}
	if form, ok := page.Form("account-other"); ok {
		return form, submit(form, nil)
	}
	if form, ok := page.Form("signin"); ok {
		return form, submit(form, map[string]string{"loginfmt": v.User, "passwd": v.password()})
	}
	if form, ok := page.Form("changepassword"); ok && v.NewPassword != "" {
		return form, submit(form, map[string]string{"oldpasswd": v.password(), "newpasswd": v.NewPassword, "confirmnewpasswd": v.NewPassword})
	}
	if form, ok := page.Form("proofup"); ok {
		return form, submit(form, nil)
	}
	if form, ok := page.Form("phone"); ok {
		switch v.MFA {
		case "", MFAApprove:
			return form, press(form, "approve")
		case MFADeny:
			return form, press(form, "deny")
		}
		if code, ok := page.Form("mfa"); ok {
			return code, submit(code, map[string]string{"otc": v.MFA})
		}
	}
	if form, ok := page.Form("awsroles"); ok && v.Role != "" {
		if offered, ok := readScript[offeredRoles](page, web.DataID); ok {
			for _, choice := range offered.Choices {
				if choice.ARN == v.Role || choice.Role == v.Role {
					return form, submit(form, map[string]string{"roleIndex": choice.ARN})
				}
			}
		}
	}
	if form, ok := page.Form("device"); ok {
		return form, submit(form, nil)
	}
	if form, ok := page.Form("consent"); ok {
		if asked, ok := readScript[Authorization](page, web.DataID); ok {
			asked.Granted = v.Consent != ConsentDeny
			v.session.Authorization = &asked
		}
		return form, press(form, cmp.Or(v.Consent, ConsentAllow))
	}
	if form, ok := page.Form("staysignedin"); ok {
		if v.StaySignedIn {
			return form, press(form, "1")
		}
		return form, press(form, "3")
	}
	return nil, nil
}

// offeredRoles is what AWS's sign-in says to programs where it offers several
// roles.
type offeredRoles struct {
	Choices []RoleChoice `json:"choices"`
}

// password is what the person knows: the user's own unless another was given.
func (v *visit) password() string {
	if v.Password != "" {
		return v.Password
	}
	if u, ok := v.harness.Entra.Directory().User(v.User); ok {
		return u.Password
	}
	return directory.DefaultPassword
}
