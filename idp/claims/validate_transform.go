package claims

import (
	"fmt"
	"slices"
)

// checkTransform reports what is wrong with a transformation. Depth counts those
// before it in the chain.
func (m *Mistakes) checkTransform(path string, t *Transform, depth int) {
	if depth == maxChain {
		m.add(path, fmt.Sprintf("a claim can have %d transformations at most", maxChain), "")
		return
	}
	if t.Then != nil {
		defer m.checkTransform(path+".then", t.Then, depth+1)
	}
	f, ok := findFunction(t.Function)
	if !ok {
		problem := fmt.Sprintf("unknown function %q", t.Function)
		if t.Function == "" {
			problem = "a transformation needs a function"
		}
		m.add(path+".function", problem, didYouMean(t.Function, Functions()))
		return
	}
	m.checkInputs(path, t, f, depth)
	m.checkParameters(path, t, f)
}

func (m *Mistakes) checkInputs(path string, t *Transform, f function, depth int) {
	offset := 1 // of the further inputs
	if depth > 0 {
		offset = 0
	}
	least, most := offset+f.further-f.optional, offset+f.further
	switch got := len(t.Inputs); {
	case got < least || got > most:
		want := fmt.Sprintf("%d inputs", least)
		switch {
		case most > least:
			want = fmt.Sprintf("%d to %d inputs", least, most)
		case least == 1:
			want = "1 input"
		}
		hint := ""
		if depth > 0 {
			hint = "the output of the transformation before is the first input, which is not counted"
		}
		m.add(path+".inputs", fmt.Sprintf("%s takes %s here, not %d", f.name, want, got), hint)
		return
	case f.name == "RegexReplace" && t.Regex != "":
		m.checkReplacement(path, t, t.Inputs[offset:], offset)
	}
	for i, input := range t.Inputs {
		m.checkSource(fmt.Sprintf("%s.inputs[%d]", path, i), input, false, true)
	}
}

func (m *Mistakes) checkParameters(path string, t *Transform, f function) {
	for _, p := range t.parameters() {
		required := slices.Contains(f.required, p.name)
		switch {
		case required && !p.given:
			m.add(path+"."+p.name, fmt.Sprintf("%s needs %s", f.name, p.name), "")
		case p.given && !required && !slices.Contains(f.allowed, p.name):
			m.add(path+"."+p.name, fmt.Sprintf("%s has no %s", f.name, p.name), "leave it out")
		}
	}
	if t.Output != "" {
		m.checkSource(path+".output", t.Output, false, true)
	}
	if t.OutputIfNoMatch != "" {
		m.checkSource(path+".outputIfNoMatch", t.OutputIfNoMatch, false, true)
	}
	if n := t.StartIndex; n != nil && *n < 0 {
		m.add(path+".startIndex", fmt.Sprintf("%d is negative", *n), "characters are counted from 0")
	}
	if n := t.Length; n != nil && *n < 0 {
		m.add(path+".length", fmt.Sprintf("%d is negative", *n), "leave it out to take the rest")
	}
}
