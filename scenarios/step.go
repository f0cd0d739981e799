package scenarios

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scenarios/matching"
)

// stepFrame holds the keys that every step may have beside its verb.
type stepFrame struct {
	Name    string             `yaml:"name" doc:"What the step shows."`
	Expect  *strictyaml.Node   `yaml:"expect" doc:"What its result must be."`
	Until   *strictyaml.Node   `yaml:"until" doc:"Do it again until its result is this; expect is judged once, on the last result."`
	Within  time.Duration      `yaml:"within" doc:"How long until is tried. Default: 30s."`
	Every   time.Duration      `yaml:"every" doc:"Time between two tries of until. Default: 1s."`
	Timeout time.Duration      `yaml:"timeout" doc:"How long the step may take in real time, such as 10s."`
	Save    map[string]capture `yaml:"save" doc:"Variables to keep: name to path into the result, $ for all of it."`
	Tags    []string           `yaml:"tags" doc:"Words to choose the step by, beside those of the scenario."`
}

// action is what a verb does. Its fields are the verb's argument.
type action interface {
	run(ctx context.Context, r *running) (outcome, error)
}

// declarer is an action that brings names into the scenario or takes them away.
type declarer interface{ declare(*names) }

// checker is an action with rules of its own on its argument.
type checker interface {
	check(n *strictyaml.Node) strictyaml.Errors
}

// outcome is the result of an action.
type outcome struct {
	Result  any      // JSON-like, or anything that encoding/json writes
	Account []string // what was done, for people
	Verdict verdict
}

// verdict is whether the action achieved what it was for. A step that says
// nothing about Key or Or in its expect demands success; what a service refused is
// no error of the run when the scenario expects it.
type verdict struct {
	Key     string // of the result, such as outcome or status; empty: no verdict
	Or      string // another such key
	Success bool
	Fatal   bool // unexpected, it is no failure but an error: the rest makes no sense
	Reason  string
}

// verbs are the things that a step can do. Each makes an empty argument.
var verbs = map[string]func() action{
	"exchangeMetadata":    func() action { return &exchangeMetadata{} },
	"connectProvisioning": func() action { return &connectProvisioning{} },
	"provision":           func() action { return &provision{} },
	"signIn":              func() action { return &signIn{} },
	"signOut":             func() action { return &signOut{} },
	"advance":             func() action { return &advance{} },
	"observe":             func() action { return &observe{} },
	"include":             func() action { return &include{} },
	"fault":               func() action { return &fault{} },
	"scim":                func() action { return &scimRequest{} },
	"http":                func() action { return &httpRequest{} },
	"aws":                 func() action { return &awsRequest{} },
	"entra":               func() action { return &admin{side: entraActions} },
	"identityCenter":      func() action { return &admin{side: awsActions} },
}

// step is one parsed step.
type step struct {
	stepFrame
	node   *strictyaml.Node
	filled *strictyaml.Node // the same, with the variables that are known
	verb   string
	action action
	in     *inclusion // the include that it comes from; nil: it stands in the scenario's own file
	broken places     // where something is wrong with it
}

// expectations is how many it has.
func (s *step) expectations() int {
	return matching.Count(s.Expect) + matching.Count(s.Until)
}

// argument is what the verb was given or, for the admin verbs, their action.
func (s *step) argument() action {
	if a, ok := s.action.(*admin); ok {
		return a.action
	}
	return s.action
}

// title names the step in reports.
func (s *step) title() string {
	what := s.verb
	if a, ok := s.action.(*admin); ok {
		what += " " + a.name
	}
	if s.Name != "" {
		return s.Name + " (" + what + ")"
	}
	return what
}

// parseStep reads a step whose variables have been filled in as far as they are
// known.
func parseStep(n *strictyaml.Node) (*step, strictyaml.Errors) {
	s := &step{node: n}
	if n.Kind() != strictyaml.Map {
		return s, strictyaml.Errors{n.Errorf("expected a step, which is a map with one verb, got %s", n.Kind())}
	}
	frameKeys := make(map[string]bool)
	for _, f := range strictyaml.Fields(reflect.TypeFor[stepFrame]()) {
		frameKeys[f.Name] = true
	}
	known := slices.Sorted(maps.Keys(verbs))
	var frame []strictyaml.Pair
	var errs strictyaml.Errors
	for _, pair := range n.Pairs() {
		key := pair.Key.Text()
		make, isVerb := verbs[key]
		switch {
		case frameKeys[key]:
			frame = append(frame, pair)
		case !isVerb:
			e := pair.Key.Errorf("unknown verb or key %q", key)
			if near, ok := strictyaml.Nearest(key, slices.Concat(known, slices.Sorted(maps.Keys(frameKeys)))); ok {
				e.Hint = "did you mean " + near + "?"
			} else {
				e.Hint = "a step has one of the verbs " + join(known)
			}
			errs = append(errs, e)
		case s.action != nil:
			errs = append(errs, pair.Key.Errorf("a step has one verb; this one has %s and %s", s.verb, key))
		default:
			s.verb, s.action = key, make()
			wrong := strictyaml.Decode(pair.Value, s.action)
			if c, ok := s.argument().(checker); ok && len(wrong) == 0 {
				wrong = c.check(argumentNode(s.action, pair.Value))
			}
			errs = append(errs, wrong...)
		}
	}
	if s.action == nil && len(errs) == 0 {
		e := n.Errorf("the step has no verb")
		e.Hint = "it takes one of " + join(known)
		errs = append(errs, e)
	}
	errs = append(errs, strictyaml.Decode(n.WithPairs(frame), &s.stepFrame)...)
	if tags := n.Get("tags"); tags != nil && !isKnown(tags) {
		e := tags.Errorf("tags cannot use what a step saves: they choose steps before the first one runs")
		e.Hint = "use vars or --var"
		errs = append(errs, e)
	}
	if s.Expect != nil {
		errs = append(errs, matching.Check(s.Expect)...)
	}
	errs = append(errs, s.checkUntil(n)...)
	errs = append(errs, checkSave(n)...)
	errs = append(errs, positive(n.Get("timeout"), s.Timeout)...)
	return s, errs
}

// argumentNode is where the argument of a verb or of an admin action stands.
func argumentNode(a action, n *strictyaml.Node) *strictyaml.Node {
	if _, ok := a.(*admin); ok && len(n.Pairs()) == 1 {
		return n.Pairs()[0].Value
	}
	return n
}
