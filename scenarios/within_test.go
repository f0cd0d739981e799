package scenarios

import "testing"

func TestWithin(t *testing.T) {
	for _, test := range []struct {
		line   string
		column int
		text   string
		offset int
		want   int
	}{
		{`a: Join([x])`, 4, `Join([x])`, 0, 4},
		{`a: Join([x])`, 4, `Join([x])`, 5, 9},
		{`a: Join([x])`, 4, `Join([x])`, 9, 13}, // the end
		{`a: 'Join([x])'`, 4, `Join([x])`, 5, 10},
		{`a: 'J(''é'', [x])'`, 4, `J('é', [x])`, 8, 14},
		{`a: "J(\"b\", [x])"`, 4, `J("b", [x])`, 7, 14},
		{`a: "J(${x})"`, 4, `J(abc)`, 4, 4}, // a variable
		{`a: >`, 4, `J(abc)`, 4, 4},         // over several lines
		{`a: J(`, 4, `J(abc)`, 4, 4},
		{`a: x`, 9, `x`, 0, 9},
		{`a: x`, 4, `x`, 7, 4},
	} {
		if got := within(test.line, test.column, test.text, test.offset); got != test.want {
			t.Errorf("%s: byte %d of %s is in column %d, want %d", test.line, test.offset, test.text, got, test.want)
		}
	}
}
