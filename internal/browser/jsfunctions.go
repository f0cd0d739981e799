package browser

import (
	"cmp"
	"slices"
)

// jsScript is a script and its functions.
type jsScript struct {
	tokens    []jsToken
	functions []jsFunction
	inside    []int // per token the innermost function around it, -1 for none
}

// jsFunction is a function of a script: tokens[start:end) with its body from
// body on.
type jsFunction struct {
	start, body, end int
	name             string // under which it can be called; empty for none
	runs             jsRuns // what becomes of it where it stands
}

// jsRuns says when a function runs that is not called by name.
type jsRuns byte

const (
	jsNotByItself jsRuns = iota // declared, or a handler of a click or the like
	jsAtOnce                    // called where it stands
	jsLater                     // once the page is loaded, or after a timeout
)

func parseJS(src string) *jsScript {
	s := &jsScript{tokens: lexJS(src)}
	s.findFunctions()
	slices.SortFunc(s.functions, func(a, b jsFunction) int { return cmp.Compare(a.start, b.start) })
	s.inside = make([]int, len(s.tokens))
	var stack []int
	next := 0
	for i := range s.tokens {
		for len(stack) > 0 && s.functions[stack[len(stack)-1]].end <= i {
			stack = stack[:len(stack)-1]
		}
		for ; next < len(s.functions) && s.functions[next].start == i; next++ {
			stack = append(stack, next)
		}
		s.inside[i] = -1
		if len(stack) > 0 {
			s.inside[i] = stack[len(stack)-1]
		}
	}
	return s
}

// at gives the token at i, or an empty one beyond either end.
func (s *jsScript) at(i int) jsToken {
	if i < 0 || i >= len(s.tokens) {
		return jsToken{kind: jsPunct, open: -1, match: -1}
	}
	return s.tokens[i]
}

func (s *jsScript) findFunctions() {
	for i, t := range s.tokens {
		if len(s.functions) == jsMaxFunctions {
			return
		}
		switch {
		case t.word("function"):
			s.addFunction(i)
		case t.is("=>"):
			s.addArrow(i)
		case t.is("{") && s.at(i-1).is(")"):
			s.addMethod(i)
		}
	}
}

func (s *jsScript) addFunction(start int) {
	i := start + 1
	if s.at(i).is("*") {
		i++
	}
	name := ""
	if s.at(i).kind == jsName {
		name = s.at(i).text
		i++
	}
	if !s.at(i).is("(") || s.at(i).match < 0 {
		return
	}
	body := s.at(i).match + 1
	if !s.at(body).is("{") {
		return
	}
	s.add(start, body+1, s.endOf(body), name)
}

func (s *jsScript) addArrow(arrow int) {
	start := arrow - 1
	if s.at(start).is(")") && s.at(start).match >= 0 {
		start = s.at(start).match
	}
	if start < 0 {
		return
	}
	body := arrow + 1
	if s.at(body).is("{") {
		s.add(start, body+1, s.endOf(body), "")
		return
	}
	end, open := body, s.at(arrow).open
	for end < min(len(s.tokens), body+jsMaxArrow) {
		t := s.tokens[end]
		if t.open == open && (t.is(",") || t.is(";")) || open >= 0 && end == s.tokens[open].match {
			break
		}
		if (t.is("(") || t.is("[") || t.is("{")) && t.match > end {
			end = t.match
		}
		end++
	}
	s.add(start, body, end, "")
}

// addMethod adds the name(…) {…} of an object or a class.
func (s *jsScript) addMethod(brace int) {
	open := s.at(brace - 1).match
	name := s.at(open - 1)
	if open < 1 || name.kind != jsName || s.at(open-2).word("function") || s.at(open-2).is("*") {
		return
	}
	switch name.text {
	case "if", "for", "while", "switch", "catch", "with", "function":
		return
	}
	s.add(open-1, brace+1, s.endOf(brace), name.text)
}

// endOf is the index after the bracket's partner, or the end of the script.
func (s *jsScript) endOf(bracket int) int {
	if match := s.at(bracket).match; match > bracket {
		return match + 1
	}
	return len(s.tokens)
}

func (s *jsScript) add(start, body, end int, name string) {
	if s.at(start - 1).word("async") {
		start--
	}
	f := jsFunction{start: start, body: body, end: end, name: name}
	f.runs, f.name = s.useOf(f)
	s.functions = append(s.functions, f)
}

// useOf tells from its surroundings whether a function runs by itself, and
// under which name it can be called.
func (s *jsScript) useOf(f jsFunction) (jsRuns, string) {
	before := s.at(f.start - 1)
	switch {
	case before.is("="):
		target := s.at(f.start - 2)
		if isLoadHandler(target) {
			return jsLater, ""
		}
		if target.kind == jsName {
			return jsNotByItself, target.text
		}
	case before.is(":"):
		if key := s.at(f.start - 2); key.kind == jsName && f.name == "" {
			return jsNotByItself, key.text
		}
	case s.at(f.end).is("(") && (before.is("!") || before.is("+") || before.is("-") || before.is("~") || before.word("void") || before.is("(")):
		return jsAtOnce, f.name // !function(){…}() and (function(){…}())
	case before.is("(") || before.is(","):
		if runs := s.argumentOf(f.start); runs != jsNotByItself {
			return runs, f.name
		}
		closing := s.at(f.start - 1).match
		if before.is("(") && closing == f.end && !isCallee(s.at(f.start-2)) && (s.at(closing+1).is("(") || s.at(closing+1).is(".")) {
			return jsAtOnce, f.name // (function(){…})() and (function(){…}).call(this)
		}
	}
	return jsNotByItself, f.name
}

// argumentOf tells what the call does with a function that is its argument and
// begins at token i.
func (s *jsScript) argumentOf(i int) jsRuns {
	open := s.at(i).open
	if open < 1 || !s.at(open).is("(") {
		return jsNotByItself
	}
	switch callee := s.at(open - 1); {
	case callee.kind != jsName:
		return jsNotByItself
	case callee.text == "addEventListener", callee.text == "attachEvent", callee.text == "on", callee.text == "one":
		switch s.at(open + 1).text {
		case "load", "DOMContentLoaded", "pageshow", "readystatechange", "onload", "ready":
			return jsLater
		}
	case callee.text == "setTimeout", callee.text == "setInterval", callee.text == "requestAnimationFrame", callee.text == "queueMicrotask",
		callee.text == "ready", callee.text == "$", callee.text == "jQuery":
		return jsLater
	case callee.text == "forEach", callee.text == "each", callee.text == "map":
		return jsAtOnce
	}
	return jsNotByItself
}

func isLoadHandler(t jsToken) bool {
	return t.word("onload") || t.word("onpageshow") || t.word("onreadystatechange")
}

// isCallee reports whether a "(" after t is that of a call.
func isCallee(t jsToken) bool {
	if t.kind == jsName {
		switch t.text {
		case "return", "typeof", "void", "delete", "in", "of", "else", "do", "new", "throw", "await":
			return false
		}
		return true
	}
	return t.is(")") || t.is("]")
}
