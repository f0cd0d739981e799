package expression

import (
	"fmt"
	"io"
	"strings"
)

// The classes of characters of RandomString (learn.microsoft.com, "Password
// must meet complexity requirements").
const (
	digits   = "0123456789"
	specials = "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/"
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lowers   = "abcdefghijklmnopqrstuvwxyz"

	maxRandom = 256
)

func guid(c *call) (Value, error) {
	var b [16]byte
	if err := c.random(b[:]); err != nil {
		return Value{}, err
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return Text(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])), nil
}

func (c *call) random(b []byte) error {
	if c.env.Random == nil {
		return c.errorf("there is no source of randomness")
	}
	if _, err := io.ReadFull(c.env.Random, b); err != nil {
		return c.errorf("reading randomness: %v", err)
	}
	return nil
}

// below returns a number from 0 to n-1.
func (c *call) below(n int) (int, error) {
	var b [4]byte
	if err := c.random(b[:]); err != nil {
		return 0, err
	}
	return int((uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])) % uint32(n)), nil
}

// checkRandomString looks at the numbers that were written as such.
func checkRandomString(n *callNode) error {
	least, known := int64(0), true
	for i, arg := range n.args[:5] {
		number, ok := constant(arg)
		known = known && ok
		if ok && (number < 0 || number > maxRandom) {
			return &SyntaxError{Offset: arg.offset(), Message: fmt.Sprintf("argument %d must be from 0 to %d, got %d", i+1, maxRandom, number)}
		}
		if i > 0 {
			least += number
		}
	}
	if length, _ := constant(n.args[0]); known && least > length {
		return &SyntaxError{Offset: n.args[0].offset(), Message: fmt.Sprintf("the length %d is less than the %d characters asked for", length, least)}
	}
	return nil
}

// randomString takes the least number of characters from every class, fills up
// from all classes that were asked for, and shuffles.
func randomString(c *call) (Value, error) {
	var want [5]int64
	for i := range want {
		n, err := c.number(i)
		if err != nil {
			return Value{}, err
		}
		if n < 0 || n > maxRandom {
			return Value{}, c.errorf("argument %d must be from 0 to %d, got %d", i+1, maxRandom, n)
		}
		want[i] = n
	}
	avoid, _, err := c.text(5)
	if err != nil {
		return Value{}, err
	}
	length, least := want[0], want[1]+want[2]+want[3]+want[4]
	if least > length {
		return Value{}, c.errorf("the length %d is less than the %d characters asked for", length, least)
	}
	var out []byte
	var filling string
	for i, class := range []string{digits, specials, capitals, lowers} {
		class = strings.Map(func(r rune) rune {
			if strings.ContainsRune(avoid, r) {
				return -1
			}
			return r
		}, class)
		n := int(want[i+1])
		if n > 0 && class == "" {
			return Value{}, c.errorf("charactersToAvoid leaves nothing to choose from")
		}
		if n > 0 {
			filling += class
		}
		for range n {
			k, err := c.below(len(class))
			if err != nil {
				return Value{}, err
			}
			out = append(out, class[k])
		}
	}
	if filling == "" {
		filling = lowers
	}
	for len(out) < int(length) {
		k, err := c.below(len(filling))
		if err != nil {
			return Value{}, err
		}
		out = append(out, filling[k])
	}
	for i := len(out) - 1; i > 0; i-- {
		k, err := c.below(i + 1)
		if err != nil {
			return Value{}, err
		}
		out[i], out[k] = out[k], out[i]
	}
	return Text(string(out)), nil
}
