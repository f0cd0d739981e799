package sp_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/internal/trace"
	"github.com/idharness/harness/internal/web"
	"github.com/idharness/harness/sp"
	"github.com/idharness/harness/sp/identitystore"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

const ana = "ana@contoso.example"

// world is an instance on a real port that trusts an identity provider, its
// user Ana, and a browser that keeps cookies and follows nothing by itself.
type world struct {
	t      testing.TB
	clock  *clock.Clock
	trace  *trace.Recorder
	center *sp.Instance
	entra  *entra
	ana    identitystore.User
	client *http.Client
}

func newWorld(t testing.TB, configure ...func(*sp.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: clock.Frozen(start)}
	w.trace = trace.NewRecorder(w.clock)
	cfg := sp.Config{Region: "eu-west-1", IdentityStoreID: "d-9067729b3d", ManagementAccount: "999988887777", Clock: w.clock, IDs: ids.New(7), Trace: w.trace}
	for _, f := range configure {
		f(&cfg)
	}
	w.center = sp.Run(t, cfg)
	w.entra = newEntra(t, w.clock, 0)
	w.ana = w.addUser(ana)
	if err := w.center.UploadIdPMetadata([]byte(w.entra.metadata())); err != nil {
		t.Fatal(err)
	}
	w.freshBrowser()
	return w
}

func (w *world) addUser(userName string) identitystore.User {
	w.t.Helper()
	u, err := w.center.CreateUser(identitystore.User{UserName: userName, DisplayName: userName, Name: identitystore.Name{GivenName: "Ana", FamilyName: "Sousa"}})
	if err != nil {
		w.t.Fatalf("add user %s: %v", userName, err)
	}
	return u
}

func (w *world) freshBrowser() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// page is what came back over the wire.
type page struct {
	status int
	header http.Header
	body   string
}

func (w *world) do(req *http.Request) page {
	w.t.Helper()
	req.Header.Set("Accept", "text/html")
	req.Header.Set("User-Agent", "test-browser")
	resp, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return page{resp.StatusCode, resp.Header, string(body)}
}

func (w *world) get(address string) page {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(req)
}

func (w *world) postForm(address string, form url.Values) page {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(req)
}

// startAtPortal opens the portal without a session and returns the request that
// it sends to the identity provider.
func (w *world) startAtPortal() (request *etree.Element, relayState string) {
	w.t.Helper()
	return w.requestIn(w.get(w.center.PortalURL()))
}

// requestIn reads the AuthnRequest with which a page sends the browser away.
func (w *world) requestIn(p page) (request *etree.Element, relayState string) {
	w.t.Helper()
	target, err := url.Parse(p.header.Get("Location"))
	if p.status != http.StatusFound || err != nil {
		w.t.Fatalf("portal: status %d, Location %q, %v\n%s", p.status, p.header.Get("Location"), err, p.body)
	}
	xml, err := binding.Inflate(target.Query().Get("SAMLRequest"))
	if err != nil {
		w.t.Fatalf("SAMLRequest in %s: %v", target, err)
	}
	return parse(w.t, string(xml)).Root(), target.Query().Get("RelayState")
}

// post hands a response to the ACS as a browser does.
func (w *world) post(xml, relayState string) page {
	w.t.Helper()
	form := url.Values{"SAMLResponse": {binding.EncodePOST([]byte(xml))}}
	if relayState != "" {
		form.Set("RelayState", relayState)
	}
	return w.postForm(w.center.ACSURL(), form)
}

// follow goes where a page redirects until it does not.
func (w *world) follow(p page) page {
	w.t.Helper()
	for range 5 {
		location := p.header.Get("Location")
		if location == "" {
			return p
		}
		p = w.get(location)
	}
	w.t.Fatal("more than five redirects")
	return p
}

// signIn goes the whole way from the portal to the portal.
func (w *world) signIn(nameID string, edits ...func(*etree.Element)) page {
	w.t.Helper()
	request, relayState := w.startAtPortal()
	return w.follow(w.post(w.entra.signed(w.center, nameID, request.SelectAttrValue("ID", ""), edits...), relayState))
}

// portal is what the portal says to programs.
type portal struct {
	User     string
	Accounts []struct {
		ID, Name, Email string
		Roles           []string
	}
	AccessControl map[string]string
}

// script decodes the JSON in the script element with this id.
func script[T any](t testing.TB, p page, id string) (T, bool) {
	t.Helper()
	var out T
	_, rest, ok := strings.Cut(p.body, `<script type="application/json" id="`+id+`">`)
	if !ok {
		return out, false
	}
	text, _, _ := strings.Cut(rest, "</script>")
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%s: %v\n%s", id, err, text)
	}
	return out, true
}

// wantPortal checks that a page is the portal of the user.
func (w *world) wantPortal(p page, userName string) portal {
	w.t.Helper()
	shown, ok := script[portal](w.t, p, web.DataID)
	if p.status != http.StatusOK || !ok || shown.User != userName {
		why, _ := script[refusal.Refusal](w.t, p, web.RefusalID)
		w.t.Fatalf("status %d, portal of %q; want 200 and that of %q (%s)", p.status, shown.User, userName, why.Error())
	}
	return shown
}

// wantRefused checks everything by which a refused sign-in shows: the page,
// the event in CloudTrail, the failed check in the trace, and no session.
func (w *world) wantRefused(p page, want refusal.Refusal) refusal.Refusal {
	w.t.Helper()
	got, ok := script[refusal.Refusal](w.t, p, web.RefusalID)
	if p.status != http.StatusBadRequest || !ok {
		w.t.Fatalf("status %d, refusal %v; want 400 with code %s\n%s", p.status, ok, want.Code, p.body)
	}
	if got.Code != want.Code || got.Message != want.Message || got.Fix != want.Fix || !strings.Contains(got.Got, want.Got) || !strings.HasPrefix(got.Where, want.Where) {
		w.t.Errorf("refused with\n  %+v\nwant\n  %+v", got, want)
	}
	if got.Expected == "" || got.Got == "" || got.Where == "" || got.Message == "" {
		w.t.Errorf("the refusal does not explain itself: %+v", got)
	}
	if shown := text(w.t, p, "message"); shown != want.Message {
		w.t.Errorf("the page says %q, want %q", shown, want.Message)
	}
	last := w.lastEvent()
	if last.EventName != "ExternalIdPDirectoryLogin" || last.ResponseElements["ExternalIdPDirectoryLogin"] != "Failure" || last.ErrorMessage == "" {
		w.t.Errorf("last event %+v, want a failed ExternalIdPDirectoryLogin", last)
	}
	exchanges := w.trace.Exchanges()
	checks := exchanges[len(exchanges)-1].Checks
	if !slices.ContainsFunc(checks, func(c trace.Check) bool {
		return c.Name == "accepted" && !c.Pass && strings.HasPrefix(c.Detail, want.Code)
	}) {
		w.t.Errorf("the trace has no failed check %s: %+v", want.Code, checks)
	}
	if cookie := p.header.Get("Set-Cookie"); cookie != "" {
		w.t.Errorf("a refused sign-in sets the cookie %s", cookie)
	}
	return got
}

func (w *world) lastEvent() sp.Event {
	w.t.Helper()
	events := w.center.Events()
	if len(events) == 0 {
		w.t.Fatal("there are no events")
	}
	return events[len(events)-1]
}
