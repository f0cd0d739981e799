package scenarios

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/idharness/harness/internal/strictyaml"
)

// hostile are texts that a parser of YAML has reason to fear.
func hostile() map[string]string {
	const steps = "\nsteps: [{observe: entra.users, expect: []}]\n"
	laughs := "name: n\nvars:\n  a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
	for i, last := 1, "a0"; i < 12; i++ {
		name := "a" + string(rune('a'+i))
		laughs += "  " + name + ": &" + name + " [" + strings.TrimSuffix(strings.Repeat("*"+last+", ", 9), ", ") + "]\n"
		last = name
	}
	return map[string]string{
		"billion laughs":         laughs + "steps: [{observe: entra.users, expect: [\"${al}\"]}]\n",
		"variables of variables": "name: n\nvars: {a: " + strings.Repeat("x", 1000) + ", b: \"" + strings.Repeat("${a}", 100) + "\", c: \"" + strings.Repeat("${b}", 100) + "\", d: \"" + strings.Repeat("${c}", 100) + "\"}" + steps,
		"deep lists":             "name: " + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + steps,
		"deep maps":              "name: " + strings.Repeat("{a: ", 20_000) + strings.Repeat("}", 20_000) + steps,
		"deep blocks":            "name:\n" + deepBlocks(2000) + steps,
		"deep expectation":       "name: n\nsteps: [{observe: entra.users, expect: " + strings.Repeat("{$not: ", 500) + "1" + strings.Repeat("}", 500) + "}]\n",
		"deep dashes":            "name: n\nsteps:\n" + strings.Repeat("- ", 5000) + "x\n",
		"huge scalar":            "name: " + strings.Repeat("a", 1<<20) + steps,
		"huge key":               strings.Repeat("a", 1<<20) + ": n" + steps,
		"many keys":              "name: n\nvars: {" + manyKeys(20_000) + "}" + steps,
		"many steps":             "name: n\nsteps:\n" + strings.Repeat("- {observe: entra.usres}\n", 5000),
		"anchor in itself":       "name: &a [*a]" + steps,
		"anchor around its use":  "name: n\nentra: &a {users: [*a]}" + steps,
		"keys twice":             "name: n\nname: n\nname: n" + steps + steps,
		"merge keys":             "name: n\nentra: {<<: [{users: []}, {groups: []}]}" + steps,
		"tags":                   "!<tag:yaml.org,2002:map> {name: !!binary aGk=, steps: !!omap [a: b]}\n",
		"directives":             "%YAML 1.1\n%TAG ! tag:example.com,2000:\n---\nname: n" + steps,
		"documents":              "--- \n...\n---\nname: n" + steps + "...\n--- |\n x\n",
		"invalid UTF-8":          "name: \xff\xfe" + steps,
		"broken UTF-8 in a key":  "na\xc3me: n" + steps,
		"UTF-16":                 "\xff\xfen\x00a\x00m\x00e\x00:\x00",
		"byte order mark":        "\ufeffname: n" + steps,
		"byte order mark inside": "name: n\n\ufeffsteps: []\n",
		"carriage returns":       "name: n\r\nsteps:\r\n- observe: entra.users\r\n  expect: []\r\n",
		"carriage returns alone": "name: n\rsteps:\r- observe: entra.users\r  expect: []\r",
		"tabs":                   "name:\tn\nsteps:\t[\t{observe:\tentra.users,\texpect:\t[]}\t]\n",
		"tab for indentation":    "name: n\nsteps:\n\t- observe: entra.users\n",
		"line separators":        "name: n\u2028steps: []\u2029\u0085" + steps,
		"null bytes":             "name: n\x00" + steps,
		"escape sequences":       "name: \"\\u0000\\U0010ffff\\x1b[31m\\ud800\"" + steps,
		"bidirectional":          "name: \u202en\u202c" + steps,
		"block scalars":          "name: |+9\n         n\n\nvars: {a: >-\n  x}\n" + steps,
		"numbers":                "name: n\nvars: {a: 0x" + strings.Repeat("f", 400) + ", b: 1e999, c: -.inf, d: 0o7777777777777777777777, e: 9223372036854775808}" + steps,
		"null keys":              "? \n: n\n~: m\nnull: x" + steps,
		"complex keys":           "? [a, b]\n: n\n? {a: b}\n: m" + steps,
		"a dollar and no end":    "name: ${" + strings.Repeat("${", 3000) + steps,
		"a regex to wait for":    "name: n\nsteps: [{observe: entra.users, expect: {$contains: {displayName: {$matches: \"(a*)*(a*)*b{1000}{1000}\"}}}}]\n",
		"matrix without an end":  "name: n\nmatrix: [" + strings.TrimSuffix(strings.Repeat("{a: 1}, ", 3000), ", ") + "]" + steps,
		"matrix of huge rows":    "name: n\nmatrix: [{a: \"" + strings.Repeat("x", 100_000) + "\"}]" + steps,
		"copies without an end":  "name: n\nentra: {users: [{userPrincipalName: \"u${n}@contoso.example\", copies: 2000000000}]}" + steps,
		"includes itself":        "name: n\nsteps: [{include: hostile.yaml}]\n",
		"includes a device":      "name: n\nsteps: [{include: /dev/zero}, {include: ../../../dev/zero}]\n",
		"reads a device":         "name: n\ntargets: {serviceProvider: {metadata: /dev/zero, caFile: /dev/zero}}" + steps,
		"nothing":                "",
		"a scalar":               "42",
		"a list":                 "- name: n\n- steps: []\n",
	}
}

