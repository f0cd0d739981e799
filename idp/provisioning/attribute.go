package provisioning

import (
	"fmt"
	"strconv"
	"strings"
)

// Attribute is a target attribute in the list of supported attributes, which an
// administrator can edit ("Customize user provisioning attribute-mappings",
// editing the list of supported attributes; Microsoft Graph,
// attributeDefinition). A custom attribute that is mapped without being listed
// is a text.
type Attribute struct {
	Name        string `json:"name"`                  // as mappings spell it
	Type        string `json:"type,omitempty"`        // string (default), boolean, integer, dateTime, binary or reference
	Required    bool   `json:"required,omitempty"`    // nothing is created without a value
	CaseExact   bool   `json:"caseExact,omitempty"`   // a difference in case only is a change
	MultiValued bool   `json:"multiValued,omitempty"` // gallery applications only
	Mutability  string `json:"mutability,omitempty"`  // readWrite (default), readOnly, immutable or writeOnly
}

// The values of Attribute.Type.
const (
	TypeString    = "string"
	TypeBoolean   = "boolean"
	TypeInteger   = "integer"
	TypeDateTime  = "dateTime"
	TypeBinary    = "binary"
	TypeReference = "reference"
)

// The values of Attribute.Mutability.
const (
	MutabilityReadWrite = "readWrite"
	MutabilityReadOnly  = "readOnly"
	MutabilityImmutable = "immutable"
	MutabilityWriteOnly = "writeOnly"
)

// definitions are the listed attributes of one kind of object, by lower-case
// name.
type definitions map[string]Attribute

// of returns what is known of a target attribute.
func (d definitions) of(p attributePath) Attribute {
	a := d[strings.ToLower(p.text)]
	if a.Type == "" && p.boolean() {
		a.Type = TypeBoolean
	}
	return a
}

// compileAttributes checks the list of target attributes.
func compileAttributes(path string, listed []Attribute, rules tableRules, template string) (definitions, error) {
	d := make(definitions)
	for i, a := range listed {
		at := fmt.Sprintf("%s[%d]", path, i)
		p, ok := parsePath(a.Name)
		if !ok {
			return nil, settingsError(at+".name", "The target attribute cannot be read.", "a name such as urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User:CustomAttribute", fmt.Sprintf("%q", a.Name), "")
		}
		if problem, hint := p.checkTarget(rules.shapes); problem != "" {
			return nil, settingsError(at+".name", "Unknown target attribute.", "an attribute of the target", a.Name, reason(problem, hint))
		}
		if _, taken := d[strings.ToLower(a.Name)]; taken {
			return nil, settingsError(at+".name", "The target attribute is listed twice.", "one entry for each target attribute", a.Name, "")
		}
		if err := a.check(at, p, rules, template); err != nil {
			return nil, err
		}
		d[strings.ToLower(a.Name)] = a
	}
	return d, nil
}

func (a Attribute) check(at string, p attributePath, rules tableRules, template string) error {
	if a.Type != "" {
		if err := checkChoice(at+".type", a.Type, []string{TypeString, TypeBoolean, TypeInteger, TypeDateTime, TypeBinary, TypeReference}); err != nil {
			return err
		}
	}
	if a.Mutability != "" {
		if err := checkChoice(at+".mutability", a.Mutability, []string{MutabilityReadWrite, MutabilityReadOnly, MutabilityImmutable, MutabilityWriteOnly}); err != nil {
			return err
		}
	}
	switch {
	case a.Type == TypeReference && p.text != rules.reference:
		return settingsError(at+".type", "The attribute cannot be a reference.", "another type", TypeReference, "custom attributes cannot be references; "+rules.reference+" is the only one")
	case a.MultiValued && template == TemplateCustom:
		return settingsError(at+".multiValued", "The attribute cannot have several values.", "multiValued: false", "true", "custom attributes with several values are for applications of the gallery")
	case a.MultiValued && (a.Type == TypeBoolean || a.Type == TypeInteger || p.schema == ""):
		return settingsError(at+".multiValued", "The attribute cannot have several values.", "multiValued: false", "true", "several values are for texts in an extension")
	}
	return nil
}

// checkValue says why a text cannot be a value of the attribute's type, or
// nothing.
func (a Attribute) checkValue(text string) (needs string) {
	switch a.Type {
	case TypeBoolean:
		if !isBoolean(text) {
			return "a boolean"
		}
	case TypeInteger:
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			return "an integer"
		}
	}
	return ""
}

func isBoolean(text string) bool {
	return strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
}
