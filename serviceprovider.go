package harness

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/browser"
	"github.com/idharness/harness/internal/saml/inspect"
	"github.com/idharness/harness/internal/saml/metadata"
)

// ServiceProviderTarget is a real service provider, at which Entra signs people
// in.
type ServiceProviderTarget struct {
	Metadata      string       `yaml:"metadata" required:"true" doc:"Its metadata: an address, a file (from the folder of the scenario) or the document itself."`
	App           string       `yaml:"app" doc:"Name of the application that stands for it. Default: the first."`
	Start         string       `yaml:"start" doc:"Address at which a sign-in begins. Default: at Entra's My Apps (IdP-initiated)."`
	Form          []SignInPage `yaml:"form" doc:"Pages of its own that it shows on the way, such as one that asks for the mail address; each is filled in once."`
	Success       Success      `yaml:"success" required:"true" doc:"How it shows that somebody is signed in. All that stands here must hold, at the page where the browser comes to rest."`
	SameSiteGrace bool         `yaml:"sameSiteGrace" doc:"Send its cookies without SameSite along with the response for two minutes after they were set, as Chrome does; without it never."`
	Reach
}

// Success is how a service provider shows that somebody is signed in. What is
// set must hold, all of it, for the page where the browser comes to rest.
type Success struct {
	URL     string `yaml:"url" doc:"The page's address begins so."`
	Status  int    `yaml:"status" doc:"Its status. Default: any below 400."`
	Text    string `yaml:"text" doc:"A text that a reader sees on it."`
	Matches string `yaml:"matches" doc:"A regular expression that its text matches."`
	Cookie  string `yaml:"cookie" doc:"Name of a cookie that the browser has for it."`
	JSON    string `yaml:"json" doc:"Path of a value in its JSON, such as user.email, that is there and is not false, empty or null."`
}

func (s *ServiceProviderTarget) mistakes() []error {
	var errs []error
	wrong := func(setting string, err error) {
		if err != nil {
			errs = append(errs, &TargetError{"serviceProvider", setting, "", err})
		}
	}
	wrong("metadata", checkSource(s.Metadata, func(data []byte) error {
		_, err := metadata.ParseServiceProvider(data)
		return err
	}))
	if s.Start != "" {
		wrong("start", checkAddress(s.Start))
	}
	for i, page := range s.Form {
		wrong(fmt.Sprintf("form[%d]", i), page.mistake())
		if page.Password != "" {
			wrong(fmt.Sprintf("form[%d].password", i), errors.New("people enter their password at Entra, and a service provider does not get to know it; what else it asks for stands under fields"))
		}
	}
	if s.Success == (Success{}) {
		wrong("success", errors.New("it must say how success shows, with at least one of url, status, text, matches, cookie and json"))
	}
	if s.Success.URL != "" {
		wrong("success.url", checkAddress(s.Success.URL))
	}
	if status := s.Success.Status; status != 0 && http.StatusText(status) == "" {
		wrong("success.status", fmt.Errorf("%d is no HTTP status", status))
	}
	_, err := regexp.Compile(s.Success.Matches)
	wrong("success.matches", err)
	return errs
}

// checkSource checks metadata as far as they are at hand: an address is asked
// when the harness runs.
func checkSource(source string, parse func([]byte) error) error {
	data := []byte(source)
	switch {
	case source == "":
		return errors.New("the target needs its metadata: an address, a file or the document itself")
	case isAddress(source):
		return checkAddress(source)
	case isDocument(source):
	default:
		var err error
		if data, err = os.ReadFile(source); err != nil {
			return err
		}
	}
	if err := parse(data); err != nil {
		return fmt.Errorf("these are no metadata of the kind that is needed: %w", err)
	}
	return nil
}

// misses says which signs of success a page lacks, and what is there instead.
func (s Success) misses(page *browser.Page, cookies []browser.Cookie) (expected, got []string) {
	miss := func(want, have string) { expected, got = append(expected, want), append(got, have) }
	if s.URL != "" && !strings.HasPrefix(page.URL.String(), s.URL) {
		miss("a page whose address begins with "+s.URL, addressOf(page))
	}
	switch {
	case s.Status != 0 && page.Status != s.Status:
		miss(fmt.Sprintf("status %d", s.Status), fmt.Sprintf("status %d", page.Status))
	case s.Status == 0 && page.Status >= http.StatusBadRequest:
		miss("a status below 400", fmt.Sprintf("status %d", page.Status))
	}
	text := page.Text()
	if s.Text != "" && !strings.Contains(text, strings.Join(strings.Fields(s.Text), " ")) {
		miss(fmt.Sprintf("the text %q", s.Text), "a page without it")
	}
	if s.Matches != "" {
		if pattern, err := regexp.Compile(s.Matches); err != nil || !pattern.MatchString(text) {
			miss("a text that matches "+s.Matches, "none")
		}
	}
	if s.Cookie != "" && !slices.ContainsFunc(cookies, func(c browser.Cookie) bool { return c.Name == s.Cookie }) {
		var names []string
		for _, c := range cookies {
			names = append(names, c.Name)
		}
		miss("a cookie called "+s.Cookie, "cookies called "+cmp.Or(strings.Join(names, ", "), "nothing at all"))
	}
	if s.JSON != "" {
		if problem := lacks(page.Body, s.JSON); problem != "" {
			miss("JSON with "+s.JSON, problem)
		}
	}
	return expected, got
}