func deepBlocks(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i+1) + "a:\n")
	}
	return b.String()
}

func manyKeys(n int) string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = "k" + strings.Repeat("a", i%7) + string(rune('a'+i%26)) + strings.Repeat("b", i/26%30) + string(rune('a'+i/780%26)) + ": 1"
	}
	return strings.Join(keys, ", ")
}

// A file is read or refused, whatever is in it: every mistake has its place in
// the file, and can be shown.
func checkLoad(t *testing.T, data []byte) {
	o := Options{Env: func(string) (string, bool) { return "", false }}
	loaded, err := load("hostile.yaml", data, o)
	if err == nil {
		for _, s := range loaded {
			if len(s.steps) == 0 {
				t.Error("a scenario without steps is accepted")
			}
		}
		return
	}
	var mistakes strictyaml.Errors
	if !errors.As(err, &mistakes) {
		t.Fatalf("the error is no list of mistakes: %v", err)
	}
	lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + 1
	for i, m := range mistakes {
		switch {
		case m.Message == "":
			t.Errorf("%s: a mistake without a message", m.Pos)
		case m.Pos.File != "hostile.yaml" || m.Pos.Line < 0 || m.Pos.Line > lines || m.Pos.Line > 0 && m.Pos.Column < 1:
			t.Errorf("%s is no place in the file, which has %d lines: %s", m.Pos, lines, m.Message)
		case i > 0 && m.Pos.File == mistakes[i-1].Pos.File && m.Pos.Line < mistakes[i-1].Pos.Line:
			t.Errorf("%s stands behind %s", m.Pos, mistakes[i-1].Pos)
		}
	}
	shown := mistakes.Brief(20)
	if !utf8.ValidString(shown) {
		t.Errorf("what is shown is no UTF-8: %q", shown)
	}
	if strings.ContainsAny(shown, "\x00\x1b\r") {
		t.Errorf("what is shown holds control characters: %q", shown)
	}
	if len(shown) > 100_000 {
		t.Errorf("what is shown has %d bytes", len(shown))
	}
}

func TestHostileFiles(t *testing.T) {
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) { checkLoad(t, []byte(text)) })
	}
}

func FuzzLoad(f *testing.F) {
	for _, text := range hostile() {
		if len(text) < 10_000 {
			f.Add([]byte(text))
		}
	}
	for _, pattern := range []string{"*.yaml", "testdata/*.yaml", "../cmd/harness/testdata/broken/*.yaml", "../examples/*/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatalf("%s: %d files, %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 50_000 {
			t.Skip("longer than what is worth a try")
		}
		checkLoad(t, data)
	})
}
