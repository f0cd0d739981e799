package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagsFromEnvironment sets the flags of a command that are not on the command
// line from variables: HARNESS_UP_ENTRA_URL stands for --entra-url of up. They
// have a prefix of their own, for the environment file's HARNESS_ENTRA_URL tells
// where a harness is; whoever has read that file and starts another harness must
// not give it the first one's addresses.
func (p *process) flagsFromEnvironment(cmd *cobra.Command) error {
	var wrong error
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		name := variableOf(cmd, f.Name)
		value, ok := p.LookupEnv(name)
		if !ok || value == "" || f.Changed || f.Name == "help" || wrong != nil {
			return
		}
		if err := cmd.Flags().Set(f.Name, value); err != nil {
			wrong = fmt.Errorf("variable %s: %w", name, err)
		}
	})
	return wrong
}

// variableOf names the variable that stands for a flag.
func variableOf(cmd *cobra.Command, flag string) string {
	return "HARNESS_" + strings.ToUpper(strings.ReplaceAll(cmd.Name()+"_"+flag, "-", "_"))
}
