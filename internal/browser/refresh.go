package browser

import (
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxRefreshDelay is how long the browser would wait for a refresh: longer ones
// are for readers of a page, not for a sign-in on its way. It does not wait in
// fact.
const maxRefreshDelay = 5 * time.Second

// findRefresh looks for a Refresh header or a <meta http-equiv=refresh> that
// leads to another page. A page that reloads itself is left alone.
func (p *Page) findRefresh() {
	value := p.Header.Get("Refresh")
	if value == "" {
		p.first(func(n *html.Node) bool {
			equiv, _ := attribute(n, "http-equiv")
			if n.DataAtom == atom.Meta && strings.EqualFold(equiv, "refresh") {
				value, _ = attribute(n, "content")
			}
			return value != ""
		})
	}
	delay, ref, ok := parseRefresh(value)
	if !ok || ref == "" {
		return
	}
	target, err := resolve(p.base, ref)
	if err != nil {
		p.note("the refresh is not followed: " + err.Error())
		return
	}
	if delay > maxRefreshDelay || withoutFragment(target).String() == withoutFragment(p.URL).String() {
		return
	}
	p.refresh = &navigation{why: Refreshed, method: "GET", target: target, from: p, referrerPolicy: p.referrerPolicy}
}

// parseRefresh is the HTML standard's "shared declarative refresh steps".
func parseRefresh(input string) (delay time.Duration, ref string, ok bool) {
	input = strings.TrimLeft(input, htmlSpace)
	digits := input[:len(input)-len(strings.TrimLeft(input, "0123456789"))]
	rest := input[len(digits):]
	if digits == "" && !strings.HasPrefix(rest, ".") {
		return 0, "", false
	}
	seconds := 0
	for _, d := range digits {
		seconds = min(seconds*10+int(d-'0'), 1_000_000)
	}
	delay = time.Duration(seconds) * time.Second
	rest = strings.TrimLeft(rest, "0123456789.")
	if rest == "" {
		return delay, "", true
	}
	if !strings.ContainsAny(rest[:1], ";,"+htmlSpace) {
		return 0, "", false
	}
	rest = strings.TrimLeft(rest, htmlSpace)
	if rest != "" && (rest[0] == ';' || rest[0] == ',') {
		rest = rest[1:]
	}
	rest = strings.TrimLeft(rest, htmlSpace)
	ref = rest
	if len(rest) >= 3 && strings.EqualFold(rest[:3], "url") {
		if after := strings.TrimLeft(rest[3:], htmlSpace); strings.HasPrefix(after, "=") {
			ref = strings.TrimLeft(after[1:], htmlSpace)
		}
	}
	if ref != "" && (ref[0] == '"' || ref[0] == '\'') {
		quote := ref[:1]
		ref, _, _ = strings.Cut(ref[1:], quote)
	}
	return delay, ref, true
}

const htmlSpace = " \t\n\f\r"
