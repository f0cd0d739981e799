package identitystore

import "slices"

// Additional holds the attributes of RFC 7643 that AWS does not have and a
// general SCIM server does. They stand behind one pointer because most users
// have none.
type Additional struct {
	IMs              []Entry `json:"ims,omitempty"`
	Photos           []Entry `json:"photos,omitempty"`
	Entitlements     []Entry `json:"entitlements,omitempty"`
	X509Certificates []Entry `json:"x509Certificates,omitempty"`

	Displays []Display `json:"displays,omitempty"` // of values that User has
	Password string    `json:"password,omitempty"` // a salted hash, never the password
}

// Entry is a value of a multi-valued attribute.
type Entry struct {
	Value   string `json:"value,omitempty"`
	Display string `json:"display,omitempty"`
	Type    string `json:"type,omitempty"`
	Primary bool   `json:"primary,omitempty"`
}

// Display is the sub-attribute display of the value of the attribute that has
// this value, type and mark.
type Display struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value,omitempty"`
	Type      string `json:"type,omitempty"`
	Primary   bool   `json:"primary,omitempty"`
	Display   string `json:"display"`
}

func (a *Additional) clone() *Additional {
	if a == nil {
		return nil
	}
	c := *a
	c.IMs, c.Photos = slices.Clone(a.IMs), slices.Clone(a.Photos)
	c.Entitlements, c.X509Certificates = slices.Clone(a.Entitlements), slices.Clone(a.X509Certificates)
	c.Displays = slices.Clone(a.Displays)
	return &c
}

// tidied returns nil if there is no value.
func (a *Additional) tidied() *Additional {
	if a == nil {
		return nil
	}
	c := a.clone()
	c.IMs, c.Photos = nonEmpty(c.IMs), nonEmpty(c.Photos)
	c.Entitlements, c.X509Certificates = nonEmpty(c.Entitlements), nonEmpty(c.X509Certificates)
	c.Displays = nonEmpty(c.Displays)
	if c.IMs == nil && c.Photos == nil && c.Entitlements == nil && c.X509Certificates == nil && c.Displays == nil && c.Password == "" {
		return nil
	}
	return c
}

// User is the way back from [User.Resource].
func (r UserResource) User() User { return r.user() }
