package sp_test

import (
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/ids"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/saml/metadata"
	"github.com/idharness/harness/sp"
)

// hostsOf are the hosts of the service in ACS or portal URLs.
func hostsOf(w *world, urls []string) []string {
	var out []string
	for _, u := range urls {
		host, _, _ := strings.Cut(strings.TrimPrefix(u, w.center.BaseURL()+"/"), "/")
		out = append(out, host)
	}
	return out
}

// TestSeveralACS: IPv4-only, dual-stack and the older addresses, in each Region;
// the first is the default (user guide, "Using IAM Identity Center across
// multiple AWS Regions"). The ACS works at each.
func TestSeveralACS(t *testing.T) {
	for _, test := range []struct {
		form sp.ACSForm
		want []string
	}{
		{sp.ACSOne, []string{"platform", "eu-central-1.signin.aws", "eu-central-1.sso.signin.aws"}},
		{sp.ACSClassic, []string{"eu-west-1.signin.aws.amazon.com", "eu-west-1.signin.aws", "eu-west-1.sso.signin.aws", "eu-central-1.signin.aws", "eu-central-1.sso.signin.aws"}},
		{sp.ACSNew, []string{"eu-west-1.signin.aws", "eu-west-1.sso.signin.aws", "eu-central-1.signin.aws", "eu-central-1.sso.signin.aws"}},
	} {
		t.Run(string(test.form), func(t *testing.T) {
			w := newWorld(t, func(c *sp.Config) { c.Choices.ACSForm = test.form })
			if err := w.center.AddRegion("eu-central-1"); err != nil {
				t.Fatal(err)
			}
			urls := w.center.ACSURLs()
			if diff := cmp.Diff(test.want, hostsOf(w, urls)); diff != "" {
				t.Errorf("ACS (-want +got):\n%s", diff)
			}
			p := w.get(w.center.MetadataURL())
			parsed, err := metadata.ParseServiceProvider([]byte(p.body))
			if err != nil {
				t.Fatal(err)
			}
			for n, url := range urls {
				if got := parsed.ACS[n]; got.Location != url || (got.Default != nil && *got.Default) != (n == 0) {
					t.Errorf("AssertionConsumerService %d: %+v, want %s", n, got, url)
				}
				response := w.entra.signed(w.center, ana, "", set("", "Destination", url), set("Assertion/Subject/SubjectConfirmation/SubjectConfirmationData", "Recipient", url))
				w.freshBrowser()
				w.wantPortal(w.follow(w.postForm(url, samlResponse(response))), ana)
			}
			if n := strings.Count(p.body, `isDefault="true"`); n != 1 || !strings.Contains(p.body, `index="2"`) {
				t.Errorf("metadata %s", p.body)
			}
			// What is meant for one ACS is not taken at another.
			w.wantRefused(w.postForm(urls[1], samlResponse(w.entra.signed(w.center, ana, ""))), refusal.Refusal{Code: "WrongDestination", Message: unexpected, Got: urls[0], Where: "/Response/@Destination", Fix: refusal.Entra})
			unknown := strings.Replace(urls[1], hostsOf(w, urls)[1], "us-west-2.signin.aws", 1)
			w.wantRefused(w.postForm(unknown, samlResponse(w.entra.signed(w.center, ana, ""))), refusal.Refusal{Code: "WrongACS", Message: unexpected, Got: unknown, Where: "address of the request", Fix: refusal.Entra})
		})
	}
}

