package browser

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxSubmitCalls bounds how many calls of submit are looked at in one page.
const maxSubmitCalls = 50

// findSelfSubmission looks for a form that the page's scripts submit without
// the user: in inline scripts, in the onload attribute of <body>, in handlers of
// the load event and in timeouts, also by pressing a button. Conditions around
// the call count as met. External scripts are not fetched.
func (p *Page) findSelfSubmission() {
	if len(p.forms) == 0 {
		return
	}
	scripts, external := p.readScripts()
	scripts.run()
	for i, call := range scripts.submits {
		if i == maxSubmitCalls {
			break
		}
		if form, button := p.target(scripts, call); form != nil {
			form.SelfSubmitting, form.pressedBy = true, button
			return
		}
	}
	if external && onlyHidden(p.forms) {
		p.note("the page may submit its form from an external script, which this browser does not run")
	}
}

// readScripts gathers the scripts that the content security policy lets run.
func (p *Page) readScripts() (scripts *jsPage, external bool) {
	scripts = newJSPage(p.csp.allowsEval())
	p.walk(func(n *html.Node) bool {
		switch n.DataAtom {
		case atom.Script:
			kind := strings.ToLower(strings.TrimSpace(attributeOr(n, "type", "")))
			if kind != "" && kind != "module" && !isJavaScriptType(kind) {
				return true
			}
			if hasAttribute(n, "src") {
				external = true
				return true
			}
			src := rawText(n)
			if directive := p.csp.blocksScript(attributeOr(n, "nonce", ""), src); directive != "" {
				p.noteBlocked(src, directive)
				return true
			}
			scripts.add(src, p.order[n], kind == "module")
		case atom.Body:
			src, ok := attribute(n, "onload")
			if !ok {
				return true
			}
			if directive := p.csp.blocksHandler(src); directive != "" {
				p.noteBlocked(src, directive)
				return true
			}
			scripts.add(src, wholePage, true)
		}
		return true
	})
	return scripts, external
}

func isJavaScriptType(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	switch kind {
	case "text/javascript", "application/javascript", "text/ecmascript", "application/ecmascript", "application/x-javascript", "text/jscript":
		return true
	}
	return false
}

func (p *Page) noteBlocked(src, directive string) {
	if strings.Contains(src, "submit") || strings.Contains(src, "click") {
		p.note("a script that may submit a form does not run: the page's Content-Security-Policy blocks it with " + directive)
	}
}

// target finds the form that a call submits, and the button that it presses.
// Where the form cannot be told from the code, it is the only one of the page.
func (p *Page) target(scripts *jsPage, call jsSubmit) (*Form, *Button) {
	world := &jsWorld{page: p, scripts: scripts, before: call.before}
	value := world.eval(call.script, call.start, call.end)
	if value.kind == jsList && len(value.nodes) > 0 { // jQuery's methods work on the list
		value = jsValue{kind: jsElement, node: value.nodes[0]}
	}
	switch {
	case value.kind == jsUnknown && call.method != "click" && len(p.forms) == 1 && p.order[p.forms[0].node] < call.before:
		return p.forms[0], nil
	case value.kind != jsElement:
		return nil, nil
	case call.method == "click":
		return p.buttonOf(value.node)
	}
	form := p.formOf[value.node]
	if form == nil {
		return nil, nil
	}
	if call.method == "requestSubmit" {
		if arg := world.eval(call.script, call.args+1, call.script.argumentEnd(call.args)); arg.kind == jsElement {
			return p.buttonOf(arg.node)
		}
		return form, nil
	}
	if !call.call && p.hidesSubmit(form) {
		p.note(form.String() + " has a control called submit, so its method submit() cannot be called and the script fails")
		return nil, nil
	}
	return form, nil
}

func (p *Page) buttonOf(n *html.Node) (*Form, *Button) {
	form := p.owner[n]
	if form == nil {
		return nil, nil
	}
	for i := range form.Buttons {
		if form.Buttons[i].node == n && !form.Buttons[i].Disabled {
			return form, &form.Buttons[i]
		}
	}
	return nil, nil
}

// hidesSubmit reports whether a control takes the place of the form's method
// submit (HTML standard, "named properties" of a form element).
func (p *Page) hidesSubmit(form *Form) bool {
	for n, owner := range p.owner {
		if owner != form || strings.EqualFold(attributeOr(n, "type", ""), "image") {
			continue
		}
		if attributeOr(n, "name", "") == "submit" || attributeOr(n, "id", "") == "submit" {
			return true
		}
	}
	return false
}

func onlyHidden(forms []*Form) bool {
	for _, f := range forms {
		for _, field := range f.Fields {
			if field.Type != "hidden" {
				return false
			}
		}
	}
	return true
}
