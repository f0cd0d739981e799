package ids

import (
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"strings"
)

// Position is a point in a source's sequence. Its text form can be kept in a
// file.
type Position struct{ state string }

// Position returns where the source stands.
func (s *Source) Position() Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, err := s.rng.MarshalBinary()
	if err != nil { // it only writes numbers into memory
		return Position{}
	}
	return Position{string(state)}
}

// MoveTo has the source go on from a position. The zero Position changes
// nothing.
func (s *Source) MoveTo(p Position) {
	rng, err := p.rng()
	if err != nil { // the zero Position: any other was read already
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rng = rng
}

var errPosition = errors.New("position of a source of ids: it is not one that this program wrote")

// rng is the generator at the position. A state that it would not write itself
// is none: the standard library takes more, and panics on some of that.
func (p Position) rng() (*rand.ChaCha8, error) {
	const begun, most = "readbuf:", 8
	if rest, ok := strings.CutPrefix(p.state, begun); ok && (rest == "" || rest[0] > most) {
		return nil, errPosition
	}
	rng := new(rand.ChaCha8)
	if rng.UnmarshalBinary([]byte(p.state)) != nil {
		return nil, errPosition
	}
	if again, err := rng.MarshalBinary(); err != nil || string(again) != p.state {
		return nil, errPosition
	}
	return rng, nil
}

// MarshalText writes the position.
func (p Position) MarshalText() ([]byte, error) {
	return []byte(base64.StdEncoding.EncodeToString([]byte(p.state))), nil
}

// UnmarshalText reads what MarshalText wrote.
func (p *Position) UnmarshalText(text []byte) error {
	state, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return errPosition
	}
	read := Position{string(state)}
	if _, err := read.rng(); err != nil {
		return err
	}
	*p = read
	return nil
}
