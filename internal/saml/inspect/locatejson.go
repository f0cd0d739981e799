package inspect

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// locateJSON finds messages in a HAR file, a trace, or anything else in JSON:
// in texts that hold a query or form, and as values of fields. A message that
// comes several times, as the same URL does in a HAR, is found once.
func locateJSON(text string) ([]found, error) {
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		fault := &Error{Stage: "JSON", Message: err.Error()}
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			fault.Where = fmt.Sprintf("position %d", syntax.Offset)
		}
		return nil, fault
	}
	c := &collector{values: make(map[string]int)}
	c.walk(value, 0)
	if len(c.all) == 0 {
		return nil, &Error{Stage: "JSON", Message: "there is no SAMLRequest or SAMLResponse in it"}
	}
	return c.all, nil
}

// collector gathers messages; values are those that it has, unescaped.
type collector struct {
	all    []found
	values map[string]int
}

func (c *collector) add(f found) {
	key := f.value
	if f.escaped {
		key = unescape(key)
	}
	key = f.parameter + "=" + strings.Join(strings.Fields(key), "+")
	if f.value == "" {
		return
	}
	if at, known := c.values[key]; known {
		if c.all[at].rawQuery == "" || f.source == "URL" { // which tells most
			if f.relayState == nil {
				f.relayState = c.all[at].relayState
			}
			c.all[at] = f
		}
		return
	}
	c.values[key] = len(c.all)
	c.all = append(c.all, f)
}

func isMessageName(name string) bool { return name == "SAMLRequest" || name == "SAMLResponse" }

func (c *collector) walk(value any, depth int) {
	if depth > 100 || len(c.all) > maxMessages {
		return
	}
	switch v := value.(type) {
	case string:
		if !parameterName.MatchString(v) && !strings.Contains(v, "name=\"SAML") {
			return
		}
		if inner, err := locate(v); err == nil && strings.TrimSpace(v)[0] != '{' && strings.TrimSpace(v)[0] != '[' {
			for _, f := range inner {
				if f.parameter != "" {
					f.source = "JSON, " + f.source
					c.add(f)
				}
			}
		}
	case []any:
		for _, item := range v {
			c.walk(item, depth+1)
		}
	case map[string]any:
		// HAR lists parameters as {"name": …, "value": …}.
		name, isText := v["name"].(string)
		if content, ok := v["value"].(string); ok && isText && isMessageName(name) {
			c.add(found{source: "JSON, parameter", parameter: name, value: content})
		}
		for _, key := range slices.Sorted(mapKeys(v)) {
			if content, ok := v[key].(string); ok && isMessageName(key) {
				c.add(found{source: "JSON, parameter", parameter: key, value: content})
				continue
			}
			c.walk(v[key], depth+1)
		}
	}
}
