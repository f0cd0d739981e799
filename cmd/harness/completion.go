package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/idharness/harness/scenarios"
)

// complete tells shells what may follow: files of scenarios where one is wanted,
// tags that these have, and nothing where nothing does.
func (p *process) complete(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "run", "lint":
			cmd.ValidArgsFunction = scenarioFiles
			p.completeFlag(cmd, "tags", p.tagsOf)
		case "up":
			cmd.ValidArgsFunction = oneScenarioFile
		case "decode":
		default:
			cmd.ValidArgsFunction = cobra.NoFileCompletions
		}
		for _, name := range []string{"var", "seed", "jobs", "timeout", "entra-addr", "aws-addr", "control-addr", "entra-url", "aws-url", "control-url", "control-token"} {
			p.completeFlag(cmd, name, cobra.NoFileCompletions)
		}
		if cmd.Flags().Lookup("vars") != nil {
			p.completeFlag(cmd, "vars", scenarioFiles)
		}
	}
}

// completeFlag says how a flag of a command is completed, if it has that flag.
func (p *process) completeFlag(cmd *cobra.Command, name string, complete cobra.CompletionFunc) {
	if cmd.Flags().Lookup(name) == nil {
		return
	}
	if err := cmd.RegisterFlagCompletionFunc(name, complete); err != nil {
		panic(err) // no such flag, or twice: a mistake of this program
	}
}

func scenarioFiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return []cobra.Completion{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}

func oneScenarioFile(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return scenarioFiles(cmd, args, typed)
}

// tagsOf lists the tags of the scenarios that are already on the command line;
// what cannot be read has none.
func (p *process) tagsOf(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var tags []cobra.Completion
	if len(args) > 0 {
		paths, err := scenarios.Find(args...)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, path := range paths {
			loaded, err := scenarios.LoadAll(path, scenarios.Options{Env: p.LookupEnv})
			if err != nil {
				continue
			}
			for _, s := range loaded {
				tags = append(tags, s.Tags...)
			}
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags), cobra.ShellCompDirectiveNoFileComp
}
