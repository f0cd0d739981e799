// Package ids makes the identifiers of one harness from a seed, so that two
// runs with the same seed show the same ids.
package ids

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"sync"
)

// Source makes identifiers. It is safe for concurrent use.
type Source struct {
	mu  sync.Mutex
	rng *rand.ChaCha8
}

// New returns a source whose identifiers depend only on seed and on the order
// in which they are asked for.
func New(seed uint64) *Source {
	var key [32]byte
	copy(key[:], "idharness identifiers")
	binary.BigEndian.PutUint64(key[24:], seed)
	return &Source{rng: rand.NewChaCha8(key)}
}

// Bytes returns n pseudo-random bytes.
func (s *Source) Bytes(n int) []byte {
	b := make([]byte, n)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rng.Read(b) // never fails, fills b
	return b
}

// Read fills p, so that a Source serves as an [io.Reader] of randomness.
func (s *Source) Read(p []byte) (int, error) {
	copy(p, s.Bytes(len(p)))
	return len(p), nil
}

var _ io.Reader = (*Source)(nil)

// UUID returns a version 4 UUID in lower case.
func (s *Source) UUID() string {
	b := s.Bytes(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return Format(b)
}

// Format writes 16 bytes in the 8-4-4-4-12 form of a UUID.
func Format(b []byte) string {
	text := make([]byte, 0, 36)
	for i, part := range [][]byte{b[:4], b[4:6], b[6:8], b[8:10], b[10:16]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, part)
	}
	return string(text)
}

// Hex returns n lower-case hexadecimal digits.
func (s *Source) Hex(n int) string {
	return hex.EncodeToString(s.Bytes((n + 1) / 2))[:n]
}

// Token returns n characters of the unpadded URL-safe base64 alphabet.
func (s *Source) Token(n int) string {
	return base64.RawURLEncoding.EncodeToString(s.Bytes(n))[:n]
}

// Pick returns n characters, each drawn from alphabet.
func (s *Source) Pick(n int, alphabet string) string {
	b := s.Bytes(n)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}
