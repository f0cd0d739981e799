package strictyaml

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Plain gives any Go value the shape of Node.Any: map[string]any, []any,
// string, int, float64, bool or nil. What has another type goes through
// encoding/json.
func Plain(value any) (any, error) { return plain(value, 0) }

func plain(value any, depth int) (any, error) {
	if depth > MaxDepth {
		return nil, fmt.Errorf("a value is nested more than %d deep", MaxDepth)
	}
	switch v := value.(type) {
	case nil, bool, string, int, float64:
		return v, nil
	case *Node:
		if v == nil {
			return nil, nil
		}
		return v.Any(), nil
	case json.Number:
		return plainNumber(v)
	case map[string]any:
		all := make(map[string]any, len(v))
		for key, item := range v {
			made, err := plain(item, depth+1)
			if err != nil {
				return nil, err
			}
			all[key] = made
		}
		return all, nil
	case []any:
		all := make([]any, len(v))
		for i, item := range v {
			made, err := plain(item, depth+1)
			if err != nil {
				return nil, err
			}
			all[i] = made
		}
		return all, nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("reading a %T as JSON: %w", value, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var decoded any
	if err := decoder.Decode(&decoded); err != nil {
		return nil, fmt.Errorf("reading a %T as JSON: %w", value, err)
	}
	return plain(decoded, depth)
}

// plainNumber keeps whole numbers whole: float64 cannot tell all of them apart.
func plainNumber(number json.Number) (any, error) {
	whole, err := strconv.Atoi(number.String())
	if err == nil {
		return whole, nil
	}
	fraction, err := number.Float64()
	if err != nil {
		return nil, fmt.Errorf("reading a number: %w", err)
	}
	return fraction, nil
}

// FormatFloat writes a number as JSON does.
func FormatFloat(number float64) string {
	if size := math.Abs(number); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.FormatFloat(number, 'g', -1, 64)
	}
	return strconv.FormatFloat(number, 'f', -1, 64)
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
