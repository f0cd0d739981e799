package idp_test

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/refusal"
)

// asking is a request for the response to come to acs.
func asking(acs string) string {
	return authnRequest("Version", `AssertionConsumerServiceURL="`+html.EscapeString(acs)+`" Version`)
}

// Where the response goes (learn.microsoft.com, "Single sign-on SAML protocol",
// AssertionConsumerServiceURL, and "AADSTS50011 with SAML authentication").
func TestReplyURL(t *testing.T) {
	const (
		pattern    = "https://*.signin.aws.amazon.com/platform/saml/acs/*"
		noneAtAll  = "AADSTS900971"
		otherThan  = "AADSTS50011"
		noURL      = "No reply address provided."
		mismatch   = "The reply URL '%s' specified in the request does not match the reply URLs configured for the application 'https://wiki.example/saml'. Make sure the reply URL sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/urlMismatchError to learn more about how to fix this."
		one, other = "https://wiki.example/acs", "https://wiki.example/acs2"
	)
	for _, test := range []struct {
		name       string
		registered []string
		asked      string
		want       string // the URL, or the code of the refusal
	}{
		{"the one that is asked for", []string{one}, one, one},
		{"the second one", []string{one, other}, other, other},
		{"none asked for: the default, which is the first", []string{one, other}, "", one},
		{"none asked for, patterns before the first URL", []string{pattern, one}, "", one},
		{"none asked for, only a pattern", []string{pattern}, "", noneAtAll},
		{"none registered", nil, "", noneAtAll},
		{"none registered, one asked for", nil, one, noneAtAll},
		{"trailing slash", []string{one}, one + "/", otherThan},
		{"more path", []string{one}, one + "/../evil", otherThan},
		{"a query", []string{one}, one + "?x=1", otherThan},
		{"less", []string{one}, "https://wiki.example/ac", otherThan},
		{"another case", []string{one}, "https://wiki.example/ACS", otherThan},
		{"another scheme", []string{one}, "http://wiki.example/acs", otherThan},
		{"another host", []string{one}, "https://evil.example/acs", otherThan},
		{"a script (CVE-2023-45683)", []string{one}, "javascript:alert(1)", otherThan},
		{"white space before", []string{one}, " " + one, otherThan},

		{"pattern", []string{pattern}, "https://eu-west-1.signin.aws.amazon.com/platform/saml/acs/a1", "https://eu-west-1.signin.aws.amazon.com/platform/saml/acs/a1"},
		{"pattern beside a URL", []string{one, pattern}, "https://eu-west-1.signin.aws.amazon.com/platform/saml/acs/a1", "https://eu-west-1.signin.aws.amazon.com/platform/saml/acs/a1"},
		{"pattern, another service", []string{pattern}, "https://eu-west-1.console.aws.amazon.com/platform/saml/acs/a1", otherThan},
		{"pattern, another scheme", []string{pattern}, "http://eu-west-1.signin.aws.amazon.com/platform/saml/acs/a1", otherThan},
		{"pattern, the host hides in the path", []string{pattern}, "https://evil.example/x.signin.aws.amazon.com/platform/saml/acs/a1", otherThan},
		{"pattern, the host hides in the query", []string{pattern}, "https://evil.example?x.signin.aws.amazon.com/platform/saml/acs/a1", otherThan},
		{"pattern, the host hides in the fragment", []string{pattern}, "https://evil.example#x.signin.aws.amazon.com/platform/saml/acs/a1", otherThan},
		{"pattern, a backslash, which browsers take for a slash", []string{pattern}, `https://evil.example\x.signin.aws.amazon.com/platform/saml/acs/a1`, otherThan},
		{"pattern, the host goes on", []string{"https://*.wiki.example"}, "https://a.wiki.example.evil.example", otherThan},
		{"pattern, the path goes on", []string{"https://wiki.example/*/acs"}, "https://wiki.example/a/acs/evil", otherThan},
		{"pattern, user information", []string{pattern}, "https://evil.example@x.signin.aws.amazon.com/platform/saml/acs/a1", otherThan},
		{"pattern, an escaped slash", []string{pattern}, "https://evil.example%2f.signin.aws.amazon.com/platform/saml/acs/a1", otherThan},
		{"pattern, a query of one's own", []string{pattern}, "https://x.signin.aws.amazon.com/platform/saml/acs/a1?next=evil", otherThan},
		{"pattern, text before it", []string{pattern}, "xhttps://x.signin.aws.amazon.com/platform/saml/acs/a1", otherThan},
		{"pattern with a port", []string{"http://*.wiki.example:8443/acs"}, "http://a.wiki.example:8443/acs", "http://a.wiki.example:8443/acs"},
		{"pattern with a port, another port", []string{"http://*.wiki.example:8443/acs"}, "http://a.wiki.example:9999/acs", otherThan},
		{"pattern with three stars", []string{"https://wiki.example/*/a/*/b*"}, "https://wiki.example/1/a/2/b3", "https://wiki.example/1/a/2/b3"},
		{"pattern with three stars, out of order", []string{"https://wiki.example/*/a/*/b*"}, "https://wiki.example/1/b/2/a3", otherThan},
		{"the pattern itself", []string{"https://wiki.example/a*a"}, "https://wiki.example/a", otherThan},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWire(t)
			app := w.create(idp.ApplicationConfig{Name: "Wiki 2", Identifiers: []string{identifier + "2"}, ReplyURLs: test.registered, AssignmentRequired: new(false)})
			xml := authnRequest()
			if test.asked != "" {
				xml = asking(test.asked)
			}
			got := w.get(w.redirect(strings.ReplaceAll(xml, identifier, identifier+"2"), ""))
			switch test.want {
			case noneAtAll:
				why := checkRefused(t, got, noneAtAll, noURL)
				if why.Where != "Basic SAML Configuration" || why.Fix != refusal.Entra {
					t.Errorf("explained by %+v", why)
				}
			case otherThan:
				message := strings.Replace(fmt.Sprintf(mismatch, test.asked), identifier, identifier+"2", 1)
				why := checkRefused(t, got, otherThan, message)
				if why.Got != test.asked || why.Expected != strings.Join(test.registered, " or ") || why.Where != "/AuthnRequest/@AssertionConsumerServiceURL" || why.Fix != refusal.Entra {
					t.Errorf("explained by %+v", why)
				}
			default:
				form := w.signInByForm(got)
				xml, action := w.posted(form)
				if action != test.want {
					t.Errorf("the form goes to %s, want %s", action, test.want)
				}
				if got, _ := attr(t, xml, "/Response", "Destination"); got != test.want {
					t.Errorf("Destination = %s, want %s", got, test.want)
				}
				if got, _ := attr(t, xml, "//SubjectConfirmationData", "Recipient"); got != test.want {
					t.Errorf("Recipient = %s, want %s", got, test.want)
				}
				if registered := app.ReplyURLs(); strings.Join(registered, " ") != strings.Join(test.registered, " ") {
					t.Errorf("ReplyURLs() = %q, want %q", registered, test.registered)
				}
			}
		})
	}
}

