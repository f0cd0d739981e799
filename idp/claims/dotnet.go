package claims

import (
	"errors"
	"fmt"
	"strings"
)

// What .NET's classes mean (learn.microsoft.com, "Character classes in regular
// expressions"), written for the inside of brackets. RE2's cover ASCII only.
const (
	wordClass  = `\p{L}\p{Mn}\p{Nd}\p{Pc}`
	spaceClass = `\s\x0b\x{85}\p{Z}`
)

// translateRegex rewrites a .NET expression for RE2, or says which part of it
// RE2 has no equivalent for.
func translateRegex(pattern string) (string, error) {
	tr := dotNet{rest: pattern}
	for tr.rest != "" {
		var err error
		switch {
		case tr.rest[0] == '\\':
			err = tr.escape()
		case tr.inClass:
			err = tr.class()
		case strings.HasPrefix(tr.rest, "(?"):
			err = tr.group()
		case tr.rest[0] == '[':
			tr.openClass()
		default:
			tr.copy(1)
		}
		if err != nil {
			return "", err
		}
	}
	return tr.out.String(), nil
}

type dotNet struct {
	rest    string
	out     strings.Builder
	inClass bool
}

func (d *dotNet) copy(n int) {
	d.out.WriteString(d.rest[:n])
	d.rest = d.rest[n:]
}

// write replaces the next n bytes.
func (d *dotNet) write(n int, text string) {
	d.out.WriteString(text)
	d.rest = d.rest[n:]
}

func (d *dotNet) escape() error {
	if len(d.rest) < 2 {
		return errors.New("the expression ends in a backslash")
	}
	c := d.rest[1]
	set := func(inside string) {
		switch {
		case d.inClass:
			d.write(2, inside)
		case c >= 'a':
			d.write(2, "["+inside+"]")
		default:
			d.write(2, "[^"+inside+"]")
		}
	}
	switch {
	case c == 'w', c == 'W' && !d.inClass:
		set(wordClass)
	case c == 's', c == 'S' && !d.inClass:
		set(spaceClass)
	case c == 'd':
		d.write(2, `\p{Nd}`)
	case c == 'D':
		d.write(2, `\P{Nd}`)
	case c == 'e':
		d.write(2, `\x1b`)
	case c == 'b' && d.inClass:
		d.write(2, `\x08`)
	case c == 'Z':
		d.write(2, `\z`)
	case c == 'u' && len(d.rest) >= 6:
		d.write(6, `\x{`+d.rest[2:6]+"}")
	case c >= '1' && c <= '9' && !d.inClass, c == 'k':
		return fmt.Errorf("back references (\\%c) are not supported here", c)
	case c == 'G':
		return errors.New(`\G is not supported here`)
	case c >= 0x80: // an escaped letter beyond ASCII is the letter
		d.rest = d.rest[1:]
		d.copy(1)
	default:
		d.copy(2)
	}
	return nil
}

// openClass copies the start of a character class up to where an ordinary member
// may follow: a bracket right after it is a member.
func (d *dotNet) openClass() {
	d.inClass = true
	d.copy(1)
	if strings.HasPrefix(d.rest, "^") {
		d.copy(1)
	}
	if strings.HasPrefix(d.rest, "]") {
		d.write(1, `\]`)
	}
}

func (d *dotNet) class() error {
	switch {
	case strings.HasPrefix(d.rest, "-["):
		return errors.New("character class subtraction (-[…]) is not supported here")
	case d.rest[0] == '[': // RE2 would read [: as the start of a POSIX class
		d.write(1, `\[`)
	case d.rest[0] == ']':
		d.inClass = false
		d.copy(1)
	default:
		d.copy(1)
	}
	return nil
}

// group translates what starts with "(?".
func (d *dotNet) group() error {
	for _, unsupported := range []struct{ start, what string }{
		{"(?=", "lookahead"}, {"(?!", "lookahead"}, {"(?<=", "lookbehind"}, {"(?<!", "lookbehind"},
		{"(?>", "atomic groups"}, {"(?(", "conditional matching"},
	} {
		if strings.HasPrefix(d.rest, unsupported.start) {
			return fmt.Errorf("%s (%s…) is not supported here", unsupported.what, unsupported.start)
		}
	}
	if strings.HasPrefix(d.rest, "(?#") {
		end := strings.IndexByte(d.rest, ')')
		if end < 0 {
			return errors.New("a comment (?#…) is not closed")
		}
		d.rest = d.rest[end+1:]
		return nil
	}
	for start, closing := range map[string]string{"(?'": "'", "(?<": ">"} {
		rest, ok := strings.CutPrefix(d.rest, start)
		if !ok {
			continue
		}
		name, _, closed := strings.Cut(rest, closing)
		switch {
		case !closed:
			return fmt.Errorf("the name of a group %s… is not closed", start)
		case strings.Contains(name, "-"):
			return fmt.Errorf("balancing groups (%s%s%s…) are not supported here", start, name, closing)
		}
		d.write(len(start)+len(name)+1, "(?P<"+name+">")
		return nil
	}
	options, _, _ := strings.Cut(d.rest[2:], ")")
	options, _, _ = strings.Cut(options, ":")
	switch i := strings.IndexAny(options, "nx"); {
	case strings.Trim(options, "imnsx-") != "":
		return errors.New(".NET has no group that starts with (?" + options)
	case i >= 0:
		return fmt.Errorf("the option %c is not supported here", options[i])
	}
	d.copy(2)
	return nil
}
