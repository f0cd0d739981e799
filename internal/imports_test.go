package internal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/idharness/harness"

// allowed says which parts of this module a part may import. Parts are named by
// the first path element below the module; the root package is "harness".
// The two sides meet only over HTTP, metadata files and SCIM, as in life.
var allowed = map[string][]string{
	"cmd":       {"scenarios", "harness", "control", "idp", "sp", "scimmock", "internal"},
	"scenarios": {"harness", "idp", "sp", "scimmock", "internal"},
	"harness":   {"control", "idp", "sp", "scimmock", "internal"},
	"control":   {"idp", "sp", "scimmock", "internal"},
	"idp":       {"internal"},
	"sp":        {"internal"},
	"scimmock":  {"sp/identitystore", "internal"},
	"internal":  {},
}

func part(path string) string {
	rest := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
	if rest == "" {
		return "harness"
	}
	first, _, _ := strings.Cut(rest, "/")
	return first
}

func permitted(from, to string) bool {
	if part(from) == part(to) {
		return true
	}
	for _, prefix := range allowed[part(from)] {
		if part(to) == prefix || to == module+"/"+prefix || strings.HasPrefix(to, module+"/"+prefix+"/") {
			return true
		}
	}
	return false
}

func TestImportRules(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := 0
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; packages++ {
		var p struct {
			ImportPath                         string
			Imports, TestImports, XTestImports []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if _, ok := allowed[part(p.ImportPath)]; !ok {
			t.Errorf("%s: no rule says what it may import", p.ImportPath)
		}
		for _, list := range [][]string{p.Imports, p.TestImports, p.XTestImports} {
			for _, imported := range list {
				if (imported == module || strings.HasPrefix(imported, module+"/")) && !permitted(p.ImportPath, imported) {
					t.Errorf("%s imports %s, which the rules forbid", p.ImportPath, imported)
				}
			}
		}
	}
	if packages < 10 {
		t.Errorf("go list found only %d packages", packages)
	}
}

func TestImportRulesForbid(t *testing.T) {
	for _, pair := range [][2]string{
		{"idp", "sp"}, {"idp/provisioning", "scimmock"}, {"sp", "idp/directory"}, {"scimmock", "idp"}, {"scimmock", "sp"},
		{"sp", "scimmock"}, {"internal/trace", "idp"}, {"scenarios", "cmd/harness"}, {"idp", ""},
	} {
		from, to := module+"/"+pair[0], strings.TrimSuffix(module+"/"+pair[1], "/")
		if permitted(from, to) {
			t.Errorf("%s may import %s, and should not", from, to)
		}
	}
	if !permitted(module+"/scimmock", module+"/sp/identitystore") {
		t.Error("scimmock and sp meet in sp/identitystore, but the rule forbids it")
	}
}
