package main

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersionOf(t *testing.T) {
	built := func(module string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: module}, Settings: settings}
	}
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123"}
	platform := " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	for _, test := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{nil, "harness (devel)"},
		{built(""), "harness (devel)"},
		{built("v1.2.3"), "harness v1.2.3"},
		{built("v1.2.3", revision, debug.BuildSetting{Key: "vcs.modified", Value: "false"}), "harness v1.2.3 0123456789ab"},
		{built("(devel)", revision, debug.BuildSetting{Key: "vcs.modified", Value: "true"}), "harness (devel) 0123456789ab+changes"},
	} {
		if got := versionOf(test.info).String(); got != test.want+platform {
			t.Errorf("%+v: %q, want %q", test.info, got, test.want+platform)
		}
	}
	if v := versionOf(built("v1", debug.BuildSetting{Key: "vcs.time", Value: "2026-01-05T09:00:00Z"})); v.Time != "2026-01-05T09:00:00Z" {
		t.Errorf("time of the commit: %+v", v)
	}
}

func TestVersionAsJSON(t *testing.T) {
	got := command(t, "version", "--json")
	var v map[string]any
	if err := json.Unmarshal([]byte(got.stdout), &v); err != nil || got.status != exitPassed || strings.Count(got.stdout, "\n") != 1 {
		t.Fatalf("exit status %d, %v: %s", got.status, err, got.stdout)
	}
	if v["version"] == "" || v["go"] != runtime.Version() || v["os"] != runtime.GOOS || v["arch"] != runtime.GOARCH || v["modified"] == nil {
		t.Errorf("version --json: %v", v)
	}
}
