package claims

// Audience is the audience of an assertion for which everything else says
// audience. An override counts only for an application with a custom signing key
// (learn.microsoft.com, "Claims customization using a policy", audience
// override).
func (c Configuration) Audience(audience string) string {
	if c.CustomSigningKey && c.AudienceOverride != "" {
		return c.AudienceOverride
	}
	return audience
}

// NamesApplication reports whether the issuer of assertions holds the
// application id (the same page, issuer with application id).
func (c Configuration) NamesApplication() bool {
	return c.CustomSigningKey && c.IssuerWithApplicationID
}
