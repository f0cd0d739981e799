package harnesstest_test

import (
	"net/http"
	"testing"

	"github.com/idharness/harness/harnesstest"
)

func Example() {
	// func TestMetadata(t *testing.T)
	_ = func(t *testing.T) {
		c := harnesstest.Run(t, harnesstest.Pool(t))
		resp, err := http.Get(c.MetadataURL)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("Entra's metadata: %s", resp.Status)
		}
	}
}
