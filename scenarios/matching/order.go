package matching

import (
	"cmp"
	"math"
	"math/big"
	"time"

	"github.com/idharness/harness/internal/strictyaml"
)

// equalScalars compares a scalar of the file with a received value.
func equalScalars(expected, received any) bool {
	if order, ok := compareNumbers(expected, received); ok {
		return order == 0
	}
	switch received.(type) {
	case []any, map[string]any:
		return false
	default:
		return expected == received
	}
}

// compareNumbers compares ints and floats exactly: a float64 cannot hold every
// int. It reports false if one of them is no number.
func compareNumbers(a, b any) (int, bool) {
	if x, ok := a.(int); ok {
		if y, ok := b.(int); ok {
			return cmp.Compare(x, y), true
		}
	}
	x, y := number(a), number(b)
	if x == nil || y == nil {
		return 0, false
	}
	return x.Cmp(y), true
}

func number(value any) *big.Float {
	switch v := value.(type) {
	case int:
		return new(big.Float).SetInt64(int64(v))
	case float64:
		if !math.IsNaN(v) {
			return big.NewFloat(v)
		}
	}
	return nil
}

// order checks $gt, $ge, $lt and $le.
func (c *comparison) order(name string, arg *strictyaml.Node, s subject, miss func(string)) {
	result, ok := compareNumbers(s.value, arg.Value())
	kind := "a number"
	if text, isText := arg.Value().(string); isText {
		result, kind, ok = compareTexts(s.value, text)
	}
	switch {
	case !ok:
		miss("it is not " + kind)
	case name == greater && result <= 0, name == atLeast && result < 0:
		miss("it is too " + small(kind))
	case name == less && result >= 0, name == atMost && result > 0:
		miss("it is too " + large(kind))
	}
}

func small(kind string) string {
	switch kind {
	case "a time":
		return "early"
	case "a duration":
		return "short"
	default:
		return "small"
	}
}

func large(kind string) string {
	switch kind {
	case "a time":
		return "late"
	case "a duration":
		return "long"
	default:
		return "large"
	}
}

// compareTexts compares a received value with the time or duration that the
// file names, and says which of the two that is.
func compareTexts(received any, expected string) (result int, kind string, ok bool) {
	text, isText := received.(string)
	if limit, err := time.Parse(time.RFC3339, expected); err == nil {
		at, err := time.Parse(time.RFC3339, text)
		return at.Compare(limit), "a time", isText && err == nil
	}
	limit, err := strictyaml.ParseDuration(expected)
	if err != nil {
		return 0, "a number", false
	}
	duration, err := strictyaml.ParseDuration(text)
	return cmp.Compare(duration, limit), "a duration", isText && err == nil
}
