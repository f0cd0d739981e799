package browser

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// jsValue is what an expression of a script stands for, as far as finding a
// form goes.
type jsValue struct {
	kind  jsValueKind
	node  *html.Node   // of jsElement
	nodes []*html.Node // of jsList
	text  string       // of jsText, and the name of a jsMethod
	of    *jsValue     // the object of a jsMethod
}

type jsValueKind byte

const (
	jsUnknown   jsValueKind = iota // could be anything
	jsNull                         // certainly no element of the page
	jsWindow                       //
	jsDocument                     //
	jsElement                      //
	jsList                         // of elements: document.forms, form.elements, the result of a query
	jsText                         // a string or a number
	jsMethod                       // a method that has not been called yet
	jsSelection                    // the function $ of jQuery
)

// jsWorld evaluates expressions against the part of a page that exists when a
// script runs.
type jsWorld struct {
	page    *Page
	scripts *jsPage
	before  int
	steps   int
}

const (
	jsMaxEval  = 64
	jsMaxNodes = 10_000
)

// eval gives the value of tokens[start:end).
func (w *jsWorld) eval(s *jsRoot, start, end int) jsValue {
	w.steps++
	if w.steps > jsMaxEval || start >= end {
		return jsValue{}
	}
	value := w.primary(s, start)
	i := start + 1
	if t := s.at(start); t.is("(") {
		i = t.match + 1
	}
	for i > start && i < end {
		t := s.at(i)
		switch {
		case t.is(".") && s.at(i+1).kind == jsName:
			value = w.property(value, s.at(i+1).text)
			i += 2
		case t.is("[") && t.match > i:
			value = w.index(value, w.eval(s, i+1, t.match))
			i = t.match + 1
		case t.is("(") && t.match > i:
			value = w.call(value, w.eval(s, i+1, s.argumentEnd(i)))
			i = t.match + 1
		default:
			return jsValue{} // an operator: a choice that is not made here
		}
	}
	return value
}

func (w *jsWorld) primary(s *jsRoot, i int) jsValue {
	t := s.at(i)
	switch {
	case t.kind == jsString || t.kind == jsNumber:
		return jsValue{kind: jsText, text: t.text}
	case t.is("(") && t.match > i:
		return w.eval(s, i+1, t.match)
	case t.kind != jsName:
		return jsValue{}
	}
	switch t.text {
	case "document":
		return jsValue{kind: jsDocument}
	case "window", "self", "top", "parent", "globalThis", "frames", "this":
		return jsValue{kind: jsWindow}
	case "null", "undefined", "new":
		return jsValue{kind: jsNull}
	case "$", "jQuery":
		return jsValue{kind: jsSelection}
	}
	if ref, ok := w.scripts.variables[t.text]; ok {
		return w.eval(ref.script, ref.at, ref.script.statementEnd(ref.at))
	}
	if named := w.globalNamed(t.text); named.kind == jsElement {
		return named
	}
	return jsValue{} // a parameter, or a library's object
}

// statementEnd finds where the chain of an assigned value ends.
func (s *jsScript) statementEnd(i int) int {
	end := i
	for end < len(s.tokens) {
		t := s.at(end)
		switch {
		case (t.is("(") || t.is("[")) && t.match > end && (end == i || isCallee(s.at(end-1))):
			end = t.match + 1
		case t.is(".") && s.at(end+1).kind == jsName:
			end += 2
		case end == i && t.kind != jsPunct:
			end++
		default:
			if t.is("||") || t.is("&&") || t.is("??") || t.is("?") {
				return end + 1 // makes the value unknown
			}
			return end
		}
	}
	return end
}

func (w *jsWorld) property(v jsValue, name string) jsValue {
	switch v.kind {
	case jsNull:
		return v
	case jsWindow:
		if name == "document" {
			return jsValue{kind: jsDocument}
		}
		if name == "window" || name == "self" || name == "top" || name == "parent" {
			return v
		}
		return w.globalNamed(name)
	case jsDocument:
		switch name {
		case "forms":
			return w.list(func(n *html.Node) bool { return n.DataAtom == atom.Form })
		case "body", "documentElement", "head":
			return w.firstOf(func(n *html.Node) bool { return n.Data == strings.Replace(name, "documentElement", "html", 1) })
		case "getElementById", "getElementsByName", "getElementsByTagName", "getElementsByClassName", "querySelector", "querySelectorAll":
			return jsValue{kind: jsMethod, text: name, of: &v}
		case "createElement", "createElementNS":
			return jsValue{kind: jsNull} // a form that the page does not have
		}
		// Forms are properties of the document by name, not by id (HTML
		// standard, "named elements" of a Document).
		return w.firstOf(func(n *html.Node) bool {
			return n.DataAtom == atom.Form && attributeOr(n, "name", "") == name
		})
	case jsElement:
		return w.elementProperty(v, name)
	case jsList:
		switch name {
		case "item", "namedItem", "eq", "get", "first":
			return jsValue{kind: jsMethod, text: name, of: &v}
		}
		return w.index(v, jsValue{kind: jsText, text: name})
	}
	return jsValue{}
}

