package scimmock_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestClientsReplayed plays what two AWS sync clients send, run after run, from
// the files in testdata/clients, which say how to read them. A run that writes
// nothing reads what would make the client write nothing.
func TestClientsReplayed(t *testing.T) {
	files, err := filepath.Glob("testdata/clients/*.txt")
	if err != nil || len(files) < 2 {
		t.Fatalf("files %v, %v: want at least two", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := &replay{endpoint: run(t), kept: make(map[string]string)}
			r.play(t, string(text))
			if r.runs < 4 || r.quiet < 2 || r.requests < 20 {
				t.Errorf("%d runs, %d of them without writing, %d requests: the file is not what it was", r.runs, r.quiet, r.requests)
			}
		})
	}
}

type replay struct {
	*endpoint
	headers, bodyHeaders  []string
	kept                  map[string]string // name -> id
	runs, quiet, requests int
}

func (r *replay) play(t *testing.T, text string) {
	before, quiet, name := r.store.Snapshot(), false, ""
	endRun := func() {
		if quiet {
			r.unchanged(before, name)
			r.quiet++
		}
	}
	var last response
	for i, line := range strings.Split(text, "\n") {
		switch {
		case line == "", strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "header "), strings.HasPrefix(line, "body-header "):
			kind, rest, _ := strings.Cut(line, " ")
			key, value, _ := strings.Cut(rest, ": ")
			if kind == "header" {
				r.headers = append(r.headers, key, value)
			} else {
				r.bodyHeaders = append(r.bodyHeaders, key, value)
			}
		case strings.HasPrefix(line, "run "):
			endRun()
			r.clock.Advance(time.Hour)
			before, quiet, name = r.store.Snapshot(), strings.HasSuffix(line, "writes nothing"), line
			r.runs++
		case strings.HasPrefix(line, "  "):
			if last.t == nil {
				t.Fatalf("line %d: an answer without a request", i+1)
			}
			r.expect(fmt.Sprintf("line %d", i+1), last, strings.Fields(line))
		default:
			parts := strings.SplitN(line, " ", 3)
			if len(parts) < 2 || quiet && parts[0] != "GET" {
				t.Fatalf("line %d: %s", i+1, line)
			}
			header := append([]string{"Content-Type", ""}, r.headers...)
			body := ""
			if len(parts) == 3 {
				body = r.fill(parts[2])
				header = append(header, r.bodyHeaders...)
			}
			last = r.do(parts[0], r.fill(parts[1]), body, header...)
			r.requests++
		}
	}
	endRun()
}

// fill puts what was kept into the place of {name}.
func (r *replay) fill(text string) string {
	for name, id := range r.kept {
		text = strings.ReplaceAll(text, "{"+name+"}", id)
	}
	return text
}

// expect checks the status and the values at paths; path->name keeps one.
func (r *replay) expect(where string, got response, want []string) {
	r.t.Helper()
	if status, err := strconv.Atoi(want[0]); err != nil || got.status != status {
		r.t.Fatalf("%s: status %d, want %s; %s", where, got.status, want[0], got.body)
	}
	for _, one := range want[1:] {
		if path, name, keep := strings.Cut(one, "->"); keep {
			r.kept[name] = fmt.Sprint(valueAt(got, path))
			continue
		}
		path, value, ok := strings.Cut(one, "=")
		value = strings.ReplaceAll(r.fill(value), "_", " ")
		found := fmt.Sprint(valueAt(got, path))
		if !ok || found != value {
			r.t.Errorf("%s: %s is %q, want %q; %s", where, path, found, value, got.body)
		}
	}
}

// valueAt reads a value by a path of names and numbers with dots between them.
func valueAt(got response, path string) any {
	var keys []any
	for part := range strings.SplitSeq(path, ".") {
		if n, err := strconv.Atoi(part); err == nil {
			keys = append(keys, n)
		} else {
			keys = append(keys, part)
		}
	}
	value := got.json(keys...)
	if value == nil {
		return "null"
	}
	if text, isText := value.(string); isText {
		return text
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return string(text)
}
