package strictyaml_test

import (
	"strings"
	"testing"

	"github.com/idharness/harness/internal/strictyaml"
)

func TestNearest(t *testing.T) {
	keys := []string{"name", "assignments", "userPrincipalName", "nameID", "tags", "id", "users", "groups", "x"}
	people := []string{"ana@contoso.example", "bob@contoso.example", "caroline@contoso.example"}
	tests := []struct {
		word  string
		known []string
		want  string
	}{
		{"asignments", keys, "assignments"},
		{"assignmetns", keys, "assignments"}, // two swapped letters
		{"nmae", keys, "name"},
		{"nameId", keys, "nameID"},
		{"NAME", keys, "name"},
		{"user", keys, "users"},
		{"userPrincipalNmaee", keys, "userPrincipalName"},
		{"userPrncplNme", keys, ""},
		{"colour", keys, ""},
		{"ip", keys, "id"},
		{"X", keys, "x"},
		{"y", keys, ""}, // every one-letter word is near every other
		{"", keys, ""},
		{"name", []string{"name"}, ""}, // it is known
		{"anna@contoso.example", people, "ana@contoso.example"},
		{"rob@contoso.example", people, "bob@contoso.example"},
		{"joe@contoso.example", people, ""}, // the domain is no likeness
		{"carolina@contoso.example", people, "caroline@contoso.example"},
		{"ana@contoso.exampel", people, "ana@contoso.example"},
		{strings.Repeat("a", 100_000), []string{strings.Repeat("a", 99_999)}, ""},
		{"straße", []string{"strasse", "strase"}, "strase"},
	}
	for _, test := range tests {
		got, ok := strictyaml.Nearest(test.word, test.known)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("Nearest(%.30q) = %q, %v; want %q", test.word, got, ok, test.want)
		}
	}
}
