package directory

import (
	"encoding/json"
	"fmt"
)

// ExtensionValue is the value of a directory extension: one text, or several if
// the extension is multi-valued. In JSON and YAML one text stands for itself.
type ExtensionValue []string

// UnmarshalText takes a single value.
func (v *ExtensionValue) UnmarshalText(text []byte) error {
	*v = ExtensionValue{string(text)}
	return nil
}

// UnmarshalJSON takes a single value or a list.
func (v *ExtensionValue) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*v = ExtensionValue{one}
		return nil
	}
	var list []string
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("value of a directory extension: %w", err)
	}
	*v = list
	return nil
}

// MarshalJSON writes a single value as a text.
func (v ExtensionValue) MarshalJSON() ([]byte, error) {
	if len(v) == 1 {
		return json.Marshal(v[0])
	}
	return json.Marshal([]string(v))
}
