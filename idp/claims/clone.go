package claims

import "slices"

// Clone returns a copy that shares nothing with c, so that either can be
// changed.
func (c Configuration) Clone() Configuration {
	c.Claims = slices.Clone(c.Claims)
	for i, claim := range c.Claims {
		c.Claims[i].Transform = claim.Transform.clone()
		c.Claims[i].Conditions = cloneConditions(claim.Conditions)
	}
	c.NameID.Transform = c.NameID.Transform.clone()
	c.NameID.Conditions = cloneConditions(c.NameID.Conditions)
	c.GroupClaims.Filter = clonePointer(c.GroupClaims.Filter)
	c.GroupClaims.Transform = clonePointer(c.GroupClaims.Transform)
	c.IncludeBasicClaimSet = clonePointer(c.IncludeBasicClaimSet)
	c.PairwiseSecret = slices.Clone(c.PairwiseSecret)
	return c
}

func cloneConditions(list []Condition) []Condition {
	list = slices.Clone(list)
	for i, c := range list {
		list[i].Groups = slices.Clone(c.Groups)
		list[i].Transform = c.Transform.clone()
	}
	return list
}

func (t *Transform) clone() *Transform {
	if t == nil {
		return nil
	}
	out := *t
	out.Inputs = slices.Clone(t.Inputs)
	out.StartIndex, out.Length = clonePointer(t.StartIndex), clonePointer(t.Length)
	out.Then = t.Then.clone()
	return &out
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	out := *p
	return &out
}