// TestPortalAddresses: each host of the portal asks for the answer at the ACS of
// its kind and Region (user guide, as above).
func TestPortalAddresses(t *testing.T) {
	w := newWorld(t, func(c *sp.Config) { c.Choices.ACSForm, c.PortalAlias = sp.ACSClassic, "contoso" })
	if err := w.center.AddRegion("eu-central-1"); err != nil {
		t.Fatal(err)
	}
	instance := w.center.ARN()[strings.LastIndex(w.center.ARN(), "/")+1:]
	want := map[string]string{
		"d-9067729b3d.awsapps.com/start":                 "eu-west-1.signin.aws.amazon.com",
		"contoso.awsapps.com/start":                      "eu-west-1.signin.aws.amazon.com",
		instance + ".eu-west-1.portal.amazonaws.com/":    "eu-west-1.signin.aws",
		instance + ".portal.eu-west-1.app.aws/":          "eu-west-1.sso.signin.aws",
		instance + ".eu-central-1.portal.amazonaws.com/": "eu-central-1.signin.aws",
		instance + ".portal.eu-central-1.app.aws/":       "eu-central-1.sso.signin.aws",
	}
	urls := w.center.PortalURLs()
	if len(urls) != len(want) {
		t.Errorf("portals %v, want %d", urls, len(want))
	}
	for host, acs := range want {
		start := w.center.BaseURL() + "/" + host
		if !slices.Contains(urls, start) {
			t.Errorf("%s is not among the portals %v", start, urls)
		}
		w.freshBrowser()
		request, relayState := w.requestIn(w.get(start))
		asked := request.SelectAttrValue("AssertionConsumerServiceURL", "")
		if got := hostsOf(w, []string{asked})[0]; got != acs {
			t.Errorf("from %s: ACS at %s, want %s", host, got, acs)
		}
		edits := []func(*etree.Element){set("", "Destination", asked), set("Assertion/Subject/SubjectConfirmation/SubjectConfirmationData", "Recipient", asked)}
		form := samlResponse(w.entra.signed(w.center, ana, request.SelectAttrValue("ID", ""), edits...))
		form.Set("RelayState", relayState)
		w.wantPortal(w.follow(w.postForm(asked, form)), ana)
		w.wantPortal(w.follow(w.get(start)), ana) // signed in already
	}
	if p := w.get(w.center.BaseURL() + "/fabrikam.awsapps.com/start"); p.status != http.StatusNotFound {
		t.Errorf("the portal of another alias: status %d, want 404", p.status)
	}
}

// TestTenantForms: three forms have been seen at the end of ACS URLs.
func TestTenantForms(t *testing.T) {
	const uuid = `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`
	for form, before := range map[sp.TenantForm]string{sp.TenantUUID: "", sp.TenantAirport: hex.EncodeToString([]byte("DUB-")), sp.TenantRegion: hex.EncodeToString([]byte("eu-west-1-")), "": hex.EncodeToString([]byte("eu-west-1-"))} {
		w := newWorld(t, func(c *sp.Config) { c.Choices.TenantForm = form })
		if !regexp.MustCompile("/acs/" + before + uuid).MatchString(w.center.ACSURL()) {
			t.Errorf("%q: ACS %s", form, w.center.ACSURL())
		}
		w.wantPortal(w.signIn(ana), ana)
	}
	far, err := sp.New(sp.Config{Region: "mx-central-1", IDs: ids.New(1), Choices: sp.Choices{TenantForm: sp.TenantAirport}})
	if err != nil || !strings.Contains(far.ACSURL(), "/acs/"+hex.EncodeToString([]byte("mx-central-1-"))) {
		t.Errorf("a Region without a known code: %v, %v", far.ACSURL(), err)
	}
}

func TestAddRegionRefuses(t *testing.T) {
	w := newWorld(t)
	for region, code := range map[string]string{"Frankfurt": "ValidationException", "eu-west-1": "ConflictException"} {
		if why, ok := refusal.From(w.center.AddRegion(region)); !ok || why.Code != code {
			t.Errorf("%s: %v, want %s", region, why, code)
		}
	}
	if got := w.center.Regions(); !slices.Equal(got, []string{"eu-west-1"}) {
		t.Errorf("Regions %v", got)
	}
	if _, err := sp.New(sp.Config{PortalAlias: "-contoso"}); err == nil || !strings.Contains(err.Error(), "portal alias") {
		t.Errorf("alias -contoso: %v", err)
	}
}

// The form of the addresses changes while responses arrive; none is answered by
// a crash.
func TestAddressesChangeDuringRequests(t *testing.T) {
	w := newWorld(t)
	w.center.Choose(func(c *sp.Choices) { c.ACSForm = sp.ACSClassic })
	last := w.center.ACSURLs()[2]
	done := make(chan struct{})
	var toggling sync.WaitGroup
	toggling.Add(1)
	go func() {
		defer toggling.Done()
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			default:
				w.center.Choose(func(c *sp.Choices) { c.ACSForm = []sp.ACSForm{sp.ACSOne, sp.ACSClassic}[n%2] })
			}
		}
	}()
	for range 300 {
		if p := w.postForm(last, samlResponse("x")); p.status != http.StatusBadRequest {
			t.Errorf("status %d", p.status)
		}
	}
	close(done)
	toggling.Wait()
}
