package ids

import (
	"bytes"
	"encoding/base64"
	"testing"
)

func TestSourceGoesOnFromAPosition(t *testing.T) {
	s := New(3)
	s.Bytes(5) // in the middle of one of the generator's numbers
	text, err := s.Position().MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	want := s.UUID() + s.UUID()
	var p Position
	if err := p.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	other := New(4)
	other.MoveTo(p)
	if got := other.UUID() + other.UUID(); got != want {
		t.Errorf("after MoveTo: got %s, want %s", got, want)
	}
	before := other.Position()
	other.MoveTo(Position{})
	if other.Position() != before {
		t.Error("the zero Position moved the source")
	}
}

// FuzzPosition: whatever a file says, a position is read whole or refused.
func FuzzPosition(f *testing.F) {
	s := New(3)
	for _, n := range []int{0, 5, 40} {
		s.Bytes(n)
		text, _ := s.Position().MarshalText()
		f.Add(text)
	}
	f.Add([]byte(base64.StdEncoding.EncodeToString([]byte("readbuf:\xff" + string(make([]byte, 300))))))
	f.Add([]byte("readbuf:"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var p Position
		if p.UnmarshalText(text) != nil {
			return
		}
		s := New(1)
		s.MoveTo(p)
		if s.Position() != p {
			t.Fatalf("%q: the source stands elsewhere", text)
		}
		if bytes.Equal(s.Bytes(16), New(1).Bytes(16)) {
			t.Fatalf("%q: the source did not move", text)
		}
	})
}
