package internal_test

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// private are the folders whose packages nobody outside imports.
var private = []string{"cmd", "deploy", "docs", "examples", "internal", "interop", "testdata"}

// fewestPackages is how many packages are public at least: fewer mean that they
// are no longer found.
const fewestPackages = 12

// TestPublicPackagesAreDocumented: whoever runs go doc on a public package reads
// what it is, and of everything that it exports what it is for.
func TestPublicPackagesAreDocumented(t *testing.T) {
	packages, missing := undocumented(os.DirFS(".."))
	if packages < fewestPackages {
		t.Errorf("there are %d public packages, want at least %d", packages, fewestPackages)
	}
	for _, m := range missing {
		t.Error(m)
	}
}

// The reader of doc comments must not let a bare name pass.
func TestUndocumentedIsFound(t *testing.T) {
	_, missing := undocumented(fstest.MapFS{
		"internal/a.go": {Data: []byte("package internal\nfunc Private() {}\n")},
		"a/a_test.go":   {Data: []byte("package a\nfunc Tested() {}\n")},
		"a/a.go": {Data: []byte(`// Package a is whole. See [B], [B.M], [B.F] and [B.Gone].
package a

// These are values.
const (
	One = 1
	Two = 2
)

const Bare = 3

// It does something.
func Misnamed() {}

// A B is a type.
type B struct{ F int }

// M is a method.
func (*B) M() {}

func (*B) Undocumented() {}

func (*B) Error() string { return "" }

func (c) Method() {}

type c struct{}

type D struct{}

// NewD returns a [Gone] or a *refusal.Refusal.
func NewD() D { return D{} }
`)},
		"b/b.go": {Data: []byte("// This is no beginning.\npackage b\n")},
	})
	want := []string{
		"a: Bare has no doc comment",
		"a: B.Undocumented has no doc comment",
		"a: D has no doc comment",
		`a: the comment on Misnamed begins with "It does something.", not with its name`,
		"a: the comment on NewD links to [Gone], which is not there",
		"a: the comment on NewD speaks of refusal.Refusal, which is internal",
		"a: the comment on the package links to [B.Gone], which is not there",
		`b: the comment on the package begins with "This is no beginning.", not with Package b`,
	}
	slices.Sort(want)
	slices.Sort(missing)
	if !slices.Equal(missing, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(missing, "\n"), strings.Join(want, "\n"))
	}
}

// undocumented counts the public packages below a folder and lists what their
// documentation lacks.
func undocumented(root fs.FS) (packages int, missing []string) {
	err := fs.WalkDir(root, ".", func(dir string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !d.IsDir():
			return nil
		case slices.Contains(private, d.Name()) || strings.HasPrefix(d.Name(), ".") && dir != ".":
			return fs.SkipDir
		}
		pkg, err := packageDoc(root, dir)
		if pkg == nil {
			return err
		}
		packages++
		r := docReader{pkg: pkg, dir: dir}
		r.read()
		missing = append(missing, r.missing...)
		return nil
	})
	if err != nil {
		missing = append(missing, err.Error())
	}
	return packages, missing
}

// packageDoc reads the package of a folder; nil where there is none.
func packageDoc(root fs.FS, dir string) (*doc.Package, error) {
	names, err := fs.Glob(root, path.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(fset, name, text, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	if len(files) == 0 {
		return nil, nil
	}
	return doc.NewFromFiles(fset, files, path.Join(module, dir))
}

// docReader judges the documentation of one package.
type docReader struct {
	pkg     *doc.Package
	dir     string
	missing []string
}

func (r *docReader) miss(format string, args ...any) {
	r.missing = append(r.missing, r.dir+": "+fmt.Sprintf(format, args...))
}

func (r *docReader) read() {
	if first, _, _ := strings.Cut(r.pkg.Doc, "\n"); !strings.HasPrefix(first, "Package "+r.pkg.Name+" ") {
		r.miss("the comment on the package begins with %q, not with Package %s", first, r.pkg.Name)
	}
	r.links("the package", r.pkg.Doc)
	r.values(r.pkg.Consts)
	r.values(r.pkg.Vars)
	r.funcs("", r.pkg.Funcs)
	for _, t := range r.pkg.Types {
		r.named(t.Name, t.Doc)
		r.values(t.Consts)
		r.values(t.Vars)
		r.funcs("", t.Funcs)
		r.funcs(t.Name+".", t.Methods)
	}
}

func (r *docReader) funcs(receiver string, list []*doc.Func) {
	for _, f := range list {
		if receiver != "" && f.Name == "Error" && f.Doc == "" {
			continue // everybody knows what it does
		}
		if f.Level == 0 { // else it belongs to what is embedded
			r.named(receiver+f.Name, f.Doc)
		}
	}
}

// named expects a comment that begins with the name, after an article perhaps.
func (r *docReader) named(name, text string) {
	words := strings.Fields(text)
	if len(words) > 1 && slices.Contains([]string{"A", "An", "The"}, words[0]) {
		words = words[1:]
	}
	switch {
	case len(words) == 0:
		r.miss("%s has no doc comment", name)
	case words[0] != name[strings.LastIndex(name, ".")+1:]:
		first, _, _ := strings.Cut(text, "\n")
		r.miss("the comment on %s begins with %q, not with its name", name, first)
	}
	r.links(name, text)
}

// values expects a comment on constants and variables or on their group.
func (r *docReader) values(groups []*doc.Value) {
	for _, group := range groups {
		r.links(strings.Join(group.Names, ", "), group.Doc)
		for _, spec := range group.Decl.Specs {
			value, ok := spec.(*ast.ValueSpec)
			if !ok || group.Doc != "" || value.Doc != nil || value.Comment != nil {
				continue
			}
			for _, name := range value.Names {
				if name.IsExported() {
					r.miss("%s has no doc comment", name.Name)
				}
			}
		}
	}
}

// inner is the name of something that nobody outside can name.
var inner = regexp.MustCompile(`\b(clock|ids|refusal|serve|strictyaml|trace)\.[A-Z]\w*`)

// brackets is a link within the package, as it is written.
var brackets = regexp.MustCompile(`\[[A-Z]\w*(\.[A-Z]\w*)?\]`)

// links expects that links within the package lead somewhere. Those that do are
// no plain text any more once the comment is parsed.
func (r *docReader) links(name, text string) {
	if match := inner.FindString(text); match != "" {
		r.miss("the comment on %s speaks of %s, which is internal", name, match)
	}
	var plain func(list []comment.Text)
	plain = func(list []comment.Text) {
		for _, t := range list {
			switch t := t.(type) {
			case comment.Plain:
				for _, match := range brackets.FindAllString(string(t), -1) {
					r.miss("the comment on %s links to %s, which is not there", name, match)
				}
			case comment.Italic:
				plain([]comment.Text{comment.Plain(t)})
			}
		}
	}
	var blocks func(list []comment.Block)
	blocks = func(list []comment.Block) {
		for _, b := range list {
			switch b := b.(type) {
			case *comment.Paragraph:
				plain(b.Text)
			case *comment.Heading:
				plain(b.Text)
			case *comment.List:
				for _, item := range b.Items {
					blocks(item.Content)
				}
			}
		}
	}
	blocks(r.pkg.Parser().Parse(text).Content)
}
