package browser

import "math"

// jsPage is what the scripts of a page are to each other: they share functions
// and variables.
type jsPage struct {
	scripts   []*jsRoot
	functions map[string][]jsRef
	variables map[string]jsRef // the last assignment; at is where the value begins
	submits   []jsSubmit       // found submissions, in the order in which they run
	evalOK    bool             // whether setTimeout may take a string

	done   map[jsVisit]bool
	budget int // how many more tokens are looked at
	walks  int // how many more times the page is searched
}

// jsRoot is a script where it stands in the page.
type jsRoot struct {
	*jsScript
	order int  // place of its element in the page; elements after it do not exist yet when it runs
	later bool // a module or a load handler, which runs once the page is there
}

type jsRef struct {
	script *jsRoot
	at     int // index of a function or of a token
}

// jsSubmit is a call of submit, requestSubmit or click in code that runs by itself.
type jsSubmit struct {
	script *jsRoot
	method string
	start  int // the object it is called on is tokens[start:end)
	end    int
	args   int  // index of the bracket of its arguments
	call   bool // HTMLFormElement.prototype.submit.call(form): the form is the argument
	before int  // only elements before this place exist when it runs
}

type jsVisit struct {
	script   *jsRoot
	function int
	before   int
}

// Bounds of the work on one page, over all its scripts.
const (
	jsMaxSteps = 2_000_000
	jsMaxWalks = 200
)

const wholePage = math.MaxInt

func newJSPage(evalOK bool) *jsPage {
	return &jsPage{
		functions: make(map[string][]jsRef), variables: make(map[string]jsRef), evalOK: evalOK,
		done: make(map[jsVisit]bool), budget: jsMaxSteps, walks: jsMaxWalks,
	}
}

func (p *jsPage) add(src string, order int, later bool) *jsRoot {
	root := &jsRoot{parseJS(src), order, later}
	p.scripts = append(p.scripts, root)
	for i, f := range root.functions {
		if f.name != "" {
			p.functions[f.name] = append(p.functions[f.name], jsRef{root, i})
		}
	}
	for i, t := range root.tokens {
		if t.kind == jsName && root.at(i+1).is("=") && !root.at(i-1).is(".") {
			p.variables[t.text] = jsRef{root, i + 2}
		}
	}
	return root
}

// run follows every script: first those that run while the page is read, then
// what waits for the whole page.
func (p *jsPage) run() {
	for _, later := range []bool{false, true} {
		for _, script := range p.scripts {
			if script.later != later {
				continue
			}
			before := script.order
			if later {
				before = wholePage
			}
			p.unit(script, -1, before, 0)
		}
	}
}

const jsMaxDepth = 200

// unit goes through the code of one function, or the code outside functions for
// -1, without the functions inside it.
func (p *jsPage) unit(script *jsRoot, function, before, depth int) {
	visit := jsVisit{script, function, before}
	p.budget--
	if p.done[visit] || depth > jsMaxDepth || p.budget <= 0 {
		return
	}
	p.done[visit] = true
	from, to := 0, len(script.tokens)
	if function >= 0 {
		from, to = script.functions[function].body, script.functions[function].end
	}
	var waiting []jsRef // what runs once the page is there
	for i := from; i < to && p.budget > 0; i++ {
		p.budget--
		if inside := script.inside[i]; inside != function {
			if inside < 0 {
				continue
			}
			f := script.functions[inside]
			switch {
			case f.start != i:
			case f.runs == jsAtOnce:
				p.unit(script, inside, before, depth+1)
			case f.runs == jsLater:
				waiting = append(waiting, jsRef{script, inside})
			}
			i = max(i, min(f.end, to)-1) // on to what follows the function
			continue
		}
		p.token(script, i, before, depth, &waiting)
	}
	for _, w := range waiting {
		p.unit(w.script, w.at, wholePage, depth+1)
	}
}

func (p *jsPage) token(script *jsRoot, i, before, depth int, waiting *[]jsRef) {
	t := script.at(i)
	switch {
	case t.kind == jsString && script.at(i-1).is("("):
		callee := script.at(i - 2)
		if (callee.word("setTimeout") || callee.word("setInterval")) && p.evalOK {
			p.budget -= len(t.text)
			p.unit(p.add(t.text, wholePage, true), -1, wholePage, depth+1)
		}
		return
	case t.kind != jsName:
		return
	}
	called, member := script.at(i+1).is("("), script.at(i-1).is(".")
	switch {
	case member && called && (t.text == "submit" || t.text == "requestSubmit" || t.text == "click"):
		p.submits = append(p.submits, jsSubmit{script: script, method: t.text, start: script.chainStart(i - 2), end: i - 1, args: i + 1, before: before})
	case member && t.text == "submit" && script.at(i+1).is(".") && (script.at(i+2).word("call") || script.at(i+2).word("apply")) && script.at(i+3).is("("):
		p.submits = append(p.submits, jsSubmit{script: script, method: t.text, start: i + 4, end: script.argumentEnd(i + 3), args: i + 3, call: true, before: before})
	case called:
		for _, f := range p.functions[t.text] {
			if p.budget <= 0 {
				return
			}
			p.unit(f.script, f.at, before, depth+1)
		}
	case script.at(i-1).is("=") && isLoadHandler(script.at(i-2)), script.argumentOf(i) == jsLater:
		p.budget -= len(p.functions[t.text])
		*waiting = append(*waiting, p.functions[t.text]...)
	}
}

// chainStart finds where the expression that ends with token i begins:
// document.forms[0] and the like.
func (s *jsScript) chainStart(i int) int {
	for i >= 0 {
		t := s.at(i)
		if t.is(")") || t.is("]") {
			if t.match < 0 {
				return i
			}
			i = t.match
			if isCallee(s.at(i - 1)) {
				i--
				continue
			}
			return i
		}
		if t.kind == jsPunct || !s.at(i-1).is(".") {
			return i
		}
		i -= 2
	}
	return 0
}

// argumentEnd finds the end of the first argument in the brackets at paren.
func (s *jsScript) argumentEnd(paren int) int {
	for i := paren + 1; i < s.at(paren).match; i++ {
		if t := s.at(i); t.open == paren && t.is(",") {
			return i
		}
	}
	return s.at(paren).match
}
