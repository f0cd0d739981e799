package strictyaml_test

import (
	"testing"
	"time"

	"github.com/idharness/harness/internal/strictyaml"
)

func TestParseDuration(t *testing.T) {
	tests := []struct {
		text string
		want time.Duration
		ok   bool
	}{
		{"40m", 40 * time.Minute, true},
		{"1h30m", 90 * time.Minute, true},
		{"1.5h", 90 * time.Minute, true},
		{"90d", 90 * 24 * time.Hour, true},
		{"1d12h", 36 * time.Hour, true},
		{"0.5d", 12 * time.Hour, true},
		{"-2d1h", -49 * time.Hour, true},
		{"-5m", -5 * time.Minute, true},
		{"0", 0, true},
		{"0d", 0, true},
		{"106751d", 106751 * 24 * time.Hour, true},
		{"106752d", 0, false}, // more than an int64 of nanoseconds
		{"1e999d", 0, false},
		{"", 0, false},
		{"d", 0, false},
		{"5", 0, false},
		{"5 m", 0, false},
		{"1h2d", 0, false},
		{"1d-2h", 0, false},
		{"1d+2h", 0, false},
		{"--1d", 0, false},
		{"-+1d", 0, false},
		{"- 1m", 0, false},
		{"1d2d", 0, false},
		{"PT8H", 0, false},
		{"1w", 0, false},
	}
	for _, test := range tests {
		got, err := strictyaml.ParseDuration(test.text)
		if got != test.want || (err == nil) != test.ok {
			t.Errorf("ParseDuration(%q) = %v, %v", test.text, got, err)
		}
	}
}
