package scimmock_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/rounds"
	"github.com/idharness/harness/scimmock"
)

// TestModel plays random operations against the endpoint and the model and
// compares, after each, the response and all that can be read.
func TestModel(t *testing.T) {
	for seed := range uint64(rounds.Of(t, 6)) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			operations := newGenerator(seed).operations(120)
			if difference := play(t, operations); difference != "" {
				short := shorten(operations, func(some []operation) bool { return play(t, some) != "" })
				for _, op := range short {
					t.Log(op)
				}
				t.Errorf("seed %d: after these requests: %s", seed, play(t, short))
			}
		})
	}
}

// shorten leaves out operations as long as the rest still fails.
func shorten(operations []operation, fails func([]operation) bool) []operation {
	for size := len(operations) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(operations); {
			rest := slices.Concat(operations[:at], operations[at+size:])
			if fails(rest) {
				operations = rest
			} else {
				at += size
			}
		}
	}
	return operations
}

// player carries the same operations out on both.
type player struct {
	*endpoint
	model  *model
	labels *strings.Replacer // ids to labels
	pairs  []string
	ids    map[string]string // labels to ids
	rand   *rand.Rand
}

// play returns the first difference, or nothing.
func play(t *testing.T, operations []operation) (difference string) {
	t.Helper()
	e := runQuiet(t, scimmock.AWS())
	p := &player{endpoint: e, model: &model{}, ids: make(map[string]string), labels: strings.NewReplacer(), rand: rand.New(rand.NewPCG(9, 9))}
	for i, op := range operations {
		e.clock.Advance(time.Minute)
		p.model.now = e.clock.Now().UTC().Truncate(time.Second)
		if d := p.step(op); d != "" {
			return fmt.Sprintf("request %d, %s: %s", i+1, op, d)
		}
	}
	return ""
}

func (p *player) step(op operation) string {
	got := p.do(op.Method, p.real(op.Path), p.real(op.Body))
	if op.Makes != "" && got.status == 201 {
		p.ids[op.Makes] = got.id()
		p.pairs = append(p.pairs, got.id(), op.Makes)
		p.labels = strings.NewReplacer(p.pairs...)
	}
	wrong, made := p.model.do(op)
	group := strings.HasPrefix(op.Path, "/Groups")
	want := map[string]int{"POST": 201, "PUT": 200, "PATCH": 200, "DELETE": 204}[op.Method]
	if group && op.Method == "PATCH" {
		want = 204
	}
	switch {
	case wrong != nil:
		if !slices.Contains(wrong, got.status) {
			return fmt.Sprintf("status %d, want one of %v; body %s", got.status, wrong, got.body)
		}
		var body errorBody
		if err := json.Unmarshal([]byte(got.body), &body); err != nil || body.Status != fmt.Sprint(got.status) || body.Detail == "" {
			return fmt.Sprintf("error body %s", got.body)
		}
	case got.status != want:
		return fmt.Sprintf("status %d, want %d; body %s", got.status, want, got.body)
	case want == 204 && got.body != "":
		return fmt.Sprintf("body %q, want none", got.body)
	case want != 204:
		if d := differs(made.shown(group), p.read(got)); d != "" {
			return "response (-want +got):\n" + d
		}
	}
	return p.compare()
}

// differs is cmp.Diff, which is slow, for values that are mostly the same.
func differs(want, got any) string {
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return cmp.Diff(want, got)
}

type errorBody struct{ Detail, Status string }

// real puts ids in the place of labels; what was never made has an id that
// nobody has.
func (p *player) real(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '$' {
			b.WriteByte(text[i])
			continue
		}
		end := i + 1
		for end < len(text) && (text[end] >= 'a' && text[end] <= 'z' || text[end] >= '0' && text[end] <= '9') {
			end++
		}
		label := text[i:end]
		switch id, ok := p.ids[label]; {
		case ok:
			b.WriteString(id)
		case label == "$ref":
			b.WriteString(label)
		default:
			b.WriteString("never-" + label[1:])
		}
		i = end - 1
	}
	return b.String()
}

// read decodes a body in which ids are labels again.
func (p *player) read(r response) any {
	r.body = strings.ReplaceAll(p.labels.Replace(r.body), "never-", "$")
	return r.json()
}

