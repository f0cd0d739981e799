package harnesstest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ory/dockertest/v3"
)

// Pool returns a connection to the Docker engine that DOCKER_HOST names, or the
// one of this machine. Without an engine the test is skipped with the reason, or
// fails where the variable HARNESS_REQUIRE has docker, or all, among its words,
// as it should in continuous integration.
func Pool(t testing.TB) *dockertest.Pool {
	t.Helper()
	pool, err := dockertest.NewPool("")
	if err == nil {
		err = pool.Client.Ping()
	}
	if err == nil {
		return pool
	}
	reason := fmt.Sprintf("no Docker engine answers: %v", err)
	if name := os.Getenv("HARNESS_DOCKERD_LOG"); name != "" { // of one that could not be started
		log, _ := os.ReadFile(name)
		reason += "; dockerd printed:\n" + string(log[max(0, len(log)-1000):])
	}
	for word := range strings.SplitSeq(os.Getenv("HARNESS_REQUIRE"), ",") {
		if word == "docker" || word == "all" {
			t.Fatal(reason)
		}
	}
	t.Skip(reason)
	return nil
}
