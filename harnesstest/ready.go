package harnesstest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ory/dockertest/v3/docker"
)

// wait waits until harness up has printed its addresses, which it does once
// everything is ready.
func (c *Container) wait(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		stdout, stderr, err := c.output()
		if err != nil {
			return err
		}
		if line, _, whole := strings.Cut(stdout, "\n"); whole {
			return c.fill(line)
		}
		state, err := c.pool.Client.InspectContainer(c.Resource.Container.ID)
		if err != nil {
			return fmt.Errorf("inspect the container: %w", err)
		}
		if !state.State.Running {
			return fmt.Errorf("the container ended with exit status %d: %s", state.State.ExitCode, strings.TrimSpace(c.mask(stderr)))
		}
		select {
		case <-ctx.Done():
			return errors.New("the container is not ready in time")
		case <-tick.C:
		}
	}
}

// fill takes the addresses from what harness up --json prints.
func (c *Container) fill(line string) error {
	if err := json.Unmarshal([]byte(line), &c.Env); err != nil {
		return fmt.Errorf("read the addresses that the container printed: %w", err)
	}
	for name, field := range map[string]*string{
		"HARNESS_ENTRA_URL": &c.EntraURL, "HARNESS_ENTRA_TENANT_ID": &c.TenantID, "HARNESS_ENTRA_APP_ID": &c.AppID, "HARNESS_ENTRA_ISSUER": &c.Issuer,
		"HARNESS_ENTRA_LOGIN_URL": &c.LoginURL, "HARNESS_ENTRA_METADATA_URL": &c.MetadataURL,
		"HARNESS_AWS_URL": &c.AWSURL, "HARNESS_AWS_PORTAL_URL": &c.PortalURL, "HARNESS_AWS_ACS_URL": &c.ACSURL, "HARNESS_AWS_ENTITY_ID": &c.EntityID,
		"HARNESS_AWS_SP_METADATA_URL": &c.SPMetadataURL, "HARNESS_SCIM_URL": &c.SCIMURL, "HARNESS_SCIM_TOKEN": &c.SCIMToken,
		"HARNESS_CONTROL_URL": &c.ControlURL,
	} {
		value, ok := c.Env[name]
		if !ok {
			return fmt.Errorf("the container did not print %s: it is another version of the harness", name)
		}
		*field = value
	}
	return nil
}

// output returns what the container has printed.
func (c *Container) output() (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	err = c.pool.Client.Logs(docker.LogsOptions{Container: c.Resource.Container.ID, OutputStream: &out, ErrorStream: &errs, Stdout: true, Stderr: true})
	if err != nil {
		return "", "", fmt.Errorf("read the container's log: %w", err)
	}
	return out.String(), errs.String(), nil
}

// Log returns what the container has printed so far, without tokens.
func (c *Container) Log() string {
	stdout, stderr, err := c.output()
	if err != nil {
		return err.Error()
	}
	return c.mask(stdout + stderr)
}

func (c *Container) mask(text string) string {
	for _, secret := range []string{c.SCIMToken, c.ControlToken} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return text
}
