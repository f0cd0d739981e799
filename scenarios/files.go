package scenarios

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Files lists the files that a scenario is made of: its own, and then those that
// it includes or that its targets name.
func (s *Scenario) Files() []string {
	others := slices.AppendSeq(s.doc.Targets.files(), maps.Keys(s.included))
	slices.Sort(others)
	return append([]string{s.Path}, slices.Compact(others)...)
}

// needs tells of files that the scenario needs.
func (s *Scenario) needs(files ...string) {
	for _, path := range files {
		if s.onFile != nil {
			s.onFile(path)
		}
	}
}

// names gives the places where targets name a file, or something else.
func (c targetsConfig) names() []*string {
	var names []*string
	if t := c.ServiceProvider; t != nil {
		names = append(names, &t.Metadata, &t.CAFile)
	}
	if t := c.IdentityProvider; t != nil {
		names = append(names, &t.Metadata, &t.CAFile)
	}
	if t := c.SCIM; t != nil {
		names = append(names, &t.CAFile)
	}
	return names
}

// isFile tells the name of a file from an address and from metadata itself.
func isFile(name string) bool {
	return name != "" && !strings.Contains(name, "://") && !strings.HasPrefix(strings.TrimSpace(name), "<")
}

func (c targetsConfig) files() []string {
	var files []string
	for _, name := range c.names() {
		if isFile(*name) {
			files = append(files, *name)
		}
	}
	return files
}

// rebase makes the names of files relative to a folder.
func (c targetsConfig) rebase(folder string) {
	for _, name := range c.names() {
		if isFile(*name) && !filepath.IsAbs(*name) {
			*name = filepath.Join(folder, *name)
		}
	}
}
