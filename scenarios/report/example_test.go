package report_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/idharness/harness/scenarios"
	"github.com/idharness/harness/scenarios/report"
)

// A program of one's own runs a scenario and leaves a page behind.
func Example() {
	s, err := scenarios.LoadFile("../demo.yaml", scenarios.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	reports := []scenarios.Report{scenarios.Run(context.Background(), s, scenarios.Options{})}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	err = report.WriteFile(filepath.Join(dir, "report.html"), func(w io.Writer) error { return report.HTML(w, reports) })
	fmt.Println(reports[0].Status, err)
	// Output: passed <nil>
}
