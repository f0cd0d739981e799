package matching

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
)

// CheckShape finds the parts of an expectation that no value of a shape can
// meet, or that every value meets: keys that there never are, values of another
// type, texts that are not among the possible ones. It wants an expectation
// that Check has nothing against.
func CheckShape(expect *strictyaml.Node, s Shape) strictyaml.Errors {
	var c shapeCheck
	if expect != nil {
		c.value(expect, s, nil)
	}
	return strictyaml.Join(c.errs)
}

type shapeCheck struct{ errs strictyaml.Errors }

func (c *shapeCheck) fail(n *strictyaml.Node, hint, format string, args ...any) {
	e := n.Errorf(format, args...)
	e.Hint = hint
	c.errs = append(c.errs, e)
}

func (c *shapeCheck) value(n *strictyaml.Node, s Shape, at *path) {
	is, want := s.form(), kindOfNode(n)
	switch {
	case is == unknown || n.Unresolved():
	case isMatcher(n):
		for _, pair := range n.Pairs() {
			if !pair.Key.Unresolved() && !pair.Value.Unresolved() {
				c.matcher(pair.Key.Text(), pair.Value, s, at)
			}
		}
	case want == unknown: // null, which a key that is left out has too
	case want == object && (is == object || is == mapping):
		for _, pair := range n.Pairs() {
			c.key(pair, s, at)
		}
	case want == list && is == list:
		elem, _ := s.Elem()
		for i, item := range n.Items() {
			c.value(item, elem, at.element(i))
		}
	case want == is && is == text && len(s.oneOf) > 0:
		if word := n.Text(); word != "" && !slices.Contains(s.oneOf, word) {
			c.fail(n, "", "%s is never %q%s", at, word, among(word, s.oneOf))
		}
	case want != is:
		hint := ""
		switch {
		case is == list && want == object:
			hint = "for a list of one, write [{…}]; for one among several {$contains: …}"
		case is == list:
			hint = "for a list of one, write [" + n.Text() + "]; for one among several {$contains: " + n.Text() + "}"
		case is == text && n.IsScalar():
			hint = fmt.Sprintf("for text, put it in quotes: %q", n.Text())
		case (is == numeric || is == boolean) && want == text:
			hint = "write it without quotes"
		}
		c.fail(n, hint, "%s is %s, which %s never equals", subjectAt(at), is, phrase(n))
	}
}

// phrase names a value of the file.
func phrase(n *strictyaml.Node) string {
	switch n.Kind() {
	case strictyaml.String:
		return fmt.Sprintf("the text %q", n.Text())
	case strictyaml.Int, strictyaml.Float:
		return "the number " + n.Text()
	case strictyaml.Bool:
		return n.Text()
	default:
		return n.Kind().String()
	}
}

func among(word string, known []string) string {
	if near, ok := strictyaml.Nearest(word, known); ok {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return "; it is one of " + strings.Join(known, ", ")
}

func (c *shapeCheck) key(pair strictyaml.Pair, s Shape, at *path) {
	if pair.Key.Unresolved() {
		return
	}
	name := literalKey(pair.Key.Text())
	inner, ok := s.field(name)
	if ok {
		c.value(pair.Value, inner, at.child(name))
		return
	}
	message, hint := s.lacks(name, at)
	c.fail(pair.Key, hint, "%s", message)
}

// lacks says that an object never has a key.
func (s Shape) lacks(name string, at *path) (message, hint string) {
	known := s.fieldNames()
	message = fmt.Sprintf("%s never has a key %q", subjectAt(at), name)
	if near, ok := strictyaml.Nearest(name, known); ok {
		return message + fmt.Sprintf("; did you mean %q?", near), ""
	}
	const most = 12
	if len(known) > most {
		known = append(known[:most:most], "…")
	}
	return message, "there are " + strings.Join(known, ", ")
}

// subjectAt names a part of the result.
func subjectAt(at *path) string {
	if at == nil {
		return "the result"
	}
	return at.String()
}

// matcher checks the argument of a matcher that is known and well formed.
func (c *shapeCheck) matcher(name string, arg *strictyaml.Node, s Shape, at *path) {
	is := s.form()
	switch name {
	case exists, anything:
	case not:
		c.value(arg, s, at)
	case contains, set:
		switch {
		case is == list:
			elem, _ := s.Elem()
			for _, item := range listed(arg) {
				c.value(item, elem, at.element(whichever))
			}
		case name == contains && is == text:
			c.parts(arg, s, at)
		default:
			c.fail(arg, "", "%s is %s, on which %s never holds", subjectAt(at), is, name)
		}
	case matches:
		c.pattern(arg, s, at)
	case length:
		if is == numeric || is == boolean {
			c.fail(arg, "", "%s is %s and has no length", subjectAt(at), is)
		}
	default:
		c.limit(name, arg, is, at)
	}
}

// parts checks the parts that a text is to contain.
func (c *shapeCheck) parts(arg *strictyaml.Node, s Shape, at *path) {
	for _, part := range listed(arg) {
		word := part.Text()
		switch {
		case part.Unresolved():
		case part.Kind() != strictyaml.String:
			c.fail(part, "", "%s is text, of which %s is no part", subjectAt(at), phrase(part))
		case len(s.oneOf) > 0 && !slices.ContainsFunc(s.oneOf, func(known string) bool { return strings.Contains(known, word) }):
			c.fail(part, "", "%s never contains %q; it is one of %s", at, word, strings.Join(s.oneOf, ", "))
		}
	}
}

func (c *shapeCheck) pattern(arg *strictyaml.Node, s Shape, at *path) {
	if is := s.form(); is != text {
		c.fail(arg, "", "%s is %s, on which $matches never holds", subjectAt(at), is)
		return
	}
	expression, err := regexp.Compile(arg.Text())
	if err == nil && len(s.oneOf) > 0 && !slices.ContainsFunc(s.oneOf, expression.MatchString) {
		c.fail(arg, "", "%s never matches this; it is one of %s", at, strings.Join(s.oneOf, ", "))
	}
}

func (c *shapeCheck) limit(name string, arg *strictyaml.Node, is form, at *path) {
	limit := kindOfNode(arg)
	if is != limit {
		c.fail(arg, "", "%s is %s, on which %s with %s never holds", subjectAt(at), is, name, phrase(arg))
	}
}
