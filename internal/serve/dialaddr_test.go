package serve

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// Go listens on [::] for 0.0.0.0 too. A container need not have ::1 then.
func TestDialAddrIsLoopbackOfAllInterfaces(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "127.0.0.1:0"} {
		l, err := Listen(t.Context(), addr, "entra.test", nil)
		if err != nil {
			t.Fatal(err)
		}
		l.Serve(http.NotFoundHandler())
		if !strings.HasPrefix(l.DialAddr(), "127.0.0.1:") {
			t.Errorf("listening on %s, DialAddr = %s", addr, l.DialAddr())
		}
		c, err := net.Dial("tcp", l.DialAddr())
		if err != nil {
			t.Errorf("listening on %s: %v", addr, err)
		} else {
			c.Close()
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
