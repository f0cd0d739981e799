package serve

import (
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
)

func TestForTestServesUntilTheTestEnds(t *testing.T) {
	var base string
	t.Run("running", func(t *testing.T) {
		err := ForTest(t, "localhost", func(b string) (http.Handler, error) {
			base = b
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.Get(base)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "hello" {
			t.Errorf("%s answered %q, %v", base, body, err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	if resp, err := http.Get(base); err == nil {
		resp.Body.Close()
		t.Errorf("%s still answers after the test", base)
	}
}

func TestForTestFreesThePortWhenThereIsNoHandler(t *testing.T) {
	var base string
	want := errors.New("no handler")
	if err := ForTest(t, "127.0.0.1", func(b string) (http.Handler, error) { base = b; return nil, want }); !errors.Is(err, want) {
		t.Fatalf("ForTest = %v, want %v", err, want)
	}
	l, err := net.Listen("tcp", base[len("http://"):])
	if err != nil {
		t.Fatalf("the port is still taken: %v", err)
	}
	l.Close()
}

func TestBaseURL(t *testing.T) {
	for in, want := range map[string]string{
		"http://localhost:8400": "http://localhost:8400", "https://entra.test/": "https://entra.test", "http://[::1]:8400": "http://[::1]:8400",
		"localhost:8400": "", "http://": "", "ftp://x": "", "http://x/y": "", "http://x?y": "", "http://x#y": "", "http://u:p@x": "", "": "",
	} {
		got, err := BaseURL(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("BaseURL(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}
