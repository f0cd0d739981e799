package browser

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Pages that are built to make a reader panic or to keep it busy. Reading
// one takes well under a second; anything that grows with the square of the page
// takes minutes.
func TestHostilePages(t *testing.T) {
	fill := func(s string) string { return strings.Repeat(s, maxBody/16/len(s)) }
	pages := map[string]string{
		"deep nesting":          fill("<div>"),
		"many forms":            fill("<form></form>"),
		"many inputs":           "<form>" + fill("<input name=a>"),
		"many inputs elsewhere": "<form id=f></form>" + fill("<input form=f>"),
		"forms in a table":      "<table>" + fill("<form></form>") + fill("<input>"),
		"disabled fieldset":     "<form><fieldset disabled>" + fill("<input name=a>"),
		"many ids":              fill("<p id=x>") + "<form>",
		"many scripts":          "<form></form>" + fill("<script>f()</script>"),
		"many functions":        "<form></form><script>" + fill("function f(){f()}") + "</script>",
		"nested functions":      "<form></form><script>" + fill("function f(){") + "</script>",
		"nested arrows":         "<form></form><script>" + fill("a=>") + "</script>",
		"open brackets":         "<form></form><script>" + fill("(") + "</script>",
		"closed brackets":       "<form></form><script>" + fill(")}]") + "</script>",
		"many submits":          "<form></form><script>" + fill("f.submit();") + "</script>",
		"long chain":            "<form></form><script>" + fill("document.forms[0].elements.") + "x.submit()</script>",
		"nested submits":        "<form></form><script>" + fill("document.forms[document.forms[") + "].submit()</script>",
		"self-referring":        "<form></form><script>a=b;b=a;a.submit();c=c.d;c.submit()</script>",
		"half regexps":          "<form></form><script>" + fill("/[ ") + "</script>",
		"half strings":          "<form></form><script>" + fill("'x\n\"") + "</script>",
		"strings of code":       "<form></form><script>" + fill("setTimeout('f()');") + "function f(){}</script>",
		"code in code":          "<form></form><script>function f(){setTimeout('" + strings.Repeat("x;", 1<<19) + "')}</script>" + fill("<script>f()</script>"),
		"long attribute":        "<form><input name=a value='" + fill("x") + "'>",
		"selectors":             "<form></form><script>document.querySelector('" + strings.Repeat("a ", 10_000) + "').submit()</script>",
		"bad selectors":         "<form></form><script>$('#').submit();$('[').submit();$('[=]').submit();$('..').submit();$(':x(').submit();$('').submit();$(',').submit()</script>",
		"stray pieces":          "<form></form><script>.submit();submit();x.submit;=>{;function(;async function;window.onload=;setTimeout(</script>",
		"half tags":             "<form action=\x00><input type=\xff name=\xc3><select><option><textarea><button",
		"options":               "<form><select>" + fill("<option>"),
		"misnested":             fill("<a><b><i><p></a>"),
		"zero bytes":            fill("\x00"),
	}
	target, err := resolve(nil, "http://127.0.0.1/")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range pages {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			resp := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/html"}}}
			page := newPage(target, resp, []byte(text), false)
			useEverything(page)
			if took := time.Since(begin); took > 30*time.Second {
				t.Errorf("took %v", took)
			} else {
				t.Log(took)
			}
		})
	}
}

func useEverything(p *Page) {
	p.Title()
	p.Text()
	p.Links()
	p.Find("x")
	p.Form("f")
	for i, f := range p.Forms() {
		if i == 10 {
			break
		}
		if button, err := f.firstButton(nil); err == nil {
			f.submission(button, nil)
		}
	}
}

// Headers that a hostile server can send.
func FuzzHeaders(f *testing.F) {
	f.Add("a=1; Path=/; Domain=contoso.example; Max-Age=1; Expires=Tue, 09 Jun 2026 10:18:14 GMT", "/next", "0;url=/x", "script-src 'self'; form-action https://x:1/y")
	f.Add("__Host-=;;=;", "//", "1.5,", "; ,'nonce-', *.:*/")
	f.Add("=", `\\x`, ".", "form-action ://[::")
	f.Fuzz(func(t *testing.T, cookie, location, refresh, policy string) {
		u, err := resolve(nil, "http://app.contoso.example/a/b")
		if err != nil {
			t.Fatal(err)
		}
		j := &jar{now: func() time.Time { return start }}
		j.store(u, nil, []string{cookie})
		for _, c := range j.list(nil) {
			if !c.Expires.IsZero() && c.Expires.After(start.Add(maxCookieAge)) {
				t.Errorf("%q lives until %v", cookie, c.Expires)
			}
		}
		header, sent, _ := j.retrieve(cookieRequest{method: "GET", url: u})
		if (header == "") != (len(sent) == 0) || strings.ContainsAny(header, "\r\n\x00;") {
			t.Errorf("%q came back as %q %q", cookie, header, sent)
		}
		if next, err := resolve(u, location); err == nil {
			if next.Host == "" || next.Scheme != "http" && next.Scheme != "https" || strings.ContainsAny(next.String(), " \r\n\t") {
				t.Errorf("%q became %q", location, next)
			}
			site(next)
		}
		parseRefresh(refresh)
		var csp contentPolicy
		csp.add(u, []string{policy})
		csp.blocksScript("x", "y")
		csp.blocksHandler("y")
		csp.blocksFormTo(u, false)
		csp.allowsEval()
		parseReferrerPolicy([]string{policy}, defaultReferrerPolicy)
	})
}

func FuzzPage(f *testing.F) {
	f.Add(`<form id=f method=post action=/x><input name=a><select name=s multiple><option selected>1</select><button>go</button></form><script>document.forms[0].submit()</script>`)
	f.Add(`<body onload="f()"><script>var f = () => { $("#f")[0].form.elements['a'].click() }; setTimeout("x(" + 1, 0); (function(){}).call(this)</script><form id=f>`)
	f.Add(`<table><form><tr><td><input form=><fieldset disabled><legend><input></table><meta http-equiv=refresh content="0;url=">`)
	f.Fuzz(func(t *testing.T, text string) {
		u, err := resolve(nil, "http://127.0.0.1/")
		if err != nil {
			t.Fatal(err)
		}
		resp := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/html"}}}
		useEverything(newPage(u, resp, []byte(text), false))
	})
}
