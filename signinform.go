package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/browser"
	"github.com/idharness/harness/internal/saml/binding"
)

// SignInPage is a page of a real system that a person fills in, or on which a
// button or a link is pressed. It is recognised by its inputs: a form that has
// all of them.
type SignInPage struct {
	User     string            `yaml:"user" doc:"Name of the input for the user name."`
	Password string            `yaml:"password" doc:"Name of the input for the password."`
	Fields   map[string]string `yaml:"fields" doc:"Other inputs, with what is entered."`
	Submit   string            `yaml:"submit" doc:"Id, name, value or text of the button, or, on a page without inputs to fill in, the text or id of a link. Default: the first button."`
}

func (p SignInPage) mistake() error {
	if p.User == "" && p.Password == "" && len(p.Fields) == 0 && p.Submit == "" {
		return errors.New("a page is known by its inputs or its button; name at least one")
	}
	return nil
}

// names lists the inputs that a page must have.
func (p SignInPage) names() []string {
	names := slices.Sorted(maps.Keys(p.Fields))
	for _, name := range []string{p.User, p.Password} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// on finds the form that the page is about.
func (p SignInPage) on(page *browser.Page) *browser.Form {
	for _, form := range page.Forms() {
		has := func(name string) bool { _, ok := form.Value(name); return ok }
		if slices.ContainsFunc(p.names(), func(name string) bool { return !has(name) }) {
			continue
		}
		if p.Submit == "" || slices.ContainsFunc(form.Buttons, func(b browser.Button) bool {
			return slices.Contains([]string{b.ID, b.Name, b.Value, b.Text}, p.Submit)
		}) {
			return form
		}
	}
	return nil
}

// link finds the link that the page is about, where it has no inputs.
func (p SignInPage) link(page *browser.Page) (href string, ok bool) {
	if p.Submit == "" || len(p.names()) > 0 {
		return "", false
	}
	for _, link := range page.Links() {
		if link.URL != nil && (link.Text == p.Submit || link.ID == p.Submit) {
			return link.Href, true
		}
	}
	return "", false
}

// fill fills in a page of a real system, if it is one of those that its target
// lists. done has the places of those that were filled in before.
func (v *visit) fill(page *browser.Page, listed []SignInPage, done map[string]bool) (key string, next func(context.Context) (*browser.Page, error)) {
	for _, form := range page.Forms() {
		if form.SelfSubmitting {
			continue
		}
		if _, ok := form.Value("SAMLRequest"); ok && !done["SAMLRequest"] { // "Press the button to go on"
			return "SAMLRequest", func(ctx context.Context) (*browser.Page, error) {
				return v.arrive(v.browser.browser.Submit(ctx, form, nil))
			}
		}
		if field, ok := form.Value("SAMLResponse"); ok {
			if xml, err := binding.DecodePOST(field); err == nil {
				v.browser.note(xml, form)
				return "SAMLResponse", func(ctx context.Context) (*browser.Page, error) {
					return v.arrive(v.browser.browser.Submit(ctx, form, nil))
				}
			}
		}
	}
	for i, wanted := range listed {
		key := fmt.Sprintf("form[%d]", i)
		if done[key] {
			continue
		}
		form := wanted.on(page)
		if form == nil {
			if link, ok := wanted.link(page); ok {
				return key, func(ctx context.Context) (*browser.Page, error) {
					return v.arrive(v.browser.browser.Click(ctx, page, link))
				}
			}
			continue
		}
		set := maps.Clone(wanted.Fields)
		if set == nil {
			set = make(map[string]string)
		}
		if wanted.User != "" {
			set[wanted.User] = v.User
		}
		if wanted.Password != "" {
			set[wanted.Password] = v.Password
		}
		return key, func(ctx context.Context) (*browser.Page, error) {
			if wanted.Submit != "" {
				return v.arrive(v.browser.browser.Press(ctx, form, wanted.Submit, set))
			}
			return v.arrive(v.browser.browser.Submit(ctx, form, set))
		}
	}
	return "", nil
}

// inputsOf lists the inputs of each form of a page.
func inputsOf(page *browser.Page) []string {
	var forms []string
	for _, form := range page.Forms() {
		var names []string
		for _, f := range form.Fields {
			if f.Type != "hidden" && f.Name != "" {
				names = append(names, f.Name)
			}
		}
		if len(names) > 0 {
			forms = append(forms, strings.Join(names, ", "))
		}
	}
	return forms
}

func inputs(forms []string) string {
	if len(forms) == 0 {
		return "no form to fill in"
	}
	return "inputs " + strings.Join(forms, "; ")
}

// maxPressable bounds how many buttons and links of a page are told.
const maxPressable = 8

// pressable lists what a person could press on a page.
func pressable(page *browser.Page) []string {
	var found []string
	add := func(kind, text string) {
		if text = fmt.Sprintf("the %s %q", kind, excerpt(text, 60)); !slices.Contains(found, text) && len(found) < maxPressable {
			found = append(found, text)
		}
	}
	for _, form := range page.Forms() {
		for _, b := range form.Buttons {
			if text := cmp.Or(b.Text, b.Value, b.Name, b.ID); text != "" && !b.Disabled {
				add("button", text)
			}
		}
	}
	for _, link := range page.Links() {
		if text := cmp.Or(link.Text, link.ID); text != "" && link.URL != nil {
			add("link", text)
		}
	}
	return found
}

// scriptless says that a page shows nothing because its scripts do not run.
func scriptless(page *browser.Page) string {
	if !page.NeedsScripts() {
		return ""
	}
	return " (scripts make this page, and the browser runs none)"
}