// lacks says why JSON has nothing at a path, or nothing that counts.
func lacks(body []byte, path string) string {
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return "no JSON"
	}
	for key := range strings.SplitSeq(strings.TrimPrefix(strings.TrimPrefix(path, "$"), "."), ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return fmt.Sprintf("nothing below which %s could be", key)
		}
		if value, ok = object[key]; !ok {
			return "no " + key
		}
	}
	if value == nil || value == false || value == "" {
		return fmt.Sprintf("%v", value)
	}
	return ""
}

// FinalPage is the page of a real system where the browser came to rest.
type FinalPage struct {
	Status int    `json:"status"`
	Title  string `json:"title,omitempty"`
	Text   string `json:"text,omitempty"` // the beginning of what a reader sees
	JSON   any    `json:"json,omitempty"` // of a page that is JSON
}

// Summary names the page in one line.
func (f *FinalPage) Summary() string {
	if data, err := json.Marshal(f.JSON); err == nil && f.JSON != nil {
		return excerpt(string(data), 100)
	}
	return cmp.Or(f.Title, excerpt(f.Text, 100))
}

// addressOf is the address of a page without its parameters, which may be
// long, and secret.
func addressOf(page *browser.Page) string {
	u := *page.URL
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// excerptLength is how much of a page's text is kept, in characters.
const excerptLength = 600

func finalPage(page *browser.Page) *FinalPage {
	f := &FinalPage{Status: page.Status, Title: page.Title()}
	if json.Unmarshal(page.Body, &f.JSON) != nil {
		f.Text = excerpt(page.Text(), excerptLength)
	}
	return f
}

// excerpt is the beginning of a text.
func excerpt(text string, length int) string {
	if runes := []rune(text); len(runes) > length {
		return string(runes[:length]) + "…"
	}
	return text
}

// atServiceProvider judges the page of a real service provider.
func (v *visit) atServiceProvider(page *browser.Page) (*Session, error) {
	s, target := v.session, v.harness.targets.ServiceProvider
	s.Page = finalPage(page)
	where := addressOf(page)
	expected, got := target.Success.misses(page, v.browser.browser.Cookies(page.URL.String()))
	if len(expected) == 0 {
		if v.browser.response == nil && !v.browser.known {
			return s, &TargetError{"serviceProvider", "success", "", fmt.Errorf("%s shows what success asks for although nobody has signed in: no SAML response has passed. The page is public, or start is not where a sign-in begins", where)}
		}
		v.browser.known = true
		s.Outcome = SignedIn
		return s, nil
	}
	s.Outcome, s.By, s.Code = Refused, sideServiceProvider, "NotSignedIn"
	if page.Status >= http.StatusBadRequest {
		s.Code = fmt.Sprintf("HTTP%d", page.Status)
	}
	s.Message = cmp.Or(excerpt(page.Text(), excerptLength), strings.TrimSpace(excerpt(string(page.Body), excerptLength)), http.StatusText(page.Status))
	s.Explanation = &Explanation{Expected: strings.Join(expected, "; "), Got: strings.Join(got, "; "), Where: where, Hint: v.suspicions(page)}
	return s, &Refusal{Code: s.Code, Message: s.Message, Expected: s.Explanation.Expected, Got: s.Explanation.Got, Where: where, Hint: s.Explanation.Hint}
}

// suspicions says what a service provider may have held against the response
// that it got, by its own metadata and the time.
func (v *visit) suspicions(page *browser.Page) string {
	if v.browser.response == nil {
		return strings.Join(append([]string{"no SAML response has passed: look at where the sign-in begins"}, v.leftToPress(page)...), "; ")
	}
	target, err := v.harness.serviceProviderMetadata(context.Background())
	if err != nil {
		return ""
	}
	report, err := inspect.Inspect(v.browser.response, inspect.Options{Audience: target.EntityID, Now: time.Now(), JudgeTimes: true, Skew: time.Minute})
	if err != nil {
		return ""
	}
	var found []string
	for _, check := range report.Failed() {
		found = append(found, check.Name+": "+check.Detail)
	}
	if address := v.browser.posted; address != "" && !slices.ContainsFunc(target.ACS, func(e metadata.Endpoint) bool { return e.Location == address }) {
		found = append(found, "the response went to "+address+", which is no Assertion Consumer Service of its metadata")
	}
	if n := v.session.NameID; n != nil && !asksFor(target, n.Format) {
		found = append(found, fmt.Sprintf("the NameID has the format %s, and its metadata ask for %s", n.Format, strings.Join(target.NameIDFormats, ", ")))
	}
	lost, suspicion := v.lostCookies(), "by its metadata nothing is wrong with the response"
	switch {
	case len(found) > 0:
		suspicion = "by its metadata this is wrong with the response: " + strings.Join(found, "; ")
	case page != nil && page.NeedsScripts():
		suspicion += "; scripts make this page, and the browser runs none: let success be an address, a cookie or a status"
	case len(lost) == 0:
		suspicion += "; see whether it trusts the application's certificate and issuer, and knows the user"
	}
	return strings.Join(append(lost, suspicion), "; ")
}

// leftToPress says what a person could do on a page from which a sign-in did not
// go on.
func (v *visit) leftToPress(page *browser.Page) []string {
	if page.NeedsScripts() {
		return []string{"scripts make this page, and the browser runs none: let start be the address to which they lead"}
	}
	found := pressable(page)
	if asked := inputsOf(page); len(asked) > 0 {
		found = append([]string{inputs(asked)}, found...)
	}
	if len(found) == 0 {
		return nil
	}
	return []string{"the page has " + strings.Join(found, ", ") + "; what people do there to sign in stands under targets.serviceProvider.form"}
}

// asksFor tells whether a NameID of a format, in its short form, is what a
// service provider asks for. "unspecified" and no word about it take any.
func asksFor(target *metadata.ServiceProvider, format string) bool {
	return len(target.NameIDFormats) == 0 || slices.ContainsFunc(target.NameIDFormats, func(f string) bool {
		return strings.HasSuffix(f, ":"+format) || strings.HasSuffix(f, ":unspecified")
	})
}

// lostCookies says which cookies of the service provider were not stored, and
// which were not sent along with the response: without them it does not know
// what it asked for, or forgets at once who has signed in.
func (v *visit) lostCookies() []string {
	var lost []string
	for _, hop := range v.session.Hops {
		if u, err := url.Parse(hop.URL); err != nil || v.sideOf(u) != sideServiceProvider {
			continue
		}
		if hop.Method == http.MethodPost && hop.URL == v.browser.posted {
			for _, c := range hop.CookiesWithheld {
				text := fmt.Sprintf("cookie %s was not sent with the response: %s", c.Name, c.Reason)
				switch {
				case strings.HasPrefix(c.Reason, "no SameSite"):
					text += " (SameSite=None and Secure would let it; targets.serviceProvider.sameSiteGrace gives it the two minutes that it has in Chrome)"
				case strings.Contains(c.Reason, "SameSite"):
					text += " (SameSite=None and Secure would let it)"
				}
				lost = append(lost, text)
			}
		}
		for _, c := range hop.CookiesRejected {
			lost = append(lost, c.String())
		}
	}
	return lost
}

// serviceProviderMetadata reads the target's metadata, those of the last
// exchange where there was one.
func (h *Harness) serviceProviderMetadata(ctx context.Context) (*metadata.ServiceProvider, error) {
	h.mu.Lock()
	data := h.spMetadata
	h.mu.Unlock()
	if data == nil {
		var err error
		if data, err = h.metadata(ctx, "serviceProvider", h.targets.ServiceProvider.Metadata); err != nil {
			return nil, err
		}
	}
	return metadata.ParseServiceProvider(data)
}

// standsForTarget tells whether an application stands for the service provider
// that takes the place of Identity Center.
func (h *Harness) standsForTarget(app *idp.Application) bool {
	target := h.targets.ServiceProvider
	return target != nil && (target.App == app.Name() || target.App == "" && app == h.Entra.App())
}

// trustServiceProvider uploads the target's metadata to its application.
func (h *Harness) trustServiceProvider(ctx context.Context, app *idp.Application) (Trust, error) {
	var trust Trust
	data, err := h.metadata(ctx, "serviceProvider", h.targets.ServiceProvider.Metadata)
	if err != nil {
		return trust, err
	}
	if err := app.UploadMetadata(data); err != nil {
		return trust, &TargetError{"serviceProvider", "metadata", "", fmt.Errorf("the application %s does not take them: %w", app.Name(), err)}
	}
	h.mu.Lock()
	h.spMetadata = data
	h.mu.Unlock()
	own, err := h.download(ctx, app.MetadataURL())
	if err != nil {
		return trust, fmt.Errorf("download federation metadata: %w", err)
	}
	described, err := metadata.ParseIdentityProvider(own)
	if err != nil {
		return trust, fmt.Errorf("read federation metadata: %w", err)
	}
	trust.Entra.Identifier, trust.Entra.ReplyURL = app.Identifiers()[0], app.ReplyURLs()[0]
	trust.Metadata = &OwnMetadata{URL: app.MetadataURL(), Text: string(own), EntityID: described.EntityID, Location: h.Entra.LoginURL()}
	return trust, nil
}
