package expression

import (
	"strings"
	"time"
)

// dateLayout is how dates become texts: M/d/yyyy h:mm:ss tt.
const dateLayout = "1/2/2006 3:04:05 PM"

// parsedLayouts are the spellings that CDate reads. .NET guesses more; these
// are the ISO 8601 forms, what HR systems send, and CDate's own output.
var parsedLayouts = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999 Z07:00",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02Z07:00",
	"2006-01-02",
	"2006/1/2",
	dateLayout,
	"1/2/2006 3:04 PM",
	"1/2/2006 15:04:05",
	"1/2/2006 15:04",
	"1/2/2006",
	time.RFC1123,
}

// parseDate reads a date; without an offset it counts as UTC.
func parseDate(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	for _, layout := range parsedLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

func now(c *call) (Value, error) { return Time(c.env.Now.Truncate(time.Second)), nil }

func cDate(c *call) (Value, error) {
	t, null, err := c.date(0)
	if err != nil || null {
		return Value{}, err
	}
	return Time(t), nil
}

var intervals = []string{"yyyy", "m", "d", "ww", "h", "n", "s"}

func checkInterval(n *callNode) error {
	constant, ok := n.args[0].(*textNode)
	if !ok {
		return nil
	}
	for _, known := range intervals {
		if constant.text == known {
			return nil
		}
	}
	return &SyntaxError{Offset: constant.at, Message: "unknown interval", Hint: "one of " + strings.Join(intervals, ", ")}
}

func dateAdd(c *call) (Value, error) {
	interval, _, err := c.text(0)
	if err != nil {
		return Value{}, err
	}
	n, err := c.number(1)
	if err != nil {
		return Value{}, err
	}
	t, null, err := c.date(2)
	if err != nil || null {
		return Value{}, err
	}
	const limit = 1 << 40 // far beyond any date, and safe to multiply
	if n > limit || n < -limit {
		return Value{}, c.errorf("the value %d is out of range", n)
	}
	switch interval {
	case "yyyy":
		t, err = addMonths(c, t, 12*n)
	case "m":
		t, err = addMonths(c, t, n)
	case "d":
		t, err = addSeconds(c, t, n*24*3600)
	case "ww":
		t, err = addSeconds(c, t, n*7*24*3600)
	case "h":
		t, err = addSeconds(c, t, n*3600)
	case "n":
		t, err = addSeconds(c, t, n*60)
	case "s":
		t, err = addSeconds(c, t, n)
	default:
		return Value{}, c.errorf("the interval must be one of %s", strings.Join(intervals, ", "))
	}
	if err != nil {
		return Value{}, err
	}
	return Time(t), nil
}

// addMonths keeps the day of the month, or takes the month's last where there
// is no such day (DateTime.AddMonths).
func addMonths(c *call, t time.Time, n int64) (time.Time, error) {
	months := int64(t.Year())*12 + int64(t.Month()) - 1 + n
	if months < 12 || months >= 10000*12 {
		return t, c.errorf("the result is not between the years 1 and 9999")
	}
	year, month := int(months/12), time.Month(months%12+1)
	last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return time.Date(year, month, min(t.Day(), last), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC), nil
}

func addSeconds(c *call, t time.Time, n int64) (time.Time, error) {
	sum := time.Unix(t.Unix()+n, int64(t.Nanosecond())).UTC()
	if sum.Year() < 1 || sum.Year() > 9999 {
		return t, c.errorf("the result is not between the years 1 and 9999")
	}
	return sum, nil
}

// dateDiff counts elapsed days, hours, minutes and seconds without remainder,
// but calendar years, months and weeks: the page gives -493 weeks where 492.8
// have elapsed, which is what DateDiff of Visual Basic does with weeks that
// begin on Sunday.
func dateDiff(c *call) (Value, error) {
	interval, _, err := c.text(0)
	if err != nil {
		return Value{}, err
	}
	from, null1, err := c.date(1)
	if err != nil {
		return Value{}, err
	}
	to, null2, err := c.date(2)
	if err != nil || null1 || null2 {
		return Value{}, err
	}
	seconds := to.Unix() - from.Unix()
	switch interval {
	case "yyyy":
		return Int(int64(to.Year() - from.Year())), nil
	case "m":
		return Int(int64(12*(to.Year()-from.Year()) + int(to.Month()) - int(from.Month()))), nil
	case "ww":
		return Int((sunday(to) - sunday(from)) / 7), nil
	case "d":
		return Int(seconds / (24 * 3600)), nil
	case "h":
		return Int(seconds / 3600), nil
	case "n":
		return Int(seconds / 60), nil
	case "s":
		return Int(seconds), nil
	default:
		return Value{}, c.errorf("the interval must be one of %s", strings.Join(intervals, ", "))
	}
}

// sunday numbers the day on which the week of t began.
func sunday(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d-int(t.Weekday()), 0, 0, 0, 0, time.UTC).Unix() / (24 * 3600)
}

// fileTimeEpoch is 1601-01-01 in Unix seconds; Active Directory counts in
// steps of 100 ns from there.
const fileTimeEpoch = -11644473600

func dateFromNum(c *call) (Value, error) {
	v, err := c.arg(0)
	if err != nil || v.IsEmpty() {
		return Value{}, err
	}
	n, ok := v.integer()
	if !ok || n < 0 {
		return Value{}, c.errorf("argument 1 must be a number of 100 ns since 1601, got %s", v.describe())
	}
	t := time.Unix(n/1e7+fileTimeEpoch, n%1e7*100).UTC()
	if t.Year() > 9999 {
		return Value{}, c.errorf("the result is not between the years 1 and 9999")
	}
	return Time(t), nil
}

func numFromDate(c *call) (Value, error) {
	t, null, err := c.date(0)
	if err != nil || null {
		return Value{}, err
	}
	if t.Unix() < fileTimeEpoch {
		return Value{}, c.errorf("the date lies before 1601")
	}
	return Int((t.Unix()-fileTimeEpoch)*1e7 + int64(t.Nanosecond())/100), nil
}
