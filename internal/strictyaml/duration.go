package strictyaml

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads a duration in Go's syntax that may begin with days:
// 40m, 1h30m, 90d, 1d12h, -5m.
func ParseDuration(text string) (time.Duration, error) {
	bad := fmt.Errorf("bad duration %q; write a number and a unit, such as 30s, 40m, 1h30m or 90d", clip(text))
	sign, rest := time.Duration(1), text
	if negative, ok := strings.CutPrefix(text, "-"); ok {
		sign, rest = -1, negative
	}
	var days float64
	if number, after, ok := strings.Cut(rest, "d"); ok {
		if !isFloat(number) || strings.HasPrefix(number, "-") || strings.HasPrefix(number, "+") {
			return 0, bad
		}
		var err error
		if days, err = strconv.ParseFloat(number, 64); err != nil {
			return 0, bad
		}
		rest = after
		if rest == "" {
			rest = "0s"
		}
	}
	duration, err := time.ParseDuration(rest)
	if err != nil || rest[0] == '-' || rest[0] == '+' {
		return 0, bad
	}
	if total := days*float64(24*time.Hour) + float64(duration); total >= math.MaxInt64 {
		return 0, fmt.Errorf("the duration %q is too long", clip(text))
	}
	return sign * (time.Duration(days*float64(24*time.Hour)) + duration), nil
}
