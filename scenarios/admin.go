package scenarios

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/idharness/harness"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/sp/identitystore"
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

// refusedAction is the result of an action that was refused.
type refusedAction struct {
	Refused struct {
		Code        string              `json:"code"`
		Message     string              `json:"message"`
		Explanation harness.Explanation `json:"explanation"`
	} `json:"refused"`
}

// run does the action. What the service refuses is a result, so that a scenario
// can show it: limits and rules are part of what a service does.
func (a *admin) run(ctx context.Context, r *running) (outcome, error) {
	out, err := a.action.run(ctx, r)
	why, ok := refusalOf(err)
	if !ok {
		return out, err
	}
	var result refusedAction
	result.Refused.Code, result.Refused.Message = why.Code, why.Message
	result.Refused.Explanation = harness.Explanation{Expected: why.Expected, Got: why.Got, Where: why.Where, Fix: string(why.Fix), Hint: why.Hint}
	reason := err.Error()
	if !strings.Contains(reason, why.Code) { // an error of the store says no more than its text
		reason = why.Error()
	}
	return outcome{
		Result: result, Account: []string{"Refused: " + why.Error()},
		Verdict: verdict{Key: "refused", Fatal: true, Reason: reason},
	}, nil
}

// storeCode is the name that AWS's APIs have for a refusal of the identity store.
func storeCode(k identitystore.Kind) string {
	switch k {
	case identitystore.Conflict:
		return "ConflictException"
	case identitystore.NotFound:
		return "ResourceNotFoundException"
	default:
		return "ValidationException"
	}
}

// refusalOf finds a service's refusal in err's chain.
func refusalOf(err error) (*refusal.Refusal, bool) {
	var store *identitystore.Error
	if !errors.As(err, &store) {
		return refusal.From(err)
	}
	return &refusal.Refusal{
		Code: storeCode(store.Kind), Message: store.Message,
		Expected: store.Expected, Got: store.Value, Where: store.Attribute, Fix: refusal.IdentityCenter,
	}, true
}

// empty is the argument of actions that need none.
type empty struct{}

// UnmarshalNode takes {} or null.
func (empty) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	if n.Kind() == strictyaml.Null || n.Kind() == strictyaml.Map && len(n.Pairs()) == 0 {
		return nil
	}
	return strictyaml.Errors{n.Errorf("expected {}: there is nothing to say here")}
}
