package main

import (
	"github.com/spf13/cobra"

	"github.com/idharness/harness"
)

// addressFlags say where the mocks of a scenario listen: for a real system that
// has been told once, and cannot be told anew by every run.
type addressFlags struct{ cfg harness.Config }

func (f *addressFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.cfg.EntraAddr, "entra-addr", "", "`address` on which Entra listens (default a free port of 127.0.0.1)")
	flags.StringVar(&f.cfg.AWSAddr, "aws-addr", "", "`address` on which Identity Center listens (default a free port of 127.0.0.1)")
	flags.StringVar(&f.cfg.EntraURL, "entra-url", "", "base `URL` by which others reach Entra (default http://localhost:PORT)")
	flags.BoolVar(&f.cfg.TLS, "tls", false, "serve HTTPS, with certificates of a local CA that is made at the start")
	flags.StringVar(&f.cfg.AWSURL, "aws-url", "", "base `URL` by which others reach Identity Center (default http://127.0.0.1:PORT)")
}
