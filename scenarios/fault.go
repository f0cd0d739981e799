package scenarios

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/refusal"
	"github.com/idharness/harness/internal/strictyaml"
	"github.com/idharness/harness/scimmock"
)

// fault arms something that goes wrong with what comes next, though nothing is
// wrong with it.
type fault struct {
	At      string `yaml:"at" required:"true" oneOf:"entra.signIn|scim" doc:"Where it meets: sign-ins at Entra, or requests to the SCIM endpoint."`
	Code    string `yaml:"code" doc:"The AADSTS code; at entra.signIn."`
	Message string `yaml:"message" doc:"Instead of Entra's own text; needed where that is not known."`
	Clear   bool   `yaml:"clear" doc:"Disarm all faults there instead of arming one."`

	scimmock.Fault // at scim, and times at both
}

// code is the number of the AADSTS code.
func (a *fault) code() (int, error) {
	digits, ok := strings.CutPrefix(a.Code, "AADSTS")
	number, err := strconv.Atoi(digits)
	if !ok || err != nil || number <= 0 {
		return 0, fmt.Errorf("code is %q; it is AADSTS and a number", a.Code)
	}
	return number, nil
}

func (a *fault) check(n *strictyaml.Node) strictyaml.Errors {
	var errs strictyaml.Errors
	if a.Clear {
		for _, pair := range n.Pairs() {
			if key := pair.Key.Text(); key != "at" && key != "clear" {
				errs = append(errs, pair.Key.Errorf("clear takes nothing beside it"))
			}
		}
		return errs
	}
	for _, pair := range n.Pairs() {
		key := pair.Key.Text()
		ofEntra := key == "code" || key == "message"
		if key != "at" && key != "times" && ofEntra == (a.At == "scim") {
			errs = append(errs, pair.Key.Errorf("%s is no setting of a fault at %s", key, a.At))
		}
	}
	if len(errs) > 0 {
		return errs
	}
	if a.At == "scim" {
		if err := a.Fault.Check(); err != nil {
			why, _ := refusal.From(err)
			errs = append(errs, explain(n, why.Where, fmt.Errorf("%s is %s; it should be %s", why.Where, why.Got, why.Expected)))
		}
		return errs
	}
	if a.Times < 0 {
		errs = append(errs, n.Get("times").Errorf("times is %d; it is 1 or more", a.Times))
	}
	if n.Get("code") == nil {
		return append(errs, n.Errorf("a fault at entra.signIn needs a code"))
	}
	at := n.Get("code")
	if at == nil || at.Unresolved() {
		return errs
	}
	number, err := a.code()
	if err != nil {
		return append(errs, at.Errorf("%v", err))
	}
	if a.Message == "" && n.Get("message") == nil && !idp.KnowsFault(number) {
		errs = append(errs, at.Errorf("the text of %s is not known; give a message", a.Code))
	}
	return errs
}

func (a *fault) run(_ context.Context, r *running) (outcome, error) {
	switch {
	case a.Clear && a.At == "scim":
		return did(scimFaults{a.At, r.h.SCIM.ClearFaults()}, nil, "SCIM endpoint: faults disarmed")
	case a.Clear:
		r.h.Entra.ClearFaults()
		return did(signInFault{At: a.At}, nil, "Entra: faults disarmed")
	case a.At == "scim":
		err := r.h.SCIM.Fail(a.Fault)
		return did(scimFaults{a.At, r.h.SCIM.Faults()}, err, "SCIM endpoint: a fault is armed: %s", &a.Fault)
	}
	number, err := a.code()
	if err != nil {
		return outcome{}, err
	}
	var message []string
	if a.Message != "" {
		message = []string{a.Message}
	}
	times := cmp.Or(a.Times, 1)
	for range times {
		if err := r.h.Entra.FailNext(number, message...); err != nil {
			return outcome{}, err
		}
	}
	return did(signInFault{a.At, a.Code, times}, nil, "Entra: %s is armed for the next %d sign-ins", a.Code, times)
}
