package browser

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Pages as identity providers and service providers write them, and pages that
// only look like them. The form that goes is told by the field it carries.
func TestSelfSubmittingForms(t *testing.T) {
	const (
		formA = `<form name=fa id=ia method=post action=/went><input type=hidden name=form value=a></form>`
		formB = `<form name=fb id=ib method=post action=/went><input type=hidden name=form value=b><input type=submit id=go name=pressed value=1></form>`
	)
	script := func(code string) string { return formA + formB + "<script>" + code + "</script>" }
	tests := []struct {
		name, page string
		want       string // the body that arrived; empty for none
	}{
		// Attributes.
		{"onload", `<body onload="document.forms[0].submit()">` + formA, "form=a"},
		{"onload in capitals, with a label", `<BODY ONLOAD="javascript:document.forms[0].submit()">` + formA, "form=a"},
		{"onload that calls a function", `<body onload="go()"><script>function go() { document.forms[1].submit(); }</script>` + formA + formB, "form=b"},
		{"noscript button beside", `<body onload="document.forms[0].submit()"><noscript><p>press</p></noscript><form method=post action=/went>
			<input type=hidden name=form value=a><noscript><input type=submit name=x value=y></noscript></form>`, "form=a"},

		// Where the form is named.
		{"by index", script(`document.forms[1].submit();`), "form=b"},
		{"by form name", script(`document.fb.submit();`), "form=b"},
		{"by name in forms", script(`document.forms['fb'].submit();`), "form=b"},
		{"as property of forms", script(`document.forms.fb.submit()`), "form=b"},
		{"by id in forms", script(`document.forms["ib"].submit()`), "form=b"},
		{"item", script(`document.forms.item(1).submit()`), "form=b"},
		{"getElementById", script(`document.getElementById("ib").submit();`), "form=b"},
		{"getElementsByName", script(`document.getElementsByName("fb")[0].submit();`), "form=b"},
		{"getElementsByTagName", script(`document.getElementsByTagName('FORM')[1].submit();`), "form=b"},
		{"querySelector", script(`document.querySelector('form#ib[method="post"]').submit();`), "form=b"},
		{"querySelector with a parent", script(`document.querySelector('body form[name=fb]').submit();`), "form=b"},
		{"querySelectorAll", script(`document.querySelectorAll("form")[1].submit()`), "form=b"},
		{"within an element", formA + "<div id=d>" + formB + `</div><script>document.getElementById("d").getElementsByTagName("form")[0].submit()</script>`, "form=b"},
		{"a class", `<form class="x saml" method=post action=/went></form>` + script(`document.body.getElementsByClassName("saml").item(0).requestSubmit(document.getElementById("go"))`), "form=b&pressed=1"},
		{"elements of a form", script(`document.forms.namedItem("fb").elements["pressed"].form.submit()`), "form=b"},
		{"through window", script(`window.document.forms[1].submit()`), "form=b"},
		{"global name", script(`ib.submit()`), "form=b"},
		{"window property", script(`window["ib"].submit()`), "form=b"},
		{"variable", script(`var f = document.getElementById('ib'); f.submit();`), "form=b"},
		{"const and optional chaining", script(`const f = document.forms; const g = f?.[1]; g?.submit?.call; f[1]?.submit()`), "form=b"},
		{"variable of the document", script(`var d = document, f = d.forms[1]; f.submit()`), "form=b"},
		{"jQuery", script(`$('#ib').submit()`), "form=b"},
		{"jQuery ready", script(`$(document).ready(function () { jQuery("form[name=fb]").submit(); });`), "form=b"},
		{"jQuery short ready", script(`$(function(){ $("form").eq(1).submit() })`), "form=b"},
		{"button's form", script(`document.getElementById('go').form.submit()`), "form=b"},
		{"unknown expression, one form", formA + `<script>(pick() || other).submit()</script>`, "form=a"},
		{"unknown expression, two forms", script(`(pick() || other).submit()`), ""},

		// How it is called.
		{"requestSubmit", script(`document.fb.requestSubmit()`), "form=b"},
		{"requestSubmit with its button", script(`document.fb.requestSubmit(document.getElementById("go"))`), "form=b&pressed=1"},
		{"click on the button", script(`document.getElementById('go').click();`), "form=b&pressed=1"},
		{"click by selector", script(`document.querySelector('#ib input[type=submit]').click();`), "form=b&pressed=1"},
		{"click on a control of the form", script(`document.forms[1].pressed.click()`), "form=b&pressed=1"},
		{"prototype", script(`HTMLFormElement.prototype.submit.call(document.forms[1])`), "form=b"},
		{"immediately invoked", script(`(function () { document.forms[1].submit(); })();`), "form=b"},
		{"immediately invoked, inner call", script(`;(function(){document.forms[1].submit()}())`), "form=b"},
		{"immediately invoked arrow", script(`(() => { document.forms[1].submit(); })();`), "form=b"},
		{"negated", script(`!function(){document.forms[1].submit()}()`), "form=b"},
		{"named function", script(`function go(x) { if (x) { document.forms[1].submit(); } } go(true);`), "form=b"},
		{"function called from another script", `<script>var S = { go: function () { document.fb.submit() } }</script>` + script(`S.go()`), "form=b"},
		{"method shorthand", script(`const s = { go() { document.fb.submit() } }; s.go();`), "form=b"},
		{"window.onload", script(`window.onload = function () { document.forms[1].submit(); };`), "form=b"},
		{"window.onload by name", script(`function go() { document.forms[1].submit() } window.onload = go;`), "form=b"},
		{"load listener", script(`window.addEventListener('load', function () { document.forms[1].submit(); });`), "form=b"},
		{"DOMContentLoaded arrow", script(`document.addEventListener("DOMContentLoaded", () => document.forms[1].submit());`), "form=b"},
		{"async arrow", script(`addEventListener("load", async (e) => { await 0; document.forms[1].submit() })`), "form=b"},
		{"listener by name", script(`addEventListener("load", go); function go() { document.forms[1].submit() }`), "form=b"},
		{"timeout", script(`setTimeout(function () { document.forms[1].submit() }, 0);`), "form=b"},
		{"timeout with a string", script(`window.setTimeout('document.forms[1].submit()', 0);`), "form=b"},
		{"timeout by name", script(`setTimeout(go, 10); function go() { document.forms[1].submit() }`), "form=b"},
		{"in old comments", formA + formB + "<script language=javascript><!--\ndocument.forms[1].submit();\n//--></script>", "form=b"},
		{"after strings, comments and regular expressions", script("var s = \"it's // \\\" not\"; /* document.forms[0].submit() */ var r = /['\"\\/(]/g; // document.forms[0].submit()\nvar t = `{${s}`; document.forms[1].submit()"), "form=b"},
		{"module", `<script type=module>document.forms[1].submit()</script>` + formA + formB, "form=b"},
		{"before the form, but on load", `<script>onload = () => { document.forms[0].submit() }</script>` + formA, "form=a"},

		// What does not submit.
		{"no script", formA, ""},
		{"a button in the user's hands", formA + `<button onclick="document.forms[0].submit()">go</button>`, ""},
		{"function that nobody calls", script(`function go() { document.forms[0].submit(); }`), ""},
		{"click listener", script(`document.getElementById("go").addEventListener("click", function () { document.forms[0].submit(); });`), ""},
		{"onclick", script(`document.getElementById("go").onclick = () => { document.forms[0].submit() };`), ""},
		{"onclick inside onload", script(`window.onload = function () { document.getElementById("go").onclick = function () { document.forms[0].submit(); } }`), ""},
		{"change of a field", `<form action=/went><select onchange="this.form.submit()"><option>a</select></form>`, ""},
		{"commented out", script("// document.forms[0].submit()\n/* document.forms[1].submit() */"), ""},
		{"in a string", script(`var help = "document.forms[0].submit()";`), ""},
		{"before the form is there", `<script>document.forms[0].submit()</script>` + formA, ""},
		{"by id before the form is there", `<script>document.getElementById("ia").submit()</script>` + formA, ""},
		{"no such form", script(`document.getElementById("nope").submit()`), ""},
		{"index out of range", script(`document.forms[2].submit()`), ""},
		{"an id is no property of the document", script(`document.ib.submit()`), ""},
		{"a form built by the script", formA + `<script>var f = document.createElement("form"); f.submit()</script>`, ""},
		{"a listener is no submission", script(`document.forms[0].onsubmit = check; document.forms[0].addEventListener("submit", check)`), ""},
		{"another type of script", formA + `<script type="text/template">document.forms[0].submit()</script>`, ""},
		{"in a template", formA + `<template><script>document.forms[0].submit()</script></template>`, ""},
		{"a control called submit hides the method", `<form method=post action=/went><input type=hidden name=form value=a><input type=submit name=submit></form><script>document.forms[0].submit()</script>`, ""},
		{"but not from the prototype", `<form method=post action=/went><input type=hidden name=form value=a><input type=submit name=submit></form><script>HTMLFormElement.prototype.submit.call(document.forms[0])</script>`, "form=a"},
		{"disabled button", `<form method=post action=/went><button id=g disabled></button></form><script>document.getElementById("g").click()</script>`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			base, requests := serve(t, test.page)
			page := mustOpen(t, newBrowser(t, Config{}), base)
			got := ""
			if len(*requests) > 0 {
				got = (*requests)[0].PostForm.Encode()
			}
			if got != test.want || len(*requests) > 1 {
				t.Errorf("%d requests, the first with %q, want %q; notes %q", len(*requests), got, test.want, page.Notes)
			}
			if test.want != "" && len(*requests) > 0 && page.Hops[1].Why != SelfSubmitting {
				t.Errorf("the hop says %q", page.Hops[1].Why)
			}
		})
	}
}

