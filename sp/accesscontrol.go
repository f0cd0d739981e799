package sp

// SetAccessControl turns "Attributes for access control" on or off. While it is
// on, AccessControl attributes of an assertion become session tags, and the
// rules for them are enforced; while it is off they are ignored (user guide,
// "Attributes for access control").
func (i *Instance) SetAccessControl(enabled bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.accessControl = enabled
}

// AccessControl reports whether "Attributes for access control" is on.
func (i *Instance) AccessControl() bool {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return i.accessControl
}
