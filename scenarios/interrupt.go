package scenarios

import (
	"context"
	"fmt"
	"time"
)

// finallyGrace is how long finally may go on when the run was interrupted.
const finallyGrace = time.Minute

// lasting returns a context that outlives ctx by grace, for the steps that run
// in any case. The caller cancels it.
func lasting(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-longer.Done():
		}
	})
	return longer, func() { stop(); cancel() }
}

// interruption says why a run was interrupted; nil if it was not.
func interruption(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("interrupted: %w", context.Cause(ctx))
}
