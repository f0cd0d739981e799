package strictyaml_test

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/idharness/harness/internal/strictyaml"
)

// FuzzRead looks for panics and for work out of proportion to the input.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "users[0].name")
	}
	f.Add([]byte("name: x\nexpect: [\"${list[1]['a']}\", ${later}, $${x}]\n? &k ${count}\n: {*k : *k}\n"), `a["b"][0].c`)
	f.Fuzz(func(t *testing.T, data []byte, path string) {
		if len(data) > 1<<14 {
			return
		}
		_, errs := read("fuzz.yaml", data)
		if detail := errs.Detail(); !utf8.ValidString(detail) {
			t.Errorf("messages are not UTF-8: %q", detail)
		}
		for _, e := range errs {
			if e.Message == "" || e.Pos.Line < 0 || e.Pos.Line > len(data)+1 || (e.Pos.Line > 0 && e.Pos.Column < 1) {
				t.Errorf("%+v points nowhere", e)
			}
		}
		file, _ := strictyaml.Parse("fuzz.yaml", data)
		if file == nil {
			return
		}
		made, errs := file.Root().Interpolate(variables)
		_ = errs.Detail()
		_ = made.Any()
		if pos, _ := strictyaml.PathPos(made, path); pos.Line < 1 {
			t.Errorf("the path %q is at %v", path, pos)
		}
		var got scenario
		_ = strictyaml.Decode(made, &got).Detail()
	})
}
