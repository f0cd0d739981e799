// Package web renders the pages of both mocks: one layout, one stylesheet, and
// the block in which a refusal explains itself.
package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"

	"github.com/idharness/harness/internal/refusal"
)

//go:embed layout.html refusal.html style.css
var files embed.FS

// RefusalID and DataID are the ids of the script elements that hold a page's
// refusal and its data as JSON, for programs that read pages.
const (
	RefusalID = "harness-refusal"
	DataID    = "harness-data"
)

// View is what the layout needs besides a page's own content.
type View struct {
	Title   string
	Brand   string // whose page this is: "Mock Microsoft Entra ID", …
	Side    string // class of the body: entra, aws
	Refusal *refusal.Refusal
	Data    any            // written into the page as JSON when not nil
	Config  map[string]any // written as $Config, which command-line tools read from Entra's pages, when not nil
	Page    any            // what the page's own template shows
}

// Pages is a set of page templates that share the layout.
type Pages struct{ templates map[string]*template.Template }

// Parse reads every .html file of fsys as a page; each defines the template
// "content".
func Parse(fsys fs.FS) (*Pages, error) {
	style, err := files.ReadFile("style.css")
	if err != nil {
		return nil, fmt.Errorf("read stylesheet: %w", err)
	}
	base, err := template.New("layout.html").Funcs(template.FuncMap{
		"style":  func() template.CSS { return template.CSS(style) },
		"json":   encode,
		"config": config,
	}).ParseFS(files, "layout.html", "refusal.html")
	if err != nil {
		return nil, fmt.Errorf("parse layout: %w", err)
	}
	names, err := fs.Glob(fsys, "*.html")
	if err != nil {
		return nil, fmt.Errorf("list pages: %w", err)
	}
	p := &Pages{templates: make(map[string]*template.Template)}
	for _, name := range names {
		page, err := base.Clone()
		if err != nil {
			return nil, fmt.Errorf("clone layout: %w", err)
		}
		if page, err = page.ParseFS(fsys, name); err != nil {
			return nil, fmt.Errorf("parse page %s: %w", name, err)
		}
		p.templates[name] = page
	}
	return p, nil
}

// encode writes v as JSON that is safe inside a script element: encoding/json
// escapes <, > and &.
func encode(v any) (template.JS, error) {
	data, err := json.Marshal(v)
	return template.JS(data), err
}

// config writes the script by which Entra's pages hand their state to their own
// code, and which saml2aws and its kind read.
func config(v any) (template.HTML, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	return template.HTML("<script type=\"text/javascript\">//<![CDATA[\n$Config=" + string(data) + ";\n//]]></script>"), nil
}

// Render writes the page called name. The status is sent only once the page
// has rendered whole.
func (p *Pages) Render(w http.ResponseWriter, status int, name string, view View) {
	var buf bytes.Buffer
	page, ok := p.templates[name]
	if !ok {
		http.Error(w, "no page "+name, http.StatusInternalServerError)
		return
	}
	if err := page.Execute(&buf, view); err != nil {
		http.Error(w, "render "+name+": "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(buf.Bytes())
}
