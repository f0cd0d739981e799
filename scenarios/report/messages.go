package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"github.com/idharness/harness"
)

// messagePart is a text inside an exchange: a decoded message, or the request
// or response as it travelled.
type messagePart struct {
	Title, Text string
	Open        bool
}

func partsOf(e harness.Exchange, room *budget) []messagePart {
	if room.bytes < maxShow { // spare the work
		return []messagePart{{Title: "Messages", Text: leftOut}}
	}
	var parts []messagePart
	for _, d := range e.Decoded {
		parts = append(parts, messagePart{Title: d.Name, Text: room.take(indented(d.Text)), Open: true})
	}
	request := head(e.Request.Method+" "+e.Request.URL, e.Request.Header) + body(e.Request.Header, e.Request.Body)
	parts = append(parts, messagePart{Title: "HTTP request", Text: room.take(request)})
	if e.Response.Status != 0 {
		response := head(fmt.Sprintf("%d %s", e.Response.Status, http.StatusText(e.Response.Status)), e.Response.Header) + body(e.Response.Header, e.Response.Body)
		parts = append(parts, messagePart{Title: "HTTP response", Text: room.take(response)})
	}
	return parts
}

func head(first string, header map[string][]string) string {
	var b strings.Builder
	b.WriteString(bounded(first, 4<<10) + "\n")
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			fmt.Fprintf(&b, "%s: %s\n", name, bounded(value, 4<<10))
		}
	}
	return b.String()
}

// body gives a body as people can read it: JSON and XML indented, a form with a
// field in each line.
func body(header map[string][]string, text string) string {
	if text == "" {
		return ""
	}
	if strings.HasPrefix(http.Header(header).Get("Content-Type"), "application/x-www-form-urlencoded") {
		return "\n" + form(text)
	}
	return "\n" + indented(text)
}

func form(text string) string {
	var b strings.Builder
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		for _, part := range []*string{&name, &value} {
			if plain, err := url.QueryUnescape(*part); err == nil {
				*part = plain
			}
		}
		fmt.Fprintf(&b, "%s = %s\n", name, bounded(value, 1<<10))
	}
	return b.String()
}

// indented indents JSON and XML for reading, and leaves alone what is neither
// or far too long.
func indented(text string) string {
	trimmed := strings.TrimSpace(text)
	if len(trimmed) > 4*maxShow {
		return text
	}
	switch {
	case strings.HasPrefix(trimmed, "{"), strings.HasPrefix(trimmed, "["):
		var b bytes.Buffer
		if json.Indent(&b, []byte(trimmed), "", "  ") == nil {
			return b.String()
		}
	case strings.HasPrefix(trimmed, "<") && !strings.HasPrefix(strings.ToLower(trimmed), "<!doctype"):
		doc := etree.NewDocument()
		if doc.ReadFromString(trimmed) == nil && doc.Root() != nil {
			doc.Indent(2)
			if out, err := doc.WriteToString(); err == nil {
				return strings.TrimRight(out, "\n")
			}
		}
	}
	return text
}

func indentJSON(value any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimRight(b.String(), "\n")
}
