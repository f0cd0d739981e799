package expression

import (
	"testing"
	"time"
)

// "Custom date and time format strings", read and written.
func TestDateFormat(t *testing.T) {
	tests := []struct {
		in, from, to, want string // want "": the text does not have the format
	}{
		{"2015-01-23T10:53:47", "yyyy-MM-ddTHH:mm:ss", "d/M/yy h:m:s t", "23/1/15 10:53:47 A"},
		{"23 January 2015", "d MMMM yyyy", "dddd, ddd dd MMM", "Friday, Fri 23 Jan"},
		{"Fri 5 feb 2021", "ddd d MMM yyyy", "MM/dd/yyyy", "02/05/2021"},
		{"12:05 AM", "hh:mm tt", "HH:mm", "00:05"},
		{"12:05 PM", "hh:mm tt", "HH:mm", "12:05"},
		{"1:05 p", "h:mm t", "HH:mm", "13:05"},
		{"13:05 PM", "hh:mm tt", "HH:mm", ""},
		{"2015-01-23 10:00 +02:00", "yyyy-MM-dd HH:mm zzz", "yyyy-MM-ddTHH:mm:ssK", "2015-01-23T08:00:00Z"},
		{"2015-01-23 10:00 -08", "yyyy-MM-dd HH:mm zz", "HH:mm zzz", "18:00 +00:00"},
		{"2015-01-23 10:00 +5", "yyyy-MM-dd HH:mm z", "HH:mm", "05:00"},
		{"2015-01-23Z", "yyyy-MM-ddK", "yyyyMMdd", "20150123"},
		{"2015-01-23", "yyyy-MM-ddK", "yyyyMMdd", "20150123"},
		{"10:00:00.1234567", "HH:mm:ss.fffffff", "ss.fff", "00.123"},
		{"10:00:00.12", "HH:mm:ss.fff", "ss", ""},
		{"10:00:00.12", "HH:mm:ss.FFF", "ss.FFF", "00.12"},
		{"49", "yy", "yyyy", "2049"},
		{"50", "yy", "yyyy", "1950"},
		{"at 7 o'clock", `'at' h \o"'clock"`, "HH", "07"},
		{"7", "%h", "%H", "7"},
		{"2015-02-29", "yyyy-MM-dd", "yyyy", ""},
		{"2016-02-29", "yyyy-MM-dd", "o", "2016-02-29T00:00:00.0000000Z"},
		{"2016-02-29 ", "yyyy-MM-dd", "yyyy", "2016"}, // white space around is allowed by default
		{"2016-2-29", "yyyy-MM-dd", "yyyy", ""},
		{"2016-2-9", "yyyy-M-d", "yyyy-MM-dd", "2016-02-09"},
		{"20160229x", "yyyyMMdd", "yyyy", ""},
		{"2016-02-29 24:00", "yyyy-MM-dd HH:mm", "yyyy", ""},
		{"Someday 2016", "dddd yyyy", "yyyy", ""},
	}
	for _, test := range tests {
		e, err := Parse(`FormatDateTime([in], , [from], [to])`)
		if err != nil {
			t.Fatal(err)
		}
		v, err := e.Eval(environment(attributes{"in": Text(test.in), "from": Text(test.from), "to": Text(test.to)}))
		if test.want == "" {
			if err == nil {
				t.Errorf("%q as %q was read as %s", test.in, test.from, v)
			}
			continue
		}
		if err != nil || v.String() != test.want {
			t.Errorf("%q from %q to %q = %q, %v; want %q", test.in, test.from, test.to, v, err, test.want)
		}
	}
}

func TestDateFormatErrors(t *testing.T) {
	for _, text := range []string{"", "ffffffff", "'open", `"open`, `end\`, "%", "%%", "gg"} {
		if _, err := parseFormat(text); err == nil {
			t.Errorf("the format %q was accepted", text)
		}
	}
}

// White space is refused when the styles leave it out.
func TestDateTimeStyles(t *testing.T) {
	e, err := Parse(`FormatDateTime([in], "DateTimeStyles.AssumeUniversal", "yyyy", "yy")`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Eval(environment(attributes{"in": Text(" 2016")})); err == nil {
		t.Error("leading white space was accepted under AssumeUniversal alone")
	}
}

func TestParseDate(t *testing.T) {
	want := time.Date(2024, 5, 6, 13, 4, 0, 0, time.UTC)
	for _, text := range []string{"2024-05-06T13:04:00Z", "2024-05-06T15:04:00+02:00", "2024-05-06T13:04", "2024-05-06 13:04:00", "5/6/2024 1:04:00 PM", "05/06/2024 13:04", " 2024-05-06 15:04:00 +02:00 "} {
		if got, ok := parseDate(text); !ok || !got.Equal(want) {
			t.Errorf("%q = %v, %v", text, got, ok)
		}
	}
}

// "Reference for writing expressions for attribute mappings": without styles
// white space before and after the date is allowed; named styles replace that.
func TestWhiteSpaceAroundDates(t *testing.T) {
	for _, test := range []struct {
		styles string
		in     string
		ok     bool
	}{
		{"", " \t2024", true},
		{"", "2024 \t", true},
		{"", "20 24", false},
		{"None", "2024", true},
		{"None", " 2024", false},
		{"None", "2024 ", false},
		{"AllowLeadingWhite", " 2024", true},
		{"AllowLeadingWhite", "2024 ", false},
		{"AllowTrailingWhite", "2024 ", true},
		{"AllowTrailingWhite", " 2024", false},
		{"AllowWhiteSpaces", " 2024 ", true},
		{"DateTimeStyles.AllowLeadingWhite, DateTimeStyles.AllowTrailingWhite", " 2024 ", true},
	} {
		styles := `"` + test.styles + `"`
		if test.styles == "" {
			styles = ""
		}
		e, err := Parse(`FormatDateTime([in], ` + styles + `, "yyyy", "yy")`)
		if err != nil {
			t.Fatal(err)
		}
		v, err := e.Eval(environment(attributes{"in": Text(test.in)}))
		if (err == nil) != test.ok || test.ok && v.String() != "24" {
			t.Errorf("styles %q of %q: %q, %v", test.styles, test.in, v, err)
		}
	}
}
