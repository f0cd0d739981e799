package sp_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/idharness/harness/internal/saml/binding"
	"github.com/idharness/harness/sp"
)

func htmlOf(t testing.TB, p page) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(p.body))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// text returns what stands in the element with this id.
func text(t testing.TB, p page, id string) string {
	t.Helper()
	for n := range htmlOf(t, p).Descendants() {
		if attr(n, "id") == id {
			return textOf(n)
		}
	}
	t.Fatalf("the page has no element with id %s:\n%s", id, p.body)
	return ""
}

// accessible checks what a screen reader needs first: a language, a title, one
// main heading before the others, no level left out, and a name on every list,
// link, button and visible field.
func accessible(t *testing.T, p page) {
	t.Helper()
	var levels []string
	ids := map[string]bool{}
	var references []string
	for n := range htmlOf(t, p).Descendants() {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("id %s appears twice", id)
			}
			ids[id] = true
		}
		if to := attr(n, "aria-labelledby"); to != "" {
			references = append(references, to)
		}
		switch n.DataAtom {
		case atom.Html:
			if attr(n, "lang") == "" {
				t.Error("the page has no language")
			}
		case atom.Title, atom.A, atom.Button:
			if textOf(n) == "" {
				t.Errorf("<%s> has no text", n.Data)
			}
		case atom.H1, atom.H2, atom.H3:
			levels = append(levels, n.Data)
		case atom.Ul:
			if attr(n, "aria-label") == "" && attr(n, "aria-labelledby") == "" {
				t.Error("a list has no name")
			}
		case atom.Input:
			if attr(n, "type") != "hidden" {
				t.Errorf("a visible field %s", attr(n, "name"))
			}
		case atom.Img:
			t.Error("a picture")
		}
	}
	if len(levels) == 0 || levels[0] != "h1" || slices.Contains(levels[1:], "h1") || slices.Contains(levels, "h3") && !slices.Contains(levels, "h2") {
		t.Errorf("headings %v: want one h1, first, and no level left out", levels)
	}
	for _, id := range references {
		if !ids[id] {
			t.Errorf("aria-labelledby points to %s, which is not there", id)
		}
	}
}

const evil = `<script>alert("x")</script>'"&{{.}}`

// TestPagesEscapeAndName: what strangers and administrators write is text on
// every page, and every page is fit for a screen reader.
func TestPagesEscapeAndName(t *testing.T) {
	w := newWorld(t)
	w.center.SetAccessControl(true)
	if _, err := w.center.CreateAccount(sp.Account{ID: "111122223333", Name: evil, Email: evil}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.center.CreatePermissionSet(sp.PermissionSet{Name: "ReadOnlyAccess", Description: evil}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.center.Assign(sp.Wish{User: ana, Account: "111122223333", PermissionSet: "ReadOnlyAccess"}); err != nil {
		t.Fatal(err)
	}
	full := w.signIn(ana, withAttribute("https://aws.amazon.com/SAML/Attributes/AccessControl:"+evil, evil))
	w.wantPortal(full, ana)
	signedOut := w.get(w.center.PortalURL() + "/signout")
	refused := w.post(w.entra.signed(w.center, ana, "", setText("Assertion/Subject/NameID", evil)), "")
	postOnly := strings.ReplaceAll(w.entra.metadata(), saml2Redirect, "urn:example:other")
	if err := w.center.UploadIdPMetadata([]byte(strings.ReplaceAll(postOnly, entraSSO, entraSSO+`?x=&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;`))); err != nil {
		t.Fatal(err)
	}
	redirecting := w.get(w.center.PortalURL())
	empty := newWorld(t)
	for name, p := range map[string]page{
		"portal": full, "empty portal": empty.signIn(ana), "signed out": signedOut, "refused": refused, "redirecting": redirecting,
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(p.body, "<script>alert") || strings.Contains(p.body, `"><script`) {
				t.Errorf("the page holds the script:\n%s", p.body)
			}
			if got, want := p.header.Get("Content-Type"), "text/html; charset=utf-8"; got != want {
				t.Errorf("Content-Type = %q, want %q", got, want)
			}
			if !strings.Contains(p.header.Get("Cache-Control"), "no-store") {
				t.Errorf("Cache-Control = %q: pages with sessions must not be kept", p.header.Get("Cache-Control"))
			}
			accessible(t, p)
		})
	}
	if !strings.Contains(htmlText(t, full), evil) {
		t.Error("the portal does not show the account's name as it was written")
	}
}

func htmlText(t *testing.T, p page) string {
	t.Helper()
	return textOf(htmlOf(t, p))
}

// TestPOSTFormNamesItsFields: saml-bindings-2.0-os, section 3.5.4.
func TestPOSTFormNamesItsFields(t *testing.T) {
	w := newWorld(t)
	if err := w.center.UploadIdPMetadata([]byte(strings.ReplaceAll(w.entra.metadata(), saml2Redirect, "urn:example:other"))); err != nil {
		t.Fatal(err)
	}
	p := w.get(w.center.PortalURL())
	fields := map[string]string{}
	for n := range htmlOf(t, p).Descendants() {
		switch n.DataAtom {
		case atom.Form:
			if attr(n, "action") != entraSSO || !strings.EqualFold(attr(n, "method"), "post") {
				t.Errorf("form %s %s, want POST %s", attr(n, "method"), attr(n, "action"), entraSSO)
			}
		case atom.Input:
			fields[attr(n, "name")] = attr(n, "value")
		}
	}
	if len(fields) != 2 || fields["RelayState"] == "" || len(fields["RelayState"]) > 80 {
		t.Errorf("fields %v, want SAMLRequest and RelayState of at most 80 bytes", fields)
	}
	xml, err := binding.DecodePOST(fields["SAMLRequest"])
	if err != nil {
		t.Fatal(err)
	}
	if got := parse(t, string(xml)).Root().SelectAttrValue("Destination", ""); got != entraSSO {
		t.Errorf("Destination = %q, want %q", got, entraSSO)
	}
}
