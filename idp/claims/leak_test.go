package claims_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/idp/claims"
	"github.com/idharness/harness/internal/refusal"
)

// Expressions that run out of time leave nothing behind: the engine has one clock
// for all of them.
func TestExpressionsThatRunOutOfTimeLeaveNothing(t *testing.T) {
	c := claims.Configuration{RegexTimeout: 5 * time.Millisecond, Claims: []claims.Claim{{Name: "mailbox", Transform: &claims.Transform{
		Function: "RegexReplace", Inputs: []string{`"` + strings.Repeat("a", 60) + `!"`}, Regex: `^(a+)+$`, Replacement: "x",
	}}}}
	const times = 6
	before := runtime.NumGoroutine()
	for range times {
		_, err := c.Attributes(ana())
		if why, ok := refusal.From(err); !ok || why.Code != "AADSTS501621" {
			t.Fatalf("refused with %v", err)
		}
	}
	if more := runtime.NumGoroutine() - before; more > 1 {
		t.Errorf("%d goroutines more after %d expressions", more, times)
	}
}
