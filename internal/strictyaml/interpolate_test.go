package strictyaml_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/strictyaml"
)

var megabyte = strings.Repeat("x", 1<<20)

// variables are the names that the tests below can use. later has no value
// yet, broken cannot be had, and anything else is not known.
func variables(name string, pos strictyaml.Position) (any, bool, error) {
	values := map[string]any{
		"domain": "contoso.example",
		"count":  3,
		"ratio":  0.5,
		"third":  float64(3),
		"on":     true,
		"none":   nil,
		"list":   []any{"a", map[string]any{"id": 7, "https://example.com/a": "uri"}},
		"user":   map[string]any{"name": "ana", "mail": "ana@contoso.example"},
		"typed":  struct{ Names []string }{[]string{"x"}},
		"tricky": "${domain} $${x} \" : #",
		// A variable may hold a placeholder's text; it must not be replaced.
		"nested":   map[string]any{"${domain}": "${domain}"},
		"env:HOME": "/home/ana",
		"channel":  make(chan int),
		"huge":     megabyte,
	}
	value, ok := values[name]
	switch {
	case ok:
		return value, true, nil
	case name == "later":
		return nil, false, nil
	case name == "broken":
		return nil, false, errors.New("the disk is full")
	default:
		return nil, false, &strictyaml.Error{Message: fmt.Sprintf("unknown variable %q", name), Hint: "set it under vars"}
	}
}

func TestInterpolate(t *testing.T) {
	tests := []struct {
		text string
		want any
	}{
		{`"ana@${domain}"`, "ana@contoso.example"},
		{`${domain}`, "contoso.example"},
		{`${count}`, 3},
		{`${list[-1].id}${list[-2]}`, "7a"},
		{`"${count}"`, 3}, // quotes do not make it text
		{`"${count} users"`, "3 users"},
		{`"${ratio}${third}${on}"`, "0.53true"},
		{`${on}`, true},
		{`${none}`, nil},
		{`${list}`, []any{"a", map[string]any{"id": 7, "https://example.com/a": "uri"}}},
		{`${list[0]}`, "a"},
		{`${list[1].id}`, 7},
		{`'${list[1]["https://example.com/a"]}'`, "uri"},
		{`"${list[1]['https://example.com/a']}"`, "uri"},
		{`${user.mail}`, "ana@contoso.example"},
		{`${typed.Names[0]}`, "x"},
		{`${env:HOME}`, "/home/ana"},
		{`"${env:HOME}/bin"`, "/home/ana/bin"},
		{`"$${domain}"`, "${domain}"},
		{`"$${domain} ${domain}"`, "${domain} contoso.example"},
		{`"$$${domain}"`, "$${domain}"},
		{`"$ {domain} $domain {domain} $"`, "$ {domain} $domain {domain} $"},
		{`${tricky}`, "${domain} $${x} \" : #"},
		{`"<${tricky}>"`, "<${domain} $${x} \" : #>"},
		{`${nested}`, map[string]any{"${domain}": "${domain}"}},
		{`{"${domain}": 1, "k${count}": 2}`, map[string]any{"contoso.example": 1, "k3": 2}},
		{`{"${count}": 1}`, map[string]any{"3": 1}}, // keys stay text
		{`[a, ["${count}"], {b: "${user.name}"}]`, []any{"a", []any{3}, map[string]any{"b": "ana"}}},
		{"|\n    x ${domain}\n    ${count}\n", "x contoso.example\n3\n"},
		{`5`, 5},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			root := parse(t, "a: "+test.text+"\n")
			before := root.Any()
			once, errs := root.Interpolate(variables)
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			if diff := cmp.Diff(test.want, once.Get("a").Any()); diff != "" {
				t.Error(diff)
			}
			twice, errs := once.Interpolate(variables)
			if diff := cmp.Diff(once.Any(), twice.Any()); diff != "" || len(errs) > 0 {
				t.Errorf("what came out was interpolated again: %v %s", errs, diff)
			}
			if diff := cmp.Diff(before, root.Any()); diff != "" {
				t.Errorf("the original changed: %s", diff)
			}
		})
	}
}

