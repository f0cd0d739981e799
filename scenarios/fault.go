package scenarios

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/idharness/harness/idp"
	"github.com/idharness/harness/internal/strictyaml"
)

// fault arms a refusal for what comes next, though nothing is wrong with it.
type fault struct {
	At      string `yaml:"at" required:"true" oneOf:"entra.signIn" doc:"Where it meets: entra.signIn."`
	Code    string `yaml:"code" required:"true" doc:"The AADSTS code."`
	Message string `yaml:"message" doc:"Instead of Entra's own text; needed where that is not known."`
	Times   int    `yaml:"times" doc:"How many sign-ins it meets. Default: 1."`
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
	if a.Times < 0 {
		errs = append(errs, n.Get("times").Errorf("times is %d; it is 1 or more", a.Times))
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
	return did(map[string]any{"at": a.At, "code": a.Code, "times": times}, nil, "Entra: %s is armed for the next %d sign-ins", a.Code, times)
}
