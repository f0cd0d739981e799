package inspect

import (
	"net/url"
	"regexp"
	"strings"
)

// found is an encoded message and what stood around it.
type found struct {
	source    string // the form it was found in, for people
	parameter string // SAMLRequest or SAMLResponse; empty when it stood alone
	value     string // as it came
	escaped   bool   // value is escaped as in a query

	rawQuery   string // the parameters of the Redirect binding, as they came
	relayState *string
}

// parameterName finds where a parameter may begin: name=value as in a query or
// form, or name: value as browsers list the fields of a form.
var parameterName = regexp.MustCompile(`(?:^|[?&\s"'<>(;,])(SAMLRequest|SAMLResponse)(=|:[ \t]*)`)

// locate finds the messages of an input.
func locate(input string) ([]found, error) {
	text := strings.TrimSpace(strings.TrimPrefix(input, "\ufeff"))
	switch {
	case text == "":
		return nil, &Error{Message: "there is nothing to decode"}
	case strings.HasPrefix(text, "-----BEGIN "):
		return nil, &Error{Message: "this is a certificate or a key in PEM, no message", Hint: "certificates of the sender go to --cert, the receiver's key to --key"}
	case text[0] == '<' && !strings.HasPrefix(text, "< "): // so curl marks a header
		if all := locateHTML(text); len(all) > 0 {
			return all, nil
		}
		return []found{{source: "XML", value: text}}, nil
	case text[0] == '{' || text[0] == '[':
		all, err := locateJSON(text)
		if err == nil || !parameterName.MatchString(text) {
			return all, err
		}
		// A line of a log may begin with a bracket too.
	}
	if matches := parameterName.FindAllStringSubmatchIndex(text, -1); len(matches) > 0 {
		var all []found
		end := 0
		for _, m := range matches {
			if m[2] < end {
				continue // another parameter of the same query
			}
			var f found
			f, end = parameterAt(text, m[2], text[m[2]:m[3]], m[5])
			if text[m[4]] == ':' {
				f = found{source: "form field", parameter: f.parameter, value: text[m[5]:end]}
			}
			all = append(all, f)
		}
		return all, nil
	}
	return []found{{source: "bare value", value: strings.Trim(text, "\"'`,; \t\r\n")}}, nil
}

// parameterAt reads the query or form body around a parameter whose name begins
// at start and whose value begins at value. It returns where that ends.
func parameterAt(text string, start int, name string, value int) (found, int) {
	begin := start
	for begin > 0 && !strings.ContainsRune(" \t\r\n\"'`<>", rune(text[begin-1])) {
		begin--
	}
	end := value + extent(text[value:])
	whole := text[begin:end]
	f := found{source: "form body", parameter: name, escaped: true}
	if before, query, ok := strings.Cut(whole, "?"); ok && !strings.Contains(before, "=") {
		f.source = "URL"
		whole, _, _ = strings.Cut(query, "#")
	}
	// Separators that a page or a log has escaped.
	whole = strings.NewReplacer("&amp;", "&", `\u0026`, "&").Replace(whole)
	f.rawQuery = whole
	for pair := range strings.SplitSeq(whole, "&") {
		key, raw, _ := strings.Cut(pair, "=")
		switch key {
		case name:
			if f.value == "" {
				f.value = raw
			}
		case "RelayState":
			if state, err := url.QueryUnescape(raw); err == nil {
				f.relayState = &state
			}
		}
	}
	return f, end
}

var continuation = regexp.MustCompile(`^[A-Za-z0-9+/_=%&.*~:-]+$`)

// extent says how far a value reaches. Terminals and mail wrap long lines and
// a + may have become a space, so white space ends it only before something that
// cannot go on as base64.
func extent(text string) int {
	if n := strings.IndexAny(text, "\"'`<>"); n >= 0 {
		text = text[:n]
	}
	end := strings.IndexAny(text, " \t\r\n")
	if end < 0 {
		return len(text)
	}
	for end < len(text) {
		rest := text[end:]
		next := strings.TrimLeft(rest, " \t\r\n")
		gap := rest[:len(rest)-len(next)]
		word := next
		if n := strings.IndexAny(next, " \t\r\n"); n >= 0 {
			word = next[:n]
		}
		wrapped := strings.Contains(gap, "\n")
		switch {
		case word == "" || !continuation.MatchString(word) || strings.ContainsAny(word, ".:*~"):
			return end
		case !wrapped && len(word) < 16 && !strings.HasSuffix(word, "="):
			return end
		}
		end += len(gap) + len(word)
	}
	return end
}
