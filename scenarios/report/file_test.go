package report_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/idharness/harness/scenarios/report"
)

func TestWriteFileIsWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "report.xml")
	text := func(text string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			if _, writeErr := io.WriteString(w, text); writeErr != nil {
				return writeErr
			}
			return err
		}
	}
	if err := report.WriteFile(name, text("first", nil)); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("no more")
	if err := report.WriteFile(name, text("half of the sec", broken)); !errors.Is(err, broken) || !strings.Contains(err.Error(), "write report "+name) {
		t.Errorf("error %v", err)
	}
	data, err := os.ReadFile(name)
	if err != nil || string(data) != "first" {
		t.Errorf("after a failure the file holds %q, %v", data, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("something stayed behind: %v, %v", entries, err)
	}
	for name, want := range map[string]string{
		filepath.Join(dir, "none", "report.xml"): "no such file or directory",
		dir:                                      "it is a directory",
	} {
		if err := report.WriteFile(name, text("x", nil)); err == nil || !strings.Contains(err.Error(), "write report "+name) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
	if err := report.WriteFile("/dev/null", text("x", nil)); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat("/dev/null"); err != nil || info.Mode().IsRegular() {
		t.Errorf("/dev/null became %v, %v", info.Mode(), err)
	}
}
