package load_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/idharness/harness/internal/load"
)

func post(b []byte, i int) []byte {
	body := fmt.Sprintf("number %d", i)
	return fmt.Appendf(b, "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// Every request is sent once and gets its own response.
func TestDo(t *testing.T) {
	var mu sync.Mutex
	got := make(map[string]int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		mu.Lock()
		got[string(text)]++
		mu.Unlock()
		if strings.HasSuffix(string(text), "7") {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "seen %s", text)
	}))
	defer server.Close()
	client, err := load.Dial(server.Listener.Addr().String(), 8)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, first := range []int{0, 500} {
		if err := client.Do(first, 500, load.Work{Request: post, Check: func(i, status int, body []byte) error {
			wantStatus, want := 201, fmt.Sprintf("seen number %d", i)
			if i%10 == 7 {
				wantStatus, want = 204, ""
			}
			if status != wantStatus || string(body) != want {
				return fmt.Errorf("status %d, body %q", status, body)
			}
			return nil
		}}); err != nil {
			t.Fatal(err)
		}
	}
	if len(got) != 1000 {
		t.Errorf("%d different requests arrived, want 1000", len(got))
	}
}

// What goes wrong is reported: a response that fails its check, one without a
// length, and a server that is not there.
func TestDoFails(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if text, _ := io.ReadAll(r.Body); string(text) == "number 70" {
			w.(http.Flusher).Flush()
		}
	}))
	addr := server.Listener.Addr().String()
	for _, test := range []struct {
		first int
		want  string
	}{{0, "request 40: wrong"}, {60, "request 70: read response: no Content-Length"}} {
		client, err := load.Dial(addr, 2)
		if err != nil {
			t.Fatal(err)
		}
		err = client.Do(test.first, 50, load.Work{Request: post, Check: func(i, status int, _ []byte) error {
			if i == 40 || status != 200 {
				return fmt.Errorf("wrong")
			}
			return nil
		}})
		if err == nil || err.Error() != test.want {
			t.Errorf("error %v, want %s", err, test.want)
		}
		client.Close()
	}
	server.Close()
	if _, err := load.Dial(addr, 2); err == nil {
		t.Error("a server that is not there was reached")
	}
}