func TestNotesOnFormsThatDoNotGo(t *testing.T) {
	for page, want := range map[string]string{
		`<form method=post id=f><input type=hidden name=submit></form><script>document.forms[0].submit()</script>`: `form "f" has a control called submit`,
		`<form method=post><input type=hidden name=a></form><script src=/post.js></script>`:                        "external script",
	} {
		base, _ := serve(t, page)
		got := mustOpen(t, newBrowser(t, Config{}), base)
		if len(got.Notes) != 1 || !strings.Contains(got.Notes[0], want) {
			t.Errorf("%s\nnotes %q, want one with %q", page, got.Notes, want)
		}
	}
}

// A test may stop at a self-submitting form, alter it and send it on.
func TestHold(t *testing.T) {
	localhost, loopback, _ := twoSites(t)
	b := newBrowser(t, Config{Hold: func(f *Form) bool { _, ok := f.Value("SAMLResponse"); return ok }})
	page := mustOpen(t, b, address(localhost, "auto", loopback))
	if len(page.Hops) != 1 || !page.Forms()[0].SelfSubmitting {
		t.Fatalf("hops %v, want the page with the form", page.Hops)
	}
	page, err := b.SubmitAsScript(t.Context(), page.Forms()[0], map[string]string{"SAMLResponse": "altered"})
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(t, page, "body"); got != "SAMLResponse=altered" {
		t.Errorf("body %q", got)
	}
	if page.Hops[0].Why != SelfSubmitting || shown(t, page, "sec-fetch-user") != "" {
		t.Errorf("the submission looks like the user's: %q, Sec-Fetch-User %q", page.Hops[0].Why, shown(t, page, "sec-fetch-user"))
	}
}

