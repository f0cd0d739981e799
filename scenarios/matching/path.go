package matching

import (
	"regexp"
	"strconv"
)

// path is the place of a received value; nil is the whole.
type path struct {
	parent *path
	key    string
	index  int // -1 for a key
}

func (p *path) child(key string) *path { return &path{parent: p, key: key, index: -1} }

// whichever is the index of an element that could be any.
const whichever = -2

func (p *path) element(index int) *path { return &path{parent: p, index: index} }

// String gives the path in the form $.users[0]["https://example.com/a"].
func (p *path) String() string {
	switch {
	case p == nil:
		return "$"
	case p.index == whichever:
		return p.parent.String() + "[…]"
	case p.index >= 0:
		return p.parent.String() + "[" + strconv.Itoa(p.index) + "]"
	case plainKey.MatchString(p.key):
		return p.parent.String() + "." + p.key
	default:
		return p.parent.String() + "[" + strconv.Quote(p.key) + "]"
	}
}

// lastKey returns the key that the path ends in.
func (p *path) lastKey() string {
	if p == nil {
		return ""
	}
	return p.key
}

// plainKey matches keys that need no quotes in a path.
var plainKey = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_-]*$`)
