package awsapi

import (
	"fmt"
	"maps"
	"slices"

	"github.com/idharness/harness/sp"
)

const maxTags = 75 // SSO Admin API reference, TagResource

// tag is a tag of a permission set, the only thing here that has tags.
type tag struct{ Key, Value *string }

func checkTags(v *violations, tags []tag) {
	v.count("tags", len(tags), 0, maxTags)
	for n, t := range tags {
		v.required(fmt.Sprintf("tags.%d.member.key", n+1), t.Key, tagKey)
		v.required(fmt.Sprintf("tags.%d.member.value", n+1), t.Value, tagValue)
	}
}

// tagged returns the tags that a set has after tags were put on it.
func tagged(before map[string]string, tags []tag) map[string]string {
	after := maps.Clone(before)
	for _, t := range tags {
		if after == nil {
			after = make(map[string]string)
		}
		after[*t.Key] = *t.Value
	}
	return after
}

// resourceRef names a resource. The instance may be left out (API reference,
// TagResource: InstanceArn is not required).
type resourceRef struct{ InstanceArn, ResourceArn *string }

func (r resourceRef) check() *violations {
	var v violations
	v.optional("instanceArn", r.InstanceArn, instanceARN)
	v.required("resourceArn", r.ResourceArn, taggableARN)
	return &v
}

// taggable returns the permission set to which a resource's ARN belongs.
func (a *api) taggable(r resourceRef, v *violations) (sp.PermissionSet, error) {
	if err := v.err(); err != nil {
		return sp.PermissionSet{}, err
	}
	if r.InstanceArn != nil && *r.InstanceArn != a.instance.ARN() {
		return sp.PermissionSet{}, adminNotFound(instanceNotFound, lastPart(*r.InstanceArn))
	}
	return a.permissionSet(*r.ResourceArn)
}

type listTagsInput struct {
	resourceRef
	NextToken *string
}

type shownTag struct{ Key, Value string }

type tagList struct{ Tags []shownTag }

// listTagsForResource lists all tags: there are fewer than a page takes.
func (a *api) listTagsForResource(in listTagsInput) (tagList, error) {
	v := in.check()
	v.optional("nextToken", in.NextToken, adminToken)
	set, err := a.taggable(in.resourceRef, v)
	if err != nil {
		return tagList{}, err
	}
	if orEmpty(in.NextToken) != "" {
		return tagList{}, invalid(badNextToken, "this token was not given out for ListTagsForResource")
	}
	list := []shownTag{}
	for _, key := range slices.Sorted(maps.Keys(set.Tags)) {
		list = append(list, shownTag{key, set.Tags[key]})
	}
	return tagList{list}, nil
}

type tagInput struct {
	resourceRef
	Tags []tag
}

func (a *api) tagResource(in tagInput) (struct{}, error) {
	v := in.check()
	if in.Tags == nil {
		v.add(nullValue, "tags")
	}
	checkTags(v, in.Tags)
	set, err := a.taggable(in.resourceRef, v)
	if err != nil {
		return struct{}{}, err
	}
	_, err = a.instance.EditPermissionSet(set.ARN, func(p *sp.PermissionSet) error {
		p.Tags = tagged(p.Tags, in.Tags)
		return nil
	})
	return struct{}{}, err
}

type untagInput struct {
	resourceRef
	TagKeys []string
}

// untagResource removes tags; that there is none of a name is no error.
func (a *api) untagResource(in untagInput) (struct{}, error) {
	v := in.check()
	if in.TagKeys == nil {
		v.add(nullValue, "tagKeys")
	}
	v.count("tagKeys", len(in.TagKeys), 1, maxTags)
	for n := range in.TagKeys {
		v.required(fmt.Sprintf("tagKeys.%d.member", n+1), &in.TagKeys[n], tagKey)
	}
	set, err := a.taggable(in.resourceRef, v)
	if err != nil {
		return struct{}{}, err
	}
	_, err = a.instance.EditPermissionSet(set.ARN, func(p *sp.PermissionSet) error {
		for _, key := range in.TagKeys {
			delete(p.Tags, key)
		}
		return nil
	})
	return struct{}{}, err
}