func TestEndlessPagesAreLeft(t *testing.T) {
	for name, page := range map[string]string{
		"form":    `<body onload="document.forms[0].submit()"><form method=post></form>`,
		"refresh": `<meta http-equiv=refresh content="0; url=?%d">`,
	} {
		hits := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			hits++
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, strings.Replace(page, "%d", fmt.Sprint(hits), 1))
		}))
		_, err := newBrowser(t, Config{}).Open(t.Context(), server.URL)
		server.Close()
		if !errors.Is(err, ErrTooManySteps) || hits != maxSteps+1 {
			t.Errorf("%s: %v after %d requests, want ErrTooManySteps after %d", name, err, hits, maxSteps+1)
		}
	}
}

// A self-submitting form that cannot be sent is an error, not the end of the way.
func TestSelfSubmittingFormThatCannotBeSent(t *testing.T) {
	base, _ := serve(t, `<body onload="document.forms[0].submit()"><form method=post enctype=multipart/form-data></form>`)
	_, err := newBrowser(t, Config{}).Open(t.Context(), base)
	if !errors.Is(err, ErrEncoding) {
		t.Errorf("error %v, want ErrEncoding", err)
	}
}

// HTML standard, "shared declarative refresh steps".
func TestRefresh(t *testing.T) {
	tests := []struct {
		content string
		goes    bool
	}{
		{"0;url=/went", true}, {"0; URL='/went'", true}, {`1.5, url = "/went" rest`, true}, {"0 /went", true}, {"  0;/went", true}, {".5;url=/went", true},
		{"5; url=/went", true}, {"6; url=/went", false}, {"300", false}, {"0", false}, {"", false}, {"url=/went", false}, {"x; url=/went", false},
		{"0x; url=/went", false}, {"0; url=javascript:alert(1)", false}, {"0; url=/", false}, {"99999999999999999999;url=/went", false},
	}
	for _, test := range tests {
		base, requests := serve(t, `<meta http-equiv=Refresh content="`+strings.ReplaceAll(test.content, `"`, "&quot;")+`">`)
		page := mustOpen(t, newBrowser(t, Config{}), base)
		if went := len(*requests) == 1; went != test.goes {
			t.Errorf("content=%q went on: %v, want %v", test.content, went, test.goes)
		} else if went && (page.URL.Path != "/went" || page.Hops[1].Why != Refreshed) {
			t.Errorf("content=%q led to %s (%s)", test.content, page.URL, page.Hops[1].Why)
		}
	}
	base, requests := serve(t, `<noscript><meta http-equiv=refresh content="0;url=/went"></noscript>`)
	mustOpen(t, newBrowser(t, Config{}), base)
	if len(*requests) > 0 {
		t.Error("a refresh within <noscript> was followed")
	}
}
