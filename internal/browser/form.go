package browser

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Form is a form of a page, filled in as the page came.
type Form struct {
	Name, ID string
	Method   string   // GET, POST or DIALOG
	Action   *url.URL // resolved; nil where the browser cannot open it
	Encoding string   // the media type of the body
	Fields   []Field
	Buttons  []Button // those that submit
	// SelfSubmitting says that a script of the page submits the form without
	// the user's help.
	SelfSubmitting bool

	page           *Page
	node           *html.Node
	actionErr      error
	referrerPolicy referrerPolicy
	pressedBy      *Button // what the script presses; nil where it calls submit()
}

// Page is the page that the form stands on.
func (f *Form) Page() *Page { return f.page }

// Field is a control of a form that carries a value.
type Field struct {
	Name     string
	ID       string
	Type     string // of an <input>; else textarea, select-one or select-multiple
	Value    string // of a select the first selected option
	Checked  bool   // of a checkbox or radio button
	Disabled bool   // a disabled field is not sent
	Options  []Option
}

// Option is a choice of a <select>.
type Option struct {
	Value    string
	Text     string
	Selected bool
	Disabled bool
}

// Button is a control that submits its form.
type Button struct {
	Name, ID string
	Value    string
	Text     string // what the user reads on it
	Disabled bool

	node                     *html.Node
	at                       int // how many fields come before it
	image                    bool
	action, method, encoding *string // formaction and its like; nil where absent
}

// Value gives the value of the first field called name.
func (f *Form) Value(name string) (string, bool) {
	for _, field := range f.Fields {
		if field.Name == name {
			return field.Value, true
		}
	}
	return "", false
}

func (p *Page) readForms() {
	p.formOf, p.owner = make(map[*html.Node]*Form), make(map[*html.Node]*Form)
	var cut []*html.Node // forms that the parser closed at once, see formOwner
	p.walk(func(n *html.Node) bool {
		if n.DataAtom == atom.Form && n.Namespace == "" {
			f := p.newForm(n)
			p.forms = append(p.forms, f)
			p.formOf[n] = f
			if n.FirstChild == nil && inTableStructure(n.Parent) && len(cut) < maxCutForms {
				cut = append(cut, n)
			}
		}
		return true
	})
	if len(p.forms) == 0 {
		return
	}
	legends := make(map[*html.Node]*html.Node)
	p.walk(func(n *html.Node) bool {
		switch n.DataAtom {
		case atom.Datalist:
			return false // its options are suggestions, not controls
		case atom.Input, atom.Select, atom.Textarea, atom.Button:
			if f := p.formOwner(n, cut); f != nil {
				p.owner[n] = f
				f.addControl(n, isDisabled(n, legends))
			}
		}
		return true
	})
}

func (p *Page) newForm(n *html.Node) *Form {
	f := &Form{page: p, node: n, Method: formMethod(attributeOr(n, "method", "")), Encoding: formEncoding(attributeOr(n, "enctype", ""))}
	f.Name, _ = attribute(n, "name")
	f.ID, _ = attribute(n, "id")
	f.Action, f.actionErr = p.actionURL(attributeOr(n, "action", ""))
	f.referrerPolicy = p.elementReferrerPolicy(n)
	return f
}

// actionURL resolves an action; an empty one means the page itself, whatever
// its <base> says (HTML standard, "Form submission algorithm").
func (p *Page) actionURL(action string) (*url.URL, error) {
	if strings.TrimSpace(action) == "" {
		return withoutFragment(p.URL), nil
	}
	return resolve(p.base, action)
}

func formMethod(method string) string {
	switch strings.ToLower(method) {
	case "post":
		return "POST"
	case "dialog":
		return "DIALOG"
	default:
		return "GET"
	}
}

const (
	urlEncoded    = "application/x-www-form-urlencoded"
	multipartForm = "multipart/form-data"
	plainText     = "text/plain"
)

func formEncoding(encoding string) string {
	switch encoding = strings.ToLower(encoding); encoding {
	case multipartForm, plainText:
		return encoding
	default:
		return urlEncoded
	}
}

// formOwner finds the form that a control belongs to: the one its form
// attribute names, or the one around it. Where a <form> stands directly in a
// table the HTML parser closes it at once, yet the controls after it in that
// table are its own.
func (p *Page) formOwner(control *html.Node, cut []*html.Node) *Form {
	if id, ok := attribute(control, "form"); ok {
		return p.formOf[p.ids[id]]
	}
	for a := range control.Ancestors() {
		if a.DataAtom == atom.Form {
			return p.formOf[a]
		}
	}
	for _, form := range slices.Backward(cut) {
		if p.order[form] > p.order[control] {
			continue
		}
		table := form.Parent
		for table.DataAtom != atom.Table && table.Parent != nil {
			table = table.Parent
		}
		for a := range control.Ancestors() {
			if a == table {
				return p.formOf[form]
			}
		}
	}
	return nil
}

