package main

import (
	"github.com/spf13/cobra"

	"github.com/idharness/harness/scenarios"
)

func (p *process) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of scenario files, for editors",
		Long: `Schema prints the JSON Schema (draft 7) of scenario files as this harness reads them.
Editors with the YAML language server use it when the file begins with

  # yaml-language-server: $schema=` + scenarios.SchemaURL,
		Example: "  harness schema > schema.json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			schema, err := scenarios.JSONSchema()
			if err == nil {
				_, err = p.Stdout.Write(schema)
			}
			return err
		},
	}
}