// compare reads all users and groups, page by page, and memberships.
func (p *player) compare() string {
	for _, kind := range []string{"Users", "Groups"} {
		resources := p.model.users
		if kind == "Groups" {
			resources = p.model.groups
		}
		want := []any{}
		for _, r := range resources {
			want = append(want, p.shown(r, kind))
		}
		if d := differs(want, p.all("/"+kind, "")); d != "" {
			return kind + " (-want +got):\n" + d
		}
		if d := p.compareFirst(kind, want); d != "" {
			return d
		}
	}
	if len(p.model.groups) > 0 {
		g := p.model.groups[p.rand.IntN(len(p.model.groups))]
		if d := differs(sorted(g.members), p.found("/Users", `groups.value eq "`+p.ids[g.label]+`"`)); d != "" {
			return "members of " + g.label + " (-want +got):\n" + d
		}
		if d := p.compareFilters("/Groups", g, "displayName"); d != "" {
			return d
		}
	}
	if len(p.model.users) > 0 {
		u := p.model.users[p.rand.IntN(len(p.model.users))]
		var of []string
		for _, g := range p.model.groups {
			if slices.Contains(g.members, u.label) {
				of = append(of, g.label)
			}
		}
		if d := differs(sorted(of), p.found("/Groups", `members.value eq "`+p.ids[u.label]+`"`)); d != "" {
			return "groups of " + u.label + " (-want +got):\n" + d
		}
		if d := p.compareFilters("/Users", u, "userName"); d != "" {
			return d
		}
	}
	return ""
}

// compareFirst compares a listing without a cursor, which counts what it gives
// and gives the first, at most as many as asked for.
func (p *player) compareFirst(kind string, want []any) string {
	count := 1 + p.rand.IntN(6)
	list, _ := p.read(p.get(fmt.Sprintf("/%s?startIndex=2&count=%d", kind, count)).want(200)).(object)
	want = want[:min(count, len(want))]
	n := float64(len(want))
	if d := differs(object{"totalResults": n, "itemsPerPage": n, "startIndex": 1.0, "schemas": []any{listResponse}, "Resources": want}, list); d != "" {
		return kind + " without a cursor (-want +got):\n" + d
	}
	return ""
}

const listResponse = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

// compareFilters finds a resource by its name in another case, by externalId
// and by id, also together with a manager or a member.
func (p *player) compareFilters(path string, r *resource, name string) string {
	id := p.ids[r.label]
	filters := map[string]bool{
		name + " eq " + encode(strings.ToUpper(text(name)(r.body))): true,
		`id eq "` + id + `"`: true,
	}
	if external := text("externalId")(r.body); external != "" {
		filters["externalId eq "+encode(external)] = true
	}
	extension, _ := r.body[enterprise].(object)
	manager, _ := extension["manager"].(object)
	if path == "/Users" {
		filters[`id eq "`+id+`" and manager eq "someone"`] = false
		if value := text("value")(manager); value != "" {
			filters[`manager eq `+encode(p.real(value))+` and id eq "`+id+`"`] = true
		}
	} else if len(p.model.users) > 0 {
		u := p.model.users[p.rand.IntN(len(p.model.users))].label
		filters[`id eq "`+id+`" and members eq "`+p.ids[u]+`"`] = slices.Contains(r.members, u)
	}
	for filter, is := range filters {
		var want []string
		if is {
			want = []string{r.label}
		}
		if d := differs(want, p.found(path, filter)); d != "" {
			return filter + " (-want +got):\n" + d
		}
	}
	return ""
}

func (p *player) shown(r *resource, kind string) object {
	o := r.shown(kind == "Groups")
	if kind == "Groups" {
		o["members"] = []any{}
	}
	return o
}

// all lists every resource by cursor.
func (p *player) all(path, filter string) []any {
	found := []any{}
	cursor := ""
	for {
		query := fmt.Sprintf("%s?count=%d&cursor=%s", path, 1+p.rand.IntN(20), cursor)
		if filter != "" {
			query += "&filter=" + url.QueryEscape(filter)
		}
		page, _ := p.read(p.get(query).want(200)).(object)
		list, _ := page["Resources"].([]any)
		found = append(found, list...)
		if cursor, _ = page["nextCursor"].(string); cursor == "" {
			return found
		}
	}
}

// found lists the labels of what a filter finds, sorted.
func (p *player) found(path, filter string) []string {
	var labels []string
	for _, one := range p.all(path, filter) {
		labels = append(labels, text("id")(one.(object)))
	}
	return sorted(labels)
}
