package scenarios

import (
	"strconv"
	"strings"

	"github.com/idharness/harness/internal/strictyaml"
)

// copyNumber stands for the number of a copy in its texts.
const copyNumber = "{n}"

// maxCopies keeps a slip of the pen from filling the memory.
const maxCopies = 10_000

// withCopies writes out the users and groups under entra that are wanted
// several times, each with its number in the place of {n}. Variables have been
// filled in before.
func withCopies(entra *strictyaml.Node) (*strictyaml.Node, strictyaml.Errors) {
	var errs strictyaml.Errors
	var pairs []strictyaml.Pair
	for _, pair := range entra.Pairs() {
		name := map[string]string{"users": "userPrincipalName", "groups": "displayName"}[pair.Key.Text()]
		if name == "" || pair.Value.Kind() != strictyaml.List {
			pairs = append(pairs, pair)
			continue
		}
		var items []*strictyaml.Node
		for _, item := range pair.Value.Items() {
			copies, wrong := copiesOf(item, name)
			items, errs = append(items, copies...), append(errs, wrong...)
		}
		pairs = append(pairs, strictyaml.Pair{Key: pair.Key, Value: pair.Value.WithItems(items)})
	}
	if pairs == nil {
		return entra, nil
	}
	return entra.WithPairs(pairs), errs
}

// copiesOf are the copies of one user or group; only itself if it is wanted
// once, or if something is wrong with it.
func copiesOf(item *strictyaml.Node, name string) ([]*strictyaml.Node, strictyaml.Errors) {
	asked := item.Get("copies")
	if asked == nil {
		return []*strictyaml.Node{item}, nil
	}
	var rest []strictyaml.Pair
	for _, pair := range item.Pairs() {
		if pair.Key.Text() != "copies" {
			rest = append(rest, pair)
		}
	}
	item = item.WithPairs(rest)
	alone := []*strictyaml.Node{item}
	if asked.Unresolved() {
		return alone, nil
	}
	count, isInt := asked.Value().(int)
	if !isInt || count < 1 || count > maxCopies {
		return alone, strictyaml.Errors{asked.Errorf("copies is a whole number from 1 to %d, not %s", maxCopies, asked.Text())}
	}
	if own := item.Get(name); own != nil && !own.Unresolved() && !strings.Contains(own.Text(), copyNumber) {
		e := own.Errorf("every copy has the same %s", name)
		e.Hint = "write " + copyNumber + " where the number of the copy goes"
		return alone, strictyaml.Errors{e}
	}
	all := make([]*strictyaml.Node, count)
	for i := range all {
		all[i] = numbered(item, strconv.Itoa(i+1))
	}
	return all, nil
}

// numbered is n with the number in its texts.
func numbered(n *strictyaml.Node, number string) *strictyaml.Node {
	switch n.Kind() {
	case strictyaml.Map:
		pairs := make([]strictyaml.Pair, len(n.Pairs()))
		for i, pair := range n.Pairs() {
			pairs[i] = strictyaml.Pair{Key: pair.Key, Value: numbered(pair.Value, number)}
		}
		return n.WithPairs(pairs)
	case strictyaml.List:
		items := make([]*strictyaml.Node, len(n.Items()))
		for i, item := range n.Items() {
			items[i] = numbered(item, number)
		}
		return n.WithItems(items)
	case strictyaml.String:
		if !n.Unresolved() && strings.Contains(n.Text(), copyNumber) {
			return n.WithValue(strings.ReplaceAll(n.Text(), copyNumber, number))
		}
	}
	return n
}

// refuseCopies reports copies where one is made at a time.
func refuseCopies(n *strictyaml.Node) strictyaml.Errors {
	for _, pair := range n.Pairs() {
		if pair.Key.Text() == "copies" {
			e := pair.Key.Errorf("an action makes one at a time")
			e.Hint = "copies stands under entra.users and entra.groups"
			return strictyaml.Errors{e}
		}
	}
	return nil
}
