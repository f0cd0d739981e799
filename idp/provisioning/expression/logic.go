package expression

import "strings"

// test makes a function of one argument that gives a boolean.
func test(holds func(Value) bool) func(*call) (Value, error) {
	return func(c *call) (Value, error) {
		v, err := c.arg(0)
		return Truth(holds(v)), err
	}
}

func bitAnd(c *call) (Value, error) {
	a, err := c.number(0)
	if err != nil {
		return Value{}, err
	}
	b, err := c.number(1)
	return Int(a & b), err
}

func cStr(c *call) (Value, error) {
	s, null, err := c.text(0)
	if err != nil || null {
		return Value{}, err
	}
	return Text(s), nil
}

func cBool(c *call) (Value, error) {
	v, err := c.arg(0)
	if err != nil {
		return Value{}, err
	}
	truth, ok := v.truthOf()
	if !ok {
		return Value{}, c.errorf("argument 1 must be a boolean or a number, got %s", v.describe())
	}
	return Truth(truth), nil
}

func (v Value) truthOf() (truth, ok bool) {
	if v.kind == Bool {
		return v.truth, true
	}
	if v.IsEmpty() {
		return false, true
	}
	if n, ok := v.integer(); ok {
		return n != 0, true
	}
	if n, ok := v.fraction(); ok {
		return n != 0, true
	}
	switch strings.ToLower(v.String()) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// not turns True into False and anything else into True.
func not(c *call) (Value, error) {
	v, err := c.arg(0)
	return Truth(!strings.EqualFold(v.String(), "True")), err
}

func coalesce(c *call) (Value, error) {
	for i := range c.len() {
		v, err := c.arg(i)
		if err != nil || !v.IsNull() {
			return v, err
		}
	}
	return Value{}, nil
}

// iif takes the condition for false when an attribute in it has no value: the
// page lists IIF([country]="","Other",[country]) and IIF(IsNullOrEmpty(…), …)
// among the expressions that cannot work. So does IIF(IgnoreFlowIfNullOrEmpty(…),
// …), as that gives nothing which could be compared.
func iif(c *call) (Value, error) {
	condition := c.node.args[0]
	empty := false
	walk(condition, func(n node) {
		if inner, ok := n.(*callNode); ok && inner.name == "IgnoreFlowIfNullOrEmpty" {
			empty = true
		}
		if a, ok := n.(*attributeNode); ok {
			v, _ := c.eval(a)
			c.redacted = c.redacted || v.redacted
			empty = empty || v.IsEmpty()
		}
	})
	if empty {
		return c.arg(2)
	}
	v, err := c.arg(0)
	if err != nil {
		return Value{}, err
	}
	truth, ok := v.truthOf()
	if !ok {
		return Value{}, c.errorf("the condition must be true or false, got %s", v.describe())
	}
	if truth {
		return c.arg(1)
	}
	return c.arg(2)
}

// switchValue compares case-sensitively; a source without value equals the
// key "".
func switchValue(c *call) (Value, error) {
	source, _, err := c.text(0)
	if err != nil {
		return Value{}, err
	}
	for i := 2; i < c.len(); i += 2 {
		key, _, err := c.text(i)
		if err != nil {
			return Value{}, err
		}
		if key == source {
			return c.arg(i + 1)
		}
	}
	return c.arg(1)
}

func ignoreFlow(c *call) (Value, error) {
	v, err := c.arg(0)
	if err != nil {
		return Value{}, err
	}
	if v.IsEmpty() {
		return Value{ignored: true}, nil
	}
	return v, nil
}

func redact(c *call) (Value, error) {
	v, err := c.arg(0)
	v.redacted = true
	return v, err
}

func selectUniqueValue(c *call) (Value, error) {
	if c.env.Taken == nil {
		return Value{}, c.errorf("this application does not support SelectUniqueValue")
	}
	for i := range c.len() {
		s, null, err := c.text(i)
		if err != nil {
			return Value{}, err
		}
		if null || s == "" {
			continue
		}
		taken, err := c.env.Taken(s)
		if err != nil {
			return Value{}, err
		}
		if !taken {
			return Text(s), nil
		}
	}
	return Value{}, c.errorf("every generated value is already in use in the target")
}