// A reply URL is where a browser posts a form: only http and https will do,
// wherever it comes from (CVE-2023-45683).
func TestReplyURLsAreWebURLs(t *testing.T) {
	w := newWire(t)
	for _, bad := range []string{"javascript:alert(1)", "javascript://wiki.example/%0aalert(1)", "data:text/html,x", "/acs", "https:///acs", `https://\wiki.example/acs`, "wiki.example/acs", ""} {
		if _, err := w.CreateApplication(idp.ApplicationConfig{Name: "Bad", ReplyURLs: []string{bad}}); err == nil {
			t.Errorf("an application with the reply URL %q was created", bad)
		}
		if bad != "" {
			if _, err := w.CreateApplication(idp.ApplicationConfig{Name: "Bad", LogoutURL: bad}); err == nil {
				t.Errorf("an application with the logout URL %q was created", bad)
			}
		}
		err := w.app.UploadMetadata(spMetadata("https://new.example/saml", bad, ""))
		if why, ok := refusal.From(err); !ok || why.Code != "InvalidMetadata" || why.Got != bad {
			t.Errorf("metadata with the ACS URL %q: %v", bad, err)
		}
	}
	err := w.app.UploadMetadata(spMetadata("https://new.example/saml", "https://new.example/acs", "javascript:alert(1)"))
	if why, ok := refusal.From(err); !ok || why.Got != "javascript:alert(1)" {
		t.Errorf("metadata with a logout URL that is a script: %v", err)
	}
	if got := w.app.Identifiers(); len(got) != 1 || got[0] != identifier {
		t.Errorf("refused metadata changed the identifiers to %q", got)
	}
}
