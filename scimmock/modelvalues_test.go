package scimmock_test

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// setText gives an attribute a text. Null and nothing are one state; an empty
// text is refused, as are others than texts.
func setText(in object, name string, v any, wrong *refusal) {
	s, ok := v.(string)
	switch {
	case v == nil:
		delete(in, name)
	case !ok || s == "":
		wrong.add(400)
	default:
		in[name] = s
	}
}

// checkTexts checks lengths and characters, and names that are reserved.
func checkTexts(name string, v any, wrong *refusal) {
	switch v := v.(type) {
	case object:
		for sub, inner := range v {
			checkTexts(sub, inner, wrong)
		}
		if _, user := v["userName"]; !user && v["displayName"] != nil {
			checkReserved(v["displayName"], wrong)
		}
	case []any:
		for _, inner := range v {
			checkTexts("", inner, wrong)
		}
	case string:
		most, spaces := 1024, "\t\n\r "
		switch name {
		case "userName":
			most, spaces = 128, ""
			checkReserved(v, wrong)
		case "externalId":
			most, spaces = 256, ""
		}
		wrong.need(utf8.RuneCountInString(v) <= most)
		for _, r := range v {
			wrong.need(strings.ContainsRune(spaces, r) || visible.MatchString(string(r)))
		}
	}
}

func checkReserved(name any, wrong *refusal) {
	s, _ := name.(string)
	wrong.need(!strings.EqualFold(s, "Administrator") && !strings.EqualFold(s, "AWSAdministrators"))
}

var visible = regexp.MustCompile(`^[\p{L}\p{M}\p{S}\p{N}\p{P}]$`)

func setBool(in object, name string, v any, wrong *refusal) {
	switch s, _ := v.(string); {
	case v == true || strings.EqualFold(s, "true"):
		in[name] = true
	case v == false || v == nil || strings.EqualFold(s, "false"):
		in[name] = false
	default:
		wrong.add(400)
	}
}
