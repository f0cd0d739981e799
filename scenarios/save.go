package scenarios

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

// capture is what a step keeps of its result.
type capture struct {
	Path    string `yaml:"path" required:"true" doc:"Where in the result it stands, such as $.body.id; $ is all of it."`
	Matches string `yaml:"matches" doc:"A regular expression: what its first group finds in the text there is kept, or all that it finds."`

	node    *strictyaml.Node // where the path stands
	path    matching.Path
	pattern *regexp.Regexp
}

// UnmarshalNode reads a path, or a map with one.
func (c *capture) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	var errs strictyaml.Errors
	if n.Kind() == strictyaml.Map {
		type plain capture
		errs = strictyaml.Decode(n, (*plain)(c))
		c.node = n.Get("path")
	} else {
		errs = strictyaml.Decode(n, &c.Path)
		c.node = n
	}
	if len(errs) > 0 || c.node == nil {
		return errs
	}
	var err error
	if c.path, err = matching.ParsePath(c.Path); err != nil && !c.node.Unresolved() {
		errs = append(errs, atText(c.node, err))
	}
	if pattern := n.Get("matches"); pattern != nil && !pattern.Unresolved() {
		if c.pattern, err = regexp.Compile(c.Matches); err != nil {
			errs = append(errs, pattern.Errorf("%v", err))
		}
	}
	return errs
}

// atText places a mistake in a path at the character that it is about.
func atText(n *strictyaml.Node, err error) *strictyaml.Error {
	e := n.Errorf("%v", err)
	var mistake *matching.PathError
	if errors.As(err, &mistake) {
		if pos, exact := strictyaml.TextPos(n, "", mistake.Offset); exact {
			e = n.ErrorAt(pos, mistake.Message, "")
		}
	}
	return e
}

// take returns what is to be kept of a result.
func (c *capture) take(result any) (any, error) {
	value, err := c.path.Pick(result)
	if err != nil || c.pattern == nil {
		return value, err
	}
	text, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("%s is no text that %s could match", c.Path, c.pattern)
	}
	found := c.pattern.FindStringSubmatch(text)
	if found == nil {
		return nil, fmt.Errorf("nothing at %s matches %s", c.Path, c.pattern)
	}
	return found[min(1, len(found)-1)], nil
}

// checkSave checks the names under which a step saves.
func checkSave(n *strictyaml.Node) strictyaml.Errors {
	var errs strictyaml.Errors
	for _, pair := range n.Get("save").Pairs() {
		if name := pair.Key.Text(); !isVariable(name) && !pair.Key.Unresolved() {
			errs = append(errs, pair.Key.Errorf("%q is no name for a variable: use letters, digits and _", name))
		}
	}
	return errs
}

// save keeps what a step wants to keep of its result.
func (s *StepReport) save(r *running, st *step, vars *variables, result any) {
	var errs strictyaml.Errors
	for _, name := range slices.Sorted(maps.Keys(st.Save)) {
		c := st.Save[name]
		value, err := c.take(result)
		if err != nil {
			errs = append(errs, c.node.Errorf("save %s: %v", name, err))
			continue
		}
		if r.scenario.declaresSecret(name) && tooShort(value) {
			errs = append(errs, c.node.Errorf("save %s: it is declared a secret, and is shorter than %d bytes: nothing could be read any more if it were masked", name, minDeclared))
			continue
		}
		r.concealVariables(map[string]any{name: value})
		vars.set(name, value)
	}
	if len(errs) > 0 && s.Status == Passed { // otherwise it is most likely why the step did not pass
		s.fail(errs...)
	}
}
