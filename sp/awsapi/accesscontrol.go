package awsapi

import (
	"fmt"
	"maps"
	"slices"
)

const maxAccessControl = 50 // SSO Admin API reference, InstanceAccessControlAttributeConfiguration

type accessControlAttribute struct {
	Key   *string
	Value *struct{ Source []string }
}

type accessControlConfiguration struct {
	AccessControlAttributes []accessControlAttribute
}

type accessControlInput struct {
	instanceRef
	InstanceAccessControlAttributeConfiguration *accessControlConfiguration
}

func (in accessControlInput) check() *violations {
	v := in.instanceRef.check()
	const at = "instanceAccessControlAttributeConfiguration"
	c := in.InstanceAccessControlAttributeConfiguration
	switch {
	case c == nil:
		v.add(nullValue, at)
		return v
	case c.AccessControlAttributes == nil:
		v.add(nullValue, at+".accessControlAttributes")
	}
	v.count(at+".accessControlAttributes", len(c.AccessControlAttributes), 0, maxAccessControl)
	for n, a := range c.AccessControlAttributes {
		member := fmt.Sprintf("%s.accessControlAttributes.%d.member", at, n+1)
		v.required(member+".key", a.Key, accessControlKey)
		if a.Value == nil {
			v.add(nullValue, member+".value")
			continue
		}
		v.count(member+".value.source", len(a.Value.Source), 1, 1)
		for k := range a.Value.Source {
			v.required(fmt.Sprintf("%s.value.source.%d.member", member, k+1), &a.Value.Source[k], accessControlSource)
		}
	}
	return v
}

// admitAccessControl checks a request that creates or changes the configuration;
// exists says which of the two.
func (a *api) admitAccessControl(in accessControlInput, exists bool) (struct{}, error) {
	if err := a.admitInstance(in.instanceRef, in.check()); err != nil {
		return struct{}{}, err
	}
	a.accessControl.Lock()
	defer a.accessControl.Unlock()
	switch enabled := a.instance.AccessControl(); {
	case enabled && !exists:
		return struct{}{}, &fault{code: "ConflictException", message: accessControlExists, note: "attributes for access control are enabled already: update them"}
	case !enabled && exists:
		return struct{}{}, adminNotFound(accessControlNotFound)
	}
	attributes := make(map[string]string)
	for _, attribute := range in.InstanceAccessControlAttributeConfiguration.AccessControlAttributes {
		if _, twice := attributes[*attribute.Key]; twice {
			return struct{}{}, invalid(fmt.Sprintf(accessControlTwice, *attribute.Key), "every key once")
		}
		attributes[*attribute.Key] = attribute.Value.Source[0]
	}
	return struct{}{}, a.instance.SetAccessControlAttributes(attributes)
}

func (a *api) createAccessControl(in accessControlInput) (struct{}, error) {
	return a.admitAccessControl(in, false)
}

func (a *api) updateAccessControl(in accessControlInput) (struct{}, error) {
	return a.admitAccessControl(in, true)
}

func (a *api) deleteAccessControl(in instanceRef) (struct{}, error) {
	if err := a.admitInstance(in, in.check()); err != nil {
		return struct{}{}, err
	}
	if !a.instance.AccessControl() {
		return struct{}{}, adminNotFound(accessControlNotFound)
	}
	a.instance.SetAccessControl(false)
	return struct{}{}, nil
}

type shownAttribute struct {
	Key   string
	Value struct{ Source []string }
}

type describeAccessControlOutput struct {
	Status                                      string
	InstanceAccessControlAttributeConfiguration struct{ AccessControlAttributes []shownAttribute }
}

// describeAccessControl shows what comes from the profile; what assertions bring
// is not listed (API reference,
// DescribeInstanceAccessControlAttributeConfiguration).
func (a *api) describeAccessControl(in instanceRef) (describeAccessControlOutput, error) {
	var out describeAccessControlOutput
	if err := a.admitInstance(in, in.check()); err != nil {
		return out, err
	}
	if !a.instance.AccessControl() {
		return out, adminNotFound(accessControlNotFound)
	}
	out.Status = "ENABLED"
	list := []shownAttribute{}
	attributes := a.instance.AccessControlAttributes()
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		list = append(list, shownAttribute{key, struct{ Source []string }{[]string{attributes[key]}}})
	}
	out.InstanceAccessControlAttributeConfiguration.AccessControlAttributes = list
	return out, nil
}
