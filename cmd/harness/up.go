package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/idharness/harness"
	"github.com/idharness/harness/scenarios"
	"github.com/idharness/harness/scenarios/report"
)

func (p *process) upCommand() *cobra.Command {
	var vars variableFlags
	var cfg harness.Config
	var seed uint64
	var files upFiles
	var snapshotFile string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "up [FILE]",
		Short: "Start both mocks and keep them running",
		Long: `up starts the mock Entra ID, the mock Identity Center and the control address, and
keeps them running until it is interrupted. Without a FILE it starts a demo tenant
that is ready to sign in to; with one, the state in which that scenario's steps end.

A variable stands for each flag that is not given, which is handy in containers:
HARNESS_UP_ENTRA_URL for --entra-url, HARNESS_UP_SEED for --seed.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := p.flagsFromEnvironment(cmd); err != nil {
				return err
			}
			o, err := vars.options(p.LookupEnv)
			if err != nil {
				return err
			}
			if cfg.ControlToken == "" {
				cfg.ControlToken, _ = p.LookupEnv("HARNESS_CONTROL_TOKEN")
			}
			if err := errors.Join(caFileWithout(cfg.TLS, files.ca), cfg.Validate()); err != nil {
				return err
			}
			p.noteSchemes(cfg)
			if snapshotFile != "" {
				if len(args) > 0 {
					return fmt.Errorf("up starts the scenario %s or the snapshot %s, not both", args[0], snapshotFile)
				}
				cfg.Seed = seed
				return p.upFrom(cmd.Context(), snapshotFile, cfg, files, asJSON)
			}
			o.Harness, o.Seed = cfg, seed
			s, err := p.scenarioToStart(args, o)
			if err != nil {
				return err
			}
			if err := vars.check([]*scenarios.Scenario{s}); err != nil {
				return err
			}
			return p.up(cmd.Context(), s, o, files, asJSON)
		},
	}
	vars.register(cmd)
	f := cmd.Flags()
	f.StringVar(&cfg.EntraAddr, "entra-addr", "127.0.0.1:8400", "`address` on which Entra listens")
	f.StringVar(&cfg.AWSAddr, "aws-addr", "127.0.0.1:8500", "`address` on which Identity Center listens")
	f.StringVar(&cfg.ControlAddr, "control-addr", controlAddr, "`address` of health and control")
	f.StringVar(&cfg.EntraURL, "entra-url", "", "base `URL` by which others reach Entra (default http://localhost:PORT)")
	f.StringVar(&cfg.AWSURL, "aws-url", "", "base `URL` by which others reach Identity Center (default http://127.0.0.1:PORT)")
	f.StringVar(&cfg.ControlURL, "control-url", "", "base `URL` by which others reach the control address")
	f.StringVar(&cfg.ControlToken, "control-token", "", "`token` that requests to the control API must bring (default $HARNESS_CONTROL_TOKEN; made where others reach the address)")
	f.Uint64Var(&seed, "seed", 1, "seed of every id; tokens and sessions depend on it too")
	f.BoolVar(&cfg.TLS, "tls", false, "serve HTTPS, with certificates of a local CA that is made at the start")
	f.StringVar(&files.ca, "ca-file", "", "with --tls, write the certificate of the local CA to `file` (default a temporary file)")
	f.StringVar(&files.env, "env-file", "", "write KEY=VALUE lines to `file` once everything is ready")
	f.StringVar(&snapshotFile, "snapshot", "", "start in the state that `file` has, which the control API wrote")
	f.BoolVar(&asJSON, "json", false, "print one line of JSON instead of text")
	return cmd
}

// upFiles are the files that up writes.
type upFiles struct{ env, ca string }

func (p *process) scenarioToStart(args []string, o scenarios.Options) (*scenarios.Scenario, error) {
	if len(args) == 0 {
		s, err := scenarios.Demo(o)
		if err != nil {
			return nil, exit(exitInvalid, err)
		}
		return s, nil
	}
	o.ExpectNothing = true
	loaded, err := p.load(args, o)
	if err != nil {
		return nil, err
	}
	if len(loaded) != 1 {
		return nil, fmt.Errorf("up starts one scenario; the matrix of %s makes %d of it", args[0], len(loaded))
	}
	return loaded[0], nil
}

func (p *process) up(ctx context.Context, s *scenarios.Scenario, o scenarios.Options, files upFiles, asJSON bool) (err error) {
	h, result := scenarios.Up(ctx, s, o)
	if h == nil {
		return exit(exitUnreachable, errors.New(result.Error))
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if result.Status != scenarios.Passed {
		c := report.NewConsole(p.Stderr, report.ConsoleOptions{})
		for _, step := range result.Steps {
			c.Step(s, step)
		}
		return verdictOf([]scenarios.Report{result})
	}
	return p.ready(ctx, h, s.Name, files, asJSON)
}

// ready tells where everything is and goes on until ctx is done.
func (p *process) ready(ctx context.Context, h *harness.Harness, name string, files upFiles, asJSON bool) (err error) {
	token, err := clientToken(h)
	if err == nil {
		err = h.MarkInitial() // a reset must leave that token
	}
	if err != nil {
		return exit(exitUnreachable, err)
	}
	removeCA, err := writeCA(h, files.ca)
	if err != nil {
		return exit(exitUnreachable, err)
	}
	defer func() {
		if failed := removeCA(); failed != nil && err == nil {
			err = exit(exitUnreachable, failed)
		}
	}()
	values := environment(h, token)
	if files.env != "" {
		if err := writeEnvFile(files.env, values); err != nil {
			return exit(exitUnreachable, err)
		}
	}
	if asJSON {
		if err := json.NewEncoder(p.Stdout).Encode(asMap(values)); err != nil {
			return exit(exitUnreachable, err)
		}
	} else {
		p.welcome(h, name)
	}
	h.RunTimers(ctx)
	if !asJSON {
		fmt.Fprintln(p.Stdout, "stopped")
	}
	return nil
}

// clientToken makes a token of the reader's own beside the one that Entra's
// provisioning uses, which was shown once and is gone. Where automatic
// provisioning is off there is none: switching it on would take the users out of
// the administrator's hands. Where two are there already, as in the snapshot of
// such a harness, nobody can make another one: it is Entra's then.
func clientToken(h *harness.Harness) (string, error) {
	store := h.IdentityCenter.Store()
	if !store.ProvisioningEnabled() {
		return "", nil
	}
	if len(store.Tokens()) > 1 {
		return entrasToken(h)
	}
	access, err := h.EnableProvisioning()
	if err != nil {
		return "", fmt.Errorf("make a SCIM token for the environment file: %w", err)
	}
	return access.Token, nil
}

// environment lists what programs need to know, with the tokens.
func environment(h *harness.Harness, scimToken string) []harness.Variable {
	values := h.Environment()
	for i := range values {
		switch values[i].Name {
		case "HARNESS_SCIM_TOKEN":
			values[i].Value = scimToken
		case "HARNESS_CONTROL_TOKEN":
			values[i].Value = h.ControlToken()
		}
	}
	return values
}

func asMap(values []harness.Variable) map[string]string {
	out := make(map[string]string, len(values))
	for _, v := range values {
		out[v.Name] = v.Value
	}
	return out
}

// writeEnvFile writes the file whole and then renames it into place, so that
// whoever waits for it never reads half of it. It holds a token: only the owner
// may read it.
func writeEnvFile(name string, values []harness.Variable) error {
	var b bytes.Buffer
	for _, v := range values {
		fmt.Fprintf(&b, "%s=%s\n", v.Name, quote(v.Value))
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("write environment file: %w", err)
	}
	_, err = temporary.Write(b.Bytes())
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write environment file: %w", errors.Join(err, os.Remove(temporary.Name())))
	}
	return nil
}

// quote makes a value safe for a shell that sources the file; plain ones stay
// bare, for tools that read KEY=VALUE without a shell.
func quote(s string) string {
	plain := strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.,:/@%+=", r)
	}) < 0
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// welcome prints the addresses and where to click.
func (p *process) welcome(h *harness.Harness, name string) {
	entra, aws := h.Entra, h.IdentityCenter
	fmt.Fprintf(p.Stdout, `%s

   Microsoft Entra ID   %s
   Identity Center      %s
   control              %s

   open  %s      the access portal: you are sent to Entra and back
   or    %s      My Apps: start from Entra

   browser ──1 open portal──▶ Identity Center
      ◀──────2 redirect with AuthnRequest────┘
      ───────3 sign in──────▶ Entra ID ──SCIM──▶ Identity Center
      ◀──────4 page that posts the signed response
      ───────5 POST response▶ Identity Center: 6 portal page

`, name, entra.BaseURL(), aws.BaseURL(), h.ControlURL(), aws.PortalURL(), entra.MyAppsURL())
	fmt.Fprintln(p.Stdout, "   users (the sign-in page names their password):")
	for _, u := range entra.Directory().Users() {
		state := ""
		if !u.Enabled() {
			state = " (disabled)"
		}
		fmt.Fprintf(p.Stdout, "      %s%s\n", u.UserPrincipalName, state)
	}
	if token := h.ControlToken(); token != "" {
		fmt.Fprintf(p.Stdout, "\n   control token        %s\n", token)
	}
	if name := caFileOf(h); name != "" {
		fmt.Fprintf(p.Stdout, "\n   CA certificate       %s\n", name)
	}
	fmt.Fprintf(p.Stdout, "\n   SCIM endpoint        %s\n   Ctrl-C stops it\n\n", aws.SCIMURL())
}
