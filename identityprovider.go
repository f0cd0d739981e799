package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/browser"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/saml/metadata"
)

// IdentityProviderTarget is a real identity provider, which signs people in at
// Identity Center.
type IdentityProviderTarget struct {
	Metadata string       `yaml:"metadata" required:"true" doc:"Its metadata: an address, a file (from the folder of the scenario) or the document itself."`
	Start    string       `yaml:"start" doc:"Address at which a sign-in begins (IdP-initiated). Default: at the access portal."`
	Form     []SignInPage `yaml:"form" doc:"The pages that it may ask people to fill in; each is filled in once."`
	Reach
}

// SignInPage is a page of an identity provider that a person fills in. It is
// recognised by its inputs: a form that has all of them.
type SignInPage struct {
	User     string            `yaml:"user" doc:"Name of the input for the user name."`
	Password string            `yaml:"password" doc:"Name of the input for the password."`
	Fields   map[string]string `yaml:"fields" doc:"Other inputs, with what is entered."`
	Submit   string            `yaml:"submit" doc:"Id, name, value or text of the button. Default: the first."`
}

func (t *IdentityProviderTarget) mistakes() []error {
	var errs []error
	wrong := func(setting string, err error) {
		if err != nil {
			errs = append(errs, &TargetError{"identityProvider", setting, "", err})
		}
	}
	wrong("metadata", checkSource(t.Metadata, func(data []byte) error {
		_, err := metadata.ParseIdentityProvider(data)
		return err
	}))
	if t.Start != "" {
		wrong("start", checkAddress(t.Start))
	}
	for i, page := range t.Form {
		if page.User == "" && page.Password == "" && len(page.Fields) == 0 && page.Submit == "" {
			wrong(fmt.Sprintf("form[%d]", i), errors.New("a page is known by its inputs or its button; name at least one"))
		}
	}
	return errs
}

// AsksForPassword tells whether a sign-in enters a password.
func (t *IdentityProviderTarget) AsksForPassword() bool {
	return slices.ContainsFunc(t.Form, func(p SignInPage) bool { return p.Password != "" })
}

// trustIdentityProvider uploads the target's metadata to Identity Center.
func (h *Harness) trustIdentityProvider(ctx context.Context) (Trust, error) {
	var trust Trust
	data, err := h.metadata(ctx, "identityProvider", h.targets.IdentityProvider.Metadata)
	if err != nil {
		return trust, err
	}
	if err := h.IdentityCenter.UploadIdPMetadata(data); err != nil {
		return trust, &TargetError{"identityProvider", "metadata", "", fmt.Errorf("they are not what Identity Center takes: %w", err)}
	}
	own, err := h.download(ctx, h.IdentityCenter.MetadataURL())
	if err != nil {
		return trust, fmt.Errorf("download SP metadata: %w", err)
	}
	trust.IdentityCenter = h.IdentityCenter.Source()
	trust.Metadata = &OwnMetadata{URL: h.IdentityCenter.MetadataURL(), Text: string(own), EntityID: h.IdentityCenter.EntityID(), Location: h.IdentityCenter.ACSURL()}
	return trust, nil
}

// fill fills in a page of a real identity provider, if it is one of those that
// the target lists. done has the places of those that were filled in before.
func (v *visit) fill(page *browser.Page, done map[string]bool) (key string, next func(context.Context) (*browser.Page, error)) {
	for _, form := range page.Forms() {
		if field, ok := form.Value("SAMLResponse"); ok && !form.SelfSubmitting { // "Press the button to go on"
			if xml, err := binding.DecodePOST(field); err == nil {
				v.browser.note(xml, form)
				return "SAMLResponse", func(ctx context.Context) (*browser.Page, error) {
					return v.arrive(v.browser.browser.Submit(ctx, form, nil))
				}
			}
		}
	}
	for i, wanted := range v.harness.targets.IdentityProvider.Form {
		key := fmt.Sprintf("form[%d]", i)
		form := wanted.on(page)
		if form == nil || done[key] {
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

// atIdentityProvider judges a page of a real identity provider at which a
// sign-in ended: it asks for what the target does not list, or refuses.
func (v *visit) atIdentityProvider(page *browser.Page) (*Session, error) {
	s, target := v.session, v.harness.targets.IdentityProvider
	s.Page = finalPage(page)
	where := addressOf(page)
	var asked, listed []string
	for _, form := range page.Forms() {
		var names []string
		for _, f := range form.Fields {
			if f.Type != "hidden" && f.Name != "" {
				names = append(names, f.Name)
			}
		}
		if len(names) > 0 {
			asked = append(asked, strings.Join(names, ", "))
		}
	}
	for _, p := range target.Form {
		listed = append(listed, cmp.Or(strings.Join(p.names(), ", "), "the button "+p.Submit))
	}
	if v.filled == 0 && page.Status < http.StatusBadRequest {
		return s, fmt.Errorf("the identity provider's page at %s is none of those under targets.identityProvider.form: it has %s, and the target lists %s:\n%s",
			where, inputs(asked), inputs(listed), browser.Explain(s.Hops))
	}
	s.Outcome, s.By, s.Code = Refused, sideIdentityProvider, "NotSignedIn"
	if page.Status >= http.StatusBadRequest {
		s.Code = fmt.Sprintf("HTTP%d", page.Status)
	}
	s.Message = cmp.Or(excerpt(page.Text(), excerptLength), http.StatusText(page.Status))
	s.Explanation = &Explanation{
		Expected: "a SAML response for Identity Center, once the form was filled in", Got: fmt.Sprintf("status %d, a page with %s", page.Status, inputs(asked)), Where: where,
		Hint: "see what the page says; if it asks for more, add a page to targets.identityProvider.form",
	}
	return s, &Refusal{Code: s.Code, Message: s.Message, Expected: s.Explanation.Expected, Got: s.Explanation.Got, Where: where, Hint: s.Explanation.Hint}
}

func inputs(forms []string) string {
	if len(forms) == 0 {
		return "no form to fill in"
	}
	return "inputs " + strings.Join(forms, "; ")
}
