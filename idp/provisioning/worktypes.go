package provisioning

import (
	"fmt"
	"slices"
)

// keepWorkTypes leaves out the mappings of addresses, e-mail addresses and phone
// numbers that are not of the type work: "All other types are skipped"
// (learn.microsoft.com, "Known issues for provisioning", since March 2026). Such
// an attribute cannot be for matching then.
func (t *table) keepWorkTypes(mappings []Mapping) error {
	for _, m := range t.match {
		if m.path.otherThanWork() {
			i := slices.IndexFunc(mappings, func(raw Mapping) bool { return raw.Target == m.Target })
			return settingsError(fmt.Sprintf("users.mappings[%d].match", i), "The attribute is not for matching.", "an attribute that is processed", m.Target, "workTypesOnly leaves out every type but work")
		}
	}
	t.mappings = slices.DeleteFunc(t.mappings, func(m *mapping) bool { return m.path.otherThanWork() })
	return nil
}

// otherThanWork reports whether the path leads to an element of one of the three
// lists whose type is not work.
func (p attributePath) otherThanWork() bool {
	return p.schema == "" && p.filterAttr == "type" && p.filterValue != "work" && slices.Contains([]string{"addresses", "emails", "phoneNumbers"}, p.attr)
}
