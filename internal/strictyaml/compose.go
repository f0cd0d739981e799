package strictyaml

import (
	"fmt"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// composer turns the parser's tree into ours: aliases become what they stand
// for, plain scalars get their types, and everything refused is noted.
type composer struct {
	file     *File
	anchored map[*yaml.Node]composed // results for nodes that an alias may name
	open     map[*yaml.Node]bool     // anchored nodes being composed
	errors   Errors
	tooLarge bool
}

// composed is a node with what it adds to the limits.
type composed struct {
	node   *Node
	size   int // nodes, aliases unfolded
	height int // maps and lists below it and itself
}

func (c *composer) fail(n *yaml.Node, hint, format string, args ...any) {
	if len(c.errors) < maxErrors {
		err := c.file.errorAt(n.Line, n.Column, format, args...)
		err.Hint = hint
		c.errors = append(c.errors, err)
	}
}

// compose converts a node that lies within depth maps and lists.
func (c *composer) compose(n *yaml.Node, depth int) composed {
	use := n
	if n.Kind == yaml.AliasNode {
		n = n.Alias
		if c.open[n] {
			c.fail(use, "", "the alias *%s stands inside its own anchor", use.Value)
			return c.refused(use)
		}
		done, ok := c.anchored[n]
		if !ok { // the anchor is on a key
			return c.compose(n, depth)
		}
		if depth+done.height > MaxDepth {
			c.fail(use, "", "nested more than %d deep", MaxDepth)
			return c.refused(use)
		}
		return done
	}
	if n.Anchor != "" {
		c.open[n] = true
		defer delete(c.open, n)
	}
	done := c.convert(n, depth)
	if done.size > MaxNodes && !c.tooLarge {
		c.tooLarge = true
		c.fail(n, "", "more than %d values, counting what aliases stand for", MaxNodes)
	}
	if c.tooLarge {
		done = c.refused(n)
	}
	if n.Anchor != "" {
		c.anchored[n] = done
	}
	return done
}

func (c *composer) empty(n *yaml.Node) composed {
	return composed{node: &Node{file: c.file, line: n.Line, column: n.Column}, size: 1}
}

// refused stands for a value that was an error, so that Decode does not
// complain about it again.
func (c *composer) refused(n *yaml.Node) composed {
	stand := c.empty(n)
	stand.node.unresolved = true
	return stand
}

func (c *composer) convert(n *yaml.Node, depth int) composed {
	if n.Style&yaml.TaggedStyle != 0 || n.Tag == "!" {
		c.fail(n, "the type follows from the value: quoted means text", "the tag %s is not supported", n.Tag)
		return c.refused(n)
	}
	done := c.empty(n)
	if n.Kind == yaml.ScalarNode {
		c.scalar(done.node, n)
		return done
	}
	if depth >= MaxDepth {
		c.fail(n, "", "nested more than %d deep", MaxDepth)
		return c.refused(n)
	}
	add := func(child *yaml.Node) *Node {
		below := c.compose(child, depth+1)
		done.size += below.size
		done.height = max(done.height, below.height)
		return below.node
	}
	if n.Kind == yaml.SequenceNode {
		done.node.kind = List
		for _, item := range n.Content {
			done.node.items = append(done.node.items, add(item))
		}
	} else {
		done.node.kind = Map
		seen := map[string]*Node{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, ok := c.key(n.Content[i], n.Content[i+1], seen)
			value := add(n.Content[i+1])
			if ok {
				done.node.pairs = append(done.node.pairs, Pair{Key: key, Value: value})
				done.size++
			}
		}
	}
	done.height++
	return done
}

// key reads the key of a pair; false means that the pair must be left out.
func (c *composer) key(n, value *yaml.Node, seen map[string]*Node) (*Node, bool) {
	use := n
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case n.Kind != yaml.ScalarNode:
		c.fail(use, "", "a key must be text, not %s", map[yaml.Kind]string{yaml.MappingNode: "a map", yaml.SequenceNode: "a list"}[n.Kind])
		return nil, false
	case n.Style&yaml.TaggedStyle != 0 || n.Tag == "!":
		c.fail(use, "", "the tag %s is not supported", n.Tag)
		return nil, false
	case n.Value == "<<" && n.Style == 0:
		c.fail(use, "repeat the keys, or use an alias for the whole map", "merge keys (<<) are not supported")
		return nil, false
	case n.Value == "" && n.Style == 0:
		c.fail(use, "", "a key is missing before the colon")
		return nil, false
	case n.Style == 0 && isEmpty(value) && value.Line == n.Line && value.Column == n.Column+utf8.RuneCountInString(n.Value):
		// {a, b} and {a:1} are maps of keys without values in YAML.
		c.fail(use, "write key: value, with a space after the colon", "%q has no value", clip(n.Value))
		return nil, false
	}
	if first, ok := seen[n.Value]; ok {
		where := fmt.Sprintf("on line %d", first.line)
		if first.line == use.Line {
			where = fmt.Sprintf("in column %d of this line", first.column)
		}
		c.fail(use, "", "the key %q is already given %s", clip(n.Value), where)
		return nil, false
	}
	key := &Node{file: c.file, kind: String, text: n.Value, line: use.Line, column: use.Column}
	key.value = key.text
	seen[n.Value] = key
	return key, true
}

// scalar gives a node the type that the core schema names for its text.
func (c *composer) scalar(node *Node, n *yaml.Node) {
	node.text = n.Value
	if n.Style != 0 {
		node.kind, node.value = String, n.Value
		return
	}
	var ok bool
	if node.kind, node.value, ok = resolve(n.Value); !ok {
		c.fail(n, fmt.Sprintf("put it in quotes if it is not a number: %q", clip(n.Value)), "the number %s is too large", clip(n.Value))
		node.unresolved = true
	}
}
