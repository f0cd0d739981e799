package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/idharness/harness"
	"github.com/idharness/harness/scimmock"
)

// upFrom starts a harness in the state of a snapshot.
func (p *process) upFrom(ctx context.Context, file string, cfg harness.Config, files upFiles, asJSON bool) (err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return exit(exitUnreachable, fmt.Errorf("read snapshot: %w", err))
	}
	var s harness.Snapshot
	if err := json.Unmarshal(text, &s); err != nil {
		return exit(exitInvalid, fmt.Errorf("%s: %w", file, err))
	}
	if rfc := scimmock.RFC(); s.SCIM.Profile == rfc.Name {
		cfg.SCIMProfile = rfc
	}
	cfg.Unconnected = true
	h, err := harness.New(ctx, cfg)
	if err != nil {
		return exit(exitUnreachable, err)
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := h.Restore(s); err != nil {
		return exit(exitInvalid, fmt.Errorf("%s: %w", file, err))
	}
	return p.ready(ctx, h, file, files, asJSON)
}

// entrasToken is the access token that Entra's provisioning uses for the
// harness's own SCIM endpoint, or nothing.
func entrasToken(h *harness.Harness) (string, error) {
	s, err := h.Snapshot()
	if err != nil {
		return "", err
	}
	for _, app := range s.Entra.Applications {
		target := app.Provisioning.Target
		if target != nil && target.URL == h.IdentityCenter.SCIMURL() {
			return target.Token, nil
		}
	}
	return "", nil
}
