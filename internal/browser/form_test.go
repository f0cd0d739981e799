package browser

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// submitted serves a page and gives what arrives when its first form is
// submitted: method, path with query, and body, as they came over the wire.
func submitted(t *testing.T, page string, submit func(*Browser, *Page) (*Page, error)) (string, error) {
	t.Helper()
	arrived := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/" && r.URL.RawQuery == "" && r.Method == "GET" {
			fmt.Fprint(w, page)
			return
		}
		body, _ := io.ReadAll(r.Body)
		arrived = strings.TrimSpace(r.Method + " " + r.RequestURI + " " + string(body))
	}))
	defer server.Close()
	b := newBrowser(t, Config{})
	_, err := submit(b, mustOpen(t, b, server.URL))
	return arrived, err
}

// HTML standard, "Constructing the entry list" and "Form submission algorithm";
// URL standard, "application/x-www-form-urlencoded".
func TestSubmit(t *testing.T) {
	tests := []struct {
		name  string
		page  string
		set   map[string]string
		press string
		want  string
	}{
		{
			name: "kinds of controls",
			page: `<form method=post action=/go>
				<input name=text value=t><input name=none><input type=hidden name=h value=1><input name=off value=x disabled><input value=nameless>
				<input type=checkbox name=c1 checked><input type=checkbox name=c2><input type=checkbox name=c3 value=v checked>
				<input type=radio name=r value=a><input type=radio name=r value=b checked>
				<select name=s1><option value=1>one<option>two</select>
				<select name=s2><option value=1>one<option selected>two words </select>
				<select name=s3 multiple><option selected>a<option>b<option selected>c</select>
				<select name=s4><option disabled>x<option>y</select>
				<textarea name=a>
line 1
line 2</textarea>
				<input type=button name=b value=b><input type=reset name=rs value=r><input type=file name=f>
				<button type=button name=bb value=1>no</button></form>`,
			want: "POST /go text=t&none=&h=1&c1=on&c3=v&r=b&s1=1&s2=two+words&s3=a&s3=c&s4=y&a=line+1%0D%0Aline+2&f=",
		},
		{
			name: "encoding", page: `<form method=post action=/go><input name="ключ" value="a b&c=d~*-._é&#10;x"><input type=hidden name=h value="1&#13;2"></form>`,
			want: "POST /go %D0%BA%D0%BB%D1%8E%D1%87=a+b%26c%3Dd%7E*-._%C3%A9x&h=1%0D%0A2",
		},
		{
			name: "values that are set", page: `<form method=post action=/go><input name=u><input type=password name=p><input type=hidden name=k value=old></form>`,
			set:  map[string]string{"u": "ana@contoso.example", "p": "päss", "k": "new"},
			want: "POST /go u=ana%40contoso.example&p=p%C3%A4ss&k=new",
		},
		{
			name: "choices that are set",
			page: `<form method=post action=/go><input type=radio name=r value=1 checked><input type=radio name=r value=2>
				<input type=hidden name=keep value=no><input type=checkbox name=keep value=yes>
				<input type=checkbox name=drop checked><select name=s><option selected>a<option>b</select></form>`,
			set:  map[string]string{"r": "2", "keep": "on", "drop": "", "s": "b"},
			want: "POST /go r=2&keep=no&keep=yes&s=b",
		},
		{
			name: "GET replaces the query", page: `<form action="/go?old=1#f"><input name=q value="a b"></form>`,
			want: "GET /go?q=a+b",
		},
		{name: "GET without fields", page: `<form action=/go></form>`, want: "GET /go?"},
		{name: "no action", page: `<base href=/elsewhere/><form method=post><input name=q value=1></form>`, want: "POST / q=1"},
		{name: "base", page: `<base href=/deep/><form method=post action=go><input name=q value=1></form>`, want: "POST /deep/go q=1"},
		{
			name: "the first button", page: `<form method=post action=/go><button disabled name=b value=0>no</button><button name=b value=1>yes</button><input name=q><input type=submit name=b value=2></form>`,
			want: "POST /go b=1&q=",
		},
		{
			name: "a button by name and value", page: `<form method=post action=/go><input type=submit name=action value=ok><input type=submit name=action value=cancel></form>`,
			set: map[string]string{"action": "cancel"}, want: "POST /go action=cancel",
		},
		{
			name: "a button by text", page: `<form method=post action=/go><button>Yes</button><button name=no value=1>No, <b>thanks</b></button></form>`,
			press: "No, thanks", want: "POST /go no=1",
		},
		{
			name: "a button with its own ideas", page: `<form method=post action=/go><input name=q value=1><button id=x formaction=/other formmethod=get formenctype=multipart/form-data>x</button></form>`,
			press: "x", want: "GET /other?q=1",
		},
		{name: "an image button", page: `<form method=post action=/go><input type=image name=i alt=Go><input name=q></form>`, want: "POST /go i.x=0&i.y=0&q="},
		{
			name: "fieldsets", page: `<form method=post action=/go><fieldset disabled><legend><input name=a></legend><input name=b><legend><input name=c></legend></fieldset><fieldset><input name=d></fieldset></form>`,
			want: "POST /go a=&d=",
		},
		{
			name: "controls outside", page: `<input name=a form=f><form id=f method=post action=/go><input name=b><input name=c form=other></form><button form=f name=d value=1>go</button>`,
			want: "POST /go a=&b=&d=1",
		},
		{
			name: "a form cut short by a table", page: `<table><form method=post action=/go><tr><td><input name=a><input type=submit name=s value=1></table><input name=b>`,
			want: "POST /go a=&s=1",
		},
		{name: "datalist and template", page: `<form method=post action=/go><input name=a><datalist><select name=b></select></datalist><template><input name=c></template></form>`, want: "POST /go a="},
		{name: "_charset_", page: `<form method=post action=/go><input type=hidden name=_charset_></form>`, want: "POST /go _charset_=UTF-8"},
		{name: "an absolute action with odd spelling", page: "<form method=POST enctype=bogus action='  /a\\b\n?x=1 '><input name=q></form>", want: "POST /a/b?x=1 q="},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := submitted(t, test.page, func(b *Browser, p *Page) (*Page, error) {
				if test.press != "" {
					return b.Press(t.Context(), p.Forms()[0], test.press, test.set)
				}
				return b.Submit(t.Context(), p.Forms()[0], test.set)
			})
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("arrived:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestSubmitErrors(t *testing.T) {
	tests := []struct {
		name, page string
		set        map[string]string
		press      string
		is         error
		want       string
	}{
		{"multipart", `<form id=f method=post enctype=multipart/form-data></form>`, nil, "", ErrEncoding, `form "f" asks for multipart/form-data: the browser sends forms only as application/x-www-form-urlencoded`},
		{"text/plain", `<form name=f method=post enctype=text/plain></form>`, nil, "", ErrEncoding, `form "f" asks for text/plain`},
		{"multipart by the button", `<form method=post><button formenctype=multipart/form-data></button></form>`, nil, "", ErrEncoding, "form 1 of the page"},
		{"dialog", `<form method=dialog></form>`, nil, "", nil, "method=dialog"},
		{"javascript", `<form action="javascript:void(0)"></form>`, nil, "", nil, "only http and https"},
		{"no such field", `<form><input name=user><input name=pass></form>`, map[string]string{"usr": "x"}, "", errNoField, `no such field as "usr"; there are user, pass`},
		{"disabled field", `<form><input name=a disabled></form>`, map[string]string{"a": "x"}, "", nil, "disabled"},
		{"no such option", `<form><select name=a><option>b</select></form>`, map[string]string{"a": "x"}, "", nil, `no option "x"`},
		{"no such radio button", `<form><input type=radio name=a value=b></form>`, map[string]string{"a": "x"}, "", nil, `no radio button "a" has the value "x"`},
		{"no such checkbox", `<form><input type=checkbox name=a value=b></form>`, map[string]string{"a": "x"}, "", nil, `no checkbox "a" has the value "x"`},
		{"file", `<form><input type=file name=a></form>`, map[string]string{"a": "x"}, "", nil, "takes a file"},
		{"no such button value", `<form><button name=a value=1>x</button></form>`, map[string]string{"a": "2"}, "", nil, `no button "a" has the value "2"`},
		{"no such button", `<form><button>x</button></form>`, nil, "y", nil, `no button "y"`},
		{"disabled button", `<form><button disabled>x</button></form>`, nil, "x", nil, "disabled"},
	}
	for _, test := range tests {
		arrived, err := submitted(t, test.page, func(b *Browser, p *Page) (*Page, error) {
			if test.press != "" {
				return b.Press(t.Context(), p.Forms()[0], test.press, test.set)
			}
			return b.Submit(t.Context(), p.Forms()[0], test.set)
		})
		if err == nil || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
		if arrived != "" {
			t.Errorf("%s: a request went out: %s", test.name, arrived)
		}
	}
}

// Filling in a form leaves the form of the page as it was.
func TestSubmitDoesNotChangeTheForm(t *testing.T) {
	_, err := submitted(t, `<form><input name=a value=1><select name=s><option>x<option>y</select></form>`, func(b *Browser, p *Page) (*Page, error) {
		form := p.Forms()[0]
		page, err := b.Submit(t.Context(), form, map[string]string{"a": "2", "s": "y"})
		if value, _ := form.Value("a"); value != "1" || !form.Fields[1].Options[0].Selected {
			t.Errorf("the form changed: %+v", form.Fields)
		}
		return page, err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPageReading(t *testing.T) {
	base, _ := serve(t, `<!DOCTYPE html><html><head><title> Sign in
		to Contoso </title><style>p{}</style></head><body><h1>Wel<b>come</b></h1><p id=msg>Hello,<br>Ana &amp; co</p><p hidden>secret</p>
		<script>document.write("no")</script><noscript>no script</noscript><template><p id=msg2>no</p></template>
		<a id=go href="next?a=1">Next <i>page</i></a> <a href="mailto:ana@contoso.example">mail</a> <a name=anchor>none</a>
		<form name=one action=/a><input name=k value=v></form><form id=two method=post action="//other.example/b"></form></body></html>`)
	page := mustOpen(t, newBrowser(t, Config{}), base)
	if got, want := page.Title(), "Sign in to Contoso"; got != want {
		t.Errorf("Title() = %q, want %q", got, want)
	}
	if got, want := page.Text(), "Welcome Hello, Ana & co Next page mail none"; got != want {
		t.Errorf("Text() = %q, want %q", got, want)
	}
	if got, ok := page.Find("msg"); !ok || got != "Hello, Ana & co" {
		t.Errorf("Find(msg) = %q, %v", got, ok)
	}
	for _, id := range []string{"msg2", "", "nowhere"} {
		if got, ok := page.Find(id); ok {
			t.Errorf("Find(%q) = %q, want nothing", id, got)
		}
	}
	type link struct{ text, id, href, url string }
	var links []link
	for _, l := range page.Links() {
		u := ""
		if l.URL != nil {
			u = l.URL.String()
		}
		links = append(links, link{l.Text, l.ID, l.Href, u})
	}
	want := []link{{"Next page", "go", "next?a=1", base + "/next?a=1"}, {"mail", "", "mailto:ana@contoso.example", ""}}
	if diff := cmp.Diff(want, links, cmp.AllowUnexported(link{})); diff != "" {
		t.Errorf("Links (-want +got):\n%s", diff)
	}
	one, two := mustForm(t, page, "one"), mustForm(t, page, "two")
	if one.Method != "GET" || one.Action.String() != base+"/a" || two.Method != "POST" || two.Action.String() != "http://other.example/b" || two.Page() != page {
		t.Errorf("forms: %s %s, %s %s", one.Method, one.Action, two.Method, two.Action)
	}
	if value, ok := one.Value("k"); !ok || value != "v" {
		t.Errorf("Value(k) = %q, %v", value, ok)
	}
	if _, ok := one.Value("x"); ok {
		t.Error("Value(x) found a field")
	}
	if _, ok := page.Form(""); ok {
		t.Error("Form with an empty name found one")
	}
}

// What is not HTML is kept but not read.
func TestOtherContent(t *testing.T) {
	tests := []struct {
		contentType, body string
		read              bool
	}{
		{"application/json", `{"a":"<title>x</title>"}`, false},
		{"text/plain", `<title>x</title>`, false},
		{"text/html; charset=utf-8", "\xef\xbb\xbf<title>x</title>", true},
		{"application/xhtml+xml", `<title>x</title>`, true},
		{"image/png", `x`, false},
		{"", `<!DOCTYPE html><title>x</title>`, true}, // Go's server sniffs too
	}
	for _, test := range tests {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if test.contentType != "" {
				w.Header().Set("Content-Type", test.contentType)
			}
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, test.body)
		}))
		page := mustOpen(t, newBrowser(t, Config{}), server.URL)
		server.Close()
		if page.Status != http.StatusForbidden || string(page.Body) != test.body {
			t.Errorf("%s: status %d, body %q", test.contentType, page.Status, page.Body)
		}
		if read := page.Title() == "x"; read != test.read {
			t.Errorf("%s: read as HTML: %v, want %v", test.contentType, read, test.read)
		}
		shown := test.body // as it is
		if test.contentType == "image/png" {
			shown = ""
		}
		if !test.read && (page.Text() != shown || page.Forms() != nil || page.Links() != nil) {
			t.Errorf("%s: text %q, forms or links in what is no HTML", test.contentType, page.Text())
		}
	}
}
