package strictyaml

import (
	"math"
	"strconv"
	"strings"
)

// resolve gives the type and value of a plain scalar by the core schema (YAML
// 1.2.2, section 10.3.2). It reports false for a number that no int or float64
// can hold.
func resolve(text string) (Kind, any, bool) {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return Null, nil, true
	case "true", "True", "TRUE":
		return Bool, true, true
	case "false", "False", "FALSE":
		return Bool, false, true
	case ".nan", ".NaN", ".NAN":
		return Float, math.NaN(), true
	case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF":
		return Float, math.Inf(1), true
	case "-.inf", "-.Inf", "-.INF":
		return Float, math.Inf(-1), true
	}
	if digits, base := integer(text); digits != "" {
		number, err := strconv.ParseInt(digits, base, strconv.IntSize)
		return Int, int(number), err == nil
	}
	if isFloat(text) {
		number, err := strconv.ParseFloat(text, 64)
		return Float, number, err == nil
	}
	return String, text, true
}

// integer returns the digits and the base if text is an integer.
func integer(text string) (digits string, base int) {
	if hex, ok := strings.CutPrefix(text, "0x"); ok && consistsOf(hex, "0123456789abcdefABCDEF") {
		return hex, 16
	}
	if octal, ok := strings.CutPrefix(text, "0o"); ok && consistsOf(octal, "01234567") {
		return octal, 8
	}
	if consistsOf(unsigned(text), decimal) {
		return text, 10
	}
	return "", 0
}

// isFloat matches [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
func isFloat(text string) bool {
	mantissa := unsigned(text)
	if at := strings.IndexAny(mantissa, "eE"); at >= 0 {
		if !consistsOf(unsigned(mantissa[at+1:]), decimal) {
			return false
		}
		mantissa = mantissa[:at]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	return consistsOf(whole+fraction, decimal)
}

const decimal = "0123456789"

func unsigned(text string) string {
	if text != "" && (text[0] == '-' || text[0] == '+') {
		return text[1:]
	}
	return text
}

func consistsOf(text, set string) bool {
	return text != "" && strings.Trim(text, set) == ""
}
