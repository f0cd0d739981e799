package harness

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/browser"
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
		wrong(fmt.Sprintf("form[%d]", i), page.mistake())
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

// atIdentityProvider judges a page of a real identity provider at which a
// sign-in ended: it asks for what the target does not list, or refuses.
func (v *visit) atIdentityProvider(page *browser.Page) (*Session, error) {
	s, target := v.session, v.harness.targets.IdentityProvider
	s.Page = finalPage(page)
	where := addressOf(page)
	asked := inputsOf(page)
	var listed []string
	for _, p := range target.Form {
		listed = append(listed, cmp.Or(strings.Join(p.names(), ", "), "the button "+p.Submit))
	}
	if v.filled == 0 && page.Status < http.StatusBadRequest {
		return s, &TargetError{"identityProvider", "form", "", fmt.Errorf("the page at %s is none of these: it has %s, and the target lists %s", where, inputs(asked)+scriptless(page), inputs(listed))}
	}
	s.Outcome, s.By, s.Code = Refused, sideIdentityProvider, "NotSignedIn"
	if page.Status >= http.StatusBadRequest {
		s.Code = fmt.Sprintf("HTTP%d", page.Status)
	}
	s.Message = cmp.Or(excerpt(page.Text(), excerptLength), http.StatusText(page.Status))
	s.Explanation = &Explanation{
		Expected: "a SAML response for Identity Center, once the form was filled in", Got: fmt.Sprintf("status %d, a page with %s", page.Status, inputs(asked)+scriptless(page)), Where: where,
		Hint: "see what the page says; if it asks for more, add a page to targets.identityProvider.form",
	}
	return s, &Refusal{Code: s.Code, Message: s.Message, Expected: s.Explanation.Expected, Got: s.Explanation.Got, Where: where, Hint: s.Explanation.Hint}
}
