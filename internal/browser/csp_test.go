package browser

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

const (
	postingScript = `document.forms[0].submit()`
	postedForm    = `<form method=post action=/went><input type=hidden name=a value=1></form>`
)

func hashSource(src string) string {
	sum := sha256.Sum256([]byte(src))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func sha512Source(src string) string {
	sum := sha512.Sum512([]byte(src))
	return "'sha512-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Content Security Policy Level 3, sections 6.7.3 (inline code) and 4.4 (eval).
func TestPolicyOnInlineScripts(t *testing.T) {
	var (
		element = postedForm + `<script>` + postingScript + `</script>`
		nonced  = postedForm + `<script nonce=abc>` + postingScript + `</script>`
		handler = `<body onload="` + postingScript + `">` + postedForm
		timeout = postedForm + `<script>setTimeout("document.forms[0].submit()")</script>`
	)
	tests := []struct {
		name, policy, page string
		goes               bool
	}{
		{"no policy on scripts", "img-src 'none'", element, true},
		{"self only", "script-src 'self'", element, false},
		{"default-src", "default-src 'self'", element, false},
		{"none", "script-src", element, false},
		{"unsafe-inline", "script-src 'unsafe-inline'", element, true},
		{"unsafe-inline voided by a nonce", "script-src 'unsafe-inline' 'nonce-abc'", element, false},
		{"nonce", "script-src 'nonce-abc'", nonced, true},
		{"another nonce", "script-src 'nonce-xyz'", nonced, false},
		{"hash", "script-src " + hashSource(postingScript), element, true},
		{"another hash", "script-src " + hashSource("x"), element, false},
		{"script-src-elem comes first", "script-src 'none'; script-src-elem 'unsafe-inline'", element, true},
		{"handler, self only", "script-src 'self'", handler, false},
		{"handler, unsafe-inline", "default-src 'unsafe-inline'", handler, true},
		{"handler, hash alone", "script-src " + hashSource(postingScript), handler, false},
		{"handler, hash with unsafe-hashes", "script-src 'unsafe-hashes' " + hashSource(postingScript), handler, true},
		{"script-src-attr", "script-src 'none'; script-src-attr 'unsafe-inline'", handler, true},
		{"the first of a directive counts", "script-src 'unsafe-inline'; script-src 'none'", element, true},
		{"sha512 in base64url", "script-src " + strings.NewReplacer("+", "-", "/", "_").Replace(sha512Source(postingScript)), element, true},
		{"every policy has to agree", "script-src 'unsafe-inline', script-src 'self'", element, false},
		{"code in a string", "script-src 'unsafe-inline'", timeout, false},
		{"code in a string, allowed", "script-src 'unsafe-inline' 'unsafe-eval'", timeout, true},
	}
	for _, test := range tests {
		base, requests := serve(t, test.page, "Content-Security-Policy", test.policy)
		page := mustOpen(t, newBrowser(t, Config{}), base)
		if went := len(*requests) == 1; went != test.goes {
			t.Errorf("%s: with %q the form went: %v, want %v", test.name, test.policy, went, test.goes)
		}
		if !test.goes && test.page != timeout && (len(page.Notes) != 1 || !strings.Contains(page.Notes[0], "Content-Security-Policy")) {
			t.Errorf("%s: notes %q do not tell of the policy", test.name, page.Notes)
		}
		mustOpen(t, newBrowser(t, Config{IgnoreContentSecurityPolicy: true}), base)
		if want := map[bool]int{true: 2, false: 1}[test.goes]; len(*requests) != want {
			t.Errorf("%s: with the policy ignored the form did not go", test.name)
		}
	}
	base, requests := serve(t, `<meta http-equiv=content-security-policy content="script-src 'none'">`+element)
	mustOpen(t, newBrowser(t, Config{}), base)
	if len(*requests) != 0 {
		t.Error("a policy in <meta> was ignored")
	}
}

// Content Security Policy Level 3, "form-action", with redirects as Chrome and
// Safari check them.
func TestFormAction(t *testing.T) {
	localhost, loopback, otherPort := twoSites(t)
	tests := []struct {
		name, policy, target string
		goes                 bool
	}{
		{"no directive", "default-src 'none'; script-src 'unsafe-inline'", loopback, true},
		{"self, same origin", "form-action 'self'", localhost, true},
		{"self, another site", "form-action 'self'", loopback, false},
		{"none", "form-action 'none'", localhost, false},
		{"empty", "form-action", localhost, false},
		{"the origin", "form-action 'self' " + loopback, loopback, true},
		{"another port", "form-action " + loopback, otherPort, false},
		{"any port", "form-action http://127.0.0.1:*", otherPort, true},
		{"host without scheme", "form-action 127.0.0.1:*", otherPort, true},
		{"scheme", "form-action http:", loopback, true},
		{"another scheme", "form-action https:", loopback, false},
		{"star", "form-action *", loopback, true},
		{"path", "form-action " + loopback + "acs", loopback + "acs", true},
		{"another path", "form-action " + loopback + "acs", loopback + "other", false},
		{"below a path", "form-action " + loopback + "saml/", loopback + "saml/acs", true},
		{"redirect to another site", "form-action 'self'", address(localhost, "go", loopback, "status", "303"), false},
		{"redirect to an allowed site", "form-action 'self' " + loopback, address(localhost, "go", loopback, "status", "303"), true},
		{"the path does not count after a redirect", "form-action 'self' " + loopback + "acs", address(localhost, "go", loopback+"other"), true},
	}
	for _, test := range tests {
		b := newBrowser(t, Config{})
		page := mustOpen(t, b, address(localhost, "link", test.target, "header", "Content-Security-Policy: "+test.policy))
		_, err := b.Submit(t.Context(), mustForm(t, page, "post"), nil)
		if went := err == nil; went != test.goes {
			t.Errorf("%s: %q let the form go: %v, want %v (%v)", test.name, test.policy, went, test.goes, err)
		}
		if err != nil && (!errors.Is(err, ErrBlocked) || !strings.Contains(err.Error(), "form-action")) {
			t.Errorf("%s: error %v does not tell of the policy", test.name, err)
		}
		if _, err := b.Click(t.Context(), page, test.target); err != nil {
			t.Errorf("%s: the directive kept a link from going: %v", test.name, err)
		}
	}
}

func TestSourceMatching(t *testing.T) {
	self, err := resolve(nil, "https://sts.contoso.example/")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		source, target string
		want           bool
	}{
		{"*.contoso.example", "https://aws.contoso.example/", true},
		{"*.contoso.example", "https://contoso.example/", false},
		{"*.contoso.example", "http://aws.contoso.example/", false}, // the page's scheme
		{"http://aws.contoso.example", "https://aws.contoso.example/", true},
		{"http://aws.contoso.example:80", "https://aws.contoso.example/", true},
		{"https://aws.contoso.example", "http://aws.contoso.example/", false},
		{"https://aws.contoso.example:443/acs", "https://aws.contoso.example/acs", true},
		{"https://aws.contoso.example:8443", "https://aws.contoso.example/", false},
		{"https://aws.contoso.example", "https://aws.contoso.example:8443/", false},
		{"AWS.Contoso.Example", "https://aws.contoso.example/", true},
		{"'self'", "https://sts.contoso.example/x", true},
		{"'self'", "http://sts.contoso.example/x", false},
		{"'none'", "https://sts.contoso.example/x", false},
		{"'unsafe-inline'", "https://sts.contoso.example/x", false},
		{"[::1]", "https://[::1]/", true},
	}
	for _, test := range tests {
		target, err := resolve(nil, test.target)
		if err != nil {
			t.Fatal(err)
		}
		if got := (cspPolicy{self: self}).sourceMatches(test.source, target, false); got != test.want {
			t.Errorf("%s matches %s: %v, want %v", test.source, test.target, got, test.want)
		}
	}
}
