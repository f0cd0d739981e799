package expression

import (
	"slices"
	"strconv"
	"time"
)

// Kind is the type of a Value.
type Kind uint8

// The kinds of values.
const (
	Null Kind = iota
	String
	Number
	Bool
	Date
	List  // a multi-valued attribute
	Roles // application roles
)

// RoleMode says which function made a value of roles; it decides how the roles
// are written to the target.
type RoleMode uint8

// The functions that make values of roles.
const (
	RolesRaw       RoleMode = iota // the attribute appRoleAssignments itself
	RolesSingle                    // SingleAppRoleAssignment
	RolesComplex                   // AppRoleAssignmentsComplex
	RolesAssertive                 // AssertiveAppRoleAssignmentsComplex
)

// Role is an application role that a user has.
type Role struct {
	ID          string `json:"id"`
	Value       string `json:"value"`
	DisplayName string `json:"displayName"`
}

// Value is what an attribute or an expression evaluates to. The zero Value is
// null.
type Value struct {
	kind   Kind
	text   string // of a text, or of a number with a fraction
	number int64
	truth  bool
	date   time.Time
	list   []string
	roles  []Role
	mode   RoleMode

	redacted bool
	ignored  bool
}

// Text returns a text value. Unlike a null, an empty text is a value.
func Text(s string) Value { return Value{kind: String, text: s} }

// Optional returns a text value, or null for an empty text: in the directory
// an attribute without value is absent.
func Optional(s string) Value {
	if s == "" {
		return Value{}
	}
	return Text(s)
}

// Int returns a number.
func Int(n int64) Value { return Value{kind: Number, number: n} }

// Truth returns a boolean.
func Truth(b bool) Value { return Value{kind: Bool, truth: b} }

// Time returns a date.
func Time(t time.Time) Value { return Value{kind: Date, date: t.UTC()} }

// Texts returns a multi-valued text; one without values is null.
func Texts(list []string) Value {
	if len(list) == 0 {
		return Value{}
	}
	return Value{kind: List, list: slices.Clone(list)}
}

// RoleList returns the value of appRoleAssignments; without roles it is null.
func RoleList(roles []Role) Value {
	if len(roles) == 0 {
		return Value{}
	}
	return Value{kind: Roles, roles: slices.Clone(roles)}
}

// Kind returns the value's type.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether there is no value.
func (v Value) IsNull() bool { return v.kind == Null }

// IsEmpty reports whether there is no value or only an empty text.
func (v Value) IsEmpty() bool { return v.kind == Null || v.kind == String && v.text == "" }

// Redacted reports whether Redact was applied: the value flows to the target
// but must not show in logs.
func (v Value) Redacted() bool { return v.redacted }

// Ignored reports whether IgnoreFlowIfNullOrEmpty dropped the attribute.
func (v Value) Ignored() bool { return v.ignored }

// RoleMode says which function made a value of kind Roles.
func (v Value) RoleMode() RoleMode { return v.mode }

// Roles returns the roles of a value of kind Roles.
func (v Value) Roles() []Role { return slices.Clone(v.roles) }

// Strings returns the texts of a multi-valued text, or the text of any other
// value; none for null.
func (v Value) Strings() []string {
	switch v.kind {
	case Null:
		return nil
	case List:
		return slices.Clone(v.list)
	case Roles:
		var out []string
		for _, role := range v.roles {
			out = append(out, role.name())
		}
		return out
	default:
		return []string{v.String()}
	}
}

func (r Role) name() string {
	if r.Value != "" {
		return r.Value
	}
	return r.DisplayName
}

// String returns the value as .NET prints it: booleans as True and False,
// dates as M/d/yyyy h:mm:ss tt. Of several texts it returns the first.
func (v Value) String() string {
	switch v.kind {
	case String:
		return v.text
	case Number:
		if v.text != "" {
			return v.text
		}
		return strconv.FormatInt(v.number, 10)
	case Bool:
		if v.truth {
			return "True"
		}
		return "False"
	case Date:
		return v.date.Format(dateLayout)
	case List:
		return v.list[0]
	case Roles:
		return v.roles[0].name()
	default:
		return ""
	}
}