func (w *jsWorld) elementProperty(v jsValue, name string) jsValue {
	switch name {
	case "querySelector", "querySelectorAll", "getElementsByTagName", "getElementsByClassName":
		return jsValue{kind: jsMethod, text: name, of: &v}
	case "form":
		if f := w.page.owner[v.node]; f != nil {
			return jsValue{kind: jsElement, node: f.node}
		}
	}
	f := w.page.formOf[v.node]
	if f == nil {
		return jsValue{}
	}
	controls := w.list(func(n *html.Node) bool { return w.page.owner[n] == f })
	if name == "elements" {
		return controls
	}
	if control := w.index(controls, jsValue{kind: jsText, text: name}); control.kind == jsElement {
		return control
	}
	return jsValue{}
}

func (w *jsWorld) index(v, key jsValue) jsValue {
	if v.kind == jsNull || v.kind == jsElement || v.kind == jsDocument || v.kind == jsWindow {
		if v.kind == jsNull || key.kind != jsText {
			return v
		}
		if key.text == "0" && v.kind == jsElement {
			return v // $("#form")[0]
		}
		return w.property(v, key.text)
	}
	if v.kind != jsList || key.kind != jsText {
		return jsValue{}
	}
	if i, err := strconv.Atoi(key.text); err == nil {
		if i < 0 || i >= len(v.nodes) {
			return jsValue{kind: jsNull}
		}
		return jsValue{kind: jsElement, node: v.nodes[i]}
	}
	for _, n := range v.nodes {
		if attributeOr(n, "id", "") == key.text || attributeOr(n, "name", "") == key.text {
			return jsValue{kind: jsElement, node: n}
		}
	}
	return jsValue{kind: jsNull}
}

func (w *jsWorld) call(v, arg jsValue) jsValue {
	if v.kind == jsNull {
		return v
	}
	if v.kind == jsSelection {
		if arg.kind != jsText {
			return arg // $(element)
		}
		return w.query(nil, arg.text, true)
	}
	if v.kind != jsMethod {
		return jsValue{}
	}
	switch v.text {
	case "first":
		return w.index(*v.of, jsValue{kind: jsText, text: "0"})
	case "item", "namedItem", "eq", "get":
		return w.index(*v.of, arg)
	}
	if arg.kind != jsText {
		return jsValue{}
	}
	switch v.text {
	case "getElementById":
		return w.firstOf(func(n *html.Node) bool { return arg.text != "" && attributeOr(n, "id", "") == arg.text })
	case "getElementsByName":
		return w.list(func(n *html.Node) bool { return attributeOr(n, "name", "") == arg.text })
	case "getElementsByTagName":
		return w.query(v.of.node, strings.ToLower(arg.text), true)
	case "getElementsByClassName":
		return w.query(v.of.node, "."+arg.text, true)
	default:
		return w.query(v.of.node, arg.text, v.text == "querySelectorAll")
	}
}

// query finds what matches a selector below root, or in the whole page for nil.
func (w *jsWorld) query(root *html.Node, text string, all bool) jsValue {
	sel, ok := parseSelector(text)
	if !ok {
		return jsValue{}
	}
	match := func(n *html.Node) bool { return sel.matches(n) && (root == nil || isBelow(n, root)) }
	if all {
		return w.list(match)
	}
	return w.firstOf(match)
}

func isBelow(n, root *html.Node) bool {
	for a := range n.Ancestors() {
		if a == root {
			return true
		}
	}
	return false
}

// globalNamed is the named access on the Window object: the element with that
// id, or a form with that name.
func (w *jsWorld) globalNamed(name string) jsValue {
	found := w.firstOf(func(n *html.Node) bool {
		return attributeOr(n, "id", "") == name || n.DataAtom == atom.Form && attributeOr(n, "name", "") == name
	})
	if found.kind == jsElement {
		return found
	}
	return jsValue{}
}

func (w *jsWorld) list(match func(*html.Node) bool) jsValue {
	v := jsValue{kind: jsList}
	if w.scripts.walks--; w.scripts.walks < 0 {
		return jsValue{}
	}
	w.page.walk(func(n *html.Node) bool {
		if w.page.order[n] < w.before && len(v.nodes) < jsMaxNodes && match(n) {
			v.nodes = append(v.nodes, n)
		}
		return true
	})
	return v
}

func (w *jsWorld) firstOf(match func(*html.Node) bool) jsValue {
	if w.scripts.walks--; w.scripts.walks < 0 {
		return jsValue{}
	}
	n := w.page.first(func(n *html.Node) bool { return w.page.order[n] < w.before && match(n) })
	if n == nil {
		return jsValue{kind: jsNull}
	}
	return jsValue{kind: jsElement, node: n}
}
