package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/idharness/harness/internal/strictyaml"
)

// Exit statuses. They are part of the contract: CI jobs tell them apart.
const (
	exitPassed      = 0
	exitUsage       = 1 // wrong usage
	exitInvalid     = 2 // a file does not parse or validate
	exitUnreachable = 3 // something could not be run or reached
	exitFailed      = 4 // an expectation failed
)

// maxMistakes is how many mistakes of a file are shown.
const maxMistakes = 20

// process is everything that a command may touch of the process it runs in.
// Messages go to Stderr, results to Stdout; no other file of this package uses
// package os for either.
type process struct {
	Args      []string
	LookupEnv func(string) (string, bool)
	Stdin     io.Reader // nil: none
	Stdout    io.Writer
	Stderr    io.Writer
	Terminal  bool // Stdout is a terminal

	// Tick is asked by --watch, each time that it has done what it had to, what to
	// wait for before it looks for changes; nil: for the next watchEvery.
	Tick func() <-chan time.Time
}

// exitError carries an exit status. Its message, if any, has not been printed.
type exitError struct {
	status int
	err    error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func exit(status int, err error) error { return &exitError{status, err} }

// main runs the command that Args name and returns the exit status.
func (p *process) main(ctx context.Context) int {
	root := p.command()
	root.SetArgs(p.Args)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitPassed
	}
	var coded *exitError
	if !errors.As(err, &coded) {
		fmt.Fprintf(p.Stderr, "harness: %v\n", err)
		fmt.Fprintf(p.Stderr, "hint: harness --help lists commands, harness COMMAND --help its flags\n")
		return exitUsage
	}
	var mistakes strictyaml.Errors
	switch {
	case coded.err == nil:
	case errors.As(coded.err, &mistakes):
		fmt.Fprint(p.Stderr, mistakes.Brief(maxMistakes))
	default:
		fmt.Fprintf(p.Stderr, "harness: %v\n", coded.err)
	}
	return coded.status
}

func (p *process) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "harness",
		Short: "A mock Microsoft Entra ID and a mock AWS IAM Identity Center that know each other",
		Long: `harness is a mock Microsoft Entra ID and a mock AWS IAM Identity Center that know
each other: SAML sign-in and SCIM provisioning on your machine, without an account.

Exit status: 0 passed, 1 wrong usage, 2 a file does not parse or validate,
3 something could not be run or reached, 4 an expectation failed.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.AddCommand(p.runCommand(), p.upCommand(), p.lintCommand(), p.decodeCommand(), p.schemaCommand(), p.healthcheckCommand(), p.versionCommand(), p.manCommand())
	p.complete(root)
	return root
}
