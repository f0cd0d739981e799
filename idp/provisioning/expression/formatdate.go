package expression

import (
	"slices"
	"strings"
)

// The positions of FormatDateTime's arguments.
const (
	formatSource = iota
	formatStyles
	formatInput
	formatOutput
)

// dateTimeStyles are the members of .NET's DateTimeStyles.
var dateTimeStyles = []string{
	"None", "AllowLeadingWhite", "AllowTrailingWhite", "AllowInnerWhite", "AllowWhiteSpaces",
	"NoCurrentDateDefault", "AdjustToUniversal", "AssumeLocal", "AssumeUniversal", "RoundtripKind",
}

func checkFormats(n *callNode) error {
	for _, i := range []int{formatInput, formatOutput} {
		if constant, ok := n.args[i].(*textNode); ok {
			if _, err := parseFormat(constant.text); err != nil {
				return &SyntaxError{Offset: constant.at, Message: "the date format is wrong: " + err.Error(), Hint: "see .NET custom date and time format strings"}
			}
		}
	}
	if constant, ok := n.args[formatStyles].(*textNode); ok {
		if unknown := unknownStyle(constant.text); unknown != "" {
			return &SyntaxError{Offset: constant.at, Message: "unknown date and time style " + unknown, Hint: "any of " + strings.Join(dateTimeStyles, ", ")}
		}
	}
	return nil
}

// styles splits "DateTimeStyles.AssumeUniversal, AllowTrailingWhite".
func styles(text string) []string {
	var out []string
	for name := range strings.SplitSeq(text, ",") {
		out = append(out, strings.TrimPrefix(strings.TrimSpace(name), "DateTimeStyles."))
	}
	return out
}

func unknownStyle(text string) string {
	for _, name := range styles(text) {
		if !slices.Contains(dateTimeStyles, name) {
			return name
		}
	}
	return ""
}

func formatDateTime(c *call) (Value, error) {
	source, null, err := c.text(formatSource)
	if err != nil || null || source == "" {
		return Value{}, err
	}
	var formats [2]dateFormat
	for i := range formats {
		text, _, err := c.text(formatInput + i)
		if err != nil {
			return Value{}, err
		}
		if formats[i], err = parseFormat(text); err != nil {
			return Value{}, c.errorf("date format %q: %v", text, err)
		}
	}
	named := []string{"AllowLeadingWhite", "AllowTrailingWhite", "RoundtripKind"} // the documented default
	if c.given(formatStyles) {
		text, _, err := c.text(formatStyles)
		if err != nil {
			return Value{}, err
		}
		if unknown := unknownStyle(text); unknown != "" {
			return Value{}, c.errorf("unknown date and time style %q", unknown)
		}
		named = styles(text)
	}
	trimmed := source
	if slices.Contains(named, "AllowLeadingWhite") || slices.Contains(named, "AllowWhiteSpaces") {
		trimmed = strings.TrimLeft(trimmed, " \t\r\n")
	}
	if slices.Contains(named, "AllowTrailingWhite") || slices.Contains(named, "AllowWhiteSpaces") {
		trimmed = strings.TrimRight(trimmed, " \t\r\n")
	}
	t, ok := formats[0].parse(trimmed)
	if !ok {
		return Value{}, c.errorf("%q does not have the date format %q", source, formats[0].text)
	}
	return Text(formats[1].format(t)), nil
}
