package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/idharness/harness/internal/strictyaml"
)

// overdue is the cause with which a context ends that a timeout has ended.
type overdue struct {
	what  string // step or scenario
	limit time.Duration
}

func (o *overdue) Error() string {
	return fmt.Sprintf("the %s took longer than its timeout of %s", o.what, short(o.limit))
}

// withTimeout ends a context after a time. Zero is no limit.
func withTimeout(ctx context.Context, what string, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, limit, &overdue{what, limit})
}

// ended says why a context has ended, at the place in the file that ended it.
func (s *Scenario) ended(ctx context.Context, st *step) *strictyaml.Error {
	cause := context.Cause(ctx)
	var late *overdue
	switch {
	case errors.As(cause, &late) && late.what == "step":
		return st.node.Get("timeout").Errorf("%s: %v", st.title(), cause)
	case errors.As(cause, &late):
		e := st.node.Errorf("%s: %v", st.title(), cause)
		if at := s.file.Root().Get("timeout"); at != nil {
			e.Hint = "the timeout stands at " + at.Pos().String()
		}
		return e
	default:
		return st.node.Errorf("%s: %v", st.title(), interruption(ctx))
	}
}
