package idp_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/idp/directory"
	"github.com/idharness/harness/internal/clock"
	"github.com/idharness/harness/internal/trace"
)

// Every exchange enters the trace with what was inside it and the checks that
// were made; passwords and sessions do not.
func TestTrace(t *testing.T) {
	w := newWire(t)
	c := clock.Frozen(start)
	recorder := trace.NewRecorder(c)
	w.Tenant = idp.Run(t, idp.Config{TenantID: tenantID, Clock: c, Trace: recorder})
	w.ana = w.AddUser(directory.User{UserPrincipalName: "ana@contoso.example", Password: "Correct-Horse-1"})
	w.app = w.create(idp.ApplicationConfig{Name: "Wiki", Identifiers: []string{identifier}, ReplyURLs: []string{w.sp.acs()}})
	w.assign(w.app, w.ana)
	w.get(w.MetadataURL(w.app.AppID()))
	page := w.get(w.redirect(authnRequest(), ""))
	ticket, _ := configOf(t, page.body)["sCtx"].(string)
	got := w.post(w.BaseURL()+"/"+tenantID+"/login", url.Values{"ctx": {ticket}, "flowToken": {ticket}, "login": {w.ana.UserPrincipalName}, "passwd": {"Correct-Horse-1"}})
	got = w.notStaying(got)
	xml, _ := w.posted(got)
	w.get(w.redirect(authnRequest(identifier, "urn:unknown"), ""))
	ticket, _ = configOf(t, w.get(w.MyAppsURL()).body)["sCtx"].(string) // somebody types the password into the wrong field
	w.post(w.BaseURL()+"/"+tenantID+"/login", url.Values{"ctx": {ticket}, "login": {"Correct-Horse-1"}})

	type seen struct {
		To, Protocol, Kind string
		Decoded            []string
		Checks             []string
	}
	var exchanges []seen
	for _, e := range recorder.Exchanges() {
		s := seen{To: e.To, Protocol: e.Protocol, Kind: e.Kind}
		for _, d := range e.Decoded {
			s.Decoded = append(s.Decoded, d.Name)
		}
		for _, c := range e.Checks {
			verdict := " failed"
			if c.Pass {
				verdict = ""
			}
			s.Checks = append(s.Checks, c.Name+verdict)
		}
		exchanges = append(exchanges, s)
	}
	want := []seen{
		{"entra", "saml", "federation metadata", nil, nil},
		{"entra", "saml", "AuthnRequest", []string{"SAMLRequest"}, []string{"application", "reply URL"}},
		{"entra", "saml", "sign-in form", nil, []string{"password"}},
		{"entra", "saml", "Stay signed in?", []string{"SAMLResponse"}, []string{"assignment"}},
		{"entra", "saml", "AuthnRequest", []string{"SAMLRequest"}, []string{"accepted failed"}},
		{"entra", "http", "My Apps", nil, nil},
		{"entra", "saml", "sign-in form", nil, []string{"user failed", "sign-in failed"}},
	}
	if diff := cmp.Diff(want, exchanges); diff != "" {
		t.Errorf("exchanges (-want +got):\n%s", diff)
	}
	if text := recorder.Exchanges()[3].Decoded[0].Text; text != string(xml) {
		t.Errorf("decoded response:\n%s\nwant\n%s", text, xml)
	}
	all, err := json.Marshal(recorder.Exchanges())
	if err != nil {
		t.Fatal(err)
	}
	session, _, _ := strings.Cut(strings.TrimPrefix(got.header.Get("Set-Cookie"), "ESTSAUTH="), ";")
	for what, secret := range map[string]string{"password": "Correct-Horse-1", "session": session} {
		if secret == "" || strings.Contains(string(all), secret) {
			t.Errorf("the trace contains the %s %q", what, secret)
		}
	}
}