const maxCutForms = 20

func inTableStructure(n *html.Node) bool {
	if n == nil {
		return false
	}
	switch n.DataAtom {
	case atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr:
		return true
	}
	return false
}

func (f *Form) addControl(n *html.Node, disabled bool) {
	name, id, value := attributeOr(n, "name", ""), attributeOr(n, "id", ""), attributeOr(n, "value", "")
	kind := strings.ToLower(attributeOr(n, "type", ""))
	switch n.DataAtom {
	case atom.Button:
		if kind == "button" || kind == "reset" {
			return
		}
		f.addButton(n, Button{Name: name, ID: id, Value: value, Text: textOf(n, false), Disabled: disabled})
	case atom.Select:
		f.addSelect(n, Field{Name: name, ID: id, Disabled: disabled})
	case atom.Textarea:
		f.Fields = append(f.Fields, Field{Name: name, ID: id, Type: "textarea", Value: rawText(n), Disabled: disabled})
	case atom.Input:
		switch kind {
		case "button", "reset":
		case "submit":
			f.addButton(n, Button{Name: name, ID: id, Value: value, Text: value, Disabled: disabled})
		case "image":
			f.addButton(n, Button{Name: name, ID: id, Value: value, Text: attributeOr(n, "alt", ""), Disabled: disabled, image: true})
		case "checkbox", "radio":
			f.Fields = append(f.Fields, Field{
				Name: name, ID: id, Type: kind, Value: attributeOr(n, "value", "on"), Checked: hasAttribute(n, "checked"), Disabled: disabled,
			})
		default:
			if kind == "" {
				kind = "text"
			}
			f.Fields = append(f.Fields, Field{Name: name, ID: id, Type: kind, Value: sanitize(kind, value), Disabled: disabled})
		}
	}
}

func (f *Form) addButton(n *html.Node, b Button) {
	b.node, b.at = n, len(f.Fields)
	for name, target := range map[string]**string{"formaction": &b.action, "formmethod": &b.method, "formenctype": &b.encoding} {
		if value, ok := attribute(n, name); ok {
			*target = &value
		}
	}
	f.Buttons = append(f.Buttons, b)
}

func (f *Form) addSelect(n *html.Node, field Field) {
	field.Type = "select-one"
	if hasAttribute(n, "multiple") {
		field.Type = "select-multiple"
	}
	walk(n, func(o *html.Node) bool {
		if o.DataAtom == atom.Option {
			text := textOf(o, false)
			disabled := hasAttribute(o, "disabled") || o.Parent.DataAtom == atom.Optgroup && hasAttribute(o.Parent, "disabled")
			field.Options = append(field.Options, Option{attributeOr(o, "value", text), text, hasAttribute(o, "selected"), disabled})
		}
		return true
	})
	if field.Type == "select-one" {
		selectOne(field.Options)
	}
	for _, o := range field.Options {
		if o.Selected {
			field.Value = o.Value
			break
		}
	}
	f.Fields = append(f.Fields, field)
}

// selectOne leaves exactly one option selected: the last that says so, else the
// first that can be (HTML standard, "selectedness setting algorithm").
func selectOne(options []Option) {
	chosen := -1
	for i, o := range options {
		if o.Selected || chosen < 0 && !o.Disabled {
			if chosen < 0 || o.Selected {
				chosen = i
			}
		}
	}
	for i := range options {
		options[i].Selected = i == chosen
	}
}

// isDisabled looks at the control and at the fieldsets around it; a fieldset
// does not disable what is in its first legend. The legends found are kept.
func isDisabled(n *html.Node, legends map[*html.Node]*html.Node) bool {
	if hasAttribute(n, "disabled") {
		return true
	}
	child := n
	for a := range n.Ancestors() {
		if a.DataAtom == atom.Fieldset && hasAttribute(a, "disabled") {
			legend, known := legends[a]
			if !known {
				legend = firstLegend(a)
				legends[a] = legend
			}
			if legend != child {
				return true
			}
		}
		child = a
	}
	return false
}

func firstLegend(fieldset *html.Node) *html.Node {
	for c := range fieldset.ChildNodes() {
		if c.DataAtom == atom.Legend {
			return c
		}
	}
	return nil
}

// sanitize is the value sanitization of the input types that are lines of text.
func sanitize(kind, value string) string {
	switch kind {
	case "hidden", "file":
		return value
	}
	value = withoutNewlines.Replace(value)
	if kind == "url" || kind == "email" {
		value = strings.TrimSpace(value)
	}
	return value
}

var withoutNewlines = strings.NewReplacer("\n", "", "\r", "")

func attributeOr(n *html.Node, name, otherwise string) string {
	if value, ok := attribute(n, name); ok {
		return value
	}
	return otherwise
}

// rawText is the text right below n, as it stands.
func rawText(n *html.Node) string {
	var b strings.Builder
	for c := range n.ChildNodes() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}
