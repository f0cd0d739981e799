package scenarios

import (
	"maps"
	"slices"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

// checkResult reports what a step expects of its result, or saves of it, that
// it never has.
func checkResult(st *step) strictyaml.Errors {
	if st.action == nil {
		return nil
	}
	var errs strictyaml.Errors
	result := resultOf(st.action)
	for _, expect := range []*strictyaml.Node{st.Expect, st.Until} {
		if expect != nil && !st.broken.in(expect) {
			result = resultBeside(st.action, expect)
			errs = append(errs, matching.CheckShape(expect, result)...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(st.Save)) {
		c := st.Save[name]
		if c.node == nil || c.node.Unresolved() || st.broken.in(st.filled.Get("save").Get(name)) {
			continue
		}
		if why, hint := result.Pick(c.path); why != "" {
			e := c.node.Errorf("%s", why)
			e.Hint = hint
			errs = append(errs, e)
		}
	}
	return errs
}

// resultBeside returns the shape of an action's result for an expectation: an
// administrator's action may be refused, and a list is then none.
func resultBeside(a action, expect *strictyaml.Node) matching.Shape {
	result, refused := resultOf(a), shape[refusedAction]()
	switch _, isAdmin := a.(*admin); {
	case !isAdmin:
		return result
	case result.IsList() && expect.Get("refused") != nil:
		return refused
	default:
		return result.Or(refused)
	}
}
