package expression

import "strings"

// rolesAttribute is the only thing that the functions for roles accept.
const rolesAttribute = "appRoleAssignments"

func checkRoles(n *callNode) error {
	if a, ok := n.args[0].(*attributeNode); ok && strings.EqualFold(a.name, rolesAttribute) {
		return nil
	}
	return &SyntaxError{Offset: n.args[0].offset(), Message: n.name + " takes the attribute [" + rolesAttribute + "]"}
}

// roles makes the three functions that hand on the user's application roles.
// With several roles SingleAppRoleAssignment takes the first; the page
// promises no order.
func roles(mode RoleMode) func(*call) (Value, error) {
	return func(c *call) (Value, error) {
		v, err := c.arg(0)
		if err != nil || v.kind != Roles {
			return Value{}, err
		}
		if mode == RolesSingle {
			v.roles = v.roles[:1]
		}
		v.mode = mode
		return v, nil
	}
}
