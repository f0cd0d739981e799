package ids

import (
	"regexp"
	"testing"
)

func TestSameSeedGivesSameIDs(t *testing.T) {
	a, b, other := New(7), New(7), New(8)
	for range 3 {
		x, y, z := a.UUID(), b.UUID(), other.UUID()
		if x != y {
			t.Errorf("seed 7 gave %s and %s", x, y)
		}
		if x == z {
			t.Errorf("seeds 7 and 8 both gave %s", x)
		}
	}
}

func TestShapes(t *testing.T) {
	s := New(1)
	for _, test := range []struct{ got, shape string }{
		{s.UUID(), `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`},
		{s.Hex(5), `^[0-9a-f]{5}$`},
		{s.Token(43), `^[A-Za-z0-9_-]{43}$`},
		{s.Pick(4, "ab"), `^[ab]{4}$`},
	} {
		if !regexp.MustCompile(test.shape).MatchString(test.got) {
			t.Errorf("%q does not have the shape %s", test.got, test.shape)
		}
	}
}
