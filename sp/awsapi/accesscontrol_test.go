package awsapi_test

import (
	"fmt"
	"testing"
)

// TestAccessControlConfiguration: API reference, the operations on
// InstanceAccessControlAttributeConfiguration.
func TestAccessControlConfiguration(t *testing.T) {
	c := newClient(t)
	attribute := func(key string, source ...string) object {
		return object{"Key": key, "Value": object{"Source": source}}
	}
	configuration := func(attributes ...object) object {
		if attributes == nil {
			attributes = []object{}
		}
		return object{"InstanceAccessControlAttributeConfiguration": object{"AccessControlAttributes": attributes}}
	}
	shows := func(attributes ...any) {
		t.Helper()
		if attributes == nil {
			attributes = []any{}
		}
		c.expect("DescribeInstanceAccessControlAttributeConfiguration", nil, object{"Status": "ENABLED", "InstanceAccessControlAttributeConfiguration": object{"AccessControlAttributes": attributes}})
	}
	shown := func(key, source string) object {
		return object{"Key": key, "Value": object{"Source": []any{source}}}
	}
	department := attribute("Department", "${path:enterprise.department}")
	absent := gone("Could not find the access control attribute configuration of the instance")
	refused := func(tests ...refusal) {
		t.Helper()
		c.refused("SWBExternalService", "InstanceArn", c.instance.ARN(), false, tests)
	}
	refused(
		refusal{"described before", "DescribeInstanceAccessControlAttributeConfiguration", nil, absent},
		refusal{"updated before", "UpdateInstanceAccessControlAttributeConfiguration", configuration(department), absent},
		refusal{"deleted before", "DeleteInstanceAccessControlAttributeConfiguration", nil, absent},
	)
	c.expect("CreateInstanceAccessControlAttributeConfiguration", configuration(department), object{})
	shows(shown("Department", "${path:enterprise.department}"))
	if !c.instance.AccessControl() {
		t.Error("the feature is off")
	}
	var many []object
	for n := range 51 {
		many = append(many, attribute(fmt.Sprint("Key", n), "${path:userName}"))
	}
	const at = "instanceAccessControlAttributeConfiguration.accessControlAttributes"
	refused(
		refusal{"created twice", "CreateInstanceAccessControlAttributeConfiguration", configuration(), object{"__type": "ConflictException", "Message": "The instance has an access control attribute configuration."}},
		refusal{"51 attributes", "UpdateInstanceAccessControlAttributeConfiguration", configuration(many...), broken("1 validation error detected: Value at '" + at + "' failed to satisfy constraint: Member must have length less than or equal to 50")},
		refusal{"two sources", "UpdateInstanceAccessControlAttributeConfiguration", configuration(attribute("a", "${path:userName}", "${path:title}")), broken("1 validation error detected: Value at '" + at + ".1.member.value.source' failed to satisfy constraint: Member must have length less than or equal to 1")},
		refusal{"no source", "UpdateInstanceAccessControlAttributeConfiguration", configuration(object{"Key": "a"}), broken("1 validation error detected: Value null at '" + at + ".1.member.value' failed to satisfy constraint: Member must not be null")},
		refusal{"a key", "UpdateInstanceAccessControlAttributeConfiguration", configuration(attribute("a!", "${path:userName}")), broken(`1 validation error detected: Value 'a!' at '` + at + `.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:\/=+\-@]+`)},
		refusal{"a source that is none", "UpdateInstanceAccessControlAttributeConfiguration", configuration(attribute("a", "${path:shoeSize}")), broken("The source of the attribute is not supported.")},
		refusal{"a key twice", "UpdateInstanceAccessControlAttributeConfiguration", configuration(department, department), broken("The attribute Department is given twice.")},
	)
	shows(shown("Department", "${path:enterprise.department}"))
	c.expect("UpdateInstanceAccessControlAttributeConfiguration", configuration(attribute("b", "${path:title}"), attribute("a", `${path:addresses[type eq "work"].locality}`)), object{})
	shows(shown("a", `${path:addresses[type eq "work"].locality}`), shown("b", "${path:title}"))
	c.expect("DeleteInstanceAccessControlAttributeConfiguration", nil, object{})
	if c.instance.AccessControl() || len(c.instance.AccessControlAttributes()) != 0 {
		t.Error("the feature is still on")
	}
	c.expect("CreateInstanceAccessControlAttributeConfiguration", configuration(), object{})
	shows()
}
