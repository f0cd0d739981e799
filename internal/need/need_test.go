package need

import (
	"runtime"
	"strings"
	"testing"
)

// ended is a test that notes how it ends.
type ended struct {
	testing.TB
	how string
}

func (e *ended) Fatal(reason ...any) { e.end("failed: ", reason) }
func (e *ended) Skip(reason ...any)  { e.end("skipped: ", reason) }

func (e *ended) end(how string, reason []any) {
	e.how = how + reason[0].(string)
	runtime.Goexit()
}

func TestProgram(t *testing.T) {
	for _, test := range []struct{ require, program, want string }{
		{"", "no-such-program", "skipped: no-such-program is not installed"},
		{"docker,no-such-program-2", "no-such-program", "skipped: "},
		{"docker,no-such-program", "no-such-program", "failed: no-such-program is not installed"},
		{"all", "no-such-program", "failed: "},
		{"all", "go", ""},
	} {
		t.Setenv("HARNESS_REQUIRE", test.require)
		e := &ended{TB: t}
		path, done := "", make(chan struct{})
		go func() {
			defer close(done)
			path = Program(e, test.program)
		}()
		<-done
		if !strings.HasPrefix(e.how, test.want) || (test.want == "") != (path != "") {
			t.Errorf("HARNESS_REQUIRE=%s, %s: %q, %s", test.require, test.program, e.how, path)
		}
	}
}
