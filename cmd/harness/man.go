package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (p *process) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   "Print the manual page",
		Example: "  harness man > /usr/local/share/man/man1/harness.1",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, _ := debug.ReadBuildInfo()
			return writeMan(p.Stdout, cmd.Root(), versionOf(info))
		},
	}
}

// writeMan writes a manual page of all commands in the macros of man(7). Its date
// is that of the commit, so that two builds of one commit print the same.
func writeMan(w io.Writer, root *cobra.Command, v version) error {
	var b strings.Builder
	date := ""
	if at, err := time.Parse(time.RFC3339, v.Time); err == nil {
		date = at.UTC().Format(time.DateOnly)
	}
	fmt.Fprintf(&b, ".TH HARNESS 1 %q %q\n.SH NAME\n%s \\- %s\n.SH SYNOPSIS\n.B %s\n.I COMMAND\n[flags]\n.SH DESCRIPTION\n",
		date, "harness "+v.Version, root.Name(), roff(root.Short), root.Name())
	paragraphs(&b, root.Long)
	b.WriteString(".SH COMMANDS\n")
	for _, cmd := range root.Commands() {
		if cmd.IsAvailableCommand() {
			describe(&b, cmd)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// describe writes the section of a command and what is below it.
func describe(b *strings.Builder, cmd *cobra.Command) {
	fmt.Fprintf(b, ".SS %s\n", roff(cmd.UseLine()))
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	paragraphs(b, text)
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name, usage := pflag.UnquoteUsage(f)
		names := "\\fB" + roff("--"+f.Name) + "\\fR"
		if f.Shorthand != "" {
			names = "\\fB" + roff("-"+f.Shorthand) + "\\fR, " + names
		}
		if name != "" {
			names += " \\fI" + roff(name) + "\\fR"
		}
		fmt.Fprintf(b, ".TP\n%s\n%s\n", names, line(usage))
	})
	if cmd.Example != "" {
		fmt.Fprintf(b, ".PP\nExamples:\n.PP\n.nf\n")
		for example := range strings.Lines(cmd.Example) {
			fmt.Fprintf(b, "%s\n", line(strings.TrimRight(example, "\n")))
		}
		b.WriteString(".fi\n")
	}
	for _, below := range cmd.Commands() {
		if below.IsAvailableCommand() {
			describe(b, below)
		}
	}
}

// paragraphs writes running text; indented lines stay as they are.
func paragraphs(b *strings.Builder, text string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		kept := strings.HasPrefix(paragraph, " ") || strings.HasPrefix(paragraph, "\t")
		if kept {
			b.WriteString(".nf\n")
		}
		for one := range strings.SplitSeq(paragraph, "\n") {
			if one = strings.TrimRight(strings.ReplaceAll(one, "\t", "    "), " "); one != "" {
				b.WriteString(line(one) + "\n")
			}
		}
		if kept {
			b.WriteString(".fi\n")
		}
	}
}

// line is a line of text, which must not begin like a macro.
func line(text string) string {
	text = roff(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}

// roff escapes what the formatter would take for its own: backslashes, and hyphens
// that must stay what they are for those who copy a flag.
func roff(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
}