func TestInterpolateComplains(t *testing.T) {
	tests := []struct {
		text string
		want string // without the file's name
	}{
		{`"ana@${domain"`, `1:9: the ${ is never closed with }`},
		{`"$${a} ${domain"`, `1:11: the ${ is never closed with }`},
		{`x ${}`, "1:6: ${} does not name a variable; names look like user, user.mail, users[0] or env:HOME"},
		{`${a b}`, `1:4: ${a b} cannot be read: " " is not part of a name`},
		{`${user.}`, `1:4: ${user.} cannot be read: a name must follow the dot`},
		{`${list[x]}`, `1:4: ${list[x]} cannot be read: an index or a quoted key must follow [`},
		{`${list[0}`, `1:4: ${list[0} cannot be read: ] is missing`},
		{`${1st}`, `1:4: ${1st} does not name a variable; names look like user, user.mail, users[0] or env:HOME`},
		{`${env:}`, `1:4: ${env:} does not name a variable; names look like user, user.mail, users[0] or env:HOME`},
		{`${env:HOME.x}`, `1:4: ${env:HOME.x} cannot be read: "." is not part of a name`},
		{`${unknown}`, `1:4: unknown variable "unknown"`},
		{`${later}${unknown}`, `1:12: unknown variable "unknown"`}, // not hidden by what is not known yet
		{`${broken}`, `1:4: the disk is full`},
		{`${channel}`, `1:4: reading a chan int as JSON: json: unsupported type: chan int`},
		{`x ${list}`, `1:6: ${list} is a list and cannot be part of text`},
		{`x ${user}`, `1:6: ${user} is a map and cannot be part of text`},
		{`x ${none}`, `1:6: ${none} is null and cannot be part of text`},
		{`${user.nmae}`, `1:4: user has no key "nmae"; did you mean "name"?`},
		{`${user.colour}`, `1:4: user has no key "colour"; keys here: mail, name`},
		{`${user[0]}`, `1:4: user is a map, so it has no element [0]`},
		{`${list[-3]}`, `1:4: list has 2 elements, so it has no element [-3]`},
		{`${list[-]}`, `1:4: ${list[-]} cannot be read: an index or a quoted key must follow [`},
		{`${list[2]}`, `1:4: list has 2 elements, so it has no element [2]`},
		{`${list[1].id.x}`, `1:4: list[1].id is a number, so .x leads nowhere`},
		{`${list.id}`, `1:4: list is a list, so it has no key "id"`},
		{`${list[0].id}`, `1:4: list[0] is text, so .id leads nowhere`},
		{`{"${list}": 1}`, `1:5: ${list} is a list and cannot be a key`},
		{`{"${none}": 1}`, `1:5: ${none} is null and cannot be a key`},
		{`{contoso.example: 1, "${domain}": 2}`, `1:25: the key "contoso.example" is already given in this map`},
		{"|\n    one\n    two ${unknown}\n", `3:9: unknown variable "unknown"`},
		{"\"one\n  two ${unknown}\"", `2:7: unknown variable "unknown"`},
		{`"\u00e9 ${unknown}"`, `1:12: unknown variable "unknown"`},
		{`"\u0024{unknown}"`, `1:4: unknown variable "unknown"`}, // hidden by an escape
		{`"é名 ${unknown}"`, `1:8: unknown variable "unknown"`},
		{"[\"${unknown}\", \"${unknown}\"]", "1:6: unknown variable \"unknown\"\n1:20: unknown variable \"unknown\""},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			made, errs := parse(t, "a: "+test.text+"\n").Interpolate(variables)
			got := strings.ReplaceAll(errs.Error(), "test.yaml:", "")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			var into struct{ A int }
			if after := strictyaml.Decode(made, &into); made.Get("a").IsScalar() && len(after) > 0 {
				t.Errorf("decoding complains again: %v", after)
			}
		})
	}
}

func TestInterpolateShowsTheHintOfTheLookup(t *testing.T) {
	_, errs := parse(t, "a: ${unknown}\n").Interpolate(variables)
	want := "unknown variable \"unknown\"\n  --> test.yaml:1:4\n   |\n 1 | a: ${unknown}\n   |    ^\nhint: set it under vars\n"
	if diff := cmp.Diff(want, errs.Detail()); diff != "" {
		t.Error(diff)
	}
}

// TestInterpolateInTwoSteps: what the file's own variables give is known when
// the file is read, what steps save only when they have run.
func TestInterpolateInTwoSteps(t *testing.T) {
	root := parse(t, `{plain: "${later}", mixed: "${domain}/${later}", "k${later}": 1, done: "${domain} $${later}"}`)
	once, errs := root.Interpolate(variables)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if !once.Get("plain").Unresolved() || !once.Get("mixed").Unresolved() || !once.Pairs()[2].Key.Unresolved() {
		t.Errorf("not all that lack a value say so: %v", once.Any())
	}
	if once.Get("done").Unresolved() {
		t.Errorf("done is unresolved: %v", once.Get("done").Any())
	}
	twice, errs := once.Interpolate(func(name string, pos strictyaml.Position) (any, bool, error) {
		if name == "later" {
			return 42, true, nil
		}
		return variables(name, pos)
	})
	want := map[string]any{"plain": 42, "mixed": "contoso.example/42", "k42": 1, "done": "contoso.example ${later}"}
	if diff := cmp.Diff(want, twice.Any()); diff != "" || len(errs) > 0 {
		t.Error(errs, diff)
	}
	if twice.Get("mixed").Unresolved() {
		t.Error("still unresolved")
	}
}

func TestLookupReceivesThePosition(t *testing.T) {
	var asked []string
	_, errs := parse(t, "a: [\"x ${one.two} ${env:X}\"]\nb: ${one}\n").Interpolate(func(name string, pos strictyaml.Position) (any, bool, error) {
		asked = append(asked, fmt.Sprintf("%s %d:%d", name, pos.Line, pos.Column))
		return map[string]any{"two": "2"}, name == "one", nil
	})
	want := []string{"one 1:8", "env:X 1:19"} // one is asked for once
	if diff := cmp.Diff(want, asked); diff != "" || len(errs) > 0 {
		t.Error(errs, diff)
	}
}

// TestInterpolateIsBounded: a small file with large variables.
func TestInterpolateIsBounded(t *testing.T) {
	for _, text := range []string{
		"[" + strings.Repeat(`"${huge}",`, 50) + "]",
		`"` + strings.Repeat("${huge}", 50) + `"`,
		"[" + strings.Repeat(`"x${huge}",`, 50) + "]",
	} {
		_, errs := parse(t, text).Interpolate(variables)
		if len(errs) != 1 || !strings.Contains(errs[0].Message, "unfold to too much") {
			t.Errorf("%.20s…: got %v", text, errs)
		}
	}
}
