package strictyaml_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/idharness/harness/internal/strictyaml"
)

var update = flag.Bool("update", false, "rewrite the golden files of testdata")

// scenario stands for the files that this package will read.
type scenario struct {
	Name    string            `yaml:"name" required:"true"`
	Tags    []string          `yaml:"tags"`
	Vars    map[string]any    `yaml:"vars"`
	Clock   time.Time         `yaml:"clock"`
	Users   []user            `yaml:"users" required:"true"`
	Steps   []step            `yaml:"steps"`
	Labels  map[string]string `yaml:"labels"`
	Mode    string            `yaml:"mode" oneOf:"strict|relaxed"`
	Modes   []string          `yaml:"modes" oneOf:"strict|relaxed"`
	Expect  *strictyaml.Node  `yaml:"expect"`
	Account string            `yaml:"account"`
	numbers
	limits `yaml:"limits"` // not exported and named: not part of the file
}

type numbers struct {
	Timeout  time.Duration
	Retries  int
	Ratio    float64
	Small    int8
	Positive uint
	Debug    *bool
}

type limits struct{ Most int }

type user struct {
	UserPrincipalName string `json:"userPrincipalName,omitempty" required:"true"`
	DisplayName       string `json:"displayName"`
	Enabled           *bool  `json:"enabled"`
	Assignments       []any  `json:"assignments"`
	Password          string `json:"-"`
}

type step struct {
	Provision   *provision     `yaml:"provision"`
	Advance     *time.Duration `yaml:"advance"`
	DisableUser *disable       `yaml:"disableUser"`
}

type provision struct {
	Cycle string `yaml:"cycle" oneOf:"initial|incremental"`
	Tries int    `yaml:"tries"`
}

// disable is written {user: ana, reason: left} or just ana.
type disable struct {
	User   string `yaml:"user" required:"true"`
	Reason string `yaml:"reason"`
}

func (d *disable) UnmarshalNode(n *strictyaml.Node) strictyaml.Errors {
	if n.IsScalar() {
		return strictyaml.Decode(n, &d.User)
	}
	type plain disable
	return strictyaml.Decode(n, (*plain)(d))
}

// read parses and decodes, and gives everything that is wrong with a file.
func read(name string, data []byte) (scenario, strictyaml.Errors) {
	var got scenario
	var errs strictyaml.Errors
	file, err := strictyaml.Parse(name, data)
	if err != nil {
		errs = err.(strictyaml.Errors)
	}
	if file != nil {
		errs = strictyaml.Join(errs, strictyaml.Decode(file.Root(), &got))
	}
	return got, errs
}

// TestBrokenFiles holds every complaint about a broken file to the words and
// the place that its author will see.
func TestBrokenFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, errs := read(filepath.Base(path), data)
			if len(errs) == 0 {
				t.Fatal("the file was accepted")
			}
			golden := strings.TrimSuffix(path, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(errs.Detail()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), errs.Detail()); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
			for _, e := range errs {
				if e.Pos.File != filepath.Base(path) {
					t.Errorf("%v does not name the file", e)
				}
			}
		})
	}
}
