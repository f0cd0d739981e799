package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/idharness/harness/scenarios"
)

// TestControlDocsWork runs the commands of docs/control.md, in their order,
// against the demo tenant.
func TestControlDocsWork(t *testing.T) {
	text, err := os.ReadFile("../../docs/control.md")
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(block[1]) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "curl ") {
				commands = append(commands, line)
			}
		}
	}
	if len(commands) < 15 {
		t.Fatalf("docs/control.md has only %d commands", len(commands))
	}
	s, err := scenarios.Demo(scenarios.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h, report := scenarios.Up(t.Context(), s, scenarios.Options{})
	if h == nil {
		t.Fatal(report.Error)
	}
	defer h.Close()
	files := make(map[string][]byte)
	for _, command := range commands {
		c, ok := parseCurl(command)
		if !ok {
			t.Errorf("this test does not understand: %s", command)
			continue
		}
		ctx, cancel := t.Context(), context.CancelFunc(func() {})
		if c.limit > 0 {
			ctx, cancel = context.WithTimeout(ctx, c.limit)
		}
		if name, isFile := strings.CutPrefix(c.body, "@"); isFile {
			c.body = string(files[name])
		}
		req, err := http.NewRequestWithContext(ctx, c.method, strings.Replace(c.url, "http://127.0.0.1:8600", h.ControlURL(), 1), strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = c.header
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		var answer []byte
		if c.limit == 0 {
			answer, _ = io.ReadAll(resp.Body)
		}
		resp.Body.Close()
		cancel()
		files[c.output] = answer
		if resp.StatusCode >= 300 {
			t.Errorf("%s\nanswers %s: %s", command, resp.Status, answer)
		}
	}
}

type curl struct {
	method, url, body, output string
	header                    http.Header
	limit                     time.Duration
}

// parseCurl understands the curl commands of the documentation.
func parseCurl(command string) (curl, bool) {
	var words []string
	for _, match := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(command, -1) {
		words = append(words, match[1]+match[2])
	}
	c := curl{method: http.MethodGet, header: make(http.Header)}
	for i := 1; i < len(words); i++ {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch words[i] {
		case "-X":
			c.method = next
		case "-o":
			c.output = next
		case "-d":
			c.body = next
		case "-H":
			name, value, _ := strings.Cut(next, ": ")
			c.header.Set(name, value)
		case "--max-time":
			limit, err := time.ParseDuration(next + "s")
			if err != nil {
				return c, false
			}
			c.limit = limit
		case "-N":
			continue
		default:
			if strings.HasPrefix(words[i], "-") || c.url != "" {
				return c, false
			}
			c.url = words[i]
			continue
		}
		i++
	}
	return c, strings.HasPrefix(c.url, "http://127.0.0.1:8600/")
}

func TestCurlIsUnderstood(t *testing.T) {
	c, ok := parseCurl(`curl -X PUT http://127.0.0.1:8600/v1/x -H 'Content-Type: application/json' -d '{"a": "b c"}'`)
	if !ok || c.method != "PUT" || c.body != `{"a": "b c"}` || c.header.Get("Content-Type") != "application/json" {
		t.Errorf("%+v, %v", c, ok)
	}
	for _, bad := range []string{"curl --silent http://127.0.0.1:8600/x", "curl http://example.com/", "curl"} {
		if _, ok := parseCurl(bad); ok {
			t.Errorf("%s is understood", bad)
		}
	}
}
