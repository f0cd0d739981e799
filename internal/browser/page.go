package browser

import (
	"bytes"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Page is the document at which a navigation arrived. Its methods read the HTML
// as it was served; what scripts would add to it is not there. Text is taken to
// be UTF-8.
type Page struct {
	URL    *url.URL
	Status int
	Header http.Header
	Body   []byte
	Hops   []Hop    // every request since the user last did something
	Notes  []string // what a reader of a failure should know about this page

	doc            *html.Node         // nil where the body is not HTML
	order          map[*html.Node]int // place of an element in the tree
	ids            map[string]*html.Node
	base           *url.URL
	referrerPolicy referrerPolicy
	csp            contentPolicy
	forms          []*Form
	formOf         map[*html.Node]*Form // by form element
	owner          map[*html.Node]*Form // by control
	refresh        *navigation
	frames         []navigation
}

// newPage reads a response. The forms, the scripts that submit them and the
// refresh are found at once, since they decide where the browser goes next.
func newPage(u *url.URL, resp *http.Response, body []byte, ignoreCSP bool) *Page {
	p := &Page{URL: u, Status: resp.StatusCode, Header: resp.Header, Body: body, base: u}
	p.referrerPolicy = parseReferrerPolicy(resp.Header.Values("Referrer-Policy"), defaultReferrerPolicy)
	if !ignoreCSP {
		p.csp.add(u, resp.Header.Values("Content-Security-Policy"))
	}
	if !isHTML(resp.Header, body) {
		return p
	}
	doc, err := html.Parse(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
	if err != nil {
		p.note("the page could not be read as HTML: " + err.Error())
		return p
	}
	p.doc, p.order, p.ids = doc, make(map[*html.Node]int), make(map[string]*html.Node)
	p.walk(func(n *html.Node) bool {
		p.order[n] = len(p.order)
		if id := attributeOr(n, "id", ""); id != "" && p.ids[id] == nil {
			p.ids[id] = n
		}
		return true
	})
	p.readHead(ignoreCSP)
	p.readForms()
	p.findSelfSubmission()
	p.findRefresh()
	p.findFrames()
	return p
}

// isText tells a body that browsers show as it is.
func isText(header http.Header, body []byte) bool {
	contentType := header.Get("Content-Type")
	if contentType == "" {
		contentType = http.DetectContentType(body)
	}
	mediaType, _, _ := mime.ParseMediaType(contentType)
	return strings.HasPrefix(mediaType, "text/") || mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

func (p *Page) note(text string) { p.Notes = append(p.Notes, text) }

// isHTML follows the Content-Type, and looks at the body only where there is none.
func isHTML(header http.Header, body []byte) bool {
	contentType := header.Get("Content-Type")
	if contentType == "" {
		contentType = http.DetectContentType(body)
	}
	mediaType, _, _ := mime.ParseMediaType(contentType)
	return mediaType == "text/html" || mediaType == "application/xhtml+xml"
}

// readHead finds what <base> and <meta> change for the whole page.
func (p *Page) readHead(ignoreCSP bool) {
	baseFound := false
	p.walk(func(n *html.Node) bool {
		switch n.DataAtom {
		case atom.Base:
			if href, ok := attribute(n, "href"); ok && !baseFound {
				baseFound = true
				if u, err := resolve(p.URL, href); err == nil {
					p.base = u
				}
			}
		case atom.Meta:
			content, _ := attribute(n, "content")
			if name, _ := attribute(n, "name"); strings.EqualFold(name, "referrer") {
				p.referrerPolicy = parseReferrerPolicy([]string{content}, p.referrerPolicy)
			}
			if equiv, _ := attribute(n, "http-equiv"); strings.EqualFold(equiv, "content-security-policy") && !ignoreCSP {
				p.csp.add(p.URL, []string{content})
			}
		}
		return true
	})
}

// walk visits the elements of the page in tree order, without the contents of
// <template>, which are inert. A visit that returns false skips the descendants.
func (p *Page) walk(visit func(*html.Node) bool) {
	if p.doc != nil {
		walk(p.doc, visit)
	}
}

func walk(n *html.Node, visit func(*html.Node) bool) {
	for c := n.FirstChild; c != nil; c = c.NextSibling { // the parser bounds the depth
		if c.Type != html.ElementNode || visit(c) && c.DataAtom != atom.Template {
			walk(c, visit)
		}
	}
}

// Title is the text of the <title>.
func (p *Page) Title() string {
	title, found := "", false
	p.walk(func(n *html.Node) bool {
		if !found && n.DataAtom == atom.Title && n.Namespace == "" {
			title, found = textOf(n, false), true
		}
		return !found
	})
	return title
}

// Text is the text of the page as a reader sees it, white space collapsed:
// without scripts, styles and elements that bear the hidden attribute.
func (p *Page) Text() string {
	if p.doc == nil {
		if isText(p.Header, p.Body) {
			return strings.Join(strings.Fields(string(p.Body)), " ")
		}
		return ""
	}
	return textOf(p.doc, true)
}

// NeedsScripts tells a page that shows nothing until its scripts have run, which
// this browser does not do.
func (p *Page) NeedsScripts() bool {
	script := p.first(func(n *html.Node) bool { return n.DataAtom == atom.Script })
	return script != nil && p.Text() == ""
}

// Find gives the text of the element with this id, hidden or not.
func (p *Page) Find(id string) (text string, ok bool) {
	if n := p.ids[id]; n != nil {
		return textOf(n, false), true
	}
	return "", false
}

// first gives the first element in tree order that match accepts, or nil.
func (p *Page) first(match func(*html.Node) bool) *html.Node {
	var found *html.Node
	p.walk(func(n *html.Node) bool {
		if found == nil && match(n) {
			found = n
		}
		return found == nil
	})
	return found
}

// Link is an <a> or <area> with an address.
type Link struct {
	Text string
	ID   string
	Href string   // as written
	URL  *url.URL // resolved; nil where the browser cannot open it (mailto:, javascript:)

	referrerPolicy referrerPolicy
}

// Links gives the links of the page in their order.
func (p *Page) Links() []Link {
	var links []Link
	p.walk(func(n *html.Node) bool {
		href, ok := attribute(n, "href")
		if !ok || n.DataAtom != atom.A && n.DataAtom != atom.Area {
			return true
		}
		link := Link{Text: textOf(n, false), Href: href, referrerPolicy: p.elementReferrerPolicy(n)}
		link.ID, _ = attribute(n, "id")
		if u, err := resolve(p.base, href); err == nil {
			link.URL = u
		}
		links = append(links, link)
		return true
	})
	return links
}

// Forms gives the forms of the page in their order.
func (p *Page) Forms() []*Form { return p.forms }

// Form gives the form with this name or id.
func (p *Page) Form(nameOrID string) (*Form, bool) {
	for _, f := range p.forms {
		if nameOrID != "" && (f.Name == nameOrID || f.ID == nameOrID) {
			return f, true
		}
	}
	return nil, false
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val, true
		}
	}
	return "", false
}

func hasAttribute(n *html.Node, name string) bool {
	_, ok := attribute(n, name)
	return ok
}

// hasToken reports whether an attribute that is a list of tokens holds token.
func hasToken(n *html.Node, name, token string) bool {
	value, _ := attribute(n, name)
	for t := range strings.FieldsSeq(value) {
		if strings.EqualFold(t, token) {
			return true
		}
	}
	return false
}

// textOf gathers the text below n. The borders of blocks count as white space.
func textOf(n *html.Node, visibleOnly bool) string {
	var b strings.Builder
	var gather func(*html.Node)
	gather = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case c.Type == html.TextNode:
				b.WriteString(c.Data)
			case c.Type != html.ElementNode:
			case neverShown(c) || visibleOnly && hasAttribute(c, "hidden"):
			default:
				if !isInline(c) {
					b.WriteByte(' ')
				}
				gather(c)
				if !isInline(c) {
					b.WriteByte(' ')
				}
			}
		}
	}
	gather(n)
	return strings.Join(strings.Fields(strings.ToValidUTF8(b.String(), "\uFFFD")), " ")
}

func neverShown(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Head, atom.Script, atom.Style, atom.Template, atom.Noscript:
		return true
	}
	return false
}

func isInline(n *html.Node) bool {
	switch n.DataAtom {
	case atom.A, atom.Abbr, atom.B, atom.Bdi, atom.Bdo, atom.Cite, atom.Code, atom.Data, atom.Dfn, atom.Em, atom.I, atom.Kbd, atom.Mark,
		atom.Q, atom.S, atom.Samp, atom.Small, atom.Span, atom.Strong, atom.Sub, atom.Sup, atom.Time, atom.U, atom.Var, atom.Wbr, atom.Font:
		return true
	}
	return false
}
