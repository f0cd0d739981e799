package matching

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"

	"github.com/idharness/harness/internal/strictyaml"
)

// Check finds what is wrong with an expectation before anything is received:
// unknown matchers, wrong arguments, matchers beside ordinary keys. Variables
// without a value are left for later.
func Check(expect *strictyaml.Node) strictyaml.Errors {
	var errs strictyaml.Errors
	if expect != nil {
		check(expect, func(e *strictyaml.Error) { errs = append(errs, e) })
	}
	return strictyaml.Join(errs)
}

const dollarHint = "a key that itself begins with $ is written with one more: $$ref"

func check(n *strictyaml.Node, fail func(*strictyaml.Error)) {
	if number, ok := n.Value().(float64); ok && (math.IsNaN(number) || math.IsInf(number, 0)) {
		fail(n.Errorf("no value is ever received as %s", n.Text()))
	}
	for _, item := range n.Items() {
		check(item, fail)
	}
	if isMatcher(n) {
		checkTogether(n, fail)
	}
	hasMatcher := slices.ContainsFunc(n.Pairs(), func(p strictyaml.Pair) bool { return isMatcherKey(p.Key) })
	for _, pair := range n.Pairs() {
		key := pair.Key.Text()
		switch {
		case !hasMatcher:
			check(pair.Value, fail)
		case pair.Key.Unresolved():
		case !isMatcherKey(pair.Key):
			err := pair.Key.Errorf("the key %q cannot stand beside a matcher", key)
			err.Hint = dollarHint
			fail(err)
		case !slices.Contains(names(), key):
			err := pair.Key.Errorf("unknown matcher %q; matchers are %s", key, strings.Join(names(), ", "))
			if near, ok := strictyaml.Nearest(key, names()); ok {
				err.Message = fmt.Sprintf("unknown matcher %q; did you mean %q?", key, near)
			}
			err.Hint = dollarHint
			fail(err)
		case pair.Value.Unresolved():
		default:
			checkArgument(key, pair.Value, fail)
		}
	}
}

// checkArgument checks the argument of a known matcher.
func checkArgument(name string, arg *strictyaml.Node, fail func(*strictyaml.Error)) {
	kind := arg.Kind()
	want := func(what string) { fail(arg.Errorf("%s takes %s, not %s", name, what, kind)) }
	switch name {
	case contains:
		switch {
		case kind == strictyaml.Null:
			want("a list")
		case kind == strictyaml.List && len(arg.Items()) == 0:
			fail(arg.Errorf("%s with an empty list asks for nothing", name))
		default:
			check(arg, fail)
		}
	case set:
		if kind != strictyaml.List {
			want("a list")
			return
		}
		check(arg, fail)
	case matches:
		if kind != strictyaml.String {
			want("a regular expression")
			return
		}
		if _, err := regexp.Compile(arg.Text()); err != nil {
			e := arg.Errorf("%s cannot read the regular expression: %v", name, err)
			if broken, ok := errors.AsType[*syntax.Error](err); ok {
				e.Message = fmt.Sprintf("%s cannot read the regular expression: %s: %q", name, broken.Code, broken.Expr)
			}
			fail(e)
		}
	case exists:
		if kind != strictyaml.Bool {
			want("true or false")
		}
	case anything:
		if arg.Value() != true {
			want("nothing but true")
		}
	case not:
		check(arg, fail)
	case length:
		size, isInt := arg.Value().(int)
		switch {
		case isMatcher(arg):
			check(arg, fail)
		case !isInt:
			want("a whole number or a matcher")
		case size < 0:
			fail(arg.Errorf("no length is %d", size))
		}
	default:
		checkLimit(name, arg, fail, want)
	}
}

// checkLimit checks the argument of $gt and its like.
func checkLimit(name string, arg *strictyaml.Node, fail func(*strictyaml.Error), want func(string)) {
	switch arg.Kind() {
	case strictyaml.Int, strictyaml.Float:
		check(arg, fail)
	case strictyaml.String:
		_, timeErr := time.Parse(time.RFC3339, arg.Text())
		_, durationErr := strictyaml.ParseDuration(arg.Text())
		if timeErr != nil && durationErr != nil {
			err := arg.Errorf("%s takes a number, a duration such as 40m or a time such as 2026-01-05T09:00:00Z, not %q", name, arg.Text())
			if number := arg.Text(); strings.Trim(number, "-0123456789.") == "" {
				err.Hint = "write the number without quotes"
			}
			fail(err)
		}
	default:
		want("a number, a duration or a time")
	}
}
