package browser

import (
	"context"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Framed says that a frame of a page made the browser send a request.
const Framed Why = "frame"

const maxFrames = 50 // of one page

// findFrames lists what the page's frames load.
func (p *Page) findFrames() {
	p.walk(func(n *html.Node) bool {
		if n.DataAtom != atom.Iframe || len(p.frames) == maxFrames {
			return true
		}
		src, ok := attribute(n, "src")
		if !ok || strings.TrimSpace(src) == "" || strings.HasPrefix(strings.TrimSpace(src), "about:") {
			return true
		}
		target, err := resolve(p.base, src)
		if err != nil {
			p.note("a frame is not loaded: " + err.Error())
			return true
		}
		p.frames = append(p.frames, navigation{why: Framed, method: "GET", target: target, from: p, referrerPolicy: p.referrerPolicy, top: p.URL})
		return true
	})
}

// loadFrames loads the frames of a page one after the other, before the page
// goes on, as a page does that waits for its load event. What is in a frame is
// not shown to anybody; a frame that fails leaves a note and harms nothing.
// Frames within frames are not loaded.
func (b *Browser) loadFrames(ctx context.Context, page *Page, hops *[]Hop) {
	for _, nav := range page.frames {
		for range maxSteps {
			inner, err := b.load(ctx, nav, hops)
			if err != nil {
				page.note("a frame did not load: " + err.Error())
				break
			}
			if why := inner.refusesFrame(page.URL); why != "" {
				page.note("a frame stays empty: " + shorten(inner.URL.Redacted()) + " has " + why)
				break
			}
			next, err := b.next(inner)
			if err != nil || next == nil {
				break
			}
			nav = *next
			nav.top = page.URL
		}
	}
}

// refusesFrame says which header of the page keeps it out of a frame of top, or
// nothing (HTML standard, "X-Frame-Options"). The request has been made all the
// same.
func (p *Page) refusesFrame(top *url.URL) string {
	for _, value := range p.Header.Values("X-Frame-Options") {
		switch strings.ToUpper(strings.TrimSpace(value)) {
		case "DENY":
			return "X-Frame-Options: DENY"
		case "SAMEORIGIN":
			if !sameOrigin(p.URL, top) {
				return "X-Frame-Options: SAMEORIGIN"
			}
		}
	}
	return ""
}
