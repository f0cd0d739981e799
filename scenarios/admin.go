package scenarios

import (
	"context"
	"maps"
	"slices"

	"github.com/idharness/harness/internal/strictyaml"
)

// admin is one action of an administrator on one side.
type admin struct {
	side map[string]func() action
	name string
	action
}

// UnmarshalNode reads a map with one action.
func (a *admin) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	known := slices.Sorted(maps.Keys(a.side))
	pairs := n.Pairs()
	if n.Kind() != strictyaml.Map || len(pairs) != 1 {
		e := n.Errorf("expected a map with one action")
		e.Hint = "the actions are " + join(known)
		return strictyaml.Errors{e}
	}
	key := pairs[0].Key
	make, ok := a.side[key.Text()]
	if !ok {
		e := key.Errorf("unknown action %q", key.Text())
		e.Hint = "the actions are " + join(known)
		if near, ok := strictyaml.Nearest(key.Text(), known); ok {
			e.Hint = "did you mean " + near + "?"
		}
		return strictyaml.Errors{e}
	}
	a.name, a.action = key.Text(), make()
	return strictyaml.Decode(pairs[0].Value, a.action)
}

func (a *admin) run(ctx context.Context, r *running) (outcome, error) { return a.action.run(ctx, r) }

// empty is the argument of actions that need none.
type empty struct{}

// UnmarshalNode takes {} or null.
func (empty) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	if n.Kind() == strictyaml.Null || n.Kind() == strictyaml.Map && len(n.Pairs()) == 0 {
		return nil
	}
	return strictyaml.Errors{n.Errorf("expected {}: there is nothing to say here")}
}
